//! Whether what a platform lists shows what it has acknowledged. Nothing else verifies an errand.

use std::collections::{HashMap, HashSet};

use clawpair_api::{Device, DeviceStatus, PairingStatus, Request};
use clawpair_core::Timestamp;
use rusqlite::{Connection, params};

use crate::batch::{Thing, Whole};
use crate::device_row::{self, DeviceRow};
use crate::error::MirrorError;
use crate::intent::{Conflict, Intent};
use crate::outbox::{Errand, errands};
use crate::overtaking::overtaker;
use crate::reading::Reading;
use crate::record::{DeviceRecord, Standing};
use crate::sending::step;

/// What is in a batch: ids of devices and of all else, and the devices that are not over and have the key of a request that was decided.
pub(crate) struct Listed {
    pub(crate) devices: HashSet<String>,
    pub(crate) others: HashSet<String>,
    with_key: HashMap<String, DeviceRecord>,
}

impl Listed {
    pub(crate) fn new(things: &[Thing], decided: &HashSet<String>) -> Self {
        let mut has = Self { devices: HashSet::new(), others: HashSet::new(), with_key: HashMap::new() };
        for thing in things {
            match thing {
                Thing::Device(record) => {
                    let Device { id, key_fingerprint: key, status, .. } = &record.device;
                    has.devices.insert(id.clone());
                    if *status != DeviceStatus::Revoked && decided.contains(key) {
                        has.with_key.insert(key.clone(), DeviceRecord::clone(record));
                    }
                }
                Thing::Pairing(pairing) => drop(has.others.insert(pairing.id.clone())),
                Thing::Request(record) => drop(has.others.insert(record.request.id.clone())),
                Thing::Activity(_) => {}
            }
        }
        has
    }
}

/// What one reading says of an errand.
enum Sight {
    Shown,
    Contradicted(Conflict),
    /// Something that was asked for later stands in its place.
    Overtaken,
    Unsaid,
}

/// The errands of a platform that a reading may show, by what they are about.
pub(crate) struct Observed {
    reading: i64,
    at: Timestamp,
    open: HashMap<String, Vec<Errand>>,
}

impl Observed {
    pub(crate) fn new(db: &Connection, platform: i64, reading: Reading) -> Result<Self, MirrorError> {
        let (tick, at) = (reading.tick(), reading.at());
        let rest = "WHERE outbox.platform = ? AND state = 2 AND tick < ? ORDER BY outbox.id";
        let mut open: HashMap<String, Vec<Errand>> = HashMap::new();
        if reading.is_asked() {
            for errand in errands(db, rest, params![platform, tick])? {
                open.entry(errand.place.id.clone()).or_default().push(errand);
            }
        }
        Ok(Self { reading: tick, at, open })
    }

    /// The keys of requests whose decision this reading may show by the device that has it.
    pub(crate) fn decided(&self) -> HashSet<String> {
        let decisions = self.open.values().flatten().filter(|errand| errand.intent.decides());
        decisions.map(|errand| errand.key.clone()).collect()
    }

    /// A device as this reading has it.
    pub(crate) fn device(&mut self, db: &Connection, record: &DeviceRecord, standing: Standing) -> Result<(), MirrorError> {
        let errands = self.open.remove(&record.device.id).unwrap_or_default();
        errands.iter().try_for_each(|errand| {
            let sight = match of_device(errand, record, standing) {
                Sight::Contradicted(conflict) => overtaken(db, errand)?.unwrap_or(Sight::Contradicted(conflict)),
                sight => sight,
            };
            self.settle(db, errand, sight)
        })
    }

    /// A request as this reading has it.
    pub(crate) fn request(&mut self, db: &Connection, request: &Request) -> Result<(), MirrorError> {
        let errands = self.open.remove(&request.id).unwrap_or_default();
        errands.iter().try_for_each(|errand| self.settle(db, errand, of_request(&errand.intent, request.status)))
    }

