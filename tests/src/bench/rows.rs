//! People made up as they are asked for, as rows of ours and as rows of a plain table.

use std::fmt::Write as _;

use anyhow::Result;
use chrono::{DateTime, Utc};
use simrecall_core::identity::{EmailAddress, Iccid, Imsi, Msisdn, PersonName};
use simrecall_core::notice::Language;
use simrecall_core::subscriber::{
    HeldLine, LineRecord, Service, Subscriber, SubscriberKind, SubscriberRecord,
};
use simrecall_store::registry::NewLine;
use simrecall_store::seal::IncidentKeys;

const NAME: &str = "홍길동";

/// Person `n`.
pub(super) fn subscriber(keys: &IncidentKeys, n: u64) -> Result<Subscriber> {
    Ok(Subscriber {
        id: keys.subscriber_id(&format!("S{n:09}")),
        kind: SubscriberKind::Person,
        brand: "hanbit".to_owned(),
        language: Language::Korean,
        guardian: None,
        contact: None,
        country: String::new(),
        record: SubscriberRecord {
            name: PersonName::parse(NAME)?,
            birth_date: None,
            email: Some(EmailAddress::parse(&email(n))?),
            address: None,
        },
    })
}

/// The one line of person `n`.
pub(super) fn line(keys: &IncidentKeys, n: u64) -> Result<NewLine> {
    Ok(NewLine {
        holder: keys.subscriber_id(&format!("S{n:09}")),
        held: HeldLine {
            line: keys.line_id(&format!("L{n:010}")),
            service: Service::Voice,
            held_from: held_from(n)?,
            held_to: None,
            record: LineRecord {
                msisdn: Msisdn::parse(&msisdn(n))?,
                imsi: Some(Imsi::parse(&imsi(n))?),
                iccid: Some(Iccid::parse(&iccid(n))?),
            },
        },
    })
}

/// Person `n` as a row of a comma-separated file, in the order of [`super::plain::SUBSCRIBER`].
pub(super) fn subscriber_row(text: &mut String, keys: &IncidentKeys, n: u64) -> Result<()> {
    let id = keys.subscriber_id(&format!("S{n:09}"));
    let bucket = id.bucket().get();
    writeln!(
        text,
        "{bucket},{},1,{},1,1,hanbit,,,{NAME},{}",
        uuid(keys.incident().as_bytes()),
        uuid(id.as_bytes()),
        email(n)
    )?;
    Ok(())
}

/// The line of person `n`, in the order of [`super::plain::LINE`].
pub(super) fn line_row(text: &mut String, keys: &IncidentKeys, n: u64) -> Result<()> {
    let holder = keys.subscriber_id(&format!("S{n:09}"));
    let line = keys.line_id(&format!("L{n:010}"));
    let from = held_from(n)?.format("%Y-%m-%d %H:%M:%S+00");
    let (bucket, incident) = (holder.bucket().get(), uuid(keys.incident().as_bytes()));
    let (holder, line) = (uuid(holder.as_bytes()), uuid(line.as_bytes()));
    let (msisdn, imsi, iccid) = (msisdn(n), imsi(n), iccid(n));
    writeln!(text, "{bucket},{incident},1,{holder},{line},{from},,1,{msisdn},{imsi},{iccid}")?;
    Ok(())
}

fn email(n: u64) -> String {
    format!("person{n}@mail.example")
}

fn msisdn(n: u64) -> String {
    format!("010{n:08}")
}

fn imsi(n: u64) -> String {
    format!("45008{n:010}")
}

/// With its check digit.
fn iccid(n: u64) -> String {
    let body = format!("898208{n:012}");
    let doubled = body.bytes().rev().enumerate().map(|(at, digit)| {
        let digit = u32::from(digit - b'0');
        if at % 2 == 1 { digit } else { (digit * 2) / 10 + (digit * 2) % 10 }
    });
    let check = (10 - doubled.sum::<u32>() % 10) % 10;
    format!("{body}{check}")
}

fn held_from(n: u64) -> Result<DateTime<Utc>> {
    let second = 1_600_000_000 + i64::try_from(n % 100_000_000)?;
    DateTime::from_timestamp(second, 0).ok_or_else(|| anyhow::anyhow!("no such second"))
}

fn uuid(bytes: &[u8; 16]) -> String {
    let hex = format!("{:032x}", u128::from_be_bytes(*bytes));
    let mut text = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_have_their_check_digit() {
        for n in [0, 7, 123_456, 999_999] {
            assert!(Iccid::parse(&iccid(n)).is_ok(), "{}", iccid(n));
        }
        assert_eq!(uuid(&[0xAB; 16]), "abababab-abab-abab-abab-abababababab");
    }
}
