//! CTRL on the wire: IPA frames that hold one line of text.
//!
//! A frame is a length (u16, big-endian, of all behind the third byte), `0xEE`, `0x00`, and the text.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// IPA's stream for Osmocom's own protocols.
const STREAM: u8 = 0xEE;
/// The protocol CTRL in that stream.
const CTRL: u8 = 0x00;
/// The longest frame we take, in bytes; the longest answer we ask for has less than 1 kB.
const LIMIT: usize = 8 << 10;

/// What the HLR says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message<'a> {
    /// To `GET`: id, variable, value.
    Got(u32, &'a str, &'a str),
    /// To `SET`: id, variable, value.
    Done(u32, &'a str, &'a str),
    /// To either: id, and why not.
    Refused(u32, &'a str),
    /// It tells by itself.
    Trap,
}

/// Why no frame was read.
#[derive(Debug)]
pub(super) enum Broken {
    /// The connection ended or failed.
    Ended,
    /// This is not CTRL.
    Nonsense,
}

/// A request as a frame; `None` if it would be too long. The buffer is wiped after use: it may hold a key.
pub(super) fn request(
    verb: &str,
    id: u32,
    variable: &str,
    value: &str,
) -> Option<Zeroizing<Vec<u8>>> {
    let id = id.to_string();
    let gap = if value.is_empty() { "" } else { " " };
    let parts = [verb, " ", &id, " ", variable, gap, value];
    let text: usize = parts.iter().map(|part| part.len()).sum();
    let length = u16::try_from(text + 1).ok().filter(|length| usize::from(*length) <= LIMIT)?;
    // The room is taken at once: a buffer that grows leaves copies behind.
    let mut frame = Zeroizing::new(Vec::with_capacity(text + 4));
    frame.extend(length.to_be_bytes());
    frame.extend([STREAM, CTRL]);
    for part in parts {
        frame.extend(part.as_bytes());
    }
    Some(frame)
}

/// Reads the text of the next frame.
pub(super) fn next(stream: &mut impl Read) -> Result<Zeroizing<String>, Broken> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).map_err(|error| broken(&error))?;
    let [high, low, of_stream, of_protocol] = head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if of_stream != STREAM || of_protocol != CTRL || !(1..=LIMIT).contains(&length) {
        return Err(Broken::Nonsense);
    }
    let mut text = Zeroizing::new(vec![0; length - 1]);
    stream.read_exact(&mut text).map_err(|error| broken(&error))?;
    let text = std::str::from_utf8(&text).map_err(|_| Broken::Nonsense)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The frame's text; `None` if it is none of CTRL's.
pub(super) fn message(text: &str) -> Option<Message<'_>> {
    let (kind, rest) = text.split_once(' ')?;
    let (id, rest) = rest.split_once(' ')?;
    let named = || rest.split_once(' ').unwrap_or((rest, ""));
    match kind {
        "GET_REPLY" => {
            let (variable, value) = named();
            Some(Message::Got(id.parse().ok()?, variable, value))
        }
        "SET_REPLY" => {
            let (variable, value) = named();
            Some(Message::Done(id.parse().ok()?, variable, value))
        }
        "ERROR" => Some(Message::Refused(id.parse().ok()?, rest)),
        "TRAP" => Some(Message::Trap),
        _ => None,
    }
}

/// A frame that stops in the middle is an end like any other.
fn broken(_: &io::Error) -> Broken {
    Broken::Ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_the_frame_of_the_manual() {
        let frame = request("GET", 7, "subscriber.by-imsi-450081234500009.msisdn", "").unwrap();
        assert_eq!(frame[..4], [0x00, 0x30, 0xEE, 0x00]);
        assert_eq!(&frame[4..], b"GET 7 subscriber.by-imsi-450081234500009.msisdn");
        let frame = request("SET", 1, "subscriber.create", "450081234500009").unwrap();
        assert_eq!(&frame[4..], b"SET 1 subscriber.create 450081234500009");
        assert!(request("SET", 1, "x", &"1".repeat(LIMIT)).is_none());
    }

    #[test]
    fn what_was_framed_is_read_again() {
        let frame = request("SET", 1, "a.b", "c d").unwrap();
        assert_eq!(*next(&mut frame.as_slice()).unwrap(), "SET 1 a.b c d");
        let mut cut = frame.get(..9).unwrap();
        assert!(matches!(next(&mut cut), Err(Broken::Ended)));
    }

    #[test]
    fn other_frames_are_nonsense() {
        for bytes in [
            &[0, 1, 0xFE, 0x00][..],
            &[0, 1, 0xEE, 0x05],
            &[0, 0, 0xEE, 0x00],
            &[0xFF, 0xFF, 0xEE, 0x00],
            b"HTTP/1.1 400",
            &[0, 2, 0xEE, 0x00, 0xFF],
        ] {
            assert!(matches!(next(&mut &*bytes), Err(Broken::Nonsense)), "{bytes:?}");
        }
    }

    #[test]
    fn messages_are_read() {
        assert_eq!(message("GET_REPLY 7 a.b \nid\t1\n"), Some(Message::Got(7, "a.b", "\nid\t1\n")));
        assert_eq!(message("SET_REPLY 7 a.b OK"), Some(Message::Done(7, "a.b", "OK")));
        assert_eq!(message("ERROR 7 No way."), Some(Message::Refused(7, "No way.")));
        assert_eq!(message("TRAP 0 a.b c"), Some(Message::Trap));
        for text in
            ["", "GET_REPLY", "ERROR err Request type unknown", "GET_REPLY -1 a b", "GET 1 a"]
        {
            assert_eq!(message(text), None, "{text}");
        }
    }
}
