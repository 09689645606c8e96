//! Files that are made from others: bringing them up to date, or checking that they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::commands::{FEATURES, cargo, root, said, show_and_run, ui};
use crate::steps;

/// Whether to write or to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Write what differs.
    Write,
    /// Fail when something differs.
    Check,
}

/// Files by their names.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Where the types' own tests write them.
pub(crate) fn export_folder() -> PathBuf {
    root().join("target/bindings")
}

/// Everything that is generated from Rust.
pub(crate) fn everything(mode: Mode) -> Result<()> {
    roles(mode)?;
    contract(mode)?;
    bindings(mode)
}

/// The UI's TypeScript types, from the Rust types of the contract.
pub(crate) fn bindings(mode: Mode) -> Result<()> {
    let folder = export_folder();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    steps::ensure_nextest()?;
    // A check follows a build of everything, so nothing is compiled again; writing must work before the UI can be built.
    let packages: &[&str] = match mode {
        Mode::Write => &["-p", "clawpair-api", "-p", "clawpair-app", "--features=clawpair-app/ts"],
        Mode::Check => &["--workspace", FEATURES],
    };
    let only = ["--status-level=none", "-E", "test(/^(.*::)?export_bindings/)"];
    show_and_run(&mut cargo(["nextest", "run"].iter().chain(packages).chain(&only).copied()))?;
    let fresh = read(&folder, |name| has_extension(name, "ts")).context("The tests that write the types wrote nothing")?;
    ensure!(!fresh.is_empty(), "The tests that write the types wrote none.");
    settle(mode, &fresh, &ui().join("src/lib/bindings"), |name| has_extension(name, "ts"), "cargo xtask generate")
}

/// The printed table of roles, from the one that is enforced.
pub(crate) fn roles(mode: Mode) -> Result<()> {
    let output = cargo(["run", "--quiet", "--package=clawpair-core", "--example=roles"]).output()?;
    ensure!(output.status.success(), "The table of roles could not be printed: {}", String::from_utf8_lossy(&output.stderr));
    let fresh = Files::from([("ROLES.md".to_owned(), output.stdout)]);
    settle(mode, &fresh, &root().join("docs"), |name| name == "ROLES.md", "cargo xtask generate")
}

/// The contract as an `OpenAPI` document, from its list of endpoints.
pub(crate) fn contract(mode: Mode) -> Result<()> {
    let document = said(&mut cargo(["run", "--quiet", "-p", "clawpair-api", "--features=openapi", "--example=openapi"]))?;
    let fresh = Files::from([("openapi.json".to_owned(), format!("{document}\n").into_bytes())]);
    settle(mode, &fresh, &root().join("crates/api"), |name| name == "openapi.json", "cargo xtask generate")
}

/// Whether a file's name ends so.
pub(crate) fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

/// The files of a folder whose names are wanted.
pub(crate) fn read(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if wanted(&name) && entry.file_type()?.is_file() {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(files)
}

/// Makes the files of `folder` that are `ours` equal to `fresh`, or fails naming those that are not and the `remedy`.
pub(crate) fn settle(mode: Mode, fresh: &Files, folder: &Path, ours: impl Fn(&str) -> bool, remedy: &str) -> Result<()> {
    let kept = if folder.exists() { read(folder, ours)? } else { Files::new() };
    let names: BTreeSet<&String> = fresh.keys().chain(kept.keys()).collect();
    let stale: Vec<&String> = names.into_iter().filter(|&name| fresh.get(name) != kept.get(name)).collect();
    if mode == Mode::Check {
        if stale.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = stale.iter().map(|name| folder.join(name).display().to_string()).collect();
        bail!("These files are not what they are generated from: {}. Run “{remedy}” and keep the result.", list.join(", "));
    }
    fs::create_dir_all(folder)?;
    for name in stale {
        let file = folder.join(name);
        match fresh.get(name) {
            Some(content) => fs::write(&file, content)?,
            None => fs::remove_file(&file)?,
        }
        println!("-- {}", file.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checking_names_what_differs_and_writing_mends_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for (name, text) in [("same.ts", "1"), ("old.ts", "1"), ("gone.ts", "1"), ("other.md", "not ours")] {
            fs::write(path.join(name), text).unwrap();
        }
        let fresh: Files = [("same.ts", "1"), ("old.ts", "2"), ("new.ts", "3")].map(|(n, t)| (n.to_owned(), t.into())).into();
        let ours = |name: &str| has_extension(name, "ts");

        let refusal = settle(Mode::Check, &fresh, path, ours, "the remedy").unwrap_err().to_string();
        for name in ["old.ts", "gone.ts", "new.ts", "the remedy"] {
            assert!(refusal.contains(name), "{refusal}");
        }
        assert!(!refusal.contains("same.ts") && !refusal.contains("other.md"), "{refusal}");

        settle(Mode::Write, &fresh, path, ours, "").unwrap();
        settle(Mode::Check, &fresh, path, ours, "").unwrap();
        assert!(path.join("other.md").exists());
    }
}
