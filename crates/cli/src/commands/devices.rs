//! `devices`: what is paired, and what may be done about it.

use clawpair_api::{
    ChangeDevices, ChangeOutcome, ChangeOutcomes, Device, DevicePage, DeviceStatus, EditDevice, GrantPermissions, OutcomeKind,
};
use clawpair_core::id::DeviceId;

use super::create::Create;
use super::lost::Lost;
use super::paging::Wanted;
use super::rotate::Rotate;
use super::words::{List, ids, list, word};
use crate::failure::{Failure, exit_of};
use crate::input;
use crate::output::{Output, facts, table};
use crate::session::Context;

/// Devices: pair, list, rename, tag, disable, revoke, lost
#[derive(clap::Args)]
pub(crate) struct Devices {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    CreatePairingCode(Box<Create>),
    /// List devices, those paired last first
    List(ListDevices),
    /// Show one device
    Show {
        #[arg(value_name = "DEVICE ID")]
        id: String,
    },
    /// Give a device another name
    Rename {
        #[arg(value_name = "DEVICE ID")]
        id: String,
        name: String,
    },
    /// Put tags on devices and take others off
    Tag {
        #[arg(value_name = "DEVICE ID", required = true)]
        ids: Vec<String>,
        /// Tags to put on, with commas between them
        #[arg(long, value_name = "TAGS", required_unless_present = "remove")]
        add: Option<List>,
        /// Tags to take off
        #[arg(long, value_name = "TAGS")]
        remove: Option<List>,
    },
    /// Change what a device may do
    Permit {
        #[arg(value_name = "DEVICE ID")]
        id: String,
        /// All it may do from now on, with commas between them
        #[arg(long, value_name = "PERMISSIONS")]
        permissions: List,
    },
    /// Shut devices out for a while
    Disable {
        #[arg(value_name = "DEVICE ID", required = true)]
        ids: Vec<String>,
        /// Why, for those who ask later; the devices hear it, too
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let disabled devices in again
    Enable {
        #[arg(value_name = "DEVICE ID", required = true)]
        ids: Vec<String>,
    },
    /// Throw devices out for good
    Revoke {
        #[arg(value_name = "DEVICE ID", required = true)]
        ids: Vec<String>,
        /// Why, for those who ask later
        #[arg(long)]
        reason: Option<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    Lost(Lost),
    Rotate(Rotate),
}

#[derive(clap::Args)]
struct ListDevices {
    /// Only those with this status: active, disabled or revoked
    #[arg(long, value_parser = ["active", "disabled", "revoked"])]
    status: Option<String>,
    /// Only those that are connected now
    #[arg(long)]
    connected: bool,
    /// Only those of this type
    #[arg(long = "type", value_name = "TYPE")]
    device_type: Option<String>,
    /// Only those with this permission
    #[arg(long)]
    permission: Option<String>,
    /// Only those with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only those with parts of name, type, tags, id, key or address that begin with each of these words
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// In which order, - for the reverse
    #[arg(long, default_value = "-paired", allow_hyphen_values = true,
          value_parser = ["paired", "-paired", "name", "-name", "seen", "-seen"])]
    sort: String,
    #[command(flatten)]
    wanted: Wanted,
}

impl Devices {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        match self.command {
            Command::CreatePairingCode(create) => create.run(context).await,
            Command::Lost(lost) => lost.run(context).await,
            Command::Rotate(rotate) => rotate.run(context).await,
            here => on_platform(here, context).await,
        }
    }
}

/// What one platform is asked.
async fn on_platform(command: Command, context: &Context<'_>) -> Result<(), Failure> {
    let output = context.output;
    ids::<DeviceId>(command.ids())?;
    let session = context.session().await?;
    let client = &session.client;
    match command {
        Command::CreatePairingCode(_) | Command::Lost(_) | Command::Rotate(_) => {}
        Command::List(list) => list.run(client, output).await?,
        Command::Show { id } => output.show(&client.device(&id).await?, one)?,
        Command::Rename { id, name } => {
            let revision = client.device(&id).await?.revision;
            let form = EditDevice { name: Some(name), ..EditDevice::default() };
            output.show(&client.edit_device(&id, revision, &form).await?, one)?;
        }
        Command::Tag { ids, add, remove } => {
            let add = add.map(|tags| ChangeDevices::AddTags { device_ids: ids.clone(), tags: tags.0 });
            let remove = remove.map(|tags| ChangeDevices::RemoveTags { device_ids: ids, tags: tags.0 });
            let mut of_all = ChangeOutcomes { outcomes: Vec::new() };
            for change in [add, remove].into_iter().flatten() {
                of_all = together(of_all, client.change_devices(&change).await?);
            }
            outcomes(&of_all, output)?;
        }
        Command::Permit { id, permissions } => {
            let revision = client.device(&id).await?.revision;
            let form = GrantPermissions { permissions: permissions.0 };
            output.show(&client.grant_permissions(&id, revision, &form).await?, one)?;
        }
        Command::Disable { ids, reason } => {
            outcomes(&client.change_devices(&ChangeDevices::Disable { device_ids: ids, reason }).await?, output)?;
        }
        Command::Enable { ids } => {
            outcomes(&client.change_devices(&ChangeDevices::Enable { device_ids: ids }).await?, output)?;
        }
        Command::Revoke { ids, reason, yes } => {
            if !yes {
                let question =
                    format!("Revoke {}? A revoked device never comes back; it would have to pair again.", ids.join(", "));
                sure(input::confirmed(&question))?;
            }
            outcomes(&client.change_devices(&ChangeDevices::Revoke { device_ids: ids, reason }).await?, output)?;
        }
    }
    session.end().await
}

