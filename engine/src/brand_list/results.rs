//! What a brand says of the people on its lists: all of a file, or nothing of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use simrecall_core::access::{Act, Purpose};
use simrecall_core::delivery::Rung;
use simrecall_core::id::{AttemptKey, TargetKey, WaveNo};
use simrecall_store::brand_list::BrandFile;
use simrecall_store::ledger::{
    AttemptRecord, NewAttempt, NewOutcome, SettledBy, TargetRecord, Wave,
};
use simrecall_store::permit::PermitRequest;

use super::record::{ResultLine, Told};
use super::{listed, route, sent};
use crate::home::Home;
use crate::incident;
use crate::problem::{self, Problem, Result};
use crate::send::mark;
use crate::staff;
use crate::target::TargetContent;
use crate::words::Words;

/// Rows read, checked and written together.
const AT_ONCE: usize = 1_000;
/// Bad rows named one by one; beyond that they are counted.
const NAMED: usize = 20;

/// What a file of results came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Taken {
    /// The wave.
    pub wave: i32,
    /// The brand.
    pub brand: String,
    /// Rows in the file.
    pub rows: u64,
    /// Rows by what they say.
    pub by_outcome: BTreeMap<&'static str, u64>,
    /// Rows that said something new.
    pub new: u64,
    /// Whether this very file was taken before; then nothing was done.
    pub repeated: bool,
}

/// One row that can be taken.
#[derive(Debug, Clone)]
struct Row {
    no: u64,
    attempt: AttemptKey,
    told: Told,
    at: DateTime<Utc>,
    code: Option<String>,
}

/// Takes a file of results: JSON lines with reference, outcome, at and, if the brand has one, a code.
pub fn results(home: &Home, no: WaveNo, brand: &str, file: &Path, by: &str) -> Result<Taken> {
    let member = staff::may(home, by, Act::Reconcile)?;
    let wave = sent(home, no)?;
    listed(home, brand)?;
    let marks = mark::of(home)?
        .ok_or_else(|| Problem::state("ledger", "this database was never sent from"))?;
    let (rows, sha256) = read(home, &wave, file)?;
    let mut taken = Taken { wave: no.0, brand: brand.to_owned(), ..Taken::default() };
    taken.rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    for row in &rows {
        *taken.by_outcome.entry(row.told.name()).or_default() += 1;
    }
    let before = home.store.read(|tx| tx.brand_results(no)).map_err(problem::store)?;
    taken.repeated = before.iter().any(|(_, file)| file.brand == brand && file.sha256 == sha256);
    if taken.repeated {
        return Ok(taken);
    }
    let taker = Taker { home, wave: &wave, route: route(brand) };
    taker.check(file, &rows)?;
    for some in rows.chunks(AT_ONCE) {
        let (new, mark) = taker.write(some)?;
        taken.new += new;
        marks.write(mark)?;
    }
    let rows = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let kept = BrandFile {
        wave: no,
        brand: brand.to_owned(),
        sha256,
        rows,
        by: member.id,
        at: home.now(),
    };
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "wave": no.0, "brand": brand, "sha256": staff::hex(&sha256), "rows": rows,
        "new": taken.new, "by_outcome": taken.by_outcome,
    });
    let entry = home.entry("brand.results", &actor, Some(wave.incident), body)?;
    let noted = home.store.write(|tx| {
        tx.add_brand_result(&kept)?;
        tx.journal(&entry).map(|_| ())
    });
    noted.map_err(problem::store)?;
    Ok(taken)
}

