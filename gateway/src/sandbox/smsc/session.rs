//! One connection of the sandbox SMSC.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use rusmpp::Pdu;
use rusmpp::pdus::{BindTransceiver, BindTransceiverResp, SubmitSm, SubmitSmResp};
use rusmpp::tlvs::TlvValue;
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;

use super::line::SmscLine;
use super::plan::{Cut, Fate};
use super::receipts::{self, Note};
use super::state::{Counters, State};
use crate::smsc::frame::{self, Frame, Sequence};
use crate::smsc::status;

const SUBMIT_SM: u32 = 0x04;
const UNBIND: u32 = 0x06;
const BIND_TRANSCEIVER: u32 = 0x09;
const ENQUIRE_LINK: u32 = 0x15;
const GENERIC_NACK: u32 = 0x8000_0000;
const DELIVER_SM_RESP: u32 = 0x8000_0005;
const UNBIND_RESP: u32 = 0x8000_0006;
const ENQUIRE_LINK_RESP: u32 = 0x8000_0015;

/// How many receipts may be unacknowledged on one connection.
const MOST_UNACKNOWLEDGED: usize = 500;
/// How long a receipt waits that was refused for now.
const AGAIN: Duration = Duration::from_millis(100);
/// A `deliver_sm` whose first text has no end.
const NOISE: [u8; 20] = [0, 0, 0, 20, 0, 0, 0, 5, 0, 0, 0, 0, 0x7F, 0, 0, 0, 65, 65, 65, 65];

/// What comes of a PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Go,
    /// Close without another octet.
    Close,
    /// Send what is there, then close.
    Finish,
    /// Stay open and say nothing.
    Silent,
}

/// One connection.
pub(super) struct Session {
    state: Arc<State>,
    bind: u64,
    is_bound: bool,
    is_leaving: bool,
    submits: u32,
    silent_after: Option<u32>,
    buffer: BytesMut,
    out: BytesMut,
    lines: Vec<SmscLine>,
    answers: BTreeMap<(Instant, u64), (u32, u32, String)>,
    next_answer: u64,
    early: Vec<Note>,
    sequence: Sequence,
    unacknowledged: BTreeMap<u32, Note>,
    ask_at: Option<Instant>,
}

impl Session {
    /// A connection just accepted.
    pub(super) fn new(state: Arc<State>, bind: u64) -> Self {
        let silent_after = state.silence();
        let mut session = Self {
            state,
            bind,
            is_bound: false,
            is_leaving: false,
            submits: 0,
            silent_after,
            buffer: BytesMut::new(),
            out: BytesMut::new(),
            lines: Vec::new(),
            answers: BTreeMap::new(),
            next_answer: 0,
            early: Vec::new(),
            sequence: Sequence::starting_at(1),
            unacknowledged: BTreeMap::new(),
            ask_at: None,
        };
        session.heard();
        session
    }

    /// Runs until the connection ends. Receipts it leaves unacknowledged are due again.
    pub(super) async fn run(mut self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        if let Err(error) = self.serve(stream).await {
            tracing::debug!(bind = self.bind, %error, "a sandbox connection broke");
        }
        let unacknowledged = std::mem::take(&mut self.unacknowledged).into_values();
        self.state.outbox.put_back(unacknowledged.chain(std::mem::take(&mut self.early)));
    }

    async fn serve(&mut self, stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let (mut reader, mut writer) = tokio::io::split(stream);
        if self.silent_after == Some(0) {
            return std::future::pending().await;
        }
        loop {
            let room = MOST_UNACKNOWLEDGED.saturating_sub(self.unacknowledged.len());
            let wake = self.wake_at();
            let state = Arc::clone(&self.state);
            let flow = tokio::select! {
                read = reader.read_buf(&mut self.buffer) => match read? {
                    0 => Flow::Close,
                    _ => self.read()?,
                },
                written = writer.write(&self.out), if !self.out.is_empty() => {
                    self.out.advance(written?);
                    if self.out.is_empty() {
                        writer.flush().await?;
                    }
                    Flow::Go
                }
                notes = state.outbox.take(room), if self.is_bound && !self.is_leaving && room > 0 => {
                    self.deliver(notes)?;
                    Flow::Go
                }
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {
                    self.tick();
                    Flow::Go
                }
            };
            match flow {
                Flow::Go => {}
                Flow::Close => return Ok(()),
                Flow::Silent => return std::future::pending().await,
                Flow::Finish => {
                    writer.write_all(&self.out).await?;
                    return writer.flush().await;
                }
            }
        }
    }

