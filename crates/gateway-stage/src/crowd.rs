//! As many devices as a test wants.

use std::path::Path;

use clawpair_openclaw::identity::DeviceIdentity;
use rusqlite::{Connection, params};

const SQL: &str = "INSERT INTO device_pairing_paired (device_id, public_key, display_name, platform, device_family, client_id, client_mode, \
    role, roles_json, scopes_json, approved_scopes_json, remote_ip, tokens_json, approved_via, created_at_ms, approved_at_ms, \
    last_seen_at_ms, last_seen_reason) \
    VALUES (?1, ?2, ?3, 'android 15', 'Android', 'openclaw-android', 'node', 'operator', '[\"operator\"]', \
    '[\"operator.read\",\"operator.write\"]', '[\"operator.read\",\"operator.write\"]', ?4, ?5, 'owner', ?6, ?6, ?6, 'connect')";

/// Lets devices in as the gateway of this state folder itself would have noted it: `Sensor 0000`, `Sensor 0001`, … It must not run,
/// and must have run before.
///
/// # Panics
/// When its database cannot be written.
pub fn seed(state: &Path, count: usize) {
    let mut database = Connection::open(state.join("state/openclaw.sqlite")).expect("the gateway's database");
    let transaction = database.transaction().expect("a transaction");
    for number in 0..count {
        // The same keys each time: a search also looks at ids, where random ones hold any four digits now and then.
        let mut key = [0; 32];
        key[..8].copy_from_slice(&number.to_le_bytes());
        let identity = DeviceIdentity::from_seed(&key);
        let tokens = format!(
            r#"{{"operator":{{"token":"{}","role":"operator","scopes":["operator.read"],"createdAtMs":1}}}}"#,
            identity.id()
        );
        let at = 1_795_000_000_000 + i64::try_from(number).unwrap_or(0);
        let (id, key) = (identity.id().to_string(), identity.public_key().to_string());
        let (name, ip) = (format!("Sensor {number:04}"), format!("192.0.2.{}", number % 250));
        transaction.execute(SQL, params![id, key, name, ip, tokens, at]).expect("a device");
    }
    transaction.commit().expect("the devices are kept");
}
