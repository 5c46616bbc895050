//! The list itself: intents, then the file, then that the brand has it.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use simrecall_core::access::{Act, Purpose};
use simrecall_core::delivery::{ChunkKind, OutcomeKind, Rung, Standing};
use simrecall_core::id::{AttemptKey, SubscriberId, WaveNo};
use simrecall_store::BucketRange;
use simrecall_store::brand_list::BrandFile;
use simrecall_store::lease::LeaseToken;
use simrecall_store::ledger::{
    ChunkRow, IntentResult, LeaseRequest, LeasedChunk, NewAttempt, NewFollowUps, NewOutcome,
    SettledBy, TargetRecord, Wave,
};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::seal::{DomainKeys, Field, IncidentKeys};

use super::record::{Line, Way};
use super::{listed, route};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::send::is_first;
use crate::send::mark::{self, MarkFile};
use crate::staff::{self, hex};
use crate::target::TargetContent;
use crate::words::Words;
use crate::{incident, law, suppression, wave};

/// A list that went out.
#[derive(Debug, Clone, Serialize)]
pub struct Exported {
    /// The wave.
    pub wave: WaveNo,
    /// The brand.
    pub brand: String,
    /// Its number for that wave and brand.
    pub no: i32,
    /// Targets in it.
    pub targets: u64,
    /// Of those, how many an earlier list may have had already.
    pub repeated: u64,
    /// Countries whose law forbids to tell people now; theirs are not in it.
    pub held_back: Vec<String>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// When it was written: no result is older.
    pub at: DateTime<Utc>,
}

/// Writes the list of a brand's targets in a wave, sealed for the brand.
///
/// The same command again writes the same targets, flagged as repeated, and those that came to it since.
pub fn export(home: &Home, no: WaveNo, brand: &str, out: &Path, by: &str) -> Result<Exported> {
    let member = staff::may(home, by, Act::Send)?;
    mark::check_waves(home)?;
    let wave = wave::released(home, no)?;
    let (_, recipient) = listed(home, brand)?;
    replaceable(home, &wave, out)?;
    let lister = Lister::new(home, wave, brand)?;
    lister.own()?;
    let written = lister.write(recipient, out);
    let exported = written.and_then(|written| lister.note(&written, &member.id));
    lister.disown()?;
    exported
}

struct Lister<'a> {
    home: &'a Home,
    wave: Wave,
    brand: &'a str,
    route: String,
    words: Words,
    keys: IncidentKeys,
    service: DomainKeys,
    marks: MarkFile,
    rungs: Vec<Rung>,
    suppressed: BTreeSet<SubscriberId>,
    blocked: Vec<String>,
    token: LeaseToken,
}

/// A list that is on the disk.
struct Written {
    sha256: [u8; 32],
    targets: u64,
    repeated: u64,
    /// Attempts that the brand has from now on.
    open: Vec<AttemptKey>,
}

impl<'a> Lister<'a> {
    fn new(home: &'a Home, wave: Wave, brand: &'a str) -> Result<Self> {
        let words = Words::read(home, &incident::words(home, wave.incident)?)?;
        wave::check_as_signed(home, &wave, &words)?;
        let found = home.store.read(|tx| tx.incident(wave.incident)).map_err(problem::store)?;
        let incident = found.ok_or_else(|| Problem::ours("incident", "a wave of no incident"))?;
        let now = home.now();
        let blocks = law::blocks(home, &incident, now)?;
        let held = blocks.into_iter().filter(|block| block.holds(now)).map(|block| block.country);
        let blocked: BTreeSet<String> = held.collect();
        Ok(Self {
            words,
            keys: home.keys.incident(wave.incident).map_err(problem::keys)?,
            service: home.keys.service().map_err(problem::keys)?,
            marks: mark::of(home)?
                .ok_or_else(|| Problem::state("ledger", "this database was never sent from"))?,
            rungs: home.config.ladder.iter().map(|step| step.rung).collect(),
            suppressed: suppression::suppressed(home, wave.incident, BucketRange::ALL)?,
            blocked: blocked.into_iter().collect(),
            token: LeaseToken(random()?),
            route: route(brand),
            home,
            wave,
            brand,
        })
    }

