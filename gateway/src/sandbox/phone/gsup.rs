//! GSUP on the wire: a message type and elements of tag, length, value, in frames of the IPA protocol.

use std::io;

/// IPA's own stream: who one is.
pub(super) const CCM: u8 = 0xFE;
/// IPA's stream for Osmocom's protocols.
pub(super) const OSMO: u8 = 0xEE;
/// GSUP in that stream.
pub(super) const GSUP: u8 = 0x05;

/// What a message is about. The numbers of a request; its error is one more, its result two more.
pub(super) mod kind {
    pub(in super::super) const UPDATE_LOCATION: u8 = 0x04;
    pub(in super::super) const SEND_AUTH_INFO: u8 = 0x08;
    pub(in super::super) const INSERT_DATA: u8 = 0x10;
    pub(in super::super) const DELETE_DATA: u8 = 0x14;
}

/// The elements that are read here.
pub(super) mod element {
    pub(in super::super) const IMSI: u8 = 0x01;
    pub(in super::super) const CAUSE: u8 = 0x02;
    pub(in super::super) const VECTOR: u8 = 0x03;
    pub(in super::super) const NUMBER: u8 = 0x08;
    pub(in super::super) const RAND: u8 = 0x20;
    pub(in super::super) const IK: u8 = 0x23;
    pub(in super::super) const CK: u8 = 0x24;
    pub(in super::super) const AUTN: u8 = 0x25;
    pub(in super::super) const RES: u8 = 0x27;
    pub(in super::super) const DOMAIN: u8 = 0x28;
}

/// A message, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) elements: Vec<(u8, Vec<u8>)>,
}

impl Message {
    /// Reads type and elements.
    pub(super) fn read(bytes: &[u8]) -> io::Result<Self> {
        let (kind, rest) = bytes.split_first().ok_or_else(nonsense)?;
        Ok(Self { kind: *kind, elements: elements(rest)? })
    }

    /// The first element of this tag.
    pub(super) fn element(&self, tag: u8) -> Option<&[u8]> {
        find(&self.elements, tag)
    }

    /// Whose it is.
    pub(super) fn imsi(&self) -> io::Result<String> {
        self.element(element::IMSI).map(digits).ok_or_else(nonsense)
    }

    /// The number in it; `None` if there is none. It stands behind a length of its own, without a type.
    pub(super) fn number(&self) -> Option<String> {
        let number = digits(self.element(element::NUMBER)?.get(1..)?);
        (!number.is_empty()).then_some(number)
    }
}

/// Reads elements to the end.
pub(super) fn elements(mut bytes: &[u8]) -> io::Result<Vec<(u8, Vec<u8>)>> {
    let mut all = Vec::new();
    while let [tag, length, rest @ ..] = bytes {
        let (value, rest) = rest.split_at_checked(usize::from(*length)).ok_or_else(nonsense)?;
        all.push((*tag, value.to_vec()));
        bytes = rest;
    }
    if bytes.is_empty() { Ok(all) } else { Err(nonsense()) }
}

/// The first element of this tag.
pub(super) fn find(elements: &[(u8, Vec<u8>)], tag: u8) -> Option<&[u8]> {
    elements.iter().find(|(found, _)| *found == tag).map(|(_, value)| value.as_slice())
}

/// A request or answer about an IMSI, with one more element at most.
pub(super) fn message(kind: u8, imsi: &str, more: Option<(u8, u8)>) -> Vec<u8> {
    let imsi = packed(imsi);
    let mut bytes = vec![GSUP, kind, element::IMSI];
    bytes.extend(u8::try_from(imsi.len()));
    bytes.extend(imsi);
    if let Some((tag, value)) = more {
        bytes.extend([tag, 1, value]);
    }
    bytes
}

/// Two digits a byte, the first one low; F where the last is missing.
fn packed(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().map(|digit| digit.wrapping_sub(b'0') & 0xF).collect();
    let pair = |pair: &[u8]| match pair {
        [low, high] => high << 4 | low,
        [low] => 0xF0 | low,
        _ => 0xFF,
    };
    digits.chunks(2).map(pair).collect()
}

fn digits(packed: &[u8]) -> String {
    let halves = packed.iter().flat_map(|byte| [byte & 0xF, byte >> 4]);
    halves.filter_map(|half| char::from_digit(u32::from(half), 10)).collect()
}

/// What is not GSUP.
pub(super) fn nonsense() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is not GSUP")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let bytes = message(kind::UPDATE_LOCATION, "450081234567890", Some((element::DOMAIN, 2)));
        assert_eq!(bytes[..4], [GSUP, 0x04, 0x01, 0x08]);
        let read = Message::read(&bytes[1..]).unwrap();
        assert_eq!(read.imsi().unwrap(), "450081234567890");
        assert_eq!(read.element(element::DOMAIN), Some(&[2][..]));
        assert_eq!(read.number(), None);
    }

    #[test]
    fn what_is_cut_is_nonsense() {
        assert!(Message::read(&[]).is_err());
        assert!(Message::read(&[4, 1, 8, 0]).is_err());
        assert!(Message::read(&[4, 1]).is_err());
    }
}
