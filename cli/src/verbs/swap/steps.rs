//! A swap's steps as they happen, each with its time.

use std::time::Instant;

use simrecall_core::replacement::swap::{Command, Direction, Outcome};
use simrecall_engine::swap::{Point, Watch};

use crate::report::Out;

/// Says each step once it has committed.
pub(super) struct Steps {
    out: Out,
    start: Instant,
    is_waiting: bool,
}

impl Steps {
    pub(super) fn new(out: Out) -> Self {
        Self { out, start: Instant::now(), is_waiting: false }
    }

    fn say(&self, what: &str) {
        let seconds = self.start.elapsed().as_secs_f64();
        self.out.remark(&format!("{seconds:>8.3} s  {what}"));
    }
}

impl Watch for Steps {
    fn see(&mut self, point: &Point) {
        match point {
            Point::Taken
            | Point::Looked { .. }
            | Point::Intended { .. }
            | Point::Answered { .. } => {}
            Point::Settled { command, outcome, .. } => {
                let became = match outcome {
                    Outcome::Done => "done",
                    Outcome::Refused => "refused",
                    Outcome::Unknown | Outcome::Open => "no answer: looked at anew",
                };
                self.say(&format!("{:<44} {became}", said(command.name())));
            }
            Point::Unseen { why, misses } => {
                self.say(&format!("the network says nothing ({why}), {misses} in a row"));
            }
            Point::Turned { direction: Direction::Back } => self.say("back to the old card"),
            Point::Turned { direction: Direction::Forward } => self.say("on to the new card"),
            Point::Waiting { .. } => {
                if !self.is_waiting {
                    self.say("waiting for the new card to be seen");
                }
                self.is_waiting = true;
            }
            Point::Completed => self.say("the new card was seen: completed"),
            Point::RolledBack => self.say("everything is as it was: rolled back"),
            Point::Ticket { reason } => {
                self.say(&format!("a person has to decide ({})", reason.name()));
            }
            Point::Tidied => self.say("nothing of the old card is left"),
        }
    }
}

/// A command in words.
pub(super) fn said(name: &str) -> &str {
    match Command::parse(name) {
        Some(Command::Create) => "create the new card's record",
        Some(Command::BarNew) => "bar the new card until its turn",
        Some(Command::Key) => "write the new card's key",
        Some(Command::BarOld) => "bar the old card, and tell its switch",
        Some(Command::TakeFromOld) => "take the number from the old card",
        Some(Command::GiveToNew) => "give the number to the new card",
        Some(Command::AdmitNew) => "let the new card in",
        Some(Command::TakeFromNew) => "take the number from the new card",
        Some(Command::GiveToOld) => "give the number back to the old card",
        Some(Command::AdmitOld) => "let the old card in again",
        Some(Command::DeleteNew) => "delete the new card's record",
        None => name,
    }
}
