//! Writing a plan down: chunks fill up by stage and rung, and are numbered when they are full, so that targets are
//! hashed in the order of their keys and memory holds a few chunks only.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use simrecall_core::delivery::{ChunkKind, Rung};
use simrecall_core::id::{ChunkNo, IncidentId, NoticeId, SubscriberId, TargetKey, WaveNo};
use simrecall_core::notice::{Language, NoticeKind};
use simrecall_core::subscriber::RecipientRole;
use simrecall_core::wave::{TargetLeaf, TargetSet};
use simrecall_store::ledger::{LeftOut, NewChunk, NewNotice, NewTarget, Stage, Telling};
use simrecall_store::seal::{IncidentKeys, Table, target_row};

use crate::brand_list;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::register;
use crate::target::TargetContent;

/// Targets in a chunk.
const CHUNK: usize = 1_000;
/// First tries; follow-ups go before them.
const PRIORITY: i16 = 5;

/// One notice with its recipients, primary first.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) person: SubscriberId,
    pub(super) notice: NoticeId,
    pub(super) kind: NoticeKind,
    /// The language they are told in.
    pub(super) language: Language,
    /// The language they chose.
    pub(super) chosen: Language,
    /// Whose law holds for them: ISO 3166.
    pub(super) country: String,
    pub(super) facts_hash: [u8; 32],
    pub(super) rung: Rung,
    pub(super) recipients: Vec<(RecipientRole, TargetContent)>,
}

/// What the people of one chunk share: a law that forbids to tell some of them yet holds back whole chunks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    stage: Stage,
    rung: Rung,
    country: String,
    /// The brand that tells them itself, from a list; empty if we send.
    list: String,
}

/// Writes a wave's rows.
pub(super) struct Loading<'a> {
    home: &'a Home,
    keys: &'a IncidentKeys,
    wave: WaveNo,
    planned_at: DateTime<Utc>,
    /// People left for the canary stage.
    canary_left: u32,
    filling: BTreeMap<Slot, Vec<Draft>>,
    next_chunk: i32,
    targets: TargetSet,
    tellings: Vec<Telling>,
    left_out: Vec<LeftOut>,
    /// Primary targets by first rung.
    pub(super) by_rung: BTreeMap<Rung, u64>,
    pub(super) copies: u64,
}

impl<'a> Loading<'a> {
    pub(super) fn new(home: &'a Home, keys: &'a IncidentKeys, wave: WaveNo, canary: u32) -> Self {
        Self {
            home,
            keys,
            wave,
            planned_at: home.now(),
            canary_left: canary,
            filling: BTreeMap::new(),
            next_chunk: 1,
            targets: TargetSet::default(),
            tellings: Vec::new(),
            left_out: Vec::new(),
            by_rung: BTreeMap::new(),
            copies: 0,
        }
    }

    fn incident(&self) -> IncidentId {
        self.keys.incident()
    }

    /// Adds one notice; all its recipients go into one chunk.
    pub(super) fn add(&mut self, draft: Draft) -> Result<()> {
        let list = self.list_of(&draft);
        let stage =
            if self.canary_left > 0 && list.is_empty() { Stage::Canary } else { Stage::Main };
        self.canary_left = self.canary_left.saturating_sub(u32::from(list.is_empty()));
        *self.by_rung.entry(draft.rung).or_default() += 1;
        self.copies += u64::try_from(draft.recipients.len()).unwrap_or(1).saturating_sub(1);
        let slot = Slot { stage, rung: draft.rung, country: draft.country.clone(), list };
        let filling = self.filling.entry(slot.clone()).or_default();
        let targets: usize = filling.iter().map(|draft| draft.recipients.len()).sum();
        if !filling.is_empty() && targets + draft.recipients.len() > CHUNK {
            let full = std::mem::take(filling);
            self.write_chunk(&slot, full)?;
        }
        self.filling.entry(slot).or_default().push(draft);
        Ok(())
    }

    /// The brand whose list a notice goes on; a posting is the carrier's own.
    fn list_of(&self, draft: &Draft) -> String {
        let brand = draft.recipients.first().map(|(_, content)| content.variables.brand.as_str());
        let has_list = |brand: &&str| brand_list::recipient(self.home, brand).is_some();
        let brand = brand.filter(|_| draft.rung != Rung::Posting).filter(has_list);
        brand.unwrap_or_default().to_owned()
    }

    /// Notes what a notice says of one line.
    pub(super) fn tell(&mut self, telling: Telling) -> Result<()> {
        self.tellings.push(telling);
        if self.tellings.len() < 10 * CHUNK {
            return Ok(());
        }
        let tellings = std::mem::take(&mut self.tellings);
        self.home.store.write(|tx| tx.load_tellings(&tellings)).map_err(problem::store)
    }

