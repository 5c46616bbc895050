//! Everything that speaks against a row, before anything is changed.

use chrono::{DateTime, Utc};
use simrecall_core::id::AgencyId;
use simrecall_core::identity::Imsi;
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::eligible::Reason;
use simrecall_core::replacement::queue::Need;
use simrecall_core::replacement::{Event, State, card, step};
use simrecall_gateway::hlr::HlrError;
use simrecall_store::StoreError;
use simrecall_store::replacement::ReplacementCase;

use super::Desk;
use super::row::{Against, ElsewhereRow};
use crate::card::CardRecord;
use crate::home::random;
use crate::problem::{Problem, Result};
use crate::replacement::found::{Found, by_number};
use crate::replacement::line::{age, number_index, person, reasons, standing};

/// What a row comes to.
pub(super) enum Judged {
    /// It was brought in before.
    Known,
    /// It is refused.
    Against(Against),
    /// It can be brought in.
    Ready(Box<Change>),
}

/// A change of a card that can be brought in.
pub(super) struct Change {
    /// The number's blind index under the service key.
    pub(super) number: [u8; 16],
    pub(super) found: Found,
    pub(super) completed_at: DateTime<Utc>,
    pub(super) new_imsi: Option<Imsi>,
    pub(super) paid_won: Option<u64>,
    pub(super) agency: Option<AgencyId>,
    /// The case that it completes, as it is now or as it will begin.
    pub(super) case: ReplacementCase,
    /// Whether the case is not there yet.
    pub(super) is_new: bool,
}

