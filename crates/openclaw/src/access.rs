//! What OpenClaw lets a device do: its roles and scopes, in OpenClaw's own words.

use std::fmt;

use clawpair_core::text::sanitised;
use serde::Deserialize;
use serde::de::Deserializer;

use crate::wire::bounded::word;

/// What a device is to a gateway.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It uses or manages the gateway.
    Operator,
    /// It lends the gateway its abilities.
    Node,
    /// A role this program does not know, made fit for showing.
    Other(String),
}

impl Role {
    /// From the gateway's word.
    pub fn of(word: &str) -> Self {
        match word {
            "operator" => Self::Operator,
            "node" => Self::Node,
            other => Self::Other(sanitised(other)),
        }
    }

    /// The gateway's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Operator => "operator",
            Self::Node => "node",
            Self::Other(word) => word,
        }
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, Self::of)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// One right of an operator.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scope {
            $($(#[$doc])* $name,)*
            /// A scope this program does not know, made fit for showing.
            Other(String),
        }

        impl Scope {
            /// From the gateway's word.
            pub fn of(word: &str) -> Self {
                match word {
                    $($word => Self::$name,)*
                    other => Self::Other(sanitised(other)),
                }
            }

            /// The gateway's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $word,)*
                    Self::Other(word) => word,
                }
            }
        }
    };
}

scopes! {
    /// Everything an operator can do, managing every device included.
    Admin = "operator.admin",
    /// Letting devices in and throwing them out.
    Pairing = "operator.pairing",
    /// Changing things and talking.
    Write = "operator.write",
    /// Looking.
    Read = "operator.read",
    /// Answering when an agent asks whether it may.
    Approvals = "operator.approvals",
    /// Answering what an agent asks.
    Questions = "operator.questions",
    /// Talking by voice.
    Talk = "operator.talk",
    /// The keys of the voice services.
    TalkSecrets = "operator.talk.secrets",
    /// Looking at sessions.
    SessionsRead = "operator.sessions.read",
    /// Changing sessions.
    SessionsWrite = "operator.sessions.write",
}

impl Scope {
    /// Whether who has this scope may do what `wanted` names, too.
    pub fn satisfies(&self, wanted: &Self) -> bool {
        match self {
            own if own == wanted => true,
            Self::Admin => wanted.as_str().starts_with("operator."),
            Self::Write => matches!(wanted, Self::Read | Self::Talk),
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, Self::of)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Roles and scopes together, each once and in order, so that equal access is equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    roles: Vec<Role>,
    scopes: Vec<Scope>,
}

impl Access {
    /// From roles and scopes in any order.
    pub fn new(mut roles: Vec<Role>, mut scopes: Vec<Scope>) -> Self {
        roles.sort();
        roles.dedup();
        scopes.sort();
        scopes.dedup();
        Self { roles, scopes }
    }

    /// The roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The scopes.
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// Whether some scope of these allows what `wanted` names.
    pub fn allows(&self, wanted: &Scope) -> bool {
        self.scopes.iter().any(|own| own.satisfies(wanted))
    }

    /// What approving `self` adds to what a device `has`.
    pub fn beyond(&self, has: &Self) -> Difference {
        let new_roles = self.roles.iter().filter(|role| !has.roles.contains(role)).cloned().collect();
        let (kept, added) = self.scopes.iter().cloned().partition(|scope| has.allows(scope));
        Difference { new_roles, added, kept }
    }
}

/// What an approval would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Roles the device does not have.
    pub new_roles: Vec<Role>,
    /// Scopes the device does not have, by themselves or by others.
    pub added: Vec<Scope>,
    /// Scopes the device asks for and could already use.
    pub kept: Vec<Scope>,
}

impl Difference {
    /// Whether the device would then be able to do everything, other devices included.
    pub fn adds_control(&self) -> bool {
        self.added.iter().any(|scope| matches!(scope, Scope::Admin | Scope::Pairing))
    }

    /// Whether nothing would change.
    pub const fn is_nothing(&self) -> bool {
        self.new_roles.is_empty() && self.added.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(scopes: &[&str]) -> Access {
        Access::new(vec![Role::Operator], scopes.iter().map(|word| Scope::of(word)).collect())
    }

    #[test]
    fn words_are_the_gateways() {
        for word in ["operator.admin", "operator.talk.secrets", "operator.sessions.read"] {
            assert_eq!(Scope::of(word).as_str(), word);
            assert!(!matches!(Scope::of(word), Scope::Other(_)), "{word}");
        }
        assert_eq!(Role::of("node"), Role::Node);
        assert_eq!(Scope::of("operator.\u{202e}new"), Scope::Other("operator.\u{fffd}new".into()));
    }

    #[test]
    fn administrators_may_everything_and_writers_read() {
        assert!(access(&["operator.admin"]).allows(&Scope::Other("operator.later".into())));
        assert!(!access(&["operator.admin"]).allows(&Scope::Other("node.later".into())));
        assert!(access(&["operator.write"]).allows(&Scope::Read));
        assert!(!access(&["operator.write"]).allows(&Scope::Pairing));
        assert!(!access(&["operator.read"]).allows(&Scope::Write));
    }

    #[test]
    fn a_difference_names_what_is_new() {
        let wanted = access(&["operator.write", "operator.read", "operator.admin"]);
        let difference = wanted.beyond(&access(&["operator.write"]));
        assert_eq!(difference.added, [Scope::Admin]);
        assert_eq!(difference.kept, [Scope::Write, Scope::Read]);
        assert!(difference.adds_control() && !difference.is_nothing());
        assert_eq!(wanted.beyond(&Access::default()).new_roles, [Role::Operator]);
        assert!(wanted.beyond(&wanted).is_nothing());
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        assert_eq!(access(&["operator.read", "operator.admin", "operator.read"]), access(&["operator.admin", "operator.read"]));
    }
}
