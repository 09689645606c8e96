//! `verify`: whether a signed bundle of devices and journal is as it was signed, and by whom.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::str::FromStr;

use clawpair_core::key::{DeviceKey, KeyFingerprint, RawKey};
use clawpair_core::text::harmless;
use clawpair_mirror::{BundleFault, VerifiedBundle, verify_bundle};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, facts};

/// Check a signed bundle of devices and journal
///
/// Reads the file from its first byte to its last and says who has signed it, when, and how much is in it. Nothing is asked of anybody.
/// Compare the signer with what its owner told you, or give it with --signer.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// The bundle, or - for standard input
    #[arg(value_name = "FILE OR -")]
    file: String,
    /// Demand that this one has signed it: a fingerprint such as 7F3K-9QWZ-4JN2, or the whole public key
    #[arg(long, value_name = "FINGERPRINT OR KEY")]
    signer: Option<Signer>,
}

/// Who has to have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Signer {
    /// As people compare it.
    Fingerprint(KeyFingerprint),
    /// The whole key, which nobody can make another one for.
    Key(RawKey),
}

impl FromStr for Signer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(key) = text.parse::<DeviceKey>() {
            return Ok(Self::Key(*key.as_bytes()));
        }
        text.parse()
            .map(Self::Fingerprint)
            .map_err(|_| "write a fingerprint such as 7F3K-9QWZ-4JN2, or the public key in base64url")
    }
}

impl Signer {
    fn is(&self, key: &DeviceKey) -> bool {
        match self {
            Self::Fingerprint(fingerprint) => fingerprint.as_str() == key.fingerprint(),
            Self::Key(demanded) => demanded == key.as_bytes(),
        }
    }
}

/// What a bundle that is whole says.
#[derive(Serialize)]
struct Verified {
    fingerprint: String,
    public_key: String,
    made_at: String,
    devices: u64,
    journal_entries: i64,
    journal_hash: String,
}

impl From<&VerifiedBundle> for Verified {
    fn from(bundle: &VerifiedBundle) -> Self {
        Self {
            fingerprint: bundle.key.fingerprint(),
            public_key: bundle.key.to_string(),
            made_at: bundle.made_at.to_string(),
            devices: bundle.devices,
            journal_entries: bundle.journal.number,
            journal_hash: clawpair_core::activity::hex(&bundle.journal.hash),
        }
    }
}

impl Verify {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let path = Path::new(&self.file);
        let reader: Box<dyn Read> = if self.file == "-" {
            Box::new(io::stdin().lock())
        } else {
            Box::new(File::open(path).map_err(|error| Failure::file(path, error))?)
        };
        let bundle = verify_bundle(BufReader::new(reader)).map_err(|fault| self.broken(&fault))?;
        if let Some(demanded) = self.signer.as_ref().filter(|demanded| !demanded.is(&bundle.key)) {
            return Err(other_signer(demanded, &bundle.key));
        }
        output.show(&Verified::from(&bundle), |verified| {
            facts([
                ("signed by", verified.fingerprint.clone()),
                ("public key", verified.public_key.clone()),
                ("made at", format!("{}, by the clock of that computer", verified.made_at)),
                ("devices", verified.devices.to_string()),
                ("journal", format!("{} entries, each as it was written", verified.journal_entries)),
            ])
        })?;
        if self.signer.is_none() {
            output.note("Anybody can sign. Compare the signer with what the bundle's owner told you, or give it with --signer.");
        }
        Ok(())
    }

    fn broken(&self, fault: &BundleFault) -> Failure {
        let code = match fault {
            BundleFault::Read(error) => return Failure::file(Path::new(&self.file), error),
            BundleFault::NoBundle => "bundle_unknown",
            BundleFault::Line(_) => "bundle_changed",
            BundleFault::Signature => "bundle_signature",
            BundleFault::Journal(_) => "bundle_journal",
        };
        let message: String = fault.to_string().chars().map(harmless).collect();
        Failure::new(Exit::Unproven, code, message)
            .hint("Believe nothing in it. Ask for the file again, or export a new bundle where it came from.")
    }
}

fn other_signer(demanded: &Signer, key: &DeviceKey) -> Failure {
    let demanded = match demanded {
        Signer::Fingerprint(fingerprint) => fingerprint.to_string(),
        Signer::Key(key) => DeviceKey::stored(*key).to_string(),
    };
    let message = format!("This bundle is whole, but {demanded} has not signed it. Its signer is {}.", key.fingerprint());
    Failure::new(Exit::Unproven, "bundle_other_signer", message)
        .hint("Believe nothing in it before its owner tells you that this is their key.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signer_is_written_as_people_write_it() {
        let key: DeviceKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".parse().unwrap();
        let fingerprint = key.fingerprint();
        for text in [fingerprint.clone(), fingerprint.to_lowercase(), fingerprint.replace('-', " "), key.to_string()] {
            assert!(text.parse::<Signer>().unwrap().is(&key), "{text}");
        }
        assert!(!"0110-ABCD-EFGH".parse::<Signer>().unwrap().is(&key));
        for text in ["", "7F3K", "nobody"] {
            assert!(text.parse::<Signer>().is_err(), "{text}");
        }
    }
}
