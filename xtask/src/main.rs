//! `cargo xtask`: every command a person or CI needs.

mod bench;
mod commands;
mod fingerprint;
mod gateway;
mod generate;
mod icons;
mod network;
mod node;
mod packages;
mod python;
mod run;
mod screenshots;
mod steps;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  run [--exit-after-screenshot]   Build Clawpair and open its window; on a machine without a display, a virtual one.
  test [STEP…] [--list]           Run every check, or only those named.
  generate [--check]              Write openapi.json, the UI's types and docs/ROLES.md from Rust, or only compare.
  icons [--check]                 Draw the icons from icons/clawpair.svg, or only compare.
  deny                            Check licences and sources of dependencies; also a step of test.
  bench [--devices N …]           Measure the server, as ratios against its limits and a peer in the same run.
  bench --mirror [N…]             Measure the app's file of what its platforms have, beside SQLite itself.
  bench --gateway [N]             Measure the app's list of a gateway's devices, beside the gateway's own answer.
  screenshots                     Take the pictures of the README from the real window.

Missing system packages are installed with apt-get, as root or through sudo, after saying which.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["run"] => run::run(run::Until::Closed),
        ["run", "--exit-after-screenshot"] => run::run(run::Until::Screenshot),
        ["test", "--list"] => Ok(test::list()),
        ["test", names @ ..] => test::test(names),
        ["generate"] => generate::everything(generate::Mode::Write).map(success),
        ["generate", "--check"] => generate::everything(generate::Mode::Check).map(success),
        ["icons"] => icons::icons(generate::Mode::Write).map(success),
        ["icons", "--check"] => icons::icons(generate::Mode::Check).map(success),
        ["screenshots"] => screenshots::screenshots().map(success),
        ["bench", arguments @ ..] => bench::bench(arguments).map(success),
        ["deny"] => test::test(&["deny"]),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("“{}” is no command.\n\n{USAGE}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("\nerror: {error:#}");
        ExitCode::FAILURE
    })
}

fn success((): ()) -> ExitCode {
    ExitCode::SUCCESS
}
