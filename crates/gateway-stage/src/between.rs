//! A way to a gateway on which answers get lost.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message};
use tokio_tungstenite::{accept_async, client_async};

/// Passes everything on until an answer is to be lost. It ends when dropped; connections end with their ends.
pub struct Between {
    port: u16,
    loses: Arc<Mutex<Option<&'static str>>>,
    task: JoinHandle<()>,
}

impl Drop for Between {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Between {
    /// Before the gateway on a port.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn before(gateway: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let loses = Arc::default();
        let task = tokio::spawn({
            let loses = Arc::clone(&loses);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(pass(stream, gateway, Arc::clone(&loses)));
                }
            }
        });
        Self { port, loses, task }
    }

    /// Where to come.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The next request of this kind arrives. Its answer does not, and the connection ends.
    ///
    /// # Panics
    /// Never.
    pub fn loses_answer_to(&self, method: &'static str) {
        *self.loses.lock().unwrap() = Some(method);
    }
}

async fn pass(near: TcpStream, gateway: u16, loses: Arc<Mutex<Option<&'static str>>>) {
    let Ok(mut near) = accept_async(near).await else { return };
    let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, gateway)).await else { return };
    let request = ClientRequestBuilder::new(format!("ws://127.0.0.1:{gateway}/").parse().unwrap());
    let Ok((mut far, _)) = client_async(request, far).await else { return };
    let mut lost: Option<Value> = None;
    loop {
        tokio::select! {
            asked = near.next() => {
                let Some(Ok(asked)) = asked else { return };
                if let Message::Text(text) = &asked {
                    let request: Value = serde_json::from_str(text).unwrap();
                    let mut loses = loses.lock().unwrap();
                    if loses.is_some_and(|method| request["method"] == method) {
                        *loses = None;
                        lost = Some(request["id"].clone());
                    }
                }
                if far.send(asked).await.is_err() {
                    return;
                }
            }
            said = far.next() => {
                let Some(Ok(said)) = said else { return };
                if let (Some(lost), Message::Text(text)) = (&lost, &said) {
                    let said: Value = serde_json::from_str(text).unwrap();
                    if said["type"] == "res" && said["id"] == *lost {
                        return;
                    }
                }
                if near.send(said).await.is_err() {
                    return;
                }
            }
        }
    }
}
