//! Words that are complete and harmless are taken; others are refused by name.

use rstest::rstest;

use super::*;

pub(in crate::notice) const INCIDENT: &str =
    include_str!("../../../../templates/samples/incident.toml");
pub(in crate::notice) const CARRIER: &str =
    include_str!("../../../../templates/samples/carrier.toml");

#[test]
fn complete_words_are_taken() {
    let incident = IncidentWords::parse(INCIDENT).unwrap();
    assert!(incident.languages().take(2).eq([Language::Korean, Language::English]));
    assert_eq!(incident.text(Language::English).unwrap().desk.phone, "080-000-0114");
    let carrier = CarrierWords::parse(CARRIER).unwrap();
    assert_eq!(carrier.text(Language::Korean).unwrap().name, "한빛모바일");
    assert_eq!(carrier.official_host(), "www.hanbitmobile.example");
}

#[rstest]
#[case(
    "[ko]",
    "law = \"kr-pipa-2026\"\n[ko]",
    "law is no field of the wording; remove the line that starts with law = from it"
)]
#[case("desk_phone = \"080-000-0114\"\n", "", "[ko] lacks desk_phone")]
#[case("desk_name = ", "# ", "[ko] lacks desk_name")]
#[case("[en]", "[fr]", "[fr] is not a language of ours; one of ko, en, zh-Hans, vi, ja")]
#[case(
    "desk_hours = \"24시간\"",
    "desk_hours = \"abc.kr\"",
    "desk_hours in [ko] contains an address; name the app or a telephone number"
)]
#[case(
    "desk_hours = \"24시간\"",
    "desk_hours = \"노출\"",
    "desk_hours in [ko] says 노출; the word is 유출 or 유출 가능성"
)]
#[case("desk_hours = ", "desk_hour = ", "the wording cannot be read")]
fn bad_incident_words_are_refused(#[case] from: &str, #[case] to: &str, #[case] reason: &str) {
    assert!(INCIDENT.contains(from));
    let changed = INCIDENT.replacen(from, to, 1);
    assert_eq!(IncidentWords::parse(&changed).unwrap_err().to_string(), reason);
}

#[test]
fn korean_and_english_are_always_there() {
    let (korean, _) = INCIDENT.split_once("[en]").unwrap();
    assert_eq!(
        IncidentWords::parse(korean).unwrap_err().to_string(),
        "there are no words in en; add a [en] section"
    );
}

#[test]
fn what_a_later_notice_needs_may_be_written_later() {
    let without = |names: &[&str]| {
        let gone = |line: &str| names.iter().any(|name| line.starts_with(name));
        INCIDENT.split_inclusive('\n').filter(|line| !gone(line)).collect::<String>()
    };
    let later = ["suspected_", "all_clear_reason", "correction_reason"];
    let text = IncidentWords::parse(&without(&later)).unwrap();
    let korean = text.text(Language::Korean).unwrap();
    assert!(korean.suspected_occurred.is_empty() && korean.all_clear_reason.is_empty());
    // A suspicion is enough to begin with; knowing neither is not.
    assert!(IncidentWords::parse(&without(&["occurred", "circumstances"])).is_ok());
    let neither = IncidentWords::parse(&without(&["occurred", "suspected_"]));
    let missing = WordsError::Missing { language: Language::English, field: "occurred" };
    assert_eq!(neither, Err(missing));
}

#[cfg(feature = "render")]
#[test]
fn plain_words_stand_for_the_full_ones_where_there_are_any() {
    let words = IncidentWords::parse(INCIDENT).unwrap();
    let korean = words.text(Language::Korean).unwrap();
    let plain = korean.minor.as_deref().unwrap();
    let child = korean.for_reader(true);
    assert_eq!(child.self_help, plain.self_help);
    assert_eq!((&child.occurred, &child.desk), (&korean.occurred, &korean.desk));
    assert_eq!(korean.for_reader(false).self_help, korean.self_help);
}

#[rstest]
#[case("hotline = \"114\"\n", "", "hotline is missing")]
#[case(
    "www.hanbitmobile.example",
    "https://www.hanbitmobile.example/a",
    "official_host is not a plain host name such as www.example.com"
)]
#[case(
    "www.hanbitmobile.example",
    "hanbit",
    "official_host is not a plain host name such as www.example.com"
)]
#[case("name = \"한빛모바일\"\n", "", "[ko] lacks name")]
#[case(
    "한빛모바일",
    "한\u{e000}빛",
    "name in [ko] holds a control or private-use character; remove it"
)]
#[case("\"114\"", "\"call us\"", "hotline is not a telephone number such as 114 or 080-000-0114")]
fn bad_carrier_words_are_refused(#[case] from: &str, #[case] to: &str, #[case] reason: &str) {
    assert!(CARRIER.contains(from));
    let changed = CARRIER.replacen(from, to, 1);
    assert_eq!(CarrierWords::parse(&changed).unwrap_err().to_string(), reason);
}
