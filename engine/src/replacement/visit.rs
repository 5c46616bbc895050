//! At a counter: checked in, verified, or gone again; a card is reserved where the swap is.

pub(crate) mod prove;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::{StaffId, TerminalId};
use simrecall_core::incident::{Channel, IncidentState};
use simrecall_core::notice::Language;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::documents::Person;
use simrecall_core::replacement::parcel::End;
use simrecall_core::replacement::told::WAIT;
use simrecall_core::replacement::{Event, step};
use simrecall_store::case_notice::{CaseChannel, CaseNoticeKind, CaseNoticeState};
use simrecall_store::proof::ProofKind;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::{StoreError, Tx};

use self::prove::{HELD, USED, judge, not_proven, prove, wrong_code};
use super::book::counter;
use super::code;
use super::found::of_case;
use super::line::{Rules, number_index};
use super::notices::Letters;
use super::parcel::over;
use super::places::Counter;
use super::shown::{CaseAnswer, case_id, found, one};
use super::step::{Gate, Hand, NO_GATE, go_gated, moved, refused, wrong};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{incident, staff};

/// A case at a counter.
#[derive(Debug, Clone, Copy)]
pub struct AtCounter<'a> {
    /// The case.
    pub case: &'a str,
    /// The agency, by its code.
    pub agency: &'a str,
    /// Who serves.
    pub by: &'a str,
}

/// What somebody shows at a counter.
#[derive(Clone, Copy)]
pub struct Showing<'a> {
    /// Who comes; as the case says when absent.
    pub person: Option<Person>,
    /// The kinds of documents that were shown, by their names in the rules. Never their numbers.
    pub shown: &'a [&'a str],
    /// The code that the customer's own session shows.
    pub code: Option<&'a str>,
}

impl std::fmt::Debug for Showing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Showing").field("person", &self.person).finish_non_exhaustive()
    }
}

/// What came of looking at somebody's papers.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyAnswer {
    /// The case.
    #[serde(flatten)]
    pub case: CaseAnswer,
    /// Whether a card may be reserved now.
    pub verified: bool,
    /// How many addresses are told before anything changes.
    pub told: usize,
    /// From when on it goes on without a code, if a network has taken the warning over.
    pub wait_until: Option<DateTime<Utc>>,
}

/// What somebody of a kind has to bring.
#[derive(Debug, Clone, Serialize)]
pub struct Bring {
    /// Who.
    pub person: &'static str,
    /// Whether they are served at all.
    pub allowed: bool,
    /// One of each list, by name.
    pub names: Vec<Vec<String>>,
    /// The same in words.
    pub words: Vec<Vec<String>>,
}

/// What to bring, for each kind of person, in a language.
pub fn documents(home: &Home, language: Language) -> Result<Vec<Bring>> {
    let rules = Rules::read(home)?;
    let bring = |person: Person| Bring {
        person: person.name(),
        allowed: rules.documents.allows(person),
        names: rules.documents.groups(person).to_vec(),
        words: words(&rules, person, language),
    };
    Ok(Person::ALL.into_iter().map(bring).collect())
}

pub(crate) fn words(rules: &Rules, person: Person, language: Language) -> Vec<Vec<String>> {
    let groups = rules.documents.bring(person, language).into_iter();
    groups.map(|group| group.into_iter().map(str::to_owned).collect()).collect()
}

/// Whoever serves, where and whom.
pub(crate) struct Clerk<'g> {
    /// Who.
    pub(crate) member: StaffId,
    /// The same, as the journal names them.
    pub(crate) actor: String,
    /// At which terminal; none for a command line.
    pub(crate) terminal: Option<TerminalId>,
    /// The case.
    pub(crate) case: ReplacementCase,
    /// Where.
    pub(crate) counter: Counter,
    /// What is asked first in every transaction.
    pub(crate) gate: Gate<'g>,
}

impl Clerk<'static> {
    /// By what somebody types.
    fn of(home: &Home, code: &str, at: &AtCounter<'_>) -> Result<Self> {
        let member = staff::may(home, at.by, Act::ServeCustomer)?;
        let incident = incident::by_code(home, code)?.id;
        let case = found(home, incident, case_id(at.case)?)?;
        let counter = counter(home, at.agency, case.product.as_deref())?;
        let (member, actor) = (member.id, member.id.to_string());
        Ok(Self { member, actor, terminal: None, case, counter, gate: NO_GATE })
    }
}

impl Clerk<'_> {
    pub(crate) fn hand(&self) -> Hand<'_> {
        Hand {
            by: Some(self.member),
            actor: &self.actor,
            agency: Some(self.counter.agency.id),
            terminal: self.terminal,
        }
    }

    fn answer(&self, home: &Home) -> Result<CaseAnswer> {
        one(home, self.case.incident, self.case.id)
    }

    /// The case must be here.
    pub(crate) fn is_here(&self, home: &Home) -> Result<()> {
        if code::counter_of(home, &self.case)? == Some(self.counter.agency.id) {
            return Ok(());
        }
        Err(Problem::state("other_agency", "the customer was checked in at another agency")
            .hint("let them leave there first: simrecall case leave"))
    }
}

/// The customer is at a counter, booked or not.
pub fn check_in(home: &Home, code: &str, at: &AtCounter<'_>) -> Result<CaseAnswer> {
    let clerk = Clerk::of(home, code, at)?;
    come(home, &clerk)?;
    clerk.answer(home)
}