    fn write(&self, recipient: &str, out: &Path) -> Result<Written> {
        let before = self.intend_all()?;
        let draft = beside(out);
        let written = self.write_draft(recipient, &draft, &before).and_then(|written| {
            std::fs::rename(&draft, out).map_err(|error| problem::file(out, error))?;
            sync_folder(out).map(|()| written)
        });
        if written.is_err() {
            drop(std::fs::remove_file(&draft));
        }
        written
    }

    /// Writes an intent for everybody who has none yet. Gives back those that are new.
    fn intend_all(&self) -> Result<BTreeSet<AttemptKey>> {
        self.list_left_behind()?;
        let mut fresh = BTreeSet::new();
        loop {
            let now = self.home.now();
            let asked = LeaseRequest {
                wave: self.wave.no,
                rungs: &self.rungs,
                blocked: &self.blocked,
                now,
                until: now + self.home.config.wave.lease.0,
                token: random()?,
            };
            let leased = self.home.store.write(|tx| tx.lease_listed(self.brand, &asked));
            let Some(chunk) = leased.map_err(problem::store)? else { return Ok(fresh) };
            self.own()?;
            fresh.extend(self.intend(&chunk)?);
            self.home.store.write(|tx| tx.finish_chunk(&chunk)).map_err(problem::store)?;
        }
    }

    /// People of chunks that went out before who had to be told nothing then, and may be told now.
    fn list_left_behind(&self) -> Result<()> {
        for chunk in self.chunks()? {
            let targets = self.home.store.read(|tx| tx.chunk_targets(chunk.wave, chunk.no));
            let mut targets = targets.map_err(problem::store)?;
            targets.retain(|target| {
                target.attempts.is_empty()
                    && target.follow_ups.is_empty()
                    && !self.suppressed.contains(&target.person)
            });
            if targets.is_empty() {
                continue;
            }
            let new = NewFollowUps {
                wave: chunk.wave,
                kind: ChunkKind::Retry,
                rung: chunk.rung,
                priority: chunk.priority,
                not_before: self.home.now(),
                targets: targets.iter().map(|target| (target.key, 0)).collect(),
            };
            let listed = self.home.store.write(|tx| {
                let made = tx.append_chunk(&new)?;
                made.iter().try_for_each(|(no, _)| tx.give_to_brand(chunk.wave, *no, self.brand))
            });
            listed.map_err(problem::store)?;
        }
        Ok(())
    }

    fn intend(&self, chunk: &LeasedChunk) -> Result<Vec<AttemptKey>> {
        let targets = self.home.store.read(|tx| tx.chunk_targets(chunk.wave, chunk.no));
        let mut targets = targets.map_err(problem::store)?;
        targets.retain(|target| {
            target.attempts.is_empty() && !self.suppressed.contains(&target.person)
        });
        let mut permit = self.permit(chunk.no.0, targets.len())?;
        let mut intents = Vec::with_capacity(targets.len());
        for target in &targets {
            let content = self.open(&mut permit, target)?;
            let rendered = self.words.render(chunk.rung, &content.variables)?;
            let to = crate::send::destination(chunk.rung, &content.contact);
            intents.push(NewAttempt {
                key: AttemptKey { target: target.key, try_no: target.next_try() },
                text_sha256: rendered.sha256(),
                parts: 1,
                resend: false,
                destination: to.map(|to| self.service.blind(Field::Destination, to)),
            });
        }
        let now = self.home.now();
        let result =
            self.home.store.write(|tx| tx.commit_intents(chunk, &self.route, now, &intents));
        match result.map_err(problem::store)? {
            IntentResult::Committed { mark, not_needed } => {
                self.marks.write(mark)?;
                let keys = intents.into_iter().map(|intent| intent.key);
                Ok(keys.filter(|key| !not_needed.contains(&key.target)).collect())
            }
            IntentResult::Paused => Err(self.stopped(chunk, "paused")),
            IntentResult::Closed => Err(self.stopped(chunk, "not released any more")),
        }
    }

    fn stopped(&self, chunk: &LeasedChunk, why: &str) -> Problem {
        // Whoever asks next takes it at once.
        drop(self.home.store.write(|tx| tx.release_chunk(chunk)));
        Problem::state(
            "wave_state",
            format!("wave {} is {why}; no list was written", self.wave.no.0),
        )
        .hint("the same command goes on once the wave does: simrecall wave resume")
    }