    /// Reads all PDUs there are, writes down what came of them, then answers.
    fn read(&mut self) -> io::Result<Flow> {
        self.heard();
        let mut flow = Flow::Go;
        while flow == Flow::Go {
            match frame::next(&mut self.buffer) {
                Ok(Some(frame)) => flow = self.read_frame(frame),
                Ok(None) => break,
                Err(broken) => return Err(io::Error::other(broken)),
            }
        }
        self.state.log.append(&self.lines)?;
        self.lines.clear();
        if flow == Flow::Go || flow == Flow::Finish {
            let early = std::mem::take(&mut self.early);
            self.deliver(early)?;
            self.answer();
        }
        if self.is_leaving && flow == Flow::Finish {
            let number = self.sequence.next();
            frame::put(&mut self.out, status::OK, number, Pdu::Unbind);
            flow = Flow::Go;
        }
        Ok(flow)
    }

    fn read_frame(&mut self, frame: Frame) -> Flow {
        let counters = &self.state.counters;
        let sequence = frame.sequence;
        match frame.id {
            BIND_TRANSCEIVER => self.login(frame),
            SUBMIT_SM if self.is_bound && !self.is_leaving => return self.submitted(frame),
            SUBMIT_SM => self.put(status::NOT_BOUND, sequence, SubmitSmResp::default().into()),
            DELIVER_SM_RESP => self.acknowledged(&frame),
            ENQUIRE_LINK => self.put(status::OK, sequence, Pdu::EnquireLinkResp),
            ENQUIRE_LINK_RESP => Counters::add(&counters.alive),
            GENERIC_NACK => Counters::add(&counters.nacks),
            UNBIND => {
                Counters::add(&counters.leaves);
                self.put(status::OK, sequence, Pdu::UnbindResp);
                return Flow::Finish;
            }
            UNBIND_RESP => return Flow::Close,
            _ if frame.is_answer() => {}
            _ => self.put(status::INVALID_COMMAND, sequence, Pdu::GenericNack),
        }
        Flow::Go
    }

    fn login(&mut self, frame: Frame) {
        let sequence = frame.sequence;
        let code = match frame.decode() {
            Some(Pdu::BindTransceiver(bind)) => self.judge(&bind),
            // The frame's id promised a login.
            Some(_) | None => status::INVALID_LENGTH,
        };
        if code == status::OK {
            self.is_bound = true;
            Counters::add(&self.state.counters.logins);
        }
        let name = COctetString::from_string("sandbox".to_owned()).unwrap_or_default();
        let resp = BindTransceiverResp::new(name, Some(InterfaceVersion::Smpp3_4));
        self.put(code, sequence, resp.into());
    }

    fn judge(&self, bind: &BindTransceiver) -> u32 {
        let plan = &self.state.plan;
        if let Some(status) = plan.faults.login_status {
            return status;
        }
        if self.is_bound {
            return status::ALREADY_BOUND;
        }
        let known = bind.system_id.as_str() == plan.system_id;
        if known && bind.password.as_str() == plan.password {
            status::OK
        } else {
            status::INVALID_PASSWORD
        }
    }

    fn submitted(&mut self, frame: Frame) -> Flow {
        let sequence = frame.sequence;
        let Some(Pdu::SubmitSm(submit)) = frame.decode() else {
            self.put(status::INVALID_LENGTH, sequence, Pdu::GenericNack);
            return Flow::Go;
        };
        Counters::add(&self.state.counters.submits);
        self.submits += 1;
        let cut = self.state.cuts_now().then_some(self.state.plan.faults.cut);
        if cut == Some(Cut::Untaken) {
            return Flow::Close;
        }
        self.take(sequence, &submit);
        self.make_noise();
        match cut {
            Some(Cut::Taken) => return Flow::Close,
            Some(Cut::Unbind) => {
                self.is_leaving = true;
                return Flow::Finish;
            }
            Some(Cut::Untaken) | None => {}
        }
        if self.silent_after.is_some_and(|after| self.submits >= after) {
            Flow::Silent
        } else {
            Flow::Go
        }
    }

