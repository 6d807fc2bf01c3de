//! A line of a capture: what came or went when, on which connection.

use super::fault::{Fault, NAME_BYTES};
use super::read::moment;
use schemas::EventTime;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// The first line of a capture.
    Header,
    /// A connection was made; the target is its address.
    Connect,
    /// A message came.
    Received,
    /// A reply of a REST server; the target is its address.
    Reply,
    /// A message by itself, as in an exchange's own archive.
    Alone,
    /// Something else, as what was sent.
    Other,
}

impl FrameKind {
    /// Is it for the exchange's reader?
    pub(super) fn speaks(self) -> bool {
        self != FrameKind::Header && self != FrameKind::Other
    }
}

/// A line.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: FrameKind,
    /// Name of the connection.
    pub(super) conn: String,
    /// Address, or of a header the exchange.
    pub(super) target: String,
    /// What came.
    pub(super) text: String,
}

/// A line as written.
#[derive(Deserialize)]
struct Written<'a> {
    t: String,
    conn: Option<String>,
    #[serde(borrow)]
    ts: Option<&'a RawValue>,
    #[serde(borrow)]
    recorded: Option<&'a RawValue>,
    exchange: Option<String>,
    url: Option<String>,
    addr: Option<String>,
    data: Option<String>,
    b64: Option<String>,
}

impl Frame {
    /// Reads a line: when it was written down, which a header need not say, and what it is.
    pub(super) fn read(line: &str) -> Result<(Option<EventTime>, Frame), Fault> {
        let written: Written<'_> = match serde_json::from_str(line) {
            Ok(written) => written,
            Err(error) => return alone(line).ok_or(error)?,
        };
        let kind = match written.t.as_str() {
            "header" => FrameKind::Header,
            "connect" => FrameKind::Connect,
            "recv" => FrameKind::Received,
            "http" => FrameKind::Reply,
            _ => FrameKind::Other,
        };
        if kind == FrameKind::Header {
            let target = written.exchange.ok_or(Fault::Missing("exchange"))?;
            let stamp = written.recorded.map(|at| moment(at.get(), 9)).transpose()?;
            let (conn, text) = (String::new(), String::new());
            return Ok((stamp, Frame { kind, conn, target, text }));
        }
        let (Some(conn), Some(ts)) = (written.conn, written.ts) else {
            return Err(Fault::NoFrame);
        };
        if conn.len() > NAME_BYTES {
            return Err(Fault::LongName("conn"));
        }
        let stamp = moment(ts.get(), 9)?;
        let target = written.url.or(written.addr).unwrap_or_default();
        let text = match (kind, written.data, written.b64) {
            (FrameKind::Received | FrameKind::Reply, Some(text), _) => text,
            (FrameKind::Received | FrameKind::Reply, None, Some(packed)) => {
                let bytes = unpack(packed.as_bytes()).ok_or(Fault::Base64)?;
                String::from_utf8(bytes).map_err(|_| crate::sources::hftbacktest::Fault::NotUtf8)?
            }
            (FrameKind::Received | FrameKind::Reply, None, None) => {
                return Err(Fault::Missing("data"));
            }
            _ => String::new(),
        };
        Ok((Some(stamp), Frame { kind, conn, target, text }))
    }
}

/// A message that stands alone, and when the venue made it; nothing if it is none.
fn alone(line: &str) -> Option<Result<(Option<EventTime>, Frame), Fault>> {
    #[derive(Deserialize)]
    struct Alone<'a> {
        t: Option<&'a RawValue>,
        #[serde(rename = "topic")]
        _topic: String,
        #[serde(borrow)]
        ts: &'a RawValue,
    }
    let message: Alone<'_> =
        serde_json::from_str(line).ok().filter(|m: &Alone<'_>| m.t.is_none())?;
    let (conn, target) = (String::new(), String::new());
    let frame = Frame { kind: FrameKind::Alone, conn, target, text: line.to_owned() };
    Some(moment(message.ts.get(), 6).map(|at| (Some(at), frame)))
}

/// The bytes of base64.
fn unpack(text: &[u8]) -> Option<Vec<u8>> {
    let kept = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    if !text.len().is_multiple_of(4) || kept.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(kept.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0u32, 0);
    for byte in kept {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        (bits, held) = (bits << 6 | u32::from(value), held + 6);
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    Some(bytes)
}

/// When a line was written down and on which connection, as far as that can be read.
pub(super) fn stamp(line: &str) -> Option<(String, EventTime)> {
    #[derive(Deserialize)]
    struct Head<'a> {
        conn: Option<String>,
        topic: Option<String>,
        #[serde(borrow)]
        ts: &'a RawValue,
    }
    let head: Head<'_> = serde_json::from_str(line).ok()?;
    match (head.conn, head.topic) {
        (Some(conn), _) => Some((conn, moment(head.ts.get(), 9).ok()?)),
        (None, topic) => topic.and(Some((String::new(), moment(head.ts.get(), 6).ok()?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_unpacked_or_refused() {
        let text = |packed: &str| String::from_utf8(unpack(packed.as_bytes())?).ok();
        for (packed, plain) in
            [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("fn5+Pz8/", "~~~???")]
        {
            assert_eq!(text(packed).as_deref(), Some(plain));
        }
        for wrong in ["Y", "YQ", "YQ=", "Y===", "YW-_", "YQ==YQ==", "===="] {
            assert_eq!(unpack(wrong.as_bytes()).map(|_| wrong), None);
        }
    }

    #[test]
    fn a_line_keeps_the_digits_of_its_time() {
        let line = r#"{"t":"recv","conn":"a","ts":1626992740.1797929,"data":"[\"x\"]"}"#;
        let (at, frame) = Frame::read(line).unwrap();
        assert_eq!(at, Some(EventTime(1_626_992_740_179_792_900)));
        assert_eq!((frame.kind, frame.text.as_str()), (FrameKind::Received, "[\"x\"]"));
        for wrong in [
            "[]",
            r#"{"t":"recv","conn":"a","ts":1e999,"data":""}"#,
            r#"{"t":"recv","conn":"a","ts":"1626992740","data":""}"#,
            r#"{"t":"recv","conn":"a","ts":1,"ts":1,"data":""}"#,
            r#"{"t":"recv","conn":"a","ts":1}"#,
            r#"{"t":"recv","ts":1,"data":""}"#,
            r#"{"t":"header"}"#,
        ] {
            assert!(Frame::read(wrong).is_err(), "{wrong}");
        }
    }
}
