//! Where what is looked at comes from.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use clawpair_qr::ReadError;
use zeroize::Zeroizing;

use crate::failure::Failure;

const PNG: &[u8] = b"\x89PNG";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// What was given.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pasted {
    /// A text, or that of the QR code in a picture.
    Text(Zeroizing<String>),
    /// A picture without a readable code.
    Unreadable(ReadError),
}

/// What an argument stands for: itself, a file, or standard input.
pub(super) fn pasted(argument: &str, standard_input: &mut impl Read) -> Result<Pasted, Failure> {
    match argument.trim() {
        "" if io::stdin().is_terminal() => asked(),
        "" | "-" => from(standard_input),
        text if is_file(text) => {
            let path = Path::new(text);
            from(&mut File::open(path).map_err(|error| Failure::file(path, error))?)
        }
        text => Ok(Pasted::Text(Zeroizing::new(text.to_owned()))),
    }
}

/// Whether an argument stands for nothing but itself.
pub(super) fn is_itself(argument: &str) -> bool {
    !matches!(argument.trim(), "" | "-") && !is_file(argument.trim())
}

/// A name that has a colon or more than a path may have is looked at as what it says.
fn is_file(text: &str) -> bool {
    text.len() < 1_024 && Path::new(text).is_file()
}

fn asked() -> Result<Pasted, Failure> {
    let text = rpassword::prompt_password("Paste it here, it is not shown, and press Enter: ");
    let text = text.map_err(|error| Failure::input(format!("Nothing could be read from the terminal: {error}.")))?;
    Ok(Pasted::Text(Zeroizing::new(text)))
}

fn from(reader: &mut impl Read) -> Result<Pasted, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = reader.take(clawpair_qr::MAX_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::input(format!("Nothing could be read: {error}.")))?;
    if bytes.starts_with(PNG) || bytes.starts_with(JPEG) {
        return Ok(clawpair_qr::read(&bytes).map_or_else(Pasted::Unreadable, |text| Pasted::Text(Zeroizing::new(text))));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Pasted::Text(Zeroizing::new(text.to_owned()))),
        Err(_) => Ok(Pasted::Unreadable(ReadError::NotAPicture)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pasted: Pasted) -> String {
        match pasted {
            Pasted::Text(text) => text.to_string(),
            Pasted::Unreadable(error) => error.to_string(),
        }
    }

    fn read(argument: &str, standard_input: &[u8]) -> String {
        text(pasted(argument, &mut &*standard_input).unwrap())
    }

    #[test]
    fn a_text_is_itself_and_a_dash_is_standard_input() {
        assert_eq!(read("ocl j4k2", b""), "ocl j4k2");
        assert_eq!(read(" - ", b"from afar\n"), "from afar\n");
    }

    #[test]
    fn a_file_is_its_content_and_a_picture_the_code_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        };
        assert_eq!(read(&write("code.txt", b"OCL-J4K2T8P7N1RG\n"), b""), "OCL-J4K2T8P7N1RG\n");
        let picture = clawpair_qr::draw("CPAIR:1/X").unwrap().png(6);
        assert_eq!(read(&write("qr.png", &picture), b""), "CPAIR:1/X");
        assert_eq!(read("-", &picture), "CPAIR:1/X");
        assert!(read("-", &picture[..40]).contains("damaged or incomplete"));
        assert!(read("-", b"\x00\xff").contains("no PNG or JPEG"));
    }
}
