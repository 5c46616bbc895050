//! The packs that ship, and those that are refused.

use super::*;

/// A pack with nothing wrong; the cases below spoil it.
const GOOD: &str = r#"id = "xx-law-1"
statute = "xx-law"
title = "A law"
country = "XX"
valid_from = 2026-01-01
zone = "Asia/Seoul"
anchor = "kr.leak_known"
standing = "verified"
source = ["Article 1"]

[[rule]]
id = "XX-1"
duty = "notify"
when = ["leak"]
clock = "kr.leak_known"
period = "72h"
to = "persons"
elements = ["items"]
"#;

#[test]
fn every_pack_that_ships_can_be_read() {
    let packs = PackSet::builtin();
    let ids: Vec<_> = packs.iter().map(|pack| pack.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "eu-611-2013",
            "eu-gdpr",
            "eu-nis2",
            "jp-appi",
            "kr-network-2024",
            "kr-network-2026",
            "kr-pipa-2023",
            "kr-pipa-2026",
            "uk-gdpr",
            "uk-pecr-2013",
            "uk-pecr-2025",
            "us-ca",
            "us-cpni-2007",
            "us-cpni-2023",
        ]
    );
    for pack in &packs {
        assert_eq!(pack.file, format!("{}.toml", pack.id));
        assert!(pack.rules.iter().all(|rule| !rule.source.is_empty()), "{}", pack.id);
    }
}

#[test]
fn a_day_has_at_most_one_version() {
    let packs = PackSet::builtin();
    for statute in packs.statutes() {
        let mut day: chrono::NaiveDate = "2007-01-01".parse().unwrap();
        while day < "2030-01-01".parse().unwrap() {
            let versions = packs.versions(statute).filter(|pack| pack.is_in_force(day)).count();
            assert!(versions <= 1, "{statute} on {day}");
            day = day.succ_opt().unwrap();
        }
    }
}

#[test]
fn pending_is_never_a_version() {
    let packs = PackSet::builtin();
    let day = "2026-10-05".parse().unwrap();
    assert_eq!(packs.version("us-cpni", day).unwrap().id.as_str(), "us-cpni-2007");
    let named = incident(&["us-cpni"]).knew(at("2026-10-05T00:00:00Z"), &[]);
    let shown = clocks(&packs, &named, at("2026-10-06T00:00:00Z"));
    let pending: Vec<_> = shown.iter().filter(|c| c.state == ClockState::Pending).collect();
    assert_eq!(pending.len(), 3);
    assert!(pending.iter().all(|clock| !clock.counts && clock.due.is_none()));
}

#[test]
fn a_file_replaces_a_pack_or_adds_one() {
    let shipped = PackSet::builtin();
    let count = shipped.iter().count();
    let more = shipped.with("xx.toml", GOOD).unwrap();
    assert_eq!(more.iter().count(), count + 1);
    let changed = more.with("yy.toml", &GOOD.replace("72h", "48h")).unwrap();
    assert_eq!(changed.iter().count(), count + 1);
    let id = RuleId::new("XX-1");
    let (pack, rule) = changed.rules(&id).next().unwrap();
    assert_eq!((pack.file.as_str(), rule.period), ("yy.toml", Period::Hours(48)));
}

#[test]
fn an_overlap_is_refused_with_its_line() {
    let packs = PackSet::builtin().with("xx.toml", GOOD).unwrap();
    for (from, to, refused) in [
        ("2027-01-01", None, true),
        ("2025-01-01", None, true),
        ("2025-01-01", Some("2026-01-01"), true),
        ("2025-01-01", Some("2025-12-31"), false),
    ] {
        let to = to.map(|to| format!("\nvalid_to = {to}")).unwrap_or_default();
        let text = GOOD
            .replace("xx-law-1", "xx-law-2")
            .replace("valid_from = 2026-01-01", &format!("valid_from = {from}{to}"));
        let result = packs.clone().with("two.toml", &text);
        assert_eq!(result.is_err(), refused, "{from}");
        if let Err(error) = result {
            assert_eq!(
                error.to_string(),
                "two.toml, line 5: its days overlap those of xx-law-1, another version of the same statute"
            );
        }
    }
}

