//! One message of the socket.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::bounded::Text;

/// What a gateway sends.
#[derive(Debug)]
pub(crate) enum Frame<'a> {
    /// The answer to a request, for [`super::reply::Reply`] to read.
    Answer {
        /// The request's id.
        id: Text<'a>,
    },
    /// Something happened.
    Event {
        /// What.
        name: Text<'a>,
        /// What about it.
        payload: &'a str,
        /// The how manyeth event of this connection, if it is counted.
        seq: Option<u64>,
    },
    /// Something this program does not know.
    Unknown,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
    #[serde(borrow, default)]
    event: Option<Text<'a>>,
    #[serde(default)]
    seq: Option<u64>,
}

impl<'a> Frame<'a> {
    /// Reads one text message.
    pub(crate) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        let wire: Wire<'a> = serde_json::from_str(text)?;
        let payload = wire.payload.map_or("null", RawValue::get);
        Ok(match (wire.kind.as_ref(), wire.id, wire.event) {
            ("res", Some(id), _) => Self::Answer { id },
            ("event", _, Some(name)) => Self::Event { name, payload, seq: wire.seq },
            _ => Self::Unknown,
        })
    }
}

/// The number of the request that a message answers, if it begins as gateways begin their answers: so that a long one is read
/// only once, by who waits for it. Any other message is for [`Frame::read`].
pub(crate) fn answered(text: &str) -> Option<u64> {
    let (id, _) = text.strip_prefix(r#"{"type":"res","id":""#)?.split_once('"')?;
    id.parse().ok()
}

/// No parameters.
#[derive(Serialize)]
pub(crate) struct Nothing {}

/// A request in JSON.
pub(crate) fn request(id: &str, method: &str, params: &impl Serialize) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Request<'a, P> {
        r#type: &'static str,
        id: &'a str,
        method: &'a str,
        params: &'a P,
    }
    serde_json::to_string(&Request { r#type: "req", id, method, params })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn answers_and_events_are_told_apart() {
        let answer = Frame::read(r#"{"type":"res","id":"7","ok":true,"payload":{"a":[1]},"later":0}"#).unwrap();
        assert!(matches!(answer, Frame::Answer { id } if id == "7"));
        let event = Frame::read(r#"{"type":"event","event":"tick","seq":3,"stateVersion":{"presence":1}}"#).unwrap();
        assert!(matches!(event, Frame::Event { name, payload: "null", seq: Some(3) } if name == "tick"));
        assert!(matches!(Frame::read(r#"{"type":"news"}"#), Ok(Frame::Unknown)));
        assert!(matches!(Frame::read(r#"{"type":"res","ok":true}"#), Ok(Frame::Unknown)));
    }

    #[test]
    fn answers_are_known_by_how_they_begin() {
        assert_eq!(answered(r#"{"type":"res","id":"12","ok":true,"payload":"#), Some(12));
        for other in
            [r#"{"type":"res","id":"x"}"#, r#"{"id":"1","type":"res"}"#, r#"{"type":"event","id":"1"}"#, r#"{"type":"res","id":"1"#]
        {
            assert_eq!(answered(other), None, "{other}");
        }
    }

    #[test]
    fn a_request_is_one_object() {
        let text = request("1", "device.pair.list", &serde_json::json!({})).unwrap();
        assert_eq!(text, r#"{"type":"req","id":"1","method":"device.pair.list","params":{}}"#);
    }

    proptest! {
        #[test]
        fn any_message_is_read_or_refused(text in ".{0,200}") {
            let _ = (Frame::read(&text), answered(&text));
        }

        #[test]
        fn any_fields_of_any_kind_are_read_or_refused(
            kind in "res|event|req|", id in "\"[a-z]?\"|1|null|\\{\\}", ok in "true|false|0", error in "null|1|\\{\"code\":[1]?\"?\\}?|\\{\"details\":\\[\\]\\}"
        ) {
            let _ = Frame::read(&format!(r#"{{"type":"{kind}","id":{id},"ok":{ok},"error":{error},"event":{id},"payload":{error}}}"#));
        }

        #[test]
        fn depth_does_not_exhaust_the_stack(depth in 1usize..50_000) {
            let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let _ = Frame::read(&format!(r#"{{"type":"event","event":"x","payload":{nested}}}"#));
        }
    }
}
