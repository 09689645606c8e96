//! What comes from standard input, or from a person at the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use clawpair_core::secret::Secret;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Longest line, in bytes; a setup code has at most 8,192.
const MAX_LINE: u64 = 16 * 1_024;

/// The next line, which says `what`. What comes after it is left to whoever asks next.
pub(crate) fn line_of(reader: impl BufRead, what: &str) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = reader.take(MAX_LINE + 1).read_line(&mut text);
    let line = text.trim();
    if read.is_err() || line.is_empty() || text.len() as u64 > MAX_LINE {
        return Err(Failure::input(format!("Standard input does not have {what}; it must be one line of text.")));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// A secret: from standard input, or typed by a person without being shown.
pub(crate) fn secret(what: &str) -> Result<Secret, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(Secret::new(line_of(io::stdin().lock(), what)?.to_string()));
    }
    let typed = rpassword::prompt_password(format!("Type {what}, it is not shown: "));
    typed.map(Secret::new).map_err(|error| Failure::input(format!("Nothing could be read from the terminal: {error}.")))
}

/// What a person answers to a question; nothing where nobody is there to be asked.
pub(crate) fn answer(question: &str) -> Option<String> {
    if !io::stdin().is_terminal() {
        return None;
    }
    let mut prompt = anstream::stderr();
    let _ = write!(prompt, "{question} ").and_then(|()| prompt.flush());
    line_of(io::stdin().lock(), "an answer").ok().map(|line| line.to_string())
}

/// Whether a person said yes; whoever does not has said no.
pub(crate) fn confirmed(question: &str) -> Option<bool> {
    io::stdin()
        .is_terminal()
        .then(|| answer(&format!("{question} [y/N]")).is_some_and(|said| matches!(&*said.to_lowercase(), "y" | "yes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_after_the_other_is_taken() {
        let mut reader = &b"token\npassword\n"[..];
        assert_eq!(line_of(&mut reader, "the token").unwrap().as_str(), "token");
        assert_eq!(line_of(&mut reader, "the password").unwrap().as_str(), "password");
        assert!(line_of(&mut reader, "more").is_err());
    }

    #[test]
    fn one_line_is_taken_and_too_much_or_nothing_is_refused() {
        let read = |text: &[u8]| line_of(text, "the key").map(|line| line.to_string());
        assert_eq!(read(b" cpk_x \r\nmore").unwrap(), "cpk_x");
        for bad in [&b""[..], b"\n", b"\xff", "x".repeat(20_000).as_bytes()] {
            assert!(read(bad).unwrap_err().message.contains("does not have the key"));
        }
    }
}
