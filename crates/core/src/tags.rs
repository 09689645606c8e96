//! Words that people put on devices to find them again: `floor-2`, `Küche`.

use serde::{Deserialize, Serialize};

use crate::text::{Tag, TextError};

/// Most tags of one device.
pub const MAX_TAGS: usize = 16;

/// Why texts are no set of tags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagsError {
    /// One of them is no tag.
    #[error(transparent)]
    Malformed(#[from] TextError),
    /// More than [`MAX_TAGS`].
    #[error("{found} tags are too many for one device; {MAX_TAGS} are the most.")]
    TooMany {
        /// How many there are.
        found: usize,
    },
}

/// The tags of one device: sorted, none twice, often none at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Tag>", into = "Vec<Tag>")]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// The tags in order.
    pub fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }

    /// As texts.
    pub fn to_strings(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether a tag is among them.
    pub fn contain(&self, tag: &Tag) -> bool {
        self.0.binary_search(tag).is_ok()
    }

    /// Parses each text.
    ///
    /// # Errors
    /// When one is no tag, or there are too many.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, TagsError> {
        if texts.len() > MAX_TAGS {
            return Err(TagsError::TooMany { found: texts.len() });
        }
        texts.iter().map(|text| text.as_ref().parse()).collect::<Result<Vec<Tag>, _>>()?.try_into()
    }

    /// These and those.
    ///
    /// # Errors
    /// When that makes too many.
    pub fn with(self, others: &Self) -> Result<Self, TagsError> {
        self.0.into_iter().chain(others.0.iter().cloned()).collect::<Vec<_>>().try_into()
    }

    /// These without those.
    #[must_use]
    pub fn without(mut self, others: &Self) -> Self {
        self.0.retain(|tag| !others.contain(tag));
        self
    }
}

impl TryFrom<Vec<Tag>> for Tags {
    type Error = TagsError;
    fn try_from(mut tags: Vec<Tag>) -> Result<Self, TagsError> {
        tags.sort();
        tags.dedup();
        if tags.len() > MAX_TAGS { Err(TagsError::TooMany { found: tags.len() }) } else { Ok(Self(tags)) }
    }
}

impl From<Tags> for Vec<Tag> {
    fn from(tags: Tags) -> Self {
        tags.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sorted_without_repetition() {
        let tags = Tags::parse(&["floor-2", " Küche ", "floor-2"]).unwrap();
        assert_eq!(tags.to_strings(), ["Küche", "floor-2"]);
    }

    #[test]
    fn adding_keeps_the_bound_and_removing_needs_none_of_them_there() {
        let sixteen = Tags::parse(&(0..16).map(|n| format!("t{n}")).collect::<Vec<_>>()).unwrap();
        let more = Tags::parse(&["t0", "u"]).unwrap();
        assert_eq!(sixteen.clone().with(&more), Err(TagsError::TooMany { found: 17 }));
        assert_eq!(sixteen.without(&more).iter().count(), 15);
    }

    #[test]
    fn refuses_what_is_no_tag_and_too_many() {
        assert!(matches!(Tags::parse(&["a".repeat(33)]), Err(TagsError::Malformed(TextError::TooLong { most: 32, .. }))));
        assert!(matches!(Tags::parse(&[" "]), Err(TagsError::Malformed(TextError::Empty { what: "tag" }))));
        assert!(matches!(Tags::parse(&["a\u{202e}"]), Err(TagsError::Malformed(TextError::Invisible { .. }))));
        assert_eq!(Tags::parse(&["a"; 17]), Err(TagsError::TooMany { found: 17 }));
    }
}
