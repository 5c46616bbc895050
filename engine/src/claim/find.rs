//! Losses the carrier found itself: approved at once, and their owners are told. A file that is taken twice is taken once.

mod rows;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::claim::{Event, Kind, Source, State, StateKind};
use simrecall_core::id::{ClaimId, IncidentId, StaffId};
use simrecall_store::StoreError;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::claim::Claim;
use simrecall_store::seal::IncidentKeys;

use self::rows::Found;
use super::desk::{Desk, Moving, With};
use super::{AT_ONCE, Record, is_outside, open, permit, sealed};
use crate::home::{Home, random};
use crate::problem::{self, Result};
use crate::replacement::notices::Letters;
use crate::staff::hex;
use crate::{incident, staff};

/// A list of losses to take in.
#[derive(Clone, Copy)]
pub struct NewLosses<'a> {
    /// The incident's code.
    pub incident: &'a str,
    /// The file: `reference,number,won,day,merchant,note`.
    pub file: &'a Path,
    /// Who takes it in: two, of different roles.
    pub by: [&'a str; 2],
}

impl fmt::Debug for NewLosses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewLosses").field("file", &self.file).finish_non_exhaustive()
    }
}

/// What became of a list of losses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LossesAnswer {
    /// Rows of the file.
    pub rows: u64,
    /// Approved, and their owners are told.
    pub approved: u64,
    /// On record already, by their reference.
    pub again: u64,
    /// Handed in instead, because their owner has claimed what may be the same: somebody has to look.
    pub linked: Vec<Linked>,
}

/// A loss that may be one its owner has claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Linked {
    /// The claim the carrier's row became.
    pub claim: String,
    /// The claim of its owner.
    pub with: String,
}

/// Takes a list of losses in. The whole file is checked first: one bad row refuses it. Cut short, the same command goes on.
pub fn import(home: &Home, new: &NewLosses<'_>) -> Result<LossesAnswer> {
    let [first, second] = staff::two(home, new.by, Act::HandleClaim)?;
    let incident = incident::by_code(home, new.incident)?.id;
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let list = rows::read(home, &keys, new.file)?;
    let mut answer = LossesAnswer { rows: list.rows, ..LossesAnswer::default() };
    let take = Take {
        home,
        keys: &keys,
        incident,
        by: [first.id, second.id],
        actor: &first.id.to_string(),
        sha256: &hex(&list.sha256),
    };
    for some in list.found.chunks(AT_ONCE) {
        take.some(some, &mut answer)?;
    }
    Ok(answer)
}

/// What taking losses in needs.
struct Take<'a> {
    home: &'a Home,
    keys: &'a IncidentKeys,
    incident: IncidentId,
    by: [StaffId; 2],
    actor: &'a str,
    sha256: &'a str,
}

/// A claim that a row becomes, not yet written.
struct Begun {
    moving: Moving,
    with: Option<ClaimId>,
}

