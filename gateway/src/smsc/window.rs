//! What one connection has taken on and not yet answered for. No I/O: the session tells it what happened.
//!
//! A message of several parts has one result. All parts taken: accepted, with an id for each. None taken: refused, by
//! the first refusal. Anything between, or a part without an answer: in doubt, since some of it may reach the phone.
//! After a refusal the parts not yet sent are kept back.

use std::collections::{BTreeMap, VecDeque};

use rusmpp::Pdu;
use tokio::time::Instant;

use crate::route::{Event, Outcome};

/// How many unanswered submissions are remembered for a late answer, per slot of the window.
const LATE_PER_SLOT: usize = 4;

/// The submissions of one connection. No `Debug`: it holds numbers and texts.
pub(crate) struct Window {
    size: usize,
    next_key: u64,
    messages: BTreeMap<u64, Message>,
    queue: VecDeque<(Part, Pdu)>,
    flights: BTreeMap<u32, Flight>,
    deadlines: VecDeque<(Instant, u32)>,
    late: VecDeque<(u32, Part)>,
}

/// One part of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    key: u64,
    index: usize,
}

/// A part on its way.
#[derive(Debug, Clone, Copy)]
struct Flight {
    part: Part,
    ends_at: u64,
}

#[derive(Debug)]
struct Message {
    tag: u64,
    parts: Vec<State>,
    told: bool,
}

#[derive(Debug)]
enum State {
    /// Not sent yet, or sent and not answered.
    Open,
    /// Taken, under this id.
    Taken(String),
    /// Refused.
    Refused(Outcome),
    /// Sent, and no answer came.
    Doubtful(&'static str),
    /// Never sent.
    Unsent,
}

/// What the network says of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Taken, under this id.
    Taken(String),
    /// Refused for now or for good.
    Refused(Outcome),
}

impl Window {
    /// An empty window of so many `submit_sm`.
    pub(crate) const fn new(size: usize) -> Self {
        Self {
            size,
            next_key: 0,
            messages: BTreeMap::new(),
            queue: VecDeque::new(),
            flights: BTreeMap::new(),
            deadlines: VecDeque::new(),
            late: VecDeque::new(),
        }
    }

    /// How many more messages it can take on.
    pub(crate) fn room(&self) -> usize {
        self.size.saturating_sub(self.flights.len() + self.queue.len())
    }

    /// How many parts could be sent now.
    pub(crate) fn ready(&self) -> usize {
        self.queue.len().min(self.size.saturating_sub(self.flights.len()))
    }

    /// Takes on a message.
    pub(crate) fn admit(&mut self, tag: u64, pdus: Vec<Pdu>) {
        let key = self.next_key;
        self.next_key += 1;
        let parts = pdus.iter().map(|_| State::Open).collect();
        self.messages.insert(key, Message { tag, parts, told: false });
        let parts = pdus.into_iter().enumerate();
        self.queue.extend(parts.map(|(index, pdu)| (Part { key, index }, pdu)));
    }

    /// The next part to send.
    pub(crate) fn next(&mut self) -> Option<(Part, Pdu)> {
        if self.ready() == 0 { None } else { self.queue.pop_front() }
    }

    /// True if this number still waits for an answer.
    pub(crate) fn uses(&self, sequence: u32) -> bool {
        self.flights.contains_key(&sequence) || self.late.iter().any(|(late, _)| *late == sequence)
    }

    /// A part was queued for the wire; its last octet is number `ends_at` of the connection.
    pub(crate) fn launched(&mut self, sequence: u32, part: Part, ends_at: u64, deadline: Instant) {
        self.flights.insert(sequence, Flight { part, ends_at });
        self.deadlines.push_back((deadline, sequence));
    }

    /// An answer came.
    pub(crate) fn answered(&mut self, sequence: u32, answer: Answer) -> Option<Event> {
        let part = match self.flights.remove(&sequence) {
            Some(flight) => flight.part,
            None => self.take_late(sequence)?,
        };
        let state = match answer {
            Answer::Taken(id) => State::Taken(id),
            Answer::Refused(outcome) => {
                self.keep_back(part.key);
                State::Refused(outcome)
            }
        };
        self.set(part, state);
        self.settle(part.key)
    }

    /// When the oldest part without an answer runs out of time.
    pub(crate) fn next_deadline(&mut self) -> Option<Instant> {
        while let Some((deadline, sequence)) = self.deadlines.front() {
            if self.flights.contains_key(sequence) {
                return Some(*deadline);
            }
            self.deadlines.pop_front();
        }
        None
    }

