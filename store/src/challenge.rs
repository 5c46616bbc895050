//! What passkeys were asked, each once.

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{ChallengeId, StaffId, TerminalId};

use crate::invite::CodeHash;
use crate::tx::forward;

coded! {
    /// What a passkey is asked for.
    ChallengeKind {
        /// To be somebody's from now on.
        Enrol = 1 "enrol",
        /// Who it is that signs in.
        SignIn = 2 "sign_in",
        /// That whoever is signed in means what they do.
        StepUp = 3 "step_up",
    }
}

/// One question to a passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Its name.
    pub id: ChallengeId,
    /// What for.
    pub kind: ChallengeKind,
    /// At which terminal.
    pub terminal: TerminalId,
    /// Whose answer it wants; none where that is the question.
    pub staff: Option<StaffId>,
    /// The code somebody enrols with.
    pub invite: Option<CodeHash>,
    /// What a step-up is over, and which one.
    pub about: Option<(String, [u8; 16])>,
    /// SHA-256 of what is signed for, at a step-up.
    pub pair: Option<[u8; 32]>,
    /// What the ceremony remembers, in the words of whoever checks the answer.
    pub state: String,
    /// When it was asked.
    pub made_at: DateTime<Utc>,
    /// Until when an answer is taken.
    pub until: DateTime<Utc>,
}

forward! { challenge:
    /// Asks.
    pub fn add_challenge(challenge: &Challenge) -> ();
    /// A question that can still be answered.
    pub fn open_challenge(id: ChallengeId, now: DateTime<Utc>) -> Option<Challenge>;
    /// Uses a question up. Whether it could still be answered.
    pub fn use_challenge(id: ChallengeId, now: DateTime<Utc>) -> bool;
    /// Forgets questions that ended at `before` or earlier; says how many.
    pub fn purge_challenges(before: DateTime<Utc>) -> usize;
}
