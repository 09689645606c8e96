//! Tells what a text is. Nothing is asked of anybody, and nothing that is secret goes into the report.

use clawpair_core::account::{AddressToken, InvitationToken, RecoveryCode};
use clawpair_core::api_key::ApiKeySecret;
use clawpair_core::clock::Timestamp;
use clawpair_core::code::{CodeError, PairingCode};
use clawpair_core::link::{LinkError, PairingLink};
use clawpair_core::pin::ServerPin;
use clawpair_openclaw::setup_code::{SetupCode, SetupCodeError};

use super::report::{Kind, Report};
use super::{places, typo, web};
use crate::secrets::Reference;

/// Longest text that is looked at, in bytes; a setup code may have 8,192.
pub(super) const MAX_BYTES: usize = 16 * 1_024;
/// Most words of a text that are looked at by themselves.
const MAX_WORDS: usize = 500;
const ID_PREFIXES: [&str; 9] = ["dev-", "pair-", "key-", "mem-", "inv-", "ses-", "adr-", "note-", "alert-"];
const CODE_HINT: &str = "Compare it with the screen that shows it, or scan the QR code.";

/// What this is, as of `now`.
pub(super) fn recognise(text: &str, now: Timestamp) -> Report {
    let text = text.trim().trim_matches(['"', '\'', '`', '<', '>']).trim();
    if text.is_empty() {
        return Report::of(Kind::Unknown).problem("empty", "There is nothing here.", Some("Paste what you were given."));
    }
    if text.len() > MAX_BYTES {
        let hint = Some("Paste the code, the link or the address alone.");
        return Report::of(Kind::Unknown).problem("too_long", "This is longer than anything that pairs.", hint);
    }
    if begins(text, "cpair:") {
        return link(text);
    }
    if begins(text, "oc-pair:") {
        return setup_code(text, now);
    }
    for (prefix, read) in [("cpk_", api_key as fn(&str) -> Report), ("cpi_", invitation), ("cpe_", confirmation)] {
        if begins(text, prefix) {
            return read(text);
        }
    }
    if begins(text, "https://") || begins(text, "http://") {
        return web::recognise(text);
    }
    if begins(text, "wss://") || begins(text, "ws://") {
        return places::gateway(text);
    }
    if Reference::looks_like_one(text) { reference(text) } else { bare(text, now) }
}

/// The same for a text with other words around what matters, as messages and mails have.
pub(super) fn find(text: &str, now: Timestamp) -> Report {
    let whole = recognise(text, now);
    if whole.kind != Kind::Unknown {
        return whole;
    }
    let telling = |word: &str| {
        let report = recognise(word.trim_end_matches(['.', ',', ';', ')']), now);
        (!matches!(report.kind, Kind::Unknown | Kind::Address)).then_some(report)
    };
    text.split_whitespace().take(MAX_WORDS).find_map(telling).unwrap_or(whole)
}

/// What has no beginning that would tell.
fn bare(text: &str, now: Timestamp) -> Report {
    if ID_PREFIXES.iter().any(|prefix| text.strip_prefix(prefix).is_some_and(|rest| uuid::Uuid::try_parse(rest).is_ok())) {
        return Report::of(Kind::Id).public_part(text).next_step("Give it to a command, such as clawpair devices show.");
    }
    if text.parse::<ServerPin>().is_ok() {
        let step = "Compare it with the one that the platform's window or clawpair-server shows; give it as --pin.";
        return Report::of(Kind::ServerKey).key(text.to_uppercase()).next_step(step);
    }
    match text.parse::<PairingCode>() {
        Ok(code) => return code_report(&code),
        Err(error) if looks_like_a_code(text) => return damaged_code(text, &error),
        Err(_) => {}
    }
    if text.starts_with('{') || text.starts_with("eyJ") || text.parse::<SetupCode>().is_ok() {
        return setup_code(text, now);
    }
    if text.contains('-') && text.parse::<RecoveryCode>().is_ok() {
        let step = "It signs its member in once, in the place of the six digits. Keep it secret.";
        return Report::of(Kind::RecoveryCode).grants("the second factor of one sign-in").next_step(step);
    }
    if is_chat_code(text) {
        let step = "If a person sent it to you in a chat, approve it at the gateway: openclaw pairing approve CHANNEL CODE.";
        return Report::of(Kind::ChatPairingCode).grants("a person's chat with an agent, and no device").next_step(step);
    }
    if let Some(report) = places::address(text) {
        return report;
    }
    let hint = "It may be cut off. Codes begin with OCL-, links with CPAIR:1/, setup codes with eyJ, API keys with cpk_, addresses with https:// or wss://.";
    Report::of(Kind::Unknown).problem("unknown", "This is nothing that this program knows.", Some(hint))
}

fn begins(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// With the prefix, or with about as many symbols and a digit among them, as words rarely have.
fn looks_like_a_code(text: &str) -> bool {
    let symbols = text.chars().filter(char::is_ascii_alphanumeric).count();
    let others =
        text.chars().any(|c| !c.is_ascii_alphanumeric() && !c.is_whitespace() && !matches!(c, '-' | '‐' | '‑' | '–' | '—'));
    if begins(text, "ocl") {
        return symbols <= 20 && !text.contains(['.', ':', '/']);
    }
    (11..=13).contains(&symbols) && !others && text.contains(|c: char| c.is_ascii_digit())
}

/// Eight of A–Z without I and O and of 2–9.
fn is_chat_code(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'9') && !matches!(b, b'I' | b'O'))
}