    /// Parts whose time is up are in doubt; their slots are free again, and a late answer still counts.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Event> {
        let mut events = Vec::new();
        while self.next_deadline().is_some_and(|deadline| deadline <= now) {
            let Some((_, sequence)) = self.deadlines.pop_front() else { break };
            let Some(flight) = self.flights.remove(&sequence) else { continue };
            self.late.push_back((sequence, flight.part));
            self.keep_back(flight.part.key);
            self.set(flight.part, State::Doubtful("timed out"));
            events.extend(self.settle(flight.part.key));
        }
        while self.late.len() > self.size * LATE_PER_SLOT {
            if let Some((_, part)) = self.late.pop_front() {
                self.forget(part.key);
            }
        }
        events
    }

    /// The connection is gone after `written` octets: what was wholly written is in doubt, the rest was not sent.
    pub(crate) fn lost(&mut self, written: u64) -> Vec<Event> {
        for (part, _) in std::mem::take(&mut self.queue) {
            self.set(part, State::Unsent);
        }
        for (_, flight) in std::mem::take(&mut self.flights) {
            let sent = flight.ends_at <= written;
            let state = if sent { State::Doubtful("disconnected") } else { State::Unsent };
            self.set(flight.part, state);
        }
        self.late.clear();
        self.deadlines.clear();
        let keys: Vec<u64> = self.messages.keys().copied().collect();
        let events = keys.into_iter().filter_map(|key| self.settle(key)).collect();
        self.messages.clear();
        events
    }

    fn take_late(&mut self, sequence: u32) -> Option<Part> {
        let at = self.late.iter().position(|(late, _)| *late == sequence)?;
        self.late.remove(at).map(|(_, part)| part)
    }

    /// Parts of a message that must not follow the others any more.
    fn keep_back(&mut self, key: u64) {
        if self.messages.get(&key).is_none_or(|message| message.parts.len() == 1) {
            return;
        }
        let (kept, rest): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.queue).into_iter().partition(|(part, _)| part.key == key);
        self.queue = rest;
        for (part, _) in kept {
            self.set(part, State::Unsent);
        }
    }

    fn set(&mut self, part: Part, state: State) {
        let message = self.messages.get_mut(&part.key);
        if let Some(slot) = message.and_then(|message| message.parts.get_mut(part.index)) {
            *slot = state;
        }
    }

    fn forget(&mut self, key: u64) {
        if self.messages.get(&key).is_some_and(|message| message.told) {
            self.messages.remove(&key);
        }
    }

    /// The message's result once no part is open; later, what settles its doubt.
    fn settle(&mut self, key: u64) -> Option<Event> {
        let message = self.messages.get_mut(&key)?;
        if message.parts.iter().any(|part| matches!(part, State::Open)) {
            return None;
        }
        let tag = message.tag;
        let doubtful = message.parts.iter().any(|part| matches!(part, State::Doubtful(_)));
        let told = std::mem::replace(&mut message.told, true);
        let outcome = overall(&message.parts);
        if !doubtful {
            self.messages.remove(&key);
        }
        match (told, &outcome) {
            (false, _) => Some(Event::Result { tag, outcome }),
            (true, Outcome::InDoubt { .. }) => None,
            (true, _) => Some(Event::Late { tag, outcome }),
        }
    }
}

/// What the parts of a message come to.
fn overall(parts: &[State]) -> Outcome {
    let mut ids = Vec::with_capacity(parts.len());
    let mut refusal = None;
    for part in parts {
        match part {
            State::Taken(id) => ids.push(id.clone()),
            State::Doubtful(code) => return in_doubt(code),
            State::Refused(outcome) => drop(refusal.get_or_insert_with(|| outcome.clone())),
            State::Open | State::Unsent => {}
        }
    }
    match refusal {
        None if ids.len() == parts.len() => Outcome::Accepted { provider_ids: ids },
        _ if !ids.is_empty() => in_doubt("partly taken"),
        Some(refusal) => refusal,
        None => Outcome::NotAccepted { code: "link down".to_owned() },
    }
}