    fn write_draft(
        &self,
        recipient: &str,
        draft: &Path,
        fresh: &BTreeSet<AttemptKey>,
    ) -> Result<Written> {
        let failed = |error: std::io::Error| problem::file(draft, error);
        let options =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(draft);
        let file = Hashed { file: BufWriter::new(options.map_err(failed)?), hash: Sha256::new() };
        let recipient: age::x25519::Recipient = recipient.parse().map_err(|_| {
            Problem::configuration(
                "brands",
                format!("{}'s list names no age recipient", self.brand),
            )
        })?;
        let to: &dyn age::Recipient = &recipient;
        let sealed = age::Encryptor::with_recipients(std::iter::once(to)).map_err(|error| {
            Problem::configuration("brands", "nobody could open the list").caused_by(error)
        })?;
        let mut sealed = sealed.wrap_output(file).map_err(failed)?;
        let mut written = Written { sha256: [0; 32], targets: 0, repeated: 0, open: Vec::new() };
        for chunk in self.chunks()? {
            self.write_chunk(&chunk, fresh, &mut sealed, &mut written)?;
        }
        let mut file = sealed.finish().map_err(failed)?;
        file.flush().map_err(failed)?;
        written.sha256 = file.hash.finalize().into();
        file.file
            .into_inner()
            .map_err(|error| failed(error.into_error()))?
            .sync_all()
            .map_err(failed)?;
        Ok(written)
    }

    /// The brand's first chunks that went out, without those of a country that must not be told now.
    fn chunks(&self) -> Result<Vec<ChunkRow>> {
        let chunks = self.home.store.read(|tx| tx.chunks(self.wave.no)).map_err(problem::store)?;
        let ours = |chunk: &ChunkRow| {
            chunk.list == self.brand
                && is_first(chunk.kind)
                && chunk.is_done
                && !self.blocked.contains(&chunk.country)
        };
        Ok(chunks.into_iter().filter(ours).collect())
    }

    fn write_chunk(
        &self,
        chunk: &ChunkRow,
        fresh: &BTreeSet<AttemptKey>,
        to: &mut impl Write,
        written: &mut Written,
    ) -> Result<()> {
        let targets = self.home.store.read(|tx| tx.chunk_targets(chunk.wave, chunk.no));
        let targets = targets.map_err(problem::store)?;
        let mut permit = self.permit(chunk.no.0, targets.len())?;
        for target in targets.iter().filter(|target| !self.suppressed.contains(&target.person)) {
            let ours = target.attempts.iter().find(|attempt| attempt.route == self.route);
            let Some(attempt) = ours else { continue };
            let content = self.open(&mut permit, target)?;
            let line = Line {
                reference: attempt.key.to_string(),
                repeated: !fresh.contains(&attempt.key),
                ways: self.ways(&content)?,
            };
            let mut bytes = zeroize::Zeroizing::new(serde_json::to_vec(&line).map_err(unwritten)?);
            bytes.push(b'\n');
            to.write_all(&bytes).map_err(unwritten)?;
            written.targets += 1;
            written.repeated += u64::from(line.repeated);
            written
                .open
                .extend((attempt.state.standing() == Standing::Open).then_some(attempt.key));
        }
        Ok(())
    }

    fn ways(&self, content: &TargetContent) -> Result<Vec<Way>> {
        let reach = content.contact.rungs();
        let mut ways = Vec::new();
        for rung in
            self.rungs.iter().filter(|rung| **rung != Rung::Posting && reach.contains(**rung))
        {
            let rendered = self.words.render(*rung, &content.variables)?;
            ways.extend(Way::of(*rung, &content.contact, rendered));
        }
        Ok(ways)
    }

