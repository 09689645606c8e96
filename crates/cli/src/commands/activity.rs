//! `activity`: what happened.
#![expect(clippy::doc_markdown, reason = "comments that are help for people have no backticks")]

use clawpair_api::{ActivityEntry, ActivityPage};

use super::paging::Wanted;
use super::words::{of, word};
use crate::failure::Failure;
use crate::output::table;
use crate::session::Context;

/// What happened, the latest first
#[derive(clap::Args)]
pub(crate) struct Activity {
    /// Only what this one did: owner, operator, platform, device, or the id of a member or API key
    #[arg(long)]
    actor: Option<String>,
    /// Only this kind of thing, such as device_revoked
    #[arg(long)]
    action: Option<String>,
    /// Only what is about this id
    #[arg(long, value_name = "ID")]
    about: Option<String>,
    /// Only from this moment on, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only before this moment
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[command(flatten)]
    wanted: Wanted,
}

impl Activity {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let session = context.session().await?;
        let filters =
            [("actor", self.actor), ("action", self.action), ("subject", self.about), ("from", self.from), ("to", self.to)];
        let filters: Vec<_> = filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let page = async |after: Option<i64>, limit: usize| {
            let place = [("limit", Some(limit.to_string())), ("after", after.map(|number| number.to_string()))];
            let place = place.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let page = session.client.activity(filters.iter().cloned().chain(place)).await?;
            Ok((page.entries, page.next))
        };
        let (entries, next) = self.wanted.collect(page).await?;
        context.output.show(&ActivityPage { entries, next }, |page| {
            let row = |entry: &ActivityEntry| {
                let actor = entry.actor.name.clone().or_else(|| entry.actor.id.clone()).unwrap_or_else(|| of(&entry.actor.kind));
                let subjects = entry.subjects.iter().map(|subject| subject.name.as_ref().unwrap_or(&subject.id).clone());
                let subjects = subjects.collect::<Vec<_>>().join(", ");
                [entry.at.clone(), actor, entry.action.clone(), word(Some(&subjects)), word(entry.address.as_deref())]
            };
            table(["at", "who", "did", "to", "from"], page.entries.iter().map(row))
        })?;
        session.end().await
    }
}
