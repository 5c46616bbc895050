//! Cells that are written plainly, read where they stand. `None` says nothing: the careful reading has the words.

use simrecall_core::derive::Micros;
use simrecall_core::identity::{Imei, Imsi};

use super::kind::Value;
use crate::csv_rows::moment;

/// A carrier's reference has no more bytes.
const WORD_AT_MOST: usize = 64;
/// Beyond this a payment is a slip of the keyboard, in won.
pub(super) const WON_AT_MOST: u64 = 1_000_000_000_000;

pub(super) fn imsi(value: Value<'_>) -> Option<&str> {
    let text = value.text()?;
    Imsi::is_normal(text).then_some(text).and_then(as_str)
}

/// `None` within if the record has none.
#[expect(clippy::option_option, reason = "not plain, empty, and a value are three answers")]
pub(super) fn imei<'a>(value: Value<'_>, room: &'a mut [u8; 15]) -> Option<Option<&'a str>> {
    let text = value.text()?;
    if text.is_empty() {
        return Some(None);
    }
    *room = Imei::normal_digits(as_str(text)?)?;
    as_str(room).map(Some)
}

/// A Korean number, as dialled at home or with the country's code.
pub(super) fn msisdn<'a>(value: Value<'_>, room: &'a mut [u8; 12]) -> Option<&'a str> {
    let rest = match value.text()? {
        [b'0', rest @ ..] | [b'8', b'2', rest @ ..] if rest.len() == 10 => rest,
        _ => return None,
    };
    let right = rest.starts_with(b"10") && are_digits(rest);
    let places = b"82".iter().chain(rest);
    room.iter_mut().zip(places).for_each(|(to, from)| *to = *from);
    right.then_some(room.as_slice()).and_then(as_str)
}

/// A carrier's own word: short, without blanks, and nothing a spreadsheet would run.
pub(super) fn word(value: Value<'_>) -> Option<&str> {
    let text = value.text()?;
    let plain = text.first()?.is_ascii_alphanumeric()
        && text.len() <= WORD_AT_MOST
        && text.iter().all(u8::is_ascii_graphic);
    plain.then_some(text).and_then(as_str)
}

pub(super) fn time(value: Value<'_>) -> Option<Micros> {
    match value {
        Value::Text(text) => moment::micros(text).map(Micros),
        Value::Time(at) => moment::is_of_our_time(at.0).then_some(at),
        Value::Whole(_) => None,
    }
}

/// `None` within if the cell is empty.
#[expect(clippy::option_option, reason = "not plain, empty, and a value are three answers")]
pub(super) fn time_or_none(value: Value<'_>) -> Option<Option<Micros>> {
    if value == Value::EMPTY { Some(None) } else { time(value).map(Some) }
}

pub(super) fn won(value: Value<'_>) -> Option<u64> {
    let amount = match value {
        Value::Text(text) if (1..=13).contains(&text.len()) && are_digits(text) => {
            text.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
        }
        Value::Whole(number) => u64::try_from(number).ok()?,
        Value::Text(_) | Value::Time(_) => return None,
    };
    (amount <= WON_AT_MOST).then_some(amount)
}

fn are_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

fn as_str(text: &[u8]) -> Option<&str> {
    std::str::from_utf8(text).ok()
}
