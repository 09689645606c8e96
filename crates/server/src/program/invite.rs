//! `invite`: how a fresh server gets its first member, and an old one another.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use clawpair_core::clock::SystemClock;
use clawpair_core::rng::SystemRng;
use clawpair_server::{NewInvitation, Ports, Service};
use clawpair_store::SqliteStore;

use super::args::{Invite, Serve};
use super::config::Config;
use super::data::DataDir;
use super::serve::{advertised, mail_links};

/// Makes an invitation, whether or not a platform runs. Its link is alone on standard output; what becomes of a mail is
/// said on the other.
///
/// # Errors
/// The platform's refusal, in its own words.
pub(crate) fn run(invite: Invite, data: &DataDir) -> Result<()> {
    let Invite { name, role, email, expires_in, config, advertise, mail, secrets } = invite;
    let config = Config::settle(Serve { config, advertise, mail, secrets, ..Serve::default() }, data)?;
    data.make()?;
    let _running = data.share()?;
    let secrets = data.open_secrets(config.secrets.as_deref())?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let service = Service::start(Ports {
            store: Arc::new(SqliteStore::open(&data.database())?),
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
            pepper: secrets.pepper,
            pin: secrets.identity.pin(),
        })
        .await?;
        service.advertise(advertised(&config, &config.listen));
        // The server sends it; this command needs no password for that.
        if mail_links(&config, &service)?.is_some() {
            service.leave_mail_to_another_program();
        }
        let hours = expires_in.unwrap_or(NewInvitation::HOURS);
        let new = NewInvitation { name, email, role, expires_in_hours: hours };
        let (invitation, token) = service.invite(new).await.map_err(|refusal| anyhow!("{refusal}"))?;
        match (&invitation.email, &invitation.mail) {
            (Some(email), Some(_)) => eprintln!("The running server mails another link to {email}, or the next one that runs."),
            (Some(email), None) => eprintln!("No mail is set up, so nothing goes to {email}; pass the link on yourself."),
            (None, _) => {}
        }
        if service.public_url().is_none() {
            eprintln!(
                "No address leads to this platform's pages; with --public-url there would be a link in the place of the bare token."
            );
        }
        println!("{}", service.invitation_link(&token).unwrap_or_else(|| token.reveal()));
        Ok(())
    })
}
