//! Servers that are none, or behave badly, on a free port of this computer.

use std::sync::{Arc, Mutex};

use clawpair_client::ServerAddress;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers each connection with the next text, and remembers what was asked. The last text answers all further ones.
pub struct Double {
    pub address: ServerAddress,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Double {
    /// Ends each connection after its answer.
    pub async fn saying(answers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::start(answers.into_iter().map(Into::into).collect(), false).await
    }

    /// Says nothing more after its answer, and keeps the connection.
    pub async fn falling_silent_after(answer: impl Into<String>) -> Self {
        Self::start(vec![answer.into()], true).await
    }

    async fn start(answers: Vec<String>, stay: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut kept = Vec::new();
            let mut answers = answers.into_iter().peekable();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = head(&mut stream).await;
                heard.lock().unwrap().push(request);
                let answer = if answers.len() > 1 { answers.next() } else { answers.peek().cloned() };
                // Who hung up meanwhile hears nothing.
                let _ = stream.write_all(answer.expect("there is one").as_bytes()).await;
                if stay {
                    kept.push(stream);
                }
            }
        });
        Self { address, asked }
    }

    /// The heads of the requests that came.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// An answer with its length.
pub fn answer(status: &str, header: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{header}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A request up to the empty line.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
