//! Which devices, and whether one is among them.

use clawpair_core::Timestamp;
use clawpair_core::search::Search;
use clawpair_core::text::{DeviceType, Tag};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::error::MirrorError;
use crate::label::{Label, Mark, signature};
use crate::platform::{PlatformId, named};
use crate::record::Standing;
use crate::search::{Searched, label_word, platform_word, standing_word};

/// Which devices to list: what is left out does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceFilter {
    /// Of this platform.
    pub platform: Option<PlatformId>,
    /// That stand so.
    pub standing: Option<Standing>,
    /// That do not stand so.
    pub besides: Vec<Standing>,
    /// That have all these marks.
    pub marks: Vec<Mark>,
    /// That have none of these marks.
    pub without: Vec<Mark>,
    /// That were not heard since this moment, or never.
    pub not_seen_since: Option<Timestamp>,
    /// Whose credentials end before this moment.
    pub expires_before: Option<Timestamp>,
    /// Of exactly this type.
    pub device_type: Option<DeviceType>,
    /// That may do this, in the words of their platform.
    pub permission: Option<String>,
    /// With this tag.
    pub tag: Option<Tag>,
    /// In this group of this computer's.
    pub group: Option<Tag>,
    /// That have words that begin so.
    pub search: Option<Search>,
}

impl DeviceFilter {
    fn labels(&self) -> Vec<Label> {
        let words = [
            self.device_type.as_ref().map(|kind| Label::device_type(kind.as_str())),
            self.permission.as_ref().map(|permission| Label::permission(permission)),
            self.tag.as_ref().map(|tag| Label::tag(tag.as_str())),
            self.group.as_ref().map(|group| Label::group(group.as_str())),
        ];
        self.marks.iter().map(|mark| Label::mark(*mark)).chain(words.into_iter().flatten()).collect()
    }
}

/// A filter among what there is in the file.
pub(crate) struct Wanted {
    pub(crate) platforms: Vec<i64>,
    pub(crate) standings: Vec<Standing>,
    pub(crate) labels: Vec<Label>,
    /// Bits that none of them has.
    pub(crate) without: i64,
    pub(crate) seen_before: Option<i64>,
    pub(crate) expires_before: Option<i64>,
    pub(crate) search: Option<Searched>,
}

/// A device as far as filters and orders go.
pub(crate) struct Facts {
    pub(crate) number: i64,
    pub(crate) sort_name: String,
    pub(crate) paired_at: i64,
    pub(crate) seen_at: i64,
}

impl Wanted {
    pub(crate) fn new(db: &Connection, filter: &DeviceFilter) -> Result<Self, MirrorError> {
        let all = named(db)?;
        let platforms: Vec<i64> = all
            .iter()
            .filter(|(_, id, _)| filter.platform.as_ref().is_none_or(|wanted| wanted == id))
            .map(|(number, _, _)| *number)
            .collect();
        if filter.platform.is_some() && platforms.is_empty() {
            return Err(MirrorError::NotFound("platform"));
        }
        Ok(Self {
            platforms,
            standings: Standing::ALL
                .into_iter()
                .filter(|standing| filter.standing.is_none_or(|wanted| wanted == *standing) && !filter.besides.contains(standing))
                .collect(),
            labels: filter.labels(),
            without: signature(&filter.without.iter().map(|mark| Label::mark(*mark)).collect::<Vec<_>>()),
            seen_before: filter.not_seen_since.map(Timestamp::as_millis),
            expires_before: filter.expires_before.map(Timestamp::as_millis),
            search: filter.search.as_ref().map(|search| Searched::new(search, &all)),
        })
    }

    /// How the search index is asked; nothing if nothing is searched for.
    pub(crate) fn to_match(&self, db: &Connection) -> Result<Option<String>, MirrorError> {
        self.search.as_ref().map(|search| search.to_match(db, "device_search", &self.besides())).transpose()
    }

    /// What the search index has words for besides what was typed.
    pub(crate) fn besides(&self) -> Vec<String> {
        let platform = if let [platform] = self.platforms[..] { Some(platform_word(platform)) } else { None };
        let standing = if let [standing] = self.standings[..] { Some(standing_word(standing)) } else { None };
        platform.into_iter().chain(standing).chain(self.labels.iter().filter_map(label_word)).collect()
    }

    pub(crate) fn signature(&self) -> i64 {
        signature(&self.labels)
    }

    /// Whether a device that stands right, has all bits and was not seen still has to be looked at.
    pub(crate) fn says_more_than_indexes(&self) -> bool {
        self.expires_before.is_some() || self.without != 0 || !self.labels.iter().all(Label::has_own_bit)
    }

    /// The facts of a device, if it is wanted. Nothing but this decides that, so no index can make a list wrong.
    pub(crate) fn facts(&self, db: &Connection, number: i64) -> Result<Option<Facts>, MirrorError> {
        let mut statement = db.prepare_cached(
            "SELECT platform, standing, signature, sort_name, paired_at, seen_at, expires_at, words FROM device WHERE number = ?",
        )?;
        let mut rows = statement.query([number])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (platform, standing, bits): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (seen_at, expires_at): (i64, Option<i64>) = (row.get(5)?, row.get(6)?);
        let signature = self.signature();
        let stands = self.platforms.contains(&platform) && self.standings.contains(&Standing::from_number(standing));
        let in_time = self.seen_before.is_none_or(|before| seen_at < before)
            && self.expires_before.is_none_or(|before| expires_at.is_some_and(|at| at < before));
        if !stands || !in_time || bits & signature != signature || bits & self.without != 0 {
            return Ok(None);
        }
        let words = row.get_ref(7)?.as_str().map_err(rusqlite::Error::from)?;
        if self.search.as_ref().is_some_and(|search| !search.finds(platform, words)) || !self.has_labels(db, number)? {
            return Ok(None);
        }
        Ok(Some(Facts { number, sort_name: row.get(3)?, paired_at: row.get(4)?, seen_at }))
    }

    fn has_labels(&self, db: &Connection, number: i64) -> Result<bool, MirrorError> {
        let mut statement = db.prepare_cached("SELECT 1 FROM device_label WHERE label = ? AND number = ?")?;
        for label in self.labels.iter().filter(|label| !label.has_own_bit()) {
            if statement.query_row(params![label.as_str(), number], |_| Ok(())).optional()?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
