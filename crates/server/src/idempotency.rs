//! `Idempotency-Key`: which requests are one and the same.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use clawpair_api::ErrorCode;
use clawpair_core::Rng;
use clawpair_core::access::Operation;
use clawpair_core::activity::Actor;
use clawpair_core::repeat::{DerivedRng, IdempotencyKey, Once};
use clawpair_core::store::Repeatable;
use serde::Serialize;

use crate::error::Refusal;
use crate::service::Service;

/// The key of a request, if it has one.
pub(crate) struct Repeat(pub(crate) Option<IdempotencyKey>);

impl<S: Send + Sync> FromRequestParts<S> for Repeat {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let mut keys = parts.headers.get_all("idempotency-key").iter();
        let key = match (keys.next(), keys.next()) {
            (Some(_), Some(_)) => return Err(Refusal::new(ErrorCode::InvalidRequest, "Send one Idempotency-Key, not several.")),
            (Some(value), None) => Some(value.to_str().unwrap_or_default().parse().map_err(Refusal::invalid)?),
            (None, _) => None,
        };
        Ok(Self(key))
    }
}

impl Repeat {
    /// What a handler passes on: who asks for what.
    ///
    /// # Errors
    /// When the request cannot be written down.
    pub(crate) fn of(self, by: Actor, operation: Operation, subject: &str, body: &impl Serialize) -> Result<Intent, Refusal> {
        let named = match self.0 {
            None => None,
            Some(key) => {
                let body = serde_json::to_string(body).map_err(Refusal::invalid)?;
                // Neither words nor ids nor JSON texts hold a NUL.
                Some((key, format!("{}\0{subject}\0{body}", operation.word())))
            }
        };
        Ok(Intent { by, named })
    }
}

/// A request that makes or changes something, and maybe names itself so that it can be repeated.
pub(crate) struct Intent {
    pub(crate) by: Actor,
    named: Option<(IdempotencyKey, String)>,
}

impl Intent {
    /// A request that is never repeated.
    pub(crate) const fn unnamed(by: Actor) -> Self {
        Self { by, named: None }
    }
}

/// Intents.
impl Service {
    /// One attempt at it: what the store is to remember, if anything, and the randomness to use.
    pub(crate) fn attempt(&self, intent: &Intent) -> (Option<Once>, Arc<dyn Rng>) {
        let Some((key, request)) = &intent.named else { return (None, Arc::clone(&self.rng)) };
        let once = Once::new(&self.pepper, &intent.by, key, request.as_bytes(), self.now(), &*self.rng);
        (Some(once), Arc::new(DerivedRng::new(&self.pepper, &intent.by, key, &once.salt)))
    }

    /// What became of it. A repetition gets the randomness of the attempt that succeeded.
    ///
    /// # Errors
    /// When the key stands for something else.
    pub(crate) fn settled<Done, Thing>(
        &self,
        intent: &Intent,
        outcome: Repeatable<Done, Thing>,
    ) -> Result<Settled<Done, Thing>, Refusal> {
        match (outcome, &intent.named) {
            (Repeatable::First(done), _) => Ok(Settled::First(done)),
            (Repeatable::Again(thing, salt), Some((key, _))) => {
                Ok(Settled::Again(thing, DerivedRng::new(&self.pepper, &intent.by, key, &salt)))
            }
            (Repeatable::Again(..) | Repeatable::OtherRequest, _) => {
                Err(Refusal::new(ErrorCode::IdempotencyKeyReused, "This Idempotency-Key was used for another request."))
            }
        }
    }
}

/// A request that the store has dealt with.
pub(crate) enum Settled<Done, Thing> {
    /// Just now.
    First(Done),
    /// Before.
    Again(Thing, DerivedRng),
}
