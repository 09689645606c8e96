//! What has changed since a person last looked, and which devices are over; from the mirror alone.

use clawpair_core::search::Search;
use clawpair_mirror::{self as mirror, MAX_COUNTED, Mirror, MirrorError, ReviewSummary};

use super::across::{Names, count, reviewed};
use crate::view::PAGE;
use crate::view::outbox::DeviceEndedBy;
use crate::view::review::{Counted, ReviewChange, ReviewChangePage, ReviewKind, Tombstone, TombstonePage};

impl From<ReviewKind> for mirror::ReviewKind {
    fn from(kind: ReviewKind) -> Self {
        match kind {
            ReviewKind::Added => Self::Added,
            ReviewKind::Ended => Self::Ended,
            ReviewKind::Rights => Self::Rights,
        }
    }
}

impl From<mirror::ReviewKind> for ReviewKind {
    fn from(kind: mirror::ReviewKind) -> Self {
        match kind {
            mirror::ReviewKind::Added => Self::Added,
            mirror::ReviewKind::Ended => Self::Ended,
            mirror::ReviewKind::Rights => Self::Rights,
        }
    }
}

/// A page of what was found, and the number at which the next one goes on.
pub(super) fn page<T>(mut found: Vec<T>, limit: usize, number: impl Fn(&T) -> i64) -> (Vec<T>, Option<i64>) {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(number);
    (found, next)
}

/// Changes after the one with this number.
pub(crate) fn changes(
    mirror: &Mirror,
    kind: Option<ReviewKind>,
    after: i64,
    limit: usize,
) -> Result<ReviewChangePage, MirrorError> {
    let ReviewSummary { reviewed_at, added, ended, rights, last } = mirror.review_summary()?;
    let (changes, next) = page(mirror.review(kind.map(Into::into), after, limit + 1)?, limit, |change| change.number);
    let names = Names::of(mirror)?;
    let counted = |many: i64| Counted { count: count(many), or_more: many >= MAX_COUNTED };
    let change = |change: mirror::ReviewChange| {
        let now = match mirror.device(&change.place) {
            Ok(listed) => Some(reviewed(listed, &names)),
            Err(MirrorError::NotFound(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(ReviewChange {
            number: change.number,
            kind: change.kind.into(),
            at: change.at.to_string(),
            name: change.name,
            platform: change.place.platform.to_string(),
            platform_name: names.get(&change.place.platform),
            device_id: change.place.id,
            before: change.rights.before,
            then: change.rights.now,
            device: now,
        })
    };
    Ok(ReviewChangePage {
        reviewed_at: reviewed_at.map(|at| at.to_string()),
        changes: changes.into_iter().map(change).collect::<Result<_, _>>()?,
        next,
        added: counted(added),
        ended: counted(ended),
        rights: counted(rights),
        last,
    })
}

/// Devices that are over, all or those that are searched for, before the tombstone with this number.
pub(crate) fn tombstones(mirror: &Mirror, search: Option<&Search>, before: Option<i64>) -> Result<TombstonePage, MirrorError> {
    let names = Names::of(mirror)?;
    let (found, next) = page(mirror.tombstones(search, before, PAGE + 1)?, PAGE, |tombstone| tombstone.number);
    Ok(TombstonePage { tombstones: found.into_iter().map(|found| tombstone(found, &names)).collect(), next })
}

fn tombstone(found: mirror::Tombstone, names: &Names) -> Tombstone {
    let who = found.who.map(|who| match who {
        mirror::EndedBy::You => DeviceEndedBy::You,
        mirror::EndedBy::Other { actor } => DeviceEndedBy::Other { actor },
    });
    Tombstone {
        number: found.number,
        platform: found.place.platform.to_string(),
        platform_name: names.get(&found.place.platform),
        device_id: found.place.id,
        name: found.name,
        key: found.key,
        standing: found.standing.into(),
        at: found.at.to_string(),
        who,
        why: found.why,
    }
}
