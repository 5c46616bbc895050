//! What comes later: another list, another compromised channel, words that changed.

use rstest::rstest;
use simrecall_core::incident::Channel;
use simrecall_core::selfcheck::Standing;
use simrecall_engine::drill::CODE;
use simrecall_engine::incident;
use simrecall_engine::selfcheck::SessionKey;
use simrecall_tests::Backend;
use simrecall_tests::town::{CHILD, LATER, LEAKED, NOT_FOUND, POSSIBLY};

use super::stage::{Place, refused};

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn another_list_changes_the_answer_and_says_so(#[case] backend: Backend) {
    let place = Place::open(backend);
    for (who, before) in
        [(LATER, Standing::NotFound), (POSSIBLY, Standing::Possibly), (LEAKED, Standing::Leaked)]
    {
        let answer = place.answer(&place.walk_in(who));
        assert_eq!((answer.standing, answer.changed), (before, None));
    }
    let first = place.door.now();
    place.pass(24 * 60);
    place.town.publish(2).unwrap();
    for (who, before) in
        [(LATER, Some(Standing::NotFound)), (POSSIBLY, Some(Standing::Possibly)), (LEAKED, None)]
    {
        let key = place.walk_in(who);
        for _ in 0..2 {
            let answer = place.answer(&key);
            assert_eq!((answer.standing, answer.revision), (Standing::Leaked, 2));
            let changed = answer.changed.map(|changed| (changed.standing, changed.revision));
            assert_eq!(changed, before.map(|before| (before, 1)), "{who:?}, and again");
            assert!(answer.changed.is_none_or(|changed| changed.at == first));
        }
        let again = place.answer(&place.walk_in(who));
        assert_eq!(again.changed, None, "the next time it is the same");
    }
    let new = place.answer(&place.walk_in(CHILD));
    assert_eq!(new.changed, None, "who was never here was told nothing else");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_channel_that_turns_out_compromised_ends_what_it_proved(#[case] backend: Backend) {
    let place = Place::open(backend);
    let (key, asked) =
        (place.walk_in(LEAKED), place.ask(NOT_FOUND.number, NOT_FOUND.mail).unwrap());
    let code = place.code(NOT_FOUND.mail, 1);
    assert!(place.visit(&key).is_ok());
    let name = |channel, by| incident::compromise(place.home(), CODE, (channel, "report 7"), by);
    assert_eq!(refused(name(Channel::Email, "messaging.lead")), "not_allowed");
    assert_eq!(
        refused(incident::compromise(place.home(), CODE, (Channel::Email, " "), "security.lead")),
        "reason"
    );
    let answer = name(Channel::Email, "security.lead").unwrap();
    assert!(answer.incident.compromised.contains(&Channel::Email));
    assert_eq!(refused(name(Channel::Email, "security.lead")), "exists");
    assert_eq!(refused(place.visit(&key)), "channel_compromised");
    assert_eq!(refused(place.visit(&key)), "session_missing", "it is gone for good");
    assert_eq!(refused(place.redeem(&asked, &code)), "channel_compromised");
    assert_eq!(
        refused(place.ask("typed badly", "")),
        "channel_compromised",
        "before anything else"
    );
    let ways = place.door.public().unwrap().ways;
    assert_eq!((ways[0].open, ways[0].because), (false, Some("email")));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn own_notices_are_shown_as_they_were_sent(#[case] backend: Backend) {
    let place = Place::unpublished(backend, super::stage::Plan::default());
    let wave = place.town.publish(1).unwrap();
    let key = place.walk_in(LEAKED);
    let notices = |key: &SessionKey| place.door.notices(&place.visit(key).unwrap()).unwrap();
    assert!(notices(&key).is_empty(), "nothing was handed over yet");
    assert_eq!(place.answer(&key).told_since, None);
    place.town.tell(wave).unwrap();
    let [own] = notices(&key).try_into().unwrap();
    assert_eq!((own.kind, own.language, own.rung, own.exact), ("confirmed", "ko", "lms", true));
    assert_eq!(own.to.as_deref(), Some("010-****-**01"));
    let text = own.plain.unwrap();
    assert!(text.contains("김하늘") && text.contains("유출"), "{text}");
    assert_eq!(place.answer(&key).told_since, Some(own.at));
    // The text is ours by the same page, and not by another sender.
    let real = place.door.real(&text, Some("114")).unwrap();
    assert_eq!(format!("{:?}", real.is), "Official");
    // A guardian sees what the child's line was sent, and not the number of another recipient.
    let guardian = notices(&place.walk_in(CHILD));
    assert_eq!(guardian.len(), 2, "{guardian:?}");
    assert_eq!(guardian.iter().filter(|one| one.to.is_some()).count(), 1);

    // The words installed here are others now: what was sent cannot be shown any more, and nothing else is.
    let path = place.home().dir.join("hanbit.toml");
    let words = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, words.replace("한빛모바일", "다른모바일")).unwrap();
    let [own] = notices(&key).try_into().unwrap();
    assert_eq!((own.exact, own.plain, own.subject), (false, None, None));
    assert_eq!(own.confirmed, ["imsi", "imei"]);
}
