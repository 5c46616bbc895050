//! One message to one phone, and the `submit_sm` it becomes.

use std::fmt;
use std::time::Duration;

use rusmpp::Pdu;
use rusmpp::pdus::SubmitSm;
use rusmpp::tlvs::{MessageSubmissionRequestTlvValue as RequestTlv, TlvTag};
use rusmpp::types::{AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{
    DataCoding, EsmClass, MessagePayload, Npi, RegisteredDelivery, Ton, UserMessageReference,
};
use simrecall_core::problem::Blame;

use super::settings::SmscSettings;
use crate::route::Outcome;

/// A text for one phone, already encoded.
#[derive(Clone, PartialEq, Eq)]
pub struct ShortMessage {
    /// Our registered sender, as the carrier wants it written.
    pub source: String,
    /// The phone, as E.164 digits without `+`; personal data.
    pub destination: String,
    /// The text.
    pub body: Body,
    /// Our reference, which the carrier may echo in receipts.
    pub reference: u16,
    /// Whether to ask for receipts of every final state.
    pub registered_delivery: bool,
    /// How long the carrier keeps trying, whole seconds; its own default if absent.
    pub validity: Option<Duration>,
}

impl fmt::Debug for ShortMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShortMessage")
            .field("source", &self.source)
            .field("destination", &"***")
            .field("parts", &self.body.parts())
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

/// The octets of a text.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// One piece in `message_payload`, for which the carrier gives one id and one receipt.
    Long {
        /// The subject, encoded as the text is.
        subject: Option<Vec<u8>>,
        /// The text.
        bytes: Vec<u8>,
        /// How it is encoded.
        data_coding: u8,
    },
    /// One short message, or several that the phone joins. Each gets its own id and its own receipt.
    Segments {
        /// In order; never empty.
        segments: Vec<Segment>,
        /// How they are encoded.
        data_coding: u8,
    },
}

impl Body {
    /// How many `submit_sm` it takes.
    pub const fn parts(&self) -> usize {
        match self {
            Self::Long { .. } => 1,
            Self::Segments { segments, .. } => segments.len(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} parts)", self.parts())
    }
}

/// One short message of a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Segment {
    /// The user data header with its length octet; empty if the text has one segment.
    pub udh: Vec<u8>,
    /// The text's octets of this segment; with the header at most 140 of them on the air.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Segment({} octets)", self.udh.len() + self.bytes.len())
    }
}

/// The `submit_sm` of a message, one for each part; or why it can never be sent by this route.
pub(super) fn to_pdus(
    message: &ShortMessage,
    settings: &SmscSettings,
) -> Result<Vec<Pdu>, Outcome> {
    let head = head(message, settings)?;
    match &message.body {
        Body::Long { subject, bytes, data_coding } => {
            let mut pdu = head;
            pdu.data_coding = DataCoding::from(*data_coding);
            if let Some(subject) = subject {
                let tag = settings
                    .subject_tag
                    .ok_or_else(|| refused("no TLV set for a subject", Blame::Configuration))?;
                pdu.push_tlv(RequestTlv::Other {
                    tag: TlvTag::from(tag),
                    value: AnyOctetString::from_slice(subject),
                });
            }
            u16::try_from(bytes.len()).map_err(|_| refused("text too long", Blame::Ours))?;
            let payload = MessagePayload::new(AnyOctetString::from_slice(bytes));
            pdu.push_tlv(RequestTlv::MessagePayload(payload));
            Ok(vec![pdu.into()])
        }
        Body::Segments { segments, data_coding } if !segments.is_empty() => {
            segments.iter().map(|segment| part(&head, segment, *data_coding)).collect()
        }
        Body::Segments { .. } => Err(refused("text without segments", Blame::Ours)),
    }
}

/// What all parts of a message share.
fn head(message: &ShortMessage, settings: &SmscSettings) -> Result<SubmitSm, Outcome> {
    let source = COctetString::from_string(message.source.clone())
        .map_err(|_| refused("sender not writable", Blame::Configuration))?;
    let digits = message.destination.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || message.destination.is_empty() {
        return Err(refused("number not writable", Blame::Recipient));
    }
    let destination = COctetString::from_string(message.destination.clone())
        .map_err(|_| refused("number not writable", Blame::Recipient))?;
    let validity = EmptyOrFullCOctetString::from_string(validity(message.validity))
        .map_err(|_| refused("validity not writable", Blame::Configuration))?;
    Ok(SubmitSm::builder()
        .source_addr_ton(Ton::from(settings.source_ton))
        .source_addr_npi(Npi::from(settings.source_npi))
        .source_addr(source)
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(destination)
        // Spelt out: the codec's default message class is not zero.
        .esm_class(EsmClass::from(0))
        .validity_period(validity)
        .registered_delivery(RegisteredDelivery::from(u8::from(message.registered_delivery)))
        .push_tlv(RequestTlv::UserMessageReference(UserMessageReference::new(message.reference)))
        .build())
}

