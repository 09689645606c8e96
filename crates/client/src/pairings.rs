//! Pairing codes and what becomes of them.

use clawpair_api::{
    CreatePairingCode, ListPairingCodes, Pairing, PairingCodeCreated, PairingPage, PairingStatus, PairingSummary, paths,
};

use crate::asked::{Asked, with_id};
use crate::{Answer, Client, Method};

impl Client {
    /// Makes a pairing code.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn create_pairing_code(&self, form: &CreatePairingCode) -> Answer<PairingCodeCreated> {
        self.ask(Asked::new(Method::POST, paths::PAIRING_CODES).once().json(form)?).await
    }

    /// Pairings, in any order, narrowed in any way.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn pairings(&self, list: &ListPairingCodes) -> Answer<PairingPage> {
        self.get_with(paths::PAIRING_CODES, list).await
    }

    /// Open pairings, newest first.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn open_pairings(&self, after: Option<&str>) -> Answer<PairingPage> {
        let (status, after) = (vec![PairingStatus::Open], after.map(str::to_owned));
        self.pairings(&ListPairingCodes { status, after, ..ListPairingCodes::default() }).await
    }

    /// How many pairings are under way.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn pairing_summary(&self) -> Answer<PairingSummary> {
        self.get(paths::PAIRING_CODES_SUMMARY).await
    }

    /// One pairing.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn pairing(&self, id: &str) -> Answer<Pairing> {
        self.get(&with_id(paths::PAIRING_CODE, id)).await
    }

    /// Takes a code back.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn cancel_pairing(&self, id: &str) -> Answer<Pairing> {
        self.delete(&with_id(paths::PAIRING_CODE, id)).await
    }
}