impl Desk<'_> {
    pub(super) fn judge(&self, row: &ElsewhereRow) -> Result<Judged> {
        let found = match by_number(self.home, self.incident, (&row.number, &self.actor)) {
            Ok(found) => found,
            Err(problem) if problem.code == "number" => {
                return Ok(against("number", "line_ended", "nobody holds this number now"));
            }
            Err(problem) => return Err(problem),
        };
        let number = number_index(&self.service, &row.number);
        let line = found.whose.line;
        let (held, cases) = self.home.store.read(|tx| {
            Ok((tx.line_is_held(&number)?, tx.replacements_of(self.incident, &[line])?))
        })?;
        if let Some(judged) = past(&cases, row.completed_at) {
            return Ok(judged);
        }
        let refused = self.against_time(row, &found).or_else(|| {
            held.then_some(("number", "line_held", "the line is held: somebody has to clear it"))
        });
        if let Some(why) = refused {
            return Ok(Judged::Against(why));
        }
        let (case, is_new) = match cases.into_iter().find(|case| case.state.is_open()) {
            Some(case) if step(case.state, Event::CompleteElsewhere).is_ok() => (case, false),
            Some(_) => {
                let text = "its case is at a counter, being swapped, on its way, or held";
                return Ok(against("number", "case_state", text));
            }
            None => match self.begun(&found, row)? {
                Ok(case) => (case, true),
                Err(why) => return Ok(Judged::Against(why)),
            },
        };
        let agency = row.agency.as_deref().map(|code| self.agency(code));
        let Some(agency) = agency.map_or(Some(None), |found| found.map(Some)) else {
            return Ok(against("agency", "agency.unknown", "no agency has this code"));
        };
        if let Some(why) = self.against_card(row, &found)? {
            return Ok(Judged::Against(why));
        }
        Ok(Judged::Ready(Box::new(Change {
            number,
            found,
            completed_at: row.completed_at,
            new_imsi: row.new_imsi.clone(),
            paid_won: row.paid_won,
            agency,
            case,
            is_new,
        })))
    }

    fn against_time(&self, row: &ElsewhereRow, found: &Found) -> Option<Against> {
        if row.completed_at > self.home.now() {
            return Some(("completed_at", "time.future", "it is yet to come"));
        }
        let before = row.completed_at < found.held_from;
        before.then_some(("completed_at", "time.before", "the line was somebody else's then"))
    }

    /// The case of a line that has none, as it begins; or what speaks against one. A region that is not open yet does not.
    fn begun(
        &self,
        found: &Found,
        row: &ElsewhereRow,
    ) -> Result<std::result::Result<ReplacementCase, Against>> {
        let brand = &found.subscriber.brand;
        let standing = self.home.store.read(|tx| {
            standing(tx, self.home, (&self.rules, &found.whose), (false, brand), None)
        })?;
        for reason in reasons(&self.rules, &standing) {
            let against = match reason {
                Reason::RegionNotOpen { .. } | Reason::CaseOpen => continue,
                Reason::NotExposed => "no released list names the line",
                Reason::LineEnded => "its contract has ended",
                Reason::BrandWithout => "its brand has no programme",
                Reason::LineHeld => "the line is held",
                Reason::AlreadyReplaced => "it got its new card under this programme",
            };
            return Ok(Err(("number", reason.name(), against)));
        }
        let now = self.home.now();
        let need = Need {
            lost_money: false,
            leaves_on: None,
            exposed: standing.exposed,
            age: age(found.subscriber.record.birth_date, now),
            disabled: false,
        };
        let id = simrecall_core::id::CaseId::from_bytes(random()?);
        let whose = &found.whose;
        let applied =
            ReplacementCase::applied(self.incident, whose.line, id, whose.holder, row.completed_at);
        let person_type = Some(person(&found.subscriber, now));
        Ok(Ok(ReplacementCase { tier: need.tier(now), person_type, ..applied }))
    }

    fn agency(&self, code: &str) -> Option<AgencyId> {
        self.agencies.iter().find(|agency| agency.code == code).map(|agency| agency.id)
    }

    /// What speaks against the new card: stock has it, the line's lock would lose it, or the network has another one.
    fn against_card(&self, row: &ElsewhereRow, found: &Found) -> Result<Option<Against>> {
        let iccid = row.new_iccid.as_ref().map(|iccid| CardRecord::id_of(&self.service, iccid));
        let imsi = row.new_imsi.as_ref().map(|imsi| CardRecord::imsi_key(&self.service, imsi));
        let old = found.record.imsi.as_ref().map(|imsi| CardRecord::imsi_key(&self.service, imsi));
        let (by_iccid, by_imsi, tied) = self.home.store.read(|tx| {
            let by_iccid = tx.cards_of(iccid.as_slice())?;
            let by_imsi = tx.cards_by_imsi(imsi.as_slice())?;
            let tied = tx.protections_of(old.as_slice())?;
            Ok::<_, StoreError>((by_iccid, by_imsi, tied))
        })?;
        let ours = |cards: &[simrecall_store::card::Card]| {
            cards.iter().any(|one| one.state != card::State::Lost)
        };
        let known = "stock knows this card: it is ours, and was not changed elsewhere";
        if ours(&by_iccid) {
            return Ok(Some(("new_iccid", "card_known", known)));
        }
        if ours(&by_imsi) {
            return Ok(Some(("new_imsi", "card_known", known)));
        }
        if row.new_imsi.is_none() && tied.iter().any(|one| one.state != StateKind::Off) {
            let text = "the line is tied to its handset: name the card that it is tied to now";
            return Ok(Some(("new_imsi", "imsi.needed", text)));
        }
        let Some(hlr) = self.hlr else { return Ok(None) };
        let holder = hlr.holder(&row.number).map_err(silent)?;
        let agrees = holder.is_some() && holder == row.new_imsi;
        let text = "the network does not have the number at this card";
        Ok((!agrees).then_some(("new_imsi", "hlr_number", text)))
    }
}

/// What earlier cases make of a row: a change that is known, or another one of a line that has its new card.
fn past(cases: &[ReplacementCase], completed_at: DateTime<Utc>) -> Option<Judged> {
    let done: Vec<&ReplacementCase> =
        cases.iter().filter(|case| case.state == State::Completed).collect();
    if done.iter().any(|case| case.completed_at == Some(completed_at)) {
        return Some(Judged::Known);
    }
    let text = "the line got its new card at another time";
    (!done.is_empty()).then(|| against("completed_at", "completed_otherwise", text))
}

const fn against(column: &'static str, code: &'static str, text: &'static str) -> Judged {
    Judged::Against((column, code, text))
}

fn silent(error: HlrError) -> Problem {
    crate::swap::unreadable(error)
}
