//! What was typed, as it is looked up in the index and compared with a row.

use clawpair_core::search::{Search, parts};

use crate::label::{Label, Mark};
use crate::platform::PlatformId;
use crate::record::Standing;

/// Characters of a word that are in the index.
const INDEXED_CHARS: usize = 6;

/// The beginning of a word that is in the index.
pub(crate) fn indexed(word: &str) -> String {
    word.chars().take(INDEXED_CHARS).collect()
}

/// A word for a platform that nobody can type, so that giving the platform another name changes no index.
pub(crate) fn platform_word(platform: i64) -> String {
    format!("§p{platform}")
}

/// Likewise for how a device stands.
pub(crate) fn standing_word(standing: Standing) -> String {
    format!("§s{}", standing.number())
}

/// Likewise for what a reviewer looks for. Devices connect too often for that to be in the index.
pub(crate) fn mark_word(label: &Label) -> Option<String> {
    let indexed = [Mark::NeverUsed, Mark::Broad, Mark::UnknownType].into_iter().any(|mark| Label::mark(mark) == *label);
    indexed.then(|| format!("§{}", &label.as_str()[1..]))
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

    /// As the index is asked for those that have all these words, too.
    pub(crate) fn to_match(&self, besides: impl IntoIterator<Item = String>) -> String {
        let part = |part: &Part| {
            let more = if part.text.chars().count() < INDEXED_CHARS { " *" } else { "" };
            let mut ways = vec![format!("\"{}\"{more}", indexed(&part.text))];
            ways.extend(part.platforms.iter().map(|number| format!("\"{}\"", platform_word(*number))));
            if ways.len() == 1 { ways.remove(0) } else { format!("({})", ways.join(" OR ")) }
        };
        let besides = besides.into_iter().map(|word| format!("\"{word}\""));
        self.0.iter().map(part).chain(besides).collect::<Vec<_>>().join(" AND ")
    }

    /// Whether it finds a device of this platform with these words.
    pub(crate) fn finds(&self, platform: i64, words: &str) -> bool {
        let known = |part: &Part| words.split(' ').any(|word| word.starts_with(&part.text));
        self.0.iter().all(|part| part.platforms.contains(&platform) || known(part))
    }
}
