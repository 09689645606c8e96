use serde::{Deserialize, Serialize};

use crate::{Alert, Device, Pairing, Request};

/// Something changed on the platform. Events carry the thing as it was then, so applying one twice does no harm. Two
/// about the same thing may change places; what has ended (a pairing that is not open, a revoked device) stays ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A pairing was opened, claimed, approved, denied, completed, cancelled or had its typed entry burnt.
    Pairing {
        /// As it is now.
        pairing: Pairing,
    },
    /// A device asks to be let in, somebody has decided, or another key has shown the same secret.
    Request {
        /// As it is now.
        request: Request,
    },
    /// A device joined, connected, disconnected, was heard or was revoked.
    Device {
        /// As it is now.
        device: Device,
    },
    /// Somebody typed a wrong code with this pairing's locator.
    GuessFailed {
        /// Which pairing.
        #[cfg_attr(feature = "openapi", schema(value_type = crate::schema::PairingId))]
        pairing_id: String,
        /// Wrong guesses left before typing is switched off.
        attempts_left: u8,
    },
    /// A rule was hit, or somebody has looked at an alert.
    Alert {
        /// As it is now.
        alert: Alert,
    },
    /// Events were missed; reload.
    Resync,
}
