//! One command: its intent, the command, its result.

use std::time::Instant;

use chrono::{DateTime, Utc};
use simrecall_core::replacement::Event;
use simrecall_core::replacement::swap::{
    Access, Answer, Command, Course, Direction, Outcome, Reason, Truth, after_failure,
};
use simrecall_gateway::hlr::HlrError;
use simrecall_store::swap::{Intended, Intent, SentCommand};
use simrecall_store::{StoreError, Tx};

use super::Ended;
use super::watch::Point;
use super::work::{Flow, Seen, Worker};
use crate::problem::{Problem, Result};

impl Worker<'_> {
    /// Writes down what is about to be sent, sends it, writes down what became of it.
    pub(super) fn act(
        &mut self,
        direction: Direction,
        truth: &Truth,
        command: Command,
    ) -> Result<Flow> {
        let (asked, at) = (Instant::now(), self.home.now());
        let intended = self.intend(SentCommand::Swap(command))?;
        if intended != Intended::LeaseLost {
            self.tell_settled();
        }
        let no = match intended {
            Intended::Written => self.steps,
            Intended::LeaseLost => return Ok(Flow::End(Ended::Lost)),
            Intended::CaseElsewhere(_) => {
                self.seen = None;
                return self.reload().map(|()| Flow::On);
            }
            Intended::LineHeld => return self.turn_back(Event::Hold),
        };
        self.watch.see(&Point::Intended { no, command });
        let sent = if self.may_still(asked) { self.send(command)? } else { Sent::Never };
        let outcome = sent.outcome();
        self.watch.see(&Point::Answered { no, command, outcome });
        let failed = self.failed;
        self.past = self.past.and(command, outcome, at);
        self.note(command, outcome);
        if outcome == Outcome::Done {
            // Written down with the next intent: until then nobody needs it, and whoever comes after a crash looks anyway.
            self.done = Some((no, command));
            self.seen = Some(Seen { truth: truth.after(&self.plan.plan, command), fresh: false });
            return Ok(Flow::On);
        }
        if !self.settle(no, command, outcome)? {
            return Ok(Flow::End(Ended::Lost));
        }
        self.watch.see(&Point::Settled { no, command, outcome });
        self.seen = None;
        self.failed(direction, truth, (command, sent), failed)
    }

    /// One transaction: the result of the command before is written, lease, case and hold are asked, and the intent is written.
    pub(super) fn intend(&mut self, command: SentCommand) -> Result<Intended> {
        let (now, before) = (self.home.now(), self.done);
        let intent = Intent {
            swap: self.swap.id,
            number: self.swap.number,
            incident: self.case.incident,
            case: self.case.id,
            case_state: self.case.state,
            token: self.token,
            now,
            until: now + self.pace.lease,
            done: before.map(|(no, _)| no),
            no: self.steps + 1,
            command,
        };
        let card = self.card_id();
        let intended = self.home.store.write(|tx| {
            let intended = tx.intend(&intent)?;
            if intended == Intended::LeaseLost {
                return Ok(intended);
            }
            if let Some((_, command)) = before {
                follow(tx, &intent, command)?;
            }
            if let (Intended::Written, SentCommand::Swap(command)) = (intended, command) {
                if command == Command::Key {
                    tx.mark_keyed(card, now)?;
                }
                if command.gives_number() {
                    tx.raise_sim_change(&intent.number, now)?;
                }
            }
            Ok(intended)
        })?;
        if intended == Intended::Written {
            self.steps += 1;
        }
        Ok(intended)
    }

    /// Writes down what became of a command. `false`: the swap is somebody else's by now.
    pub(super) fn settle(&self, no: i32, command: Command, outcome: Outcome) -> Result<bool> {
        let (result, now) = ((no, command, outcome), self.home.now());
        Ok(self.home.store.write(|tx| self.settle_in(tx, result, now))?)
    }

    pub(super) fn settle_in(
        &self,
        tx: &mut Tx<'_>,
        (no, command, outcome): (i32, Command, Outcome),
        now: DateTime<Utc>,
    ) -> std::result::Result<bool, StoreError> {
        let (id, token, number) = (self.swap.id, self.token, self.swap.number);
        // Whoever has the swap now, the number may have moved at this moment.
        if command.gives_number() && outcome != Outcome::Refused {
            tx.raise_sim_change(&number, now)?;
        }
        let settled = tx.settle_step(id, no, token, outcome, now)?;
        if settled && command == Command::GiveToNew && outcome == Outcome::Done {
            tx.mark_pivot(id, now)?;
        }
        Ok(settled)
    }

    /// Writes down what was done last, before anything else than another command. `false`: the swap is somebody else's by now.
    pub(super) fn flush(&mut self) -> Result<bool> {
        let Some((no, command)) = self.done else { return Ok(true) };
        let settled = self.settle(no, command, Outcome::Done)?;
        self.tell_settled();
        Ok(settled)
    }

    /// What was done last has been written down.
    pub(super) fn tell_settled(&mut self) {
        if let Some((no, command)) = self.done.take() {
            self.watch.see(&Point::Settled { no, command, outcome: Outcome::Done });
        }
    }

    fn send(&self, command: Command) -> Result<Sent> {
        let (hlr, plan) = (self.hlr, &self.plan);
        let (old, new, number) = (&plan.old, &plan.new, Some(&plan.number));
        let done = match command {
            Command::Create => hlr.create(new),
            Command::BarNew => hlr.set_access(new, Access::NONE),
            Command::Key => {
                let key = self.card.key.as_ref();
                let key = key.ok_or_else(|| Problem::ours("key", "a card without its key"))?;
                hlr.set_key(new, key)
            }
            Command::BarOld => hlr.set_access(old, Access::NONE),
            Command::TakeFromOld => hlr.set_number(old, None),
            Command::GiveToNew => hlr.set_number(new, number),
            Command::AdmitNew => hlr.set_access(new, plan.plan.old_access),
            Command::TakeFromNew => hlr.set_number(new, None),
            Command::GiveToOld => hlr.set_number(old, number),
            Command::AdmitOld => hlr.set_access(old, plan.plan.old_access),
            Command::DeleteNew => hlr.delete(new),
        };
        Ok(done.map_or_else(|error| Sent::of(&error), |()| Sent::Done))
    }

    /// What to do after a command that did not succeed.
    fn failed(
        &mut self,
        direction: Direction,
        truth: &Truth,
        (command, sent): (Command, Sent),
        before: Option<Command>,
    ) -> Result<Flow> {
        if before != Some(command) {
            let id = self.swap.id;
            self.home.store.write(|tx| tx.forgive_misses(id))?;
        }
        let Some(misses) = self.count_miss()? else { return Ok(Flow::End(Ended::Lost)) };
        let looks = u32::try_from(misses).unwrap_or(u32::MAX);
        match after_failure(direction, truth, sent.answer(), looks) {
            Course::Look if sent == Sent::Never => self.rest(),
            Course::Look => Ok(Flow::On),
            Course::TurnBack => self.turn_back(Event::RollBack),
            Course::Ticket => self.stall(Reason::NoProgress, None),
        }
    }
}

