//! The law over real rows: the story of 2025 with its figures, and what takes two people.

use std::fs;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use simrecall_core::incident::IncidentState;
use simrecall_core::law::{ClockState, Scope};
use simrecall_engine::cohort::{self, ImportOptions, Known};
use simrecall_engine::drill::CODE;
use simrecall_engine::law::{
    self, Change, Choice, ClockRow, Finding, NewAct, NewDecision, NewFact,
};
use simrecall_engine::law::{NewExcuse, hold};
use simrecall_engine::sample::{SamplePlan, Stage as Reach};
use simrecall_engine::send::{SendOptions, Until, Unwatched, send};
use simrecall_engine::{Clock, Home};
use simrecall_gateway::sandbox::smsc::SmscPlan;
use simrecall_tests::Backend;

use crate::support::{LEGAL, Network, Office, PRIVACY, SECURITY, Stage, kst, people};

/// The morning of 11 September 2025.
fn morning(backend: Backend, statutes: Option<&str>) -> Office {
    Office::open(backend, Clock::still(kst("2025-09-11T09:30")), None, statutes)
}

impl Office {
    fn list(&self) -> law::ClockList {
        law::list(&self.scene.home, CODE).unwrap()
    }

    /// The one clock of a rule that counts, of one scope.
    #[track_caller]
    fn clock(&self, rule: &str, scope: Scope) -> ClockRow {
        let list = self.list();
        let mut found =
            list.clocks.iter().filter(|row| row.rule.as_str() == rule && row.scope == scope);
        let clock = found.next().unwrap_or_else(|| panic!("no {rule} of {scope} in {list:#?}"));
        assert!(found.next().is_none(), "two {rule} count");
        clock.clone()
    }
}

/// The same home with a pack of its own: California's law as if it had been in force in 2025.
fn with_california(home: &Home) -> Home {
    let text = include_str!("../../../core/src/law/packs/us-ca.toml");
    fs::create_dir(home.dir.join("law")).unwrap();
    let earlier = text.replace("valid_from = 2026-01-01", "valid_from = 2025-01-01");
    fs::write(home.dir.join("law/us-ca.toml"), earlier).unwrap();
    let config = home.dir.join("simrecall.toml");
    let own = fs::read_to_string(&config).unwrap().replace("# packs = ", "packs = ");
    fs::write(&config, own).unwrap();
    Home::open(&home.dir, home.clock.clone()).unwrap()
}

