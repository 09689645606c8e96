//! Platforms of which something is kept though `app.db` does not know them: it was put back from a backup, or could not be written when they
//! were removed.

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::store::StoreError;
use clawpair_mirror::{MirrorError, Stranger};

use super::App;
use crate::platform::known::KnownPlatforms;
use crate::view::AppEvent;

impl App {
    /// Forgets what is left of them. While somebody is NOT yet revoked on one that can be added again, it stays as it is, so that what waits
    /// can still go out.
    pub(super) fn forget_strangers(&self) {
        let strangers = self.strangers();
        let (kept, forgotten): (Vec<_>, Vec<_>) = strangers.iter().partition(|stranger| may_come_back(stranger));
        for stranger in kept {
            tracing::warn!(platform = %stranger.id, "a platform is not known any more, and devices of it are not yet revoked");
        }
        let missed = forgotten.iter().filter(|stranger| stranger.not_yet_revoked > 0).map(|stranger| lost(stranger));
        self.0.lost_sight.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(missed);
        if let Err(error) = self.0.mirroring.forget_strangers(forgotten.into_iter()) {
            tracing::warn!(%error, "what is left of platforms that are not known could not be forgotten");
        }
        if let Err(error) = self.0.settings.forget_strangers() {
            tracing::warn!(%error, "what was remembered about platforms that are not known could not be forgotten");
        }
    }

    /// Forgets those that are strangers since the mirror was put back, and were none `before`: a person has removed them since, and was
    /// told then what ends with them.
    pub(super) fn forget_removed(&self, before: &[Stranger]) {
        let strangers = self.strangers();
        let removed = strangers.iter().filter(|stranger| before.iter().all(|known| known.id != stranger.id));
        if let Err(error) = self.0.mirroring.forget_strangers(removed) {
            tracing::warn!(%error, "platforms that were removed since a backup was made could not be forgotten");
        }
    }

    /// What a person should know of them.
    pub(super) fn stranger_problems(&self) -> Vec<ErrorBody> {
        let lost = self.0.lost_sight.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let strangers = self.strangers();
        strangers.iter().filter(|stranger| may_come_back(stranger)).map(waits).chain(lost).collect()
    }

    /// The one that was at this address, which goes on as the same when it is added again.
    pub(super) fn stranger_at(&self, address: &str) -> Option<String> {
        let found = self.strangers().into_iter().find(|stranger| stranger.address.as_deref() == Some(address));
        found.map(|stranger| stranger.id.to_string())
    }

    /// What a person should know is not what it was.
    pub(super) fn tell_overview(&self) {
        if let Ok(overview) = self.overview() {
            let _ = self.0.events.send(AppEvent::Overview { overview: Box::new(overview) });
        }
    }

    pub(super) fn strangers(&self) -> Vec<Stranger> {
        let known = self.0.settings.known_platforms().map_err(|error: StoreError| error.to_string());
        let found = known.and_then(|known| self.0.mirroring.strangers(&known).map_err(|error: MirrorError| error.to_string()));
        found.unwrap_or_else(|error| {
            tracing::warn!(error, "whether all platforms are known could not be read");
            Vec::new()
        })
    }
}

/// Whether it is kept until it is added again.
fn may_come_back(stranger: &Stranger) -> bool {
    stranger.not_yet_revoked > 0 && stranger.address.is_some()
}

fn waits(stranger: &Stranger) -> ErrorBody {
    let address = stranger.address.as_deref().unwrap_or_default();
    problem(stranger, format!("Add it again, at {address}: what waits goes out then. To give that up, remove it again."))
}

fn lost(stranger: &Stranger) -> ErrorBody {
    problem(
        stranger,
        "What waited for it was given up. Add it again, and revoke them there; the Journal has what was asked.".to_owned(),
    )
}

fn problem(stranger: &Stranger, hint: String) -> ErrorBody {
    let devices = match stranger.not_yet_revoked {
        1 => "1 device is NOT revoked there".to_owned(),
        count => format!("{count} devices are NOT revoked there"),
    };
    let what = format!("This computer does not know “{}” any more, and {devices}.", stranger.name);
    ErrorBody { hint: Some(hint), ..ErrorBody::new(ErrorCode::NotFound, what) }
}
