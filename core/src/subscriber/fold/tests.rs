use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::id::SubscriberId;
use crate::identity::{EmailAddress, PersonName, PostalAddress};
use crate::notice::Language;
use crate::subscriber::{LineRecord, Subscriber, SubscriberRecord};

const DAY: i64 = 86_400;

fn at(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_757_600_000 + day * DAY, 0).unwrap()
}

const fn line(n: u8) -> LineId {
    LineId::from_bytes([n; 16])
}

fn number(n: u8) -> Msisdn {
    Msisdn::parse(&format!("010-2000-{n:04}")).unwrap()
}

fn party(n: u8, lines: Vec<HeldLine>) -> Party {
    let record = SubscriberRecord {
        name: PersonName::parse(["김하나", "이두리", "박세찬", "최네온"][usize::from(n)]).unwrap(),
        birth_date: NaiveDate::from_ymd_opt(1980, 1, 1),
        email: Some(EmailAddress::parse(&format!("p{n}@example.com")).unwrap()),
        address: Some(PostalAddress::new("04524", &["서울특별시 중구 세종대로 110"]).unwrap()),
    };
    let subscriber = Subscriber {
        id: SubscriberId::from_bytes([n; 16]),
        kind: SubscriberKind::Person,
        brand: "main".to_owned(),
        language: if n == 0 { Language::Korean } else { Language::English },
        guardian: None,
        contact: None,
        country: String::new(),
        record,
    };
    Party { subscriber, lines }
}

/// A voice line with the number of the same `n`, held over these days.
fn held(n: u8, from: i64, to: Option<i64>) -> HeldLine {
    HeldLine {
        line: line(n),
        service: Service::Voice,
        held_from: at(from),
        held_to: to.map(at),
        record: LineRecord { msisdn: number(n), imsi: None, iccid: None },
    }
}

fn data(n: u8, from: i64) -> HeldLine {
    HeldLine { service: Service::Data, ..held(n, from, None) }
}

fn child(lines: Vec<HeldLine>) -> Party {
    let mut child = party(0, lines);
    child.subscriber.record.birth_date = Some(legal_day(at(30)) - TimeDelta::days(10 * 365));
    child
}

fn company(lines: Vec<HeldLine>) -> Party {
    let mut company = party(0, lines);
    company.subscriber.kind = SubscriberKind::Company;
    company
}

/// Exposed on day 0, cut off on day 30.
fn told(
    person: &Party,
    other: Option<&Party>,
    exposed: &[(LineId, DateTime<Utc>)],
) -> Vec<Recipient> {
    let company = matches!(person.subscriber.kind, SubscriberKind::Company);
    fold(&Exposed {
        person,
        guardian: other.filter(|_| !company),
        company_contact: other.filter(|_| company),
        exposed,
        cutoff: at(30),
    })
}

fn numbers(recipients: &[Recipient]) -> Vec<(RecipientRole, Option<Msisdn>)> {
    recipients.iter().map(|r| (r.role, r.contact.msisdn.clone())).collect()
}

#[rstest]
#[case::since_before_and_still(vec![held(1, -9, None)], Some(1))]
#[case::from_the_very_moment(vec![held(1, 0, None)], Some(1))]
#[case::taken_over_after_the_exposure(vec![held(1, 1, None)], None)]
#[case::given_up(vec![held(1, -9, Some(10))], None)]
#[case::given_up_at_the_cut_off(vec![held(1, -9, Some(30))], None)]
#[case::given_up_after_the_cut_off(vec![held(1, -9, Some(31))], Some(1))]
#[case::pieces_that_join(vec![held(1, 10, None), held(1, -9, Some(10))], Some(1))]
#[case::pieces_with_a_gap(vec![held(1, 11, None), held(1, -9, Some(10))], None)]
#[case::the_exposed_line_first(vec![held(2, -99, None), held(1, -9, None)], Some(1))]
#[case::another_line_if_the_exposed_one_changed_hands(vec![held(1, -9, Some(5)), held(2, -9, None)], Some(2))]
#[case::another_line_that_came_later(vec![held(1, -9, Some(5)), held(2, 3, None)], None)]
#[case::the_one_held_longest(vec![data(1, -9), held(3, -5, None), held(2, -7, None)], Some(2))]
#[case::data_lines_are_never_written_to(vec![data(1, -9), data(2, -9)], None)]
#[case::no_line_left(vec![], None)]
fn a_number_counts_if_it_was_theirs_all_the_time(
    #[case] lines: Vec<HeldLine>,
    #[case] expected: Option<u8>,
) {
    let recipients = told(&party(0, lines), None, &[(line(1), at(0))]);
    assert_eq!(numbers(&recipients), [(RecipientRole::Holder, expected.map(number))]);
    assert!(recipients[0].contact.email.is_some());
    assert!(recipients[0].contact.postal.is_some());
}