    /// The brand has the list: its attempts are taken, and the journal says who gave it out.
    fn note(&self, written: &Written, by: &simrecall_core::id::StaffId) -> Result<Exported> {
        let now = self.home.now();
        let rows = i64::try_from(written.targets).unwrap_or(i64::MAX);
        let file = BrandFile {
            wave: self.wave.no,
            brand: self.brand.to_owned(),
            sha256: written.sha256,
            rows,
            by: *by,
            at: now,
        };
        let (actor, sha256) = (by.to_string(), hex(&written.sha256));
        let body = serde_json::json!({
            "wave": self.wave.no.0, "brand": self.brand, "targets": written.targets,
            "repeated": written.repeated, "held_back": self.blocked, "sha256": sha256,
        });
        let entry = self.home.entry("brand.exported", &actor, Some(self.wave.incident), body)?;
        let no = self.home.store.write(|tx| {
            let no = tx.add_brand_list(&file)?;
            tx.journal(&entry)?;
            Ok(no)
        });
        let no = no.map_err(problem::store)?;
        for some in written.open.chunks(1_000) {
            self.taken(some)?;
        }
        let Written { targets, repeated, .. } = *written;
        let (wave, brand, held_back) = (self.wave.no, self.brand.to_owned(), self.blocked.clone());
        Ok(Exported { wave, brand, no, targets, repeated, held_back, sha256, at: now })
    }

    fn taken(&self, attempts: &[AttemptKey]) -> Result<()> {
        let at = self.home.now();
        let outcome = |attempt: &AttemptKey| NewOutcome {
            attempt: *attempt,
            part: 1,
            kind: OutcomeKind::Accepted,
            at,
            code: None,
            provider_id: Some(attempt.to_string()),
            settled_by: SettledBy::Answer,
        };
        let outcomes: Vec<NewOutcome> = attempts.iter().map(outcome).collect();
        let done = self.home.store.write(|tx| tx.commit_outcomes(&outcomes));
        self.marks.write(done.map_err(problem::store)?.mark)
    }

    fn open(&self, permit: &mut Permit, target: &TargetRecord) -> Result<TargetContent> {
        TargetContent::open(permit, &self.keys, &target.key, &target.sealed)
    }

    fn permit(&self, chunk: i32, rows: usize) -> Result<Permit> {
        self.home.permit(&PermitRequest {
            purpose: Purpose::Send,
            actor: "brand export".to_owned(),
            incident: Some(self.wave.incident),
            scope: format!("wave {} chunk {chunk}, for the list of {}", self.wave.no.0, self.brand),
            fields: vec!["contact".to_owned(), "variables".to_owned()],
            rows: u64::try_from(rows).unwrap_or(u64::MAX),
        })
    }

    /// One export of a brand at a time. Asked for again, it is kept for longer.
    fn own(&self) -> Result<()> {
        let (lease, now) = (format!("route:{}", self.route), self.home.now());
        let until = now + self.home.config.wave.lease.0;
        let taken = self.home.store.write(|tx| tx.take_lease(&lease, self.token, now, until));
        if taken.map_err(problem::store)? {
            return Ok(());
        }
        Err(Problem::state(
            "route_in_use",
            format!("another export of {}'s list is under way", self.brand),
        )
        .hint("wait until it has ended, then run the same command again"))
    }

    fn disown(&self) -> Result<()> {
        let lease = format!("route:{}", self.route);
        let released = self.home.store.write(|tx| tx.release_lease(&lease, self.token));
        released.map(|_| ()).map_err(problem::store)
    }
}

/// A file that is hashed while it is written.
struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Refuses to write over a file that is no earlier list of the same wave.
fn replaceable(home: &Home, wave: &Wave, out: &Path) -> Result<()> {
    let bytes = match std::fs::read(out) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(problem::file(out, error)),
    };
    let sha256: [u8; 32] = Sha256::digest(&bytes).into();
    let lists = home.store.read(|tx| tx.brand_lists(wave.no)).map_err(problem::store)?;
    if lists.iter().any(|(_, list)| list.sha256 == sha256) {
        return Ok(());
    }
    Err(Problem::state(
        "exists",
        format!("{} is there and is no list of wave {}", out.display(), wave.no.0),
    )
    .hint("give another file with --out"))
}

fn beside(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".draft");
    out.with_file_name(name)
}

fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| problem::file(folder, error))
}

fn unwritten(error: impl std::error::Error + Send + Sync + 'static) -> Problem {
    Problem::ours("list", "the list cannot be written").caused_by(error)
}
