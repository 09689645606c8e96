//! What the doctor found out.

use std::fmt::Write as _;

use clawpair_core::clock::Timestamp;
use serde::Serialize;

use crate::output::{facts, shown};

/// What something is. The words never change, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    PairingCode,
    PairingLink,
    SetupCode,
    JoinUrl,
    ApiKey,
    Invitation,
    AddressConfirmation,
    RecoveryCode,
    ServerKey,
    ServerUrl,
    DashboardUrl,
    GatewayAddress,
    Address,
    ChatPairingCode,
    SecretReference,
    Id,
    Unknown,
}

impl Kind {
    /// Whether whoever reads it can use it.
    pub(crate) const fn is_secret(self) -> bool {
        match self {
            Self::PairingCode
            | Self::PairingLink
            | Self::SetupCode
            | Self::JoinUrl
            | Self::ApiKey
            | Self::Invitation
            | Self::AddressConfirmation
            | Self::RecoveryCode
            | Self::DashboardUrl => true,
            Self::ServerKey
            | Self::ServerUrl
            | Self::GatewayAddress
            | Self::Address
            | Self::ChatPairingCode
            | Self::SecretReference
            | Self::Id
            | Self::Unknown => false,
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::PairingCode => "Clawpair pairing code, as people type it",
            Self::PairingLink => "Clawpair pairing link, as QR codes hold it",
            Self::SetupCode => "setup code of an OpenClaw Gateway",
            Self::JoinUrl => "join URL of an OpenClaw Gateway, which is no setup code: it is exchanged for one, once",
            Self::ApiKey => "Clawpair API key",
            Self::Invitation => "invitation to become a member of a Clawpair platform",
            Self::AddressConfirmation => "link or token of a mail that confirms an address",
            Self::RecoveryCode => "recovery code of a member's second factor, or something that looks like one",
            Self::ServerKey => "key (pin) of a Clawpair platform, which is no secret",
            Self::ServerUrl => "address of a server",
            Self::DashboardUrl => "address of an OpenClaw dashboard with its token",
            Self::GatewayAddress => "address of an OpenClaw Gateway",
            Self::Address => "address without a scheme",
            Self::ChatPairingCode => "code with which a person asks an OpenClaw agent for a chat, or a part of something longer",
            Self::SecretReference => "reference to a secret, not the secret itself",
            Self::Id => "id of a Clawpair platform, which is no secret and lets nobody in",
            Self::Unknown => "nothing that this program knows",
        }
    }
}

/// Something wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// A word that never changes, for programs.
    pub(crate) code: &'static str,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
    /// Whether it cannot be used because of this.
    pub(crate) fatal: bool,
}

/// All that can be said without asking anybody. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    pub(crate) kind: Kind,
    /// What whoever has it may do with it.
    pub(crate) grants: Option<String>,
    /// Where it leads, best first.
    pub(crate) addresses: Vec<String>,
    /// The key to which it is bound.
    pub(crate) key: Option<String>,
    /// What of it is no secret, for telling it from others.
    pub(crate) public_part: Option<String>,
    /// When it ends; RFC 3339.
    pub(crate) ends_at: Option<String>,
    /// When it ends in words, also where it does not say.
    pub(crate) ends: Option<String>,
    /// What to do with it.
    pub(crate) next_step: Option<String>,
    pub(crate) problems: Vec<Problem>,
}

impl Report {
    pub(crate) const fn of(kind: Kind) -> Self {
        Self {
            kind,
            grants: None,
            addresses: Vec::new(),
            key: None,
            public_part: None,
            ends_at: None,
            ends: None,
            next_step: None,
            problems: Vec::new(),
        }
    }

    pub(crate) fn grants(self, grants: impl Into<String>) -> Self {
        Self { grants: Some(grants.into()), ..self }
    }

    pub(crate) fn leads_to(self, addresses: impl IntoIterator<Item = String>) -> Self {
        Self { addresses: addresses.into_iter().collect(), ..self }
    }

    pub(crate) fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    pub(crate) fn public_part(self, part: impl Into<String>) -> Self {
        Self { public_part: Some(part.into()), ..self }
    }

    pub(crate) fn ends(self, words: impl Into<String>) -> Self {
        Self { ends: Some(words.into()), ..self }
    }

    /// With its end, which is a problem when it is over.
    pub(crate) fn ends_at(mut self, end: Timestamp, now: Timestamp, hint: &str) -> Self {
        let seconds = (end.as_millis() - now.as_millis()) / 1_000;
        self.ends_at = Some(end.to_string());
        self.ends = Some(if end > now { format!("{end}, in {}", duration(seconds)) } else { format!("{end}") });
        if end <= now {
            let message = format!("It ended {} ago.", duration(-seconds));
            return self.problem("expired", message, Some(hint));
        }
        self
    }

    pub(crate) fn next_step(self, words: impl Into<String>) -> Self {
        Self { next_step: Some(words.into()), ..self }
    }

    /// With something because of which it cannot be used.
    pub(crate) fn problem(self, code: &'static str, message: impl Into<String>, hint: Option<&str>) -> Self {
        self.with(Problem { code, message: message.into(), hint: hint.map(str::to_owned), fatal: true })
    }

    /// With something to know before it is used.
    pub(crate) fn remark(self, code: &'static str, message: impl Into<String>, hint: Option<&str>) -> Self {
        self.with(Problem { code, message: message.into(), hint: hint.map(str::to_owned), fatal: false })
    }

    fn with(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }

    pub(crate) fn is_usable(&self) -> bool {
        !self.problems.iter().any(|problem| problem.fatal)
    }

    /// For people.
    pub(crate) fn in_words(&self) -> String {
        let known = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut text = facts([
            ("this is", self.kind.in_words().to_owned()),
            ("grants", known(&self.grants)),
            ("leads to", self.addresses.join(", ")),
            ("trusts the key", known(&self.key)),
            ("known as", known(&self.public_part)),
            ("ends", known(&self.ends)),
            ("next", known(&self.next_step)),
        ]);
        for problem in &self.problems {
            let mark = if problem.fatal { "wrong" } else { "note" };
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{mark}: {}", shown(&problem.message));
            if let Some(hint) = &problem.hint {
                let _ = write!(text, " {}", shown(hint));
            }
        }
        text
    }
}

/// Seconds as people say them.
fn duration(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}:{:02} h", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_says_since_when() {
        let now = Timestamp::from_millis(1_698_402_600_000);
        let report = |end| Report::of(Kind::SetupCode).ends_at(end, now, "Make a new one.");
        let open = report(now.plus_seconds(192));
        assert!(open.is_usable() && open.in_words().contains("in 3:12 min"), "{}", open.in_words());
        let over = report(now.plus_seconds(-7_260));
        assert!(!over.is_usable() && over.in_words().contains("It ended 2:01 h ago. Make a new one."), "{}", over.in_words());
        assert_eq!(report(now).problems[0].code, "expired");
    }

    #[test]
    fn a_remark_leaves_it_usable() {
        assert!(Report::of(Kind::Address).remark("x", "Something.", None).is_usable());
    }
}
