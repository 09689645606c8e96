//! What a person did on a platform without an errand, for the journal. What is asked for by an errand is written down with that.

use clawpair_mirror::{About, Act, Noted};

use super::Mirrored;
use crate::view::Refusal;

impl Mirrored {
    /// Writes down what was done to a thing of the platform, or to itself, or that it was refused. What cannot be written down has
    /// happened all the same.
    pub(super) async fn note(&self, act: Act, id: Option<&str>, details: Option<&str>, refused: Option<&Refusal>) {
        let shared = &self.upkeep.shared;
        let about = id.map_or_else(|| About::Platform(shared.id.clone()), |id| About::Thing(self.place(id)));
        let (details, refused) = (details.map(str::to_owned), refused.map(|why| why.message.clone()));
        self.note_all(act, vec![Noted { act, about, details, refused }]).await;
    }

    /// Likewise many at once.
    pub(super) async fn note_all(&self, act: Act, noted: Vec<Noted>) {
        let shared = &self.upkeep.shared;
        let now = shared.clock.now();
        if let Err(why) = shared.write(move |mirror| mirror.note(&noted, now)).await {
            tracing::warn!(%why, act = act.word(), "what was done could not be written into the journal");
        }
    }
}
