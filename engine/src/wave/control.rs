//! Turning a wave: pause, resume, slow down, cancel. None of them needs an approval; each is in the journal.

use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::id::WaveNo;
use simrecall_store::journal::NewEntry;
use simrecall_store::ledger::{Cancelled, Control, Wave};

use super::{get, released, signed_pace};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::send::mark;
use crate::staff;

/// Stops new intents: after this commits, at most one batch that was committed before is still submitted.
pub fn pause(home: &Home, no: WaveNo, by: &str, why: &str) -> Result<()> {
    let wave = released(home, no)?;
    let actor = staff::may(home, by, Act::Pause)?.id.to_string();
    turn(home, &wave, &Turn { kind: "wave.paused", actor: &actor, why }, paused)
}

/// Pauses a wave on the sender's own account.
pub(crate) fn halt(home: &Home, no: WaveNo, why: &str) -> Result<()> {
    let wave = released(home, no)?;
    turn(home, &wave, &Turn { kind: "wave.paused", actor: "sender", why }, paused)
}

/// Goes on with exactly the rest.
pub fn resume(home: &Home, no: WaveNo, by: &str) -> Result<()> {
    let wave = released(home, no)?;
    let actor = staff::may(home, by, Act::Pause)?.id.to_string();
    let turned = Turn { kind: "wave.resumed", actor: &actor, why: "resumed" };
    turn(home, &wave, &turned, |before| Control { paused: false, ..before })
}

/// Holds each route to so many messages a second, fewer than were approved; `None`: as approved.
///
/// A sender at work keeps to it from its next batch on.
pub fn pace(home: &Home, no: WaveNo, per_second: Option<u32>, by: &str) -> Result<()> {
    let wave = released(home, no)?;
    let actor = staff::may(home, by, Act::Pause)?.id.to_string();
    let pace = per_second.map(|pace| slower(&wave, pace)).transpose()?;
    let body = json!({ "wave": no.0, "per_second": pace });
    let entry = home.entry("wave.paced", &actor, Some(wave.incident), body)?;
    set(home, no, &entry, |before| Control { pace, ..before })
}

/// Gives a wave up: who cannot have been told is owed again, what was sent stays on record.
pub fn cancel(home: &Home, no: WaveNo, by: &str) -> Result<Cancelled> {
    let wave = get(home, no)?;
    let member = staff::may(home, by, Act::Cancel)?;
    released(home, no)?;
    let actor = member.id.to_string();
    let body = json!({ "wave": no.0 });
    let entry = home.entry("wave.cancelled", &actor, Some(wave.incident), body)?;
    let now = home.now();
    let cancelled = home.store.write(|tx| {
        let cancelled = tx.cancel(no, now)?;
        tx.journal(&entry)?;
        Ok(cancelled)
    });
    let cancelled = cancelled.map_err(problem::store)?;
    // Opening the side file raises it to what the database says, this cancellation included.
    mark::of(home)?;
    Ok(cancelled)
}

/// A pace that needs nobody's signature.
fn slower(wave: &Wave, pace: u32) -> Result<i32> {
    let approved = signed_pace(wave);
    let no = wave.no.0;
    if pace == 0 {
        return Err(Problem::input("pace", "at 0 a second nothing would ever be sent")
            .hint(format!("to stop for a while: simrecall wave pause {no} --by NAME")));
    }
    i32::try_from(pace)
        .ok()
        .filter(|_| approved.is_none_or(|approved| pace <= approved))
        .ok_or_else(|| {
            let most = approved.map_or_else(
                || "without a limit".to_owned(),
                |n| format!("for {n} a second at most"),
            );
            Problem::input("pace", format!("wave {no} was approved {most}")).hint(format!(
                "a slower pace, or: simrecall wave pace {no} --as-approved --by NAME"
            ))
        })
}

/// What is done to a wave, by whom, why.
struct Turn<'a> {
    kind: &'a str,
    actor: &'a str,
    why: &'a str,
}

const fn paused(before: Control) -> Control {
    Control { paused: true, ..before }
}

fn turn(home: &Home, wave: &Wave, turn: &Turn<'_>, to: impl Fn(Control) -> Control) -> Result<()> {
    let body = json!({ "wave": wave.no.0, "why": turn.why });
    let entry = home.entry(turn.kind, turn.actor, Some(wave.incident), body)?;
    set(home, wave.no, &entry, to)
}

