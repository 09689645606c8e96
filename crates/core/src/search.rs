//! What a search finds: things of which every word's every part begins some part of what is known of them.

use crate::device::Device;

/// Longest search, in characters.
pub const MAX_SEARCH_CHARS: usize = 100;
/// Most parts of one search; each costs a look into the index.
const MAX_PARTS: usize = 12;

/// Runs of letters and digits in lower case; everything else parts them.
pub fn parts(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_lowercase)
}

/// What somebody typed to find things: at least one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search(Vec<String>);

/// A text cannot be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// Longer than any name that could be found.
    #[error("A search has at most {MAX_SEARCH_CHARS} characters and {MAX_PARTS} words; type fewer.")]
    TooLong,
    /// Nothing but punctuation.
    #[error("A search needs at least one letter or digit.")]
    Empty,
}

impl std::str::FromStr for Search {
    type Err = SearchError;

    fn from_str(text: &str) -> Result<Self, SearchError> {
        if text.chars().count() > MAX_SEARCH_CHARS {
            return Err(SearchError::TooLong);
        }
        // Every device's id begins so, which says nothing.
        let words = text.split_whitespace().map(|word| word.strip_prefix("dev-").unwrap_or(word));
        let mut found: Vec<String> = words.flat_map(parts).collect();
        found.sort();
        found.dedup();
        match found.len() {
            0 => Err(SearchError::Empty),
            1..=MAX_PARTS => Ok(Self(found)),
            _ => Err(SearchError::TooLong),
        }
    }
}

impl Search {
    /// What is looked for.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether it finds this device.
    pub fn finds(&self, device: &Device) -> bool {
        self.finds_among(&device_parts(device))
    }

    /// Whether it finds something that is known by these texts.
    pub fn finds_in<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        self.finds_among(&texts.into_iter().flat_map(parts).collect::<Vec<_>>())
    }

    fn finds_among(&self, known: &[String]) -> bool {
        self.0.iter().all(|part| known.iter().any(|known| known.starts_with(part)))
    }
}

/// All parts a device can be found by, sorted, none twice.
pub fn device_parts(device: &Device) -> Vec<String> {
    let id = device.id.to_string();
    let texts = [
        device.name.as_str(),
        device.device_type.as_str(),
        id.strip_prefix("dev-").unwrap_or(&id),
        &device.key.fingerprint(),
        &device.last_address,
    ]
    .map(str::to_owned);
    let tags = device.tags.iter().map(ToString::to_string);
    let mut found: Vec<String> = texts.into_iter().chain(tags).flat_map(|text| parts(&text).collect::<Vec<_>>()).collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_cut_into_parts_and_bounded() {
        let search: Search = "  Küche 192.168.1.42 dev-0198F3a2 ".parse().unwrap();
        assert_eq!(search.parts().collect::<Vec<_>>(), ["0198f3a2", "1", "168", "192", "42", "küche"]);
        assert_eq!("?! -".parse::<Search>(), Err(SearchError::Empty));
        assert_eq!("x".repeat(101).parse::<Search>(), Err(SearchError::TooLong));
        assert_eq!("a b c d e f g h i j k l m".parse::<Search>(), Err(SearchError::TooLong));
    }
}
