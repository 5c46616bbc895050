//! Not sampled: every truth there is, from every one of them, both ways, with every single fault.

use rstest::rstest;

use super::*;

/// Commands at most, whatever the register says at first.
const BOUND: usize = 8;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_757_000_000 + second, 900_000_000).unwrap()
}

fn plans() -> impl Iterator<Item = Plan> {
    Access::ALL.into_iter().map(|old_access| Plan { old_access, started_at: at(0) })
}

fn rows() -> Vec<Option<Row>> {
    let mut rows = vec![None];
    for number in [Number::None, Number::Ours, Number::Other] {
        for key in [KeyState::None, KeyState::Ours, KeyState::Other] {
            for access in Access::ALL {
                for registered_at in [None, Some(at(-1)), Some(at(3))] {
                    rows.push(Some(Row { number, key, access, registered_at }));
                }
            }
        }
    }
    rows
}

/// Every truth, those that contradict themselves too. Whether the old one was seen at a switch is never asked.
fn truths() -> Vec<Truth> {
    let old: Vec<_> = rows()
        .into_iter()
        .filter(|row| row.is_none_or(|row| row.registered_at.is_none()))
        .collect();
    let mut truths = Vec::new();
    for old in old {
        for new in rows() {
            for holder in [Holder::Nobody, Holder::Old, Holder::New, Holder::Third] {
                truths.push(Truth { old, new, holder });
            }
        }
    }
    truths
}

/// As most swaps begin: the old card works, the new one is unknown.
fn usual(access: Access) -> Truth {
    let old = Row { number: Number::Ours, key: KeyState::Ours, access, registered_at: None };
    Truth { old: Some(old), new: None, holder: Holder::Old }
}

fn both_attach(truth: &Truth) -> bool {
    let can = |row: Option<Row>| row.is_some_and(|row| row.can_attach());
    can(truth.old) && can(truth.new)
}

/// The commands of one way to its end, each with the truth it met; and the end.
fn way(direction: Direction, plan: &Plan, from: Truth) -> (Vec<(Truth, Command)>, Truth, Next) {
    let (mut met, mut truth) = (Vec::new(), from);
    loop {
        match next(direction, plan, &truth) {
            Next::Act(command) => {
                met.push((truth, command));
                assert!(met.len() <= BOUND, "{direction:?} {plan:?} {from:?}: {met:?}");
                truth = truth.after(plan, command);
            }
            end @ (Next::Wait | Next::Attached | Next::Undone | Next::Stuck(_)) => {
                return (met, truth, end);
            }
        }
    }
}

/// What has to be true where a swap ends.
fn assert_end(plan: &Plan, truth: &Truth, end: Next) {
    match end {
        Next::Act(_) => unreachable!(),
        Next::Wait | Next::Attached => {
            let (old, new) = (truth.old.unwrap(), truth.new.unwrap());
            assert_eq!((truth.holder, old.number), (Holder::New, Number::None), "{truth:?}");
            assert!(!old.access.any() && new.can_attach(), "{truth:?}");
            assert!(new.access.covers(plan.new_access()) && new.key == KeyState::Ours);
            let seen = new.registered_at == Some(at(3));
            assert_eq!(end == Next::Attached, seen, "{truth:?}");
        }
        Next::Undone => {
            let old = truth.old.unwrap();
            assert_eq!((truth.holder, truth.new), (Holder::Old, None), "{truth:?}");
            assert!(old.access.covers(plan.old_access) && old.key == KeyState::Ours, "{truth:?}");
        }
        Next::Stuck(_) => {}
    }
}

fn each(mut check: impl FnMut(Direction, &Plan, Truth)) {
    let truths = truths();
    for plan in plans() {
        for truth in &truths {
            for direction in Direction::ALL {
                check(direction, &plan, *truth);
            }
        }
    }
}

#[test]
fn from_every_truth_both_ways_end() {
    let (mut ended, mut longest) = (0, 0);
    each(|direction, plan, from| {
        let (met, truth, end) = way(direction, plan, from);
        assert_end(plan, &truth, end);
        ended += usize::from(!matches!(end, Next::Stuck(_)));
        longest = longest.max(met.len());
        // Only who was stuck at once stays stuck, or who brought the number home to a card without a key.
        if let Next::Stuck(reason) = end {
            let home = matches!(reason, Reason::OldKeyGone | Reason::OldKeyChanged);
            assert!(met.is_empty() || home && truth.holder == Holder::Old, "{from:?} {met:?}");
        }
    });
    assert!(ended > 1_000, "{ended}");
    assert_eq!(longest, 7);
}

#[test]
fn the_number_is_at_nobody_at_no_end() {
    each(|direction, plan, from| {
        let (met, truth, end) = way(direction, plan, from);
        if !met.is_empty() || !matches!(end, Next::Stuck(_)) {
            assert_ne!(truth.holder, Holder::Nobody, "{direction:?} {from:?} {met:?}");
        }
    });
}

