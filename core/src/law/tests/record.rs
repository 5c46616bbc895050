//! The Korean cases of 2025, with their figures.

use super::*;
use crate::notice::NoticeKind;

#[test]
fn skt_reported_41_hours_after_knowing() {
    let known = kst("2025-04-18 23:20");
    let reported = kst("2025-04-20 16:46");
    let skt = incident(&["kr-network"]).knew(known, &[Anchor::KrIncidentKnown]).did(
        Duty::Report,
        Scope::Incident,
        reported,
    );
    let clock = skt.the_clock("KR-NET-48-3", reported);
    assert_eq!(clock.pack.as_str(), "kr-network-2024");
    assert_eq!(clock.due, Some(kst("2025-04-19 23:20")));
    assert_eq!(said(&clock), ("41 h 26 min".to_owned(), "late by 17 h 26 min".to_owned()));
    assert!(matches!(clock.state, ClockState::Late { done: Some(at), .. } if at == reported));
}

#[test]
fn skt_told_of_a_possibility_after_20_days_and_of_the_leak_after_100() {
    let skt = incident(&["kr-pipa"]).knew(kst("2025-04-19 00:00"), &[Anchor::KrLeakKnown]).did(
        Duty::NotifyPossible,
        Scope::Incident,
        kst("2025-05-09 00:00"),
    );
    // A notice that it may have leaked is not the notice that it did.
    let clock = skt.the_clock("KR-PIPA-34-1", kst("2025-05-09 00:00"));
    assert_eq!(said(&clock), ("20 days".to_owned(), "late by 17 days".to_owned()));
    assert!(matches!(clock.state, ClockState::Late { done: None, .. }));
    let told = skt.did(Duty::Notify, Scope::Incident, kst("2025-07-28 00:00"));
    let clock = told.the_clock("KR-PIPA-34-1", kst("2025-12-01 00:00"));
    assert_eq!(clock.elapsed.unwrap().num_days(), 100);
    assert_eq!(said(&clock).1, "late by 97 days");
}

#[test]
fn kt_was_late_if_the_day_the_traffic_was_blocked_counts() {
    let reported = kst("2025-09-08 19:16");
    let kt = incident(&["kr-network"])
        .knew(kst("2025-09-01 09:00"), &[Anchor::KrIncidentKnown])
        .knew(kst("2025-09-05 03:00"), &[Anchor::KrIncidentKnown])
        .knew(kst("2025-09-08 16:00"), &[Anchor::KrIncidentKnown])
        .did(Duty::Report, Scope::Incident, reported);
    // Nobody decided: the police's warning counts, and the other readings are shown.
    let all = clocks(&PackSet::builtin(), &kt, reported);
    let shown: Vec<_> = all.iter().map(|clock| (clock.knowledge, clock.counts)).take(3).collect();
    assert_eq!(shown, [(Some(1), true), (Some(2), false), (Some(3), false)]);

    let selected = kt.selected(Anchor::KrIncidentKnown, None, 2);
    let clock = selected.the_clock("KR-NET-48-3", reported);
    assert_eq!(clock.knowledge, Some(2));
    assert_eq!(said(&clock), ("88 h 16 min".to_owned(), "late by 64 h 16 min".to_owned()));
    // The newest decision counts.
    let again = selected.selected(Anchor::KrIncidentKnown, None, 3);
    let clock = again.the_clock("KR-NET-48-3", reported);
    assert_eq!(said(&clock), ("3 h 16 min".to_owned(), "20 h 44 min to spare".to_owned()));
}

#[test]
fn kt_reported_its_servers_82_hours_after_knowing() {
    let reported = kst("2025-09-18 23:57");
    let kt = incident(&["kr-network"])
        .knew(kst("2025-09-15 14:00"), &[Anchor::KrIncidentKnown])
        .did(Duty::Report, Scope::Incident, reported);
    let clock = kt.the_clock("KR-NET-48-3", reported);
    assert_eq!(said(&clock), ("81 h 57 min".to_owned(), "late by 57 h 57 min".to_owned()));
}

