use rstest::rstest;

use super::*;
use crate::derive::{LossNo, MethodNo};

/// Sixteen lines; the cases below change one of them.
const GOOD: &str = r#"id = "good"
record_without_end = "30m"
[[leak]]
id = "in"
windows = ["confirmed"]
grace = "2m"
fact = "confirmed"

[[loss]]
id = "paid"
methods = ["ars", "문자"]
leak = ["in"]
before = "2m"
after = "10m"
fact = "possible"
"#;

#[rstest]
#[case(
    "id = \"good\"",
    "id = \"Good\"",
    1,
    "'Good' is not a name; it is 1 to 64 of a-z, 0-9 and hyphens"
)]
#[case("id = \"in\"", "id = \"\"", 4, "'' is not a name; it is 1 to 64 of a-z, 0-9 and hyphens")]
#[case("id = \"paid\"", "id = \"in\"", 10, "in is there twice")]
#[case("\"30m\"", "\"0m\"", 2, "a record without an end must count for some time")]
#[case(
    "\"30m\"",
    "\"30 m\"",
    2,
    "not a length of time; such as 30s, 2m, 24h or 3d, and at most 9999 of them"
)]
#[case("grace = \"2m\"", "grace = 2", 6, "invalid type: integer `2`, expected a string")]
#[case(
    "grace = \"2m\"",
    "graze = \"2m\"",
    6,
    "unknown field `graze`, expected one of `id`, `windows`, `grace`, `fact`"
)]
#[case("grace = \"2m\"", "", 3, "missing field `grace`")]
#[case("windows = [\"confirmed\"]", "windows = []", 5, "windows is empty")]
#[case(
    "windows = [\"confirmed\"]",
    "windows = [\"possible\"]",
    5,
    "possible alone would lose a line when its window is confirmed; name confirmed too"
)]
#[case(
    "windows = [\"confirmed\"]",
    "windows = [\"sure\"]",
    5,
    "unknown variant `sure`, expected `possible` or `confirmed`"
)]
#[case(
    "fact = \"possible\"",
    "fact = \"likely\"",
    15,
    "unknown variant `likely`, expected `possible` or `confirmed`"
)]
#[case(
    "leak = [\"in\"]",
    "leak = [\"in\", \"near\"]",
    12,
    "leak names near, which is no leak rule here"
)]
#[case("leak = [\"in\"]", "leak = []", 12, "leak is empty")]
#[case("[\"ars\", \"문자\"]", "[]", 11, "methods is empty")]
#[case(
    "[\"ars\", \"문자\"]",
    "[\"ars\",\n\"sms'; drop\"]",
    12,
    "a method is one word of at most 32 letters, digits, hyphens, dots and underscores"
)]
#[case(
    "[[loss]]",
    "[[lose]]",
    9,
    "unknown field `lose`, expected one of `id`, `record_without_end`, `leak`, `loss`"
)]
#[case("after = ", "after ", 14, "key with no value, expected `=`")]
fn a_fault_is_said_with_its_line(
    #[case] from: &str,
    #[case] to: &str,
    #[case] line: usize,
    #[case] what: &str,
) {
    assert!(GOOD.contains(from));
    let error = Rules::parse(&GOOD.replacen(from, to, 1)).unwrap_err();
    assert_eq!((error.what.to_string().as_str(), error.line), (what, line));
    assert_eq!(error.to_string(), format!("line {line}: {what}"));
}

#[test]
fn rules_need_a_leak() {
    let text = "record_without_end = \"30m\"\nid = \"none\"\n";
    assert_eq!(Rules::parse(text).unwrap_err().to_string(), "line 2: [[leak]] is empty");
}

#[test]
fn there_is_an_end_to_everything() {
    let leak = |no: usize| {
        format!(
            "[[leak]]\nid = \"l{no}\"\nwindows = [\"confirmed\"]\ngrace = \"0s\"\nfact = \"possible\"\n"
        )
    };
    let head = "id = \"many\"\nrecord_without_end = \"1s\"\n";
    let rules = |count| head.to_owned() + &(0..count).map(leak).collect::<String>();
    assert_eq!(Rules::parse(&rules(32)).unwrap().leak.len(), 32);
    assert_eq!(
        Rules::parse(&rules(33)).unwrap_err().to_string(),
        "line 164: more than 32 leak rules"
    );
    let methods = |count| {
        let words: Vec<String> = (0..count).map(|no| format!("\"m{no}\"")).collect();
        GOOD.replace("\"ars\", \"문자\"", &words.join(","))
    };
    assert_eq!(Rules::parse(&methods(100)).unwrap().methods().len(), 100);
    assert_eq!(
        Rules::parse(&methods(101)).unwrap_err().to_string(),
        "line 11: more than 100 methods"
    );
}