#[test]
fn no_command_writes_the_old_key() {
    each(|_, plan, from| {
        for command in Command::ALL {
            let after = from.after(plan, command);
            assert_eq!(after.old.map(|row| row.key), from.old.map(|row| row.key), "{command:?}");
            assert!(command.writes_old() || after.old == from.old || !from.agrees(), "{command:?}");
            assert!(!command.writes_old() || after.new == from.new, "{command:?}");
        }
    });
}

#[test]
fn old_and_new_never_both_attach() {
    each(|direction, plan, from| {
        let (met, end, _) = way(direction, plan, from);
        // If somebody else admitted both, the first command ends it; ours never begin it.
        let later = met.iter().map(|(truth, _)| *truth).skip(1);
        for truth in later.chain((!met.is_empty()).then_some(end)) {
            assert!(!both_attach(&truth), "{direction:?} {plan:?} {from:?}: {met:?}");
        }
    });
}

#[test]
fn every_command_makes_something_true_that_was_not() {
    each(|direction, plan, from| {
        let (met, end, _) = way(direction, plan, from);
        let mut seen: Vec<Truth> = met.iter().map(|(truth, _)| *truth).collect();
        seen.push(end);
        for (no, truth) in seen.iter().enumerate() {
            assert!(!seen[..no].contains(truth), "{direction:?} {from:?}: {met:?}");
        }
        let mut commands: Vec<_> = met.iter().map(|(_, command)| *command).collect();
        commands.sort_unstable();
        commands.dedup();
        assert_eq!(commands.len(), met.len(), "a command twice: {from:?} {met:?}");
    });
}

#[test]
fn a_repeated_command_changes_nothing() {
    each(|direction, plan, from| {
        for (truth, command) in way(direction, plan, from).0 {
            let once = truth.after(plan, command);
            assert_eq!(once.after(plan, command), once, "{command:?} {truth:?}");
        }
    });
}

/// Turned back at any point, with the command on its way done, not done, or done long after it was given up.
#[test]
fn turned_back_anywhere_it_ends_at_the_old_card() {
    each(|direction, plan, from| {
        if direction == Direction::Back {
            return;
        }
        let (met, last, end) = way(direction, plan, from);
        let met = met.into_iter().chain((end == Next::Wait).then_some((last, Command::AdmitNew)));
        for (truth, command) in met {
            for turned in [truth, truth.after(plan, command)] {
                let (back, home, end) = way(Direction::Back, plan, turned);
                assert_end(plan, &home, end);
                assert!(matches!(end, Next::Undone | Next::Stuck(_)), "{from:?} {command:?}");
                assert_ne!(home.holder, Holder::Nobody, "{from:?} {command:?} {back:?}");
                let between = back.iter().map(|(truth, _)| *truth).skip(1).chain([home]);
                assert!(
                    both_attach(&turned) || !between.clone().any(|truth| both_attach(&truth)),
                    "{from:?} {command:?} {back:?}"
                );
                late(plan, command, between);
            }
        }
    });
}

/// A forward command that the register carries out only now is seen at the next look, and undone.
fn late(plan: &Plan, command: Command, between: impl Iterator<Item = Truth>) {
    for truth in between {
        let (_, home, end) = way(Direction::Back, plan, truth.after(plan, command));
        assert_end(plan, &home, end);
        assert!(matches!(end, Next::Undone | Next::Stuck(_)), "{command:?} {truth:?}");
        assert_ne!(home.holder, Holder::Nobody, "{command:?} {truth:?}");
    }
}

#[test]
fn the_usual_way_there_and_back() {
    for plan in plans() {
        let (met, there, end) = way(Direction::Forward, &plan, usual(plan.old_access));
        let commands: Vec<_> = met.iter().map(|(_, command)| command.name()).collect();
        let bar_old = plan.old_access.any().then_some("bar_old");
        let expected = ["create", "bar_new", "key"].into_iter().chain(bar_old).chain([
            "take_from_old",
            "give_to_new",
            "admit_new",
        ]);
        assert_eq!((commands, end), (expected.collect(), Next::Wait));
        let (met, home, end) = way(Direction::Back, &plan, there);
        let commands: Vec<_> = met.iter().map(|(_, command)| command.name()).collect();
        let admit_old = plan.old_access.any().then_some("admit_old");
        let expected = ["bar_new", "take_from_new", "give_to_old"]
            .into_iter()
            .chain(admit_old)
            .chain(["delete_new"]);
        assert_eq!((commands, end), (expected.collect(), Next::Undone));
        assert_eq!(home, usual(plan.old_access), "as it was");
    }
}

