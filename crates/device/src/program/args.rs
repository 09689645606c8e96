//! The command line.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clawpair_core::link::Address;
use clawpair_core::pin::ServerPin;
use clawpair_device::Exit;

/// Pairs this device with a Clawpair platform and keeps it connected.
#[derive(Parser)]
#[command(name = "clawpair-device", version, after_help = after_help())]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Where this device keeps its key and token; by default
    /// $XDG_STATE_HOME/clawpair-device/device.json or ~/.local/state/clawpair-device/device.json
    #[arg(long, global = true, value_name = "FILE", env = "CLAWPAIR_DEVICE_STATE")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Pair with a platform, by link, code or a picture of a QR code
    Pair(Pair),
    /// Stay connected; ends when the platform revokes this device, or by a signal
    Run,
    /// Show what this device is paired with, and ask the platform
    Status,
    /// Give this device a new key, or end such a change that was begun; the old key is worthless afterwards. A
    /// clawpair-device run beside it goes on with the new one
    RotateKey,
    /// Delete the pairing on this device; to revoke it, use the platform
    Forget {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(clap::Args)]
pub(crate) struct Pair {
    /// A link (CPAIR:1/…), a code (OCL-…, spaces allowed), a PNG or JPEG picture of a QR code, or - to read a link or
    /// code from standard input, so that it does not show in the list of processes
    #[arg(required = true, num_args = 1.., value_name = "LINK, CODE, PICTURE OR -")]
    pub(crate) given: Vec<String>,

    /// The platform's address, such as 192.168.1.20 or hub.local:8443; needed with a code
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) server: Option<Address>,

    /// The key of the platform to trust, 26 symbols; without it a platform has to prove that it knows the code
    #[arg(long, value_name = "PIN")]
    pub(crate) pin: Option<ServerPin>,

    /// What this device calls itself; by default its host name
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// What kind of device this says it is, such as "Cloud VM"
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) device_type: Option<String>,

    /// Pair anew although this device is paired; the old pairing is kept until the new one has succeeded
    #[arg(long)]
    pub(crate) replace: bool,
}

fn after_help() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for exit in Exit::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:>2}  {}", exit.code(), exit.meaning());
    }
    text + "\nLogs go to standard error; CLAWPAIR_LOG sets how much, for example CLAWPAIR_LOG=clawpair_device=debug."
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn help_lists_every_exit_code() {
        let help = Args::command().render_help().to_string();
        for exit in Exit::ALL {
            assert!(help.contains(&format!("{:>2}  {}", exit.code(), exit.meaning())), "{help}");
        }
    }

    #[test]
    fn a_code_may_be_written_in_groups() {
        let args = Args::try_parse_from(["clawpair-device", "pair", "ocl-j4k2", "t8p7", "n1rg", "--server", "10.0.0.7"]).unwrap();
        let Command::Pair(pair) = args.command else { panic!("another command") };
        assert_eq!(pair.given.join(" "), "ocl-j4k2 t8p7 n1rg");
        assert_eq!(pair.server.unwrap().to_string(), "10.0.0.7:21327");
    }
}
