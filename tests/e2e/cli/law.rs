//! What the law asks, by when, and what people decide about it: the verbs as they are typed.

use crate::stage::{CODE, Said, Stage, exposure};

impl Stage {
    /// A verb about the incident.
    fn law(&self, verb: &[&str], words: &[&str]) -> Said {
        self.run(&[verb, &["--incident", CODE], words].concat())
    }

    fn fact(&self, words: &[&str]) -> Said {
        let usual = ["--what", "a server was read", "--who", "network team", "--by", "security"];
        self.law(&["incident", "fact", "add"], &[&usual[..], words].concat())
    }
}

fn with_legal() -> Stage {
    let stage = Stage::opened();
    stage.add_staff("legal", &["--by", "security"]).with(0);
    stage
}

#[test]
fn clocks_are_listed_soonest_first_with_what_counts_and_what_would() {
    let stage = with_legal();
    let said = stage.law(&["clock", "list"], &[]).with(0).out;
    assert!(said.starts_with("HB-2025-09 · as of "), "{said}");
    let place = |words: &str| said.find(words).unwrap_or_else(|| panic!("no {words:?} in {said}"));
    let report = place("report to MSIT or KISA, 24h");
    let notice = place("notice to each person, 72h");
    assert!(report < notice && notice < place("If counsel chose another time"), "{said}");
    place("due 2025-09-02 10:00 +09:00  LATE by ");
    place("from 2: due 2025-09-06 03:00 +09:00");
    place("waits for privacy or legal: kr.leak_known from knowledge time 3");
    assert!(!said.contains("eu.aware"), "not this carrier's law: {said}");
    let json = stage.law(&["clock", "list"], &["--json"]).with(0).json();
    let first = &json["clocks"][0];
    assert_eq!(first["rule"], "KR-NET-48-3");
    assert_eq!(first["due"], "2025-09-02T10:00:00+09:00");
    assert_eq!((&first["state"], &first["counts"]), (&"late".into(), &true.into()));
    assert!(json["otherwise"].as_array().unwrap().len() > 3, "{json}");
}

#[test]
fn a_later_time_counts_once_two_roles_chose_it() {
    let stage = with_legal();
    let chosen = |by| {
        let words = ["--anchor", "kr.incident_known", "--knowledge", "3", "--reason", "found then"];
        stage.law(&["clock", "select"], &[&words[..], &["--by", by]].concat())
    };
    chosen("security").with(1).complains(&["may not do this"]);
    let one = chosen("legal").with(0).out;
    assert!(one.starts_with("once somebody of privacy gives the same command: "), "{one}");
    chosen("legal").with(1).complains(&["legal has agreed to this already", "hint: somebody else"]);
    let two = chosen("privacy").with(0).out;
    assert!(two.starts_with("kr.incident_known counts from knowledge time 3\n"), "{two}");
    assert!(two.contains("due 2025-09-12 09:00 +09:00"), "{two}");
    let shown = stage.run(&["incident", "show", CODE]).with(0).out;
    assert!(shown.contains("· selected for kr.incident_known\n"), "{shown}");
}

#[test]
fn a_choice_names_what_is_there() {
    let stage = with_legal();
    let select = |anchor: &str, no: &str| {
        let words = ["--anchor", anchor, "--knowledge", no, "--reason", "so", "--by", "legal"];
        stage.law(&["clock", "select"], &words).with(1)
    };
    select("kr.leak", "1").complains(&["kr.leak is no anchor", "kr.leak_known", "law show"]);
    select("kr.leak_known", "9")
        .complains(&["HB-2025-09 has no knowledge time 9", "incident show"]);
    select("us.le_notified", "1")
        .complains(&["knowledge time 1 is no candidate for us.le_notified"]);
    let said = stage.law(
        &["clock", "select"],
        &["--anchor", "kr.leak_known", "--knowledge", "1", "--reason", " ", "--by", "legal"],
    );
    said.with(1).complains(&["--reason says nothing", "hint: "]);
}

#[test]
fn a_fact_says_which_clocks_it_starts() {
    let stage = with_legal();
    let new = ["--at", "2025-09-18T10:00+09:00", "--evidence", "report 2"];
    let said = stage.fact(&[&new[..], &["--anchor", "kr.new_fact_confirmed"]].concat()).with(0).out;
    assert!(said.starts_with("knowledge time 4\n starts: new fact to MSIT or KISA, 24h"), "{said}");
    assert!(said.contains("due 2025-09-19 10:00 +09:00"), "{said}");
    let json = stage.fact(&[&new[..], &["--json"]].concat()).with(0).json();
    assert_eq!(json["knowledge"]["no"], 5);
    assert_eq!(json["starts"].as_array().unwrap().len(), 0, "the earliest counts: {json}");
    assert!(!json["candidate_for"].as_array().unwrap().is_empty(), "{json}");
    let shown = stage.run(&["incident", "show", CODE, "--json"]).with(0).json();
    assert_eq!(shown["knowledge"][3]["who"], "network team");
}

