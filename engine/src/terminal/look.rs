//! A second look: whoever cannot show their own code is looked at by another pair of eyes, elsewhere.
//!
//! | part | does |
//! |---|---|
//! | this file | asks for one, takes its images in, says how it stands, and lets time do its part |
//! | [`take`] | the other side: who waits, the oldest one, its images |
//! | [`answer`] | yes or no, and what follows from it |
//!
//! The clerk learns nothing but yes, no, or nobody. Whoever looks sees what the registry knows of the person, and no number.

mod answer;
mod take;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::access::limit::Count;
use simrecall_core::id::{CaseId, IncidentId, LookId};
use simrecall_core::identity::Msisdn;
use simrecall_core::incident::IncidentState;
use simrecall_core::replacement::Event;
use simrecall_core::terminal::jpeg;
use simrecall_core::terminal::look::{IMAGES, KEPT, LASTS, Part, Post, State};
use simrecall_store::alarm::AlarmKind;
use simrecall_store::look::{Asker, ImageAdded, Look, LookEnd, NewImage, image_row};
use simrecall_store::proof::ProofKind;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{Table, Tag};
use simrecall_store::{StoreError, Tx};
use uuid::Uuid;

pub use answer::LookAnswered;
pub use take::{LookTaken, LooksWaiting};

use super::view::not_shown;
use super::{AgencyDoor, Seat, alarm, honey, limit};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::replacement::code::counter_of;
use crate::replacement::found::{of_case, whose};
use crate::replacement::line::number_index;

/// Over how long looks of a case are counted.
const A_DAY: TimeDelta = TimeDelta::hours(24);
/// How many are looked at in one go.
const AT_ONCE: i64 = 200;
/// What is said of a case or a number that had as many looks as it may.
const ENOUGH: &str = "there were as many second looks at this today as there may be";
/// What a transaction says of a line that is held.
const HELD: &str = "the line is held";

/// A look that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookAsked {
    /// Its name.
    pub look: LookId,
    /// Four digits: written down beside the papers, and photographed with them.
    pub digits: String,
    /// Until when somebody may answer.
    pub until: DateTime<Utc>,
}

/// How a look stands, for whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookShown {
    /// Where it is.
    pub state: &'static str,
    /// Until when somebody may answer.
    pub until: DateTime<Utc>,
    /// The case, of a walk-in as well once somebody said yes.
    pub case: Option<CaseId>,
    /// The numbers of the images that have come: a page that is loaded anew goes on with the next one.
    pub images: Vec<i16>,
}

impl LookAsked {
    fn of(look: &Look) -> Self {
        let digits = digits(look);
        Self { look: look.id, digits, until: look.asked_at + LASTS }
    }
}

fn digits(look: &Look) -> String {
    format!("{:04}", look.digits)
}

/// Whether somebody's roles allow something.
pub(super) fn allowed(seat: &Seat, act: Act) -> Result<()> {
    if seat.staff.roles.iter().any(|role| role.may(act)) {
        return Ok(());
    }
    Err(Problem::state("not_allowed", "this is not for your role"))
}

/// Whose terminal it is; nobody at the centre serves customers.
fn asker(seat: &Seat) -> Result<Asker> {
    let agency = seat.agency.as_ref().ok_or_else(not_shown)?.id;
    Ok(Asker { staff: seat.staff.id, terminal: seat.terminal.id, agency })
}

/// The name of a look, as a page says it.
fn look_id(text: &str) -> Result<LookId> {
    Uuid::parse_str(text).map(LookId).map_err(|_| not_shown())
}

/// The open incidents: the keys of these are held.
fn open_incidents(home: &Home) -> Result<Vec<IncidentId>> {
    let all = home.store.read(|tx| tx.incidents())?;
    let open = all.into_iter().filter(|one| one.state == IncidentState::Open);
    Ok(open.map(|one| one.id).collect())
}

