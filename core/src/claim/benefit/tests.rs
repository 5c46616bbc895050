use proptest::prelude::*;
use rstest::rstest;

use super::*;

const NAME: &str = "name = { ko = \"a\", en = \"a\", zh-Hans = \"a\", vi = \"a\", ja = \"a\" }";

fn day(n: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 9, n).unwrap()
}

/// Benefits `b0` to `b9`, all open, in these groups.
fn grouped(groups: &[Vec<usize>]) -> Result<Benefits, BadBenefits> {
    let benefit = |n| format!("[benefit.b{n}]\nopens = \"2025-09-01\"\n{NAME}\n");
    let benefits: String = (0..10).map(benefit).collect();
    let list = |group: &Vec<usize>| {
        group.iter().map(|n| format!("\"b{n}\"")).collect::<Vec<_>>().join(", ")
    };
    let groups = groups.iter().enumerate().map(|(n, group)| format!("g{n} = [{}]\n", list(group)));
    Benefits(BTreeMap::new()).with(&format!("[group]\n{}{benefits}", groups.collect::<String>()))
}

#[test]
fn nothing_is_offered_before_a_carrier_says_from_when() {
    let benefits = Benefits::builtin();
    let codes: Vec<&str> = benefits.iter().map(Benefit::code).collect();
    let shipped = ["bill_discount", "device_discount", "extra_data", "insurance", "penalty_waiver"];
    assert_eq!(codes, shipped);
    for code in codes {
        assert_eq!(benefits.choose(code, day(9)), Err(ChooseError::Closed), "{code}");
    }
    let groups: Vec<&str> = benefits.iter().map(Benefit::group).collect();
    assert_eq!(groups, ["relief", "relief", "extra_data", "insurance", "relief"]);
    assert_eq!(benefits.choose("money", day(9)), Err(ChooseError::Unknown));
}

#[rstest]
#[case(9, Err(ChooseError::Closed))]
#[case(10, Ok("insurance"))]
#[case(20, Ok("insurance"))]
#[case(21, Err(ChooseError::Closed))]
fn a_benefit_is_open_from_its_first_day_to_its_last(
    #[case] on: u32,
    #[case] expected: Result<&str, ChooseError>,
) {
    let text = "[benefit.insurance]\nopens = \"2025-09-10\"\ncloses = \"2025-09-20\"\n";
    let benefits = Benefits::builtin().with(text).unwrap();
    assert_eq!(benefits.choose("insurance", day(on)).map(Benefit::code), expected);
    assert_eq!(benefits.choose("extra_data", day(on)), Err(ChooseError::Closed));
    let kept = benefits.get("insurance").unwrap();
    assert_eq!(kept.name(Language::Japanese), "電話詐欺被害の保険");
}

#[test]
fn a_file_with_groups_has_all_of_them() {
    let text = "[group]\nmoney = [\"bill_discount\", \"insurance\"]\n";
    let benefits = Benefits::builtin().with(text).unwrap();
    let groups: Vec<&str> = benefits.iter().map(Benefit::group).collect();
    assert_eq!(groups, ["money", "device_discount", "extra_data", "money", "penalty_waiver"]);
}

#[rstest]
#[case("[group]\nx = [\"money\"]", "group x names money, which is no benefit here")]
#[case(
    "[group]\nx = [\"insurance\"]\ny = [\"insurance\"]",
    "insurance is in two groups, or twice in one"
)]
#[case(
    "[group]\nx = [\"insurance\", \"insurance\"]",
    "insurance is in two groups, or twice in one"
)]
#[case("[group]\ninsurance = [\"extra_data\"]", "group insurance is called as a benefit")]
#[case("[group]\nX = []", "\"X\" is not one word of 1 to 40 small letters")]
#[case(
    "[benefit.insurance]\nopens = \"2025-09-10\"\ncloses = \"2025-09-09\"",
    "[benefit.insurance] closes before it opens"
)]
#[case(
    "[benefit.insurance]\ncloses = \"2025-09-09\"",
    "[benefit.insurance] closes before it opens"
)]
#[case("[benefit.insurance]\nopens = \"soon\"", "invalid characters")]
#[case("[benefit.insurance]\nprice = 1", "unknown field `price`")]
#[case("[benefit.tea]\nopens = \"2025-09-10\"", "[benefit.tea] has no name")]
#[case(
    "[benefit.tea]\nname = { ko = \"\", en = \"a\", zh-Hans = \"a\", vi = \"a\", ja = \"a\" }",
    "[benefit.tea] has a name that is empty"
)]
#[case(
    "[benefit.relief]\nname = { ko = \"a\", en = \"a\", zh-Hans = \"a\", vi = \"a\", ja = \"a\" }",
    "group relief is called as a benefit"
)]
fn what_is_wrong_with_a_file_is_said(#[case] text: &str, #[case] said: &str) {
    let refused = Benefits::builtin().with(text).unwrap_err().to_string();
    assert!(refused.contains(said), "{refused}");
}

proptest! {
    /// Whatever somebody chooses, in whatever order: kept by group, no two of one list stand, and the last choice of each does.
    #[test]
    fn of_any_sequence_of_choices_no_group_has_two(
        groups in prop::collection::vec(0_usize..5, 10),
        choices in prop::collection::vec(0_usize..12, 0..40),
    ) {
        // Of 0 nothing is grouped.
        let lists: Vec<Vec<usize>> =
            (1..5).map(|group| (0..10).filter(|n| groups[*n] == group).collect()).collect();
        let benefits = grouped(&lists).unwrap();
        let mut kept: BTreeMap<String, String> = BTreeMap::new();
        for n in &choices {
            let code = format!("b{n}");
            let chosen = benefits.choose(&code, day(1));
            prop_assert_eq!(chosen.is_ok(), *n < 10);
            if let Ok(chosen) = chosen {
                kept.insert(chosen.group().to_owned(), code);
            }
        }
        let stands = |n: &usize| kept.values().any(|code| *code == format!("b{n}"));
        for list in &lists {
            prop_assert!(list.iter().filter(|n| stands(n)).count() <= 1);
            let last = choices.iter().rev().find(|n| list.contains(n));
            prop_assert!(last.is_none_or(stands));
        }
        for n in (0..10).filter(|n| groups[*n] == 0) {
            prop_assert_eq!(stands(&n), choices.contains(&n));
        }
    }
}
