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

fn pasts() -> Vec<Past> {
    let of = |bits: u8| Past {
        created: bits & 1 != 0,
        keyed: bits & 2 != 0,
        unheard: bits & 4 != 0,
        // Forward never asks the one, back only together with the other.
        admitted_at: (bits & 8 != 0).then_some(at(2)),
        unseen: bits & 8 != 0,
    };
    (0..16).map(of).collect()
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

/// Everything a decision depends on.
type At = (Truth, Past);

/// The commands of one way to its end, each with what it met; and the end.
fn way(direction: Direction, plan: &Plan, from: At) -> (Vec<(At, Command)>, At, Next) {
    let (mut met, mut at) = (Vec::new(), from);
    loop {
        match next(direction, plan, &at.1, &at.0) {
            Next::Act(command) => {
                met.push((at, command));
                assert!(met.len() <= BOUND, "{direction:?} {plan:?} {from:?}: {met:?}");
                at = done(plan, at, command);
            }
            end
            @ (Next::Wait | Next::TurnBack | Next::Attached | Next::Undone | Next::Stuck(_)) => {
                return (met, at, end);
            }
        }
    }
}

fn done(plan: &Plan, (truth, past): At, command: Command) -> At {
    (truth.after(plan, command), past.and(command, Outcome::Done, at(1)))
}

/// What has to be true where a swap ends.
fn assert_end(plan: &Plan, (truth, past): &At, end: Next) {
    match end {
        Next::Act(_) => unreachable!(),
        Next::Wait | Next::Attached => {
            let new = truth.new.unwrap();
            assert_eq!((truth.holder, new.key), (Holder::New, KeyState::Ours), "{truth:?}");
            assert!(truth.old.is_none_or(|old| !old.access.any()), "{truth:?}");
            assert!(new.access.covers(plan.old_access), "{truth:?}");
            assert_eq!(end == Next::Attached, new.registered_at == Some(at(3)), "{truth:?}");
        }
        Next::Undone => {
            let old = truth.old.unwrap();
            assert_eq!(truth.holder, Holder::Old, "{truth:?}");
            assert!(old.access.covers(plan.old_access) && old.key != KeyState::None, "{truth:?}");
            assert!(truth.new.is_none_or(|new| !past.created && !new.access.any()), "{truth:?}");
        }
        Next::TurnBack => {
            assert!(past.keyed && truth.new.unwrap().key == KeyState::None, "{truth:?}");
        }
        Next::Stuck(_) => {}
    }
}

fn each(mut check: impl FnMut(Direction, &Plan, At)) {
    let truths = truths();
    for plan in plans() {
        for truth in &truths {
            for past in pasts() {
                for direction in Direction::ALL {
                    check(direction, &plan, (*truth, past));
                }
            }
        }
    }
}

#[test]
fn from_every_truth_both_ways_end() {
    let (mut ended, mut longest) = (0, 0);
    each(|direction, plan, from| {
        let (met, last, end) = way(direction, plan, from);
        assert_end(plan, &last, end);
        ended += usize::from(!matches!(end, Next::Stuck(_) | Next::TurnBack));
        longest = longest.max(met.len());
        // Only who was stuck at once is stuck, or who brought the number home to a card without a key, or barred a card and then
        // saw that it had attached.
        if let Next::Stuck(reason) = end {
            let commands: Vec<_> = met.iter().map(|(_, command)| *command).collect();
            let home = reason == Reason::OldKeyGone && last.0.holder == Holder::Old;
            let seen = reason == Reason::AttachedMeanwhile && commands == [Command::BarNew];
            assert!(met.is_empty() || home || seen, "{from:?} {met:?}");
        }
        assert!(end != Next::TurnBack || met.is_empty(), "{from:?} {met:?}");
    });
    assert!(ended > 10_000, "{ended}");
    assert_eq!(longest, BOUND);
}

#[test]
fn the_number_is_at_nobody_at_no_end() {
    each(|direction, plan, from| {
        let (met, (truth, _), end) = way(direction, plan, from);
        if !met.is_empty() || !matches!(end, Next::Stuck(_) | Next::TurnBack) {
            assert_ne!(truth.holder, Holder::Nobody, "{direction:?} {from:?} {met:?}");
        }
    });
}

/// Whether it may begin decides what can happen at all: from there, no fault ever leads to a number at nobody, or to a person, but
/// for a key that was lost on its way: then it goes back.
#[test]
fn what_may_begin_ends_at_one_of_the_two() {
    let mut begun = 0;
    for truth in truths() {
        let Ok(old_access) = may_start(&truth) else { continue };
        begun += 1;
        let plan = Plan { old_access, started_at: at(0) };
        for stop in 0..=BOUND {
            for outcome in Outcome::ALL {
                for landed in [true, false] {
                    faulty(&plan, truth, stop, (outcome, landed));
                }
            }
        }
    }
    assert_eq!(begun, 6, "some access, and any key");
}

/// Goes forward; the command of that number ends like this, and was carried out or not.
fn faulty(plan: &Plan, truth: Truth, stop: usize, (outcome, landed): (Outcome, bool)) {
    let met = way(Direction::Forward, plan, (truth, Past::default())).0;
    let Some(((truth, past), command)) = met.get(stop).copied() else { return };
    if (outcome == Outcome::Done && !landed) || (outcome == Outcome::Refused && landed) {
        return;
    }
    let truth = if landed { truth.after(plan, command) } else { truth };
    let past = past.and(command, outcome, at(1));
    let (_, (there, _), end) = way(Direction::Forward, plan, (truth, past));
    let lost_key = command == Command::Key && !landed && outcome != Outcome::Refused;
    assert_eq!(end, if lost_key { Next::TurnBack } else { Next::Wait }, "{command:?} {outcome:?}");
    assert!(lost_key || there.holder == Holder::New);
    for unseen in [false, true] {
        let (_, (home, _), end) = way(Direction::Back, plan, (truth, Past { unseen, ..past }));
        assert_eq!((end, home.holder), (Next::Undone, Holder::Old), "{command:?} {outcome:?}");
        let old = home.old.unwrap();
        assert!(old.access.covers(plan.old_access) && old.key != KeyState::None);
        let not_ours = command == Command::Create && outcome == Outcome::Refused;
        assert!(home.new.is_none() || not_ours, "{command:?} {outcome:?} {home:?}");
    }
}

#[test]
fn no_command_writes_the_old_key_and_none_the_new_one_twice() {
    each(|direction, plan, (from, past)| {
        for command in Command::ALL {
            let after = from.after(plan, command);
            assert_eq!(after.old.map(|row| row.key), from.old.map(|row| row.key), "{command:?}");
            assert!(command.writes_old() || after.old == from.old || !from.agrees(), "{command:?}");
            assert!(!command.writes_old() || after.new == from.new, "{command:?}");
        }
        let met = way(direction, plan, (from, past)).0;
        let keys = met.iter().filter(|(_, command)| *command == Command::Key).count();
        assert!(keys + usize::from(past.keyed) <= 1, "{from:?} {met:?}");
    });
}

#[test]
fn old_and_new_never_both_attach() {
    each(|direction, plan, from| {
        let (met, (end, _), _) = way(direction, plan, from);
        // If somebody else admitted both, the first command ends it; ours never begin it.
        let later = met.iter().map(|((truth, _), _)| *truth).skip(1);
        for truth in later.chain((!met.is_empty()).then_some(end)) {
            assert!(!both_attach(&truth), "{direction:?} {plan:?} {from:?}: {met:?}");
        }
    });
}

#[test]
fn every_command_leads_on_and_none_comes_twice() {
    each(|direction, plan, from| {
        let (met, end, _) = way(direction, plan, from);
        let mut seen: Vec<At> = met.iter().map(|(at, _)| *at).collect();
        seen.push(end);
        for (no, at) in seen.iter().enumerate() {
            assert!(!seen[..no].contains(at), "{direction:?} {from:?}: {met:?}");
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
        for (at, command) in way(direction, plan, from).0 {
            let once = done(plan, at, command);
            assert_eq!(done(plan, once, command), once, "{command:?} {at:?}");
        }
    });
}

/// Turned back at any point, with the command on its way done, not done, or done only long after it was given up.
#[test]
fn turned_back_anywhere_it_ends_at_the_old_card() {
    each(|direction, plan, from| {
        let worked = from.0.old.is_some_and(|old| old.key != KeyState::None);
        if direction == Direction::Back || from.1.unseen || !worked {
            return;
        }
        let (met, last, end) = way(direction, plan, from);
        let met = met.into_iter().chain((end == Next::Wait).then_some((last, Command::AdmitNew)));
        for (at, command) in met {
            let unknown = (at.0, at.1.and(command, Outcome::Unknown, self::at(1)));
            let landed = (at.0.after(plan, command), unknown.1);
            for turned in [unknown, landed, done(plan, at, command)] {
                let (back, home, end) = way(Direction::Back, plan, turned);
                assert_end(plan, &home, end);
                assert_eq!(end, Next::Undone, "{from:?} {command:?} {back:?}");
                let between = back.iter().map(|((truth, _), _)| *truth).skip(1).chain([home.0]);
                assert!(
                    both_attach(&turned.0) || !between.clone().any(|truth| both_attach(&truth)),
                    "{from:?} {command:?} {back:?}"
                );
                late(plan, command, turned.1, between);
            }
        }
    });
}

/// A forward command that the register carries out only now is seen at the next look, and undone.
fn late(plan: &Plan, command: Command, past: Past, between: impl Iterator<Item = Truth>) {
    for truth in between {
        let (_, home, end) = way(Direction::Back, plan, (truth.after(plan, command), past));
        assert_end(plan, &home, end);
        assert_eq!(end, Next::Undone, "{command:?} {truth:?}");
    }
}

fn words(met: &[(At, Command)]) -> Vec<&'static str> {
    met.iter().map(|(_, command)| command.name()).collect()
}

#[test]
fn the_usual_way_there_and_back() {
    for access in Access::ALL.into_iter().filter(|access| access.any()) {
        let truth = usual(access);
        let plan = Plan { old_access: may_start(&truth).unwrap(), started_at: at(0) };
        let (met, there, end) = way(Direction::Forward, &plan, (truth, Past::default()));
        let expected =
            ["create", "bar_new", "key", "bar_old", "take_from_old", "give_to_new", "admit_new"];
        assert_eq!((&words(&met)[..], end), (&expected[..], Next::Wait));
        let (met, home, end) = way(Direction::Back, &plan, there);
        let expected = ["bar_new", "take_from_new", "give_to_old", "admit_old", "delete_new"];
        assert_eq!((&words(&met)[..], end), (&expected[..], Next::Undone));
        assert_eq!(home.0, truth, "as it was");
    }
}

/// The switch that serves the old card has to hear that it is barred.
#[test]
fn a_bar_that_may_not_have_been_heard_is_said_again() {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let met = way(Direction::Forward, &plan, (usual(Access::BOTH), Past::default())).0;
    let (at, command) = met.into_iter().find(|(_, command)| *command == Command::BarOld).unwrap();
    for outcome in [Outcome::Open, Outcome::Unknown] {
        let after = (at.0.after(&plan, command), at.1.and(command, outcome, self::at(1)));
        let (met, _, end) = way(Direction::Forward, &plan, after);
        let expected = ["admit_old", "bar_old", "take_from_old", "give_to_new", "admit_new"];
        assert_eq!((&words(&met)[..], end), (&expected[..], Next::Wait));
    }
}

#[test]
fn who_attached_while_it_was_given_up_is_left_to_a_person() {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let (mut truth, past) =
        way(Direction::Forward, &plan, (usual(Access::BOTH), Past::default())).1;
    truth.new.as_mut().unwrap().registered_at = Some(at(3));
    for (unseen, expected) in
        [(true, Next::Stuck(Reason::AttachedMeanwhile)), (false, Next::Undone)]
    {
        let (met, _, end) = way(Direction::Back, &plan, (truth, Past { unseen, ..past }));
        assert_eq!((words(&met)[0], end), ("bar_new", expected));
    }
}

#[test]
fn a_row_that_was_there_is_not_deleted() {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let truth = usual(Access::BOTH).after(&plan, Command::Create).after(&plan, Command::BarNew);
    let past = Past::of([(Command::Create, Outcome::Refused, at(0))]);
    assert_eq!(next(Direction::Back, &plan, &past, &truth), Next::Undone);
    let past = Past::of([
        (Command::Create, Outcome::Unknown, at(0)),
        (Command::Create, Outcome::Refused, at(0)),
    ]);
    assert_eq!(next(Direction::Back, &plan, &past, &truth), Next::Act(Command::DeleteNew));
}

#[rstest]
#[case::third(|truth: &mut Truth| truth.holder = Holder::Third, Reason::NumberAtThird, true)]
#[case::gone(|truth: &mut Truth| (truth.old, truth.holder) = (None, Holder::Nobody), Reason::OldGone, false)]
#[case::reused(|truth: &mut Truth| truth.old.as_mut().unwrap().number = Number::Other, Reason::OldHasAnotherNumber, true)]
#[case::no_key(|truth: &mut Truth| truth.old.as_mut().unwrap().key = KeyState::None, Reason::OldKeyGone, false)]
#[case::new_key(|truth: &mut Truth| truth.new.as_mut().unwrap().key = KeyState::Other, Reason::NewHasAnotherKey, true)]
#[case::new_number(|truth: &mut Truth| truth.new.as_mut().unwrap().number = Number::Other, Reason::NewHasAnotherNumber, true)]
#[case::torn(|truth: &mut Truth| truth.holder = Holder::Nobody, Reason::Contradiction, true)]
fn what_cannot_be_decided_is_said(
    #[case] spoil: fn(&mut Truth),
    #[case] reason: Reason,
    #[case] forward_too: bool,
) {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let past = Past { created: true, keyed: true, ..Past::default() };
    let mut truth = usual(Access::BOTH).after(&plan, Command::Create).after(&plan, Command::Key);
    spoil(&mut truth);
    assert_eq!(next(Direction::Back, &plan, &past, &truth), Next::Stuck(reason));
    let forward = next(Direction::Forward, &plan, &past, &truth);
    assert_eq!(forward == Next::Stuck(reason), forward_too, "{forward:?}");
}

/// A key is written once: a row that lost it, or was deleted, cannot be made good.
#[test]
fn a_key_that_is_gone_is_not_written_again() {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let past = Past::of([
        (Command::Create, Outcome::Done, at(0)),
        (Command::Key, Outcome::Unknown, at(0)),
    ]);
    let before = usual(Access::BOTH);
    let gone = Next::Stuck(Reason::NewKeyGone);
    assert_eq!(next(Direction::Forward, &plan, &past, &before), gone);
    assert_eq!(next(Direction::Back, &plan, &past, &before), Next::Undone);
    let bare = before.after(&plan, Command::Create);
    assert_eq!(next(Direction::Forward, &plan, &past, &bare), Next::TurnBack);
    let mut given = way(Direction::Forward, &plan, (before, Past::default())).1.0;
    given.new.as_mut().unwrap().key = KeyState::None;
    assert_eq!(next(Direction::Forward, &plan, &past, &given), gone);
    let refused = Past::of([(Command::Key, Outcome::Refused, at(0))]);
    assert!(!refused.keyed);
}

#[rstest]
#[case::nobody(|truth: &mut Truth| (truth.holder, truth.old.as_mut().unwrap().number) = (Holder::Nobody, Number::None), NoStart::NumberElsewhere)]
#[case::gone(|truth: &mut Truth| truth.old = None, NoStart::NumberElsewhere)]
#[case::third(|truth: &mut Truth| truth.holder = Holder::Third, NoStart::NumberElsewhere)]
#[case::torn(|truth: &mut Truth| truth.old.as_mut().unwrap().number = Number::None, NoStart::Contradiction)]
#[case::no_key(|truth: &mut Truth| truth.old.as_mut().unwrap().key = KeyState::None, NoStart::OldHasNoKey)]
#[case::barred(|truth: &mut Truth| truth.old.as_mut().unwrap().access = Access::NONE, NoStart::OldIsBarred)]
fn what_may_not_begin(#[case] spoil: fn(&mut Truth), #[case] reason: NoStart) {
    let mut truth = usual(Access::BOTH);
    assert_eq!(may_start(&truth), Ok(Access::BOTH));
    spoil(&mut truth);
    assert_eq!(may_start(&truth), Err(reason));
}

#[test]
fn a_card_that_is_there_already_is_not_new() {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let truth = usual(Access::BOTH).after(&plan, Command::Create);
    assert_eq!(may_start(&truth), Err(NoStart::NewIsThere));
}

/// A register keeps whole seconds: an attach within the second of the admission counts, one of the second before does not, though
/// the swap had begun: a switch that does not authenticate may have let it in when its row was made.
#[rstest]
#[case(None, Next::Wait)]
#[case(Some(at(0)), Next::Wait)]
#[case(DateTime::from_timestamp(1_757_000_001, 0), Next::Attached)]
#[case(Some(at(2)), Next::Attached)]
fn only_an_attach_since_the_admission_counts(
    #[case] seen: Option<DateTime<Utc>>,
    #[case] expected: Next,
) {
    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let (mut truth, past) =
        way(Direction::Forward, &plan, (usual(Access::BOTH), Past::default())).1;
    assert_eq!(past.admitted_at, Some(at(1)));
    truth.new.as_mut().unwrap().registered_at = seen;
    assert_eq!(next(Direction::Forward, &plan, &past, &truth), expected);
}

/// The first admission that may have landed counts: the card may have attached after it.
#[test]
fn an_admission_that_may_have_landed_counts() {
    let admit = |outcome, second| (Command::AdmitNew, outcome, at(second));
    let past =
        Past::of([admit(Outcome::Refused, 1), admit(Outcome::Unknown, 2), admit(Outcome::Done, 3)]);
    assert_eq!(past.admitted_at, Some(at(2)));
}

#[test]
fn after_a_failure() {
    use Answer::{Refused, Unknown};
    use Direction::{Back, Forward};

    let plan = Plan { old_access: Access::BOTH, started_at: at(0) };
    let before = usual(Access::BOTH);
    let past = way(Forward, &plan, (before, Past::default())).1.0;
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
         5 new_has_another_key, 6 new_has_another_number, 7 new_key_gone, 8 attached_meanwhile, \
         9 contradiction, 10 no_progress"
    );
    assert_eq!(
        Outcome::ALL.map(|one| (one.code(), one.name())),
        [(1, "open"), (2, "done"), (3, "refused"), (4, "unknown")]
    );
    for command in Command::ALL {
        assert_eq!(Command::from_code(command.code()), Some(command));
        assert_eq!(Command::parse(command.name()), Some(command));
        let gives = matches!(command, Command::GiveToNew | Command::GiveToOld);
        assert_eq!(command.gives_number(), gives);
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