impl AgencyDoor {
    /// Asks for a second look at whoever stands at this counter. The same one while it waits for an answer.
    pub fn ask_look(&self, seat: &Seat, case: &str) -> Result<LookAsked> {
        allowed(seat, Act::ServeCustomer)?;
        let (home, asked) = (self.home(), asker(seat)?);
        let case = case_here(home, seat, case)?;
        let found = of_case(home, &case, seat.actor())?;
        let number = number_index(self.service(), &found.record.msisdn);
        let look = Look {
            case: Some(case.id),
            person: case.person_type,
            of: Some((case.line, case.person)),
            ..new_look(home, (case.incident, number), asked)?
        };
        let most = self.config().limits.looks_of_a_case_a_day;
        let body = json!({ "case": case.id, "look": look.id, "terminal": seat.terminal.id });
        let entry = home.entry("look.asked", seat.actor(), Some(case.incident), body)?;
        let now = home.now();
        let asked = home.store.write(|tx| {
            seat.still(tx, now)?;
            if tx.line_is_held(&number)? {
                return Err(StoreError::State(HELD));
            }
            let mut today = tx.looks_of_case(case.incident, case.id, now - A_DAY)?;
            let unnamed = tx.looks_of_number(&number, now - A_DAY)?;
            today.extend(unnamed.into_iter().filter(|one| one.case.is_none()));
            let own = |one: &&Look| one.case.is_some() && one.state.is_open();
            for one in today.iter().filter(own) {
                if now < one.asked_at + LASTS {
                    return Ok(one.clone());
                }
                lapse(tx, home, one)?;
            }
            if today.len() >= usize::try_from(most).unwrap_or(0) {
                return Err(StoreError::State(ENOUGH));
            }
            if !tx.ask_look(&look)? {
                return Err(StoreError::Busy);
            }
            tx.journal(&entry)?;
            Ok(look.clone())
        });
        asked.map(|look| LookAsked::of(&look)).map_err(not_asked)
    }

    /// Somebody without a page and without a case: whatever the number is, it is sent to a second look, and the answer is the same.
    pub fn walk_in(&self, seat: &Seat, number: &str) -> Result<LookAsked> {
        allowed(seat, Act::ServeCustomer)?;
        let (home, asked) = (self.home(), asker(seat)?);
        let number = Msisdn::parse(number).map_err(|error| {
            Problem::input("number", "this is no mobile number").caused_by(error)
        })?;
        let index = number_index(self.service(), &number);
        let (mut of, mut incident) = (None, None);
        for one in open_incidents(home)? {
            incident = incident.or(Some(one));
            if let Some(found) = whose(home, one, &number)?.filter(|_| of.is_none()) {
                (of, incident) = (Some(found), Some(one));
            }
        }
        let incident = incident.ok_or_else(|| {
            Problem::state("no_incident", "no incident is open, so nothing is replaced")
        })?;
        let look = Look { of, ..new_look(home, (incident, index), asked)? };
        let body = json!({ "look": look.id, "terminal": seat.terminal.id });
        let entry = home.entry("look.asked", seat.actor(), Some(incident), body)?;
        let most = self.config().limits.looks_of_a_case_a_day;
        let sent = home.store.write(|tx| {
            let now = home.now();
            seat.still(tx, now)?;
            // One after the other: of many at once none goes over. A refusal counts as a look-up, and is the same whoever's it is.
            tx.lock_line(&index)?;
            limit::count(tx, home, seat, (Count::LookUp, Some(&index)))?;
            honey::touched(tx, home, seat, &index)?;
            let today = tx.looks_of_number(&index, now - A_DAY)?.len();
            if today >= usize::try_from(most).unwrap_or(0) {
                return Ok(false);
            }
            if !tx.ask_look(&look)? {
                return Err(StoreError::Busy);
            }
            tx.journal(&entry).map(|_| true)
        });
        let is_asked = honey::heard(home, (seat, &index), sent)?;
        if is_asked { Ok(LookAsked::of(&look)) } else { Err(Problem::state("limit", ENOUGH)) }
    }

