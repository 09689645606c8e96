//! Names of things: `UUIDv7`, so that they sort by the time they were made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::{Clock, Timestamp};
use crate::rng::{self, Rng};

/// A text is no id of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no {kind} id; one looks like {prefix}018c2f6e-5b1c-7d2a-9c3e-0123456789ab.")]
pub struct IdError {
    kind: &'static str,
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// A new id.
            pub fn generate(clock: &dyn Clock, rng: &dyn Rng) -> Self {
                let millis = u64::try_from(clock.now().as_millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &rng::bytes(rng)).into_uuid())
            }

            /// Below every id made at this moment or later, and above most made before.
            pub fn floor(at: Timestamp) -> Self {
                let millis = u64::try_from(at.as_millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
            }

            /// From stored bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes, for storing.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($prefix)
                    .filter(|uuid| uuid.len() == 36)
                    .and_then(|uuid| Uuid::parse_str(uuid).ok())
                    .map(Self)
                    .ok_or(IdError { kind: $kind, prefix: $prefix })
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

id!(
    /// A device, from the moment a code is made for it: `dev-<uuid>`.
    DeviceId,
    "device",
    "dev-"
);
id!(
    /// A pairing: `pair-<uuid>`.
    PairingId,
    "pairing",
    "pair-"
);
id!(
    /// An API key: `key-<uuid>`.
    ApiKeyId,
    "API key",
    "key-"
);

id!(
    /// A member: `mem-<uuid>`.
    MemberId,
    "member",
    "mem-"
);

id!(
    /// An invitation: `inv-<uuid>`.
    InvitationId,
    "invitation",
    "inv-"
);
id!(
    /// A member's session: `ses-<uuid>`.
    SessionId,
    "session",
    "ses-"
);
id!(
    /// A member's wish for another e-mail address: `adr-<uuid>`.
    AddressChangeId,
    "address change",
    "adr-"
);
id!(
    /// A mail that tells a member of something, without a link: `note-<uuid>`.
    NoticeId,
    "notice",
    "note-"
);
id!(
    /// Another platform that an app knows: `plat-<uuid>`.
    PlatformId,
    "platform",
    "plat-"
);
id!(
    /// An alert: `alert-<uuid>`.
    AlertId,
    "alert",
    "alert-"
);
