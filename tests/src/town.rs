//! A small town: a handful of people whom the customer's page answers differently, in an installation with a `[portal]`.
//!
//! The sample makes thousands of people; this makes those whom a test has to name.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use simrecall_core::id::WaveNo;
use simrecall_engine::cohort::{self, ImportOptions};
use simrecall_engine::drill::{CODE, Scene, Setting};
use simrecall_engine::registry::{self, RegistryFiles};
use simrecall_engine::send::{SendOptions, Until, Unwatched, send};
use simrecall_engine::suppression::{self, NewSuppression, Reason};
use simrecall_engine::{Clock, Home};

/// Somebody of the town.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Townsperson {
    /// The carrier's reference.
    pub reference: &'static str,
    /// Their number.
    pub number: &'static str,
    /// The address they have on record, or that of whoever speaks for them.
    pub mail: &'static str,
}

const fn of(reference: &'static str, number: &'static str, mail: &'static str) -> Townsperson {
    Townsperson { reference, number, mail }
}

/// Two of her items leaked for certain, by the first list.
pub const LEAKED: Townsperson = of("P-KIM", "010-2000-0001", "kim@town.example");
/// One item of his may have leaked, by the first list; it did, by the second.
pub const POSSIBLY: Townsperson = of("P-LEE", "010-2000-0002", "Lee.Minho@town.example");
/// On no list.
pub const NOT_FOUND: Townsperson = of("P-PARK", "010-2000-0003", "park@town.example");
/// On the second list only.
pub const LATER: Townsperson = of("P-CHOI", "010-2000-0004", "choi@town.example");
/// A child whose line is on the first list; the address is the guardian's.
pub const CHILD: Townsperson = of("P-HAN", "010-2000-0005", "mother@town.example");
/// The child's own address.
pub const CHILD_MAIL: &str = "han@town.example";
/// A company with two lines of which one is on the first list; the address is its contact's.
pub const COMPANY: Townsperson = of("C-SAMO", "010-2000-0006", "office@town.example");
/// On the first list, and a court forbids to tell them.
pub const SILENCED: Townsperson = of("P-YOON", "010-2000-0008", "yoon@town.example");
/// On the first list, and dead.
pub const DEAD: Townsperson = of("P-OH", "010-2000-0009", "oh@town.example");
/// Has a number since September that somebody else had when it was exposed.
pub const NEW_HOLDER: Townsperson = of("P-JUNG", "010-2000-0010", "jung@town.example");
/// Had that number until August.
pub const OLD_HOLDER: Townsperson = of("P-SEO", "010-2000-0010", "seo@town.example");
/// On the first list, in the United States.
pub const AMERICAN: Townsperson = of("P-SMITH", "010-2000-0011", "smith@town.example");

/// When the town's clock starts: it stands until a test moves it.
pub const START: &str = "2025-09-11T09:30:00+09:00";

/// Where a town is built.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// A new folder.
    pub dir: &'a Path,
    /// The URL of an empty database.
    pub store: &'a str,
    /// Host and port of an SMSC; any if nobody is told.
    pub smsc: &'a str,
    /// Host and port of a mail relay; any if no code is sent.
    pub mail: &'a str,
    /// Channels that prove nothing from the start, as TOML writes them: `["sms", "ars"]`.
    pub compromised: &'a str,
    /// Further statutes that bind the incident, such as `us-cpni`.
    pub statute: Option<&'a str>,
    /// More keys and tables of `[portal]`.
    pub portal: &'a str,
    /// What time it is.
    pub clock: &'a Clock,
}

/// A town whose first list was told or not.
#[derive(Debug)]
pub struct Town {
    /// Its installation, open.
    pub scene: Scene,
    lists: PathBuf,
}

/// The clock of a town.
///
/// # Errors
/// Never: the moment is a constant.
pub fn clock() -> Result<Clock> {
    let start: DateTime<Utc> = START.parse().context("the town's clock")?;
    Ok(Clock::still(start))
}