#[test]
fn each_tranche_of_kt_has_its_own_72_hours() {
    let kt = incident(&["kr-pipa"])
        .knew(kst("2025-09-10 10:00"), &[])
        .revision(1, true, false)
        .knew_of(1, kst("2025-09-11 14:51"))
        .revision(2, true, false)
        .knew_of(2, kst("2025-09-18 12:00"))
        .revision(3, true, false)
        .knew_of(3, kst("2025-10-17 09:00"));
    let told = kt.did(Duty::Notify, Scope::Revision(RevisionNo(1)), kst("2025-09-12 20:00")).did(
        Duty::Notify,
        Scope::Revision(RevisionNo(2)),
        kst("2025-09-22 09:00"),
    );
    let clocks = told.counting_clocks("KR-PIPA-34-1", kst("2025-10-18 09:00"));
    let seen: Vec<_> = clocks
        .iter()
        .map(|clock| (clock.scope.to_string(), clock.due.unwrap(), said(clock).1))
        .collect();
    assert_eq!(
        seen,
        [
            // The first tranche is what the incident was about from the start.
            ("r1".to_owned(), kst("2025-09-13 10:00"), "14 h to spare".to_owned()),
            ("r2".to_owned(), kst("2025-09-21 12:00"), "late by 21 h".to_owned()),
            ("r3".to_owned(), kst("2025-10-20 09:00"), "48 h left".to_owned()),
        ]
    );
}

#[test]
fn what_a_revision_added_can_be_counted_from_another_moment_by_decision_alone() {
    let kt = incident(&["kr-pipa"])
        .knew(kst("2025-09-10 10:00"), &[])
        .revision(1, true, false)
        .revision(2, true, false)
        .knew_of(2, kst("2025-09-18 12:00"));
    let now = kst("2025-09-19 12:00");
    assert_eq!(kt.counting_clocks("KR-PIPA-34-1", now)[1].knowledge, Some(2));
    // A decision about the incident does not touch what the second revision added.
    let incident_wide = kt.clone().selected(Anchor::KrLeakKnown, None, 1);
    assert_eq!(incident_wide.counting_clocks("KR-PIPA-34-1", now)[1].knowledge, Some(2));
    let own = kt.selected(Anchor::KrLeakKnown, Some(2), 1);
    let clock = &own.counting_clocks("KR-PIPA-34-1", now)[1];
    assert_eq!((clock.knowledge, clock.due), (Some(1), Some(kst("2025-09-13 10:00"))));
}

#[test]
fn every_new_fact_has_24_hours_of_its_own() {
    let kt = incident(&["kr-network"])
        .knew(kst("2025-09-08 16:00"), &[Anchor::KrIncidentKnown])
        .did(Duty::Report, Scope::Incident, kst("2025-09-08 19:16"))
        .knew(kst("2025-09-10 09:00"), &[Anchor::KrNewFactConfirmed])
        .knew(kst("2025-09-15 14:00"), &[Anchor::KrNewFactConfirmed])
        .knew(kst("2025-09-20 14:00"), &[Anchor::KrNewFactConfirmed])
        .did(Duty::ReportUpdate, Scope::Fact(2), kst("2025-09-10 20:00"))
        .did(Duty::ReportUpdate, Scope::Incident, kst("2025-09-16 15:00"));
    let clocks = kt.counting_clocks("KR-NET-58-2-2", kst("2025-09-20 20:00"));
    let seen: Vec<_> =
        clocks.iter().map(|clock| (clock.scope.to_string(), said(clock).1)).collect();
    assert_eq!(
        seen,
        [
            ("fact:2".to_owned(), "13 h to spare".to_owned()),
            ("fact:3".to_owned(), "late by 1 h".to_owned()),
            ("fact:4".to_owned(), "18 h left".to_owned()),
        ]
    );
}