fn due(row: &ClockRow) -> DateTime<Utc> {
    row.due.unwrap().0.with_timezone(&Utc)
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn the_first_five_minutes_say_when_what_is_due(#[case] backend: Backend) {
    let stage = morning(backend, None);
    let home = &stage.scene.home;
    let filed = NewAct {
        rule: "KR-NET-48-3",
        scope: "incident",
        at: kst("2025-09-08T19:16"),
        what: "web form of KISA",
    };
    law::record_act(home, CODE, &filed, PRIVACY).unwrap();
    stage.chosen_by_both();
    let list = stage.list();
    assert!(list.waiting.iter().all(|one| one.anchor.name().contains("possible")), "{list:#?}");
    let otherwise: Vec<String> = list
        .otherwise
        .iter()
        .filter(|row| row.rule.as_str() == "KR-NET-48-3" && row.knowledge == Some(2))
        .map(|row| row.stands.clone())
        .collect();
    assert_eq!(otherwise, ["LATE by 64 h 16 min"]);
    assert_eq!(due(&stage.clock("KR-NET-48-3", Scope::Incident)), kst("2025-09-12T09:00"));
    assert_eq!(due(&stage.clock("KR-PIPA-34-4", Scope::Incident)), kst("2025-09-14T09:00"));
    let notice = stage.clock("KR-PIPA-34-1", Scope::Incident);
    assert_eq!(due(&notice), kst("2025-09-14T09:00"));
    assert_eq!(notice.pack.as_str(), "kr-pipa-2023");
    assert_eq!(notice.stands, "71 h 30 min left");
    assert!(!notice.presumed && stage.clock("KR-NET-48-3", Scope::Incident).presumed);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn the_earliest_counts_until_two_people_choose_another(#[case] backend: Backend) {
    let stage = morning(backend, Some("\"jp-appi\", \"kr-network\""));
    let first = stage.clock("KR-NET-48-3", Scope::Incident);
    assert_eq!((first.knowledge, due(&first)), (Some(1), kst("2025-09-02T10:00")));
    let one = stage.choose("kr.incident_known", 2, LEGAL);
    assert!(!one.decided.counts);
    assert_eq!(one.decided.waits_for, ["privacy"]);
    assert_eq!(stage.clock("KR-NET-48-3", Scope::Incident).knowledge, Some(1));
    let again = law::select(
        &stage.scene.home,
        CODE,
        &Choice { anchor: "kr.incident_known", revision: None, knowledge: 2, reason: "again" },
        LEGAL,
    );
    assert_eq!(again.unwrap_err().code, "agreed");
    assert!(stage.choose("kr.incident_known", 2, PRIVACY).decided.counts);
    assert_eq!(stage.clock("KR-NET-48-3", Scope::Incident).knowledge, Some(2));
    // Earlier again takes one person.
    assert!(stage.choose("kr.incident_known", 1, LEGAL).decided.counts);
    assert_eq!(stage.clock("KR-NET-48-3", Scope::Incident).knowledge, Some(1));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn each_revision_has_its_own_clock(#[case] backend: Backend) {
    let stage = morning(backend, None);
    let home = &stage.scene.home;
    stage.chosen_by_both();
    let reach = |lines, people| Reach { lines, people };
    let stages = vec![reach(12, 9), reach(30, 22), reach(40, 30)];
    let plan = SamplePlan {
        seed: 5,
        stages,
        bystanders: 3,
        recycled_permille: 0,
        bad_rows: 0,
        records: None,
    };
    let (_, lists) = stage.scene.take_registry(&plan).unwrap();
    stage.scene.take_list(&lists[0]).unwrap();
    let first = stage.clock("KR-PIPA-34-1", Scope::parse("r1").unwrap());
    assert_eq!(due(&first), kst("2025-09-14T09:00"), "the first has the incident's");
    stage.clock.advance(TimeDelta::days(7));
    let known = Known { at: kst("2025-09-18T09:00"), what: Some("20,030 lines") };
    let options =
        |known| ImportOptions { accept_rejects: 0, expect_change: true, known, by: SECURITY };
    cohort::import(home, CODE, &lists[1], &options(Some(known))).unwrap();
    let second = stage.clock("KR-PIPA-34-1", Scope::parse("r2").unwrap());
    assert_eq!(due(&second), kst("2025-09-21T09:00"));
    stage.clock.advance(TimeDelta::days(30));
    cohort::import(home, CODE, &lists[2], &options(None)).unwrap();
    let third = stage.clock("KR-PIPA-34-1", Scope::parse("r3").unwrap());
    assert_eq!(due(&third), kst("2025-09-14T09:30"), "presumed known when the data was cut off");
    // Nothing new: nothing starts, and a time for it is refused.
    let again = cohort::import(home, CODE, &lists[2], &options(None)).unwrap();
    assert!(again.no_change);
    let less = cohort::import(home, CODE, &lists[0], &options(Some(known)));
    assert_eq!(less.unwrap_err().code, "known_at");
    let shrunk = cohort::import(home, CODE, &lists[0], &options(None)).unwrap();
    assert_eq!(shrunk.revision.0, 4);
    assert!(stage.list().clocks.iter().all(|row| row.scope.to_string() != "r4"));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn an_excuse_takes_two_roles_and_ends_with_its_obstacle(#[case] backend: Backend) {
    let stage = morning(backend, None);
    let home = &stage.scene.home;
    stage.chosen_by_both();
    let excuse = |rule, by| {
        let reason = "cells are being blocked";
        law::excuse(home, CODE, &NewExcuse { rule, scope: "incident", until: None, reason }, by)
    };
    assert_eq!(excuse("KR-NET-48-3", LEGAL).unwrap_err().code, "rule", "it knows none");
    assert_eq!(excuse("KR-PIPA-34-9", LEGAL).unwrap_err().code, "rule");
    assert_eq!(excuse("KR-PIPA-34-1", SECURITY).unwrap_err().code, "not_allowed");
    stage.clock.advance(TimeDelta::days(4));
    assert!(!excuse("KR-PIPA-34-1", LEGAL).unwrap().decided.counts);
    assert_eq!(stage.clock("KR-PIPA-34-1", Scope::Incident).stands, "LATE by 24 h 30 min");
    assert!(excuse("KR-PIPA-34-1", PRIVACY).unwrap().decided.counts);
    let excused = stage.clock("KR-PIPA-34-1", Scope::Incident);
    assert_eq!(excused.stands, "excused while the obstacle lasts");
    assert_eq!(excused.due, None);
    let ended = NewFact {
        at: kst("2025-09-15T08:00"),
        what: "the last cell is blocked",
        evidence: "change record CR-1190",
        who: "network team",
        anchors: &["kr.obstacle_ended".to_owned()],
        revision: None,
    };
    law::add_fact(home, CODE, &ended, SECURITY).unwrap();
    let late = stage.clock("KR-PIPA-34-1", Scope::Incident);
    assert_eq!((due(&late), late.stands.as_str()), (kst("2025-09-15T08:00"), "LATE by 1 h 30 min"));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn what_nobody_can_count_runs_until_two_people_say_no(#[case] backend: Backend) {
    let stage = morning(backend, None);
    let home = &stage.scene.home;
    let found = |holds, by| {
        let finding = Finding {
            trigger: "intrusion",
            holds,
            at: kst("2025-09-11T09:00"),
            who: "network team",
            why: "report of 2025-09-11",
        };
        law::determine(home, CODE, &finding, by)
    };
    assert!(stage.clock("KR-NET-48-3", Scope::Incident).presumed);
    assert_eq!(found(false, SECURITY).unwrap_err().code, "not_allowed");
    assert!(!found(false, LEGAL).unwrap().decided.counts);
    stage.clock("KR-NET-48-3", Scope::Incident);
    assert!(found(false, PRIVACY).unwrap().decided.counts);
    assert!(stage.list().clocks.iter().all(|row| row.rule.as_str() != "KR-NET-48-3"));
    // That it is one takes anybody who may add what is known.
    assert!(found(true, SECURITY).unwrap().decided.counts);
    assert!(!stage.clock("KR-NET-48-3", Scope::Incident).presumed);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn who_lives_where_is_asked_of_staff(#[case] backend: Backend) {
    let mut stage = morning(backend, Some("\"us-ca\""));
    stage.scene.home = with_california(&stage.scene.home);
    let home = &stage.scene.home;
    let presumed = stage.clock("US-CA-AG", Scope::Incident);
    assert_eq!(
        (presumed.presumed, presumed.determine.as_slice()),
        (true, &["residents_over:500".to_owned()][..])
    );
    let found = |trigger, by| {
        let (who, why) = ("legal", "no subscriber has an address there");
        let finding = Finding { trigger, holds: false, at: kst("2025-09-11T09:00"), who, why };
        law::determine(home, CODE, &finding, by)
    };
    assert_eq!(found("residents_over:400", LEGAL).unwrap_err().code, "trigger");
    for by in [LEGAL, PRIVACY] {
        found("residents_over:500", by).unwrap();
    }
    assert!(stage.list().clocks.iter().all(|row| row.rule.as_str() != "US-CA-AG"));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_silence_is_made_longer_by_one_and_ended_by_two(#[case] backend: Backend) {
    let stage = morning(backend, Some("\"us-cpni\""));
    let home = &stage.scene.home;
    let open = stage.list();
    assert_eq!(open.silences.len(), 1, "{open:#?}");
    assert_eq!(open.silences[0].until, None, "nobody told law enforcement yet");
    let told = NewFact {
        at: kst("2025-09-11T09:15"),
        what: "the central reporting facility was told",
        evidence: "receipt 7",
        who: "legal",
        anchors: &["us.le_notified".to_owned()],
        revision: None,
    };
    law::add_fact(home, CODE, &told, LEGAL).unwrap();
    let until = stage.list().silences[0].until.unwrap();
    let decide = |change, until, by| {
        let new = NewDecision { rule: "US-2011-SILENCE", change, until, reason: "letter 12" };
        law::decide_silence(home, CODE, &new, by)
    };
    assert_eq!(decide(Change::Extend, None, LEGAL).unwrap_err().code, "until");
    let later = until.0.with_timezone(&Utc) + TimeDelta::days(9);
    let longer = decide(Change::Extend, Some(later), LEGAL).unwrap();
    assert!(longer.decided.counts);
    assert_eq!(longer.silences[0].until.unwrap().0, later);
    assert!(!decide(Change::Lift, None, LEGAL).unwrap().decided.counts);
    assert_eq!(stage.list().silences.len(), 1);
    assert!(decide(Change::Lift, None, PRIVACY).unwrap().decided.counts);
    assert!(stage.list().silences.is_empty());
    let notice = stage.clock("US-2011-CUST", Scope::Incident);
    assert_eq!(notice.state, ClockState::Open, "{notice:#?}");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn what_is_held_is_not_erased(#[case] backend: Backend) {
    let stage = morning(backend, None);
    let home = &stage.scene.home;
    let held = hold::add(home, CODE, "order of the ministry, 2025-09-11", LEGAL).unwrap();
    let code = simrecall_core::incident::IncidentCode::parse(CODE).unwrap();
    let id = home.store.read(|tx| tx.incident_by_code(&code)).unwrap().unwrap().id;
    let erase = || home.store.write(|tx| tx.set_incident_state(id, IncidentState::Erasing));
    erase().unwrap_err();
    assert!(!hold::release(home, CODE, held.no, "lifted", LEGAL).unwrap().decided.counts);
    erase().unwrap_err();
    let released = hold::release(home, CODE, held.no, "lifted", PRIVACY).unwrap();
    assert!(released.decided.counts && released.still_held_by == 0);
    let again = hold::release(home, CODE, held.no, "lifted", PRIVACY).unwrap_err();
    assert_eq!(again.code, "hold");
    erase().unwrap();
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_revision_is_complete_when_its_last_notice_went_out(#[case] backend: Backend) {
    let network = Network::start(SmscPlan { seed: 3, ..SmscPlan::default() });
    let stage = Stage::with(backend, &network, &people(3, 20));
    let home = stage.home();
    let clock = |rule: &str| {
        let list = law::list(home, CODE).unwrap();
        let r1 = Scope::parse("r1").unwrap();
        list.clocks.into_iter().find(|row| row.rule.as_str() == rule && row.scope == r1).unwrap()
    };
    let before = clock("KR-PIPA-34-1");
    let owed = before.done.unwrap();
    assert!(owed.told == 0 && owed.owed > 0, "{owed:?}");
    assert!(matches!(before.state, ClockState::Late { done: None, .. }), "known in 2025");
    let started = home.now();
    let options = SendOptions { until: Until::Complete, stop: Arc::default() };
    send(home, stage.wave, &options, &mut Unwatched).unwrap();
    let after = clock("KR-PIPA-34-1");
    assert_eq!(after.done.unwrap().told, owed.owed);
    let ClockState::Late { done: Some(at), .. } = after.state else { panic!("{after:#?}") };
    assert!(started <= at && at <= home.now(), "{at}");
}
