//! The KT story of 2025 in one command, with an invented carrier and invented people, on real protocols to a sandbox.

mod found;
mod portal;
mod scene;
mod supplier;
mod swap;
mod terminal;
mod words;

use std::path::Path;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use simrecall_core::id::WaveNo;
use simrecall_gateway::sandbox::mail::MailPlan;
use simrecall_gateway::sandbox::smsc::{Answers, Receipts, SmscLine, SmscPlan, read_lines};

pub use portal::{Postbox, ToTry, ended_at, open_door, people};
pub use scene::{CODE, SENDER, SIGNERS, Scene, Setting, furnish};
pub use terminal::{Coming, Counter, Sits};

use self::found::Search;
use crate::clock::Clock;
use crate::cohort::Known;
use crate::problem::{self, Problem, Result};
use crate::sample::{SampleFiles, SamplePlan};
use crate::sandbox::{Plans, Sandbox};
use crate::send::{Ended, SendOptions, Until, Watch, send};
use crate::verify::{Verified, verify};
use crate::{incident, journal, wave};

/// When people start to be told.
const START: &str = "2025-09-11T09:30:00+09:00";
/// When each list was found, as in the story.
const FOUND: [&str; 3] =
    ["2025-09-11T09:00:00+09:00", "2025-09-18T09:00:00+09:00", "2025-10-17T09:00:00+09:00"];
/// A wave that takes longer than this many looks is stuck.
const LOOKS: usize = 60;

/// How to run a drill.
#[derive(Debug, Clone)]
pub struct DrillOptions {
    /// `sqlite:PATH` or `postgres://…`.
    pub store: String,
    /// Another SMSC than the sandbox's: login simrecall, password sandbox.
    pub smsc: Option<String>,
    /// The same seed gives the same people.
    pub seed: u64,
    /// The story told: the real size by default.
    pub plan: Option<SamplePlan>,
    /// Whether somebody visits the customer's page while the first list is all there is.
    pub portal: bool,
}

/// Plays the whole story in a new folder; it stays there to be looked at.
pub fn drill(
    dir: &Path,
    options: &DrillOptions,
    watch: &mut dyn Watch,
    say: &mut dyn FnMut(&str),
) -> Result<Verified> {
    let start = moment(START)?;
    say(
        "simrecall drill · after KT 2025, with an invented carrier (한빛모바일) and invented people",
    );
    say("one person holds both approval keys here: this is a drill");
    let sandbox = Sandbox::start(&dir.join("sandbox"), 0, 0, plans(options.seed, start))?;
    let smsc = options.smsc.clone().unwrap_or_else(|| sandbox.smsc.address.to_string());
    let scene = Scene::set(&Setting {
        dir,
        store: &options.store,
        smsc: &smsc,
        mail: &sandbox.mail.address().to_string(),
        clock: Clock::drill(start),
    })?;
    let stage = Stage { scene, sandbox, options };
    let plan = options.plan.clone().unwrap_or_else(|| SamplePlan::kt_story(options.seed));
    let files = stage.registry(&plan, say)?;
    let cells = plan.records.iter().flat_map(|records| &records.cells);
    for (at, cells) in cells.enumerate() {
        let known = stage.wait_for(FOUND.get(at))?;
        let search = Search { files: &files, stage: at, cells: *cells };
        // What the first search finds is what the incident is about: its knowledge times stand for it.
        stage.revision((search, known.filter(|_| at > 0)), watch, say)?;
        if at == 0 && options.portal {
            stage.visit(&files, say)?;
        }
    }
    stage.end(say)
}

/// An hour of a local day.
fn at_hour(day: NaiveDate, hour: u32) -> Option<DateTime<Utc>> {
    let seoul = FixedOffset::east_opt(9 * 3_600)?;
    Some(day.and_hms_opt(hour, 0, 0)?.and_local_timezone(seoul).single()?.to_utc())
}

