//! What somebody showed for a case. A proof is a row, is used once, and goes with the case.

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{AgencyId, CaseId, IncidentId, LineId, StaffId, TerminalId};

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
        /// That whoever is at the counter is whom the papers show: somebody elsewhere saw the images, and said so.
        Seen = 6 "seen",
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
    /// At which terminal; none: at a command line, or on the page.
    pub terminal: Option<TerminalId>,
    /// At which agency; none likewise, and of the centre.
    pub agency: Option<AgencyId>,
    /// When.
    pub made_at: DateTime<Utc>,
    /// When it was used up.
    pub used_at: Option<DateTime<Utc>>,
}

forward! { proof:
    /// Keeps a proof, unused whatever it says; its number.
    pub fn add_case_proof(incident: IncidentId, case: CaseId, proof: &CaseProof) -> i32;
    /// How many proofs of a line failed at that instant or later, in whichever of its cases.
    pub fn failed_proofs(incident: IncidentId, line: LineId, since: DateTime<Utc>) -> i64;
    /// All proofs of a case, in order.
    pub fn case_proofs(incident: IncidentId, case: CaseId) -> Vec<CaseProof>;
    /// Uses up all proofs of a case that passed, if there is an unused one of each of these kinds made at that instant or later.
    /// Whether there was; if not, nothing was changed. Of many at once one does.
    #[expect(clippy::too_many_arguments, reason = "each says which row, or under which condition")]
    pub fn use_case_proofs(incident: IncidentId, case: CaseId, kinds: &[ProofKind], made_since: DateTime<Utc>, at: DateTime<Utc>) -> bool;
}
