//! Who knew what when, and what people decided about it: rows that are only ever added.
//!
//! What one person alone cannot decide is recorded first and counts once it [is agreed](Recorded::is_agreed).

use chrono::{DateTime, Utc};
use simrecall_core::access::{Quorum, StaffRole, quorum_met};
use simrecall_core::id::{IncidentId, StaffId};
use simrecall_core::incident::{KnowledgeTime, Selection};
use simrecall_core::law::{Duty, RuleId, Scope};

use crate::tx::forward;

/// A row with its number within the incident, and who agreed to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<T> {
    /// From 1.
    pub no: i32,
    /// What was recorded.
    pub row: T,
    /// Who agreed, oldest first.
    pub agreed: Vec<Agreement>,
}

impl<T> Recorded<T> {
    /// Whether two people of different roles agreed.
    pub fn is_agreed(&self) -> bool {
        is_agreed(&self.agreed)
    }
}

/// What somebody agrees to. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// A selection that moves a deadline later.
    Selection = 1,
    /// An excuse.
    Excuse = 2,
    /// A determination that ends a duty.
    Determination = 3,
    /// The release of a hold.
    HoldRelease = 4,
    /// A suppression.
    Suppression = 5,
    /// A decision about a silence.
    BlockDecision = 6,
}

impl About {
    /// All of them, in code order.
    pub const ALL: [Self; 6] = [
        Self::Selection,
        Self::Excuse,
        Self::Determination,
        Self::HoldRelease,
        Self::Suppression,
        Self::BlockDecision,
    ];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|about| about.code() == code)
    }
}

/// Somebody agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// Who.
    pub staff: StaffId,
    /// In which role.
    pub role: StaffRole,
    /// When.
    pub at: DateTime<Utc>,
}

/// A reason why a rule is not kept for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcuseRecord {
    /// The rule.
    pub rule: RuleId,
    /// What it is about.
    pub scope: Scope,
    /// Until when; none while the obstacle lasts.
    pub until: Option<DateTime<Utc>>,
    /// Why.
    pub reason: String,
    /// Who recorded it.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is changed about a silence. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockChange {
    /// An agency wants it to last longer.
    Extend = 1,
    /// An urgent need ends it.
    Lift = 2,
}

impl BlockChange {
    /// Both, in code order.
    pub const ALL: [Self; 2] = [Self::Extend, Self::Lift];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.code() == code)
    }
}

/// A decision about a silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockDecision {
    /// The rule that asks for the silence.
    pub rule: RuleId,
    /// What is changed.
    pub change: BlockChange,
    /// Until when it is extended; none if nobody said, or for a lift.
    pub until: Option<DateTime<Utc>>,
    /// Why, and on whose word.
    pub reason: String,
    /// Who recorded it.
    pub by: StaffId,
    /// When; a lift counts from here on.
    pub at: DateTime<Utc>,
}

/// Whether something holds that nobody can count. The newest of a trigger counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Determination {
    /// The word for what holds or does not.
    pub trigger: String,
    /// Whether it does.
    pub holds: bool,
    /// Since when that is known.
    pub at: DateTime<Utc>,
    /// Who found it: a team, a role or an outside body.
    pub who: String,
    /// Why, with what shows it.
    pub why: String,
    /// Who recorded it.
    pub by: StaffId,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// Something done that a duty asks for, where no other row says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRecord {
    /// The duty.
    pub duty: Duty,
    /// The one rule it was done for; none for every rule of the duty.
    pub rule: Option<RuleId>,
    /// What it was about.
    pub scope: Scope,
    /// When it was done.
    pub at: DateTime<Utc>,
    /// What was done, with what shows it.
    pub what: String,
    /// Who recorded it.
    pub by: StaffId,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

forward! { law:
    /// Adds a knowledge time and returns its number within the incident; the one it has is not looked at.
    pub fn add_knowledge(incident: IncidentId, time: &KnowledgeTime) -> i32;
    /// All knowledge times of an incident, in the order they were added.
    pub fn knowledge_times(incident: IncidentId) -> Vec<KnowledgeTime>;
    /// Selects the knowledge time an anchor's clocks count from; returns the selection's number.
    pub fn select(incident: IncidentId, selection: &Selection) -> i32;
    /// All selections, oldest first. One that came from an older schema stands for several anchors: then its number comes
    /// once for each.
    pub fn selections(incident: IncidentId) -> Vec<Recorded<Selection>>;
    /// Records an excuse.
    pub fn add_excuse(incident: IncidentId, excuse: &ExcuseRecord) -> i32;
    /// All excuses, oldest first.
    pub fn excuses(incident: IncidentId) -> Vec<Recorded<ExcuseRecord>>;
    /// Records a decision about a silence.
    pub fn decide_block(incident: IncidentId, decision: &BlockDecision) -> i32;
    /// All decisions about silences, oldest first.
    pub fn block_decisions(incident: IncidentId) -> Vec<Recorded<BlockDecision>>;
    /// Records what nobody can count.
    pub fn determine(incident: IncidentId, determination: &Determination) -> i32;
    /// All determinations, oldest first.
    pub fn determinations(incident: IncidentId) -> Vec<Recorded<Determination>>;
    /// Records an act.
    pub fn add_act(incident: IncidentId, act: &ActRecord) -> i32;
    /// All recorded acts, oldest first; nobody has to agree to one.
    pub fn acts(incident: IncidentId) -> Vec<Recorded<ActRecord>>;
    /// Somebody agrees to a row; the same person twice is a conflict.
    pub fn agree(incident: IncidentId, about: About, no: i32, agreement: &Agreement) -> ();
    /// Everything that was agreed to of one kind, by number, oldest first.
    pub fn agreements(incident: IncidentId, about: About) -> Vec<(i32, Agreement)>;
}

/// Whether these are two people of different roles.
pub(crate) fn is_agreed(agreed: &[Agreement]) -> bool {
    let who: Vec<_> = agreed.iter().map(|one| (one.staff, one.role)).collect();
    quorum_met(&who, Quorum::TWO).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for about in About::ALL {
            assert_eq!(About::from_code(about.code()), Some(about));
        }
        for change in BlockChange::ALL {
            assert_eq!(BlockChange::from_code(change.code()), Some(change));
        }
    }
}
