//! The federal silence of the United States.

use super::*;

const CPNI: [&str; 2] = ["us-cpni", "us-ca"];

fn us() -> Situation {
    incident(&CPNI).knew(at("2026-06-24T09:00:00-04:00"), &[])
}

#[test]
fn silence_lasts_seven_full_business_days_over_a_holiday_and_a_weekend() {
    let notified = at("2026-06-25T10:00:00-04:00");
    let told = us().knew(notified, &[Anchor::UsLawEnforcementNotified]);
    // Fri 26 June, Mon 29 to Thu 2 July, not Fri 3 July (Independence Day observed), Mon 6, Tue 7.
    let until = at("2026-07-08T00:00:00-04:00");
    let holding = blocks(&PackSet::builtin(), &told, at("2026-07-07T23:59:59-04:00"));
    assert_eq!(
        holding,
        [Block {
            rule: RuleId::new("US-2011-SILENCE"),
            country: "US".to_owned(),
            from: at("2026-06-24T09:00:00-04:00"),
            until: Some(until),
        }]
    );
    assert_eq!(blocks(&PackSet::builtin(), &told, until), []);
}

#[test]
fn before_law_enforcement_is_told_nobody_is() {
    let now = at("2026-06-24T12:00:00-04:00");
    let holding = blocks(&PackSet::builtin(), &us(), now);
    assert_eq!(holding.len(), 1);
    assert_eq!(holding[0].until, None);
    assert_eq!(us().the_clock("US-2011-CUST", now).state, ClockState::Blocked { until: None });
    // 7 business days to tell law enforcement: 25, 26, 29, 30 June, 1, 2 and, after the holiday, 6 July.
    let due = us().the_clock("US-2011-LE", now).due;
    assert_eq!(due, Some(at("2026-07-07T00:00:00-04:00")));
    assert_eq!(blocks(&PackSet::builtin(), &incident(&CPNI), now), []);
}

#[test]
fn telling_law_enforcement_starts_the_silence_by_itself() {
    let notified = at("2026-06-25T10:00:00-04:00");
    let mut told = us();
    let rule = Some(RuleId::new("US-2011-LE"));
    told.acts.push(LegalAct { duty: Duty::Report, rule, scope: Scope::Incident, at: notified });
    let until = Some(at("2026-07-08T00:00:00-04:00"));
    let now = at("2026-07-01T00:00:00-04:00");
    assert_eq!(blocks(&PackSet::builtin(), &told, now)[0].until, until);
    // It binds what state law asks of the same country as well.
    for rule in ["US-2011-SILENCE", "US-2011-CUST", "US-CA-30D"] {
        assert_eq!(told.the_clock(rule, now).state, ClockState::Blocked { until }, "{rule}");
    }
    let later = at("2026-07-08T00:00:00-04:00");
    assert_eq!(told.the_clock("US-2011-CUST", later).state, ClockState::Open);
    assert!(matches!(told.the_clock("US-CA-30D", later).state, ClockState::Running { .. }));
    let kept = told.the_clock("US-2011-SILENCE", later).state;
    assert_eq!(kept, ClockState::Met { at: later, spare: None });
}

#[test]
fn the_agency_can_prolong_the_silence() {
    let mut told = us().knew(at("2026-06-25T10:00:00-04:00"), &[Anchor::UsLawEnforcementNotified]);
    let until = at("2026-07-25T00:00:00-04:00");
    told.excuses.push(Excuse {
        rule: RuleId::new("US-2011-SILENCE"),
        scope: Scope::Incident,
        until,
        reason: "letter of the agency".to_owned(),
    });
    let holding = blocks(&PackSet::builtin(), &told, at("2026-07-20T00:00:00-04:00"));
    assert_eq!(holding[0].until, Some(until));
}

#[test]
fn no_other_country_and_no_other_statute_is_silent() {
    let now = kst("2026-10-05 12:00");
    let all = PackSet::builtin();
    let statutes: Vec<_> = all.statutes().into_iter().filter(|name| *name != "us-cpni").collect();
    let everywhere = incident(&statutes).knew(kst("2026-10-05 09:00"), &[]);
    assert_eq!(blocks(&all, &everywhere, now), []);
    let none = clocks(&all, &everywhere, now);
    assert!(none.iter().all(|clock| !matches!(clock.state, ClockState::Blocked { .. })));
}

#[test]
fn what_is_not_cpni_is_not_silent() {
    let mut other = us();
    other.facts.cpni = Some(false);
    assert_eq!(blocks(&PackSet::builtin(), &other, at("2026-06-24T12:00:00-04:00")), []);
}
