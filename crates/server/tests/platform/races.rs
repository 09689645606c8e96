use clawpair_device::DeviceError;
use clawpair_device::connection::Connection;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fixture::{TestPlatform, claim};

/// 64 devices, each over its own TLS connection, half of them with the code and half with the link.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_devices_that_race_for_one_code_exactly_one_wins() {
    let platform = TestPlatform::start().await;
    for _ in 0..5 {
        let created = platform.open().await;
        let before = platform.devices().await.devices.len();
        let racers: Vec<_> = (0..64)
            .map(|seed| {
                let target = if seed % 2 == 0 { platform.by_code(&created.code) } else { TestPlatform::by_link(&created) };
                tokio::spawn(async move { claim(&target, seed + 1).await })
            })
            .collect();
        let (mut winners, mut refused) = (Vec::new(), 0);
        for racer in racers {
            match racer.await.unwrap() {
                Ok(paired) => winners.push(paired.device.id),
                Err(DeviceError::Refused(refusal)) => {
                    assert_eq!(refusal.code.as_str(), "code_used");
                    refused += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!((winners.as_slice(), refused), ([created.device_id].as_slice(), 63));
        assert_eq!(platform.devices().await.devices.len(), before + 1);
    }
}

/// A raw claim over a real connection.
pub async fn post_claim(platform: &TestPlatform, body: &Value) -> (u16, String) {
    let mut connection = Connection::open(std::slice::from_ref(&platform.address), platform.pin).await.unwrap();
    let body = body.to_string();
    let request = format!(
        "POST /api/v1/pair/claim HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        platform.address,
        body.len()
    );
    connection.stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    connection.stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body["code"].as_str().unwrap_or_default().to_owned())
}
