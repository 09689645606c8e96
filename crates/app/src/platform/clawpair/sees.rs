//! What a server shows of what changes. It leaves out what the key may not see, and moves its cursor past that all the same.

use clawpair_api::Me;
use clawpair_core::access::{Operation, Scope};
use clawpair_mirror::{Extent, Whole};

/// Between a server's cursor and what could not be seen up to it.
const WITHOUT: char = '-';

/// What a caller may see besides devices, without which nobody may ask what changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sees {
    codes: bool,
    requests: bool,
    activity: bool,
}

impl Sees {
    /// What an owner sees.
    pub(super) const ALL: Self = Self { codes: true, requests: true, activity: true };

    pub(super) fn of(me: &Me) -> Self {
        Self {
            codes: me.scopes.contains(&Scope::CodesRead),
            requests: me.scopes.contains(&Scope::RequestsRead),
            activity: me.operations.iter().any(|word| word == Operation::ActivityList.word()),
        }
    }

    pub(super) const fn activity(self) -> bool {
        self.activity
    }

    /// Where to read on: the server's own cursor, unless something can be seen now that could not be seen up to it.
    pub(super) fn cursor(self, kept: Option<&str>) -> Option<String> {
        let kept = kept?;
        let (cursor, unseen) = kept.split_once(WITHOUT).unwrap_or((kept, ""));
        unseen.chars().all(|letter| self.unseen().contains(letter)).then(|| cursor.to_owned())
    }

    /// How much a reading that has brought everything, or what has changed, has brought of what there is.
    pub(super) fn extent(self, everything: bool, cursor: Option<String>) -> Extent {
        let cursor = cursor.map(|cursor| match self.unseen().as_str() {
            "" => cursor,
            unseen => format!("{cursor}{WITHOUT}{unseen}"),
        });
        if !everything {
            return Extent::Some { cursor };
        }
        if self == Self::ALL {
            return Extent::Everything { cursor };
        }
        let whole = Whole { devices: true, others: self.codes && self.requests };
        Extent::Visible { cursor, whole, log: self.activity }
    }

    /// A letter for each thing that is left out of what changes.
    fn unseen(self) -> String {
        [(self.codes, 'c'), (self.requests, 'r')].into_iter().filter(|(seen, _)| !seen).map(|(_, letter)| letter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_REQUESTS: Sees = Sees { requests: false, ..Sees::ALL };
    const DEVICES: Sees = Sees { codes: false, requests: false, activity: false };

    fn kept(sees: Sees) -> String {
        sees.extent(false, Some("abc".into())).cursor().unwrap().clone()
    }

    #[test]
    fn a_reading_goes_on_only_where_nothing_was_left_out_that_can_be_seen_now() {
        assert_eq!(kept(Sees::ALL), "abc");
        for (before, now, goes_on) in [
            (Sees::ALL, Sees::ALL, true),
            (Sees::ALL, DEVICES, true),
            (NO_REQUESTS, NO_REQUESTS, true),
            (NO_REQUESTS, DEVICES, true),
            (NO_REQUESTS, Sees::ALL, false),
            (DEVICES, NO_REQUESTS, false),
        ] {
            assert_eq!(now.cursor(Some(&kept(before))).as_deref(), goes_on.then_some("abc"), "{before:?} {now:?}");
        }
        assert_eq!(Sees::ALL.cursor(None), None);
    }

    #[test]
    fn only_what_can_be_seen_is_said_to_be_whole() {
        assert!(matches!(Sees::ALL.extent(true, None), Extent::Everything { .. }));
        let others = |sees: Sees| match sees.extent(true, None) {
            Extent::Visible { whole: Whole { devices: true, others }, log, .. } => (others, log),
            other => panic!("{other:?}"),
        };
        assert_eq!(others(NO_REQUESTS), (false, true));
        assert_eq!(others(DEVICES), (false, false));
        assert_eq!(others(Sees { activity: false, ..Sees::ALL }), (true, false));
    }
}
