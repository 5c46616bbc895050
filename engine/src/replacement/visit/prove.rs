//! What somebody shows at a counter, one by one: that they are there, and who they are. With both the case is verified.

use chrono::{DateTime, Utc};
use simrecall_core::replacement::documents::{Lack, Person};
use simrecall_core::replacement::told::FRESH;
use simrecall_core::replacement::{Event, State};
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::{StoreError, Tx};

use super::Clerk;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::code;
use crate::replacement::failed::{FAILURES, Failed};
use crate::replacement::found::of_case;
use crate::replacement::line::{Rules, number_index};
use crate::replacement::notices::Letters;
use crate::replacement::step::{Hand, moved, wrong};

/// What a transaction says of a line that is held.
pub(super) const HELD: &str = "the line is held";
/// What a transaction says of a code that proved something before.
pub(super) const USED: &str = "the code was used already";

/// The code of the customer's own page, typed or scanned: they are there. Whether the case is verified by now.
pub(crate) fn present(home: &Home, clerk: &Clerk<'_>, typed: &str) -> Result<bool> {
    let case = may_prove(home, clerk)?;
    let number = number_of(home, clerk)?;
    if !code::is_right(home, case, clerk.counter.agency.id, typed)? {
        let mut letters = Letters::none();
        letters.add(home, std::slice::from_ref(case))?;
        return Err(wrong_code(home, clerk, &number, &letters)?);
    }
    let body = serde_json::json!({
        "case": case.id, "lines": [case.line], "agency": clerk.counter.agency.id,
        "terminal": clerk.terminal,
    });
    let entry = home.entry("replacement.present", &clerk.actor, Some(case.incident), body)?;
    let done = home.store.write(|tx| {
        (clerk.gate)(tx)?;
        if tx.line_is_held(&number)? {
            return Err(StoreError::State(HELD));
        }
        if code::was_used(tx, home, case)? {
            return Err(StoreError::State(USED));
        }
        prove(tx, home, clerk, (ProofKind::Present, true))?;
        tx.journal(&entry)?;
        verify_if_proven(tx, home, case, &clerk.hand())
    });
    done.map_err(not_proven)
}

/// Papers, by the names of their kinds. The first time has everybody told whom the old card belongs to. Whether the case is verified
/// by now: papers alone verify nobody here, however long they wait.
pub(crate) fn papers(
    home: &Home,
    clerk: &Clerk<'_>,
    (person, shown): (Option<Person>, &[&str]),
) -> Result<bool> {
    let case = may_prove(home, clerk)?;
    let number = number_of(home, clerk)?;
    let person = judge(home, clerk, (person, shown), &number)?;
    let mut letters = Letters::none();
    letters.add(home, std::slice::from_ref(case))?;
    let body = serde_json::json!({
        "case": case.id, "lines": [case.line], "agency": clerk.counter.agency.id,
        "terminal": clerk.terminal, "person": person.name(), "documents": shown,
    });
    let entry = home.entry("replacement.papers", &clerk.actor, Some(case.incident), body)?;
    let done = home.store.write(|tx| {
        (clerk.gate)(tx)?;
        if tx.line_is_held(&number)? {
            return Err(StoreError::State(HELD));
        }
        letters.warn(tx, home, case, &number)?;
        prove(tx, home, clerk, (ProofKind::Documents, true))?;
        tx.rank_case(case.incident, case.id, case.tier, Some(person))?;
        tx.journal(&entry)?;
        verify_if_proven(tx, home, case, &clerk.hand())
    });
    done.map_err(not_proven)
}

/// A case that is at this counter, and whose swap has not begun: what was shown once is shown again when it is used up or too old.
fn may_prove<'c>(home: &Home, clerk: &'c Clerk<'_>) -> Result<&'c ReplacementCase> {
    if !clerk.case.state.takes_proofs() {
        return Err(wrong(&clerk.case));
    }
    clerk.is_here(home)?;
    Ok(&clerk.case)
}

/// Blind index of the case's number; who looked is in the journal before it is opened.
pub(crate) fn number_of(home: &Home, clerk: &Clerk<'_>) -> Result<[u8; 16]> {
    let found = of_case(home, &clerk.case, &clerk.actor)?;
    let service = home.keys.service().map_err(problem::keys)?;
    Ok(number_index(&service, &found.record.msisdn))
}

/// Whether a proof passed, was not used, is fresh, and is of the visit that began then.
pub(crate) fn counts(home: &Home, proof: &CaseProof, since: DateTime<Utc>) -> bool {
    proof.passed
        && proof.used_at.is_none()
        && proof.made_at >= since
        && home.now() - proof.made_at <= FRESH
}

