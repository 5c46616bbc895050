//! What a drill starts from: an installation turned to a sandbox, its staff, the incident, the registry and the lists.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use simrecall_core::access::StaffRole;
use simrecall_core::id::WaveNo;

use super::{moment, words};
use crate::clock::Clock;
use crate::cohort::{ImportOptions, RevisionAnswer};
use crate::filing::{NewDraft, NewSubmission, SubmitAnswer};
use crate::home::{Home, write_new};
use crate::incident::IncidentAnswer;
use crate::law::{Choice, ClockList, NewAct};
use crate::posting::{NewGround, PostingAnswer};
use crate::problem::{self, Result};
use crate::registry::{RegistryFiles, SnapshotAnswer};
use crate::sample::{BRANDS, SampleFiles, SamplePlan};
use crate::wave::Planned;
use crate::{cohort, filing, incident, law, posting, registry, sample, staff, wave};

/// The incident's code.
pub const CODE: &str = "HB-2025-09";
/// The file the incident is opened from; also an example to copy.
const INCIDENT: &str = include_str!("incident.toml");
/// When the incident was reported in the story, late by every reading.
const REPORTED: &str = "2025-09-08T19:16:00+09:00";
/// Who sign a wave.
pub const SIGNERS: [&str; 2] = ["security.lead", "privacy.officer"];
/// Who chooses what clocks count from, with the privacy officer.
pub(super) const COUNSEL: &str = "legal.counsel";
/// Who plans, releases and turns waves.
pub const SENDER: &str = "messaging.lead";

/// Where a scene's parts are.
#[derive(Debug, Clone)]
pub struct Setting<'a> {
    /// A new folder.
    pub dir: &'a Path,
    /// `sqlite:PATH` or `postgres://…`.
    pub store: &'a str,
    /// Host and port of an SMSC: login simrecall, password sandbox.
    pub smsc: &'a str,
    /// Host and port of a mail relay.
    pub mail: &'a str,
    /// What time it is.
    pub clock: Clock,
}

/// A new installation with its staff.
#[derive(Debug, Clone)]
pub struct Scene {
    /// It, open.
    pub home: Home,
}

impl Scene {
    /// Makes the installation and adds the staff.
    pub fn set(setting: &Setting<'_>) -> Result<Self> {
        let scene = Self { home: furnish(setting)? };
        let keys = scene.home.dir.join("staff");
        std::fs::create_dir_all(&keys).map_err(|error| problem::file(&keys, error))?;
        let [first, second] = SIGNERS;
        for (name, role, by) in [
            (first, StaffRole::Security, None),
            (second, StaffRole::Privacy, Some(first)),
            (COUNSEL, StaffRole::Legal, Some(first)),
            (SENDER, StaffRole::Messaging, Some(first)),
        ] {
            staff::add(&scene.home, name, &[role], &scene.key(name), by)?;
        }
        Ok(scene)
    }

    /// Opens the incident.
    pub fn open_incident(&self) -> Result<IncidentAnswer> {
        let file = self.home.dir.join("incident.toml");
        incident::open(&self.home, &file, "security.lead")
    }

    /// Records the report that was telephoned in before there was an installation, and chooses the knowledge time that
    /// clocks count from: two people of different roles, with a reason.
    pub fn choose_knowledge(&self) -> Result<ClockList> {
        let report = NewAct {
            rule: "KR-NET-48-3",
            scope: "incident",
            at: moment(REPORTED)?,
            what: "incident report to KISA by web form, before the leak of data was known",
        };
        law::record_act(&self.home, CODE, &report, COUNSEL)?;
        for anchor in ["kr.leak_known", "kr.incident_known"] {
            let choice = Choice {
                anchor,
                revision: None,
                knowledge: 3,
                reason: "until then nobody knew that subscribers' data had left the network",
            };
            for by in [COUNSEL, SIGNERS[1]] {
                law::select(&self.home, CODE, &choice, by)?;
            }
        }
        law::list(&self.home, CODE)
    }

    /// Makes a sample and takes its registry in; gives back the exposure lists too.
    pub fn take_registry(&self, plan: &SamplePlan) -> Result<(SnapshotAnswer, Vec<PathBuf>)> {
        let (snapshot, files) = self.take_sample(plan)?;
        Ok((snapshot, files.exposures))
    }

