//! Every call of the contract. The `OpenAPI` document and the reference page are made from this list, and tests compare it with
//! the Router and with [`Operation`].

mod activity;
mod alerts;
mod answer;
mod devices;
mod keys;
mod members;
mod pairing;
mod platform;
mod requests;
mod settings;

use clawpair_core::access::Operation;

use crate::ErrorCode;
pub use answer::{Answer, Content, Shape};

/// The methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something, or makes something.
    Post,
    /// Writes something whole.
    Put,
    /// Changes a part.
    Patch,
    /// Ends something.
    Delete,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// As HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a caller shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// An API key whose role has the operation's scope.
    Manager(Operation),
    /// An API key that is good; where operations are named, the body decides which of their scopes it takes.
    AnyManager(&'static [Operation]),
    /// A device's access token with a proof of possession (RFC 9449).
    Device,
    /// A proof of possession alone.
    Proof,
    /// Nothing, or something in the body.
    None,
}

/// A parameter behind the question mark.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether the call cannot do without it.
    pub required: bool,
}

impl Query {
    const fn new(name: &'static str, about: &'static str, takes: Takes) -> Self {
        Self { name, about, takes, required: false }
    }

    const fn required(name: &'static str, about: &'static str, takes: Takes) -> Self {
        Self { name, about, takes, required: true }
    }
}

/// What a query parameter takes.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// One of these words.
    Words(&'static [&'static str]),
    /// Some of these words, with commas between them.
    Several(&'static [&'static str]),
    /// A text of this pattern.
    Text(&'static str),
    /// A sentence of 1–200 characters.
    Reason,
    /// A moment (RFC 3339).
    Time,
    /// How many: any number that fits 64 bits.
    Size,
    /// A number in this range.
    Number(u64, u64),
    /// `true` or `false`.
    Flag,
}

/// One call.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Its name in the document; the operation's word where there is an operation.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// Of [`crate::paths`].
    pub path: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// What a caller shows.
    pub credential: Credential,
    /// Parameters behind the question mark.
    pub query: &'static [Query],
    /// Whether `If-Match` may name the edition a change was decided on.
    pub if_match: bool,
    /// Whether an `Idempotency-Key` makes it safe to repeat. Calls that take none are safe to repeat anyway.
    pub once: bool,
    /// The body, if it takes one.
    pub body: Option<Content>,
    /// What it answers when it does what it was asked.
    pub answers: &'static [Answer],
    /// What it may refuse besides what every call of its kind does.
    pub refusals: &'static [ErrorCode],
}

impl Endpoint {
    /// A call for managers.
    const fn manager(operation: Operation, method: Method, path: &'static str, summary: &'static str) -> Self {
        Self::new(operation.word(), Credential::Manager(operation), method, path, summary)
    }