#[test]
fn order_spelling_and_comments_do_not_count() {
    let again = r#"# The same, said otherwise.
record_without_end = '1800s'
id = "good"
[[loss]]
id = "paid"
leak = ["in", "in"]
methods = ["문자", "ars", "ars"]
fact = "possible"
after = "600s"
before = "2m" # as before
[[leak]]
fact = "confirmed"
grace = "120s"
windows = ["confirmed", "confirmed"]
id = "in"
"#;
    let (good, same) = (Rules::parse(GOOD).unwrap(), Rules::parse(again).unwrap());
    assert_eq!(good.canonical(), same.canonical());
    assert_eq!(good.sha256(), same.sha256());
    assert_eq!((good.text(), same.text()), (GOOD, again));
}

/// Whatever is said changes the hash.
#[rstest]
#[case("id = \"good\"", "id = \"better\"")]
#[case("30m", "31m")]
#[case("\"in\"", "\"within\"")]
#[case("[\"confirmed\"]", "[\"possible\", \"confirmed\"]")]
#[case("grace = \"2m\"", "grace = \"3m\"")]
#[case("fact = \"confirmed\"", "fact = \"possible\"")]
#[case("\"paid\"", "\"loss\"")]
#[case("\"ars\", ", "")]
#[case("before = \"2m\"", "before = \"0s\"")]
#[case("10m", "11m")]
#[case("fact = \"possible\"", "fact = \"confirmed\"")]
fn everything_said_counts(#[case] from: &str, #[case] to: &str) {
    let other = Rules::parse(&GOOD.replace(from, to)).unwrap();
    assert_ne!(other.sha256(), Rules::parse(GOOD).unwrap().sha256());
}

/// What is hashed of the rules that ship.
const SHIPPED: &str = r#"id = "simrecall-1"
record_without_end = "30m"

[[leak]]
id = "in-window"
windows = ["confirmed"]
grace = "2m"
fact = "confirmed"

[[leak]]
id = "near-window"
windows = ["possible", "confirmed"]
grace = "10m"
fact = "possible"

[[loss]]
id = "paid-at-the-cell"
methods = ["ars", "sms"]
leak = ["in-window"]
before = "2m"
after = "10m"
fact = "confirmed"

[[loss]]
id = "paid-near-the-cell"
methods = ["ars", "sms"]
leak = ["near-window"]
before = "2m"
after = "10m"
fact = "possible"
"#;

#[test]
fn the_rules_that_ship_are_pinned() {
    let rules = Rules::builtin();
    // Computed apart from this code. A revision says which rules made it by this hash: other rules get another id, and a file of their own.
    let hash = rules.sha256().map(|byte| format!("{byte:02x}")).concat();
    assert_eq!(rules.canonical(), SHIPPED);
    insta::assert_snapshot!(hash, @"e129bbb881387cd64ef1a5856c8fd2b5bbfb641eee11d41778f7ce9dd0dba910");
    assert_eq!(rules.id, "simrecall-1");
    assert_eq!(rules.methods().collect::<Vec<_>>(), ["ars", "sms"]);
    assert_eq!((rules.method("ars"), rules.method("sms")), (Some(MethodNo(0)), Some(MethodNo(1))));
    assert_eq!(rules.grace().to_string(), "10m");
    let (before, after) = rules.loss_reach();
    assert_eq!((before.to_string(), after.to_string()), ("2m".to_owned(), "10m".to_owned()));
    assert_eq!(rules.loss_rule(LossNo(0)).unwrap().leak, [LeakNo(0)]);
    assert_eq!(rules.loss_rule(LossNo(1)).unwrap().leak, [LeakNo(1)]);
}
