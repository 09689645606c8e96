//! What devices are filtered by exactly, and its bit in their signatures.

use serde::{Deserialize, Serialize};

/// How many bits a signature has; an integer of SQLite has a sign besides.
const BITS: u64 = 63;
/// Bits that belong to one label each.
const OWN: u64 = 4;

/// What a reviewer looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Connected when it was last heard of.
    Connected,
    /// Never heard after it joined.
    NeverUsed,
    /// With permissions that change, spend or do something.
    Broad,
    /// Of a type that is none of the known.
    UnknownType,
}

/// One word by which devices are filtered and counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Label(String);

impl Label {
    /// What all devices have.
    pub(crate) const fn all() -> Self {
        Self(String::new())
    }

    pub(crate) fn mark(mark: Mark) -> Self {
        let digit = match mark {
            Mark::Connected => '0',
            Mark::NeverUsed => '1',
            Mark::Broad => '2',
            Mark::UnknownType => '3',
        };
        Self(format!("!{digit}"))
    }

    pub(crate) fn tag(tag: &str) -> Self {
        Self(format!("#{tag}"))
    }

    pub(crate) fn group(group: &str) -> Self {
        Self(format!("g{group}"))
    }

    pub(crate) fn device_type(kind: &str) -> Self {
        Self(format!("t{kind}"))
    }

    pub(crate) fn permission(permission: &str) -> Self {
        Self(format!("p{permission}"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no other label has its bit.
    pub(crate) fn has_own_bit(&self) -> bool {
        self.0.is_empty() || self.0.starts_with('!')
    }

    /// Its bit. Which one does not change from program to program: it is kept. FNV-1a, as good as any here.
    fn bit(&self) -> i64 {
        let bit = match self.0.as_bytes() {
            [] => return 0,
            [b'!', digit] => u64::from(digit - b'0'),
            bytes => {
                let hash = bytes
                    .iter()
                    .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
                OWN + (hash ^ (hash >> 32)) % (BITS - OWN)
            }
        };
        1 << bit
    }
}

/// All bits of some labels. Who lacks one of them lacks a label; who has all of them may lack one still.
pub(crate) fn signature<'a>(labels: impl IntoIterator<Item = &'a Label>) -> i64 {
    labels.into_iter().fold(0, |bits, label| bits | label.bit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_that_older_files_hold() {
        let bits = [Label::all(), Label::mark(Mark::Connected), Label::mark(Mark::UnknownType)].map(|label| label.bit());
        assert_eq!(bits, [0, 1, 8]);
        assert_eq!(Label::tag("floor-2").bit(), 1 << 6);
    }

    #[test]
    fn a_signature_never_goes_below_zero() {
        let labels: Vec<Label> = (0..1_000).map(|n| Label::tag(&n.to_string())).collect();
        assert_eq!(signature(&labels), i64::MAX & !15);
    }
}
