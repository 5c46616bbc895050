//! What is set aside between passes: rows of fixed size, without a number or an IMSI in clear.

use simrecall_core::derive::{Encounter, LeakNo, LossNo, Micros, Span, WindowNo};
use simrecall_core::id::{LineId, SubscriberId};

use super::shuffle::{Reader, Row, Writer, by_bucket, by_key};

/// A card was at a cell that was rogue about then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    /// The card, as a blind index.
    pub(super) imsi: [u8; 16],
    /// The cell, named by the first of its windows.
    pub(super) cell: WindowNo,
    /// From when.
    pub(super) start: Micros,
    /// Until when, if the record says so.
    pub(super) end: Option<Micros>,
    /// The device.
    pub(super) imei: Device,
}

/// A holder's line had a number for a time, and an encounter that may make a payment a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Numbered {
    /// The number, as a blind index.
    pub(super) msisdn: [u8; 16],
    /// Whose line it was.
    pub(super) owner: Owner,
    /// When it had the number.
    pub(super) held: Span,
    /// Which rule set.
    pub(super) set: u8,
    /// The encounter.
    pub(super) met: Encounter,
}

/// A payment by a method that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Paid {
    /// The number, as a blind index.
    pub(super) msisdn: [u8; 16],
    /// The payment.
    pub(super) payment: Payment,
}

/// A payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Payment {
    /// When.
    pub(super) at: Micros,
    /// How much.
    pub(super) amount_won: u64,
    /// How it was proven: a place in [`Methods`](super::ask::Methods).
    pub(super) method: u8,
}

/// A line of a holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner {
    /// The holder.
    pub(super) holder: SubscriberId,
    /// The line.
    pub(super) line: LineId,
}

/// What was found of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// Whose line.
    pub(super) owner: Owner,
    /// By which rule set.
    pub(super) set: u8,
    /// What.
    pub(super) what: What,
}

/// What can be found of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// Its card was at a rogue cell, in a device.
    Met(Encounter, Device),
    /// A payment is a loss.
    Lost(LossNo, Payment),
}

/// A device's digits, or nothing; what the sealed record shows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Device(u64);

impl Device {
    /// The device of a record: 14 to 16 digits.
    pub(super) fn of(imei: Option<&str>) -> Self {
        // A one in front keeps leading zeros.
        Self(imei.and_then(|imei| format!("1{imei}").parse().ok()).unwrap_or(0))
    }

    /// Whether there is one.
    pub(super) const fn is_known(self) -> bool {
        self.0 != 0
    }

    /// Its digits.
    pub(super) fn digits(self) -> Option<String> {
        let digits = self.0.to_string();
        self.is_known().then(|| digits.chars().skip(1).collect())
    }
}

/// No end; no record ends there.
const OPEN: i64 = i64::MIN;

impl Row for Seen {
    const LEN: usize = 16 + 4 + 8 + 8 + 8;

    fn partition(&self) -> u8 {
        by_key(&self.imsi)
    }

    fn put(&self, to: &mut Writer<'_>) {
        to.bytes(self.imsi);
        to.bytes(self.cell.0.to_be_bytes());
        to.bytes(self.start.0.to_be_bytes());
        to.bytes(self.end.map_or(OPEN, |end| end.0).to_be_bytes());
        to.bytes(self.imei.0.to_be_bytes());
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            imsi: from.bytes()?,
            cell: WindowNo(u32::from_be_bytes(from.bytes()?)),
            start: micros(from)?,
            end: micros(from).map(|end| (end.0 != OPEN).then_some(end))?,
            imei: Device(u64::from_be_bytes(from.bytes()?)),
        })
    }
}

impl Row for Numbered {
    const LEN: usize = 16 + Owner::LEN + 16 + 1 + MET;

    fn partition(&self) -> u8 {
        by_key(&self.msisdn)
    }

    fn put(&self, to: &mut Writer<'_>) {
        to.bytes(self.msisdn);
        self.owner.put(to);
        put_span(self.held, to);
        to.bytes([self.set]);
        put_met(&self.met, to);
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            msisdn: from.bytes()?,
            owner: Owner::take(from)?,
            held: span(from)?,
            set: byte(from)?,
            met: met(from)?,
        })
    }
}

impl Row for Paid {
    const LEN: usize = 16 + PAYMENT;

    fn partition(&self) -> u8 {
        by_key(&self.msisdn)
    }

    fn put(&self, to: &mut Writer<'_>) {
        to.bytes(self.msisdn);
        put_payment(self.payment, to);
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { msisdn: from.bytes()?, payment: payment(from)? })
    }
}

impl Row for Finding {
    const LEN: usize = Owner::LEN + 2 + MET + 8;

    fn partition(&self) -> u8 {
        by_bucket(self.owner.holder.bucket())
    }