    /// Notes a line without a notice.
    pub(super) fn leave_out(&mut self, line: LeftOut) -> Result<()> {
        self.left_out.push(line);
        if self.left_out.len() < 10 * CHUNK {
            return Ok(());
        }
        let lines = std::mem::take(&mut self.left_out);
        self.home.store.write(|tx| tx.load_left_out(&lines)).map_err(problem::store)
    }

    /// Writes what is left; the root over all targets and their number.
    pub(super) fn finish(&mut self) -> Result<([u8; 32], u64)> {
        for (slot, drafts) in std::mem::take(&mut self.filling) {
            self.write_chunk(&slot, drafts)?;
        }
        let (tellings, left_out) =
            (std::mem::take(&mut self.tellings), std::mem::take(&mut self.left_out));
        self.home
            .store
            .write(|tx| {
                tx.load_tellings(&tellings)?;
                tx.load_left_out(&left_out)
            })
            .map_err(problem::store)?;
        Ok((self.targets.root(), self.targets.len()))
    }

    fn write_chunk(&mut self, slot: &Slot, drafts: Vec<Draft>) -> Result<()> {
        let no = ChunkNo(self.next_chunk);
        self.next_chunk += 1;
        let (mut targets, mut notices, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        for mut draft in drafts {
            notices.push(self.notice(&draft, no, targets.len())?);
            for (role, mut content) in std::mem::take(&mut draft.recipients) {
                let pos = place(targets.len())?;
                if let Some(code) = &mut content.variables.code {
                    let key = TargetKey { wave: self.wave, chunk: no, pos };
                    *code = register::code::code_of(self.keys, &key).to_string();
                    codes.extend(register::code::rows_of(self.keys, &key, &content.contact));
                }
                targets.push(self.target(&draft, no, pos, (role, &content))?);
            }
        }
        let chunk = NewChunk {
            wave: self.wave,
            no,
            kind: ChunkKind::First,
            rung: slot.rung,
            stage: slot.stage,
            priority: PRIORITY,
            country: slot.country.clone(),
            not_before: self.planned_at,
            n: place(targets.len())?,
        };
        let written = self.home.store.write(|tx| {
            tx.insert_chunks(std::slice::from_ref(&chunk))?;
            if !slot.list.is_empty() {
                tx.give_to_brand(self.wave, no, &slot.list)?;
            }
            tx.load_targets(&targets)?;
            tx.load_codes(&codes)?;
            tx.load_notices(&notices)
        });
        written.map_err(|error| {
            if error.is_conflict() {
                Problem::ours(
                    "told_twice",
                    "somebody would be told the same twice; nothing was planned",
                )
                .caused_by(error)
            } else {
                problem::store(error)
            }
        })
    }

    fn notice(&self, draft: &Draft, chunk: ChunkNo, at: usize) -> Result<NewNotice> {
        let copies = i16::try_from(draft.recipients.len() - 1);
        Ok(NewNotice {
            incident: self.incident(),
            person: draft.person,
            facts_sha256: draft.facts_hash,
            notice: draft.notice,
            kind: draft.kind,
            language: draft.language,
            primary: TargetKey { wave: self.wave, chunk, pos: place(at)? },
            copies: copies.map_err(|_| too_many())?,
        })
    }

    fn target(
        &mut self,
        draft: &Draft,
        chunk: ChunkNo,
        pos: i32,
        (role, content): (RecipientRole, &TargetContent),
    ) -> Result<NewTarget> {
        let key = TargetKey { wave: self.wave, chunk, pos };
        let bytes = zeroize::Zeroizing::new(content.to_bytes()?);
        let record_sha256 = Sha256::digest(&*bytes).into();
        let leaf = TargetLeaf { key, notice: draft.notice, role, record_sha256 };
        self.targets
            .push(&leaf)
            .map_err(|error| Problem::ours("order", "targets out of order").caused_by(error))?;
        let sealed = self.keys.seal(Table::Target, &target_row(&key), &bytes);
        Ok(NewTarget {
            key,
            person: draft.person,
            notice: draft.notice,
            role,
            reach: content.contact.rungs(),
            sealed: sealed.map_err(|error| {
                Problem::ours("seal", "a target cannot be sealed").caused_by(error)
            })?,
        })
    }
}

fn place(n: usize) -> Result<i32> {
    i32::try_from(n).map_err(|_| too_many())
}

fn too_many() -> Problem {
    Problem::ours("too_many", "a notice has more recipients than a chunk can number")
}
