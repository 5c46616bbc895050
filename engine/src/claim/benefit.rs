//! Benefits: what a carrier offers those whose data leaked, some instead of others. People choose on the page; two of the staff hand
//! the choices over to whoever grants them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use simrecall_core::access::{Act, Unlock};
use simrecall_core::claim::benefit::{Benefits, ChooseError};
use simrecall_core::id::{IncidentId, LineId};
use simrecall_core::notice::Language;
use simrecall_store::StoreError;
use simrecall_store::benefit::Benefit as Choice;
use zeroize::Zeroizing;

use super::numbers::held_now;
use super::{AT_ONCE, sealed_file, today};
use crate::home::Home;
use crate::pages::{PAGE, pages, rows};
use crate::problem::{self, Problem, Result};
use crate::replacement::CUSTOMER;
use crate::selfcheck::{Door, Known, Visit};
use crate::staff::hex;
use crate::{incident, staff};

/// What somebody may choose for a line, of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnBenefits {
    /// The line.
    pub line: LineId,
    /// Its number, masked.
    pub number: String,
    /// The group's name, or the code of the only one in it.
    pub group: String,
    /// What is open now, and what was chosen.
    pub choices: Vec<OwnChoice>,
    /// Whether something can be chosen: something is open, and nothing was handed over.
    pub changeable: bool,
}

/// A benefit that somebody may choose, or has chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnChoice {
    /// Its code.
    pub code: String,
    /// What it is called, by language tag.
    pub names: BTreeMap<&'static str, String>,
    /// The last day on which it may be chosen, as `2025-10-10`; none if it stays open.
    pub until: Option<String>,
    /// Whether it may be chosen now.
    pub open: bool,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// How one benefit stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BenefitRow {
    /// Its code.
    pub code: String,
    /// Of what one may be chosen.
    pub group: String,
    /// The first day; none if it is not offered.
    pub opens: Option<NaiveDate>,
    /// The last day; none if it stays open.
    pub closes: Option<NaiveDate>,
    /// For how many lines it was chosen.
    pub chosen: u64,
    /// For how many of them that was handed over.
    pub exported: u64,
}

/// Choices to be handed over.
#[derive(Clone, Copy)]
pub struct NewChoices<'a> {
    /// The incident's code.
    pub incident: &'a str,
    /// The `age` recipient of whoever grants benefits.
    pub to: &'a str,
    /// The file, which must not exist yet: `number,code`.
    pub file: &'a Path,
    /// Whether those that were handed over before are in it, too: the file was lost.
    pub again: bool,
    /// Who writes it: two, of different roles.
    pub by: [&'a str; 2],
}

impl fmt::Debug for NewChoices<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewChoices").field("again", &self.again).finish_non_exhaustive()
    }
}

/// What was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChoicesAnswer {
    /// Choices in the file.
    pub choices: u64,
    /// Of those, choices that were handed over before.
    pub again: u64,
    /// Choices that are not in it, because somebody else has the line now.
    pub other_holder: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// What this installation offers.
fn offered(home: &Home) -> Result<Benefits> {
    let builtin = Benefits::builtin();
    let Some(path) = &home.config.claims.benefits else { return Ok(builtin) };
    let path = home.path(path);
    let text = std::fs::read_to_string(&path).map_err(|error| problem::file(&path, error))?;
    builtin.with(&text).map_err(|error| {
        Problem::configuration("config", "the file of benefits cannot be used")
            .detail(error.to_string())
            .hint("it is named in simrecall.toml: [claims] benefits")
    })
}

impl Door {
    /// What they may choose for each of their lines that the released list names, and what they chose.
    pub fn benefits(&self, visit: &Visit) -> Result<Vec<OwnBenefits>> {
        let known = visit.asked(Unlock::Choose)?;
        let (home, incident) = (&self.inner.home, self.inner.incident);
        let offered = offered(home)?;
        let on = today(home, self.now());
        let mut own = self.own_lines(known)?;
        let exposed = self.exposed(known)?;
        own.retain(|line, _| exposed.contains(line));
        let lines: Vec<LineId> = own.keys().copied().collect();
        let chosen = home.store.read(|tx| tx.benefits_of(incident, &lines))?;
        let groups: BTreeSet<&str> = offered.iter().map(|one| one.group()).collect();
        let mut shown = Vec::new();
        for (line, record) in &own {
            for group in &groups {
                let was = |one: &&Choice| one.line == *line && one.group == *group;
                let was = chosen.iter().find(was);
                let choices = choices(&offered, group, was, on);
                if choices.is_empty() {
                    continue;
                }
                let is_over = was.is_some_and(|one| one.exported_at.is_some());
                shown.push(OwnBenefits {
                    line: *line,
                    number: record.msisdn.masked(),
                    group: (*group).to_owned(),
                    changeable: !is_over && choices.iter().any(|one| one.open),
                    choices,
                });
            }
        }
        Ok(shown)
    }

