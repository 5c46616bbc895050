//! Who asked for a new card for which line, and what became of it.

use chrono::{DateTime, NaiveDate, Utc};
use simrecall_core::id::{AgencyId, CaseId, IncidentId, LineId, StaffId, SubscriberId};
use simrecall_core::replacement::documents::Person;
use simrecall_core::replacement::queue::Tier;
use simrecall_core::replacement::{Event, State};

use crate::tx::forward;

/// One case: the replacement of one line's card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplacementCase {
    /// The incident it is for.
    pub incident: IncidentId,
    /// The line.
    pub line: LineId,
    /// Its name, random.
    pub id: CaseId,
    /// Who asked, or for whom somebody asked.
    pub person: SubscriberId,
    /// Where it is.
    pub state: State,
    /// When it was made.
    pub applied_at: DateTime<Utc>,
    /// When it came to where it is.
    pub changed_at: DateTime<Utc>,
    /// When it was completed, if it is.
    pub completed_at: Option<DateTime<Utc>>,
    /// How urgent it is.
    pub tier: Tier,
    /// Who comes for the card; none before anybody looked.
    pub person_type: Option<Person>,
    /// Where it waits or is booked.
    pub agency: Option<AgencyId>,
    /// What for.
    pub product: Option<String>,
    /// The local day it is booked for.
    pub day: Option<NaiveDate>,
    /// The hour of that day.
    pub hour: Option<i16>,
    /// Whether its card is reserved, so that the day's promise is kept.
    pub place_used: bool,
    /// How often it was moved.
    pub version: i32,
}

impl ReplacementCase {
    /// A case as it begins: applied for, in the last tier, with no place.
    pub const fn applied(
        incident: IncidentId,
        line: LineId,
        id: CaseId,
        person: SubscriberId,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            incident,
            line,
            id,
            person,
            state: State::Applied,
            applied_at: at,
            changed_at: at,
            completed_at: None,
            tier: Tier::Everybody,
            person_type: None,
            agency: None,
            product: None,
            day: None,
            hour: None,
            place_used: false,
            version: 0,
        }
    }
}

/// A place somebody is booked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub agency: AgencyId,
    /// What for.
    pub product: String,
    /// The local day.
    pub day: NaiveDate,
    /// The hour of that day, from 0.
    pub hour: i16,
}

/// What a move does to a case's place. A case that ends leaves its place in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceChange {
    /// Nothing.
    Keep,
    /// The case waits at this agency for this product, and leaves the place it has.
    Wait(AgencyId, String),
    /// The case is booked there, and leaves the place it has.
    Book(Place),
    /// The case leaves the place it has; where it waits stays.
    Leave,
}

/// A case is to move.
#[derive(Debug, Clone)]
pub struct CaseMove<'a> {
    /// The case as it was read: it must not have been moved since.
    pub case: &'a ReplacementCase,
    /// What happens to it.
    pub event: Event,
    /// Where it goes.
    pub to: State,
    /// What becomes of its place.
    pub place: PlaceChange,
    /// Who does it; none for the customer and for the clock.
    pub by: Option<StaffId>,
    /// Where it happens.
    pub agency: Option<AgencyId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What became of a move. All but the first changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// The case is there.
    Done,
    /// It was moved by somebody else since it was read.
    Elsewhere,
    /// Nothing is left of what is promised for that day.
    DayFull,
    /// No desk is free in that hour.
    HourFull,
}

/// One move, as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseEvent {
    /// Its number, from 1.
    pub no: i32,
    /// Where the case was; none: it began here.
    pub from: Option<State>,
    /// What happened; none: it began, or was moved before this was kept.
    pub event: Option<Event>,
    /// Where it went.
    pub to: State,
    /// Who did it; none for the customer and for the clock.
    pub by: Option<StaffId>,
    /// Where.
    pub agency: Option<AgencyId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// How many cases moved alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCount {
    /// From where; none: they began.
    pub from: Option<State>,
    /// By what; none as in [`CaseEvent`].
    pub event: Option<Event>,
    /// To where.
    pub to: State,
    /// Where it happened.
    pub agency: Option<AgencyId>,
    /// How many.
    pub count: i64,
}

forward! { replacement:
    /// Opens a case, in state applied and in the case's tier, unless the line has an open one: of many at once one does. Whether it
    /// did. Refused when the incident is being erased.
    pub fn apply_for_replacement(case: &ReplacementCase) -> bool;
    /// Keeps others from a case, and from making, signing or ending an order of it, until the transaction ends. Where it is then.
    pub fn lock_case_row(incident: IncidentId, id: CaseId) -> Option<State>;
    /// One case.
    pub fn replacement(incident: IncidentId, id: CaseId) -> Option<ReplacementCase>;
    /// The cases of these lines, open or not, by line and oldest first.
    pub fn replacements_of(incident: IncidentId, lines: &[LineId]) -> Vec<ReplacementCase>;
    /// Cases in a state, oldest first, as many as `limit`.
    pub fn replacements_in(incident: IncidentId, state: State, limit: i64) -> Vec<ReplacementCase>;
    /// Cases in a state that came to it at that instant or later, in no order.
    pub fn replacements_since(incident: IncidentId, state: State, since: DateTime<Utc>) -> Vec<ReplacementCase>;
    /// Cases of all incidents in these states that wait at an agency for a product, or are booked there, oldest first.
    pub fn replacements_at(agency: AgencyId, product: &str, states: &[State]) -> Vec<ReplacementCase>;
    /// Moves a case that nobody has moved since it was read, with its place and their counters, and keeps the move.
    pub fn move_case(step: &CaseMove<'_>) -> Moved;
    /// Says how urgent a case is and who comes for the card. Whether the case is there.
    pub fn rank_case(incident: IncidentId, id: CaseId, tier: Tier, person_type: Option<Person>) -> bool;
}

forward! { replacement_read:
    /// Cases of all incidents that are booked at an agency for a local day, or are at one of its counters, by hour and time.
    pub fn replacements_at_desks(agency: AgencyId, day: NaiveDate) -> Vec<ReplacementCase>;
    /// The next page of the cases in a state, oldest first: behind a case that was applied for then, under that name.
    pub fn replacements_after(incident: IncidentId, state: State, after: Option<(DateTime<Utc>, CaseId)>, limit: i64) -> Vec<ReplacementCase>;
    /// What became of a case, in order.
    pub fn case_events(incident: IncidentId, id: CaseId) -> Vec<CaseEvent>;
    /// The moves from an instant to before another, counted.
    pub fn count_case_events(incident: IncidentId, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<EventCount>;
    /// How many cases are in each state.
    pub fn count_cases(incident: IncidentId) -> Vec<(State, i64)>;
    /// How many cases are open, or were completed after that instant: they keep the incident.
    pub fn unsettled_cases(incident: IncidentId, completed_after: DateTime<Utc>) -> u64;
    /// Cases whose row does not say what their moves say.
    pub fn case_drift(incident: IncidentId) -> Vec<CaseId>;
}
