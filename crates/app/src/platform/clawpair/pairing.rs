//! A pairing code together with its picture.

use clawpair_api::{CreatePairingCode, ErrorBody, ErrorCode};
use clawpair_client::Client;
use clawpair_core::link::PairingLink;

use super::Answer;
use crate::view::{Qr, ShownPairing};

/// Makes a pairing whose link can be drawn; no code is left open otherwise.
pub(super) async fn create_pairing(client: &Client, form: &CreatePairingCode) -> Answer<ShownPairing> {
    let created = client.create_pairing_code(form).await?;
    let link = created.link.unwrap_or_default();
    let read: Result<PairingLink, _> = link.parse();
    let drawn = clawpair_qr::draw(&link).map_err(|error| error.to_string());
    let (parsed, drawing) = match (read.map_err(|error| error.to_string()), drawn) {
        (Ok(parsed), Ok(drawing)) => (parsed, drawing),
        (Err(fault), _) | (_, Err(fault)) => {
            client.cancel_pairing(&created.pairing_id).await?;
            return Err(ErrorBody::new(ErrorCode::InvalidRequest, fault).into());
        }
    };
    Ok(ShownPairing {
        pairing: client.pairing(&created.pairing_id).await?,
        code: created.code,
        qr: Qr { size: drawing.size(), path: drawing.path() },
        pin: parsed.pin().to_string(),
        addresses: parsed.addresses().iter().map(ToString::to_string).collect(),
        link,
    })
}
