//! Bytes to PDUs and back. A PDU is cut out by its own length before anything in it is believed, so that one
//! that cannot be decoded costs an answer and not the connection.

use std::fmt;

use bytes::{Buf, BytesMut};
use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::{Encode, Length};
use rusmpp::{Command, CommandStatus, Pdu};

/// Header octets of every PDU.
const HEADER: usize = 16;
/// The longest PDU we take; a `message_payload` of 64 KiB fits.
pub(crate) const LONGEST: usize = 70_000;
/// The bit that makes a command id an answer.
const ANSWER: u32 = 0x8000_0000;

/// One PDU as it came. Its octets may be personal data.
pub(crate) struct Frame {
    /// Command id.
    pub(crate) id: u32,
    /// Command status.
    pub(crate) status: u32,
    /// Sequence number.
    pub(crate) sequence: u32,
    /// Everything behind the length field.
    octets: BytesMut,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

impl Frame {
    /// The PDU's content. None if it is a header alone, as error answers often are, or cannot be decoded.
    pub(crate) fn decode(mut self) -> Option<Pdu> {
        let length = self.octets.len();
        match Command::decode(&mut self.octets, length) {
            Ok((command, _)) => command.into_parts().pdu,
            Err(_) => None,
        }
    }

    /// True if this answers something we sent.
    pub(crate) const fn is_answer(&self) -> bool {
        self.id & ANSWER != 0
    }
}

/// The stream says a length that no PDU has: what follows cannot be told apart any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PDU claims {length} octets")]
pub(crate) struct BrokenStream {
    /// The length it claims.
    length: u32,
}

/// Cuts the next PDU off the front; None if it is not complete yet.
pub(crate) fn next(buffer: &mut BytesMut) -> Result<Option<Frame>, BrokenStream> {
    let mut front: &[u8] = buffer;
    if front.remaining() < HEADER {
        return Ok(None);
    }
    let length = front.get_u32();
    let id = front.get_u32();
    let status = front.get_u32();
    let sequence = front.get_u32();
    let octets = usize::try_from(length).map_err(|_| BrokenStream { length })?;
    if !(HEADER..=LONGEST).contains(&octets) {
        return Err(BrokenStream { length });
    }
    if buffer.len() < octets {
        buffer.reserve(octets - buffer.len());
        return Ok(None);
    }
    let mut pdu = buffer.split_to(octets);
    pdu.advance(4);
    Ok(Some(Frame { id, status, sequence, octets: pdu }))
}

/// Appends one PDU.
pub(crate) fn put(out: &mut BytesMut, status: u32, sequence: u32, pdu: Pdu) {
    let command = Command::new(CommandStatus::from(status), sequence, pdu);
    let body = command.length();
    let start = out.len();
    out.resize(start + 4 + body, 0);
    let Some((length, rest)) = out.get_mut(start..).and_then(|room| room.split_at_mut_checked(4))
    else {
        return;
    };
    length.copy_from_slice(&u32::try_from(body + 4).unwrap_or(u32::MAX).to_be_bytes());
    command.encode(rest);
}

/// The sequence numbers of one connection: 1 to `0x7FFF_FFFF`, round and round.
#[derive(Debug)]
pub(crate) struct Sequence(u32);

impl Sequence {
    const LAST: u32 = 0x7FFF_FFFF;

    /// Starts at `first`, or at 1 if that is no sequence number.
    pub(crate) const fn starting_at(first: u32) -> Self {
        if first == 0 || first > Self::LAST { Self(1) } else { Self(first) }
    }

    /// The next number.
    pub(crate) const fn next(&mut self) -> u32 {
        let number = self.0;
        self.0 = if number == Self::LAST { 1 } else { number + 1 };
        number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusmpp::pdus::{DeliverSm, SubmitSmResp};
    use rusmpp::types::COctetString;

    use super::*;

    fn stream() -> BytesMut {
        let mut out = BytesMut::new();
        put(&mut out, 0, 1, Pdu::EnquireLink);
        let id = COctetString::from_static_slice(b"m-1\0").unwrap();
        put(&mut out, 0, 2, SubmitSmResp::new(id, Vec::new()).into());
        put(&mut out, 0x58, 3, Pdu::GenericNack);
        put(&mut out, 0, 0x7FFF_FFFF, DeliverSm::builder().build().into());
        out
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut sequence = Sequence::starting_at(0x7FFF_FFFE);
        let numbers = [sequence.next(), sequence.next(), sequence.next()];
        assert_eq!(numbers, [0x7FFF_FFFE, 0x7FFF_FFFF, 1]);
        assert_eq!(Sequence::starting_at(0).next(), 1);
        assert_eq!(Sequence::starting_at(u32::MAX).next(), 1);
    }

    #[test]
    fn a_length_no_pdu_has_breaks_the_stream() {
        for length in [0_u32, 15, 70_001, u32::MAX] {
            let mut buffer = BytesMut::from(&[0; 16][..]);
            buffer[..4].copy_from_slice(&length.to_be_bytes());
            assert_eq!(next(&mut buffer).unwrap_err(), BrokenStream { length });
        }
    }

    #[test]
    fn an_unreadable_body_costs_only_its_own_pdu() {
        let mut buffer = BytesMut::new();
        // A deliver_sm whose first text has no end.
        buffer
            .extend_from_slice(&[0, 0, 0, 20, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 65, 65, 65, 65]);
        buffer.unsplit(stream());
        let bad = next(&mut buffer).unwrap().unwrap();
        assert_eq!((bad.id, bad.sequence, bad.is_answer()), (5, 9, false));
        assert!(bad.decode().is_none());
        assert_eq!(next(&mut buffer).unwrap().unwrap().sequence, 1);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_pdus(cuts in prop::collection::vec(0_usize..200, 0..12)) {
            let whole = stream();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut % whole.len()).collect();
            cuts.extend([0, whole.len()]);
            cuts.sort_unstable();
            let mut buffer = BytesMut::new();
            let mut seen = Vec::new();
            for pair in cuts.windows(2) {
                buffer.extend_from_slice(&whole[pair[0]..pair[1]]);
                while let Some(frame) = next(&mut buffer).unwrap() {
                    let head = (frame.id, frame.status, frame.sequence);
                    prop_assert!(frame.decode().is_some());
                    seen.push(head);
                }
            }
            prop_assert_eq!(seen, vec![
                (0x15, 0, 1), (0x8000_0004, 0, 2), (0x8000_0000, 0x58, 3), (5, 0, 0x7FFF_FFFF),
            ]);
            prop_assert!(buffer.is_empty());
        }

        #[test]
        fn any_octets_are_survived(octets in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut buffer = BytesMut::new();
            for id in [4_u32, 5, 0x8000_0004, 0x8000_0009, 0x103] {
                let length = u32::try_from(octets.len() + 16).unwrap();
                for number in [length, id, 0, 1] {
                    buffer.extend_from_slice(&number.to_be_bytes());
                }
                buffer.extend_from_slice(&octets);
            }
            for _ in 0..5 {
                drop(next(&mut buffer).unwrap().unwrap().decode());
            }
            prop_assert!(buffer.is_empty());
        }
    }
}
