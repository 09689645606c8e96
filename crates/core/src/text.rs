//! Short texts from people and devices: bounded, trimmed, and free of characters that could deceive a reader.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest name or type, in characters.
pub const MAX_CHARS: usize = 64;

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("The {what} is empty; write at least one character.")]
    Empty {
        /// Which field.
        what: &'static str,
    },
    /// More characters than it may have.
    #[error("The {what} has {found} characters; {most} are the most.")]
    TooLong {
        /// Which field.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A control, formatting or direction character.
    #[error("The {what} has an invisible or control character at position {position}; remove it.")]
    Invisible {
        /// Which field.
        what: &'static str,
        /// Where it stands, from 1.
        position: usize,
    },
}

/// Control, bidirectional and other characters that change how their neighbours look.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The character, or a replacement mark where showing it would deceive.
pub fn harmless(character: char) -> char {
    if deceives(character) { '\u{fffd}' } else { character }
}

/// Any text made fit for showing: deceiving characters replaced, cut at [`MAX_CHARS`].
pub fn sanitised(text: &str) -> String {
    text.trim().chars().take(MAX_CHARS).map(harmless).collect()
}

/// A text for a cell of a spreadsheet: with an apostrophe before what would be taken for a formula.
pub fn defused(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

fn checked(text: &str, what: &'static str, most: usize) -> Result<String, TextError> {
    let text = text.trim();
    let found = text.chars().take(100_000).count();
    if found == 0 {
        return Err(TextError::Empty { what });
    }
    if found > most {
        return Err(TextError::TooLong { what, found, most });
    }
    match text.chars().position(deceives) {
        Some(index) => Err(TextError::Invisible { what, position: index + 1 }),
        None => Ok(text.to_owned()),
    }
}

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $most:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                checked(text, $what, $most).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

short_text!(
    /// What a person calls a device, or an API key.
    Name,
    "name",
    MAX_CHARS
);

impl Name {
    /// The name without regard to case, for finding it.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

short_text!(
    /// What kind of thing a device is: `IoT Sensor`, `IoT.Sensor.Temperature`, or any words.
    DeviceType,
    "type",
    MAX_CHARS
);
short_text!(
    /// A word that people put on devices to find them again.
    Tag,
    "tag",
    32
);
short_text!(
    /// Why a person or a rule did something, for those who ask later.
    Reason,
    "reason",
    200
);

/// Types the article and its readers use, offered in forms; any other text is as good.
pub const KNOWN_DEVICE_TYPES: [&str; 7] = [
    "IoT Gateway",
    "IoT Sensor",
    "Cloud VM",
    "Web Application",
    "IoT.Sensor.Temperature",
    "Service.Integration",
    "Service.Worker.Compute",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_and_keeps_ordinary_text_of_any_language() {
        assert_eq!("  Küche – 温度 🌡 ".parse::<Name>().unwrap().as_str(), "Küche – 温度 🌡");
    }

    #[test]
    fn refuses_what_is_empty_long_or_deceiving() {
        assert_eq!(" ".parse::<Name>(), Err(TextError::Empty { what: "name" }));
        assert_eq!("x".repeat(65).parse::<Name>(), Err(TextError::TooLong { what: "name", found: 65, most: 64 }));
        assert_eq!("a\u{202e}b".parse::<DeviceType>(), Err(TextError::Invisible { what: "type", position: 2 }));
        assert_eq!("a\u{1b}[31m".parse::<Name>(), Err(TextError::Invisible { what: "name", position: 2 }));
    }

    #[test]
    fn what_a_device_says_is_made_harmless() {
        assert_eq!(sanitised("\u{1b}[2Jgood\u{202e}"), "\u{fffd}[2Jgood\u{fffd}");
        assert_eq!(sanitised(&"y".repeat(5_000)).chars().count(), MAX_CHARS);
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_defused_and_all_else_stays() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(defused(text), format!("'{text}"));
        }
        for text in ["", "code_used", "192.0.2.7", "a=b", "dev-1"] {
            assert_eq!(defused(text), text);
        }
    }
}
