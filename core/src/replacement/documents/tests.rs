use rstest::rstest;

use super::*;

#[rstest]
#[case(Person::Adult, &["passport"])]
#[case(Person::Minor, &["student_card"])]
#[case(Person::Child, &["guardian_here", "passport", "family_certificate"])]
#[case(Person::Foreigner, &["foreigner_card"])]
#[case(Person::Company, &["business_registration", "employee_card", "driving_licence"])]
fn what_is_enough(#[case] person: Person, #[case] shown: &[&str]) {
    let rules = Documents::builtin();
    assert_eq!(rules.judge(person, false, shown), Ok(()));
    // Each of them is needed: without any one of them something is missing, and nothing else is.
    for left_out in shown {
        let rest: Vec<&str> = shown.iter().copied().filter(|name| name != left_out).collect();
        let lacks = rules.judge(person, false, &rest).unwrap_err();
        let [Lack::OneOf(group)] = &lacks[..] else { panic!("{lacks:?}") };
        assert!(group.iter().any(|name| name == left_out), "{group:?}");
    }
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let lacks = Documents::builtin().judge(Person::Company, false, &["library_card"]).unwrap_err();
    assert_eq!(lacks.len(), 4, "{lacks:?}");
    assert_eq!(lacks[0], Lack::OneOf(vec!["business_registration".into()]));
    assert_eq!(lacks[3], Lack::Unknown("library_card".into()));
}

#[test]
fn a_minor_needs_no_guardian_and_a_child_does() {
    let rules = Documents::builtin();
    assert_eq!(rules.judge(Person::Minor, false, &["youth_card"]), Ok(()));
    let lacks = rules.judge(Person::Child, false, &["youth_card"]).unwrap_err();
    assert_eq!(lacks[0], Lack::OneOf(vec!["guardian_here".into()]));
}

const PROXY: &[&str] = &["power_of_attorney", "seal_certificate", "passport"];

#[test]
fn a_proxy_is_served_only_where_the_carrier_says_so_and_never_for_a_held_line() {
    let rules = Documents::builtin();
    assert_eq!(rules.judge(Person::Proxy, false, PROXY), Err(vec![Lack::NotAllowed]));
    let text = "id = \"ours-1\"\n[person.proxy]\nallowed = true\n";
    let ours = rules.clone().with(text).unwrap();
    assert_eq!(ours.judge(Person::Proxy, false, PROXY), Ok(()));
    assert_eq!(ours.judge(Person::Proxy, true, PROXY), Err(vec![Lack::HeldLine]));
    assert_eq!(ours.judge(Person::Adult, true, &["passport"]), Ok(()));
    assert_eq!((rules.id(), ours.id()), ("counter-1", "ours-1"));
}

#[test]
fn a_carrier_says_only_what_differs() {
    let text = "id = \"ours-2\"\n[person.adult]\nneeds = [[\"mobile_id\"]]\n\
                [document.mobile_id]\nko = \"모바일 신분증\"\nen = \"Mobile ID\"\nzh-Hans = \"移动身份证\"\n\
                vi = \"Thẻ căn cước di động\"\nja = \"モバイル身分証\"\n";
    let ours = Documents::builtin().with(text).unwrap();
    assert_eq!(ours.judge(Person::Adult, false, &["mobile_id"]), Ok(()));
    assert!(ours.judge(Person::Adult, false, &["passport"]).is_err());
    assert_eq!(ours.judge(Person::Foreigner, false, &["passport"]), Ok(()));
    assert_eq!(ours.bring(Person::Adult, Language::Korean), [["모바일 신분증"]]);
}

#[test]
fn what_to_bring_is_printed_in_every_language() {
    let rules = Documents::builtin();
    assert_eq!(
        rules.bring(Person::Foreigner, Language::Vietnamese),
        [["Thẻ đăng ký người nước ngoài", "Hộ chiếu"]]
    );
    for person in Person::ALL {
        for language in Language::ALL {
            let printed = rules.bring(person, language);
            let lengths: Vec<_> = printed.iter().map(Vec::len).collect();
            let named: Vec<_> = rules.groups(person).iter().map(Vec::len).collect();
            assert_eq!(lengths, named, "{person:?} {language:?}");
        }
    }
    assert_eq!(rules.label("passport", Language::Japanese), Some("パスポート"));
    assert_eq!(rules.label("library_card", Language::Japanese), None);
}

#[rstest]
#[case("id = \"x\"\n[person.stranger]\n", "stranger")]
#[case("[person.adult]\nallowed = true\n", "id is missing")]
#[case(
    "id = \"x\"\n[person.adult]\nneeds = []\n",
    "[person.adult] needs nothing, or one of nothing"
)]
#[case("id = \"x\"\n[person.adult]\nneeds = [[\"passport\"], []]\n", "one of nothing")]
#[case(
    "id = \"x\"\n[person.adult]\nneeds = [[\"paper\"]]\n",
    "[person.adult] needs paper, which is no document here"
)]
#[case(
    "id = \"x\"\n[document.paper]\nko = \"\"\nen = \"a\"\nzh-Hans = \"a\"\nvi = \"a\"\nja = \"a\"\n",
    "[document.paper] has a name"
)]
#[case("id = \"x\"\n[document.paper]\nko = \"a\"\n", "missing field")]
fn what_is_wrong_with_a_file_is_said(#[case] text: &str, #[case] said: &str) {
    let refused = Documents::builtin().with(text).unwrap_err().to_string();
    assert!(refused.contains(said), "{refused}");
}

#[test]
fn rules_that_stand_alone_say_everything() {
    let refused = Documents::parse("id = \"x\"\n").unwrap_err();
    assert_eq!(refused, BadDocuments::NoPerson(Person::Adult));
}

#[test]
fn codes_and_words_are_kept_for_ever() {
    let people = Person::ALL.map(|one| format!("{} {}", one.code(), one.name())).join(", ");
    assert_eq!(people, "1 adult, 2 minor, 3 child, 4 foreigner, 5 company, 6 proxy");
}