    fn put(&self, to: &mut Writer<'_>) {
        self.owner.put(to);
        to.bytes([self.set]);
        match self.what {
            What::Met(encounter, device) => {
                to.bytes([0]);
                put_met(&encounter, to);
                to.bytes(device.0.to_be_bytes());
            }
            What::Lost(rule, payment) => {
                to.bytes([1, rule.0]);
                put_payment(payment, to);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        let (owner, set) = (Owner::take(from)?, byte(from)?);
        let what = match byte(from)? {
            0 => What::Met(met(from)?, Device(u64::from_be_bytes(from.bytes()?))),
            1 => What::Lost(LossNo(byte(from)?), payment(from)?),
            _ => return None,
        };
        Some(Self { owner, set, what })
    }
}

impl Owner {
    const LEN: usize = 32;

    fn put(&self, to: &mut Writer<'_>) {
        to.bytes(*self.holder.as_bytes());
        to.bytes(*self.line.as_bytes());
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        let holder = SubscriberId::from_bytes(from.bytes()?);
        Some(Self { holder, line: LineId::from_bytes(from.bytes()?) })
    }
}

/// Bytes of an encounter.
const MET: usize = 4 + 1 + 16;
/// Bytes of a payment.
const PAYMENT: usize = 8 + 8 + 1;

fn put_met(met: &Encounter, to: &mut Writer<'_>) {
    to.bytes(met.window.0.to_be_bytes());
    to.bytes([met.rule.0]);
    put_span(met.span, to);
}

fn met(from: &mut Reader<'_>) -> Option<Encounter> {
    let window = WindowNo(u32::from_be_bytes(from.bytes()?));
    Some(Encounter { window, rule: LeakNo(byte(from)?), span: span(from)? })
}

fn put_payment(of: Payment, to: &mut Writer<'_>) {
    to.bytes(of.at.0.to_be_bytes());
    to.bytes(of.amount_won.to_be_bytes());
    to.bytes([of.method]);
}

fn payment(from: &mut Reader<'_>) -> Option<Payment> {
    let (at, amount_won) = (micros(from)?, u64::from_be_bytes(from.bytes()?));
    Some(Payment { at, amount_won, method: byte(from)? })
}

fn put_span(of: Span, to: &mut Writer<'_>) {
    to.bytes(of.from.0.to_be_bytes());
    to.bytes(of.to.0.to_be_bytes());
}

fn span(from: &mut Reader<'_>) -> Option<Span> {
    Some(Span { from: micros(from)?, to: micros(from)? })
}

fn micros(from: &mut Reader<'_>) -> Option<Micros> {
    from.bytes().map(i64::from_be_bytes).map(Micros)
}

fn byte(from: &mut Reader<'_>) -> Option<u8> {
    from.bytes().map(|[byte]| byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::shuffle::Shuffle;

    const SPAN: Span = Span { from: Micros(-7), to: Micros(i64::MAX) };
    const MET: Encounter = Encounter { window: WindowNo(70_000), rule: LeakNo(31), span: SPAN };
    const PAYMENT: Payment = Payment { at: Micros(12), amount_won: u64::MAX, method: 99 };

    fn owner() -> Owner {
        Owner { holder: SubscriberId::from_bytes([3; 16]), line: LineId::from_bytes([4; 16]) }
    }

    #[track_caller]
    fn comes_back<R: Row + PartialEq + std::fmt::Debug>(rows: &[R]) {
        let folder = tempfile::tempdir().unwrap();
        for row in rows {
            let shuffle = Shuffle::new(folder.path()).unwrap();
            let mut sink = shuffle.sink();
            sink.push(row).unwrap();
            sink.close().unwrap();
            assert_eq!(
                shuffle.partition(row.partition()).unwrap().as_slice(),
                std::slice::from_ref(row)
            );
        }
    }

    #[test]
    fn every_row_comes_back_whole() {
        let imei = Device::of(Some("004999010640000"));
        let seen = Seen { imsi: [9; 16], cell: WindowNo(1), start: Micros(5), end: None, imei };
        comes_back(&[seen, Seen { end: Some(Micros(-1)), imei: Device::of(None), ..seen }]);
        let (owner, set) = (owner(), 1);
        comes_back(&[Numbered { msisdn: [8; 16], owner, held: SPAN, set, met: MET }]);
        comes_back(&[Paid { msisdn: [7; 16], payment: PAYMENT }]);
        let finding = |what| Finding { owner, set, what };
        comes_back(&[
            finding(What::Met(MET, imei)),
            finding(What::Met(MET, Device::of(None))),
            finding(What::Lost(LossNo(31), PAYMENT)),
        ]);
    }

    #[test]
    fn a_device_keeps_its_leading_zeros() {
        for digits in ["004999010640000", "35209900176148", "9999999999999999"] {
            assert_eq!(Device::of(Some(digits)).digits().as_deref(), Some(digits));
        }
        assert_eq!(Device::of(None).digits(), None);
        assert!(Device::of(Some("000000000000000")).is_known());
    }
}