/// Moves a case that is checked in on, if by now both are proven of this visit: that they are there, and who they are.
pub(crate) fn verify_if_proven(
    tx: &mut Tx<'_>,
    home: &Home,
    case: &ReplacementCase,
    hand: &Hand<'_>,
) -> std::result::Result<bool, StoreError> {
    let case = tx.replacement(case.incident, case.id)?.ok_or(StoreError::NotFound("case"))?;
    if case.state != State::CheckedIn {
        return Ok(false);
    }
    // Since it was checked in here, nothing but here was anything shown.
    let proofs = tx.case_proofs(case.incident, case.id)?;
    let has = |kinds: &[ProofKind]| {
        proofs.iter().any(|one| kinds.contains(&one.kind) && counts(home, one, case.changed_at))
    };
    if !has(&[ProofKind::Documents]) || !has(PRESENCE) {
        return Ok(false);
    }
    match moved(tx, home, (&case, Event::Verify, PlaceChange::Keep), hand)? {
        Moved::Done => Ok(true),
        Moved::Elsewhere | Moved::DayFull | Moved::HourFull => Err(StoreError::Busy),
    }
}

/// What shows that somebody is there, or stands for it.
const PRESENCE: &[ProofKind] = &[ProofKind::Present, ProofKind::Seen];

/// What did not become a proof.
pub(super) fn not_proven(error: StoreError) -> Problem {
    if error == StoreError::State(HELD) {
        return held();
    }
    if error == StoreError::State(USED) {
        return Problem::state("code_used", USED).hint("have a new one shown");
    }
    problem::store(error)
}

fn held() -> Problem {
    Problem::state("line_held", HELD)
        .hint("somebody else has to look at it first: simrecall case clear")
}

/// Judges the documents, and names everything that is missing.
pub(super) fn judge(
    home: &Home,
    clerk: &Clerk<'_>,
    (person, shown): (Option<Person>, &[&str]),
    number: &[u8; 16],
) -> Result<Person> {
    let rules = Rules::read(home)?;
    let person = person.or(clerk.case.person_type).unwrap_or(Person::Adult);
    let is_held = home.store.read(|tx| tx.line_is_held(number))?;
    let Err(lacks) = rules.documents.judge(person, is_held, shown) else {
        return Ok(person);
    };
    let what = format!("what was shown does not do for: {}", person.name());
    let line = |lack: Lack| match lack {
        Lack::NotAllowed => "nobody is served who comes like that".to_owned(),
        Lack::HeldLine => "the line is held: its holder comes in person".to_owned(),
        Lack::OneOf(names) => format!("missing: one of {}", names.join(", ")),
        Lack::Unknown(name) => format!("no document is called {name}"),
    };
    let first = Problem::state("documents", what).hint("see: simrecall case documents");
    Err(lacks.into_iter().map(line).fold(first, Problem::detail))
}

pub(crate) fn prove(
    tx: &mut Tx<'_>,
    home: &Home,
    clerk: &Clerk<'_>,
    (kind, passed): (ProofKind, bool),
) -> std::result::Result<(), StoreError> {
    let proof = of_clerk(home, clerk, (kind, passed));
    tx.add_case_proof(clerk.case.incident, clerk.case.id, &proof).map(drop)
}

fn of_clerk(home: &Home, clerk: &Clerk<'_>, (kind, passed): (ProofKind, bool)) -> CaseProof {
    CaseProof {
        no: 0,
        kind,
        passed,
        by: Some(clerk.member),
        terminal: clerk.terminal,
        agency: Some(clerk.counter.agency.id),
        made_at: home.now(),
        used_at: None,
    }
}

/// Keeps a wrong code; the third proof of the line that failed in a day holds it.
pub(crate) fn wrong_code(
    home: &Home,
    clerk: &Clerk<'_>,
    number: &[u8; 16],
    letters: &Letters,
) -> Result<Problem> {
    let case = &clerk.case;
    let body = serde_json::json!({
        "case": case.id, "lines": [case.line], "terminal": clerk.terminal,
    });
    let entry = home.entry("replacement.proof_failed", &clerk.actor, Some(case.incident), body)?;
    let failures = home.store.write(|tx| {
        (clerk.gate)(tx)?;
        tx.journal(&entry)?;
        Failed {
            case,
            number,
            proof: of_clerk(home, clerk, (ProofKind::Present, false)),
            letters,
            hand: &clerk.hand(),
        }
        .keep(tx, home)
    })?;
    Ok(if failures >= FAILURES {
        held().detail("three codes were wrong")
    } else {
        Problem::state("code_wrong", "this is not the code that the customer's page shows now")
            .detail(format!("{failures} of {FAILURES}"))
            .left(FAILURES.saturating_sub(failures))
            .hint("the code is of this case and this agency, and lives for two minutes")
    })
}
