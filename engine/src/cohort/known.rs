//! When a revision's additions were known: their clocks count from there.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use simrecall_core::id::RevisionNo;
use simrecall_core::incident::KnowledgeTime;
use simrecall_core::law::Anchor;

use super::adds::Adds;
use crate::problem::{Problem, Result};

/// When staff say that what a list adds was known.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// What was known then.
    pub what: Option<&'a str>,
}

/// What a revision's knowledge time is made from.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    pub(super) no: RevisionNo,
    /// Up to when its data reaches: nobody can have known later than that.
    pub(super) data_cutoff: DateTime<Utc>,
    pub(super) known: Option<Known<'a>>,
    /// The roles of whoever imports it.
    pub(super) who: &'a str,
    /// Which file, with its hash.
    pub(super) evidence: String,
    pub(super) now: DateTime<Utc>,
}

/// The knowledge time of what a revision adds.
///
/// None for the first one, unless staff say better: people of the first list are owed notice since the incident was
/// known. None for one that adds nothing. Otherwise, if staff say nothing, it is presumed that what is in the list was
/// known when its data was cut off.
pub(super) fn knowledge(taken: Taken<'_>, adds: &Adds) -> Result<Option<KnowledgeTime>> {
    let Taken { no, data_cutoff, known, who, evidence, now } = taken;
    if adds.is_nothing() {
        return known.map_or(Ok(None), |_| Err(adds_nothing()));
    }
    if known.is_none() && no.0 == 1 {
        return Ok(None);
    }
    let said = known.and_then(|known| known.what).map(str::to_owned);
    let what = match (known, said) {
        (Some(_), Some(said)) => said,
        (Some(_), None) => format!("what revision {} adds", no.0),
        (None, _) => {
            format!("presumed: revision {} was taken in, and its data reaches up to here", no.0)
        }
    };
    Ok(Some(KnowledgeTime {
        no: 0,
        at: known.map_or(data_cutoff, |known| known.at).min(now),
        anchors: anchors(adds),
        revision: Some(no),
        who: who.to_owned(),
        what,
        evidence,
        recorded_at: now,
    }))
}

/// Which moments it can be, by what the revision adds; a further fact in any case.
fn anchors(adds: &Adds) -> BTreeSet<Anchor> {
    let leak = [
        Anchor::KrLeakKnown,
        Anchor::EuAware,
        Anchor::EuDetected,
        Anchor::UsBreachDetermined,
        Anchor::UsCaDiscovered,
        Anchor::JpAware,
        Anchor::UkAware,
    ];
    let mut anchors = BTreeSet::from([Anchor::KrNewFactConfirmed]);
    if !adds.confirmed.is_empty() {
        anchors.extend(leak);
    }
    if !adds.possible.is_empty() {
        // Some data is known to have leaked, and more may have; or nobody can say yet whose did.
        anchors.insert(if adds.all_confirmed.is_empty() {
            Anchor::KrPossibleIllegalAccessKnown
        } else {
            Anchor::KrPossiblePartialLeakKnown
        });
    }
    anchors
}

fn adds_nothing() -> Problem {
    Problem::input("known_at", "the list adds nothing, so no clock starts from it; nothing was imported")
        .hint("the same command without --known-at; what was learned otherwise: simrecall incident fact add")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use simrecall_core::cohort::{Item, ItemSet};

    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(hours)
    }

    fn known(no: i32, known: Option<Known<'_>>, adds: &Adds) -> Result<Option<KnowledgeTime>> {
        let taken = Taken {
            no: RevisionNo(no),
            data_cutoff: at(5),
            known,
            who: "security",
            evidence: "list 2".to_owned(),
            now: at(9),
        };
        knowledge(taken, adds)
    }

    fn leak() -> Adds {
        let imsi = ItemSet::EMPTY.with(Item::Imsi);
        Adds { confirmed: imsi, all_confirmed: imsi, persons: 3, ..Adds::default() }
    }

    #[test]
    fn the_first_revision_has_the_incidents_unless_staff_say_better() {
        assert_eq!(known(1, None, &leak()).unwrap(), None);
        let said = Known { at: at(7), what: Some("the cells were found") };
        let time = known(1, Some(said), &leak()).unwrap().unwrap();
        assert_eq!((time.at, time.what.as_str()), (at(7), "the cells were found"));
    }

    #[test]
    fn a_later_one_is_presumed_known_when_its_data_was_cut_off() {
        let time = known(2, None, &leak()).unwrap().unwrap();
        assert_eq!((time.at, time.revision), (at(5), Some(RevisionNo(2))));
        assert!(time.what.starts_with("presumed: revision 2 "), "{}", time.what);
        assert!(
            time.stands_for(Anchor::KrLeakKnown) && time.stands_for(Anchor::KrNewFactConfirmed)
        );
        assert!(!time.stands_for(Anchor::KrIncidentKnown));
        assert!(!time.stands_for(Anchor::KrPossibleIllegalAccessKnown));
    }

    #[test]
    fn what_may_have_leaked_starts_the_clock_of_possibility() {
        let name = ItemSet::EMPTY.with(Item::Name);
        let possible = Adds { possible: name, all_possible: name, ..Adds::default() };
        let time = known(2, None, &possible).unwrap().unwrap();
        assert!(time.stands_for(Anchor::KrPossibleIllegalAccessKnown));
        assert!(!time.stands_for(Anchor::KrLeakKnown));
        let partial = Adds { all_confirmed: ItemSet::EMPTY.with(Item::Imsi), ..possible };
        let time = known(3, None, &partial).unwrap().unwrap();
        assert!(time.stands_for(Anchor::KrPossiblePartialLeakKnown));
    }

    #[test]
    fn nothing_new_starts_nothing() {
        assert_eq!(known(2, None, &Adds::default()).unwrap(), None);
        let said = Known { at: at(7), what: None };
        assert_eq!(known(2, Some(said), &Adds::default()).unwrap_err().code, "known_at");
    }
}
