//! The whole matrix: way × capacity × unlock, × what is compromised, × age.

use std::fmt::Write as _;

use rstest::rstest;

use super::*;

/// Every set of channels an incident can name.
fn every_compromise() -> impl Iterator<Item = BTreeSet<Channel>> {
    (0_u32..1 << Channel::ALL.len()).map(|bits| {
        let named = |(place, _): &(u32, Channel)| bits & (1 << place) != 0;
        (0..).zip(Channel::ALL).filter(named).map(|(_, channel)| channel).collect()
    })
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_757_000_000 + second, 0).unwrap()
}

fn proven(way: Way, capacity: Capacity, relies: &[Channel]) -> Proven {
    Proven { way, capacity, relies: relies.iter().copied().collect(), at: at(0) }
}

/// The design's table, written down a second time: a row for each proof, a letter for each unlock in the order of `Unlock::ALL`
/// (items, moment, apply, protect, unprotect, claim, notices, activate: V, `lift_block`, choose: H, `release_hold`).
const EXPECTED: &str = "\
email holder I-APUCN-LHR
email guardian I-APUCN-LHR
email company I-APUCN-LHR
email line_user -----------
sms holder -----------
sms guardian -----------
sms company -----------
sms line_user I----C-----
login holder I-APUCNVLHR
login guardian -----------
login company -----------
login line_user IMAPUC-----
agency holder I-APUCN-LH-
agency guardian I-APUCN-LH-
agency company I-APUCN-LH-
agency line_user IMAPUC-----
";

#[test]
fn what_each_proof_unlocks() {
    let mut found = String::new();
    for way in Way::ALL {
        for capacity in Capacity::ALL {
            let letter = |(unlock, letter): (Unlock, char)| {
                let proof = proven(way, capacity, &[]);
                may(&proof, unlock, &BTreeSet::new(), at(0)).map_or('-', |()| letter)
            };
            let row: String =
                Unlock::ALL.into_iter().zip("IMAPUCNVLHR".chars()).map(letter).collect();
            writeln!(found, "{} {} {row}", way.name(), capacity.name()).unwrap();
        }
    }
    assert_eq!(found, EXPECTED);
}

/// 4 ways × 4 capacities × 11 unlocks × 32 sets of channels × 6 sets a login may rely on × 5 ages.
#[test]
fn the_whole_matrix() {
    let none = BTreeSet::new();
    let login: [&[Channel]; 6] = [
        &[],
        &[Channel::Sms],
        &[Channel::Ars],
        &[Channel::Email],
        &[Channel::App],
        &[Channel::Email, Channel::App],
    ];
    let limit = FRESH.num_seconds();
    let mut cells = 0;
    for compromised in every_compromise() {
        let takes = |relied: &[Channel]| {
            let either = |channel: &Channel| match channel {
                Channel::Sms | Channel::Ars => {
                    compromised.contains(&Channel::Sms) || compromised.contains(&Channel::Ars)
                }
                Channel::Email | Channel::Letter | Channel::App => compromised.contains(channel),
            };
            relied.iter().any(either)
        };
        for (way, capacity) in Way::ALL.iter().flat_map(|way| Capacity::ALL.map(|c| (*way, c))) {
            for (relies, unlock) in login.iter().flat_map(|r| Unlock::ALL.map(|u| (*r, u))) {
                for age in [-1, 0, limit, limit + 1, 100 * limit] {
                    let proof = proven(way, capacity, relies);
                    let answer = may(&proof, unlock, &compromised, at(age));
                    let by_nature = way.channel().is_some_and(|channel| takes(&[channel]));
                    let is_in_table = may(&proof, unlock, &none, at(0)).is_ok();
                    let asks = [
                        Unlock::Unprotect,
                        Unlock::Activate,
                        Unlock::LiftBlock,
                        Unlock::ReleaseHold,
                    ];
                    let is_fresh = !asks.contains(&unlock) || (0..=limit).contains(&age);
                    let expected = if by_nature || takes(relies) {
                        matches!(answer, Err(Refusal::Compromised(_)))
                    } else if !is_in_table {
                        answer == Err(Refusal::NotUnlocked)
                    } else if !is_fresh {
                        answer == Err(Refusal::TooOld)
                    } else {
                        answer == Ok(())
                    };
                    assert!(expected, "{proof:?} {unlock:?} {compromised:?} {age}: {answer:?}");
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, 4 * 4 * 11 * 32 * 6 * 5);
}

#[test]
fn what_was_compromised_at_the_carrier_takes_every_message_and_no_mail() {
    let named = BTreeSet::from([Channel::Sms, Channel::Ars]);
    for unlock in Unlock::ALL {
        let message = proven(Way::Sms, Capacity::LineUser, &[]);
        assert_eq!(
            may(&message, unlock, &named, at(0)),
            Err(Refusal::Compromised(Channel::Sms)),
            "{unlock:?}"
        );
    }
    may(&proven(Way::Email, Capacity::Holder, &[]), Unlock::Claim, &named, at(0)).unwrap();
}

#[rstest]
#[case(&[Channel::Sms], &[Channel::Ars], Some(Channel::Sms))]
#[case(&[Channel::Ars], &[Channel::Sms], Some(Channel::Ars))]
#[case(&[Channel::Sms], &[Channel::Email, Channel::App, Channel::Letter], None)]
#[case(&[Channel::Email, Channel::App], &[Channel::App], Some(Channel::App))]
#[case(&[], &[Channel::Sms, Channel::Ars, Channel::Email, Channel::Letter, Channel::App], None)]
fn messages_and_calls_stand_for_each_other(
    #[case] relies: &[Channel],
    #[case] compromised: &[Channel],
    #[case] expected: Option<Channel>,
) {
    let set = |channels: &[Channel]| channels.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(refused(&set(relies), &set(compromised)), expected);
}

#[test]
fn a_refusal_says_which() {
    let words = [Refusal::Compromised(Channel::Sms), Refusal::NotUnlocked, Refusal::TooOld];
    assert_eq!(
        words.map(|refusal| refusal.to_string()),
        [
            "the proof went over sms, which proves nothing in an open incident",
            "this proof does not unlock it",
            "the proof is older than 10 minutes",
        ]
    );
}

#[test]
fn codes_and_names_are_kept_for_ever() {
    assert_eq!(
        Way::ALL.map(|way| (way.code(), way.name())),
        [(1, "email"), (2, "sms"), (3, "login"), (4, "agency")]
    );
    assert_eq!(
        Capacity::ALL.map(|one| (one.code(), one.name())),
        [(1, "holder"), (2, "guardian"), (3, "company"), (4, "line_user")]
    );
    for way in Way::ALL {
        assert_eq!(Way::parse(way.name()), Ok(way));
        assert_eq!(Way::from_code(way.code()), Some(way));
        assert_eq!(serde_json::to_value(way).unwrap(), way.name());
    }
    assert_eq!(
        Way::parse("fax").unwrap_err().to_string(),
        "not a way to prove who one is; one of email, sms, login, agency"
    );
    for capacity in Capacity::ALL {
        assert_eq!(Capacity::from_code(capacity.code()), Some(capacity));
        assert_eq!(serde_json::to_value(capacity).unwrap(), capacity.name());
    }
    for unlock in Unlock::ALL {
        assert_eq!(serde_json::to_value(unlock).unwrap(), unlock.name());
    }
    assert_eq!((Way::from_code(0), Capacity::from_code(5)), (None, None));
}