#[test]
fn a_line_that_changed_its_number_is_not_written_to_under_the_new_one() {
    let mut renumbered = held(1, 10, None);
    renumbered.record.msisdn = number(7);
    let recipients =
        told(&party(0, vec![held(1, -9, Some(10)), renumbered]), None, &[(line(1), at(0))]);
    assert_eq!(numbers(&recipients), [(RecipientRole::Holder, None)]);
}

#[test]
fn each_exposed_line_counts_from_its_own_exposure() {
    let person = party(0, vec![held(1, 5, None)]);
    let exposed = [(line(9), at(0)), (line(1), at(6))];
    assert_eq!(numbers(&told(&person, None, &exposed)), [(RecipientRole::Holder, Some(number(1)))]);
    let twice = [(line(1), at(6)), (line(1), at(4))];
    assert_eq!(numbers(&told(&person, None, &twice)), [(RecipientRole::Holder, None)]);
}

#[test]
fn a_childs_guardian_is_told_and_the_childs_line_gets_a_copy() {
    let child = child(vec![held(1, -9, None), data(2, -9), held(3, -9, None)]);
    let guardian = party(1, vec![held(4, -9, None)]);
    let exposed = [(line(1), at(0)), (line(2), at(0))];
    let recipients = told(&child, Some(&guardian), &exposed);
    assert_eq!(
        numbers(&recipients),
        [(RecipientRole::Guardian, Some(number(4))), (RecipientRole::Line, Some(number(1)))]
    );
    assert_eq!(recipients[0].addressee, guardian.subscriber.record.name);
    assert_eq!(recipients[0].language, Language::English);
    assert_eq!(recipients[1].addressee, child.subscriber.record.name);
    assert_eq!(recipients[1].language, Language::Korean);
    assert_eq!((&recipients[1].contact.email, &recipients[1].contact.postal), (&None, &None));
}

#[test]
fn a_guardian_who_took_the_number_over_later_is_told_otherwise() {
    let guardian = party(1, vec![held(4, 2, None)]);
    let recipients = told(&child(vec![]), Some(&guardian), &[(line(1), at(0))]);
    assert_eq!(numbers(&recipients), [(RecipientRole::Guardian, None)]);
    assert!(recipients[0].contact.email.is_some());
}

#[test]
fn a_child_without_a_known_guardian_is_told_themselves_once() {
    let recipients = told(&child(vec![held(1, -9, None)]), None, &[(line(1), at(0))]);
    assert_eq!(numbers(&recipients), [(RecipientRole::Holder, Some(number(1)))]);
}

/// The fourteenth birthday is counted in Korean days: it begins at 15:00 UTC the day before.
#[rstest]
#[case("2025-09-10T14:59:59Z", RecipientRole::Guardian)]
#[case("2025-09-10T15:00:00Z", RecipientRole::Holder)]
fn a_child_is_one_until_the_fourteenth_birthday(#[case] cutoff: &str, #[case] role: RecipientRole) {
    let mut person = party(0, vec![]);
    person.subscriber.record.birth_date = NaiveDate::from_ymd_opt(2011, 9, 11);
    let guardian = party(1, vec![]);
    let told = fold(&Exposed {
        person: &person,
        guardian: Some(&guardian),
        company_contact: None,
        exposed: &[],
        cutoff: cutoff.parse().unwrap(),
    });
    assert_eq!(told[0].role, role);
}

#[test]
fn somebody_of_unknown_age_is_told_themselves() {
    let mut person = party(0, vec![]);
    person.subscriber.record.birth_date = None;
    let guardian = party(1, vec![held(4, -9, None)]);
    assert_eq!(told(&person, Some(&guardian), &[])[0].role, RecipientRole::Holder);
}