/// Every row of a file, if each can be one of this wave.
fn read(home: &Home, wave: &Wave, file: &Path) -> Result<(Vec<Row>, [u8; 32])> {
    let opened = File::open(file).map_err(|error| problem::file(file, error))?;
    let (mut rows, mut bad, mut hash) = (Vec::new(), Bad::new(file), Sha256::new());
    for (no, line) in (1..).zip(BufReader::new(opened).lines()) {
        let line = line.map_err(|error| problem::file(file, error))?;
        hash.update(line.as_bytes());
        hash.update(b"\n");
        if line.trim().is_empty() {
            continue;
        }
        match row(home, wave, no, &line) {
            Ok(row) => rows.push(row),
            Err(why) => bad.add(no, &why),
        }
    }
    bad.none()?;
    Ok((rows, hash.finalize().into()))
}

/// A row, or what is wrong with it. A parser's message may quote what it read, so it is not kept.
fn row(home: &Home, wave: &Wave, no: u64, line: &str) -> std::result::Result<Row, String> {
    let parsed: ResultLine = serde_json::from_str(line).map_err(|_| {
        "no result: it takes reference, outcome (delivered, failed, mailed or lettered), at and perhaps code".to_owned()
    })?;
    let attempt = AttemptKey::parse(&parsed.reference).map_err(|error| error.to_string())?;
    if attempt.target.wave != wave.no {
        return Err(format!("it is of {}, not of {}", attempt.target.wave, wave.no));
    }
    let now = home.now();
    if parsed.at > now {
        return Err("it says what will be, not what was".to_owned());
    }
    let window = home.config.wave.bounce_window.0;
    if parsed.outcome == Told::Mailed && parsed.at + window > now {
        return Err("a mail counts once its bounce window is over; report it then".to_owned());
    }
    let code = parsed.code.map(|code| code.chars().take(64).collect());
    Ok(Row { no, attempt, told: parsed.outcome, at: parsed.at, code })
}

struct Taker<'a> {
    home: &'a Home,
    wave: &'a Wave,
    route: String,
}