fn in_doubt(code: &str) -> Outcome {
    Outcome::InDoubt { code: code.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn refused() -> Answer {
        Answer::Refused(Outcome::NotAccepted { code: "ESME_RTHROTTLED".to_owned() })
    }

    fn taken(id: &str) -> Answer {
        Answer::Taken(id.to_owned())
    }

    /// A window with one message of `parts`, all of them sent under sequence numbers from 1, ten octets each.
    fn sent(parts: usize) -> Window {
        let mut window = Window::new(10);
        window.admit(7, vec![Pdu::EnquireLink; parts]);
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut sequence = 0;
        while let Some((part, _)) = window.next() {
            sequence += 1;
            window.launched(sequence, part, u64::from(sequence) * 10, deadline);
        }
        window
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    fn result(events: &[Event]) -> Outcome {
        match events {
            [Event::Result { tag: 7, outcome }] => outcome.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_parts_taken_is_accepted_with_ids_in_order() {
        let mut window = sent(2);
        assert!(window.answered(2, taken("b")).is_none());
        let event = window.answered(1, taken("a")).unwrap();
        let provider_ids = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(result(&[event]), Outcome::Accepted { provider_ids });
        assert!(window.messages.is_empty());
    }

    #[test]
    fn one_part_taken_and_one_refused_is_in_doubt() {
        let mut window = sent(2);
        assert!(window.answered(1, taken("a")).is_none());
        let event = window.answered(2, refused()).unwrap();
        assert_eq!(result(&[event]), in_doubt("partly taken"));
        assert!(window.messages.is_empty());
    }

    #[test]
    fn a_refused_first_part_keeps_the_others_back() {
        let mut window = Window::new(1);
        window.admit(7, vec![Pdu::EnquireLink; 3]);
        let (part, _) = window.next().unwrap();
        window.launched(1, part, 10, later());
        assert!(window.next().is_none());
        let event = window.answered(1, refused()).unwrap();
        assert_eq!(result(&[event]), Outcome::NotAccepted { code: "ESME_RTHROTTLED".to_owned() });
        assert!(window.messages.is_empty() && window.queue.is_empty());
    }

    #[test]
    fn a_late_answer_settles_a_doubt_once() {
        let mut window = sent(2);
        assert!(window.answered(1, taken("a")).is_none());
        assert_eq!(result(&window.expire(later())), in_doubt("timed out"));
        assert_eq!(window.room(), 10);
        let Some(Event::Late { tag: 7, outcome }) = window.answered(2, taken("b")) else {
            panic!()
        };
        assert!(matches!(outcome, Outcome::Accepted { .. }));
        assert!(window.answered(2, taken("b")).is_none());
        assert!(window.messages.is_empty());
    }

    #[test]
    fn a_lost_connection_separates_written_from_unsent() {
        assert_eq!(result(&sent(1).lost(10)), in_doubt("disconnected"));
        let link_down = Outcome::NotAccepted { code: "link down".to_owned() };
        assert_eq!(result(&sent(1).lost(9)), link_down);
        assert_eq!(result(&sent(2).lost(15)), in_doubt("disconnected"));
        let mut window = sent(2);
        assert!(window.answered(1, taken("a")).is_none());
        assert_eq!(result(&window.lost(10)), in_doubt("partly taken"));
    }

    #[test]
    fn what_is_remembered_for_late_answers_is_bounded() {
        let mut window = Window::new(2);
        for sequence in 0..1_000 {
            window.admit(u64::from(sequence), vec![Pdu::EnquireLink]);
            let (part, _) = window.next().unwrap();
            window.launched(sequence, part, 0, Instant::now());
            assert_eq!(window.expire(later()).len(), 1);
        }
        assert_eq!((window.late.len(), window.messages.len()), (8, 8));
        assert!(!window.uses(0) && window.uses(999));
    }

    proptest! {
        /// Whatever happens, every message gets exactly one result, and at most one late answer.
        #[test]
        fn every_tag_gets_one_result(steps in prop::collection::vec((0_u8..6, 1_usize..4), 0..200)) {
            let mut window = Window::new(5);
            let (mut tag, mut sequence, mut octets) = (0, 0, 0);
            let mut results = BTreeMap::new();
            let mut lates = BTreeMap::new();
            let start = Instant::now();
            let mut now = start;
            let mut count = |events: Vec<Event>| for event in events {
                match event {
                    Event::Result { tag, .. } => *results.entry(tag).or_insert(0) += 1,
                    Event::Late { tag, .. } => *lates.entry(tag).or_insert(0) += 1,
                    Event::Receipt(..) | Event::Link(_) => unreachable!(),
                }
            };
            for (step, n) in steps {
                match step {
                    0 | 1 if window.room() > 0 => {
                        window.admit(tag, vec![Pdu::EnquireLink; n]);
                        tag += 1;
                    }
                    2 | 3 => while let Some((part, _)) = window.next() {
                        sequence += 1;
                        octets += 10;
                        window.launched(sequence, part, octets, now + Duration::from_secs(30));
                    },
                    4 => {
                        let n = u32::try_from(n).unwrap();
                        let answer = if n == 3 { refused() } else { taken("x") };
                        count(window.answered(sequence.saturating_sub(n * 2), answer).into_iter().collect());
                    }
                    _ => {
                        now += Duration::from_secs(7);
                        count(window.expire(now));
                    }
                }
            }
            count(window.lost(octets.saturating_sub(20)));
            prop_assert_eq!(results.len(), usize::try_from(tag).unwrap());
            prop_assert!(results.values().all(|n| *n == 1));
            prop_assert!(lates.values().all(|n| *n == 1));
        }
    }
}
