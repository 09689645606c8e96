//! What is kept in the keyring of a desktop: gnome-keyring, on a session bus of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use xtask::bus::{Bus, Keyring};

use crate::stage::{PASSWORD, Stage, failed, piped, said, stderr};

struct Desktop {
    stage: Stage,
    bus: Bus,
    /// Sockets have short names, so this is not inside the stage's folder.
    folder: TempDir,
}

impl Desktop {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("clawpair-bus-").tempdir().unwrap();
        let bus = Bus::start(folder.path(), &Keyring::In(folder.path().join("keyring"))).unwrap();
        Self { stage: Stage::new(), bus, folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.stage.command(arguments);
        self.bus.enter(&mut command).env_remove("CLAWPAIR_KEYRING");
        command
    }

    /// What the keyring has of this program, asked for with a program of others.
    fn kept(&self) -> String {
        let mut search = Command::new("secret-tool");
        let found = self.bus.enter(search.args(["search", "--all", "--unlock", "service", "clawpair"])).output().unwrap();
        String::from_utf8_lossy(&found.stdout).into_owned() + &stderr(&found)
    }

    /// All files of this program, whatever is in them.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.stage.path("config")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }

    fn no_file_has(&self, secret: &str) {
        let has = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).contains(secret);
        assert!(self.files().iter().all(|path| !has(path)), "{:?}", self.files());
        let keyring = std::fs::read_dir(self.folder.path().join("keyring/keyrings")).unwrap().map(|entry| entry.unwrap().path());
        let keyring: Vec<PathBuf> = keyring.collect();
        assert!(!keyring.is_empty() && keyring.iter().all(|path| !path.is_file() || !has(path)), "it is encrypted there");
    }
}

#[test]
fn a_key_is_kept_used_from_there_and_forgotten() {
    let desktop = Desktop::new();
    let configured = piped(&mut desktop.command(&["configure", "--api-key", "-"]), &desktop.stage.key);
    assert!(configured.status.success() && !stderr(&configured).contains("It is kept in"), "{}", stderr(&configured));
    let kept = desktop.kept();
    assert!(kept.contains(&desktop.stage.url) && kept.contains(&desktop.stage.key), "{kept}");
    desktop.no_file_has(&desktop.stage.key[12..]);
    assert!(said(&mut desktop.command(&["whoami"])).contains("CI"));
    said(&mut desktop.command(&["logout"]));
    assert!(!desktop.kept().contains(&desktop.stage.key));
    assert_eq!(failed(&mut desktop.command(&["whoami"])).0, 6);
}

#[test]
fn a_session_is_kept_there_and_signed_out() {
    let desktop = Desktop::new();
    desktop.stage.ada_joins();
    let signed_in = piped(&mut desktop.command(&["login", "--username", "Ada"]), PASSWORD);
    assert!(signed_in.status.success() && !stderr(&signed_in).contains("It is kept in"), "{}", stderr(&signed_in));
    assert!(desktop.kept().contains("session"), "{}", desktop.kept());
    assert!(desktop.files().iter().all(|path| !path.to_string_lossy().contains("credentials")));
    assert!(said(&mut desktop.command(&["whoami"])).contains("Ada"));
    said(&mut desktop.command(&["logout"]));
    assert!(!desktop.kept().contains("session"), "{}", desktop.kept());
}

#[test]
fn a_key_of_somebody_else_is_used_by_reference_and_not_copied() {
    let desktop = Desktop::new();
    let mut store = Command::new("secret-tool");
    store.args(["store", "--label", "deployment", "service", "clawpair", "username", "deploy"]);
    assert!(piped(desktop.bus.enter(&mut store), &desktop.stage.key).status.success());
    said(&mut desktop.command(&["configure", "--api-key", "keyring:deploy"]));
    assert!(said(&mut desktop.command(&["whoami"])).contains("CI"));
    assert_eq!(desktop.kept().matches(&desktop.stage.key).count(), 1, "{}", desktop.kept());
    desktop.no_file_has(&desktop.stage.key[12..]);
}

#[test]
fn a_locked_keyring_is_no_reason_for_a_file() {
    let desktop = Desktop::new();
    desktop.bus.lock_keyring().unwrap();
    let refused = piped(&mut desktop.command(&["configure", "--api-key", "-"]), &desktop.stage.key);
    let why = stderr(&refused);
    assert_eq!(refused.status.code(), Some(17), "{why}");
    assert!(why.contains("The keyring cannot be used") && why.contains("Unlock it and try again"), "{why}");
    desktop.no_file_has(&desktop.stage.key[12..]);
}