impl Town {
    /// Builds it: staff, incident and registry; nobody is on a list yet.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn build(ground: &Ground<'_>) -> Result<Self> {
        let Ground { dir, store, smsc, mail, clock, .. } = *ground;
        drop(Scene::set(&Setting { dir, store, smsc, mail, clock: clock.clone() })?);
        configure(ground)?;
        let scene = Scene { home: Home::open(dir, clock.clone())? };
        scene.open_incident()?;
        let town = Self { scene, lists: dir.join("town") };
        fs::create_dir_all(&town.lists)?;
        town.register()?;
        Ok(town)
    }

    /// The installation.
    pub const fn home(&self) -> &Home {
        &self.scene.home
    }

    /// Takes a list in, 1 or 2, and releases a wave that tells it. Nobody is told before [`Town::tell`].
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn publish(&self, list: u8) -> Result<WaveNo> {
        self.import(list)?;
        let planned = self.scene.plan()?;
        self.scene.release(planned.wave)?;
        Ok(planned.wave)
    }

    /// Takes a list in, and releases nothing.
    ///
    /// # Errors
    /// When the list is refused.
    pub fn import(&self, list: u8) -> Result<()> {
        ensure!((1..=2).contains(&list), "the town has lists 1 and 2");
        let path = self.write(&format!("list{list}.csv"), &exposures(list)?)?;
        let options = ImportOptions {
            accept_rejects: 0,
            expect_change: true,
            known: None,
            by: "security.lead",
        };
        cohort::import(self.home(), CODE, &path, &options)?;
        Ok(())
    }

    /// Sends a wave over the town's SMSC and relay until nothing is left to do now.
    ///
    /// # Errors
    /// When sending fails.
    pub fn tell(&self, wave: WaveNo) -> Result<()> {
        let options = SendOptions { until: Until::Idle, ..SendOptions::default() };
        send(self.home(), wave, &options, &mut Unwatched)?;
        Ok(())
    }

    /// Suppresses somebody, signed by two.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn silence(&self, person: Townsperson, reason: Reason) -> Result<()> {
        let new = NewSuppression {
            person: person.reference,
            reason,
            note: "file 12",
            by: "privacy.officer",
        };
        let no = suppression::add(self.home(), CODE, &new)?.no;
        for name in ["privacy.officer", "legal.counsel"] {
            let key = self.home().dir.join("staff").join(format!("{name}.key"));
            suppression::approve(self.home(), CODE, no, name, &key)?;
        }
        Ok(())
    }

    /// Takes in one more registry, as of a moment, in which some have a postal address, such as `04524,서울 중구 세종대로 110`, and
    /// perhaps another mail address.
    ///
    /// # Errors
    /// When the registry is refused.
    pub fn settle(&self, as_of: DateTime<Utc>, homes: &[(Townsperson, &str, &str)]) -> Result<()> {
        let mut people = subscribers()?;
        for (who, home, mail) in homes {
            let from = format!("{},,,,,", who.mail);
            ensure!(people.contains(&from), "{} has no such row", who.reference);
            people = people.replace(&from, &format!("{mail},{home},,,"));
        }
        self.snapshot(&people, as_of)
    }

    fn register(&self) -> Result<()> {
        self.snapshot(&subscribers()?, self.home().now())
    }

    fn snapshot(&self, people: &str, as_of: DateTime<Utc>) -> Result<()> {
        let subscribers = self.write("subscribers.csv", people)?;
        let lines = self.write("lines.csv", &lines()?)?;
        let (subscribers, lines) = (subscribers.as_path(), lines.as_path());
        let files = RegistryFiles { subscribers, lines, as_of, accept_rejects: 0 };
        registry::import(self.home(), CODE, &files, "security.lead")?;
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.lists.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }
}

fn configure(ground: &Ground<'_>) -> Result<()> {
    let change = |name: &str, from: &str, to: &str| -> Result<()> {
        let path = ground.dir.join(name);
        let text = fs::read_to_string(&path)?;
        ensure!(text.contains(from), "{name} has no {from}");
        fs::write(&path, text.replace(from, to))?;
        Ok(())
    };
    let channels = format!("compromised = {}", ground.compromised);
    change("incident.toml", "compromised = [\"sms\", \"ars\"]", &channels)?;
    if let Some(statute) = ground.statute {
        change("simrecall.toml", "\"kr-network\"]", &format!("\"kr-network\", \"{statute}\"]"))?;
    }
    change("simrecall.toml", "# message_code = true ", "message_code = true ")?;
    let portal = format!(
        "[portal]\nincident = \"{CODE}\"\nhost = \"check.hanbit.example\"\nbrand = \"hanbit\"\n{}\n\n[store]",
        ground.portal
    );
    change("simrecall.toml", "programme = \"exposed\" ", "programme = \"everybody\" ")?;
    change("simrecall.toml", "[store]", &portal)
}