#[test]
fn a_fact_that_cannot_be_is_refused() {
    let stage = Stage::opened();
    let evidence = ["--evidence", "report 2"];
    let at = |time| stage.fact(&[&["--at", time], &evidence[..]].concat());
    at("2099-01-01T00:00+09:00").with(1).complains(&["has not come yet", "hint: it is "]);
    at("1925-09-05T03:00+09:00").with(1).complains(&["is before the year 2000", "hint: "]);
    at("2025-09-05 03:00").with(2);
    at("2025-09-05T03:00").with(2);
    let now = ["--at", "2025-09-18T10:00+09:00"];
    let said = stage.fact(&[&now[..], &["--evidence", " "]].concat()).with(1);
    said.complains(&["--evidence says nothing", "hint: name what shows it"]);
    stage.fact(&now).with(2);
    let said = stage.fact(&[&now[..], &evidence, &["--anchor", "kr.leak_known,tomorrow"]].concat());
    said.with(1).complains(&["tomorrow is no anchor", "one of kr.leak_known, ", "hint: "]);
    let said = stage.fact(&[&now[..], &evidence, &["--revision", "2"]].concat()).with(1);
    said.complains(&["HB-2025-09 has no revision 2"]);
    let words = ["incident", "fact", "add", "--incident", CODE, "--what", "x", "--who", "y"];
    let by = ["--by", "messaging"];
    let said = stage.run(&[&words[..], &now, &evidence, &by].concat()).with(1);
    said.complains(&["messaging (messaging) may not do this"]);
}

#[test]
fn an_excuse_and_an_act_need_a_rule_that_is_there() {
    let stage = with_legal();
    let excuse = |rule: &str, by: &str| {
        let words = ["--rule", rule, "--reason", "cells are blocked", "--by", by];
        stage.law(&["clock", "excuse"], &words)
    };
    excuse("KR-PIPA-34", "legal").with(1).complains(&["KR-PIPA-34 is no rule of HB-2025-09"]);
    excuse("KR-NET-48-3", "legal").with(1).complains(&["KR-NET-48-3 knows no excuse", "law show"]);
    excuse("KR-PIPA-34-1", "legal").with(0);
    let said = excuse("KR-PIPA-34-1", "privacy").with(0).out;
    assert!(said.starts_with("KR-PIPA-34-1, incident, is excused\n"), "{said}");
    assert!(said.contains("excused while the obstacle lasts"), "{said}");
    let act = ["--rule", "KR-NET-48-3", "--at", "2025-09-02T09:00+09:00", "--what", "by telephone"];
    let said =
        stage.law(&["clock", "done"], &[&act[..], &["--by", "privacy"]].concat()).with(0).out;
    assert!(said.contains("met, 1 h to spare"), "{said}");
    let bad = [&act[..], &["--scope", "second", "--by", "privacy"]].concat();
    stage.law(&["clock", "done"], &bad).with(1).complains(&["second is no scope", "hint: "]);
}

#[test]
fn what_nobody_can_count_is_said_by_people() {
    let stage = with_legal();
    let said = |trigger: &str, holds: &str, by: &str| {
        let words = ["--trigger", trigger, "--holds", holds, "--at", "2025-09-11T09:00+09:00"];
        let why = ["--who", "network team", "--why", "report 2", "--by", by];
        stage.law(&["incident", "determine"], &[&words[..], &why].concat())
    };
    said("persons_over:3", "no", "legal").with(1).complains(&["is nothing people determine"]);
    said("intrusion", "no", "security").with(1).complains(&["may not do this"]);
    let one = said("intrusion", "no", "legal").with(0).out;
    assert!(one.contains("once somebody of privacy"), "{one}");
    let two = said("intrusion", "no", "privacy").with(0).out;
    assert!(two.starts_with("intrusion does not hold\n") && !two.contains("MSIT"), "{two}");
    let back = said("intrusion", "yes", "security").with(0).out;
    assert!(back.starts_with("intrusion holds\n") && back.contains("MSIT"), "{back}");
}

#[test]
fn what_is_held_takes_two_to_let_go() {
    let stage = with_legal();
    let none = stage.law(&["preserve", "list"], &[]).with(0).out;
    assert!(none.starts_with("no hold"), "{none}");
    let add = ["--reason", "order of the ministry", "--by", "legal"];
    let held = stage.law(&["preserve", "add"], &add).with(0).out;
    assert!(held.starts_with("HB-2025-09 is held (1): nothing of it is erased\n"), "{held}");
    let release = |no: &str, by: &str| {
        stage.law(&["preserve", "release", no], &["--reason", "lifted", "--by", by])
    };
    release("7", "legal").with(1).complains(&["HB-2025-09 has no hold 7", "preserve list"]);
    release("1", "messaging").with(1).complains(&["may not do this"]);
    release("1", "legal").with(0);
    let shown = stage.run(&["incident", "show", CODE]).with(0).out;
    assert!(shown.contains("by 1: nothing is erased"), "{shown}");
    let said = release("1", "privacy").with(0).out;
    assert!(said.starts_with("hold 1 is released\n"), "{said}");
    release("1", "privacy").with(1).complains(&["hold 1 was released already"]);
    let json = stage.law(&["preserve", "list"], &["--json"]).with(0).json();
    assert_eq!(json[0]["release_reason"], "lifted");
}

