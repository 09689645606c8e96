//! What each command does: decode, call the library, print.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use clawpair_api::DeviceStatus;
use clawpair_core::rng::SystemRng;
use clawpair_core::text::sanitised;
use clawpair_device::backoff::Backoff;
use clawpair_device::input::{self, Given, Goal, InputError};
use clawpair_device::join::join;
use clawpair_device::prove::settle;
use clawpair_device::run::{Change, stay_connected};
use clawpair_device::state::{StateError, StateFile};
use clawpair_device::{Caller, Credential, DeviceError};
use tokio::signal;

use super::args::{Args, Command, Pair};

pub(crate) async fn execute(args: Args) -> Result<(), DeviceError> {
    let state = match args.state {
        Some(path) => StateFile::at(path),
        None => StateFile::usual(|name| std::env::var_os(name).map(PathBuf::from))?,
    };
    match args.command {
        Command::Pair(options) => pair(options, &state).await,
        Command::Run => run(&state).await,
        Command::Status => status(&state).await,
        Command::RotateKey => rotate_key(&state).await,
        Command::Forget { yes } => forget(&state, yes),
    }
}

async fn pair(options: Pair, state: &StateFile) -> Result<(), DeviceError> {
    let given = Given::recognise(&options.given.join(" "), io::stdin())?;
    let description = input::description(options.name, options.device_type)?;
    let state = state.lock()?;
    let paired = state.read()?.paired;
    if let Some(Credential { name, .. }) = paired.as_ref().filter(|_| !options.replace) {
        return Err(DeviceError::AlreadyPaired { name: name.clone() });
    }
    let known = paired.as_ref().map(|credential| (credential.addresses.as_slice(), credential.pin));
    let goal = given.goal(options.server, options.pin, known)?;
    if let Goal::Unproven { addresses, .. } = &goal {
        for address in addresses {
            say(&format!("asking {address} to prove that it knows this code"));
        }
    }
    let target = settle(goal, &state, &SystemRng).await?;
    for address in &target.addresses {
        say(&format!("platform {address}"));
    }
    say(&format!("trusting only the key {}", target.pin));
    let ask = |comparison| {
        say(&format!("number {comparison}"));
        say("waiting until somebody at the platform has compared this number and lets this device in");
    };
    let joined = join(&target, &description, &state, &mut Backoff::reconnecting(), &SystemRng, ask).await?;
    let device = &joined.device;
    say(&format!("answered by {}", joined.address));
    say(&format!("paired as “{}”, {}", sanitised(&device.name), sanitised(&device.id)));
    say(&format!("key fingerprint {}", sanitised(&device.key_fingerprint)));
    say(&format!("permissions {}", permissions(&device.permissions)));
    say("now start clawpair-device run to stay connected");
    Ok(())
}

async fn run(state: &StateFile) -> Result<(), DeviceError> {
    let caller = Caller::of_state(state.path())?;
    let report = |change| match change {
        Change::Connected(address) => say(&format!("connected to {address}")),
        Change::Disconnected => say("disconnected"),
        Change::RightsChanged(rights) => say(&format!("permissions now {}", permissions(&rights))),
        Change::Disabled(Some(reason)) => say(&format!("disabled: {}", sanitised(&reason))),
        Change::Disabled(None) => say("disabled"),
    };
    let outcome = stay_connected(&caller, &mut Backoff::reconnecting(), report, stop_signal()).await;
    match &outcome {
        Ok(()) => say("stopped"),
        Err(DeviceError::Refused(refusal)) if refusal.code == clawpair_api::ErrorCode::DeviceRevoked => say("revoked"),
        Err(_) => {}
    }
    outcome
}

async fn status(state: &StateFile) -> Result<(), DeviceError> {
    let caller = Caller::of_state(state.path())?;
    let credential = caller.credential();
    say(&format!("paired as “{}”, {}", credential.name, credential.id));
    for address in &credential.addresses {
        say(&format!("platform {address}"));
    }
    say(&format!("trusting only the key {}", credential.pin));
    let device = caller.device_self().await?;
    let standing = match device.status {
        DeviceStatus::Active => "active",
        DeviceStatus::Disabled => "disabled",
        DeviceStatus::Revoked => "revoked",
    };
    say(&format!("the platform says {standing}, “{}”", sanitised(&device.name)));
    say(&format!("key fingerprint {}", sanitised(&device.key_fingerprint)));
    say(&format!("permissions {}", permissions(&device.permissions)));
    Ok(())
}

async fn rotate_key(state: &StateFile) -> Result<(), DeviceError> {
    let device = Caller::of_state(state.path())?.change_key().await?;
    say(&format!("key fingerprint {}", sanitised(&device.key_fingerprint)));
    Ok(())
}

fn forget(state: &StateFile, yes: bool) -> Result<(), DeviceError> {
    let state_path = state.path().display();
    let locked = state.lock()?;
    // A damaged file may be forgotten too.
    let name = match locked.read() {
        Ok(kept) if kept.paired.is_none() && kept.pending.is_none() => return Err(DeviceError::NotPaired),
        Ok(kept) => kept.paired.map_or_else(|| "an unfinished pairing".to_owned(), |credential| format!("“{}”", credential.name)),
        Err(StateError::Damaged { .. }) => "a damaged state file".to_owned(),
        Err(error) => return Err(error.into()),
    };
    if !yes {
        if !io::stdin().is_terminal() {
            return Err(InputError::Unconfirmed.into());
        }
        if !confirmed(&format!("Forget {name}? This device's key in {state_path} is deleted and cannot be had back.")) {
            say("kept");
            return Ok(());
        }
    }
    locked.delete()?;
    say(&format!("forgot {name}; the platform still lists it until it is revoked there"));
    Ok(())
}

/// Asks a person; whoever does not say yes has said no.
fn confirmed(question: &str) -> bool {
    print!("{question} [y/N] ");
    // A question that cannot be shown is answered by the empty line below.
    let _ = io::stdout().flush();
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

fn permissions(permissions: &[String]) -> String {
    permissions.iter().map(|permission| sanitised(permission)).collect::<Vec<_>>().join(", ")
}

/// One line on standard output, at once. Nobody listening is no reason to stop.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Done when the person or the system wants this program to end.
async fn stop_signal() {
    let interrupt = async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signals) => drop(signals.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
