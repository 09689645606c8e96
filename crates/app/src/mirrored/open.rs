//! The file of the mirror, when the app starts.

use std::path::Path;
use std::sync::Arc;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::clock::Timestamp;
use clawpair_mirror::{Mirror, MirrorError, SetAside};

use crate::platform::Answer;
use crate::view::Refusal;

/// The mirror, if it can be used, and what a person should know about it.
pub(crate) struct Opened {
    /// Without it, lists are asked for at each platform.
    pub(crate) mirror: Option<Mirror>,
    pub(crate) problem: Option<ErrorBody>,
}

/// Opens the mirror. A damaged file is set aside and begun anew; with any other fault the app works without, and says so.
pub(crate) fn open_file(path: &Path, now: Timestamp) -> Opened {
    match Mirror::open_or_begin_anew(path, now) {
        Ok((mirror, aside)) => Opened { mirror: Some(mirror), problem: aside.as_ref().map(was_damaged) },
        Err(error) => {
            tracing::error!(%error, "the mirror cannot be used");
            Opened { mirror: None, problem: Some(error.body()) }
        }
    }
}

/// Asks the file, where nobody waits for a disk.
pub(crate) async fn on_file<T: Send + 'static>(
    mirror: &Arc<Mirror>,
    ask: impl FnOnce(&Mirror) -> Result<T, MirrorError> + Send + 'static,
) -> Answer<T> {
    let mirror = Arc::clone(mirror);
    let asked = tokio::task::spawn_blocking(move || ask(&mirror)).await;
    match asked {
        Ok(answer) => answer.map_err(|error| error.body().into()),
        Err(error) => Err(Refusal::new("internal", error.to_string(), "Start Clawpair again.")),
    }
}

fn was_damaged(aside: &SetAside) -> ErrorBody {
    tracing::warn!(why = aside.why, to = %aside.to.display(), "the mirror was damaged");
    let hint = if aside.all_errands {
        "Nothing needs to be done: each platform’s lists come back when it answers."
    } else {
        "Compare Under way with what you have asked for. Each platform’s lists come back when it answers."
    };
    ErrorBody { code: ErrorCode::StorageUnavailable, message: aside.sentence(), hint: Some(hint.to_owned()) }
}
