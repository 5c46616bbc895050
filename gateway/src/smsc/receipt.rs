//! What a carrier says of a message it took: TLVs first, then the customary text.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};
use rusmpp::Pdu;
use rusmpp::pdus::{DataSm, DeliverSm};
use rusmpp::tlvs::{Tlv, TlvValue};
use rusmpp::values::MessageState;

use super::settings::IdForms;
use crate::route::{Receipt, ReceiptStatus};

/// Message types of `esm_class` that carry a receipt: final, and intermediate.
const RECEIPT_BITS: u8 = 0b0000_0100;
const INTERMEDIATE_BITS: u8 = 0b0010_0000;
/// The longest code we pass on; a carrier's text is not ours to repeat at length.
const LONGEST_CODE: usize = 24;

/// How a carrier writes receipts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// Its message ids.
    pub(crate) ids: IdForms,
    /// Its clock, in minutes east of UTC.
    pub(crate) offset_minutes: i32,
}

impl Dialect {
    /// The receipt in a delivery, or none if it is something else (a text written by a person, say).
    pub(crate) fn read(self, pdu: &Pdu) -> Option<Receipt> {
        // Every other PDU is no delivery; the codec's enum may grow.
        if let Pdu::DeliverSm(delivery) = pdu {
            self.read_parts(&Parts::of_deliver(delivery))
        } else if let Pdu::DataSm(delivery) = pdu {
            self.read_parts(&Parts::of_data(delivery))
        } else {
            None
        }
    }

    fn read_parts(self, parts: &Parts<'_>) -> Option<Receipt> {
        let tlvs = Tlvs::of(parts.tlvs);
        let text = String::from_utf8_lossy(tlvs.payload.unwrap_or(parts.text));
        let text = Text::of(&text);
        let marked = parts.class & (RECEIPT_BITS | INTERMEDIATE_BITS) != 0;
        if !marked && tlvs.id.is_none() {
            return None;
        }
        let provider_id = match (tlvs.id, text.id) {
            (Some(id), _) => self.ids.answers.normalise(id),
            (None, Some(id)) => self.ids.receipts.normalise(id),
            (None, None) => return None,
        };
        let status = if parts.class & INTERMEDIATE_BITS != 0 {
            ReceiptStatus::Pending
        } else {
            tlvs.state.map(status_of_state).or(text.stat.map(status_of_word))?
        };
        Some(Receipt {
            provider_id,
            status,
            code: code(&tlvs, &text),
            at: text.done.and_then(|date| self.date(date)),
            destination: digits(parts.source),
            reference: tlvs.reference,
        })
    }

    /// `YYMMDDhhmm`, with seconds or a four-digit year as some write it, on the carrier's clock.
    fn date(self, text: &str) -> Option<DateTime<Utc>> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let long_year = text.len() == 14 || (text.len() == 12 && text.starts_with("20"));
        let (year, rest) = if long_year {
            (pair(text, 0)? * 100 + pair(text, 2)?, text.get(4..)?)
        } else {
            (2_000 + pair(text, 0)?, text.get(2..)?)
        };
        if !matches!(rest.len(), 8 | 10) {
            return None;
        }
        let seconds = if rest.len() == 10 { pair(rest, 8)? } else { 0 };
        let day =
            NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, pair(rest, 0)?, pair(rest, 2)?)?;
        let local: NaiveDateTime = day.and_hms_opt(pair(rest, 4)?, pair(rest, 6)?, seconds)?;
        let offset = Duration::minutes(i64::from(self.offset_minutes));
        Some(local.checked_sub_signed(offset)?.and_utc())
    }
}

/// What both kinds of delivery have.
struct Parts<'a> {
    class: u8,
    source: &'a str,
    text: &'a [u8],
    tlvs: &'a [Tlv],
}

impl<'a> Parts<'a> {
    fn of_deliver(pdu: &'a DeliverSm) -> Self {
        Self {
            class: pdu.esm_class.into(),
            source: pdu.source_addr.as_str(),
            text: pdu.short_message().as_ref(),
            tlvs: pdu.tlvs(),
        }
    }

    fn of_data(pdu: &'a DataSm) -> Self {
        Self {
            class: pdu.esm_class.into(),
            source: pdu.source_addr.as_str(),
            text: &[],
            tlvs: pdu.tlvs(),
        }
    }
}

/// The TLVs a receipt may carry.
#[derive(Default)]
struct Tlvs<'a> {
    id: Option<&'a str>,
    state: Option<MessageState>,
    reference: Option<u16>,
    error: Option<u16>,
    payload: Option<&'a [u8]>,
}

impl<'a> Tlvs<'a> {
    fn of(tlvs: &'a [Tlv]) -> Self {
        let mut found = Self::default();
        for tlv in tlvs {
            match tlv.value() {
                Some(TlvValue::ReceiptedMessageId(id)) if !id.as_str().trim().is_empty() => {
                    found.id = Some(id.as_str());
                }
                Some(TlvValue::MessageState(state)) => found.state = Some(*state),
                Some(TlvValue::UserMessageReference(reference)) => {
                    found.reference = Some(reference.value);
                }
                Some(TlvValue::NetworkErrorCode(error)) => found.error = Some(error.error_code),
                Some(TlvValue::MessagePayload(payload)) => {
                    found.payload = Some(payload.value.as_ref());
                }
                // TLVs that say nothing of a receipt.
                Some(_) | None => {}
            }
        }
        found
    }
}

