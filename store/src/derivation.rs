//! What derived revisions were made from, and the evidence from outside that each derivation is held against.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use simrecall_core::cohort::Exposure;
pub use simrecall_core::derive::Verdict;
use simrecall_core::id::{IncidentId, LineId, RevisionNo, StaffId, SubscriberId};
use zeroize::Zeroizing;

use crate::cohort::exposure_row;
use crate::error::StoreError;
use crate::law::Agreement;
use crate::permit::{OpenError, Permit};
use crate::seal::{IncidentKeys, SealError, Table};
use crate::tx::forward;

/// Rows of evidence an incident keeps at most, so that all of them fit in memory.
pub const MOST_EVIDENCE: usize = 100_000;

/// What a derived revision was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    /// The incident.
    pub incident: IncidentId,
    /// The revision.
    pub revision: RevisionNo,
    /// The rules, as text.
    pub rules: String,
    /// SHA-256 of the rules' content.
    pub rules_sha256: [u8; 32],
    /// What was read, as JSON: files, windows, the records' span, counts.
    pub manifest: String,
    /// Which rule brought how many lines in, and why now, as JSON.
    pub brought: String,
}

/// Who a row of evidence is from. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceSource {
    /// The police.
    Police = 1,
    /// A customer.
    Customer = 2,
    /// A claim for damages.
    Claim = 3,
    /// Somebody else.
    Other = 4,
}

impl EvidenceSource {
    /// All sources.
    pub const ALL: [Self; 4] = [Self::Police, Self::Customer, Self::Claim, Self::Other];

    /// The word for it in commands and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Police => "police",
            Self::Customer => "customer",
            Self::Claim => "claim",
            Self::Other => "other",
        }
    }

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// Reads a stored code back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.code() == code)
    }
}

/// A list of evidence to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvidence {
    /// Who it is from.
    pub source: EvidenceSource,
    /// Who recorded it.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
    /// What it says; a line of a holder stands in it once.
    pub lines: Vec<EvidenceLine>,
}

/// What a list of evidence says of one line.
#[derive(Clone, PartialEq, Eq)]
pub struct EvidenceLine {
    /// Line, holder, facts and moment.
    pub exposure: Exposure,
    /// The note on it; sealed on the way in.
    pub record: Option<EvidenceRecord>,
}

impl fmt::Debug for EvidenceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EvidenceLine").field("exposure", &self.exposure).finish_non_exhaustive()
    }
}

/// Somebody takes a list of evidence back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The list's number.
    pub no: i32,
    /// Why; names nobody.
    pub reason: String,
    /// Who, in which role, and when.
    pub by: Agreement,
}

/// What is sealed of a row of evidence. Serialised in clear: only ever into a sealed row.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// Staff's words on it, such as the number of a police file.
    pub note: String,
}

impl fmt::Debug for EvidenceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EvidenceRecord(***)")
    }
}

/// Names a row of evidence within its incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceKey {
    /// The list's number, from 1.
    pub no: i32,
    /// The line.
    pub line: LineId,
    /// Its holder at the moment.
    pub holder: SubscriberId,
}

/// A row of evidence whose note is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// The number of its list.
    pub no: i32,
    /// Who it is from.
    pub source: EvidenceSource,
    /// Line, holder, facts and moment.
    pub exposure: Exposure,
    /// The sealed note, if there is one.
    pub sealed: Option<Vec<u8>>,
    /// Who recorded it.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
}

impl EvidenceRow {
    /// Its key.
    pub const fn key(&self) -> EvidenceKey {
        let Exposure { line, holder, .. } = self.exposure;
        EvidenceKey { no: self.no, line, holder }
    }

    /// Opens the note; it counts as one row of the permit. A row without a note costs nothing.
    pub fn open(
        &self,
        permit: &mut Permit,
        keys: &IncidentKeys,
    ) -> Result<Option<EvidenceRecord>, OpenError> {
        let Some(sealed) = &self.sealed else { return Ok(None) };
        let plain = permit.open(keys, Table::Evidence, &evidence_row(&self.key()), sealed)?;
        let failed =
            |_| OpenError::Sealed { table: Table::Evidence.name(), source: SealError::Format };
        serde_json::from_slice(&plain).map(Some).map_err(failed)
    }
}

/// The verdict on a row of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvidenceVerdict {
    /// The row.
    pub key: EvidenceKey,
    /// What a derivation says to it.
    pub verdict: Verdict,
}

forward! { derivation:
    /// Says what a draft is made from; once, and before the revision is finished: a ready one takes no derivation.
    pub fn put_derivation(derivation: &Derivation) -> ();
    /// What a revision was made from; none for a list's.
    pub fn derivation(incident: IncidentId, revision: RevisionNo) -> Option<Derivation>;
    /// That of the latest ready revision that was derived; lists may have come since.
    pub fn latest_derivation(incident: IncidentId) -> Option<Derivation>;
    /// Keeps a list of evidence, sealing each note, and returns its number within the incident. Refused where the incident
    /// would have more than [`MOST_EVIDENCE`] rows; a line of a holder that is there twice is a conflict.
    pub fn put_evidence(keys: &IncidentKeys, new: &NewEvidence) -> i32;
    /// Takes a list back; it counts no more once two people of different roles did. The same person twice is a conflict.
    pub fn withdraw_evidence(incident: IncidentId, withdrawal: &Withdrawal) -> ();
    /// Who took which list back, by number, oldest first.
    pub fn evidence_withdrawals(incident: IncidentId) -> Vec<Withdrawal>;
    /// All evidence of an incident that counts, in order of number, line and holder.
    pub fn evidence(incident: IncidentId) -> Vec<EvidenceRow>;
    /// Keeps what the derivation of a revision says to rows of evidence; once for each row.
    pub fn put_verdicts(incident: IncidentId, revision: RevisionNo, verdicts: &[EvidenceVerdict]) -> ();
    /// What it says, in order of the rows' keys.
    pub fn verdicts(incident: IncidentId, revision: RevisionNo) -> Vec<EvidenceVerdict>;
}

/// The row key the note on a row of evidence is bound to.
pub fn evidence_row(key: &EvidenceKey) -> [u8; 36] {
    // Number, holder and line, as of an exposure; the tables differ, and so do their keys.
    exposure_row(RevisionNo(key.no), key.holder, key.line)
}

pub(crate) fn sealed_note(
    keys: &IncidentKeys,
    key: &EvidenceKey,
    record: &EvidenceRecord,
) -> Result<Vec<u8>, StoreError> {
    const FAILED: StoreError = StoreError::Seal("evidence");
    let plain = Zeroizing::new(serde_json::to_vec(record).map_err(|_| FAILED)?);
    keys.seal(Table::Evidence, &evidence_row(key), &plain).map_err(|_| FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back_and_never_change() {
        assert_eq!(EvidenceSource::ALL.map(EvidenceSource::code), [1, 2, 3, 4]);
        for code in 0..6 {
            assert_eq!(
                EvidenceSource::from_code(code).map(EvidenceSource::code),
                (1..=4).contains(&code).then_some(code)
            );
        }
    }

    #[test]
    fn a_note_is_not_shown() {
        let record = EvidenceRecord { note: "file 2025-3141".to_owned() };
        assert!(!format!("{record:?}").contains("3141"));
    }
}