    /// Takes an image in, drawn anew by the page: sealed, and never one that was shown before.
    pub fn put_look_image(&self, seat: &Seat, look: &str, no: i16, bytes: &[u8]) -> Result<()> {
        allowed(seat, Act::ServeCustomer)?;
        let home = self.home();
        let look = self.asked_here(seat, look)?;
        if !(1..=IMAGES).contains(&no) {
            return Err(Problem::input("image", format!("a look has {IMAGES} images at most")));
        }
        jpeg::read(bytes).map_err(|error| {
            Problem::input("image", "this is no picture as the page draws it").caused_by(error)
        })?;
        let keys = home.keys.incident(look.incident).map_err(problem::keys)?;
        let sealed = keys.seal(Table::LookImage, &image_row(look.id, no), bytes);
        let sealed = sealed.map_err(|error| {
            Problem::ours("sealed", "an image cannot be sealed").caused_by(error)
        })?;
        let image = NewImage {
            look: look.id,
            no,
            incident: look.incident,
            content: self.service().tag(Tag::Image, &[bytes]),
            sealed,
            at: home.now(),
        };
        let added = home.store.write(|tx| {
            seat.still(tx, home.now())?;
            let there = tx.look(look.id)?.ok_or(StoreError::NotFound("look"))?;
            if !is_open(&there, home.now()) {
                return Ok(None);
            }
            let added = tx.add_look_image(&image)?;
            if added == ImageAdded::SeenBefore {
                let case = look.case.map(|case| (look.incident, case));
                alarm::raise(tx, home, &alarm::post(seat), (AlarmKind::ImageAgain, case))?;
            }
            Ok(Some(added))
        })?;
        match added {
            Some(ImageAdded::Yes | ImageAdded::Again) => Ok(()),
            Some(ImageAdded::Taken) => {
                Err(Problem::state("image_taken", "this look has another image of that number"))
            }
            // Why, somebody else is told.
            Some(ImageAdded::SeenBefore) => {
                Err(Problem::input("image", "this picture cannot be used: take another one"))
            }
            None => Err(late()),
        }
    }

    /// How a look stands, for whoever asked for it.
    pub fn look_state(&self, seat: &Seat, look: &str) -> Result<LookShown> {
        let look = self.asked_here(seat, look)?;
        let images = self.home().store.read(|tx| tx.look_images(look.id))?;
        Ok(shown(&look, images, self.now()))
    }

    /// A look that was asked for at this terminal, by this person.
    fn asked_here(&self, seat: &Seat, look: &str) -> Result<Look> {
        let id = look_id(look)?;
        let look = self.home().store.read(|tx| tx.look(id))?;
        let own = |look: &Look| {
            look.asked.staff == seat.staff.id && look.asked.terminal == seat.terminal.id
        };
        look.filter(own).ok_or_else(not_shown)
    }
}

/// A look as it begins, of nobody yet.
fn new_look(home: &Home, (incident, number): (IncidentId, [u8; 16]), asked: Asker) -> Result<Look> {
    let [high, low, ..] = random()?;
    let digits = i16::try_from(u16::from_be_bytes([high, low]) % 10_000).unwrap_or(0);
    Ok(Look {
        id: LookId::from_bytes(random()?),
        incident,
        case: None,
        number,
        of: None,
        digits,
        person: None,
        asked,
        asked_at: home.now(),
        state: State::Asked,
        taken: None,
        decided_at: None,
        reason: None,
        destroyed_at: None,
    })
}

/// A case that is at this counter, and whose swap has not begun.
fn case_here(home: &Home, seat: &Seat, case: &str) -> Result<ReplacementCase> {
    let id = Uuid::parse_str(case).map(CaseId).map_err(|_| not_shown())?;
    let incidents = open_incidents(home)?;
    let found = home.store.read(|tx| {
        for incident in &incidents {
            if let Some(case) = tx.replacement(*incident, id)? {
                return Ok(Some(case));
            }
        }
        Ok(None)
    })?;
    let case = found.ok_or_else(not_shown)?;
    let here = seat.agency.as_ref().map(|agency| agency.id);
    if here.is_none() || counter_of(home, &case)? != here {
        return Err(not_shown());
    }
    if case.state.takes_proofs() {
        return Ok(case);
    }
    Err(Problem::state("case_state", "a second look comes while somebody is checked in")
        .detail(format!("it is {}", case.state.name())))
}

/// Whether somebody may still answer.
fn is_open(look: &Look, now: DateTime<Utc>) -> bool {
    look.state.is_open() && now < look.asked_at + LASTS
}

fn shown(look: &Look, images: Vec<i16>, now: DateTime<Utc>) -> LookShown {
    let is_over = look.state.is_open() && !is_open(look, now);
    let state = if is_over { State::Lapsed } else { look.state };
    LookShown { state: state.name(), until: look.asked_at + LASTS, case: look.case, images }
}

fn late() -> Problem {
    Problem::state("look_over", "this look is over").hint("the case keeps its place: ask again")
}

fn not_asked(error: StoreError) -> Problem {
    let StoreError::State(why) = error else { return problem::store(error) };
    match why {
        HELD => Problem::state("line_held", HELD),
        ENOUGH => Problem::state("limit", ENOUGH),
        _ => problem::store(StoreError::State(why)),
    }
}

