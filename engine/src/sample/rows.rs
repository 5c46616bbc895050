//! Rows of records, as lines of CSV.

use chrono::{DateTime, Datelike, Timelike};

use super::cells::{HOUR, SECOND};

/// A card was at a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attach {
    pub(super) imsi: u64,
    pub(super) imei: Option<Device>,
    pub(super) cell: u32,
    pub(super) start: i64,
    pub(super) end: Option<i64>,
}

/// A device, as a network writes it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Device {
    /// Fifteen digits.
    Imei(u64),
    /// Sixteen: without a check digit, with the version of its software.
    WithVersion(u64),
}

/// Somebody paid by telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Payment {
    /// What stands after 010.
    pub(super) number: u64,
    pub(super) at: i64,
    pub(super) won: i64,
    pub(super) method: &'static str,
}

/// A kind of row.
pub(super) trait Record {
    const COLUMNS: &'static str;

    /// Adds itself as a line of CSV.
    fn write(&self, line: &mut Vec<u8>);
}

impl Record for Attach {
    const COLUMNS: &'static str = "imsi,imei,cell,start,end\n";

    fn write(&self, line: &mut Vec<u8>) {
        digits(line, self.imsi, 15);
        line.push(b',');
        if let Some(imei) = self.imei {
            device(line, imei);
        }
        line.push(b',');
        cell(line, self.cell);
        line.push(b',');
        korean_time(line, self.start);
        line.push(b',');
        if let Some(end) = self.end {
            korean_time(line, end);
        }
        line.push(b'\n');
    }
}

impl Record for Payment {
    const COLUMNS: &'static str = "msisdn,at,amount_won,method\n";

    /// The payment office writes UTC.
    fn write(&self, line: &mut Vec<u8>) {
        number(line, self.number);
        line.push(b',');
        time(line, self.at);
        line.extend_from_slice(b"Z,");
        line.extend_from_slice(self.won.to_string().as_bytes());
        line.push(b',');
        line.extend_from_slice(self.method.as_bytes());
        line.push(b'\n');
    }
}

/// A device's fifteen or sixteen digits.
pub(super) fn device(line: &mut Vec<u8>, device: Device) {
    match device {
        Device::Imei(imei) => digits(line, imei, 15),
        Device::WithVersion(imei) => digits(line, imei, 16),
    }
}

/// A telephone number.
pub(super) fn number(line: &mut Vec<u8>, number: u64) {
    line.extend_from_slice(b"010");
    digits(line, number, 8);
}

/// A cell's identity: network, site and sector.
pub(super) fn cell(line: &mut Vec<u8>, cell: u32) {
    line.extend_from_slice(b"45008-");
    digits(line, u64::from(cell), 6);
    line.extend_from_slice(b"-");
    digits(line, u64::from(cell % 3 + 1), 1);
}

/// `2025-08-05T09:00:00+09:00`, with microseconds where there are any.
pub(super) fn korean_time(line: &mut Vec<u8>, at: i64) {
    time(line, at + 9 * HOUR);
    line.extend_from_slice(b"+09:00");
}

/// A date and time without an offset.
fn time(line: &mut Vec<u8>, at: i64) {
    let moment = DateTime::from_timestamp_micros(at).unwrap_or_default();
    let date = moment.date_naive();
    let fields = [
        (u64::from(date.year().unsigned_abs()), 4, b'-'),
        (date.month().into(), 2, b'-'),
        (date.day().into(), 2, b'T'),
        (moment.hour().into(), 2, b':'),
        (moment.minute().into(), 2, b':'),
    ];
    for (field, width, then) in fields {
        digits(line, field, width);
        line.push(then);
    }
    digits(line, moment.second().into(), 2);
    let micros = at.rem_euclid(SECOND);
    if micros != 0 {
        line.push(b'.');
        digits(line, micros.unsigned_abs(), 6);
    }
}

/// A number with leading zeros.
pub(super) fn digits(line: &mut Vec<u8>, number: u64, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_u64.pow(place) % 10;
        line.push(b'0' + u8::try_from(digit).unwrap_or(0));
    }
}
