//! `review`: what the app knows of all platforms' devices, and what has changed since somebody last looked.

use clap::ValueEnum;
use clawpair_app::view::review::{
    Counted, ReviewChange, ReviewChangePage, ReviewDevice, ReviewDevicePage, ReviewKind, ReviewMark, ReviewOrder, ReviewQuery,
    ReviewStanding,
};
use clawpair_app::{App, Reach};

use super::paging::Wanted;
use super::words::{list, of, word};
use crate::desk::named;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::session::Context;

/// What has changed since the last review, or which devices to look at; without any network
///
/// Without a filter: devices of all platforms of the app that are new, over or may do something else since somebody last said that they
/// had looked. With filters: the devices that all of them fit. All of it is as the platforms were last read; clawpair sync reads them.
#[derive(clap::Args)]
pub(crate) struct Review {
    /// Note that all changes that are listed were looked at
    #[arg(long, conflicts_with = "Filters")]
    mark: bool,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    wanted: Wanted,
}

#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "one for each switch of the command line")]
#[group(id = "Filters", multiple = true)]
struct Filters {
    /// Never used since they were paired
    #[arg(long)]
    never_used: bool,
    /// Not seen for so many days, or never
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3_650))]
    not_seen: Option<u16>,
    /// With permissions for more than looking and reporting
    #[arg(long)]
    broad: bool,
    /// Of a type that is none of the known
    #[arg(long)]
    unknown_type: bool,
    /// Whose credentials end soon unless they are heard, or have ended
    #[arg(long)]
    expiring: bool,
    /// With parts of name, type, tags, id, key or address that begin with each of these words
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// That stand so
    #[arg(long, value_enum)]
    standing: Option<Standing>,
    /// Of exactly this type
    #[arg(long = "type", value_name = "TYPE")]
    device_type: Option<String>,
    /// With this tag
    #[arg(long)]
    tag: Option<String>,
    /// In this group of the app
    #[arg(long)]
    group: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Standing {
    Active,
    Disabled,
    Revoked,
    /// No longer listed by its platform
    Gone,
}

impl From<Standing> for ReviewStanding {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Active => Self::Active,
            Standing::Disabled => Self::Disabled,
            Standing::Revoked => Self::Revoked,
            Standing::Gone => Self::Gone,
        }
    }
}

impl Filters {
    /// What to look for; nothing where nothing was given.
    fn query(self, platform: Option<String>) -> Option<ReviewQuery> {
        let marks = [
            (self.never_used, ReviewMark::NeverUsed),
            (self.broad, ReviewMark::Broad),
            (self.unknown_type, ReviewMark::UnknownType),
            (self.not_seen.is_some(), ReviewMark::NotSeen),
            (self.expiring, ReviewMark::Expiring),
        ];
        let query = ReviewQuery {
            marks: marks.into_iter().filter_map(|(wanted, mark)| wanted.then_some(mark)).collect(),
            unseen_days: self.not_seen.unwrap_or_default(),
            search: self.search,
            standing: self.standing.map(Into::into),
            device_type: self.device_type,
            tag: self.tag,
            group: self.group,
            order: ReviewOrder::Name,
            ..ReviewQuery::default()
        };
        (query != ReviewQuery::default()).then_some(ReviewQuery { platform, ..query })
    }
}

impl Review {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        if self.mark {
            context.of_all("--mark is about")?;
        }
        let app = context.app(Reach::Files).await?;
        let platform = context.of_app(&app)?.map(|view| view.id);
        match self.filters.query(platform.clone()) {
            Some(query) => devices(&app, &query, self.wanted, context.output).await,
            None => changes(&app, platform.as_deref(), self.mark, self.wanted, context.output).await,
        }
    }
}

async fn devices(app: &App, query: &ReviewQuery, wanted: Wanted, output: Output) -> Result<(), Failure> {
    let mut ordered = true;
    let page = async |after: Option<String>, limit| {
        let page = app.review_devices(&ReviewQuery { after, ..query.clone() }, limit).await?;
        ordered &= page.ordered;
        Ok((page.devices, page.next))
    };
    let (devices, next) = wanted.collect(page).await?;
    output.show(&ReviewDevicePage { devices, next, ordered }, |page| {
        let row = |listed: &ReviewDevice| {
            let device = &listed.device.device;
            [
                named(&listed.platform_name).to_owned(),
                device.id.clone(),
                device.name.clone(),
                of(&listed.standing),
                word(device.last_seen_at.as_deref()),
                word(Some(&listed.marks.iter().map(of).collect::<Vec<_>>().join(", "))),
            ]
        };
        table(["platform", "id", "name", "stands", "last seen", "look at"], page.devices.iter().map(row))
    })
}

async fn changes(app: &App, platform: Option<&str>, mark: bool, wanted: Wanted, output: Output) -> Result<(), Failure> {
    let first = app.review_changes(None, 0, 1).await?;
    let page = async |after: Option<i64>, limit| {
        let page = app.review_changes(None, after.unwrap_or(0), limit).await?;
        let of_it = page.changes.into_iter().filter(|change| platform.is_none_or(|id| change.platform == id));
        Ok((of_it.collect(), page.next))
    };
    let (changes, next) = wanted.collect(page).await?;
    // What was not listed was not looked at.
    let everything = next.is_none().then_some(first.last);
    let listed = changes.last().map(|change: &ReviewChange| change.number).or(everything);
    output.show(&ReviewChangePage { changes, next, ..first }, |page| {
        let rows = table(["at", "platform", "id", "name", "what", "may do"], page.changes.iter().map(row));
        let since = page.reviewed_at.as_ref().map_or_else(|| "ever".to_owned(), |at| format!("since {at}"));
        let since = if platform.is_some() { format!("on all platforms, {since}") } else { since };
        let counted = |counted: Counted| format!("{}{}", counted.count, if counted.or_more { " or more" } else { "" });
        let (added, ended, rights) = (counted(page.added), counted(page.ended), counted(page.rights));
        format!("{rows}\n\n{since}: {added} new, {ended} over, {rights} with other rights")
    })?;
    match listed.filter(|_| mark) {
        Some(number) => Ok(app.mark_reviewed(number).await?),
        None => Ok(()),
    }
}

fn row(change: &ReviewChange) -> [String; 6] {
    let what = match change.kind {
        ReviewKind::Added => "new",
        ReviewKind::Ended => "over",
        ReviewKind::Rights => "other rights",
    };
    let may_do = match change.kind {
        ReviewKind::Added => list(&change.then),
        ReviewKind::Ended => list(&change.before),
        ReviewKind::Rights => format!("{} → {}", list(&change.before), list(&change.then)),
    };
    let place = named(&change.platform_name).to_owned();
    [change.at.clone(), place, change.device_id.clone(), change.name.clone(), what.to_owned(), word(Some(&may_do))]
}