fn code_report(code: &PairingCode) -> Report {
    Report::of(Kind::PairingCode)
        .grants("one device to join; only the platform knows with which permissions, and whether a person is asked first")
        .public_part(format!("OCL-{}…, the part that is no secret", code.locator().symbols()))
        .ends("the code does not say; at most 24 hours after it was made, and after five wrong guesses it cannot be typed any more")
        .next_step("Type it on the device: clawpair-device pair CODE --server ADDRESS. Its check symbol fits: it is not mistyped.")
}

fn damaged_code(text: &str, error: &CodeError) -> Report {
    let report = Report::of(Kind::PairingCode);
    match error {
        CodeError::Mistyped => {
            let places = typo::suspects(text);
            let report = report.problem("mistyped", error.to_string(), None);
            if places.is_empty() {
                return report;
            }
            let message = format!("Look first at {} after OCL-.", places.join(", and at "));
            report.remark("suspects", message, Some("Symbols that look alike: 0 D Q, 1 7 T, 2 Z, 5 S, 6 G, 8 B 3, U V W Y."))
        }
        CodeError::WrongLength { .. } => report.problem("wrong_length", error.to_string(), Some(CODE_HINT)),
        CodeError::ForeignSymbol { .. } => report.problem("foreign_symbol", error.to_string(), Some(CODE_HINT)),
    }
}

fn link(text: &str) -> Report {
    let report = Report::of(Kind::PairingLink).grants(
        "one device to join, without typing; only the platform knows with which permissions, and whether a person is asked first",
    );
    match text.parse::<PairingLink>() {
        Ok(link) => {
            let report = report
                .leads_to(link.addresses().iter().map(ToString::to_string))
                .key(link.pin().to_string())
                .ends("the link does not say; at most 24 hours after it was made")
                .next_step("Give it to the device: clawpair-device pair LINK.");
            places::judge(report, link.addresses())
        }
        Err(error) => {
            let code = match error {
                LinkError::NotALink | LinkError::Damaged => "damaged",
                LinkError::NewerVersion => "newer_version",
                LinkError::BadAddress => "bad_address",
            };
            report.problem(code, error.to_string(), None)
        }
    }
}

fn setup_code(text: &str, now: Timestamp) -> Report {
    let report = Report::of(Kind::SetupCode).grants(
        "one device to join the gateway; whether it may manage others, use the gateway or only lend its abilities was chosen when the code was made",
    );
    let read = if text.starts_with('{') { from_payload(text) } else { text.parse::<SetupCode>() };
    match read {
        Ok(code) => {
            let mut report = report
                .leads_to(code.addresses().iter().map(ToString::to_string))
                .next_step("Give it to the device: openclaw node run --pair, or scan it with the app.");
            if let Some(fingerprint) = code.fingerprint() {
                report = report.key(fingerprint.for_people());
            }
            report = match code.expires() {
                Some(end) => report.ends_at(end, now, "Make a new one at the gateway; they live ten minutes."),
                None => report.ends("the code does not say; usually ten minutes after it was made"),
            };
            if text.starts_with('{') {
                report = report.remark("unpacked", "This is the content of a setup code, not the code itself.", None);
            }
            places::judge_gateways(report, code.addresses())
        }
        Err(error) => {
            let code = match error {
                SetupCodeError::Malformed => "damaged",
                SetupCodeError::Addresses | SetupCodeError::Address(_) => "bad_address",
                SetupCodeError::Fingerprint => "bad_fingerprint",
            };
            report.problem(code, error.to_string(), None)
        }
    }
}

/// What a join URL answers, which is what a setup code holds.
fn from_payload(json: &str) -> Result<SetupCode, SetupCodeError> {
    use base64::Engine as _;
    zeroize::Zeroizing::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json)).parse()
}

fn api_key(text: &str) -> Report {
    let report = Report::of(Kind::ApiKey)
        .grants("what its role and scopes allow on one platform; ask that platform: clawpair whoami")
        .ends("the key does not say; the platform does");
    match text.parse::<ApiKeySecret>() {
        Ok(key) => report.public_part(format!("cpk_{}, the part that is no secret", key.prefix())).next_step(
            "Keep it where nobody reads it: clawpair configure --api-key -, or a reference such as vault:secret/clawpair#key.",
        ),
        Err(_) => report.problem(
            "damaged",
            "This API key is cut off or was changed; one has 39 characters.",
            Some("Copy the whole key again."),
        ),
    }
}

fn invitation(text: &str) -> Report {
    let report = Report::of(Kind::Invitation)
        .grants("membership of one platform, once; the invitation's role is known there")
        .ends("it does not say; 72 hours after it was made unless whoever invited said otherwise");
    match text.parse::<InvitationToken>() {
        Ok(_) => report.next_step("Open the invitation's link, or clawpair members accept."),
        Err(error) => report.problem("damaged", error.to_string(), None),
    }
}

fn confirmation(text: &str) -> Report {
    let report = Report::of(Kind::AddressConfirmation)
        .grants("nothing but that an e-mail address counts from now on")
        .ends("24 hours after the mail was asked for");
    match text.parse::<AddressToken>() {
        Ok(_) => report.next_step("Open the mail's link and confirm."),
        Err(error) => report.problem("damaged", error.to_string(), None),
    }
}

fn reference(text: &str) -> Report {
    let report = Report::of(Kind::SecretReference);
    match text.parse::<Reference>() {
        Ok(reference) => report
            .public_part(reference.to_string())
            .next_step("Give it in the place of an API key, in CLAWPAIR_API_KEY or to clawpair configure. It was not followed."),
        Err(error) => report.problem("malformed", error.to_string(), None),
    }
}

/// The report of an invitation's or mail's token inside a link.
pub(super) fn token(text: &str) -> Option<Report> {
    let read = [("cpi_", invitation as fn(&str) -> Report), ("cpe_", confirmation)];
    read.into_iter().find(|(prefix, _)| begins(text, prefix)).map(|(_, read)| read(text))
}
