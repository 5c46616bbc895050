//! New cards: who asked for one, for which line. Booking a place and a time follows later.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Unlock;
use simrecall_core::id::{CaseId, LineId};
use simrecall_core::replacement::{Event, State, step};
use simrecall_store::StoreError;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};

use crate::home::{Home, random};
use crate::incident;
use crate::problem::{self, Problem, Result};
use crate::selfcheck::{Door, Known, OwnCase, Visit, not_theirs};

/// How many cases a list shows at most.
const MOST: i64 = 10_000;
/// Who applies, as the journal names them; which of them, the line says.
pub(crate) const CUSTOMER: &str = "customer";

/// A case, as staff see it: by the line's key, which stands for nothing outside this incident.
#[derive(Debug, Clone, Serialize)]
pub struct CaseRow {
    /// The line.
    pub line: LineId,
    /// How it stands.
    pub state: &'static str,
    /// When it was applied for.
    pub applied_at: DateTime<Utc>,
}

/// The cases that wait for their turn, oldest first.
pub fn list(home: &Home, code: &str) -> Result<Vec<CaseRow>> {
    let incident = incident::by_code(home, code)?;
    let cases = home.store.read(|tx| tx.replacements_in(incident.id, State::Applied, MOST));
    let row = |case: ReplacementCase| CaseRow {
        line: case.line,
        state: case.state.name(),
        applied_at: case.applied_at,
    };
    Ok(cases.map_err(problem::store)?.into_iter().map(row).collect())
}

impl Door {
    /// Their replacements, open or not, of the lines they have now.
    pub fn replacements(&self, visit: &Visit) -> Result<Vec<OwnCase>> {
        self.cases(visit.asked(Unlock::Apply)?)
    }

    /// Applies for new cards: for all of these lines, or with every reason for none. A line has one open case at most.
    pub fn apply(&self, visit: &Visit, lines: &[LineId]) -> Result<Vec<OwnCase>> {
        let known = visit.asked(Unlock::Apply)?;
        self.serves(known)?;
        let mut lines = lines.to_vec();
        lines.sort_unstable();
        lines.dedup();
        self.all_may_apply(known, &lines)?;
        let (incident, now) = (self.inner.incident, self.now());
        let new = |line: &LineId| {
            let id = CaseId::from_bytes(random()?);
            Ok(ReplacementCase::applied(incident, *line, id, known.person, now))
        };
        let cases: Vec<ReplacementCase> = lines.iter().map(new).collect::<Result<_>>()?;
        let body = serde_json::json!({ "lines": lines });
        let entry = self.inner.home.entry("replacement.applied", CUSTOMER, Some(incident), body)?;
        let done = self.inner.home.store.write(|tx| {
            for case in &cases {
                if !tx.apply_for_replacement(case)? {
                    return Err(StoreError::State("a line has an open case"));
                }
            }
            tx.journal(&entry).map(|_| ())
        });
        match done {
            Ok(()) => self.cases(known),
            Err(StoreError::State(_)) => Err(already()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes an application back.
    pub fn cancel(&self, visit: &Visit, line: LineId) -> Result<()> {
        let known = visit.asked(Unlock::Apply)?;
        self.own_line(known, line)?;
        let incident = self.inner.incident;
        let cases = self.inner.home.store.read(|tx| tx.replacements_of(incident, &[line]))?;
        let mut theirs = cases.into_iter().filter(|case| case.person == known.person);
        let open = theirs.find(|case| case.state.is_open()).ok_or_else(not_open)?;
        let to = step(open.state, Event::Cancel).map_err(|error| not_open().caused_by(error))?;
        let body = serde_json::json!({ "lines": [line] });
        let entry =
            self.inner.home.entry("replacement.cancelled", CUSTOMER, Some(incident), body)?;
        let at = self.now();
        let moved = self.inner.home.store.write(|tx| {
            let moved = tx.move_case(&CaseMove {
                case: &open,
                event: Event::Cancel,
                to,
                place: PlaceChange::Leave,
                by: None,
                agency: None,
                at,
            })?;
            if moved == Moved::Done {
                tx.journal(&entry)?;
            }
            Ok(moved == Moved::Done)
        })?;
        if moved { Ok(()) } else { Err(not_open()) }
    }

    /// Refuses lines that are not theirs and lines that have an open case, naming each.
    fn all_may_apply(&self, known: &Known, lines: &[LineId]) -> Result<()> {
        let own = self.own_lines(known)?;
        if lines.is_empty() || lines.iter().any(|line| !own.contains_key(line)) {
            return Err(not_theirs());
        }
        let incident = self.inner.incident;
        let cases = self.inner.home.store.read(|tx| tx.replacements_of(incident, lines))?;
        let open = cases.iter().filter(|case| case.state.is_open());
        let numbers = open.filter_map(|case| own.get(&case.line));
        let mut refused = numbers.map(|record| record.msisdn.masked()).peekable();
        if refused.peek().is_none() {
            return Ok(());
        }
        Err(refused.fold(already(), Problem::detail))
    }

    fn cases(&self, known: &Known) -> Result<Vec<OwnCase>> {
        let own = self.own_lines(known)?;
        let lines: Vec<LineId> = own.keys().copied().collect();
        let incident = self.inner.incident;
        let cases = self.inner.home.store.read(|tx| tx.replacements_of(incident, &lines))?;
        // A case of whoever held the number before is not theirs.
        let theirs = cases.iter().filter(|case| case.person == known.person);
        let shown = |case: &ReplacementCase| {
            let number = own.get(&case.line)?.msisdn.masked();
            let (line, state, applied_at) = (case.line, case.state.name(), case.applied_at);
            Some(OwnCase { line, number, state, applied_at })
        };
        Ok(theirs.filter_map(shown).collect())
    }
}

/// Something of the same kind is under way for the line.
fn already() -> Problem {
    Problem::state("already", "a new card was applied for already").hint("take the other lines")
}

fn not_open() -> Problem {
    Problem::state("already", "no application is open for this line")
}
