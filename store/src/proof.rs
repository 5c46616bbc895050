//! What somebody showed for a case. A proof is a row, is used once, and goes with the case.

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{CaseId, IncidentId, StaffId};

use crate::tx::forward;

coded! {
    /// What is proven.
    ProofKind {
        /// Who somebody is, by what the rules on documents ask.
        Documents = 1 "documents",
        /// That the customer stands at this counter now: a code of their own visit.
        Present = 2 "present",
        /// Who somebody is, by the page's strong way.
        Identity = 3 "identity",
        /// That the old card is still in their hands.
        OldCard = 4 "old_card",
        /// That the mailbox on record is theirs, or the card in a parcel: a code that was mailed, typed with its last digits.
        Possession = 5 "possession",
    }
}

/// One proof, or one that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseProof {
    /// Its number within the case, from 1; counted here, not by the caller.
    pub no: i32,
    /// What of.
    pub kind: ProofKind,
    /// Whether it proved it.
    pub passed: bool,
    /// Who looked; none: the page did.
    pub by: Option<StaffId>,
    /// When.
    pub made_at: DateTime<Utc>,
    /// When it was used up.
    pub used_at: Option<DateTime<Utc>>,
}

forward! { proof:
    /// Keeps a proof, unused whatever it says; its number.
    pub fn add_case_proof(incident: IncidentId, case: CaseId, proof: &CaseProof) -> i32;
    /// All proofs of a case, in order.
    pub fn case_proofs(incident: IncidentId, case: CaseId) -> Vec<CaseProof>;
    /// Uses up all proofs of a case that passed, if there is an unused one of each of these kinds made at that instant or later.
    /// Whether there was; if not, nothing was changed. Of many at once one does.
    #[expect(clippy::too_many_arguments, reason = "each says which row, or under which condition")]
    pub fn use_case_proofs(incident: IncidentId, case: CaseId, kinds: &[ProofKind], made_since: DateTime<Utc>, at: DateTime<Utc>) -> bool;
}