/// What cannot be undone needs a yes.
pub(super) fn sure(confirmed: Option<bool>) -> Result<(), Failure> {
    match confirmed {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::input("Nothing was changed.")),
        None => {
            Err(Failure::input("Nothing was changed: there is nobody to ask here.")
                .hint("Give --yes to do it without being asked."))
        }
    }
}

impl ListDevices {
    async fn run(self, client: &clawpair_client::Client, output: Output) -> Result<(), Failure> {
        let connected = self.connected.then(|| "true".to_owned());
        let filters = [
            ("status", self.status),
            ("connected", connected),
            ("device_type", self.device_type),
            ("permission", self.permission),
            ("tag", self.tag),
            ("q", self.search),
            ("sort", Some(self.sort)),
        ];
        let filters: Vec<_> = filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let page = async |after: Option<String>, limit: usize| {
            let place = [("limit", Some(limit.to_string())), ("after", after)];
            let place = place.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let page = client.devices(filters.iter().cloned().chain(place)).await?;
            Ok((page.devices, page.next))
        };
        let (devices, next) = self.wanted.collect(page).await?;
        output.show(&DevicePage { devices, next }, |page| {
            let row = |device: &Device| {
                let seen = device.last_seen_at.clone();
                [
                    device.id.clone(),
                    device.name.clone(),
                    device.device_type.clone(),
                    standing(device).to_owned(),
                    word(seen.as_deref()),
                ]
            };
            table(["id", "name", "type", "status", "last seen"], page.devices.iter().map(row))
        })
    }
}

fn standing(device: &Device) -> &'static str {
    match (device.status, device.connected) {
        (DeviceStatus::Active, true) => "connected",
        (DeviceStatus::Active, false) => "active",
        (DeviceStatus::Disabled, _) => "disabled",
        (DeviceStatus::Revoked, _) => "revoked",
    }
}

fn one(device: &Device) -> String {
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    facts([
        ("id", device.id.clone()),
        ("name", device.name.clone()),
        ("type", device.device_type.clone()),
        ("status", standing(device).to_owned()),
        ("reason", known(&device.reason)),
        ("permissions", list(&device.permissions)),
        ("tags", list(&device.tags)),
        ("key fingerprint", device.key_fingerprint.clone()),
        ("paired at", device.paired_at.clone()),
        ("last seen at", known(&device.last_seen_at)),
        ("last address", known(&device.last_address)),
        ("says it is", known(&device.said_name)),
        ("platform", known(&device.platform)),
        ("version", known(&device.version)),
    ])
}

/// What became of each by two changes: refused if one of them was, else changed if one did, and as it is after the second.
fn together(first: ChangeOutcomes, second: ChangeOutcomes) -> ChangeOutcomes {
    if first.outcomes.is_empty() {
        return second;
    }
    let rank = |outcome: OutcomeKind| match outcome {
        OutcomeKind::Unchanged => 0,
        OutcomeKind::Changed => 1,
        OutcomeKind::Refused => 2,
    };
    let both = first.outcomes.into_iter().zip(second.outcomes).map(|(first, second)| ChangeOutcome {
        outcome: if rank(first.outcome) > rank(second.outcome) { first.outcome } else { second.outcome },
        error: first.error.or(second.error),
        device: second.device.or(first.device),
        device_id: second.device_id,
    });
    ChangeOutcomes { outcomes: both.collect() }
}

/// What became of each, and a failure if one was refused.
fn outcomes(outcomes: &ChangeOutcomes, output: Output) -> Result<(), Failure> {
    output.show(outcomes, |outcomes| {
        let row = |outcome: &ChangeOutcome| {
            let name = outcome.device.as_ref().map(|device| device.name.as_str());
            let how = match outcome.outcome {
                OutcomeKind::Changed => "changed",
                OutcomeKind::Unchanged => "as it was",
                OutcomeKind::Refused => "refused",
            };
            let why = outcome.error.as_ref().map(|error| error.message.as_str());
            [outcome.device_id.clone(), word(name), how.to_owned(), word(why)]
        };
        table(["id", "name", "outcome", "why"], outcomes.outcomes.iter().map(row))
    })?;
    let refused: Vec<_> = outcomes.outcomes.iter().filter_map(|outcome| outcome.error.clone()).collect();
    match refused.as_slice() {
        [] => Ok(()),
        [error] => Err(error.clone().into()),
        [first, ..] => {
            let message = format!("{} of {} devices were not changed.", refused.len(), outcomes.outcomes.len());
            Err(Failure::new(exit_of(first.code), first.code.as_str(), message))
        }
    }
}

impl Command {
    /// What it is about.
    fn ids(&self) -> &[String] {
        match self {
            Self::Show { id } | Self::Rename { id, .. } | Self::Permit { id, .. } => std::slice::from_ref(id),
            Self::Tag { ids, .. } | Self::Disable { ids, .. } | Self::Enable { ids } | Self::Revoke { ids, .. } => ids,
            Self::CreatePairingCode(_) | Self::List(_) | Self::Lost(_) | Self::Rotate(_) => &[],
        }
    }
}
