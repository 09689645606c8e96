//! Server-sent events, as far as our platform sends them: `data:` lines and comments.

use clawpair_api::Event;
use futures_util::{Stream, StreamExt, stream};

/// The events in a stream of chunks, which may be cut anywhere.
pub(crate) fn events<B: AsRef<[u8]> + Send>(chunks: impl Stream<Item = B> + Send) -> impl Stream<Item = Event> + Send {
    let mut partial = Vec::new();
    chunks.flat_map(move |chunk| stream::iter(lines(&mut partial, chunk.as_ref()))).filter_map(async |line| {
        let data = line.strip_prefix("data:")?;
        // An event this program does not know is one it cannot apply; what it shows may be stale from here on.
        Some(serde_json::from_str(data.trim_start()).unwrap_or(Event::Resync))
    })
}

/// The lines that end in `chunk`; the rest waits in `partial`.
fn lines(partial: &mut Vec<u8>, chunk: &[u8]) -> Vec<String> {
    partial.extend_from_slice(chunk);
    let Some(end) = partial.iter().rposition(|&byte| byte == b'\n') else { return Vec::new() };
    let rest = partial.split_off(end + 1);
    let whole = std::mem::replace(partial, rest);
    String::from_utf8_lossy(&whole).lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_be_cut_anywhere() {
        let text = ": hello\n\ndata: {\"type\":\"resync\"}\n\ndata: {\"type\":\"guess_failed\",\"pairing_id\":\"pair-ä\",\"attempts_left\":4}\n\n";
        for size in 1..text.len() {
            let events: Vec<Event> =
                futures_util::future::FutureExt::now_or_never(events(stream::iter(text.as_bytes().chunks(size))).collect())
                    .expect("nothing waits");
            assert_eq!(
                events,
                [Event::Resync, Event::GuessFailed { pairing_id: "pair-ä".into(), attempts_left: 4 }],
                "size {size}"
            );
        }
    }

    #[test]
    fn an_unknown_event_asks_for_a_reload() {
        let events: Vec<Event> =
            futures_util::future::FutureExt::now_or_never(events(stream::iter([b"data: {\"type\":\"new\"}\n"])).collect())
                .expect("nothing waits");
        assert_eq!(events, [Event::Resync]);
    }
}