#[test]
fn the_day_it_was_known_picks_the_version() {
    for (known, pack, elements) in [
        ("2026-09-10 12:00", "kr-pipa-2023", 5),
        ("2026-09-10 23:59", "kr-pipa-2023", 5),
        ("2026-09-11 00:00", "kr-pipa-2026", 6),
        ("2026-09-11 23:59", "kr-pipa-2026", 6),
    ] {
        let known_at = kst(known);
        let same = incident(&["kr-pipa"]).knew(known_at, &[]);
        let now = kst("2026-11-01 00:00");
        assert_eq!(same.the_clock("KR-PIPA-34-1", now).pack.as_str(), pack, "{known}");
        let asked = elements_of(&PackSet::builtin(), &same, None, NoticeKind::Confirmed, now);
        assert_eq!(asked.len(), elements, "{known}");
        assert_eq!(asked.contains_key(&Element::LegalRights), elements == 6);
    }
    for (known, pack) in
        [("2026-09-30 23:59", "kr-network-2024"), ("2026-10-01 00:00", "kr-network-2026")]
    {
        let same = incident(&["kr-network"]).knew(kst(known), &[]);
        let clock = same.the_clock("KR-NET-48-3", kst("2026-11-01 00:00"));
        assert_eq!(clock.pack.as_str(), pack, "{known}");
    }
}

#[test]
fn a_tranche_learned_of_after_the_change_is_told_under_the_new_version() {
    let now = kst("2026-09-20 00:00");
    let both = incident(&["kr-pipa"])
        .knew(kst("2026-09-01 09:00"), &[])
        .revision(1, true, false)
        .revision(2, true, false)
        .knew_of(2, kst("2026-09-12 09:00"));
    let packs = PackSet::builtin();
    let asked =
        |no| elements_of(&packs, &both, Some(RevisionNo(no)), NoticeKind::Supplement, now).len();
    assert_eq!((asked(1), asked(2)), (5, 6));
    let used: Vec<_> =
        both.counting_clocks("KR-PIPA-34-1", now).iter().map(|c| c.pack.to_string()).collect();
    assert_eq!(used, ["kr-pipa-2023", "kr-pipa-2026"]);
}

#[test]
fn an_incident_with_no_cohort_has_clocks() {
    let now = kst("2026-10-05 12:00");
    let fresh = incident(&["kr-pipa", "kr-network"]).knew(kst("2026-10-05 09:00"), &[]);
    for (rule, left) in
        [("KR-PIPA-34-1", "69 h left"), ("KR-PIPA-34-4", "69 h left"), ("KR-NET-48-3", "21 h left")]
    {
        assert_eq!(said(&fresh.the_clock(rule, now)).1, left, "{rule}");
    }
    // Nothing is known at all: the duties are there and wait.
    let empty = incident(&["kr-pipa"]);
    assert_eq!(empty.the_clock("KR-PIPA-34-1", now).state, ClockState::NotStarted);
}

#[test]
fn a_possibility_has_a_notice_of_its_own_since_2026() {
    let now = kst("2026-10-06 09:00");
    let possible = incident(&["kr-pipa"])
        .knew(kst("2026-10-05 09:00"), &[Anchor::KrPossibleIllegalAccessKnown])
        .revision(1, false, true);
    let clock = possible.the_clock("KR-PIPA-34-2a", now);
    assert_eq!(
        (clock.scope.to_string(), said(&clock).1),
        ("r1".to_owned(), "48 h left".to_owned())
    );
    assert_eq!(possible.the_clock("KR-PIPA-34-1", now).state, ClockState::NotStarted);
    // Told that it leaked, they need not be told that it may have.
    let told = possible.clone().did(Duty::Notify, Scope::Revision(RevisionNo(1)), now);
    assert!(matches!(told.the_clock("KR-PIPA-34-2a", now).state, ClockState::Met { .. }));
    // Then nothing leaked after all.
    let clear = possible.knew(kst("2026-10-07 09:00"), &[Anchor::KrNoLeakConfirmed]);
    assert_eq!(clear.the_clock("KR-PIPA-39-3-CLEAR", now).state, ClockState::Open);
    assert!(clear.counting_clocks("KR-PIPA-34-2a", now).len() == 1);
    // The older version knows the ordinary notice alone.
    let before = incident(&["kr-pipa"]).knew(kst("2025-04-19 09:00"), &[]).revision(1, false, true);
    assert_eq!(before.the_clock("KR-PIPA-34-1", now).scope, Scope::Revision(RevisionNo(1)));
}