/// Everybody, as the registry's files have them.
fn subscribers() -> Result<String> {
    let mut csv = String::from(
        "subscriber,kind,name,birth_date,language,brand,email,postcode,address,guardian,contact,country\n",
    );
    let mut add = |reference: &str, kind: &str, name: &str, born: &str, mail: &str, rest: &str| {
        writeln!(csv, "{reference},{kind},{name},{born},ko,hanbit,{mail},,,{rest}")
    };
    for (who, name) in [
        (LEAKED, "김하늘"),
        (POSSIBLY, "이민호"),
        (NOT_FOUND, "박서준"),
        (LATER, "최유나"),
        (SILENCED, "윤지우"),
        (DEAD, "오세훈"),
        (NEW_HOLDER, "정다은"),
        (OLD_HOLDER, "서동욱"),
    ] {
        add(who.reference, "person", name, "1980-02-03", who.mail, ",,")?;
    }
    add(AMERICAN.reference, "person", "John Smith", "1975-05-05", AMERICAN.mail, ",,US")?;
    add(CHILD.reference, "person", "한지민", "2015-03-01", CHILD_MAIL, "P-MOTHER,,")?;
    add("P-MOTHER", "person", "한미경", "1983-07-07", CHILD.mail, ",,")?;
    add(COMPANY.reference, "company", "사모전자", "", "", ",P-CLERK,")?;
    add("P-CLERK", "person", "강현우", "1990-09-09", COMPANY.mail, ",,")?;
    Ok(csv)
}

fn lines() -> Result<String> {
    const FROM: &str = "2024-01-01T00:00:00+09:00";
    let mut csv = String::from("line,subscriber,msisdn,imsi,iccid,service,held_from,held_to\n");
    let mut add = |line: &str, holder: &str, number: &str, imsi: u64, from: &str, to: &str| {
        writeln!(csv, "{line},{holder},{number},4500800000{imsi:05},,voice,{from},{to}")
    };
    let plain = [LEAKED, POSSIBLY, NOT_FOUND, LATER, CHILD, COMPANY, SILENCED, DEAD, AMERICAN];
    for (imsi, who) in (1..).zip(plain) {
        add(&line_of(who), who.reference, who.number, imsi, FROM, "")?;
    }
    add("L-SECOND", COMPANY.reference, "010-2000-0007", 21, FROM, "")?;
    add("L-MOTHER", "P-MOTHER", "010-2000-0012", 22, FROM, "")?;
    let (until, since) = ("2025-08-28T00:00:00+09:00", "2025-09-05T00:00:00+09:00");
    add("L-OLD", OLD_HOLDER.reference, OLD_HOLDER.number, 23, FROM, until)?;
    add("L-NEW", NEW_HOLDER.reference, NEW_HOLDER.number, 24, since, "")?;
    Ok(csv)
}

/// The carrier's reference of a person's first line.
pub fn line_of(person: Townsperson) -> String {
    person.reference.replacen(['P', 'C'], "L", 1)
}

fn exposures(list: u8) -> Result<String> {
    const AT: &str = "2025-08-20T12:00:00+09:00";
    let mut csv = String::from("line,msisdn,imsi,imei,items,certainty,exposed_at\n");
    let mut add = |line: &str, items: &str, certainty: &str| {
        writeln!(csv, "{line},,,,{items},{certainty},{AT}")
    };
    for who in [LEAKED, CHILD, COMPANY, SILENCED, DEAD, AMERICAN] {
        add(&line_of(who), "imsi;imei", "confirmed")?;
    }
    add("L-OLD", "imsi", "confirmed")?;
    add(&line_of(POSSIBLY), "imsi", if list == 1 { "possible" } else { "confirmed" })?;
    if list == 2 {
        add(&line_of(LATER), "imsi;msisdn", "confirmed")?;
    }
    Ok(csv)
}
