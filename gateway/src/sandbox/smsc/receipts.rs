//! Receipts: when they are due, and what they look like. They belong to the sandbox, not to a connection: what one
//! connection leaves unacknowledged goes out over another.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use rusmpp::Pdu;
use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::MessageDeliveryRequestTlvValue as DeliveryTlv;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{EsmClass, MessageState, Npi, Ton, UserMessageReference};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::plan::{Fate, IdStyle, ReceiptForm};

/// Korean carriers write their own time into receipts.
const KOREAN_TIME: TimeDelta = TimeDelta::hours(9);

/// A receipt to be sent.
#[derive(Clone)]
pub(super) struct Note {
    pub(super) id: u64,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) reference: Option<u16>,
    pub(super) fate: Fate,
    pub(super) submitted_at: DateTime<Utc>,
    pub(super) done_at: DateTime<Utc>,
}

/// Receipts that are due, and a way to have some become due later.
pub(super) struct Outbox {
    due: Mutex<VecDeque<Note>>,
    news: Notify,
    later: mpsc::UnboundedSender<(Instant, Note)>,
}

impl Outbox {
    /// An empty outbox, and what [`Outbox::keep_time`] needs.
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<(Instant, Note)>) {
        let (later, waiting) = mpsc::unbounded_channel();
        (Self { due: Mutex::default(), news: Notify::new(), later }, waiting)
    }

    /// Makes receipts due in time; never ends.
    pub(super) async fn keep_time(&self, mut waiting: mpsc::UnboundedReceiver<(Instant, Note)>) {
        let mut clock = BTreeMap::new();
        let mut number: u64 = 0;
        loop {
            let next = clock.keys().next().copied().map(|(at, _): (Instant, u64)| at);
            let wake = next.unwrap_or_else(Instant::now);
            tokio::select! {
                Some((at, note)) = waiting.recv() => {
                    clock.insert((at, number), note);
                    number += 1;
                }
                () = tokio::time::sleep_until(wake), if next.is_some() => {
                    let still = clock.split_off(&(Instant::now(), u64::MAX));
                    let due = std::mem::replace(&mut clock, still);
                    self.put_back(due.into_values());
                }
            }
        }
    }

    /// Schedules a receipt.
    pub(super) fn schedule(&self, at: Instant, note: Note) {
        if at <= Instant::now() {
            self.put_back([note]);
        } else {
            // The timekeeper ends with the sandbox.
            drop(self.later.send((at, note)));
        }
    }

    /// Makes receipts due now.
    pub(super) fn put_back(&self, notes: impl IntoIterator<Item = Note>) {
        self.due().extend(notes);
        self.news.notify_one();
    }

    /// Waits until receipts are due and takes at most `most` of them.
    pub(super) async fn take(&self, most: usize) -> Vec<Note> {
        loop {
            let news = self.news.notified();
            let taken: Vec<Note> = {
                let mut due = self.due();
                let taken = due.len().min(most);
                due.drain(..taken).collect()
            };
            if !taken.is_empty() {
                // There may be more, for another connection.
                self.news.notify_one();
                return taken;
            }
            news.await;
        }
    }

    fn due(&self) -> MutexGuard<'_, VecDeque<Note>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fate {
    /// The carrier's word for it.
    pub(super) const fn stat(self) -> &'static str {
        match self {
            Self::Delivered => "DELIVRD",
            Self::Failed => "UNDELIV",
            Self::Expired => "EXPIRED",
            Self::Silent => "ENROUTE",
        }
    }

    const fn state(self) -> MessageState {
        match self {
            Self::Delivered => MessageState::Delivered,
            Self::Failed => MessageState::Undeliverable,
            Self::Expired => MessageState::Expired,
            Self::Silent => MessageState::Enroute,
        }
    }

    const fn error(self) -> &'static str {
        match self {
            Self::Failed => "011",
            Self::Delivered | Self::Expired | Self::Silent => "000",
        }
    }
}

/// The id as answers and TLVs carry it.
pub(super) fn answer_id(id: u64, style: IdStyle) -> String {
    match style {
        IdStyle::Decimal => format!("{id:010}"),
        IdStyle::HexThenDecimal => format!("{id:08X}"),
    }
}

/// The `deliver_sm` of a receipt.
pub(super) fn to_pdu(note: &Note, form: ReceiptForm, style: IdStyle) -> Pdu {
    let address = |text: &str| COctetString::from_string(text.to_owned()).unwrap_or_default();
    let mut pdu = DeliverSm::builder()
        .source_addr_ton(Ton::International)
        .source_addr_npi(Npi::Isdn)
        .source_addr(address(&note.destination))
        .destination_addr(address(&note.source))
        .esm_class(EsmClass::from(0b0000_0100))
        .build();
    if form != ReceiptForm::Text {
        let id = COctetString::from_string(answer_id(note.id, style)).unwrap_or_default();
        pdu.push_tlv(DeliveryTlv::ReceiptedMessageId(id));
        pdu.push_tlv(DeliveryTlv::MessageState(note.fate.state()));
    }
    if form != ReceiptForm::Tlv {
        pdu.set_short_message(OctetString::from_string(text(note)).unwrap_or_default());
    }
    if let Some(reference) = note.reference {
        pdu.push_tlv(DeliveryTlv::UserMessageReference(UserMessageReference::new(reference)));
    }
    pdu.into()
}

fn text(note: &Note) -> String {
    let date = |at: DateTime<Utc>| (at + KOREAN_TIME).format("%y%m%d%H%M").to_string();
    format!(
        "id:{:010} sub:001 dlvrd:{} submit date:{} done date:{} stat:{} err:{} text:",
        note.id,
        if note.fate == Fate::Delivered { "001" } else { "000" },
        date(note.submitted_at),
        date(note.done_at),
        note.fate.stat(),
        note.fate.error(),
    )
}