fn part(head: &SubmitSm, segment: &Segment, data_coding: u8) -> Result<Pdu, Outcome> {
    let octets = [segment.udh.as_slice(), segment.bytes.as_slice()].concat();
    let text =
        OctetString::from_vec(octets).map_err(|_| refused("segment too long", Blame::Ours))?;
    let mut pdu = head.clone();
    pdu.data_coding = DataCoding::from(data_coding);
    if !segment.udh.is_empty() {
        pdu.esm_class = EsmClass::from(0x40);
    }
    pdu.set_short_message(text);
    Ok(pdu.into())
}

/// A duration as SMPP writes relative times: `YYMMDDhhmmsstnnR`, months counted as 30 days.
fn validity(after: Option<Duration>) -> String {
    let Some(after) = after else { return String::new() };
    let seconds = after.as_secs().min(12 * 30 * 86_400 - 1);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!(
        "00{:02}{:02}{:02}{:02}{:02}000R",
        days / 30,
        days % 30,
        rest / 3_600,
        rest / 60 % 60,
        rest % 60
    )
}

fn refused(code: &str, blame: Blame) -> Outcome {
    Outcome::Rejected { code: code.to_owned(), blame }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use secrecy::SecretString;

    use super::*;
    use crate::smsc::frame;

    fn settings() -> SmscSettings {
        SmscSettings::new("127.0.0.1:2775", "a", SecretString::from("b"))
    }

    fn message(body: Body) -> ShortMessage {
        ShortMessage {
            source: "0215881234".to_owned(),
            destination: "821012345678".to_owned(),
            body,
            reference: 0xBEEF,
            registered_delivery: true,
            validity: Some(Duration::from_hours(25)),
        }
    }

    fn long(subject: Option<&[u8]>) -> Body {
        let subject = subject.map(<[u8]>::to_vec);
        Body::Long { subject, bytes: vec![0xB0, 0xA1], data_coding: 0x84 }
    }

    fn octets(pdu: &Pdu) -> Vec<u8> {
        let mut out = BytesMut::new();
        frame::put(&mut out, 0, 1, pdu.clone());
        out.split_off(16).to_vec()
    }

    #[test]
    fn a_long_text_travels_in_one_piece_octet_for_octet() {
        let tagged = SmscSettings { subject_tag: Some(0x1401), ..settings() };
        let pdus = to_pdus(&message(long(Some(b"S"))), &tagged).unwrap();
        let mut wanted = b"\0\0\x010215881234\0\x01\x01821012345678\0".to_vec();
        wanted.extend_from_slice(b"\x00\x00\x00\x00000001010000000R\x00\x01\x00\x84\x00\x00");
        wanted.extend_from_slice(b"\x02\x04\0\x02\xBE\xEF\x14\x01\0\x01S\x04\x24\0\x02\xB0\xA1");
        assert_eq!(pdus.iter().map(octets).collect::<Vec<_>>(), [wanted]);
    }

    #[test]
    fn segments_keep_their_header_and_share_the_reference() {
        let part = |n| Segment { udh: vec![5, 0, 3, 9, 2, n], bytes: vec![b'a'; 134] };
        let body = Body::Segments { segments: vec![part(1), part(2)], data_coding: 8 };
        let pdus = to_pdus(&message(body), &settings()).unwrap();
        for (pdu, n) in pdus.iter().zip(1..) {
            let Pdu::SubmitSm(pdu) = pdu else { panic!() };
            assert_eq!(u8::from(pdu.esm_class), 0x40);
            assert_eq!(pdu.short_message().as_ref()[..6], [5, 0, 3, 9, 2, n]);
        }
        assert_eq!(pdus.len(), 2);
    }

    #[test]
    fn what_cannot_be_written_is_refused_with_its_blame() {
        let blame = |message, settings: &SmscSettings| match to_pdus(&message, settings) {
            Err(Outcome::Rejected { blame, .. }) => blame,
            other => panic!("{other:?}"),
        };
        let good = message(long(None));
        for destination in ["", "+82", "8210123456781234567890"] {
            let bad = ShortMessage { destination: destination.to_owned(), ..good.clone() };
            assert_eq!(blame(bad, &settings()), Blame::Recipient, "{destination}");
        }
        let sender = ShortMessage { source: "한국".to_owned(), ..good };
        assert_eq!(blame(sender, &settings()), Blame::Configuration);
        assert_eq!(blame(message(long(Some(b"S"))), &settings()), Blame::Configuration);
        let huge = Body::Long { subject: None, bytes: vec![0; 65_536], data_coding: 0 };
        assert_eq!(blame(message(huge), &settings()), Blame::Ours);
        let none = Body::Segments { segments: vec![], data_coding: 0 };
        assert_eq!(blame(message(none), &settings()), Blame::Ours);
    }

    #[test]
    fn debug_output_holds_neither_number_nor_text() {
        let text = format!("{:?}", message(long(None)));
        assert!(!text.contains("8210") && !text.contains("176"), "{text}");
    }

    #[test]
    fn validity_is_written_as_smpp_wants_it() {
        assert_eq!(validity(None), "");
        assert_eq!(validity(Some(Duration::from_secs(3_725))), "000000010205000R");
        assert_eq!(validity(Some(Duration::from_hours(24 * 45))), "000115000000000R");
    }
}