impl Take<'_> {
    /// Takes some rows in, in one transaction.
    fn some(&self, some: &[Found], answer: &mut LossesAnswer) -> Result<()> {
        let fresh = self.fresh(some)?;
        let twins = self.twins(&fresh)?;
        let mut begun = Vec::new();
        for (found, twin) in fresh.iter().zip(twins) {
            begun.push(self.begin(found, twin)?);
        }
        let [_, second] = self.by;
        let body = serde_json::json!({
            "sha256": self.sha256, "with": second,
            "claims": begun.iter().map(|one| one.moving.claim().id).collect::<Vec<_>>(),
        });
        let entry = self.home.entry("claim.found", self.actor, Some(self.incident), body)?;
        let letters = self.desk().letters(begun.iter().map(|one| &one.moving))?;
        let mut written = BTreeSet::new();
        if !begun.is_empty() {
            written = self.home.store.write(|tx| {
                let written = self.write(tx, &begun, &letters)?;
                if !written.is_empty() {
                    tx.journal(&entry)?;
                }
                Ok(written)
            })?;
        }
        answer.again += u64::try_from(some.len() - written.len()).unwrap_or(0);
        for one in begun.iter().filter(|one| written.contains(&one.moving.claim().id)) {
            let claim = one.moving.claim().id.to_string();
            match one.with {
                None => answer.approved += 1,
                Some(with) => answer.linked.push(Linked { claim, with: with.to_string() }),
            }
        }
        Ok(())
    }

    /// Rows that are not on record.
    fn fresh<'r>(&self, some: &'r [Found]) -> Result<Vec<&'r Found>> {
        let references: Vec<[u8; 16]> = some.iter().map(|found| found.reference).collect();
        let there = self.home.store.read(|tx| tx.claim_references(self.incident, &references))?;
        Ok(some.iter().filter(|found| !there.contains(&found.reference)).collect())
    }

    /// For each row, what its owner has claimed of the same line, day and amount; each of their claims stands for one row.
    fn twins(&self, fresh: &[&Found]) -> Result<Vec<Option<ClaimId>>> {
        let lines: BTreeSet<_> = fresh.iter().map(|found| (found.person, found.line)).collect();
        let persons: BTreeSet<_> = fresh.iter().map(|found| found.person).collect();
        let mut claims = self.home.store.read(|tx| {
            let mut claims = Vec::new();
            for person in &persons {
                claims.extend(tx.claims_of(self.incident, *person)?);
            }
            Ok(claims)
        })?;
        let silent = [StateKind::Draft, StateKind::Withdrawn];
        claims
            .retain(|one| lines.contains(&(one.person, one.line)) && !silent.contains(&one.state));
        if claims.is_empty() {
            return Ok(vec![None; fresh.len()]);
        }
        let mut permit = permit(self.home, self.incident, self.actor, claims.len())?;
        let (mut own, mut taken) = (Vec::new(), BTreeSet::new());
        for claim in &claims {
            let record = open(&mut permit, self.keys, claim)?;
            match claim.source {
                Source::Customer => own.push((claim, record)),
                Source::Carrier | Source::Elsewhere => taken.extend(record.twin),
            }
        }
        let twin = |found: &&Found| {
            let (claim, _) = own.iter().find(|(claim, said)| {
                !taken.contains(&claim.id)
                    && (claim.person, claim.line) == (found.person, found.line)
                    && (said.day, said.won) == (found.day, found.won)
            })?;
            taken.insert(claim.id);
            Some(claim.id)
        };
        Ok(fresh.iter().map(twin).collect())
    }

    fn begin(&self, found: &Found, twin: Option<ClaimId>) -> Result<Begun> {
        let Found { person, line, won, day, reference, .. } = *found;
        let (id, now) = (ClaimId::from_bytes(random()?), self.home.now());
        let (merchant, note) = (found.merchant.clone(), found.note.clone());
        let record = Record { won, day, merchant, note, state: State::Draft, twin };
        let claim = Claim {
            incident: self.incident,
            id,
            person,
            line,
            state: StateKind::Draft,
            outside_cohort: false,
            sealed: sealed(self.keys, id, &record)?,
            made_at: now,
            changed_at: now,
            kind: Kind::Loss,
            source: Source::Carrier,
            reference: Some(reference),
            appeal_until: None,
        };
        let outside = self.home.store.read(|tx| is_outside(tx, self.incident, (person, line)))?;
        let (event, tell) = match twin {
            None => (Event::Find, Some(CaseNoticeKind::LossFound)),
            // Its owner hears what becomes of their own claim.
            Some(_) => (Event::Submit, None),
        };
        let with = With { outside: Some(outside), tell };
        let moving = self.desk().ready(&claim, record, &event, with)?;
        Ok(Begun { moving, with: twin })
    }

    /// Writes those that nobody has written meanwhile.
    fn write(
        &self,
        tx: &mut simrecall_store::Tx<'_>,
        begun: &[Begun],
        letters: &Letters,
    ) -> std::result::Result<BTreeSet<ClaimId>, StoreError> {
        let references = begun.iter().filter_map(|one| one.moving.claim().reference);
        let references: Vec<[u8; 16]> = references.collect();
        let there = tx.claim_references(self.incident, &references)?;
        let mut written = BTreeSet::new();
        for Begun { moving, .. } in begun {
            let claim = moving.claim();
            if claim.reference.is_some_and(|one| there.contains(&one)) {
                continue;
            }
            tx.draft_claim(claim)?;
            if !moving.write(tx, self.home, letters)? {
                return Err(StoreError::Busy);
            }
            written.insert(claim.id);
        }
        Ok(written)
    }

    const fn desk(&self) -> Desk<'_> {
        let [by, also_by] = self.by;
        Desk {
            home: self.home,
            keys: self.keys,
            by: Some(by),
            also_by: Some(also_by),
            actor: self.actor,
        }
    }
}
