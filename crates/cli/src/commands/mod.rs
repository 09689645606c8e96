//! What each command does: decode, ask the platform, print.

mod activity;
mod alerts;
mod batch;
mod codes;
mod configure;
mod create;
mod devices;
mod errands;
mod journal;
mod keys;
mod login;
mod lost;
mod made;
mod members;
mod outbox;
mod paging;
mod platforms;
mod qr;
mod requests;
mod review;
mod rotate;
mod rows;
mod secrets;
mod shell;
mod sync;
mod verify;
mod words;

use std::path::PathBuf;

use clawpair_app::SystemKeyring;
use clawpair_core::clock::SystemClock;

pub(crate) use self::activity::Activity;
pub(crate) use self::alerts::Alerts;
pub(crate) use self::codes::Codes;
pub(crate) use self::configure::Configure;
pub(crate) use self::devices::Devices;
pub(crate) use self::journal::Journal;
pub(crate) use self::keys::Keys;
pub(crate) use self::login::{Login, Logout, Whoami};
pub(crate) use self::members::Members;
pub(crate) use self::outbox::Outbox;
pub(crate) use self::platforms::Platforms;
pub(crate) use self::qr::Qr;
pub(crate) use self::requests::Requests;
pub(crate) use self::review::Review;
pub(crate) use self::secrets::Secrets;
pub(crate) use self::shell::{Completions, Man};
pub(crate) use self::sync::Sync;
pub(crate) use self::verify::Verify;
use crate::args::{Args, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::output::Output;
use crate::secrets::Surroundings;
use crate::session::Context;

pub(crate) fn execute(args: Args, output: Output) -> Result<(), Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let home = variable("HOME").map(PathBuf::from);
    let surroundings = Surroundings { variable: &variable, home, keyring: &SystemKeyring, clock: &SystemClock };
    let asking = match args.command {
        Command::Doctor(doctor) => return doctor.run(output, &SystemClock),
        Command::Qr(qr) => return qr.run(output),
        Command::Verify(verify) => return verify.run(output),
        Command::Secrets(secrets) => return secrets.run(output, &surroundings),
        Command::Completions(completions) => return completions.run(),
        Command::Man(man) => return man.run(),
        asking => asking,
    };
    let folders = Folders::find(&variable)?;
    let context = Context {
        output,
        surroundings: &surroundings,
        folders: &folders,
        platform: args.platform.filter(|text| !text.trim().is_empty()),
        pin: args.pin,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new(Exit::Fault, "internal", format!("This program could not start: {error}."))
            .hint("Close other programs and try again.")
    })?;
    runtime.block_on(ask(asking, &context))
}

/// What asks a platform.
async fn ask(command: Command, context: &Context<'_>) -> Result<(), Failure> {
    match command {
        Command::Login(login) => login.run(context).await,
        Command::Logout(logout) => logout.run(context).await,
        Command::Configure(configure) => configure.run(context).await,
        Command::Whoami(whoami) => whoami.run(context).await,
        Command::Platforms(platforms) => platforms.run(context).await,
        Command::Devices(devices) => devices.run(context).await,
        Command::Codes(codes) => codes.run(context).await,
        Command::Requests(requests) => requests.run(context).await,
        Command::Activity(activity) => activity.run(context).await,
        Command::Alerts(alerts) => alerts.run(context).await,
        Command::Keys(keys) => keys.run(context).await,
        Command::Members(members) => members.run(context).await,
        Command::Sync(sync) => sync.run(context).await,
        Command::Outbox(outbox) => outbox.run(context).await,
        Command::Journal(journal) => journal.run(context).await,
        Command::Review(review) => review.run(context).await,
        Command::Doctor(_)
        | Command::Verify(_)
        | Command::Qr(_)
        | Command::Secrets(_)
        | Command::Completions(_)
        | Command::Man(_) => Ok(()),
    }
}