    /// Chooses a benefit for a line of theirs, in place of what they chose of its group before. Refused outside its days, and once the
    /// choice was handed over.
    pub fn choose_benefit(&self, visit: &Visit, line: LineId, code: &str) -> Result<()> {
        let known = visit.asked(Unlock::Choose)?;
        self.serves(known)?;
        self.own_line(known, line)?;
        if !self.exposed(known)?.contains(&line) {
            return Err(Problem::state("benefit_closed", "no released list names this line"));
        }
        let (home, incident) = (&self.inner.home, self.inner.incident);
        let offered = offered(home)?;
        let now = self.now();
        let benefit = offered.choose(code, today(home, now)).map_err(|error| match error {
            ChooseError::Unknown => Problem::input("benefit", "there is no such benefit"),
            ChooseError::Closed => Problem::state("benefit_closed", "this is not open now"),
        })?;
        let choice = Choice {
            incident,
            line,
            group: benefit.group().to_owned(),
            code: benefit.code().to_owned(),
            person: known.person,
            chosen_at: now,
            exported_at: None,
        };
        let what = json!({ "line": line, "benefit": choice.code });
        let entry = home.entry("benefit.chosen", CUSTOMER, Some(incident), what)?;
        let chosen = home.store.write(|tx| {
            let chosen = tx.choose_benefit(&choice)?;
            if chosen {
                tx.journal(&entry)?;
            }
            Ok(chosen)
        })?;
        if chosen {
            return Ok(());
        }
        Err(Problem::state("benefit_exported", "what was chosen is on its way already"))
    }

    /// Lines of theirs that the released list names.
    fn exposed(&self, known: &Known) -> Result<BTreeSet<LineId>> {
        let incident = self.inner.incident;
        let named = self.inner.home.store.read(|tx| match tx.released_revision(incident)? {
            Some(released) => tx.exposures_of(incident, released.revision, known.person),
            None => Ok(Vec::new()),
        })?;
        let named = named.into_iter().filter(|one| !one.facts.is_empty());
        Ok(named.map(|one| one.line).collect())
    }
}

/// What of a group is open, or was chosen.
fn choices(offered: &Benefits, group: &str, was: Option<&Choice>, on: NaiveDate) -> Vec<OwnChoice> {
    let of_group = offered.iter().filter(|one| one.group() == group);
    let choice = of_group.map(|one| OwnChoice {
        code: one.code().to_owned(),
        names: Language::ALL.map(|tongue| (tongue.tag(), one.name(tongue).to_owned())).into(),
        until: one.closes().map(|day| day.to_string()),
        open: one.is_open(on),
        chosen: was.is_some_and(|was| was.code == one.code()),
    });
    choice.filter(|one| one.open || one.chosen).collect()
}

/// How the benefits of an incident stand; nothing of anybody is opened.
pub fn list(home: &Home, code: &str, by: &str) -> Result<Vec<BenefitRow>> {
    staff::may(home, by, Act::HandleClaim)?;
    let incident = incident::by_code(home, code)?.id;
    let offered = offered(home)?;
    let chosen = home.store.read(|tx| tx.benefits(incident))?;
    let count = |code: &str, of: fn(&Choice) -> bool| {
        let count = chosen.iter().filter(|one| one.code == code && of(one)).count();
        u64::try_from(count).unwrap_or(u64::MAX)
    };
    let row = |one: &simrecall_core::claim::benefit::Benefit| BenefitRow {
        code: one.code().to_owned(),
        group: one.group().to_owned(),
        opens: one.opens(),
        closes: one.closes(),
        chosen: count(one.code(), |_| true),
        exported: count(one.code(), |choice| choice.exported_at.is_some()),
    };
    Ok(offered.iter().map(row).collect())
}

