//! `requests`: who asks to be let in.

use clawpair_api::{ApproveRequest, DenyRequest, Request, RequestPage};
use clawpair_core::id::PairingId;

use super::paging::Wanted;
use super::words::{ids, list, of, word};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::output::{facts, table};
use crate::session::Context;

/// Devices that ask to be let in
#[derive(clap::Args)]
pub(crate) struct Requests {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List who waits, or with --all who ever asked
    List {
        /// Also those that were decided or are over
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Show one request
    Show {
        #[arg(value_name = "REQUEST ID")]
        id: String,
    },
    /// Let a device in, after comparing the number with the one on the device
    ///
    /// Shows who asks and sends exactly that: if the key or the permissions are others by then, nothing is approved.
    Approve {
        #[arg(value_name = "REQUEST ID")]
        id: String,
        /// The number that the device shows; without it a person is asked
        #[arg(long, value_name = "NUMBER")]
        number: Option<String>,
    },
    /// Do not let a device in
    Deny {
        #[arg(value_name = "REQUEST ID")]
        id: String,
        /// Why; the device hears it
        #[arg(long)]
        reason: Option<String>,
    },
}

impl Requests {
    pub(crate) async fn run(self, context: &Context<'_>) -> Result<(), Failure> {
        let output = context.output;
        ids::<PairingId>(self.command.ids())?;
        let session = context.session().await?;
        let client = &session.client;
        match self.command {
            Command::List { all, wanted } => {
                let page = async |after: Option<String>, limit| {
                    let (after, limit) = (after.as_deref(), Some(limit));
                    let page =
                        if all { client.requests(after, limit).await? } else { client.waiting_requests(after, limit).await? };
                    Ok((page.requests, page.next))
                };
                let (requests, next) = wanted.collect(page).await?;
                output.show(&RequestPage { requests, next }, |page| {
                    let row = |request: &Request| {
                        let address = word(request.address.as_deref());
                        [request.id.clone(), request.name.clone(), of(&request.status), request.comparison.clone(), address]
                    };
                    table(["id", "name", "status", "number", "from"], page.requests.iter().map(row))
                })?;
            }
            Command::Show { id } => output.show(&client.request(&id).await?, one)?,
            Command::Approve { id, number } => {
                let request = client.request(&id).await?;
                output.beside(&one(&request));
                compared(&request, number.as_deref())?;
                let seen = ApproveRequest { public_key: request.public_key, permissions: request.permissions };
                output.show(&client.approve_request(&id, &seen).await?, |request| {
                    format!("{} is {}", request.id, of(&request.status))
                })?;
            }
            Command::Deny { id, reason } => {
                let denied = client.deny_request(&id, &DenyRequest { reason }).await?;
                output.show(&denied, |request| format!("{} is {}", request.id, of(&request.status)))?;
            }
        }
        session.end().await
    }
}

/// Whether the device shows the number that it should: as it was given, or as a person says.
fn compared(request: &Request, number: Option<&str>) -> Result<(), Failure> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    match number {
        Some(number) if digits(number) == digits(&request.comparison) => Ok(()),
        Some(_) => {
            let message = "The device shows another number than this request has, so it was not let in: it may be another device.";
            Err(Failure::new(Exit::Conflict, "number_differs", message)
                .hint("Look at the device again; if it differs, deny the request."))
        }
        None => match input::confirmed(&format!("Does the device show {}?", request.comparison)) {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::input("It was not let in.")),
            None => {
                let hint = "Give --number with what the device shows.";
                Err(Failure::input("It was not let in: there is nobody to ask here whether the numbers are equal.").hint(hint))
            }
        },
    }
}

fn one(request: &Request) -> String {
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    let others = match request.other_keys {
        0 => String::new(),
        many => format!("{many} other keys have shown the same code or link"),
    };
    facts([
        ("id", request.id.clone()),
        ("status", of(&request.status)),
        ("number", request.comparison.clone()),
        ("name", request.name.clone()),
        ("type", request.device_type.clone()),
        ("permissions", list(&request.permissions)),
        ("key fingerprint", request.key_fingerprint.clone()),
        ("from", known(&request.address)),
        ("says it is", known(&request.said_name)),
        ("says its type is", known(&request.said_device_type)),
        ("platform", known(&request.said_platform)),
        ("version", known(&request.said_version)),
        ("beware", others),
        ("asked at", request.asked_at.clone()),
        ("ends at", request.expires_at.clone()),
        ("reason", known(&request.reason)),
    ])
}

impl Command {
    /// What it is about.
    fn ids(&self) -> &[String] {
        match self {
            Self::Show { id } | Self::Approve { id, .. } | Self::Deny { id, .. } => std::slice::from_ref(id),
            Self::List { .. } => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use clawpair_api::PairingStatus;

    use super::*;

    fn request() -> Request {
        Request {
            id: "pair-x".into(),
            status: PairingStatus::Waiting,
            name: "Hall".into(),
            device_type: "IoT Sensor".into(),
            permissions: vec!["sensor:control".into()],
            public_key: "k".into(),
            key_fingerprint: "f".into(),
            comparison: "123 456".into(),
            said_name: None,
            said_device_type: None,
            said_platform: None,
            said_version: None,
            address: None,
            other_keys: 2,
            asked_at: "2023-10-27T10:30:00Z".into(),
            expires_at: "2023-10-27T10:40:00Z".into(),
            seconds_left: 600,
            reason: None,
        }
    }

    #[test]
    fn only_the_devices_own_number_lets_it_in() {
        assert!(compared(&request(), Some("123456")).is_ok() && compared(&request(), Some(" 123-456 ")).is_ok());
        assert_eq!(compared(&request(), Some("123457")).unwrap_err().code, "number_differs");
        assert_eq!(compared(&request(), Some("")).unwrap_err().code, "number_differs");
    }

    #[test]
    fn other_keys_are_pointed_out() {
        assert!(one(&request()).contains("2 other keys have shown the same code or link"));
    }
}