#[test]
fn each_kind_of_mistake_says_file_line_and_reason() {
    let pending = r#"standing = "pending""#;
    for (good, bad, line, reason) in [
        ("title =", "titel =", 3, "unknown field `titel`"),
        ("elements =", "element =", 18, "unknown field `element`"),
        (
            "\"kr.leak_known\"\nperiod",
            "\"kr.leak\"\nperiod",
            15,
            "not an anchor; one of kr.leak_known",
        ),
        ("[\"items\"]", "[\"item\"]", 18, "not an element; one of items"),
        ("\"notify\"", "\"notice\"", 13, "not a duty; one of notify"),
        ("[\"leak\"]", "[\"leaks\"]", 14, "not a trigger; one of always"),
        ("\"72h\"", "\"72\"", 16, "not a period; such as 72h"),
        ("\"persons\"", "\"authority:\"", 17, "not a recipient; one of persons"),
        ("\"Asia/Seoul\"", "\"Asia/Soul\"", 6, "not a zone; one of Asia/Seoul"),
        ("\"verified\"", "\"sure\"", 8, "not a standing; one of verified"),
        ("= 2026-01-01", "= \"2026-01-01\"", 5, "invalid type"),
        ("= 2026-01-01", "= 2026-01-01T00:00:00Z", 5, "valid_from is not a date"),
        ("valid_from = 2026-01-01", "", 1, "valid_from is missing"),
        ("2026-01-01", "2026-01-01\nvalid_to = 2025-12-31", 6, "valid_to is before valid_from"),
        (
            "\"kr.leak_known\"\nstanding",
            "\"us.le_notified\"\nstanding",
            7,
            "us.le_notified is not a moment",
        ),
        ("xx-law-1", "XX law", 1, "XX law is not a name"),
        ("\"XX-1\"", "\"XX--1\"", 12, "XX--1 is not a name"),
        ("\"A law\"", "\" \"", 3, "title is empty"),
        ("[\"Article 1\"]", "[]", 9, "source is empty"),
        ("[\"leak\"]", "[]", 12, "when is empty"),
        ("\"XX\"", "\"Xx\"", 4, "country is two capital letters"),
        ("\"XX\"", "\"XX\"\nregion = \"YY-1\"", 4, "country is two capital letters"),
        ("standing = \"verified\"", pending, 5, "a pending pack is not in force"),
        ("duty =", "standing = \"pending\"\nduty =", 17, "a pending rule has the period none"),
        ("standing = \"verified\"", "standing = \"unverified\"", 13, "cannot be verified"),
        ("duty =", "after = \"XX-2\"\nduty =", 13, "after names XX-2"),
        ("\"notify\"", "\"post\"", 13, "a posting names its grounds"),
        ("duty =", "days = 30\nduty =", 14, "a posting names its grounds"),
        ("duty =", "grounds = [\"just_cause\"]\nduty =", 14, "a posting names its grounds"),
        ("\"72h\"", "\"7bd\"", 16, "business days need this country's holidays"),
        ("\"XX-1\"", "", 12, ""),
    ] {
        let mut text = GOOD.replacen(good, bad, 1);
        if reason == "cannot be verified" {
            text = text
                .replace("duty =", "standing = \"verified\"\nduty =")
                .replacen("\n\n", "\n\n\n", 1);
        }
        let error = PackSet::builtin().with("bad.toml", &text).unwrap_err();
        let found = error.to_string();
        let place = format!("bad.toml, line {line}: ");
        assert!(found.starts_with(&place) && found.contains(reason), "{bad}: {found}");
    }
}

#[test]
fn a_silence_ends_and_a_rule_is_there_once() {
    let silent = GOOD.replace("\"notify\"", "\"silence\"").replace("\"72h\"", "\"none\"");
    let (empty, rule) = GOOD.split_once("[[rule]]").unwrap();
    for (text, line, reason) in [
        (silent, 16, "a silence needs a period that ends"),
        (format!("{GOOD}\n[[rule]]{rule}"), 21, "XX-1 is there twice"),
        (empty.to_owned(), 1, "it has no rule"),
    ] {
        let found = PackSet::builtin().with("bad.toml", &text).unwrap_err().to_string();
        assert_eq!(found, format!("bad.toml, line {line}: {reason}"));
    }
}

#[test]
fn holidays_of_a_country_can_be_listed() {
    let text =
        GOOD.replace("\"72h\"", "\"2bd\"").replace("source =", "holidays = [2026-10-05]\nsource =");
    let packs = PackSet::builtin().with("xx.toml", &text).unwrap();
    // Friday 2 October: Monday is free, Tuesday and Wednesday are not.
    let known = incident(&["xx-law"]).knew(kst("2026-10-02 12:00"), &[]);
    let all = clocks(&packs, &known, kst("2026-10-02 12:00"));
    assert_eq!(all[0].due, Some(kst("2026-10-08 00:00")));
}

#[test]
fn a_clock_as_json() {
    let clock = incident(&["kr-network"])
        .knew(kst("2025-04-18 23:20"), &[Anchor::KrIncidentKnown])
        .did(Duty::Report, Scope::Incident, kst("2025-04-20 16:46"))
        .the_clock("KR-NET-48-3", kst("2025-04-20 16:46"));
    assert_eq!(
        serde_json::to_string(&clock).unwrap(),
        concat!(
            r#"{"pack":"kr-network-2024","rule":"KR-NET-48-3","duty":"report","standing":"verified","#,
            r#""scope":"incident","anchor":"kr.incident_known","knowledge":1,"counts":true,"#,
            r#""from":"2025-04-18T14:20:00Z","due":"2025-04-19T14:20:00Z","#,
            r#""state":{"state":"late","by":62760,"done":"2025-04-20T07:46:00Z"},"elapsed":149160}"#
        )
    );
}