impl Taker<'_> {
    /// Every row must name an attempt of this brand's list, after it was made.
    fn check(&self, file: &Path, rows: &[Row]) -> Result<()> {
        let mut bad = Bad::new(file);
        for some in rows.chunks(AT_ONCE) {
            let targets = self.targets(some)?;
            for row in some {
                match self.listed(&targets, row) {
                    None => bad.add(row.no, "no list of this brand has this reference"),
                    Some(attempt) if row.at < attempt.intent.at => {
                        bad.add(row.no, "it is of a time before the list was made");
                    }
                    Some(_) if !has_way(&targets, row) => {
                        bad.add(row.no, "the list gave no text for telling them so");
                    }
                    Some(_) => {}
                }
            }
        }
        bad.none()
    }

    /// Writes what some rows say. Returns how many said something new, and the ledger's mark.
    fn write(&self, rows: &[Row]) -> Result<(u64, i64)> {
        let targets = self.targets(rows)?;
        let mut adopted: BTreeMap<Rung, Vec<NewAttempt>> = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(target) = targets.get(&row.attempt.target) else { continue };
            let rung = row.told.rung();
            let fits = |attempt: &&AttemptRecord| {
                attempt.route == self.route && rung.is_none_or(|rung| attempt.intent.rung == rung)
            };
            let named = target.attempts.iter().find(|one| one.key == row.attempt).filter(fits);
            let known = named.or_else(|| target.attempts.iter().find(fits)).map(|one| one.key);
            let of_rung = rung.and_then(|rung| adopted.get(&rung));
            let before =
                of_rung.and_then(|new| new.iter().find(|new| new.key.target == target.key));
            let attempt = match (known.or(before.map(|new| new.key)), rung) {
                (Some(attempt), _) => attempt,
                // The brand went down its own ladder: what it did there is a try like any other.
                (None, Some(rung)) => {
                    let others = adopted.values().flatten();
                    let others = others.filter(|new| new.key.target == target.key).count();
                    let new = self.adopt(target, rung, others)?;
                    let key = new.key;
                    adopted.entry(rung).or_default().push(new);
                    key
                }
                (None, None) => row.attempt,
            };
            outcomes.push(outcome(row, attempt));
        }
        let now = self.home.now();
        let done = self.home.store.write(|tx| {
            for (rung, new) in &adopted {
                tx.adopt_attempts(*rung, &self.route, now, new)?;
            }
            tx.commit_outcomes(&outcomes)
        });
        let done = done.map_err(problem::store)?;
        let new = done.applied.iter().filter(|applied| applied.is_new).count();
        Ok((u64::try_from(new).unwrap_or(u64::MAX), done.mark))
    }

    /// A try over a rung that the brand took by itself, with the text the list gave it.
    fn adopt(&self, target: &TargetRecord, rung: Rung, others: usize) -> Result<NewAttempt> {
        let keys = self.home.keys.incident(self.wave.incident).map_err(problem::keys)?;
        let mut permit = self.home.permit(&PermitRequest {
            purpose: Purpose::Settle,
            actor: "brand results".to_owned(),
            incident: Some(self.wave.incident),
            scope: format!("target {}", target.key),
            fields: vec!["variables".to_owned()],
            rows: 1,
        })?;
        let content = TargetContent::open(&mut permit, &keys, &target.key, &target.sealed)?;
        let words = Words::read(self.home, &incident::words(self.home, self.wave.incident)?)?;
        let later = i16::try_from(others).unwrap_or(i16::MAX);
        Ok(NewAttempt {
            key: AttemptKey { target: target.key, try_no: target.next_try().saturating_add(later) },
            text_sha256: words.render(rung, &content.variables)?.sha256(),
            parts: 1,
            resend: false,
            destination: None,
        })
    }

    fn targets(&self, rows: &[Row]) -> Result<BTreeMap<TargetKey, TargetRecord>> {
        let mut keys: Vec<TargetKey> = rows.iter().map(|row| row.attempt.target).collect();
        keys.sort_unstable();
        keys.dedup();
        let targets = self.home.store.read(|tx| tx.targets(&keys)).map_err(problem::store)?;
        Ok(targets.into_iter().map(|target| (target.key, target)).collect())
    }

    /// The attempt a row names, if a list of this brand has it.
    fn listed<'t>(
        &self,
        targets: &'t BTreeMap<TargetKey, TargetRecord>,
        row: &Row,
    ) -> Option<&'t AttemptRecord> {
        let attempts = targets.get(&row.attempt.target)?.attempts.iter();
        attempts.filter(|attempt| attempt.route == self.route).find(|one| one.key == row.attempt)
    }
}

/// Whether the list gave what a row says was used: a text nobody signed proves nothing.
fn has_way(targets: &BTreeMap<TargetKey, TargetRecord>, row: &Row) -> bool {
    let reach = targets.get(&row.attempt.target).map(|target| target.reach);
    row.told.rung().is_none_or(|rung| reach.is_some_and(|reach| reach.contains(rung)))
}

fn outcome(row: &Row, attempt: AttemptKey) -> NewOutcome {
    NewOutcome {
        attempt,
        part: 0,
        kind: row.told.kind(),
        at: row.at,
        code: row.code.clone(),
        provider_id: None,
        settled_by: SettledBy::Record,
    }
}

/// Rows that cannot be taken.
struct Bad {
    file: String,
    count: u64,
    named: Vec<String>,
}

impl Bad {
    fn new(file: &Path) -> Self {
        Self { file: file.display().to_string(), count: 0, named: Vec::new() }
    }

    fn add(&mut self, row: u64, why: &str) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(format!("row {row}: {why}"));
        }
    }

    fn none(self) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let what =
            format!("{} has {} rows that cannot be taken; nothing was", self.file, self.count);
        let problem = Problem::input("results", what)
            .hint("have the brand correct them and send the file again");
        let more = self.count - u64::try_from(self.named.len()).unwrap_or(0);
        let problem = self.named.into_iter().fold(problem, Problem::detail);
        Err(if more > 0 { problem.detail(format!("and {more} more")) } else { problem })
    }
}
