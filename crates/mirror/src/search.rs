//! What was typed, as it is looked up in the index and compared with a row.

use clawpair_core::activity::hex;
use clawpair_core::search::{Search, parts};
use rusqlite::{Connection, params};

use crate::error::MirrorError;
use crate::label::{Label, Mark};
use crate::platform::PlatformId;
use crate::record::Standing;

/// Characters of a word that are in the index.
const INDEXED_CHARS: usize = 6;

/// So many things that have a word are few: all of them are looked up by the whole of it.
const SHORT_LIST: i64 = 2_000;

/// So many things that an index finds by the beginnings of words, and that have others, are passed over before it is asked by whole words.
const MANY_MISSES: usize = 2_000;

/// The beginning of a word that is in the index.
fn indexed(word: &str) -> String {
    word.chars().take(INDEXED_CHARS).collect()
}

fn is_longer(word: &str) -> bool {
    word.chars().count() > INDEXED_CHARS
}

/// What an index holds of some words: of each its beginning, and longer ones whole.
pub(crate) fn entered<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let mut terms: Vec<String> =
        words.clone().map(indexed).chain(words.filter(|word| is_longer(word)).map(str::to_owned)).collect();
    terms.sort();
    terms.dedup();
    terms
}

/// A word for a platform that nobody can type, so that giving the platform another name changes no index.
pub(crate) fn platform_word(platform: i64) -> String {
    format!("§p{platform}")
}

/// Likewise for how a device stands.
pub(crate) fn standing_word(standing: Standing) -> String {
    format!("§s{}", standing.number())
}

/// Likewise for what devices are filtered by exactly. They connect too often for that to be in the index.
pub(crate) fn label_word(label: &Label) -> Option<String> {
    let is_indexed = *label != Label::all() && *label != Label::mark(Mark::Connected);
    is_indexed.then(|| format!("§{}", hex(label.as_str().as_bytes())))
}

/// Whether few things have words that begin so.
fn has_few(db: &Connection, index: &str, text: &str) -> Result<bool, MirrorError> {
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {index}_vocabulary WHERE term >= ? AND term < ? LIMIT ?)");
    let after = format!("{text}{}", char::MAX);
    let found: i64 = db.prepare_cached(&sql)?.query_row(params![text, after, SHORT_LIST], |row| row.get(0))?;
    Ok(found < SHORT_LIST)
}

/// Whether all that an older program has written was entered as this one does it.
fn all_is_entered(db: &Connection) -> Result<bool, MirrorError> {
    Ok(db.prepare_cached("SELECT words_entered FROM state")?.query_row([], |row| row.get(0))?)
}

/// What became of a row that an index has found.
pub(crate) enum Look {
    /// It is wanted.
    Fits,
    /// It is not.
    Other,
    /// It is not needed any more.
    Enough,
}

/// One part of a search, and the platforms whose names have a word that begins so.
struct Part {
    text: String,
    platforms: Vec<i64>,
}

/// A search among the platforms there are.
pub(crate) struct Searched(Vec<Part>);

impl Searched {
    pub(crate) fn new(search: &Search, platforms: &[(i64, PlatformId, String)]) -> Self {
        let of = |text: &str| {
            let named = |name: &str| parts(name).any(|word| word.starts_with(text));
            let platforms = platforms.iter().filter(|(_, _, name)| named(name)).map(|(number, _, _)| *number).collect();
            Part { text: text.to_owned(), platforms }
        };
        Self(search.parts().map(of).collect())
    }

    /// As an index is asked for what has all these words, too, or may have: of longer ones that many things have, only the beginning is
    /// looked up, which is in one list.
    pub(crate) fn to_match(&self, db: &Connection, index: &str, besides: &[String]) -> Result<String, MirrorError> {
        if !all_is_entered(db)? {
            return Ok(self.matching(&[], |_| false));
        }
        let few = self.longer().map(|text| Ok((text, has_few(db, index, text)?))).collect::<Result<Vec<_>, MirrorError>>()?;
        Ok(self.matching(besides, |text| few.contains(&(text, true))))
    }

    /// Likewise for what has them. To look up a word whole takes as long as there are things with words that begin so.
    fn to_match_whole(&self, besides: &[String]) -> String {
        self.matching(besides, |_| true)
    }

    fn longer(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|part| part.text.as_str()).filter(|text| is_longer(text))
    }

    fn matching(&self, besides: &[String], whole: impl Fn(&str) -> bool) -> String {
        let part = |part: &Part| {
            let whole = is_longer(&part.text) && whole(&part.text);
            let text = if whole { part.text.clone() } else { indexed(&part.text) };
            let more = if whole || text.chars().count() < INDEXED_CHARS { " *" } else { "" };
            let mut ways = vec![format!("\"{text}\"{more}")];
            ways.extend(part.platforms.iter().map(|number| format!("\"{}\"", platform_word(*number))));
            if ways.len() == 1 { ways.remove(0) } else { format!("({})", ways.join(" OR ")) }
        };
        let besides = besides.iter().map(|word| format!("\"{word}\""));
        self.0.iter().map(part).chain(besides).collect::<Vec<_>>().join(" AND ")
    }

    /// Goes through what an index may find before this row, the last first, until there is enough of it.
    pub(crate) fn walk(
        &self,
        db: &Connection,
        index: &str,
        besides: &[String],
        before: Option<i64>,
        mut look: impl FnMut(i64) -> Result<Look, MirrorError>,
    ) -> Result<(), MirrorError> {
        let sql = format!("SELECT rowid FROM {index} WHERE {index} MATCH ? AND rowid < ? ORDER BY rowid DESC");
        let mut statement = db.prepare_cached(&sql)?;
        let (mut before, mut misses) = (before.unwrap_or(i64::MAX), 0);
        let may_have = self.to_match(db, index, besides)?;
        let has = if all_is_entered(db)? { self.to_match_whole(besides) } else { may_have.clone() };
        for matching in [&may_have, &has] {
            let mut rows = statement.query(params![matching, before])?;
            loop {
                if may_have != has && matching == &may_have && misses >= MANY_MISSES {
                    break;
                }
                let Some(row) = rows.next()? else { return Ok(()) };
                before = row.get(0)?;
                match look(before)? {
                    Look::Fits => {}
                    Look::Other => misses += 1,
                    Look::Enough => return Ok(()),
                }
            }
        }
        Ok(())
    }

    /// Whether it finds a device of this platform with these words.
    pub(crate) fn finds(&self, platform: i64, words: &str) -> bool {
        let known = |part: &Part| words.split(' ').any(|word| word.starts_with(&part.text));
        self.0.iter().all(|part| part.platforms.contains(&platform) || known(part))
    }
}