    const fn new(id: &'static str, credential: Credential, method: Method, path: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            method,
            path,
            summary,
            credential,
            query: &[],
            if_match: false,
            once: false,
            body: None,
            answers: &[],
            refusals: &[],
        }
    }

    const fn query(mut self, query: &'static [Query]) -> Self {
        self.query = query;
        self
    }

    const fn if_match(mut self) -> Self {
        self.if_match = true;
        self
    }

    const fn once(mut self) -> Self {
        self.once = true;
        self
    }

    const fn takes(mut self, body: Content) -> Self {
        self.body = Some(body);
        self
    }

    const fn answers(mut self, answers: &'static [Answer]) -> Self {
        self.answers = answers;
        self
    }

    const fn refuses(mut self, refusals: &'static [ErrorCode]) -> Self {
        self.refusals = refusals;
        self
    }

    /// Everything it may refuse, in the order of [`ErrorCode::ALL`].
    pub fn all_refusals(&self) -> Vec<ErrorCode> {
        use ErrorCode as E;
        let credential: &[E] = match self.credential {
            Credential::Manager(_) | Credential::AnyManager([_, ..]) => &[
                E::Unauthenticated,
                E::WrongAuthMethod,
                E::ApiKeyInvalid,
                E::ApiKeyExpired,
                E::ApiKeyRevoked,
                E::SessionEnded,
                E::AccessDenied,
            ],
            Credential::AnyManager([]) => {
                &[E::Unauthenticated, E::WrongAuthMethod, E::ApiKeyInvalid, E::ApiKeyExpired, E::ApiKeyRevoked, E::SessionEnded]
            }
            Credential::Device => &[
                E::Unauthenticated,
                E::WrongAuthMethod,
                E::DeviceTokenInvalid,
                E::DeviceKeyReplaced,
                E::TokenExpired,
                E::DeviceDisabled,
                E::DeviceRevoked,
                E::DpopInvalid,
                E::UseDpopNonce,
            ],
            Credential::Proof => &[E::DpopInvalid, E::UseDpopNonce],
            Credential::None => &[],
        };
        let body: &[E] = if self.body.is_some() { &[E::InvalidRequest, E::BodyTooLarge, E::UnsupportedMediaType] } else { &[] };
        let query: &[E] = if self.query.is_empty() { &[] } else { &[E::InvalidRequest] };
        let edition: &[E] = if self.if_match { &[E::InvalidRequest, E::ChangedMeanwhile] } else { &[] };
        let once: &[E] = if self.once { &[E::InvalidRequest, E::IdempotencyKeyReused] } else { &[] };
        let path: &[E] = if self.path.contains('{') { &[E::NotFound] } else { &[] };
        let always = [E::OriginNotAllowed, E::RateLimited, E::StorageUnavailable, E::Internal];
        let given = [credential, body, query, edition, once, path, &always, self.refusals].concat();
        E::ALL.iter().copied().filter(|code| given.contains(code)).collect()
    }
}

/// Every refusal.
#[cfg(feature = "openapi")]
pub(crate) const REFUSAL: Shape = answer::shape!(ErrorBody);
/// Every refusal of an OAuth endpoint.
#[cfg(feature = "openapi")]
pub(crate) const OAUTH_REFUSAL: Shape = answer::shape!(OauthErrorBody);

/// Every call.
pub fn all() -> impl Iterator<Item = &'static Endpoint> {
    [
        pairing::ENDPOINTS,
        requests::ENDPOINTS,
        devices::ENDPOINTS,
        keys::ENDPOINTS,
        members::ENDPOINTS,
        activity::ENDPOINTS,
        alerts::ENDPOINTS,
        settings::ENDPOINTS,
        platform::ENDPOINTS,
    ]
    .into_iter()
    .flatten()
}

/// The parameters of every list.
const fn page(after: &'static str) -> [Query; 2] {
    [
        Query::new("after", "Begins behind the item with this id: the `next` of the page before.", Takes::Text(after)),
        Query::new("limit", "Items of the page at most; 0 gives 1, more than 100 give 100.", Takes::Size),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_a_call() {
        for &operation in Operation::ALL {
            let calls = all().filter(|endpoint| endpoint.credential == Credential::Manager(operation));
            assert!(calls.count() > 0, "no endpoint names the operation {}", operation.word());
        }
    }

    #[test]
    fn no_two_calls_are_alike() {
        let mut names: Vec<_> = all().map(|endpoint| endpoint.id).collect();
        let mut places: Vec<_> = all().map(|endpoint| (endpoint.path, endpoint.method)).collect();
        names.sort_unstable();
        places.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert!(places.windows(2).all(|pair| pair[0] != pair[1]), "{places:?}");
    }

    #[test]
    fn every_path_is_of_a_call() {
        let paths = include_str!("paths.rs").lines().filter_map(|line| line.strip_prefix("pub const ")?.split('"').nth(1));
        for path in paths {
            assert!(all().any(|endpoint| endpoint.path == path), "{path} has no endpoint in crates/api/src/endpoints");
        }
    }

    #[test]
    fn every_call_answers_something() {
        for endpoint in all() {
            assert!(!endpoint.answers.is_empty(), "{}", endpoint.id);
            assert!(endpoint.summary.ends_with('.'), "{}", endpoint.id);
        }
    }
}