fn moment(text: &str) -> Result<DateTime<Utc>> {
    text.parse().map_err(|error: chrono::ParseError| {
        Problem::ours("clock", "the story has a time that is none").caused_by(error)
    })
}

/// Phones that are off, receipts out of order and twice, mails that come back: a usual day.
fn plans(seed: u64, start: DateTime<Utc>) -> Plans {
    let receipts = Receipts {
        delay_ms: 20,
        spread_ms: 200,
        early_permille: 5,
        duplicate_permille: 10,
        failed_permille: 8,
        off_permille: 30,
        off_ms: Some(400),
        ..Receipts::default()
    };
    let answers = Answers { delay_ms: 2, unknown_permille: 3, ..Answers::default() };
    Plans {
        smsc: SmscPlan { seed, started_at: start, answers, receipts, ..SmscPlan::default() },
        mail: MailPlan {
            seed,
            rejected_permille: 15,
            deferred_permille: 20,
            bounced_permille: 40,
            ..MailPlan::default()
        },
    }
}

struct Stage<'a> {
    scene: Scene,
    sandbox: Sandbox,
    options: &'a DrillOptions,
}

impl Stage<'_> {
    /// The incident and the registry; the network's records.
    fn registry(&self, plan: &SamplePlan, say: &mut dyn FnMut(&str)) -> Result<SampleFiles> {
        let opened = self.scene.open_incident()?;
        say("");
        say(&format!(
            "Incident  {}  {}     channels that prove nothing: SMS, ARS",
            opened.incident.code, opened.incident.title
        ));
        let clocks = self.scene.choose_knowledge()?;
        for time in &opened.knowledge {
            let known = &time.time;
            let chosen = clocks.clocks.iter().any(|clock| clock.knowledge == Some(known.no));
            let chosen =
                if chosen { "   (selected by legal and privacy, reason recorded)" } else { "" };
            say(&format!("Known     {}   {}{chosen}", words::moment(known.at), known.what));
        }
        for line in words::clocks(&clocks) {
            say(&line);
        }
        let (snapshot, files) = self.scene.take_sample(plan)?;
        say(&format!(
            "Registry  {} subscribers, {} lines",
            words::count(snapshot.subscribers),
            words::count(snapshot.lines)
        ));
        Ok(files)
    }

    /// Lets the days pass until more cells are found.
    fn wait_for(&self, found: Option<&&str>) -> Result<Option<Known<'static>>> {
        let Some(found) = found else { return Ok(None) };
        let at = moment(found)?;
        self.scene.pass(at + TimeDelta::minutes(30))?;
        Ok(Some(Known {
            at,
            what: Some("more rogue cells are found, and more lines in the records"),
        }))
    }

    /// One revision: derive it, plan, sign twice, release, send, and see it through to the last rung.
    fn revision(
        &self,
        (search, known): (Search<'_>, Option<Known<'_>>),
        watch: &mut dyn Watch,
        say: &mut dyn FnMut(&str),
    ) -> Result<()> {
        let derived = self.scene.derive(search, known)?;
        let planned = self.scene.plan()?;
        say("");
        say(&words::revision(&derived.made, &planned));
        for line in found::derived(&derived, search) {
            say(&line);
        }
        if !planned.lint.is_empty() {
            let problem = Problem::ours("lint", "the drill's own words do not pass lint");
            return Err(planned.lint.into_iter().fold(problem, Problem::detail));
        }
        say(&words::plan(&planned));
        self.scene.release(planned.wave)?;
        say(&format!(
            " approve     security.lead ✓   privacy.officer ✓   (both signed statement {}…)",
            short(planned.statement_sha256.as_deref().unwrap_or_default())
        ));
        say(&words::reported(&self.scene.report()?));
        self.send(planned.wave, watch, say)?;
        journal::sequence(&self.scene.home)
    }

    /// Somebody whom only a later list names looks at the customer's page.
    fn visit(&self, files: &SampleFiles, say: &mut dyn FnMut(&str)) -> Result<()> {
        if let Some((number, answer)) = portal::visit_early(&self.scene.home, &files.exposures)? {
            let standing = answer.standing.name();
            say(&format!(" self-check  {number} proves who they are by mail: {standing}"));
        }
        Ok(())
    }

    /// Sends until everybody is told; days that only pass are skipped.
    fn send(&self, no: WaveNo, watch: &mut dyn Watch, say: &mut dyn FnMut(&str)) -> Result<()> {
        let options = SendOptions { until: Until::Idle, ..SendOptions::default() };
        let maildir = self.scene.home.dir.join("bounces");
        let started = self.scene.home.now();
        let mut sent = send(&self.scene.home, no, &options, watch)?;
        say(&words::sent(&sent, self.scene.home.now() - started));
        for _ in 0..LOOKS {
            if sent.ended == Ended::Complete {
                say(&words::told(&wave::status(&self.scene.home, no)?));
                return Ok(());
            }
            let pages = self.scene.ground(no)?;
            if pages > 0 {
                say(&format!(" posting     {pages} more pages may be published: contact unknown"));
            }
            // A mail that comes back does so within the hour.
            let bounced = self.sandbox.bounce_now(&maildir)?;
            let now = self.scene.home.now();
            let next = sent.next_look.filter(|_| bounced == 0);
            let next = next.unwrap_or(now + TimeDelta::hours(1)).max(now);
            self.scene.pass(next + TimeDelta::seconds(1))?;
            sent = send(&self.scene.home, no, &options, watch)?;
        }
        Err(Problem::ours("drill", format!("wave {} did not come to an end", no.0)))
    }

    fn end(&self, say: &mut dyn FnMut(&str)) -> Result<Verified> {
        let verified = verify(&self.scene.home)?;
        say("");
        for count in &verified.incidents {
            for line in words::accounted(count) {
                say(&line);
            }
        }
        say(&words::postings(&self.scene.postings()?));
        if self.options.smsc.is_none() {
            let lines = read_lines(&self.sandbox.smsc_log)
                .map_err(|error| problem::file(&self.sandbox.smsc_log, error))?;
            let taken = lines.iter().filter(|line| matches!(line, SmscLine::Submit { .. })).count();
            let ours = self.accepted_messages()?;
            say(&format!(
                "the SMSC's own log: {} messages taken; our ledger: {}",
                words::count(as_u64(taken)),
                words::count(ours)
            ));
            if as_u64(taken) != ours {
                return Err(Problem::ours("drill", "the SMSC's log and the ledger differ"));
            }
        }
        if !verified.is_sound() {
            let mut problem =
                Problem::ours("verify", format!("verify found {} faults", verified.fault_count));
            for fault in &verified.faults {
                problem = problem.detail(fault.clone());
            }
            return Err(problem);
        }
        say("Nobody lost, nobody told twice of the same fact.");
        say("");
        swap::swap(&self.scene, say)?;
        let dir = self.scene.home.dir.display();
        say("");
        say(&format!(
            "Next   simrecall --home {dir} verify            check every count and the journal"
        ));
        say(&format!(
            "       simrecall --home {dir} notice show --incident {CODE} --person S000000000 --purpose audit --by privacy.officer"
        ));
        say(&format!(
            "       {dir}/letters, {dir}/posting/index.html   what was printed and posted"
        ));
        Ok(verified)
    }

    /// Messages our ledger says the SMSC took.
    fn accepted_messages(&self) -> Result<u64> {
        let mut sum = 0;
        for (no, _) in incident::show(&self.scene.home, CODE)?.waves {
            let status = wave::status(&self.scene.home, WaveNo(no))?;
            let lms = status.by_rung.iter().filter(|(rung, _)| *rung == "lms");
            sum += lms
                .map(|(_, tally)| i64::from(tally.accepted + tally.reached + tally.failed))
                .sum::<i64>();
        }
        Ok(u64::try_from(sum).unwrap_or(0))
    }
}

fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

fn as_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
