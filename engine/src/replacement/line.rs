//! A line, as far as a new card for it asks: whose it is, and everything that speaks for or against it.

use chrono::{DateTime, NaiveDate, Utc};
use simrecall_core::id::{IncidentId, LineId, SubscriberId};
use simrecall_core::identity::Msisdn;
use simrecall_core::law::Zone;
use simrecall_core::replacement::State;
use simrecall_core::replacement::documents::{Documents, Person};
use simrecall_core::replacement::eligible::{self, For, LineFacts, Reason};
use simrecall_core::replacement::phase::{Opening, Phases};
use simrecall_core::replacement::queue::Exposed;
use simrecall_core::subscriber::{Subscriber, SubscriberKind, is_child};
use simrecall_store::StoreError;
use simrecall_store::Tx;

use crate::config::Programme;
use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// From this age on nobody has to speak for somebody: Korean Civil Code, article 4.
const OF_AGE: u32 = 19;

/// Whose line it is, by names in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whose {
    pub(crate) incident: IncidentId,
    pub(crate) line: LineId,
    pub(crate) holder: SubscriberId,
}

/// The programme of this installation, read once for a run.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) programme: For,
    pub(crate) phases: Phases,
    pub(crate) documents: Documents,
}

impl Rules {
    /// Reads what `[replacement]` names.
    pub(crate) fn read(home: &Home) -> Result<Self> {
        let config = &home.config.replacement;
        let file = |path: &Option<std::path::PathBuf>| -> Result<Option<String>> {
            let Some(path) = path else { return Ok(None) };
            let path = home.path(path);
            let text = std::fs::read_to_string(&path);
            text.map(Some).map_err(|error| problem::file(&path, error))
        };
        let wrong = |what: &str, error: String| {
            Problem::configuration("config", format!("the file of {what} cannot be used"))
                .detail(error)
                .hint("mend it, then: simrecall config check")
        };
        let phases = match file(&config.phases)? {
            Some(text) => Phases::parse(&text).map_err(|e| wrong("phases", e.to_string()))?,
            None => Phases::open(),
        };
        let builtin = Documents::builtin();
        let documents = match file(&config.documents)? {
            Some(text) => builtin.with(&text).map_err(|e| wrong("documents", e.to_string()))?,
            None => builtin,
        };
        let programme = match config.programme {
            Programme::Exposed => For::Exposed,
            Programme::Everybody => For::Everybody,
        };
        Ok(Self { programme, phases, documents })
    }
}

/// What rows say of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) exposed: Exposed,
    pub(crate) facts: LineFacts,
}

/// Everything about a line that rows tell, in one reading. `region` is the agency's, when one was chosen.
pub(crate) fn standing(
    tx: &mut Tx<'_>,
    home: &Home,
    (rules, whose): (&Rules, &Whose),
    (held, brand): (bool, &str),
    region: Option<&str>,
) -> std::result::Result<Standing, StoreError> {
    let Whose { incident, line, holder } = *whose;
    let exposed = match tx.released_revision(incident)? {
        None => Exposed::No,
        Some(released) => {
            let known = tx.exposures_of(incident, released.revision, holder)?;
            let of_line = known.iter().find(|one| one.line == line);
            of_line.map_or(Exposed::No, |one| match &one.facts {
                facts if !facts.confirmed().is_empty() => sure(home, region),
                facts if !facts.possible().is_empty() => Exposed::Possible,
                _ => Exposed::No,
            })
        }
    };
    let cases = tx.replacements_of(incident, &[line])?;
    let brands = &home.config.replacement.brands;
    let facts = LineFacts {
        exposed: exposed != Exposed::No,
        ended: false,
        brand: brands.is_empty() || brands.iter().any(|one| one == brand),
        held,
        replaced: cases.iter().any(|case| case.state == State::Completed),
        case_open: cases.iter().any(|case| case.state.is_open()),
        region: region.map_or(Opening::Open, |region| rules.phases.opening(region, home.now())),
    };
    Ok(Standing { exposed, facts })
}

fn sure(home: &Home, region: Option<&str>) -> Exposed {
    let regions = &home.config.replacement.fraud_regions;
    let there = region.is_some_and(|region| regions.iter().any(|one| one == region));
    if there { Exposed::ConfirmedInFraudRegion } else { Exposed::Confirmed }
}

/// Refuses a line with every reason against it.
pub(crate) fn refuse(reasons: &[Reason]) -> Result<()> {
    let [first, ..] = reasons else { return Ok(()) };
    let code = if reasons == [Reason::CaseOpen] { "already" } else { "not_eligible" };
    let what = match first {
        Reason::CaseOpen => "a new card was applied for already",
        Reason::NotExposed
        | Reason::LineEnded
        | Reason::BrandWithout
        | Reason::LineHeld
        | Reason::AlreadyReplaced
        | Reason::RegionNotOpen { .. } => "this line gets no new card now",
    };
    let problem = Problem::state(code, what);
    Err(reasons.iter().fold(problem, |problem, reason| {
        problem.detail(format!("{}: {}", reason.name(), why(*reason)))
    }))
}

/// A reason, in words for staff.
fn why(reason: Reason) -> String {
    match reason {
        Reason::NotExposed => "no released list names this line".to_owned(),
        Reason::LineEnded => "its contract has ended".to_owned(),
        Reason::BrandWithout => "its brand has no programme".to_owned(),
        Reason::LineHeld => "it is held: somebody else has to look first".to_owned(),
        Reason::AlreadyReplaced => "it got one in this programme".to_owned(),
        Reason::CaseOpen => "case list shows its case".to_owned(),
        Reason::RegionNotOpen { opens: Some(day) } => format!("its region opens on {day}"),
        Reason::RegionNotOpen { opens: None } => "nobody said when its region opens".to_owned(),
    }
}

/// Every reason against a line.
pub(crate) fn reasons(rules: &Rules, standing: &Standing) -> Vec<Reason> {
    eligible::reasons(rules.programme, &standing.facts)
}

/// Who comes, as far as the registry knows: staff say it otherwise, when somebody without a resident registration or a proxy does.
pub(crate) fn person(subscriber: &Subscriber, now: DateTime<Utc>) -> Person {
    match subscriber.kind {
        SubscriberKind::Company => Person::Company,
        SubscriberKind::Person if is_child(subscriber, now) => Person::Child,
        SubscriberKind::Person => match age(subscriber.record.birth_date, now) {
            Some(age) if age < OF_AGE => Person::Minor,
            _ => Person::Adult,
        },
    }
}

/// Whether somebody of so many years speaks for themselves.
pub(crate) const fn is_adult(age: u32) -> bool {
    age >= OF_AGE
}

/// Full years, as people in Korea count them by law.
pub(crate) fn age(born: Option<NaiveDate>, now: DateTime<Utc>) -> Option<u32> {
    now.with_timezone(&Zone::Seoul.tz()).date_naive().years_since(born?)
}

/// The blind index of a line's number under the service key: holds and changes of a card are kept by it.
pub(crate) fn number_index(
    service: &simrecall_store::seal::DomainKeys,
    number: &Msisdn,
) -> [u8; 16] {
    service.blind(simrecall_store::seal::Field::Msisdn, number.expose())
}
