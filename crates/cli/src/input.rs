//! What comes from standard input.

use std::io::Read;

use zeroize::Zeroizing;

use crate::failure::Failure;

/// Longest line, in bytes; a setup code has at most 8,192.
const MAX_LINE: u64 = 16 * 1_024;

/// The first line, which says `what`.
pub(crate) fn line_of(reader: impl Read, what: &str) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = reader.take(MAX_LINE + 1).read_to_string(&mut text);
    let line = text.lines().next().map(str::trim).unwrap_or_default();
    if read.is_err() || line.is_empty() || line.len() as u64 > MAX_LINE {
        return Err(Failure::input(format!("Standard input does not have {what}; it must be one line of text.")));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_taken_and_too_much_or_nothing_is_refused() {
        let read = |text: &[u8]| line_of(text, "the key").map(|line| line.to_string());
        assert_eq!(read(b" cpk_x \r\nmore").unwrap(), "cpk_x");
        for bad in [&b""[..], b"\n", b"\xff", "x".repeat(20_000).as_bytes()] {
            assert!(read(bad).unwrap_err().message.contains("does not have the key"));
        }
    }
}
