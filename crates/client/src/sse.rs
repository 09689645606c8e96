//! Server-sent events, as far as our platform sends them: `id:` and `data:` lines, comments, and an empty line after each frame.

/// Longest frame that is read, in bytes. A device with everything it can have is a hundredth.
pub(crate) const MAX_FRAME: usize = 1_024 * 1_024;

/// One frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) id: Option<String>,
    pub(crate) data: Option<String>,
}

/// A frame is longer than any of a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Puts frames together from chunks, which may be cut anywhere.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    partial: Vec<u8>,
    frame: Frame,
}

impl Frames {
    /// The frames that end in `chunk`.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<Vec<Frame>, TooLong> {
        self.partial.extend_from_slice(chunk);
        let end = self.partial.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        let rest = self.partial.split_off(end);
        let whole = std::mem::replace(&mut self.partial, rest);
        if self.partial.len() > MAX_FRAME {
            return Err(TooLong);
        }
        Ok(String::from_utf8_lossy(&whole).lines().filter_map(|line| self.line(line)).collect())
    }

    /// Takes a line in; an empty one ends a frame.
    fn line(&mut self, line: &str) -> Option<Frame> {
        let field = |name: &str| line.strip_prefix(name).map(|value| value.strip_prefix(' ').unwrap_or(value).to_owned());
        if line.is_empty() {
            return Some(std::mem::take(&mut self.frame)).filter(|frame| *frame != Frame::default());
        }
        if let Some(id) = field("id:") {
            self.frame.id = Some(id);
        } else if let Some(data) = field("data:") {
            self.frame.data = Some(data);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_may_be_cut_anywhere() {
        let text = ": hello\n\nid: 1\ndata: ä\n\nid:2\n\n:\n\ndata: {}\r\n\r\n";
        let some = |text: &str| Some(text.to_owned());
        let expected =
            [Frame { id: some("1"), data: some("ä") }, Frame { id: some("2"), data: None }, Frame { id: None, data: some("{}") }];
        for size in 1..text.len() {
            let mut frames = Frames::default();
            let found: Vec<Frame> = text.as_bytes().chunks(size).flat_map(|chunk| frames.push(chunk).unwrap()).collect();
            assert_eq!(found, expected, "size {size}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_not_kept_for_ever() {
        let mut frames = Frames::default();
        let chunk = vec![b'a'; 64 * 1_024];
        assert!((0..=16).any(|_| frames.push(&chunk) == Err(TooLong)));
    }
}