/// Hands choices over: from then on they stay.
pub fn export(home: &Home, new: &NewChoices<'_>) -> Result<ChoicesAnswer> {
    let [first, second] = staff::two(home, new.by, Act::HandleClaim)?;
    let incident = incident::by_code(home, new.incident)?.id;
    let recipient = sealed_file::recipient(new.to, new.file)?;
    let is_due = |one: &Choice| new.again || one.exported_at.is_none();
    if !any_due(home, incident, is_due)? {
        return Err(Problem::state("nothing_due", "nothing is to be handed over")
            .hint("what was handed over before comes with --again"));
    }
    let actor = first.id.to_string();
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let (mut file, mut again, mut other_holder) = (Rows::default(), 0, 0);
    for page in chosen_in(home, incident) {
        let mut some = page?;
        some.retain(is_due);
        if some.is_empty() {
            continue;
        }
        let of: Vec<_> = some.iter().map(|one| (one.person, one.line)).collect();
        let what = (incident, actor.as_str(), "whom benefits are granted to");
        let numbers = held_now(home, &keys, what, &of)?;
        let is_theirs = |one: &&Choice| numbers.contains_key(&(one.person, one.line));
        let (theirs, others): (Vec<&Choice>, Vec<&Choice>) = some.iter().partition(is_theirs);
        other_holder += u64::try_from(others.len()).unwrap_or(u64::MAX);
        for choice in hand_over(home, (incident, &actor, second.id), &theirs)? {
            again += u64::from(choice.exported_at.is_some());
            if let Some(number) = numbers.get(&(choice.person, choice.line)) {
                file.add(number.expose(), &choice.code);
            }
        }
    }
    let sha256 = sealed_file::write(new.file, &recipient, &file.text)?;
    let body = json!({ "with": second.id, "choices": file.count, "sha256": hex(&sha256) });
    let entry = home.entry("benefit.written", &actor, Some(incident), body)?;
    home.store.write(|tx| tx.journal(&entry).map(drop))?;
    let choices = file.count;
    Ok(ChoicesAnswer { choices, again, other_holder, sha256: hex(&sha256) })
}

/// What was chosen in an incident, by line and group, page by page: as many as are handed over in one transaction.
fn chosen_in(home: &Home, incident: IncidentId) -> impl Iterator<Item = Result<Vec<Choice>>> {
    let page = i64::try_from(AT_ONCE).unwrap_or(PAGE);
    let read = move |after: Option<(LineId, String)>| {
        let after = after.as_ref().map(|(line, group)| (*line, group.as_str()));
        Ok(home.store.read(|tx| tx.benefits_after(incident, after, page))?)
    };
    pages(read, |one: &Choice| (one.line, one.group.clone()))
}

/// Whether anything is to be handed over. Refuses groups that were changed after somebody chose by them, before anything is: what
/// excluded each other then might not now.
fn any_due(home: &Home, incident: IncidentId, is_due: impl Fn(&Choice) -> bool) -> Result<bool> {
    let offered = offered(home)?;
    let (mut all, mut others, mut due) = (0_u64, 0_u64, false);
    for one in rows(chosen_in(home, incident)) {
        let one = one?;
        let is_same = offered.get(&one.code).is_some_and(|now| now.group() == one.group);
        (all, others) = (all + 1, others + u64::from(!is_same));
        due |= is_due(&one);
    }
    if others == 0 {
        return Ok(due);
    }
    Err(Problem::configuration(
        "benefit_groups",
        "benefits were chosen by other groups than there are now",
    )
    .detail(format!("{others} of {all} choices"))
    .hint("give each benefit the group back that it had: [claims] benefits"))
}

/// The file's rows.
struct Rows {
    text: Zeroizing<String>,
    count: u64,
}

impl Default for Rows {
    fn default() -> Self {
        Self { text: Zeroizing::new(String::from("number,code\n")), count: 0 }
    }
}

impl Rows {
    fn add(&mut self, number: &str, code: &str) {
        for part in [number, ",", code, "\n"] {
            self.text.push_str(part);
        }
        self.count += 1;
    }
}

/// Puts down that choices are handed over, in one transaction with why; those that stand, so. What somebody has just changed waits for
/// the next file.
fn hand_over<'c>(
    home: &Home,
    (incident, actor, with): (IncidentId, &str, simrecall_core::id::StaffId),
    theirs: &[&'c Choice],
) -> Result<Vec<&'c Choice>> {
    let at = home.now();
    let lines: Vec<_> = theirs.iter().map(|one| one.line).collect();
    let body = json!({ "with": with, "lines": lines });
    let entry = home.entry("benefit.exported", actor, Some(incident), body)?;
    let done = home.store.write(|tx| {
        let mut done = Vec::new();
        for choice in theirs {
            if choice.exported_at.is_some() || tx.export_benefit(choice, at)? {
                done.push(*choice);
            }
        }
        tx.journal(&entry)?;
        Ok::<_, StoreError>(done)
    })?;
    Ok(done)
}