    /// Takes or refuses a message, and plans what follows.
    fn take(&mut self, sequence: u32, submit: &SubmitSm) {
        let destination = submit.destination_addr.as_str().to_owned();
        let message = Message::of(submit);
        let reference = message.reference;
        let state = Arc::clone(&self.state);
        let after = if state.plan.answers_late(&destination) {
            state.plan.answers.late_ms
        } else {
            state.plan.answers.delay_ms
        };
        let due = Instant::now() + Duration::from_millis(after);
        if let Some(code) = state.refusal(&destination) {
            let status = status::name(code);
            self.lines.push(SmscLine::Refuse { bind: self.bind, destination, reference, status });
            return self.answer_at(due, sequence, code, String::new());
        }
        Counters::add(&state.counters.taken);
        let id = state.id();
        let source = submit.source_addr.as_str().to_owned();
        let name = receipts::answer_id(id, state.plan.answers.ids);
        self.lines.push(SmscLine::Submit {
            id,
            message_id: name.clone(),
            bind: self.bind,
            source: source.clone(),
            destination: destination.clone(),
            reference,
            sha256: hex(&Sha256::digest(message.text)),
            udh: hex(message.udh),
            data_coding: submit.data_coding.into(),
        });
        self.answer_at(due, sequence, status::OK, name);
        if !state.plan.receipts.enabled || u8::from(submit.registered_delivery) & 1 == 0 {
            return;
        }
        let now = state.now();
        let note = Note {
            id,
            source,
            fate: state.plan.fate(&destination),
            reference: reference.filter(|_| state.plan.receipts.echo_reference),
            destination,
            submitted_at: now,
            done_at: now,
        };
        // What is never said, or said when the phone's time is up, cannot come early.
        let is_soon = matches!(note.fate, Fate::Delivered | Fate::Failed);
        if is_soon && state.plan.is_early(&note.destination) {
            self.early.push(note);
        } else {
            state.schedule(note);
        }
    }

    fn make_noise(&mut self) {
        let every = self.state.plan.faults.noise_every;
        if every.is_some_and(|every| self.submits.is_multiple_of(every)) {
            self.out.extend_from_slice(&NOISE);
        }
    }

    fn answer_at(&mut self, due: Instant, sequence: u32, code: u32, id: String) {
        self.answers.insert((due, self.next_answer), (sequence, code, id));
        self.next_answer += 1;
    }

    /// Sends the answers that are due.
    fn answer(&mut self) {
        let still = self.answers.split_off(&(Instant::now(), u64::MAX));
        for (sequence, code, id) in std::mem::replace(&mut self.answers, still).into_values() {
            let id = COctetString::from_string(id).unwrap_or_default();
            self.put(code, sequence, SubmitSmResp::new(id, Vec::new()).into());
        }
    }

    fn deliver(&mut self, notes: Vec<Note>) -> io::Result<()> {
        let state = Arc::clone(&self.state);
        let mut lines = Vec::with_capacity(notes.len());
        for note in notes {
            let number = self.sequence.next();
            lines.push(SmscLine::Receipt {
                id: note.id,
                bind: self.bind,
                destination: note.destination.clone(),
                stat: note.fate.stat().to_owned(),
            });
            Counters::add(&state.counters.receipts);
            let pdu = receipts::to_pdu(&note, state.plan.receipts.form, state.plan.answers.ids);
            self.put(status::OK, number, pdu);
            self.unacknowledged.insert(number, note);
        }
        state.log.append(&lines)
    }

    fn acknowledged(&mut self, frame: &Frame) {
        let Some(note) = self.unacknowledged.remove(&frame.sequence) else { return };
        if frame.status == status::OK {
            Counters::add(&self.state.counters.acknowledged);
            self.lines.push(SmscLine::Acknowledge { id: note.id, bind: self.bind });
        } else {
            self.state.outbox.schedule(Instant::now() + AGAIN, note);
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        let answer = self.answers.keys().next().map(|(due, _)| *due);
        [answer, self.ask_at].into_iter().flatten().min()
    }

    fn tick(&mut self) {
        self.answer();
        if self.is_bound && self.ask_at.is_some_and(|at| at <= Instant::now()) {
            let number = self.sequence.next();
            self.put(status::OK, number, Pdu::EnquireLink);
            self.heard();
        }
    }

    fn heard(&mut self) {
        let every = self.state.plan.faults.enquire_ms.map(Duration::from_millis);
        self.ask_at = every.map(|every| Instant::now() + every);
    }

    fn put(&mut self, code: u32, sequence: u32, pdu: Pdu) {
        frame::put(&mut self.out, code, sequence, pdu);
    }
}

/// What a `submit_sm` carries.
struct Message<'a> {
    udh: &'a [u8],
    text: &'a [u8],
    reference: Option<u16>,
}

impl<'a> Message<'a> {
    fn of(submit: &'a SubmitSm) -> Self {
        let mut octets = submit.short_message().as_ref();
        let mut reference = None;
        for tlv in submit.tlvs() {
            if let Some(TlvValue::MessagePayload(payload)) = tlv.value() {
                octets = payload.value.as_ref();
            } else if let Some(TlvValue::UserMessageReference(value)) = tlv.value() {
                reference = Some(value.value);
            }
        }
        let header = match octets.first() {
            Some(length) if u8::from(submit.esm_class) & 0x40 != 0 => usize::from(*length) + 1,
            Some(_) | None => 0,
        };
        let (udh, text) = octets.split_at_checked(header).unwrap_or((&[], octets));
        Self { udh, text, reference }
    }
}

fn hex(octets: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('?');
    octets.iter().flat_map(|octet| [digit(octet >> 4), digit(octet & 15)]).collect()
}