#[test]
fn an_excuse_moves_only_a_rule_that_knows_one() {
    let known = kst("2026-10-05 09:00");
    let until = kst("2026-10-09 09:00");
    let mut late = incident(&["kr-pipa"]).knew(known, &[]);
    for rule in ["KR-PIPA-34-1", "KR-PIPA-34-4"] {
        let (rule, scope) = (RuleId::new(rule), Scope::Incident);
        late.excuses.push(Excuse { rule, scope, until, reason: "path still open".to_owned() });
    }
    let state = |rule, now| late.the_clock(rule, now).state;
    let now = kst("2026-10-08 10:00");
    assert_eq!(state("KR-PIPA-34-1", now), ClockState::Excused { until });
    assert!(matches!(state("KR-PIPA-34-4", now), ClockState::Late { .. }));
    assert!(matches!(state("KR-PIPA-34-1", kst("2026-10-09 09:01")), ClockState::Late { .. }));
}

#[test]
fn the_last_second_is_in_time() {
    let now = kst("2026-10-08 09:00");
    let known = incident(&["kr-pipa"]).knew(kst("2026-10-05 09:00"), &[]);
    assert_eq!(said(&known.the_clock("KR-PIPA-34-1", now)).1, "less than a minute left");
    let told = known.clone().did(Duty::Notify, Scope::Incident, now);
    assert_eq!(said(&told.the_clock("KR-PIPA-34-1", now)).1, "less than a minute to spare");
    let second = chrono::TimeDelta::seconds(1);
    let late = known.did(Duty::Notify, Scope::Incident, now + second);
    assert!(
        matches!(late.the_clock("KR-PIPA-34-1", now).state, ClockState::Late { by, .. } if by == second)
    );
}

#[test]
fn grounds_for_a_posting_come_from_the_version() {
    let statutes: BTreeSet<_> = ["kr-pipa".to_owned(), "eu-gdpr".to_owned()].into();
    let grounds = posting_grounds(&PackSet::builtin(), &statutes, "2025-09-10".parse().unwrap());
    let seen: Vec<_> = grounds.iter().map(|g| (g.ground.name(), g.rule.as_str(), g.days)).collect();
    assert_eq!(
        seen,
        [
            ("contact_unknown", "KR-PIPA-39-3", Some(30)),
            ("just_cause", "KR-PIPA-39-3", Some(30)),
            ("disproportionate_effort", "EU-GDPR-34-3-C", None),
        ]
    );
}

#[test]
fn each_kind_of_notice_is_asked_its_own_elements() {
    let packs = PackSet::builtin();
    let statutes: BTreeSet<_> = packs.statutes().into_iter().map(str::to_owned).collect();
    let asked = |day: &str, kind| -> Vec<_> {
        let asked = asked_elements(&packs, &statutes, day.parse().unwrap(), kind);
        asked.into_keys().map(Element::name).collect()
    };
    assert_eq!(
        asked("2026-10-05", NoticeKind::Possible),
        [
            "items_possible",
            "when_how_suspected",
            "self_help",
            "response_remedy",
            "contact",
            "further_notice"
        ]
    );
    assert_eq!(
        asked("2025-10-05", NoticeKind::Possible),
        ["items_possible", "when_how_suspected", "self_help", "response_remedy", "contact"]
    );
    assert_eq!(asked("2026-10-05", NoticeKind::AllClear), ["all_clear"]);
    for kind in [
        NoticeKind::Confirmed,
        NoticeKind::Supplement,
        NoticeKind::Correction,
        NoticeKind::LossFound,
    ] {
        // Rules whose text nobody read ask for nothing, however many statutes are named.
        assert_eq!(
            asked("2026-10-05", kind),
            ["items", "when_how", "self_help", "response_remedy", "contact", "legal_rights"]
        );
    }
    assert_eq!(asked("2026-10-05", NoticeKind::RemedyVisit), [""; 0]);
}