/// The fields of `id:… sub:… dlvrd:… submit date:… done date:… stat:… err:… text:…`, in any order and case.
#[derive(Debug, Default, PartialEq, Eq)]
struct Text<'a> {
    id: Option<&'a str>,
    done: Option<&'a str>,
    stat: Option<&'a str>,
    error: Option<&'a str>,
}

impl<'a> Text<'a> {
    fn of(text: &'a str) -> Self {
        // What follows `text:` is the beginning of our own message, which may look like anything.
        let end = find(text, "text:").unwrap_or(text.len());
        let text = text.get(..end).unwrap_or("");
        Self {
            id: field(text, "id:"),
            done: field(text, "done date:"),
            stat: field(text, "stat:"),
            error: field(text, "err:"),
        }
    }
}

/// The word behind a label that stands at the start or behind something that is no letter or digit.
fn field<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let start = find(text, label)? + label.len();
    let rest = text.get(start..)?.trim_start_matches([' ', '\t']);
    let end = rest.find([' ', '\t', '\r', '\n', '\0', ';', ',']).unwrap_or(rest.len());
    rest.get(..end).filter(|word| !word.is_empty())
}

fn find(text: &str, label: &str) -> Option<usize> {
    let (text, label) = (text.as_bytes(), label.as_bytes());
    text.windows(label.len()).enumerate().find_map(|(at, window)| {
        let begins = at == 0 || text.get(at - 1).is_some_and(|byte| !byte.is_ascii_alphanumeric());
        (begins && window.eq_ignore_ascii_case(label)).then_some(at)
    })
}

fn status_of_state(state: MessageState) -> ReceiptStatus {
    match u8::from(state) {
        2 => ReceiptStatus::Delivered,
        3 => ReceiptStatus::Expired,
        4 | 5 | 8 | 9 => ReceiptStatus::Failed,
        // Scheduled, on its way, accepted, unknown, or a number that means nothing to us.
        _ => ReceiptStatus::Pending,
    }
}

fn status_of_word(word: &str) -> ReceiptStatus {
    let word = word.to_ascii_uppercase();
    let begins = |start: &str| word.starts_with(start);
    if begins("DELIV") {
        ReceiptStatus::Delivered
    } else if begins("EXPIR") {
        ReceiptStatus::Expired
    } else if ["UNDEL", "DELET", "REJEC", "FAIL", "SKIP"].into_iter().any(begins) {
        ReceiptStatus::Failed
    } else {
        ReceiptStatus::Pending
    }
}

/// The carrier's own words: state, and error if there is one. Anything that is no plain code is dropped.
fn code(tlvs: &Tlvs<'_>, text: &Text<'_>) -> String {
    let state = match (text.stat, tlvs.state) {
        (Some(word), _) => word.to_owned(),
        (None, Some(state)) => format!("STATE{}", u8::from(state)),
        (None, None) => "PENDING".to_owned(),
    };
    let error = match (text.error, tlvs.error) {
        (Some(error), _) if error.bytes().any(|byte| byte != b'0') => format!("/{error}"),
        (None, Some(error)) if error != 0 => format!("/{error}"),
        (_, _) => String::new(),
    };
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    format!("{state}{error}").chars().filter(plain).take(LONGEST_CODE).collect()
}

fn digits(address: &str) -> String {
    address.trim_start_matches('+').to_owned()
}