#[test]
fn the_law_is_shown_by_pack_and_by_day() {
    let stage = Stage::opened();
    let all = stage.run(&["law", "show"]).with(0).out;
    for words in ["kr-pipa-2026 · known from 2026-09-11 on · text read", "pending: not in force"]
    {
        assert!(all.contains(words), "no {words:?} in {all}");
    }
    let then = stage.run(&["law", "show", "--pack", "kr-pipa", "--on", "2025-09-11"]).with(0).out;
    assert!(then.contains("kr-pipa-2023") && !then.contains("kr-pipa-2026"), "{then}");
    let json = stage.run(&["law", "show", "--pack", "kr-pipa-2026", "--json"]).with(0).json();
    assert_eq!(json["packs"][0]["rules"][0]["period"], "72h");
    assert_eq!(json["binding"][0], "kr-network");
    let said = stage.run(&["law", "show", "--pack", "kr-post"]).with(1);
    said.complains(&["no rule pack or statute is called kr-post", "kr-pipa-2026", "hint: "]);
}

#[test]
fn a_bad_pack_names_file_line_and_reason() {
    let stage = Stage::empty();
    stage.run(&["init"]).with(0);
    stage.write("smsc.password", "s3cret\n");
    stage.configure("# packs = \"law\"", "packs = \"law\"");
    let said = stage.run(&["config", "check"]).with(1);
    said.complains(&["law cannot be used", "hint: [law] packs names a folder"]);
    std::fs::create_dir(stage.path("law")).unwrap();
    stage.run(&["config", "check"]).with(0);
    let pack = "id = \"own\"\nstatute = \"own\"\ntitle = \"Own\"\nanchor = \"kr.leak\"\n";
    stage.write("law/own.toml", pack);
    let said = stage.run(&["config", "check"]).with(1);
    said.complains(&[
        "a rule pack cannot be used",
        "law/own.toml, line 4: not an anchor",
        "hint: ",
    ]);
    std::fs::remove_file(stage.path("law/own.toml")).unwrap();
    stage.configure("\"kr-network\"]", "\"kr-post\"]");
    let said = stage.run(&["config", "check"]).with(1);
    said.complains(&["[law] statutes: kr-post has no rule pack; there are ", "hint: "]);
}

#[test]
fn an_incident_names_statutes_there_are() {
    let stage = Stage::opened();
    let text = stage.read("incident.toml").replace(CODE, "HB-2");
    let named = |statutes: &str| {
        let with =
            text.replacen("compromised", &format!("statutes = [{statutes}]\ncompromised"), 1);
        let file = stage.write("other.toml", with);
        stage.run(&["incident", "open", &file, "--by", "security"])
    };
    named("\"kr-post\"")
        .with(1)
        .complains(&["other.toml is not understood", "kr-post has no rule pack"]);
    let said = named("\"eu-gdpr\"").with(0).out;
    assert!(said.contains(" law             eu-gdpr\n"), "{said}");
    let list = stage.run(&["clock", "list", "--incident", "HB-2"]).with(0).out;
    assert!(list.contains("EU-GDPR-33") && !list.contains("KR-"), "{list}");
}

#[test]
fn a_later_revision_starts_its_own_clock() {
    let stage = Stage::ready();
    stage.import(exposure(1..=5), &[]).with(0);
    let known = ["--expect-change", "--known-at", "2025-09-18T09:00+09:00"];
    let more = [&known[..], &["--known-what", "seven more lines"]].concat();
    stage.import(exposure(1..=12), &more).with(0);
    let said = stage.law(&["clock", "list"], &[]).with(0).out;
    assert!(said.contains("notice to each person, 72h (r1)"), "{said}");
    assert!(said.contains("notice to each person, 72h (r2)"), "{said}");
    assert!(said.contains("due 2025-09-21 09:00 +09:00"), "{said}");
    let shown = stage.run(&["incident", "show", CODE]).with(0).out;
    assert!(shown.contains("seven more lines (list: exposure.csv, sha256 "), "{shown}");
    let again = stage.import(exposure(1..=6), &known).with(1);
    again.complains(&["the list adds nothing, so no clock starts from it", "hint: "]);
    stage.import(exposure(1..=6), &["--expect-change", "--known-what", "x"]).with(2);
}