#[test]
fn a_companys_contact_is_told_and_each_exposed_line_gets_a_copy() {
    let lines = vec![held(3, -9, None), held(1, -9, None), held(2, 5, None), data(4, -9)];
    let company = company(lines);
    let contact = party(1, vec![]);
    let exposed = [1, 2, 3, 4].map(|n| (line(n), at(0)));
    assert_eq!(
        numbers(&told(&company, Some(&contact), &exposed)),
        [
            (RecipientRole::CompanyContact, None),
            (RecipientRole::Line, Some(number(1))),
            (RecipientRole::Line, Some(number(3))),
        ]
    );
    assert_eq!(
        numbers(&told(&company, None, &exposed)),
        [(RecipientRole::Holder, Some(number(1))), (RecipientRole::Line, Some(number(3)))]
    );
}

#[test]
fn somebody_with_nothing_has_an_empty_contact() {
    let mut person = party(0, vec![]);
    person.subscriber.record.email = None;
    person.subscriber.record.address = None;
    let recipients = told(&person, None, &[(line(1), at(0))]);
    assert_eq!(recipients[0].contact, Contact::default());
}

#[test]
fn debug_shows_nobody() {
    let person = party(0, vec![held(1, -9, None)]);
    let shown = format!("{person:?} {:?}", told(&person, None, &[(line(1), at(0))]));
    for secret in ["20000001", "2000-0001", "하나", "1980", "p0@", "세종대로"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn sealed_records_read_back() {
    let person = party(0, vec![held(1, -9, None)]);
    let json = serde_json::to_string(&person.subscriber.record).unwrap();
    assert_eq!(serde_json::from_str::<SubscriberRecord>(&json).unwrap(), person.subscriber.record);
    let json = serde_json::to_string(&person.lines[0].record).unwrap();
    assert_eq!(serde_json::from_str::<LineRecord>(&json).unwrap(), person.lines[0].record);
}

fn any_held() -> impl Strategy<Value = HeldLine> {
    let days = (-20..40_i64, prop::option::of(1..30_i64));
    (1..5_u8, 1..5_u8, any::<bool>(), days).prop_map(|(n, dialled, voice, (from, length))| {
        let mut held = held(n, from, length.map(|length| from + length));
        held.record.msisdn = number(dialled);
        held.service = if voice { Service::Voice } else { Service::Data };
        held
    })
}

proptest! {
    /// Day by day: whoever is written to held that number on every day from the exposure on.
    #[test]
    fn nothing_goes_to_a_number_that_was_somebody_elses_for_a_day(
        lines in prop::collection::vec(any_held(), 0..8),
        guardians in prop::collection::vec(any_held(), 0..4),
        exposed in prop::collection::vec((1..5_u8, 0..10_i64), 1..4),
        is_child in any::<bool>(),
    ) {
        let person = if is_child { child(lines) } else { party(0, lines) };
        let guardian = party(1, guardians);
        let exposed: Vec<_> = exposed.into_iter().map(|(n, day)| (line(n), at(day))).collect();
        let recipients = told(&person, Some(&guardian), &exposed);
        let primaries = recipients.iter().filter(|r| r.role.is_primary()).count();
        prop_assert_eq!(primaries, 1);
        prop_assert!(recipients[0].role.is_primary());
        let last_exposure = exposed.iter().map(|(_, at)| *at).max().unwrap();
        for recipient in &recipients {
            let party = if recipient.role == RecipientRole::Guardian { &guardian } else { &person };
            let Some(number) = &recipient.contact.msisdn else { continue };
            let mut day = last_exposure;
            while day <= at(30) {
                let holds = |held: &HeldLine| {
                    held.record.msisdn == *number
                        && held.held_from <= day
                        && held.held_to.is_none_or(|to| to > day)
                };
                prop_assert!(party.lines.iter().any(holds), "{} on {}", number, day);
                day += TimeDelta::days(1);
            }
        }
        let mut numbers: Vec<_> = recipients.iter().filter_map(|r| r.contact.msisdn.as_ref()).map(Msisdn::expose).collect();
        numbers.sort_unstable();
        let before = numbers.len();
        numbers.dedup();
        prop_assert_eq!(numbers.len(), before);
    }
}
