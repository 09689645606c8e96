//! HTTP/1.1 with as little work as possible, so that the load costs less than what it measures.

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Largest answer that is read: a page of 100 devices has some 60 KiB.
const MAX_ANSWER: usize = 1 << 20;

/// Anything bytes go through.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// One connection, kept alive.
pub struct Wire {
    stream: Box<dyn Stream>,
    host: String,
    buffer: Vec<u8>,
}

/// An answer, borrowed from the connection.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

impl Wire {
    /// Over a connection that is ready to be written to.
    pub fn over(stream: impl Stream + 'static, host: String) -> Self {
        Self { stream: Box::new(stream), host, buffer: Vec::with_capacity(64 * 1_024) }
    }

    /// Sends a request and reads its whole answer. `headers` end with a line break each.
    ///
    /// # Errors
    /// When the connection breaks or what comes is no answer of known length.
    pub async fn call(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<Answer<'_>> {
        let host = &self.host;
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
        let request = [head.as_bytes(), body].concat();
        self.stream.write_all(&request).await?;
        self.stream.flush().await?;
        self.buffer.clear();
        let (head, length) = loop {
            ensure!(self.buffer.len() < MAX_ANSWER, "the answer is too long");
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection was closed");
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break (end + 4, content_length(&self.buffer[..end])?);
            }
        };
        while self.buffer.len() < head + length {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection was closed");
        }
        let status = std::str::from_utf8(self.buffer.get(9..12).unwrap_or_default())?.parse().context("no status")?;
        Ok(Answer { status, body: &self.buffer[head..head + length] })
    }
}

fn content_length(head: &[u8]) -> Result<usize> {
    for line in std::str::from_utf8(head)?.split("\r\n") {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok(value.trim().parse()?);
        }
    }
    bail!("an answer without Content-Length")
}
