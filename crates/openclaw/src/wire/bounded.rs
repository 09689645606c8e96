//! Lists of whatever length, of which only so much is kept.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};

/// Most roles, scopes, commands and the like of one entry; gateways know about ten scopes.
pub(crate) const FEW: usize = 64;

/// A list of up to [`FEW`] elements, or nothing where none is. A longer one is an error and is not cut: what is cut off a list of
/// rights would be granted without having been seen.
pub(crate) fn few<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list = Option::<FirstOf<FEW, T>>::deserialize(deserializer)?.unwrap_or_default();
    if list.more > 0 { Err(D::Error::custom("a list is too long")) } else { Ok(list.kept) }
}

/// The first `N` elements of a list, and how many more there were.
#[derive(Debug)]
pub(crate) struct FirstOf<const N: usize, T> {
    pub(crate) kept: Vec<T>,
    pub(crate) more: usize,
}

impl<const N: usize, T> Default for FirstOf<N, T> {
    fn default() -> Self {
        Self { kept: Vec::new(), more: 0 }
    }
}

impl<'de, const N: usize, T: Deserialize<'de>> Deserialize<'de> for FirstOf<N, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct First<const N: usize, T>(PhantomData<T>);
        impl<'de, const N: usize, T: Deserialize<'de>> Visitor<'de> for First<N, T> {
            type Value = FirstOf<N, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
                let mut first = FirstOf::default();
                while first.kept.len() < N {
                    match elements.next_element()? {
                        Some(element) => first.kept.push(element),
                        None => return Ok(first),
                    }
                }
                while elements.next_element::<IgnoredAny>()?.is_some() {
                    first.more += 1;
                }
                Ok(first)
            }
        }
        deserializer.deserialize_seq(First::<N, T>(PhantomData))
    }
}

/// What a word stands for, read where it stands.
pub(crate) fn word<'de, D: Deserializer<'de>, T>(deserializer: D, of: fn(&str) -> T) -> Result<T, D::Error> {
    struct Word<T>(fn(&str) -> T);
    impl<T> Visitor<'_> for Word<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a word")
        }

        fn visit_str<E>(self, word: &str) -> Result<T, E> {
            Ok((self.0)(word))
        }
    }
    deserializer.deserialize_str(Word(of))
}

/// A text that is looked at where it stands. A type of its own, because serde borrows a bare `Cow` in no `Option` and no `Vec`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