    /// What is not in lists that are `whole`.
    pub(crate) fn all_else(&mut self, db: &Connection, platform: i64, has: &Listed, whole: Whole) -> Result<(), MirrorError> {
        for errand in std::mem::take(&mut self.open).into_values().flatten() {
            if has.devices.contains(&errand.place.id) || has.others.contains(&errand.place.id) {
                continue;
            }
            let sight = missing(&errand, has.with_key.get(&errand.key), whole);
            // A later reading may have brought it since.
            let newer = device_row::find(db, platform, &errand.place.id)?.is_some_and(|row: DeviceRow| row.tick > self.reading);
            self.settle(db, &errand, if newer { Sight::Unsaid } else { sight })?;
        }
        Ok(())
    }

    fn settle(&self, db: &Connection, errand: &Errand, sight: Sight) -> Result<(), MirrorError> {
        let delivery = match sight {
            Sight::Shown => errand.delivery.clone().verified(self.at, self.reading)?,
            Sight::Contradicted(conflict) => errand.delivery.clone().failed(self.at, conflict)?,
            Sight::Overtaken => errand.delivery.clone().overtaken(self.at)?,
            Sight::Unsaid => return Ok(()),
        };
        step(db, errand, delivery).map(drop)
    }
}

/// What to say of an errand that is not shown because of what was asked for later.
fn overtaken(db: &Connection, errand: &Errand) -> Result<Option<Sight>, MirrorError> {
    // One whose answer is not known may be what is shown, or not.
    let sight = |later: Errand| if later.delivery.is_open() { Sight::Unsaid } else { Sight::Overtaken };
    Ok(overtaker(db, errand)?.map(sight))
}

/// What a reading says of an errand whose subject it lacks; `let_in` is the device of the same key that it has.
fn missing(errand: &Errand, let_in: Option<&DeviceRecord>, whole: Whole) -> Sight {
    match errand.intent {
        // Whoever is not in a list with gaps may wait, or be let in.
        Intent::Approve { .. } | Intent::Deny { .. } if !whole.others || !(let_in.is_some() || whole.devices) => Sight::Unsaid,
        Intent::Approve { .. } if let_in.is_some_and(|device| errand.was_granted_to(device)) => Sight::Shown,
        Intent::Deny { .. } if !let_in.is_some_and(|device| errand.was_granted_against(device)) => Sight::Shown,
        Intent::Approve { .. } | Intent::Deny { .. } => Sight::Contradicted(Conflict::Decided),
        _ if !whole.devices => Sight::Unsaid,
        Intent::Revoke { .. } | Intent::Disable { .. } => Sight::Shown,
        Intent::Rename { .. } | Intent::EditTags { .. } | Intent::Enable | Intent::Rotate { .. } => {
            Sight::Contradicted(Conflict::Gone)
        }
    }
}

fn of_device(errand: &Errand, record: &DeviceRecord, standing: Standing) -> Sight {
    let device = &record.device;
    match errand.intent.is_shown_by(record, standing) {
        Some(true) => return Sight::Shown,
        Some(false) => {}
        None => return Sight::Unsaid,
    }
    Sight::Contradicted(match errand.intent {
        Intent::Revoke { .. } if errand.is_before(record) => Conflict::PairedAgain { id: device.id.clone() },
        _ if standing.is_over() => Conflict::Gone,
        _ => Conflict::NotShown,
    })
}

const fn of_request(intent: &Intent, status: PairingStatus) -> Sight {
    match (intent, status) {
        (Intent::Approve { .. }, PairingStatus::Approved | PairingStatus::Completed)
        | (Intent::Deny { .. }, PairingStatus::Denied) => Sight::Shown,
        (_, PairingStatus::Open | PairingStatus::Waiting) => Sight::Contradicted(Conflict::NotShown),
        _ => Sight::Contradicted(Conflict::Decided),
    }
}
