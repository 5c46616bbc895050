//! What must hold of every incident, whatever happens in it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::cohort::{Item, ItemSet};

/// Something that is learned or done.
#[derive(Debug, Clone)]
enum Event {
    Knowledge { hour: i64, anchor: Option<Anchor> },
    Revision { hour: i64, confirmed: bool, possible: bool },
    Act { hour: i64, duty: Duty, revision: Option<i32> },
    Persons(u64),
    Residents,
    Item(Item),
    ContactUnknown,
    NoneLeaked,
    Yes,
}

/// All hours lie within one version of every statute.
const START: &str = "2026-10-05T00:00:00Z";

fn hour(hour: i64) -> DateTime<Utc> {
    at(START) + TimeDelta::hours(hour)
}

fn event() -> impl Strategy<Value = Event> {
    let hours = 0i64..1_000;
    let anchor = proptest::option::of(proptest::sample::select(&Anchor::ALL[..]));
    let duty = proptest::sample::select(&Duty::ALL[..]);
    let item = proptest::sample::select(&Item::ALL[..]);
    prop_oneof![
        4 => (hours.clone(), anchor).prop_map(|(hour, anchor)| Event::Knowledge { hour, anchor }),
        3 => (hours.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(hour, confirmed, possible)| Event::Revision { hour, confirmed, possible }),
        3 => (hours, duty, proptest::option::of(1..5))
            .prop_map(|(hour, duty, revision)| Event::Act { hour, duty, revision }),
        1 => (0u64..3_000).prop_map(Event::Persons),
        1 => Just(Event::Residents),
        1 => item.prop_map(Event::Item),
        1 => Just(Event::ContactUnknown),
        1 => Just(Event::NoneLeaked),
        1 => Just(Event::Yes),
    ]
}

fn apply(mut to: Situation, event: &Event) -> Situation {
    match event.clone() {
        Event::Knowledge { hour: h, anchor } => to.learn(hour(h), anchor.as_slice(), None),
        Event::Revision { hour: h, confirmed, possible } => {
            // A revision comes with the moment it was known, as an import records it.
            let no = i32::try_from(to.revisions.len()).unwrap() + 1;
            to = to.revision(no, confirmed, possible).knew_of(no, hour(h));
        }
        Event::Act { hour: h, duty, revision } => {
            let scope = revision.map_or(Scope::Incident, |no| Scope::Revision(RevisionNo(no)));
            to = to.did(duty, scope, hour(h));
        }
        Event::Persons(count) => to.facts.persons = to.facts.persons.max(Some(count)),
        Event::Residents => {
            to.facts.residents_over.insert(500, true);
        }
        Event::Item(item) => to.facts.items = to.facts.items.with(item),
        Event::ContactUnknown => to.facts.contact_unknown = true,
        Event::NoneLeaked => to.facts.none_leaked = true,
        Event::Yes => {
            to.facts.external_access = Some(true);
            to.facts.intrusion = Some(true);
            to.facts.high_risk = Some(true);
            to.facts.cpni = Some(true);
        }
    }
    to
}

fn everywhere() -> Situation {
    let packs = PackSet::builtin();
    incident(&packs.statutes().into_iter().collect::<Vec<_>>())
}

/// What counts, by rule and scope, with its due time. A duty of the incident lives on as that of its first revision.
fn duties(of: &Situation) -> BTreeMap<(String, String), Option<DateTime<Utc>>> {
    let all = clocks(&PackSet::builtin(), of, hour(0));
    let mut found = BTreeMap::new();
    for clock in all.into_iter().filter(|clock| clock.counts) {
        let rule = clock.rule.to_string();
        if clock.scope.revision().is_some() {
            // The first of a rule's revisions comes first.
            found.entry((rule.clone(), "incident".to_owned())).or_insert(clock.due);
        }
        found.insert((rule, clock.scope.to_string()), clock.due);
    }
    found
}

