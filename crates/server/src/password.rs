//! Passwords: which are good enough, and how they rest. Hashing costs 19 MiB and tens of milliseconds on purpose, so only a
//! few run at once and never on a thread that serves others.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use clawpair_api::ErrorCode;
use clawpair_core::rng::{self, Rng};
use clawpair_core::secret::{Pepper, Purpose, Secret};
use tokio::sync::Semaphore;

use crate::error::Refusal;

/// NIST SP 800-63B-4 §3.1.1.2 asks for 15 characters where a password is the only factor and 8 beside another; a password of
/// twelve that a guesser's own estimate finds hard is between them.
const MIN_CHARS: usize = 12;
/// How many must be left when the member's own name and address are taken out.
const MIN_CHARS_OF_ONES_OWN: usize = 8;
/// Bounds the work of looking at one; NIST asks for at least 64.
const MAX_CHARS: usize = 256;
/// Hashes at once: 38 MiB at most.
const AT_ONCE: usize = 2;
/// How long a hash may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// A password somebody wants to have, found good enough.
pub(crate) struct NewPassword(Secret);

impl NewPassword {
    /// `about` are words that a guesser would try first: the member's own name and address.
    ///
    /// # Errors
    /// A refusal that says what is wrong with it.
    pub(crate) fn parse(text: String, about: &[&str]) -> Result<Self, Refusal> {
        let chars = text.chars().take(MAX_CHARS + 1).count();
        let unfit = |message: String| Err(Refusal::new(ErrorCode::PasswordUnfit, message));
        if chars < MIN_CHARS {
            return unfit(format!("This password has {chars} characters; {MIN_CHARS} are the fewest."));
        }
        if chars > MAX_CHARS {
            return unfit(format!("This password is too long; {MAX_CHARS} characters are the most."));
        }
        let words: Vec<&str> = about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).collect();
        let own = words.iter().filter(|word| word.chars().count() >= 3);
        let rest = own.fold(text.to_lowercase(), |rest, word| rest.replace(&word.to_lowercase(), ""));
        if rest.chars().count() < MIN_CHARS_OF_ONES_OWN {
            return unfit("This password is little more than your own name.".to_owned());
        }
        let estimate = zxcvbn::zxcvbn(&text, &words);
        if estimate.score() < zxcvbn::Score::Three {
            let why = estimate.feedback().and_then(zxcvbn::feedback::Feedback::warning);
            return unfit(why.map_or_else(
                || "This password is easy to guess.".to_owned(),
                |why| format!("This password is easy to guess: {why}"),
            ));
        }
        Ok(Self(Secret::new(text)))
    }
}

/// Hashes and verifies passwords, a few at once.
pub(crate) struct Passwords {
    /// Mixed into every hash, so that the database alone is no use to a guesser.
    pepper: Secret,
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new(pepper: &Pepper) -> Self {
        let pepper = Secret::new(pepper.hash(Purpose::PasswordPepper, b"").to_text());
        Self { pepper, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash of a password, as a PHC string.
    pub(crate) async fn hash(&self, password: NewPassword, rng: &dyn Rng) -> Result<Secret, Refusal> {
        let salt = rng::bytes::<16>(rng);
        self.in_turn(move |argon2| {
            argon2.hash_password_with_salt(password.0.reveal().as_bytes(), &salt).map(|hash| Secret::new(hash.to_string()))
        })
        .await?
        .map_err(|error| fault(&error))
    }

    /// Whether a password is the one of this hash. Without a hash it is not, which takes as long to say.
    pub(crate) async fn verify(&self, password: Secret, hash: Option<Secret>) -> Result<bool, Refusal> {
        let verify = move |argon2: &Argon2<'_>| {
            let password = password.reveal().as_bytes();
            match &hash {
                Some(hash) => argon2.verify_password(password, hash.reveal()).is_ok(),
                None => argon2.hash_password_with_salt(password, &[0; 16]).is_ok_and(|_| false),
            }
        };
        self.in_turn(verify).await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce(&Argon2<'_>) -> T + Send + 'static) -> Result<T, Refusal> {
        let busy = || Refusal::rate_limited("Too many people are signing in at this moment.", 5);
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        let pepper = self.pepper.clone();
        let done = tokio::task::spawn_blocking(move || {
            // OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
            let params = Params::new(19 * 1_024, 2, 1, None)?;
            let argon2 = Argon2::new_with_secret(pepper.reveal().as_bytes(), Algorithm::Argon2id, Version::V0x13, params)?;
            let done = work(&argon2);
            drop(turn);
            Ok::<_, argon2::Error>(done)
        });
        done.await.map_err(|error| fault(&error))?.map_err(|error| fault(&error))
    }
}

fn fault(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a password could not be hashed");
    Refusal::new(ErrorCode::Internal, "The platform could not work with this password.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clawpair_core::rng::SystemRng;

    fn unfit(text: &str) -> bool {
        NewPassword::parse(text.to_owned(), &["Ada Lovelace", "ada@example.com"]).is_err()
    }

    #[test]
    fn short_long_common_and_personal_passwords_are_refused() {
        let long = "x9!".repeat(100);
        for text in ["", "tR4!vq", "password1234", "qwertyuiop12", "aaaaaaaaaaaaaaa", "AdaLovelace1", long.as_str()] {
            assert!(unfit(text), "{text}");
        }
        assert!(!unfit("olive tractor umbrella nine"));
        assert!(!unfit("zwölf Ölkännchen grüßen"));
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_under_its_own_pepper_only() {
        let pepper = Pepper::from_bytes([7; 32]);
        let passwords = Passwords::new(&pepper);
        let text = "olive tractor umbrella nine";
        let hash = passwords.hash(NewPassword::parse(text.to_owned(), &[]).unwrap(), &SystemRng).await.unwrap();
        assert!(hash.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.reveal());
        let secret = |text: &str| Secret::new(text.to_owned());
        assert!(passwords.verify(secret(text), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(secret("olive tractor umbrella ten"), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(secret(text), None).await.unwrap());
        let other = Passwords::new(&Pepper::from_bytes([8; 32]));
        assert!(!other.verify(secret(text), Some(hash)).await.unwrap());
    }
}
