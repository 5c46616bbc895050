//! `wave`: tell everyone what is true of them and not yet told.

mod status;
mod words;

use std::path::Path;
use std::process::ExitCode;

use simrecall_core::id::WaveNo;
use simrecall_engine::send::{self, SendOptions};
use simrecall_engine::wave::{self, ReconcileOptions};
use simrecall_engine::{Home, Result};

use super::{Desk, sequence};
use crate::args::{Until, WaveVerb};
use crate::progress::Screen;
use crate::stop;

pub(super) fn run(desk: &Desk<'_>, verb: &WaveVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let at = At { desk, home: &home };
    let done = match verb {
        WaveVerb::Plan { incident, revision, by } => at.plan(incident, *revision, by),
        WaveVerb::Test { wave, to, by } => at.test(WaveNo(*wave), to, by),
        WaveVerb::Approve { wave, staff, key } => at.approve(WaveNo(*wave), staff, key),
        WaveVerb::Release { wave, by } => at.release(WaveNo(*wave), by),
        WaveVerb::Send { wave, until } => at.send(WaveNo(*wave), *until),
        WaveVerb::Pause { wave, by, why } => at.pause(WaveNo(*wave), by, why),
        WaveVerb::Resume { wave, by } => at.resume(WaveNo(*wave), by),
        WaveVerb::Pace { wave, per_second, as_approved: _, by } => {
            at.pace(WaveNo(*wave), *per_second, by)
        }
        WaveVerb::Cancel { wave, by } => at.cancel(WaveNo(*wave), by),
        WaveVerb::Status { wave } => return at.status(WaveNo(*wave)),
        WaveVerb::Reconcile { records, by } => at.reconcile(records.as_deref(), by),
    };
    // What was refused may have left an entry, too.
    sequence(&home);
    done
}

/// A home that is open, and where to answer.
struct At<'a> {
    desk: &'a Desk<'a>,
    home: &'a Home,
}

impl At<'_> {
    fn plan(&self, incident: &str, revision: Option<i32>, by: &str) -> Result<ExitCode> {
        let planned = wave::plan(self.home, incident, revision, by)?;
        let command = format!("wave approve {} --as NAME --key FILE", planned.wave.0);
        Ok(self
            .desk
            .say(&planned, || words::planned(&planned).next(&self.desk.next(&command)).text()))
    }

    fn test(&self, no: WaveNo, to: &[String], by: &str) -> Result<ExitCode> {
        let tested = wave::test(self.home, no, to, by)?;
        Ok(self.desk.judge(tested.refused.is_empty(), &tested, || words::tested(&tested)))
    }

    fn approve(&self, no: WaveNo, staff: &str, key: &Path) -> Result<ExitCode> {
        let approved = wave::approve(self.home, no, staff, key)?;
        Ok(self.desk.say(&approved, || words::approved(&approved)))
    }

    fn release(&self, no: WaveNo, by: &str) -> Result<ExitCode> {
        wave::release(self.home, no, by)?;
        let next = format!("next: simrecall {}", self.desk.next(&format!("wave send {}", no.0)));
        Ok(self.turned(no, "released", &format!("wave {} is released\n{next}", no.0)))
    }

    fn send(&self, no: WaveNo, until: Until) -> Result<ExitCode> {
        let until = match until {
            Until::Complete => send::Until::Complete,
            Until::Idle => send::Until::Idle,
        };
        let said = "no more is submitted; waiting for answers to what is under way (again to leave at once)";
        let stop = stop::on_interrupt(self.desk.out, said)?;
        let mut screen = Screen::new(self.desk.out);
        let sent = send::send(self.home, no, &SendOptions { until, stop }, &mut screen);
        screen.end();
        let sent = sent?;
        Ok(self.desk.say(&sent, || words::sent(no, &sent)))
    }

    fn pause(&self, no: WaveNo, by: &str, why: &str) -> Result<ExitCode> {
        wave::pause(self.home, no, by, why)?;
        let words = format!("wave {} is paused; at most one batch is still on its way", no.0);
        Ok(self.turned(no, "paused", &words))
    }

    fn resume(&self, no: WaveNo, by: &str) -> Result<ExitCode> {
        wave::resume(self.home, no, by)?;
        Ok(self.turned(no, "resumed", &format!("wave {} goes on with exactly the rest", no.0)))
    }

    fn pace(&self, no: WaveNo, per_second: Option<u32>, by: &str) -> Result<ExitCode> {
        wave::pace(self.home, no, per_second, by)?;
        let answer = serde_json::json!({ "wave": no, "pace": per_second });
        Ok(self.desk.say(&answer, || words::paced(no, per_second)))
    }

    fn cancel(&self, no: WaveNo, by: &str) -> Result<ExitCode> {
        let cancelled = wave::cancel(self.home, no, by)?;
        let (kept, withdrawn) = (cancelled.kept, cancelled.withdrawn);
        let answer = serde_json::json!({ "wave": no, "kept": kept, "withdrawn": withdrawn });
        Ok(self.desk.say(&answer, || words::cancelled(no, kept, withdrawn)))
    }

    fn status(&self, no: WaveNo) -> Result<ExitCode> {
        let status = wave::status(self.home, no)?;
        Ok(self.desk.say(&status, || status::words(&status)))
    }

    fn reconcile(&self, records: Option<&Path>, by: &str) -> Result<ExitCode> {
        let options = ReconcileOptions { records: records.map(Path::to_path_buf) };
        let done = wave::reconcile(self.home, &options, by)?;
        Ok(self.desk.say(&done, || words::reconciled(&done)))
    }

    /// An answer that is one word.
    fn turned(&self, no: WaveNo, now: &str, words: &str) -> ExitCode {
        let answer = serde_json::json!({ "wave": no, "now": now });
        self.desk.say(&answer, || words.to_owned())
    }
}