proptest! {
    #[test]
    fn no_duty_goes_away_and_no_due_time_moves_later(
        events in proptest::collection::vec(event(), 1..25),
    ) {
        let mut situation = everywhere();
        let mut before = duties(&situation);
        for event in &events {
            situation = apply(situation, event);
            let after = duties(&situation);
            for (duty, due) in &before {
                let now = after.get(duty);
                prop_assert!(now.is_some(), "{duty:?} went away with {event:?}");
                if let (Some(due), Some(now)) = (due, now) {
                    prop_assert!(now.is_some_and(|now| now <= *due), "{duty:?} moved with {event:?}");
                }
            }
            before = after;
        }
    }

    #[test]
    fn what_is_pending_never_counts(events in proptest::collection::vec(event(), 0..25)) {
        let situation = events.iter().fold(everywhere(), apply);
        for clock in clocks(&PackSet::builtin(), &situation, hour(2_000)) {
            let pending = clock.standing == Standing::Pending;
            prop_assert_eq!(pending, clock.state == ClockState::Pending);
            prop_assert!(!pending || (!clock.counts && clock.due.is_none()));
        }
    }

    #[test]
    fn exactly_one_reading_counts(events in proptest::collection::vec(event(), 0..25)) {
        let situation = events.iter().fold(everywhere(), apply);
        let mut seen = BTreeMap::new();
        for clock in clocks(&PackSet::builtin(), &situation, hour(500)) {
            if clock.standing != Standing::Pending {
                *seen.entry((clock.rule, clock.scope)).or_insert(0) += u32::from(clock.counts);
            }
        }
        prop_assert!(seen.values().all(|count| *count == 1), "{seen:?}");
    }

    #[test]
    fn a_silence_never_outlasts_what_it_said(events in proptest::collection::vec(event(), 1..25)) {
        let (last, first) = events.split_last().unwrap();
        let before = first.iter().fold(everywhere(), apply);
        let until = |s: &Situation| blocks(&PackSet::builtin(), s, hour(0)).first().map(|b| b.until);
        let after = until(&apply(before.clone(), last));
        if let Some(Some(end)) = until(&before) {
            prop_assert!(after.is_none_or(|after| after.is_some_and(|after| after <= end)));
        }
    }
}

#[test]
fn who_lives_where_is_presumed_until_it_is_counted_or_determined() {
    let mut of = incident(&["us-ca"]).knew(at("2026-03-02T12:00:00-08:00"), &[]);
    let binds = |of: &Situation| duties(of).keys().any(|(rule, _)| rule == "US-CA-AG");
    assert!(binds(&of));
    of.facts.residents_over.insert(500, false);
    assert!(!binds(&of));
    of.facts.residents_over.insert(500, true);
    assert!(binds(&of));
    // Whoever can count need not ask.
    of.facts.residents.insert("US-CA".to_owned(), 500);
    assert!(!binds(&of));
    let packs = PackSet::builtin();
    let (pack, rule) = packs.rules(&RuleId::new("US-CA-AG")).next().unwrap();
    assert_eq!(of.facts.presumed(pack, rule), []);
    assert_eq!(Facts::default().presumed(pack, rule), [Trigger::ResidentsOver(500)]);
}

#[test]
fn every_rule_of_every_pack_binds_some_incident() {
    let packs = PackSet::builtin();
    for pack in &packs {
        let now = at("2026-10-20T00:00:00Z");
        let day = pack.valid_from.unwrap_or_else(|| "2026-10-05".parse().unwrap());
        let known = day.and_hms_opt(12, 0, 0).unwrap().and_utc();
        let mut full =
            incident(&[pack.statute.as_str()]).knew(known, &[]).knew(known, &Anchor::ALL);
        full = full.did(Duty::Report, Scope::Incident, known).did(
            Duty::Notify,
            Scope::Incident,
            known,
        );
        full.facts.persons = Some(1_000_000);
        full.facts.residents = [("US-CA".to_owned(), 501)].into();
        full.facts.items = Item::ALL.into_iter().collect::<ItemSet>();
        full.facts.contact_unknown = true;
        let all = clocks(&packs, &full, now);
        for rule in &pack.rules {
            let clock = all.iter().find(|clock| clock.pack == pack.id && clock.rule == rule.id);
            let state = clock.map(|clock| clock.state);
            assert!(
                state.is_some_and(|state| state != ClockState::NotStarted),
                "{}: {state:?}",
                rule.id
            );
        }
    }
}
