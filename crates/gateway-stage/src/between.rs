//! A way to a gateway on which answers and requests get lost, and which can be shut: for whoever comes by it, the gateway is out of reach
//! then, while it goes on for all others.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message};
use tokio_tungstenite::{accept_async, client_async};

use crate::peer::FAR_AWAY;

/// Passes everything on until something is to be lost. It ends when dropped; connections end with their ends.
pub struct Between {
    port: u16,
    way: Arc<Way>,
    task: JoinHandle<()>,
}

struct Way {
    gateway: u16,
    /// Whether whoever comes is from another network.
    far: bool,
    shut: AtomicBool,
    loses: Mutex<Vec<Loss>>,
    /// Changes when all connections are to end.
    cut: watch::Sender<()>,
}

/// What is lost, once, and the connection with it. Of several, each in its turn.
#[derive(Clone, Copy)]
enum Loss {
    Request(&'static str),
    AnswerTo(&'static str),
    /// It is refused on the way, and the connection goes on.
    Refused(&'static str),
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
        Self::start(gateway, false).await
    }

    /// Likewise for somebody from another network, whom the gateway does not let in by itself.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn far_from(gateway: u16) -> Self {
        Self::start(gateway, true).await
    }

    async fn start(gateway: u16, far: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (shut, loses, cut) = (AtomicBool::new(false), Mutex::default(), watch::Sender::default());
        let way = Arc::new(Way { gateway, far, shut, loses, cut });
        let task = tokio::spawn({
            let way = Arc::clone(&way);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    if !way.shut.load(Ordering::SeqCst) {
                        tokio::spawn(pass(stream, Arc::clone(&way)));
                    }
                }
            }
        });
        Self { port, way, task }
    }

    /// Where to come.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Lets nobody else through from now on, or does so again.
    pub fn shut(&self, shut: bool) {
        self.way.shut.store(shut, Ordering::SeqCst);
    }

    /// Ends all connections, and lets nobody through until it is opened again.
    pub fn cut(&self) {
        self.shut(true);
        self.way.cut.send_replace(());
    }

    /// The next request of this kind arrives. Its answer does not, and the connection ends.
    ///
    /// # Panics
    /// Never.
    pub fn loses_answer_to(&self, method: &'static str) {
        self.way.loses.lock().unwrap().push(Loss::AnswerTo(method));
    }

    /// The next request of this kind does not arrive, and the connection ends.
    ///
    /// # Panics
    /// Never.
    pub fn loses_request(&self, method: &'static str) {
        self.way.loses.lock().unwrap().push(Loss::Request(method));
    }

    /// The next request of this kind does not arrive, and is refused as a gateway does.
    ///
    /// # Panics
    /// Never.
    pub fn refuses(&self, method: &'static str) {
        self.way.loses.lock().unwrap().push(Loss::Refused(method));
    }
}

impl Way {
    /// What is to be lost of a request; that is over with this.
    fn loses_of(&self, request: &Value) -> Option<Loss> {
        let mut loses = self.loses.lock().unwrap();
        let at = loses.iter().position(|loss| {
            let (Loss::Request(method) | Loss::AnswerTo(method) | Loss::Refused(method)) = *loss;
            request["method"] == method
        });
        at.map(|at| loses.remove(at))
    }
}

async fn pass(near: TcpStream, way: Arc<Way>) {
    let (mut cut, gateway) = (way.cut.subscribe(), way.gateway);
    let Ok(mut near) = accept_async(near).await else { return };
    let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, gateway)).await else { return };
    let mut request = ClientRequestBuilder::new(format!("ws://127.0.0.1:{gateway}/").parse().unwrap());
    if way.far {
        request = request.with_header("X-Forwarded-For", FAR_AWAY);
    }
    let Ok((mut far, _)) = client_async(request, far).await else { return };
    let mut lost: Option<Value> = None;
    loop {
        tokio::select! {
            _ = cut.changed() => return,
            asked = near.next() => {
                let Some(Ok(asked)) = asked else { return };
                if let Message::Text(text) = &asked {
                    let request: Value = serde_json::from_str(text).unwrap();
                    match way.loses_of(&request) {
                        Some(Loss::Request(_)) => return,
                        Some(Loss::AnswerTo(_)) => lost = Some(request["id"].clone()),
                        Some(Loss::Refused(_)) => {
                            let error = json!({"code": "INVALID_REQUEST", "message": "not now"});
                            let refusal = json!({"type": "res", "id": request["id"], "ok": false, "error": error});
                            if near.send(Message::Text(refusal.to_string().into())).await.is_err() {
                                return;
                            }
                            continue;
                        }
                        None => {}
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
