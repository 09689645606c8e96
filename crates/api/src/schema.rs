//! The texts of the contract as schemas, with the bounds that the parsers in `clawpair_core` enforce.

use std::borrow::Cow;

use clawpair_core::access::{Role as AccessRole, Scope as AccessScope};
use clawpair_core::claim::MAX_DESCRIPTION_BYTES;
use clawpair_core::watch::RuleId;
use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::ErrorCode;

/// A text without the characters that could deceive a reader, and not only of white space; as `clawpair_core::text` checks.
const HARMLESS: &str = concat!(
    r"^[^\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u3164\ufeff\uffa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufff0-\ufffb]*",
    r"[^\s\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u3164\ufeff\uffa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufff0-\ufffb]",
    r"[^\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u3164\ufeff\uffa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufff0-\ufffb]*$",
);

/// What `clawpair_core::member` takes for an address.
const EMAIL: &str = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$";

/// 128 bits as `clawpair_core` writes them, behind a prefix.
macro_rules! token {
    ($prefix:literal) => {
        concat!("^", $prefix, "[0-7][0-9A-HJKMNP-TV-Z]{25}$")
    };
}

macro_rules! uuid {
    ($prefix:literal) => {
        concat!("^", $prefix, "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
    };
}

fn text(pattern: &str, lengths: (usize, usize), example: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .min_length(Some(lengths.0))
        .max_length(Some(lengths.1))
        .examples([example])
}

fn said() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX_DESCRIPTION_BYTES))
}

fn words(words: impl Iterator<Item = &'static str>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words))
}

macro_rules! schemas {
    ($($(#[doc = $doc:literal])* $name:ident = $schema:expr;)*) => {
        $(
            $(#[doc = $doc])*
            pub(crate) struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let described: Object = $schema.description(Some(concat!($($doc),*).trim())).build();
                    described.into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )*
    };
}

schemas! {
    /// What a person calls something: 1–64 characters, none of them invisible.
    Name = text(HARMLESS, (1, 64), "New Production Sensor");
    /// What kind of thing a device is: 1–64 characters, none of them invisible.
    DeviceType = text(HARMLESS, (1, 64), "IoT.Sensor.Temperature");
    /// A word to find a device by: 1–32 characters, none of them invisible.
    Tag = text(HARMLESS, (1, 32), "floor-2");
    /// Why something was done: 1–200 characters, none of them invisible.
    Reason = text(HARMLESS, (1, 200), "moved to the other plant");
    /// A right: resource:action.
    Permission = text("^[a-z][a-z0-9._-]*:[a-z][a-z0-9._-]*$", (3, 64), "sensor:read");
    /// A moment in UTC with whole seconds (RFC 3339).
    Time = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
        .examples(["2026-10-27T10:30:00Z"]);
    /// The id of a pairing, and of the request a device makes by it.
    PairingId = text(uuid!("pair-"), (41, 41), "pair-018c2f6e-5b1c-7d2a-9c3e-0123456789ab");
    /// The id of a device.
    DeviceId = text(uuid!("dev-"), (40, 40), "dev-018c2f6e-5b1c-7d2a-9c3e-0123456789ab");
    /// The id of an API key.
    ApiKeyId = text(uuid!("key-"), (40, 40), "key-018c2f6e-5b1c-7d2a-9c3e-0123456789ab");
    /// An e-mail address; its case does not matter.
    Email = text(EMAIL, (3, 254), "ada@example.com");
    /// What an invitation's link carries.
    InvitationToken = text(token!("cpi_"), (30, 30), "cpi_7F3K9QWZ4JN2B0CD7F3K9QWZ4J");
    /// What the link of a mail carries that confirms an address.
    AddressToken = text(token!("cpe_"), (30, 30), "cpe_7F3K9QWZ4JN2B0CD7F3K9QWZ4J");
    /// A recovery code. Case, spaces and dashes do not matter.
    RecoveryCode = text("^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$", (19, 19), "7F3K-9QWZ-4JN2-B0CD");
    /// An Ed25519 key: 32 bytes in base64url without padding.
    PublicKey = text("^[A-Za-z0-9_-]{43}$", (43, 43), "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw");
    /// What a device says of itself; each at most 256 bytes.
    Description = ["name", "device_type", "platform", "version"]
        .into_iter()
        .fold(ObjectBuilder::new(), |object, field| object.property(field, said()))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    /// What an API key or a member is.
    Role = words(AccessRole::ALL.iter().map(|role| role.word()));
    /// One thing that a role may do.
    Scope = words(AccessScope::ALL.iter().map(|scope| scope.word()));
    /// An alert rule.
    RuleWord = words(RuleId::ALL.iter().map(|rule| rule.word()));
    /// How bad a hit of a rule is.
    SeverityWord = words(["medium", "high"].into_iter());
    /// What a hit of a rule leads to.
    ActionWord = words(["alert", "quarantine"].into_iter());
    /// A stable word for what is wrong. Newer platforms may add some.
    ErrorWord = words(ErrorCode::ALL.iter().map(|code| code.as_str()));
}