/// The case a look is of: its own, or the open one that a walk-in's line has by now.
fn case_of(
    tx: &mut Tx<'_>,
    look: &Look,
) -> std::result::Result<Option<ReplacementCase>, StoreError> {
    if let Some(case) = look.case {
        return tx.replacement(look.incident, case);
    }
    let Some((line, holder)) = look.of else { return Ok(None) };
    let cases = tx.replacements_of(look.incident, &[line])?;
    Ok(cases.into_iter().find(|case| case.state.is_open() && case.person == holder))
}

/// Everybody who had to do with a look's case: who checked it in, asked, gave a proof, or looked before; also where a walk-in's line has
/// a case that the look does not name yet.
fn involved(tx: &mut Tx<'_>, look: &Look) -> std::result::Result<Vec<(Part, Post)>, StoreError> {
    let case = case_of(tx, look)?.map(|case| case.id);
    let mut posts = vec![(Part::AtCounter, Post::from(look.asked))];
    // By the number: nothing is locked for whoever only looks. A look at a walk-in that got no case is one of whoever stood there.
    for one in tx.looks_of_number(&look.number, DateTime::UNIX_EPOCH)? {
        if one.incident != look.incident || one.case.is_some() && one.case != case {
            continue;
        }
        posts.push((Part::AtCounter, Post::from(one.asked)));
        if let Some((post, _)) = one.taken.filter(|_| !one.state.is_open())
            && one.state != State::Lapsed
        {
            posts.push((Part::FromAfar, post));
        }
    }
    let Some(case) = case else { return Ok(posts) };
    for event in tx.case_events(look.incident, case)? {
        if event.event == Some(Event::CheckIn)
            && let Some(staff) = event.by
        {
            posts.push((Part::AtCounter, Post { staff, terminal: None, agency: event.agency }));
        }
    }
    for proof in tx.case_proofs(look.incident, case)? {
        let part = match proof.kind {
            ProofKind::Seen => Part::FromAfar,
            ProofKind::Documents
            | ProofKind::Present
            | ProofKind::Identity
            | ProofKind::OldCard
            | ProofKind::Possession => Part::AtCounter,
        };
        if let Some(staff) = proof.by {
            let (terminal, agency) = (proof.terminal, proof.agency);
            posts.push((part, Post { staff, terminal, agency }));
        }
    }
    Ok(posts)
}

/// Two minutes are over: the case keeps its place.
fn lapse(tx: &mut Tx<'_>, home: &Home, look: &Look) -> std::result::Result<bool, StoreError> {
    let at = home.now();
    let end = LookEnd { from: look.state, to: State::Lapsed, at, reason: None, case: None };
    tx.end_look(look.id, &end)
}

/// Ends the looks that nobody answered in time; how many.
pub(crate) fn lapse_all(home: &Home) -> Result<u64> {
    let now = home.now();
    let mut lapsed = 0;
    for state in [State::Asked, State::Taken] {
        let looks = home.store.read(|tx| tx.looks_in(state, AT_ONCE))?;
        for look in looks.iter().filter(|look| !is_open(look, now)) {
            lapsed += u64::from(home.store.write(|tx| lapse(tx, home, look))?);
        }
    }
    Ok(lapsed)
}

/// Destroys images whose time is over; how many. An order to keep their incident, or a hold on the line, keeps them.
pub(crate) fn destroy_old(home: &Home) -> Result<u64> {
    let keep = home.config.agency.as_ref().map_or(KEPT, |config| config.keep_images.0);
    let (now, mut past, mut images) = (home.now(), None, 0);
    loop {
        let looks = home.store.read(|tx| tx.looks_to_destroy(now - keep, past, AT_ONCE))?;
        let Some(last) = looks.last() else { break };
        past = last.decided_at.map(|at| (at, last.id));
        // What is gone and that it is gone are one write.
        images += home.store.write(|tx| {
            let mut gone = 0;
            for look in &looks {
                if !tx.is_held(look.incident)? && !tx.line_is_held(&look.number)? {
                    let some = tx.destroy_look(look.id, now)?.unwrap_or(0);
                    gone += u64::try_from(some).unwrap_or(0);
                }
            }
            if gone > 0 {
                home.journal(tx, ("look.destroyed", "tick"), None, json!({ "images": gone }))?;
            }
            Ok(gone)
        })?;
    }
    Ok(images)
}