/// What follows from a command that was done, besides its result.
fn follow(tx: &mut Tx<'_>, intent: &Intent, done: Command) -> std::result::Result<(), StoreError> {
    if done.gives_number() {
        tx.raise_sim_change(&intent.number, intent.now)?;
    }
    if done == Command::GiveToNew {
        tx.mark_pivot(intent.swap, intent.now)?;
    }
    Ok(())
}

/// What became of a command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    Done,
    /// The register said no.
    Refused,
    /// It was never asked.
    Never,
    /// It was asked, and nobody knows.
    Unknown,
}

impl Sent {
    pub(super) fn of(error: &HlrError) -> Self {
        match error {
            HlrError::Refused(_) => Self::Refused,
            HlrError::Unknown(_) => Self::Unknown,
            HlrError::Unreachable(_) | HlrError::Untrusted => Self::Never,
        }
    }

    /// As its row keeps it.
    pub(super) const fn outcome(self) -> Outcome {
        match self {
            Self::Done => Outcome::Done,
            Self::Refused | Self::Never => Outcome::Refused,
            Self::Unknown => Outcome::Unknown,
        }
    }

    /// As the rule hears it: what nobody was asked says nothing against the swap.
    const fn answer(self) -> Answer {
        match self {
            Self::Refused => Answer::Refused,
            Self::Done | Self::Never | Self::Unknown => Answer::Unknown,
        }
    }
}