fn pair(text: &str, at: usize) -> Option<u32> {
    text.get(at..at + 2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusmpp::tlvs::MessageDeliveryRequestTlvValue as DeliveryTlv;
    use rusmpp::types::{AnyOctetString, COctetString, OctetString};
    use rusmpp::values::{EsmClass, MessagePayload, UserMessageReference};

    use super::*;
    use crate::smsc::settings::IdForm;

    const KOREAN: Dialect = Dialect {
        ids: IdForms { answers: IdForm::AsIs, receipts: IdForm::AsIs },
        offset_minutes: 540,
    };

    /// Text, id, status, code, date.
    type Row = (&'static str, &'static str, ReceiptStatus, &'static str, Option<DateTime<Utc>>);

    fn delivery(class: u8, text: &[u8], tlvs: Vec<DeliveryTlv>) -> Pdu {
        DeliverSm::builder()
            .source_addr(COctetString::from_static_slice(b"821012345678\0").unwrap())
            .esm_class(EsmClass::from(class))
            .short_message(OctetString::from_slice(text).unwrap())
            .tlvs(tlvs)
            .build()
            .into()
    }

    fn id_tlv(id: &'static [u8]) -> DeliveryTlv {
        DeliveryTlv::ReceiptedMessageId(COctetString::from_static_slice(id).unwrap())
    }

    #[test]
    fn the_customary_text_and_its_odd_forms() {
        let at = "2025-09-10T14:30:00Z".parse().ok();
        let table: [Row; 10] = [
            (
                "id:7f3 sub:001 dlvrd:001 submit date:2509102329 done date:2509102330 stat:DELIVRD err:000 text:id:9 stat:UNDELIV",
                "7f3",
                ReceiptStatus::Delivered,
                "DELIVRD",
                at,
            ),
            (
                "ID:7F3 Done Date:250910233000 STAT:EXPIRED ERR:003",
                "7F3",
                ReceiptStatus::Expired,
                "EXPIRED/003",
                at,
            ),
            ("id: 7 stat: UNDELIV err: 27", "7", ReceiptStatus::Failed, "UNDELIV/27", None),
            ("\0id:7\nstat:REJECTD\nerr:0", "7", ReceiptStatus::Failed, "REJECTD", None),
            ("stat:DELETED id:7", "7", ReceiptStatus::Failed, "DELETED", None),
            (
                "id:7 done date:20250910233000 stat:DELIVERED",
                "7",
                ReceiptStatus::Delivered,
                "DELIVERED",
                at,
            ),
            (
                "id:7 done date:202509102330 stat:ENROUTE",
                "7",
                ReceiptStatus::Pending,
                "ENROUTE",
                at,
            ),
            (
                "id:7 done date:2502302330 stat:ACCEPTD",
                "7",
                ReceiptStatus::Pending,
                "ACCEPTD",
                None,
            ),
            ("msgid:8 id:7 stat:UNKNOWN", "7", ReceiptStatus::Pending, "UNKNOWN", None),
            ("id:7;stat:delivrd;err:<b>", "7", ReceiptStatus::Delivered, "delivrd/b", None),
        ];
        for (text, id, status, code, at) in table {
            let receipt = KOREAN.read(&delivery(4, text.as_bytes(), vec![])).expect(text);
            assert_eq!(receipt.provider_id, id, "{text}");
            assert_eq!(
                (receipt.status, receipt.code.as_str(), receipt.at),
                (status, code, at),
                "{text}"
            );
            assert_eq!(receipt.destination, "821012345678");
            assert!(!format!("{receipt:?}").contains("8210"));
        }
    }

    #[test]
    fn what_is_no_receipt_is_none() {
        assert_eq!(KOREAN.read(&delivery(0, b"id:7 stat:DELIVRD", vec![])), None);
        assert_eq!(KOREAN.read(&delivery(4, b"hello", vec![])), None);
        assert_eq!(KOREAN.read(&delivery(4, b"id:7", vec![])), None);
        assert_eq!(KOREAN.read(&delivery(4, b"stat:DELIVRD", vec![])), None);
        assert_eq!(KOREAN.read(&Pdu::EnquireLink), None);
    }

    #[test]
    fn tlvs_come_before_the_text() {
        let tlvs = vec![
            id_tlv(b"0A\0"),
            DeliveryTlv::MessageState(MessageState::Undeliverable),
            DeliveryTlv::UserMessageReference(UserMessageReference::new(77)),
        ];
        let ids = IdForms { answers: IdForm::Hex, receipts: IdForm::Decimal };
        let dialect = Dialect { ids, ..KOREAN };
        let receipt = dialect.read(&delivery(0, b"id:99 stat:DELIVRD err:000", tlvs)).unwrap();
        assert_eq!(receipt.provider_id, "10");
        assert_eq!(receipt.status, ReceiptStatus::Failed);
        assert_eq!(receipt.reference, Some(77));
        let decimal = dialect.read(&delivery(4, b"id:0010 stat:DELIVRD", vec![])).unwrap();
        assert_eq!(decimal.provider_id, "10");
    }

    #[test]
    fn a_receipt_may_be_all_tlvs_or_travel_as_payload_or_be_intermediate() {
        let bare = vec![id_tlv(b"7\0"), DeliveryTlv::MessageState(MessageState::Delivered)];
        let receipt = KOREAN.read(&delivery(4, b"", bare)).unwrap();
        assert_eq!((receipt.status, receipt.code.as_str()), (ReceiptStatus::Delivered, "STATE2"));
        let payload = AnyOctetString::from_static_slice(b"id:7 stat:EXPIRED");
        let tlvs = vec![DeliveryTlv::MessagePayload(MessagePayload::new(payload))];
        let receipt = KOREAN.read(&delivery(4, b"", tlvs)).unwrap();
        assert_eq!(receipt.status, ReceiptStatus::Expired);
        let receipt = KOREAN.read(&delivery(0x20, b"id:7 stat:DELIVRD", vec![])).unwrap();
        assert_eq!(receipt.status, ReceiptStatus::Pending);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in prop::collection::vec(any::<u8>(), 0..255)) {
            drop(KOREAN.read(&delivery(4, &text, vec![])));
        }

        #[test]
        fn any_receipt_like_text_is_survived(text in "(id:|stat:|done date:|err:|text:|[0-9a-z가 ]){0,30}") {
            let text: Vec<u8> = text.bytes().take(255).collect();
            drop(KOREAN.read(&delivery(4, &text, vec![])));
        }
    }
}
