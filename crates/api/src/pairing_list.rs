use serde::{Deserialize, Serialize};

use crate::{Pairing, PairingStatus};

/// Which pairings `GET /api/v1/devices/pairing-codes` lists, in which order, after which: its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListPairingCodes {
    /// Those that stand in one of these ways; behind the question mark words with commas between them. Empty: however they do.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "words")]
    pub status: Vec<PairingStatus>,
    /// Those of which each word begins a part of name or type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Those of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_type: Option<String>,
    /// `created`, `expires` or `name`, a dash before it for descending; `-created` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// The `next` of the page before, under the same sort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Items of the page at most; 100 when left out, and no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Words with commas between them.
mod words {
    use serde::de::value::{Error as ValueError, StrDeserializer};
    use serde::de::{Error as _, IntoDeserializer};
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::PairingStatus;

    pub(super) fn serialize<S: Serializer>(statuses: &[PairingStatus], serializer: S) -> Result<S::Ok, S::Error> {
        let words = statuses.iter().map(|status| match serde_json::to_value(status) {
            Ok(serde_json::Value::String(word)) => Ok(word),
            _ => Err(S::Error::custom("a status is a word")),
        });
        serializer.serialize_str(&words.collect::<Result<Vec<_>, _>>()?.join(","))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PairingStatus>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let status = |word: &str| {
            let word: StrDeserializer<'_, ValueError> = word.into_deserializer();
            PairingStatus::deserialize(word).map_err(D::Error::custom)
        };
        text.split(',').map(status).collect()
    }
}

/// Some pairings, in the order asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairingPage {
    /// At most as many as asked for.
    pub pairings: Vec<Pairing>,
    /// Pass as `after` for more; a short page may have more behind it.
    pub next: Option<String>,
}

/// How many pairings are under way, and how many codes people may type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairingSummary {
    /// A device may claim them.
    pub open: u64,
    /// A person is asked.
    pub waiting: u64,
    /// A device has been let in and has yet to hear so.
    pub approved: u64,
    /// Of those open, how many people may type.
    pub typed: u32,
    /// How many that may be at once: the guess budget.
    pub typed_at_most: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_words_with_commas_and_nothing_else() {
        let read = |status: &str| serde_json::from_value::<ListPairingCodes>(serde_json::json!({ "status": status }));
        let list = read("open,waiting").unwrap();
        assert_eq!(list.status, [PairingStatus::Open, PairingStatus::Waiting]);
        assert_eq!(serde_json::to_value(&list).unwrap(), serde_json::json!({ "status": "open,waiting" }));
        for text in ["", "open,", "sleeping", "Open", "open, waiting"] {
            assert!(read(text).unwrap_err().to_string().contains("unknown variant"), "{text}");
        }
    }
}
