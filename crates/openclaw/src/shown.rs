//! Texts of devices made fit for showing.

use std::fmt;

use clawpair_core::text::{MAX_CHARS, sanitised};

/// What a device says of itself: a gateway passes on whatever it was told, of any length and with any characters. Here it
/// has at most [`MAX_CHARS`] characters, and none that controls a terminal or turns text around.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shown(String);

impl Shown {
    /// Makes a text fit; nothing of it may be left.
    pub fn of(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        if text.len() <= MAX_CHARS && text.bytes().all(plain) {
            let text = text.trim();
            return (!text.is_empty()).then(|| Self(text.to_owned()));
        }
        // Enough to be sure of the result, however long the text is.
        let start: String = text.chars().take(MAX_CHARS * 64).collect();
        let text = sanitised(&without_ansi(&start));
        (!text.trim().is_empty()).then_some(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Without the control sequences of ECMA-48: `ESC [ … letter` and `ESC ] … BEL` or `ESC \`, and their one-character forms.
fn without_ansi(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let introducer = match c {
            '\u{1b}' => rest.next_if(|next| matches!(next, '[' | ']' | 'P' | '^' | '_')),
            '\u{9b}' => Some('['),
            '\u{9d}' => Some(']'),
            other => {
                kept.push(other);
                continue;
            }
        };
        match introducer {
            Some('[') => {
                while rest.next_if(|next| matches!(next, ' '..='?')).is_some() {}
                let _ = rest.next_if(|next| matches!(next, '@'..='~'));
            }
            Some(_) => {
                for next in rest.by_ref() {
                    if matches!(next, '\u{7}' | '\u{9c}') {
                        break;
                    }
                    if next == '\u{1b}' {
                        break;
                    }
                }
                let _ = rest.next_if(|next| *next == '\\');
            }
            None => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Shown::of(text).map_or_else(String::new, |shown| shown.to_string())
    }

    #[test]
    fn ordinary_names_stay() {
        assert_eq!(shown(" Küche – 温度 🌡 [2] "), "Küche – 温度 🌡 [2]");
    }

    #[test]
    fn terminal_sequences_vanish() {
        assert_eq!(shown("a\u{1b}[31;1mb\u{1b}[0mc"), "abc");
        assert_eq!(shown("a\u{1b}]8;;http://evil\u{7}b\u{1b}]0;t\u{1b}\\c"), "abc");
        assert_eq!(shown("a\u{9b}2Jb\u{1b}c"), "abc");
        assert_eq!(shown("\u{1b}]never ends"), "");
    }

    #[test]
    fn what_turns_text_around_is_marked_and_length_is_cut() {
        assert_eq!(shown("safe\u{202e}gnp"), "safe\u{fffd}gnp");
        assert_eq!(shown(&"x".repeat(5_000)).chars().count(), MAX_CHARS);
        assert_eq!(shown(" \t\n"), "");
    }
}
