//! Devices and the journal in one signed file, which anybody can check who knows the key.
//!
//! The file is JSON, an object a line: a header, devices, journal entries, and last the SHA-256 of all lines before with an Ed25519
//! signature over it. So it can be written and checked while it is read, however long it is.

use std::io::{self, BufRead, Read as _, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clawpair_core::Timestamp;
use clawpair_core::activity::{Entry, Format, Head, Verifier, hex};
use clawpair_core::key::DeviceKey;
use ed25519_dalek::{Signer as _, SigningKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::export::{DeviceLine, ExportError, JournalLine, each_device, each_entry};
use crate::file::Mirror;
use crate::journal;

/// Longest line, in bytes.
const MAX_LINE: u64 = 256 * 1024;
/// What signatures are over, before the hash.
const DOMAIN: &[u8] = b"clawpair bundle 1\0";

#[derive(Serialize, Deserialize)]
struct Header {
    clawpair_bundle: u32,
    made_at_ms: i64,
    public_key: String,
    journal_entries: i64,
    journal_hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Device(&'a DeviceLine),
    Journal(JournalLine<'a>),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReadLine {
    Device(serde::de::IgnoredAny),
    Journal(ReadEntry),
    Signed(Signed),
}

#[derive(Deserialize)]
struct ReadEntry {
    number: i64,
    at_ms: i64,
    actor: String,
    action: String,
    subject: String,
    details: Option<String>,
    hash: String,
}

#[derive(Serialize, Deserialize)]
struct Signed {
    sha256: String,
    signature: String,
}

#[derive(Serialize)]
struct Trailer {
    signed: Signed,
}

/// Hashes what it passes on.
struct Hashing<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Hashing<W> {
    fn line(&mut self, line: &impl Serialize) -> Result<(), ExportError> {
        let mut text = serde_json::to_vec(line).map_err(io::Error::from)?;
        text.push(b'\n');
        self.hash.update(&text);
        Ok(self.out.write_all(&text)?)
    }
}

/// What a bundle that is whole holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBundle {
    /// Who has signed it: compare it with the key you expect.
    pub key: DeviceKey,
    /// When it was made, by the clock of that computer.
    pub made_at: Timestamp,
    /// How many devices are in it.
    pub devices: u64,
    /// The last entry of the journal in it.
    pub journal: Head,
}

/// What is wrong with a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleFault {
    /// It is none, or a newer program has made it.
    #[error("This is no bundle that this program can read.")]
    NoBundle,
    /// It ends early, or has a line that does not belong there.
    #[error("Line {0} is not as it was written, or the file was cut off there.")]
    Line(u64),
    /// Content and signature do not fit.
    #[error("The signature does not fit: the file was changed, or somebody else has made it.")]
    Signature,
    /// The journal in it is not whole.
    #[error("The journal in this file is not whole: {0}")]
    Journal(#[from] clawpair_core::activity::Fault),
    /// It could not be read.
    #[error("The file could not be read: {0}")]
    Read(#[from] io::Error),
}

impl Mirror {
    /// Writes all devices and the whole journal as they are at one moment, signed with this key.
    ///
    /// # Errors
    /// When they cannot be read or written; what was written until then is no bundle.
    pub fn export_bundle(&self, key: &SigningKey, now: Timestamp, out: impl Write) -> Result<(), ExportError> {
        let mut hashing = Hashing { out, hash: Sha256::new() };
        self.exporting(|db| {
            let head = journal::head(db)?;
            hashing.line(&Header {
                clawpair_bundle: 1,
                made_at_ms: now.as_millis(),
                public_key: URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
                journal_entries: head.number,
                journal_hash: hex(&head.hash),
            })?;
            each_device(db, |line| hashing.line(&Line::Device(line)))?;
            each_entry(db, |entry| hashing.line(&Line::Journal(JournalLine::of(entry))))
        })?;
        let hash: [u8; 32] = hashing.hash.clone().finalize().into();
        let signature = URL_SAFE_NO_PAD.encode(key.sign(&[DOMAIN, &hash].concat()).to_bytes());
        hashing.line(&Trailer { signed: Signed { sha256: hex(&hash), signature } })?;
        Ok(hashing.out.flush()?)
    }
}

/// Checks a bundle from its first byte to its last, with the memory of one line.
///
/// # Errors
/// The first thing that is wrong with it. Nothing in it may be believed then.
pub fn verify_bundle(mut from: impl BufRead) -> Result<VerifiedBundle, BundleFault> {
    let mut line = Vec::new();
    next(&mut from, &mut line)?;
    let header: Header = serde_json::from_slice(&line).map_err(|_| BundleFault::NoBundle)?;
    let key: DeviceKey = header.public_key.parse().map_err(|_| BundleFault::NoBundle)?;
    if header.clawpair_bundle != 1 {
        return Err(BundleFault::NoBundle);
    }
    let head = Head { number: header.journal_entries, hash: from_hex(&header.journal_hash).ok_or(BundleFault::NoBundle)? };
    let (mut hash, mut verifier) = (Sha256::new_with_prefix(&line), Verifier::new(journal::start(), head));
    let (mut devices, mut number, mut journal) = (0, 1, Ok(()));
    let signed = loop {
        number += 1;
        next(&mut from, &mut line)?;
        match serde_json::from_slice(&line).map_err(|_| BundleFault::Line(number))? {
            ReadLine::Device(_) => devices += 1,
            ReadLine::Journal(entry) => {
                let entry = Entry::try_from(entry).map_err(|()| BundleFault::Line(number))?;
                journal = journal.and_then(|()| verifier.check(&entry));
            }
            ReadLine::Signed(signed) => break signed,
        }
        hash.update(&line);
    };
    let hash: [u8; 32] = hash.finalize().into();
    let signature = URL_SAFE_NO_PAD.decode(&signed.signature).ok().and_then(|bytes| bytes.try_into().ok());
    let fits = signature.is_some_and(|signature| key.verify(&[DOMAIN, &hash].concat(), &signature).is_ok());
    if signed.sha256 != hex(&hash) || !fits {
        return Err(BundleFault::Signature);
    }
    if from.read(&mut [0])? != 0 {
        return Err(BundleFault::Line(number + 1));
    }
    journal?;
    verifier.finish()?;
    Ok(VerifiedBundle { key, made_at: Timestamp::from_millis(header.made_at_ms), devices, journal: head })
}

/// The next line with its end; an empty one at the end of the file.
fn next(from: &mut impl BufRead, line: &mut Vec<u8>) -> Result<(), BundleFault> {
    line.clear();
    from.take(MAX_LINE).read_until(b'\n', line)?;
    Ok(())
}

impl TryFrom<ReadEntry> for Entry {
    type Error = ();

    fn try_from(read: ReadEntry) -> Result<Self, ()> {
        Ok(Self {
            number: read.number,
            at: Timestamp::from_millis(read.at_ms),
            actor: read.actor,
            action: read.action,
            subject: read.subject,
            address: None,
            details: read.details,
            format: Format::Second,
            hash: from_hex(&read.hash).ok_or(())?,
        })
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}
