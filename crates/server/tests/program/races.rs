use clawpair_core::claim::Description;
use clawpair_device::{DeviceError, pair};
use ed25519_dalek::SigningKey;
use serde_json::Value;
use uuid::Uuid;

use crate::server::{Server, folder, target};

const CODES: usize = 20;
const RACERS: u8 = 64;

/// Two processes, one database: half of the racers come to each.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_racers_over_two_servers_on_one_database_exactly_one_wins() {
    let (_folder, data, key) = folder();
    let servers = [Server::start(&data), Server::start(&data)];
    assert_eq!(servers[0].pin, servers[1].pin);
    for round in 1..=CODES {
        let created = servers[round % 2].code(&key).await;
        let racers: Vec<_> = (1..=RACERS)
            .map(|seed| {
                let mut target = target(&created);
                target.addresses = vec![servers[usize::from(seed % 2)].address()];
                let attempt = Uuid::from_bytes([seed; 16]);
                tokio::spawn(
                    async move { pair(&target, &SigningKey::from_bytes(&[seed; 32]), attempt, &Description::default()).await },
                )
            })
            .collect();
        let mut winners = Vec::new();
        for racer in racers {
            match racer.await.unwrap() {
                Ok(paired) => winners.push(paired.device.id),
                Err(DeviceError::Refused(refusal)) => assert_eq!(refusal.code.as_str(), "code_used"),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(winners, [created.device_id]);
    }
    for server in &servers {
        let (_, page) = server.call(&key, "GET", "/api/v1/devices", &Value::Null).await;
        assert_eq!(page["devices"].as_array().unwrap().len(), CODES);
    }
}