/// The same, whoever serves them.
pub(crate) fn come(home: &Home, clerk: &Clerk<'_>) -> Result<()> {
    // A parcel they would rather not have is over before another card is kept for them.
    over::settle_case(home, &clerk.case)?;
    let place = match clerk.case.agency {
        // A walk-in waits nowhere else, and a place elsewhere is somebody else's now.
        Some(agency) if agency == clerk.counter.agency.id => PlaceChange::Keep,
        Some(_) | None => PlaceChange::Wait(clerk.counter.agency.id, clerk.counter.product.clone()),
    };
    let step = (&clerk.case, Event::CheckIn, place);
    go_gated(home, step, &clerk.hand(), ("replacement.checked_in", clerk.gate))
}

/// The customer goes; a card that was kept for them lies there again. They are in line, at their place.
pub fn leave(home: &Home, code: &str, at: &AtCounter<'_>) -> Result<CaseAnswer> {
    let clerk = Clerk::of(home, code, at)?;
    go_away(home, &clerk)?;
    clerk.answer(home)
}

/// The same, whoever serves them.
pub(crate) fn go_away(home: &Home, clerk: &Clerk<'_>) -> Result<()> {
    let case = &clerk.case;
    step(case.state, Event::Leave).map_err(|error| wrong(case).caused_by(error))?;
    let body = serde_json::json!({
        "case": case.id, "lines": [case.line], "terminal": clerk.terminal,
    });
    let entry = home.entry("replacement.left", &clerk.actor, Some(case.incident), body)?;
    let done = home.store.write(|tx| {
        (clerk.gate)(tx)?;
        if let Some(parcel) = tx.open_parcel(case.incident, case.id)? {
            over::end(tx, home, &parcel, End::Declined)?;
        } else if let Some(card) = tx.reserved_card(case.incident, case.id)? {
            let key = (case.incident, case.id);
            tx.release_card(card.id, key, CardState::Available, home.now())?;
        }
        let now = tx.replacement(case.incident, case.id)?;
        let now = now.ok_or(StoreError::NotFound("case"))?;
        let done = moved(tx, home, (&now, Event::Leave, PlaceChange::Leave), &clerk.hand())?;
        if done == Moved::Done {
            tx.journal(&entry)?;
        }
        Ok(done)
    })?;
    refused(done, case)
}

/// Looks at papers and the code of the customer's own session. Its first call has everybody told whom the old card belongs to.
///
/// With both proofs the case is verified at once. With papers alone it is once 24 hours have passed since a network took over a warning
/// to an address that is older than the application; until then it stays checked in.
pub fn verify(
    home: &Home,
    code: &str,
    at: &AtCounter<'_>,
    showing: &Showing<'_>,
) -> Result<VerifyAnswer> {
    let clerk = Clerk::of(home, code, at)?;
    let case = &clerk.case;
    step(case.state, Event::Verify).map_err(|error| wrong(case).caused_by(error))?;
    clerk.is_here(home)?;
    let found = of_case(home, case, &clerk.actor)?;
    let service = home.keys.service().map_err(problem::keys)?;
    let number = number_index(&service, &found.record.msisdn);
    let person = judge(home, &clerk, (showing.person, showing.shown), &number)?;
    let mut letters = Letters::none();
    letters.add(home, std::slice::from_ref(case))?;
    let is_present = match showing.code {
        None => false,
        Some(typed) if code::is_right(home, case, clerk.counter.agency.id, typed)? => true,
        Some(_) => return Err(wrong_code(home, &clerk, &number, &letters)?),
    };
    let body = serde_json::json!({
        "case": case.id, "lines": [case.line], "agency": clerk.counter.agency.id,
        "person": person.name(), "documents": showing.shown, "present": is_present,
    });
    let entry = home.entry("replacement.verified", &clerk.actor, Some(case.incident), body)?;
    let mut wait_until = None;
    let done = home.store.write(|tx| {
        if tx.line_is_held(&number)? {
            return Err(StoreError::State(HELD));
        }
        if is_present && code::was_used(tx, home, case)? {
            return Err(StoreError::State(USED));
        }
        letters.warn(tx, home, case, &number)?;
        wait_until = told_at(tx, case)?.map(|at| at + WAIT);
        let waited = wait_until.is_some_and(|until| until <= home.now());
        prove(tx, home, &clerk, (ProofKind::Documents, true))?;
        if is_present {
            prove(tx, home, &clerk, (ProofKind::Present, true))?;
        }
        tx.rank_case(case.incident, case.id, case.tier, Some(person))?;
        tx.journal(&entry)?;
        if !is_present && !waited {
            return Ok(false);
        }
        let done = moved(tx, home, (case, Event::Verify, PlaceChange::Keep), &clerk.hand())?;
        if done == Moved::Done { Ok(true) } else { Err(StoreError::Busy) }
    });
    let verified = done.map_err(not_proven)?;
    let told = home.store.read(|tx| tx.case_notices(case.incident, case.id))?;
    let told = told.iter().filter(|one| one.key.kind == CaseNoticeKind::Warning).count();
    Ok(VerifyAnswer { case: clerk.answer(home)?, verified, told, wait_until })
}

/// When a network first took over a warning to an address that is older than the application, not by message where that proves
/// nothing.
fn told_at(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
) -> std::result::Result<Option<DateTime<Utc>>, StoreError> {
    let notices = tx.case_notices(case.incident, case.id)?;
    let incidents = tx.incidents()?;
    let mut open = incidents.iter().filter(|one| one.state == IncidentState::Open);
    let courtesy = open.any(|one| one.compromised.contains(&Channel::Sms));
    let counts = |channel| match channel {
        CaseChannel::Sms | CaseChannel::OtherSms => !courtesy,
        CaseChannel::Email | CaseChannel::Letter => true,
    };
    let handed = notices.into_iter().filter(|one| {
        one.key.kind == CaseNoticeKind::Warning
            && one.state == CaseNoticeState::Handed
            && !one.changed_since
            && counts(one.key.channel)
    });
    Ok(handed.map(|one| one.changed_at).min())
}