    /// The same, with all that the sample has.
    pub fn take_sample(&self, plan: &SamplePlan) -> Result<(SnapshotAnswer, SampleFiles)> {
        let files = sample::write(plan, &self.home.dir.join("sample"))?;
        let registry = RegistryFiles {
            subscribers: &files.subscribers,
            lines: &files.lines,
            as_of: self.home.now(),
            accept_rejects: 0,
        };
        let snapshot = registry::import(&self.home, CODE, &registry, "security.lead")?;
        Ok((snapshot, files))
    }

    /// Takes an exposure list in. Drills' lists grow by leaps.
    pub fn take_list(&self, list: &Path) -> Result<RevisionAnswer> {
        let options = ImportOptions {
            accept_rejects: 0,
            expect_change: true,
            known: None,
            by: "security.lead",
        };
        cohort::import(&self.home, CODE, list, &options)
    }

    /// Renders the report to the privacy authority as of now and submits it.
    pub fn report(&self) -> Result<SubmitAnswer> {
        let by = SIGNERS[1];
        let new = NewDraft {
            kind: "pipc_leak",
            incident: CODE,
            as_of: None,
            late_reason: None,
            consequences: None,
            by,
        };
        let draft = filing::render(&self.home, &new)?;
        let submission = NewSubmission { at: self.home.now(), channel: "web", by };
        filing::submit(&self.home, &draft.filing.number.to_string(), &submission)
    }

    /// Plans what the latest revision owes.
    pub fn plan(&self) -> Result<Planned> {
        wave::plan(&self.home, CODE, None, SENDER)
    }

    /// Has a wave signed, and lets it go.
    pub fn release(&self, no: WaveNo) -> Result<()> {
        for name in SIGNERS {
            wave::approve(&self.home, no, name, &self.key(name))?;
        }
        wave::release(&self.home, no, SENDER)?;
        self.ground(no).map(|_| ())
    }

    /// Records the ground for those whom only a posting is left for; how many pages may be published now.
    pub fn ground(&self, no: WaveNo) -> Result<usize> {
        let [_, privacy] = SIGNERS;
        let new = NewGround {
            ground: "contact_unknown",
            rule: None,
            reason: "no number, e-mail or address is known, or none of them reached anybody",
            wave: Some(no),
            url: None,
            by: privacy,
        };
        match posting::start(&self.home, CODE, &new) {
            Ok(started) => Ok(started.postings.len()),
            Err(problem) if problem.code == "nobody_to_post" => Ok(0),
            Err(problem) => Err(problem),
        }
    }

    /// Lets time pass. Each morning somebody looks whether the pages still stand.
    pub fn pass(&self, until: DateTime<Utc>) -> Result<()> {
        loop {
            let now = self.home.now();
            if now >= until {
                return Ok(());
            }
            let morning = next_morning(now);
            self.home.clock.advance(morning.min(until) - now);
            if morning <= until {
                self.look()?;
            }
        }
    }

    /// The incident's postings.
    pub fn postings(&self) -> Result<Vec<PostingAnswer>> {
        posting::list(&self.home, CODE)
    }

    fn look(&self) -> Result<()> {
        let stands = |posting: &PostingAnswer| posting.closed.is_none();
        if self.postings()?.iter().any(stands) {
            posting::observe(&self.home, CODE, None)?;
        }
        Ok(())
    }

    fn key(&self, name: &str) -> PathBuf {
        self.home.dir.join("staff").join(format!("{name}.key"))
    }
}

/// Nine o'clock in Seoul, which is midnight in UTC.
fn next_morning(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive().and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(1)
}

/// Makes an installation turned to a sandbox, with the sample's brands, an incident file to look at, and nobody in it.
pub fn furnish(setting: &Setting<'_>) -> Result<Home> {
    let Setting { dir, store, smsc, mail, clock } = setting;
    drop(Home::init(dir, store, clock.clone())?);
    write_new(&dir.join("smsc.password"), "sandbox\n")?;
    for brand in BRANDS {
        write_new(&dir.join(format!("{brand}.toml")), &words::brand(brand))?;
    }
    write_new(&dir.join("incident.toml"), INCIDENT)?;
    let path = dir.join("simrecall.toml");
    std::fs::write(&path, words::config(store, smsc, mail))
        .map_err(|error| problem::file(&path, error))?;
    Home::open(dir, clock.clone())
}
