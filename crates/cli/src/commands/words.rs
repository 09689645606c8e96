//! Words between people and types.

use std::fmt::Display;
use std::str::FromStr;

use crate::failure::Failure;
use crate::output::NOTHING;

/// Several words with commas between them, as the article writes permissions: `"a, b"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List(pub(crate) Vec<String>);

impl FromStr for List {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<String> = text.split(',').map(|word| word.trim().to_owned()).collect();
        if words.iter().any(String::is_empty) {
            Err("write words with commas between them, such as \"sensor:read, sensor:report\"")
        } else {
            Ok(Self(words))
        }
    }
}

/// An id of this kind, or several; what is none is not quoted, because it may be something else that was pasted.
pub(crate) fn ids<Id: FromStr<Err: Display>>(texts: &[String]) -> Result<(), Failure> {
    texts.iter().try_for_each(|text| text.parse::<Id>().map(drop).map_err(Failure::input))
}

/// For showing.
pub(crate) fn list(words: &[String]) -> String {
    words.join(", ")
}

/// A cell of a table.
pub(crate) fn word(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or(NOTHING).to_owned()
}

/// The word that JSON has for a value, such as a status.
pub(crate) fn of<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => NOTHING.to_owned(),
    }
}

/// A time as people write it, in minutes: `30m`, `2h`, `1d`, or a number of minutes.
pub(crate) fn minutes(text: &str) -> Result<u32, String> {
    const UNCLEAR: &str = "write a time such as 30m, 2h or 1d";
    let text = text.trim();
    let (number, unit) = text.find(|c: char| !c.is_ascii_digit()).map_or((text, "m"), |index| text.split_at(index));
    let factor = match unit.trim() {
        "m" | "min" | "minute" | "minutes" => 1,
        "h" | "hour" | "hours" => 60,
        "d" | "day" | "days" => 24 * 60,
        _ => return Err(UNCLEAR.to_owned()),
    };
    let minutes = number.parse::<u32>().ok().and_then(|number| number.checked_mul(factor)).filter(|&minutes| minutes > 0);
    minutes.ok_or_else(|| UNCLEAR.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, expected) in [("30m", 30), ("45", 45), (" 2h ", 120), ("1d", 1_440), ("15 minutes", 15)] {
            assert_eq!(minutes(text), Ok(expected), "{text}");
        }
        for text in ["", "m", "soon", "0m", "-1m", "1w", "99999999999h"] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_have_commas() {
        assert_eq!("a, b,c".parse(), Ok(List(vec!["a".into(), "b".into(), "c".into()])));
        assert!("a,,b".parse::<List>().is_err() && "".parse::<List>().is_err());
    }
}