#[rstest]
#[case::third(|truth: &mut Truth| truth.holder = Holder::Third, Reason::NumberAtThird, true)]
#[case::gone(|truth: &mut Truth| truth.old = None, Reason::OldGone, true)]
#[case::reused(|truth: &mut Truth| truth.old.as_mut().unwrap().number = Number::Other, Reason::OldHasAnotherNumber, true)]
#[case::no_key(|truth: &mut Truth| truth.old.as_mut().unwrap().key = KeyState::None, Reason::OldKeyGone, false)]
#[case::other_key(|truth: &mut Truth| truth.old.as_mut().unwrap().key = KeyState::Other, Reason::OldKeyChanged, false)]
#[case::new_key(|truth: &mut Truth| truth.new.as_mut().unwrap().key = KeyState::Other, Reason::NewHasAnotherKey, true)]
#[case::new_number(|truth: &mut Truth| truth.new.as_mut().unwrap().number = Number::Other, Reason::NewHasAnotherNumber, true)]
#[case::torn(|truth: &mut Truth| truth.holder = Holder::Nobody, Reason::Contradiction, true)]
fn what_cannot_be_decided_is_said(
    #[case] spoil: fn(&mut Truth),
    #[case] reason: Reason,
    #[case] forward_too: bool,
) {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let mut truth = usual(Access::BOTH).after(&plan, Command::Create).after(&plan, Command::Key);
    spoil(&mut truth);
    assert_eq!(next(Direction::Back, &plan, &truth), Next::Stuck(reason));
    let forward = next(Direction::Forward, &plan, &truth);
    assert_eq!(forward == Next::Stuck(reason), forward_too, "{forward:?}");
}

/// A register keeps whole seconds: an attach within the second of the start counts, one of the second before does not.
#[rstest]
#[case(None, Next::Wait)]
#[case(Some(at(-1)), Next::Wait)]
#[case(DateTime::from_timestamp(1_757_000_000, 0), Next::Attached)]
#[case(Some(at(1)), Next::Attached)]
fn only_an_attach_since_the_start_counts(
    #[case] seen: Option<DateTime<Utc>>,
    #[case] expected: Next,
) {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let mut truth = way(Direction::Forward, &plan, usual(Access::BOTH)).1;
    truth.new.as_mut().unwrap().registered_at = seen;
    assert_eq!(next(Direction::Forward, &plan, &truth), expected);
}

#[test]
fn after_a_failure() {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let before = usual(Access::BOTH);
    let past = way(Forward, &plan, before).1;
    use Answer::{Refused, Unknown};
    use Direction::{Back, Forward};
    for (direction, truth, answer, course) in [
        (Forward, before, Refused, Course::TurnBack),
        (Forward, before, Unknown, Course::Look),
        (Forward, past, Refused, Course::Look),
        (Forward, past, Unknown, Course::Look),
        (Back, before, Refused, Course::Look),
        (Back, past, Refused, Course::Look),
        (Back, past, Unknown, Course::Look),
    ] {
        for looks in 1..LOOKS {
            assert_eq!(after_failure(direction, &truth, answer, looks), course);
        }
        assert_eq!(after_failure(direction, &truth, answer, LOOKS), Course::Ticket);
    }
}

#[test]
fn codes_and_words_are_kept_for_ever() {
    let commands = Command::ALL.map(|one| format!("{} {}", one.code(), one.name())).join(", ");
    assert_eq!(
        commands,
        "1 create, 2 bar_new, 3 key, 4 bar_old, 5 take_from_old, 6 give_to_new, 7 admit_new, \
         8 take_from_new, 9 give_to_old, 10 admit_old, 11 delete_new"
    );
    assert_eq!(Direction::ALL.map(|one| (one.code(), one.name())), [(1, "forward"), (2, "back")]);
    let reasons = Reason::ALL.map(|one| format!("{} {}", one.code(), one.name())).join(", ");
    assert_eq!(
        reasons,
        "1 number_at_third, 2 old_gone, 3 old_has_another_number, 4 old_key_gone, \
         5 old_key_changed, 6 new_has_another_key, 7 new_has_another_number, 8 contradiction, \
         9 no_progress"
    );
    for command in Command::ALL {
        assert_eq!(Command::from_code(command.code()), Some(command));
        assert_eq!(Command::parse(command.name()), Some(command));
        assert_eq!(command.is_pivot(), command == Command::GiveToNew);
        let json = serde_json::to_string(&command).unwrap();
        assert_eq!(json, format!("\"{}\"", command.name()));
        assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), command);
    }
    assert_eq!(Command::from_code(12), None);
}

/// A ticket says what is true; nothing in it is anybody's.
#[test]
fn a_truth_is_told_without_numbers() {
    let truth = usual(Access::BOTH);
    let json = serde_json::to_string(&truth).unwrap();
    assert_eq!(
        json,
        r#"{"old":{"number":"ours","key":"ours","access":{"cs":true,"ps":true},"registered_at":null},"new":null,"holder":"old"}"#
    );
    assert_eq!(serde_json::from_str::<Truth>(&json).unwrap(), truth);
}
