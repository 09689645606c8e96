//! The journal of this computer: what a person did here, whether it is as it was written, and who signs what leaves it.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::clock::{Clock as _, SystemClock};
use clawpair_core::rng::SystemRng;
use clawpair_mirror::{About, Act, BundleFault, JournalFilter, Named, Noted, VerifiedBundle, verify_bundle};
use ed25519_dalek::SigningKey;

use super::{Answer, App};
use crate::mirrored::lists::read;
use crate::settings::KeyOf;
use crate::signing::{self, Handed};
use crate::view::journal::{BundleCheck, JournalActor, JournalEntry, JournalName, JournalPage, JournalQuery};
use crate::view::{ActivityCheck, PAGE, Refusal};

impl App {
    /// What was done here, the latest first; at most `limit`, and never more than [`PAGE`].
    ///
    /// # Errors
    /// When what is looked for cannot be, or it cannot be read.
    pub async fn journal(&self, query: &JournalQuery, limit: usize) -> Answer<JournalPage> {
        let filter = JournalFilter {
            actor: query.actor.map(|actor| actor.word().to_owned()),
            action: query.action.clone(),
            search: query.search.as_deref().map(read).transpose()?,
        };
        let (before, limit) = (query.before, limit.min(PAGE));
        let (entries, next) = self.0.mirroring.ask(move |mirror| mirror.journal(&filter, before, limit)).await?;
        Ok(JournalPage { entries: entries.into_iter().map(shown).collect(), next })
    }

    /// Whether the journal is as it was written. One that is not is no error but the answer.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn verify_journal(&self) -> Answer<ActivityCheck> {
        Ok(match self.0.mirroring.ask(clawpair_mirror::Mirror::verify_journal).await? {
            Ok(whole) => ActivityCheck::Whole { first: whole.first, last: whole.last.number },
            Err(fault) => ActivityCheck::Broken { fault: fault.to_string() },
        })
    }

    /// The fingerprint of the key that signs bundles; nothing before the first one.
    ///
    /// # Errors
    /// When secrets cannot be read.
    pub async fn signing_fingerprint(&self) -> Answer<Option<String>> {
        let known = self.0.settings.key_entry(KeyOf::Bundles).map_err(|error| super::storage(&error))?;
        if known.is_none() {
            return Ok(None);
        }
        Ok(Some(signing::fingerprint(&self.signing_key().await?)))
    }

    /// Whether a bundle, by whomever, is as it was signed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn verify_bundle(&self, path: &Path) -> Answer<BundleCheck> {
        let from = path.to_owned();
        let checked = tokio::task::spawn_blocking(move || checked(&from)).await;
        let checked = checked.map_err(|error| Refusal::new("internal", error.to_string(), "Start Clawpair again."))?;
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match checked {
            Ok(VerifiedBundle { key, made_at, devices, journal }) => {
                let signed_by = key.fingerprint();
                let ours = self.signing_fingerprint().await?.as_ref() == Some(&signed_by);
                Ok(BundleCheck::Whole { file, signed_by, ours, made_at: made_at.to_string(), devices, entries: journal.number })
            }
            Err(BundleFault::Read(error)) => Err(unreadable(path, &error).into()),
            Err(fault) => Ok(BundleCheck::Broken { file, fault: fault.to_string() }),
        }
    }

    /// The key that signs. One that had to be made is written down.
    pub(super) async fn signing_key(&self) -> Answer<SigningKey> {
        let Handed { key, is_new } = signing::key(&self.0.settings, &self.0.secrets, &SystemRng).await?;
        if is_new {
            self.note_own(Act::MakeSigningKey, Some(signing::fingerprint(&key))).await;
        }
        Ok(key)
    }

    /// Writes down what was done with what is kept here. What cannot be written down has happened all the same.
    pub(super) async fn note_own(&self, act: Act, details: Option<String>) {
        self.note(act, About::File, details, None).await;
    }

    /// Likewise with a platform, or that it was refused.
    pub(super) async fn note_platform(&self, act: Act, id: &str, details: Option<String>, refused: Option<&Refusal>) {
        if let Ok(platform) = id.parse() {
            self.note(act, About::Platform(platform), details, refused).await;
        }
    }

    async fn note(&self, act: Act, about: About, details: Option<String>, refused: Option<&Refusal>) {
        let noted = [Noted { act, about, details, refused: refused.map(|why| why.message.clone()) }];
        if let Err(error) = self.0.mirroring.ask(move |mirror| mirror.note(&noted, SystemClock.now())).await {
            tracing::warn!(%error, act = act.word(), "what was done could not be written into the journal");
        }
    }
}

fn checked(path: &Path) -> Result<VerifiedBundle, BundleFault> {
    // A pipe or a device would have no end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(BundleFault::NoBundle);
    }
    verify_bundle(BufReader::new(File::open(path)?))
}

fn unreadable(path: &Path, error: &io::Error) -> ErrorBody {
    let mut body = ErrorBody::new(ErrorCode::StorageUnavailable, format!("{} could not be read: {error}.", path.display()));
    body.hint = Some("Choose a file that you may read.".into());
    body
}

fn shown(told: clawpair_mirror::JournalEntry) -> JournalEntry {
    let name = |named: Named| JournalName { id: named.id, name: named.name };
    let by_person = told.entry.actor == JournalActor::You.word();
    JournalEntry {
        number: told.entry.number,
        at: told.entry.at.to_string(),
        actor: if by_person { JournalActor::You } else { JournalActor::Platform },
        action: told.entry.action,
        platform: told.platform.map(name),
        thing: told.thing.map(name),
        details: told.entry.details,
    }
}