/// Changes the control row and says so in the journal.
fn set(
    home: &Home,
    no: WaveNo,
    entry: &NewEntry<'_>,
    to: impl Fn(Control) -> Control,
) -> Result<()> {
    let now = home.now();
    home.store
        .write(|tx| {
            let before = tx.control(no)?;
            tx.set_control(no, to(before), now)?;
            tx.journal(entry).map(|_| ())
        })
        .map_err(problem::store)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};
    use simrecall_core::delivery::Rung;

    use super::*;
    use crate::clock::Clock;
    use crate::drill::{CODE, SIGNERS, Scene, Setting};
    use crate::sample::{SamplePlan, Stage};
    use crate::sandbox::{Plans, Sandbox};
    use crate::send::{Ended, SendOptions, Unwatched, is_first, send};
    use crate::{incident, wave};

    const SLOW: i32 = 5;

    /// A released wave over a sandbox; time passes when somebody lets it.
    fn released_wave(dir: &Path, sandbox: &Sandbox) -> (Scene, WaveNo) {
        let scene = Scene::set(&Setting {
            dir,
            store: "sqlite:simrecall.db",
            smsc: &sandbox.smsc.address.to_string(),
            mail: &sandbox.mail.address().to_string(),
            clock: Clock::still("2025-09-11T09:30:00+09:00".parse().unwrap()),
        });
        let scene = scene.unwrap();
        scene.open_incident().unwrap();
        let stages = vec![Stage { lines: 50, people: 40 }];
        let plan = SamplePlan {
            seed: 7,
            stages,
            bystanders: 0,
            recycled_permille: 0,
            bad_rows: 0,
            records: None,
        };
        let (_, lists) = scene.take_registry(&plan).unwrap();
        scene.take_list(&lists[0]).unwrap();
        let no = scene.plan().unwrap().wave;
        scene.release(no).unwrap();
        (scene, no)
    }

    fn messages(home: &Home, no: WaveNo) -> i32 {
        let status = wave::status(home, no).unwrap();
        let lms = status.by_rung.iter().find(|(rung, _)| *rung == Rung::Lms.name());
        lms.map_or(0, |(_, tally)| tally.intents())
    }

    /// How many messages were written down at which moment.
    fn by_moment(home: &Home, no: WaveNo) -> BTreeMap<DateTime<Utc>, i32> {
        let mut moments = BTreeMap::new();
        let read = home.store.read(|tx| {
            for chunk in tx.chunks(no)?.iter().filter(|chunk| is_first(chunk.kind)) {
                let targets = tx.chunk_targets(no, chunk.no)?;
                let intents = targets.iter().flat_map(|target| &target.attempts);
                for attempt in intents.filter(|attempt| attempt.intent.rung == Rung::Lms) {
                    *moments.entry(attempt.intent.at).or_default() += 1;
                }
            }
            Ok(())
        });
        read.unwrap();
        moments
    }

    fn wait_until(mut is_so: impl FnMut() -> bool) {
        for _ in 0..60_000 {
            if is_so() {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("stuck");
    }

    #[test]
    fn a_sender_at_work_keeps_to_a_slower_pace() {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start(&folder.path().join("sandbox"), 0, 0, Plans::default());
        let sandbox = sandbox.unwrap();
        let (scene, no) = released_wave(&folder.path().join("home"), &sandbox);
        let (home, by) = (&scene.home, SIGNERS[0]);
        pace(home, no, Some(SLOW.unsigned_abs()), by).unwrap();
        let options = SendOptions::default();
        let sent = std::thread::scope(|threads| {
            let sender = threads.spawn(|| send(home, no, &options, &mut Unwatched).unwrap());
            for second in 1..=3 {
                wait_until(|| messages(home, no) == SLOW * second);
                if second < 3 {
                    home.clock.advance(TimeDelta::seconds(1));
                }
            }
            options.stop.store(true, Ordering::Release);
            sender.join().unwrap()
        });
        assert_eq!(sent.ended, Ended::Stopped);
        let slow: Vec<i32> = by_moment(home, no).into_values().collect();
        assert_eq!(slow, [SLOW; 3]);

        // As approved, the rest goes at once; what it waits for comes with the clock.
        pace(home, no, None, by).unwrap();
        home.clock.advance(TimeDelta::seconds(1));
        let options = SendOptions { until: crate::send::Until::Idle, ..SendOptions::default() };
        send(home, no, &options, &mut Unwatched).unwrap();
        let last = by_moment(home, no).into_values().next_back();
        assert!(last > Some(SLOW), "{last:?}");
    }

    #[test]
    fn the_journal_names_who_turned_a_wave_by_their_id() {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start(&folder.path().join("sandbox"), 0, 0, Plans::default());
        let (scene, no) = released_wave(&folder.path().join("home"), &sandbox.unwrap());
        let (home, by) = (&scene.home, SIGNERS[0]);
        pace(home, no, Some(1), by).unwrap();
        pause(home, no, by, "a test").unwrap();
        resume(home, no, by).unwrap();
        halt(home, no, "too many refusals").unwrap();
        let incident = incident::by_code(home, CODE).unwrap().id;
        let entries = home.store.read(|tx| tx.entries_of(incident, 100)).unwrap();
        let lead = staff::may(home, by, Act::Pause).unwrap().id.to_string();
        let actors = |kind: &str| -> Vec<&str> {
            let of_kind = entries.iter().filter(|entry| entry.kind == kind);
            of_kind.map(|entry| entry.actor.as_str()).collect()
        };
        for kind in ["registry.imported", "cohort.imported", "wave.paced", "wave.resumed"] {
            assert_eq!(actors(kind), [lead.as_str()], "{kind}");
        }
        let mut paused = actors("wave.paused");
        paused.sort_unstable();
        let mut both = [lead.as_str(), "sender"];
        both.sort_unstable();
        assert_eq!(paused, both);
        let refused = pause(home, no, "sender", "as if").unwrap_err();
        assert_eq!(refused.code, "staff");
    }
}
