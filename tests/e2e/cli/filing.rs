//! Reports to authorities, as they are typed.

use crate::stage::{CODE, Said, Stage, exposure};

/// Typed at any time, the incident of 2025 is long overdue.
const WHY: [&str; 2] = ["--late-reason", "this is an exercise long after"];

impl Stage {
    fn render(&self, kind: &str, more: &[&str]) -> Said {
        let words = ["filing", "render", kind, "--incident", CODE, "--by", "privacy"];
        self.run(&[&words[..], more].concat())
    }

    fn submit(&self, number: &str, more: &[&str]) -> Said {
        let words = ["filing", "submit", number, "--by", "privacy"];
        self.run(&[&words[..], more].concat())
    }
}

/// A moment that is typed with seconds: what a command does now is submitted now.
fn now() -> String {
    simrecall_engine::Clock::machine().now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[test]
fn a_report_is_rendered_submitted_and_acknowledged() {
    let stage = Stage::ready();
    stage.import(exposure(1..=10), &[]).with(0);
    let said = stage.render("pipc_leak", &[]).with(0).out;
    let first = "HB-2025-09/pipc_leak/1";
    assert!(said.starts_with(&format!("{first} is rendered, as of 20")), "{said}");
    assert!(
        said.contains("LATE") && said.contains("KR-PIPA-34-4 (incident) was due 2025-"),
        "{said}"
    );
    assert!(said.contains("--late-reason WHY"), "{said}");
    let text = stage.read("filings/HB-2025-09-pipc_leak-1.txt");
    assert!(
        text.starts_with("개인정보 유출등 신고서\n\n문서번호: HB-2025-09/pipc_leak/1\n"),
        "{text}"
    );
    assert!(text.contains("회선 10개, 정보주체 10명") && !text.contains("1000-00"), "{text}");
    assert!(stage.read("filings/HB-2025-09-pipc_leak-1.html").starts_with("<!doctype html>"));

    let at = now();
    let late = stage.submit(first, &["--at", &at, "--channel", "web"]).with(1);
    late.complains(&[
        "HB-2025-09/pipc_leak/1 is late and does not say why; nothing was recorded",
        "  KR-PIPA-34-4 (incident) was due 2025-",
        "hint: render it again with --late-reason",
    ]);
    let why = stage.render("pipc_leak", &[&WHY[..], &["--json"]].concat()).with(0).json();
    assert_eq!(why["number"], "HB-2025-09/pipc_leak/2");
    let second = "HB-2025-09/pipc_leak/2";
    let at = now();
    let done = stage.submit(second, &["--at", &at, "--channel", "web"]).with(0).out;
    assert!(done.starts_with(&format!("{second}  submitted, as of ")), "{done}");
    assert!(done.contains("report to PIPC or KISA, 72h") && done.contains("LATE by "), "{done}");
    let words = ["filing", "acknowledge", second, "--receipt", "PIPC-2026-17", "--by", "privacy"];
    let at = now();
    stage.run(&[&words[..], &["--at", &at]].concat()).with(0);
    let again = stage.run(&[&words[..], &["--at", &at]].concat()).with(1);
    again.complains(&["HB-2025-09/pipc_leak/2 is acknowledged already", "hint: "]);
    let list = stage.run(&["filing", "list", "--incident", CODE]).with(0).out;
    assert!(list.contains("pipc_leak/1  draft") && list.contains("PIPC-2026-17, 20"), "{list}");
    let next = stage.render("pipc_leak", &["--json"]).with(0).json();
    assert_eq!(next["supplement_of"], second);
    let shown = stage.run(&["filing", "show", "HB-2025-09/pipc_leak/3"]).with(0).out;
    assert!(
        shown.contains("구분: 추가 신고 제1차 (앞선 신고 HB-2025-09/pipc_leak/2의 보완)"),
        "{shown}"
    );
    stage.run(&["verify"]).with(0);
}

#[test]
fn the_same_instant_is_the_same_report() {
    let stage = Stage::opened();
    let one = stage.render("kisa_incident", &["--json"]).with(0).json();
    let instant = one["as_of"].as_str().unwrap().to_owned();
    let two = stage.render("kisa_incident", &["--json", "--as-of", &instant]).with(0).json();
    assert_eq!((&two["number"], &two["no_change"]), (&one["number"], &true.into()));
    let said = stage.render("kisa_incident", &["--as-of", &instant]).with(0).out;
    assert!(said.contains("says the same as before: no change"), "{said}");
}

#[test]
fn what_is_wrong_is_said() {
    let stage = Stage::opened();
    stage.render("nis2", &[]).with(1).complains(&[
        "nis2 is no kind of filing",
        "gdpr_33",
        "clock done",
    ]);
    let by = ["filing", "render", "pipc_leak", "--incident", CODE, "--by", "security"];
    stage.run(&by).with(1).complains(&["security (security) may not do this"]);
    stage
        .render("pipc_leak", &["--as-of", "2099-01-01T00:00+00:00"])
        .with(1)
        .complains(&["has not come yet"]);
    let early = stage.render("pipc_leak", &["--as-of", "2025-01-01T00:00+00:00"]).with(1);
    early.complains(&["HB-2025-09 was not on record at 2025-01-01 09:00 +09:00"]);
    stage
        .render("pipc_leak", &["--late-reason", " "])
        .with(1)
        .complains(&["--late-reason says nothing"]);
    let at = now();
    let when = ["--at", at.as_str(), "--channel", "web"];
    stage.submit("pipc_leak/1", &when).with(1).complains(&["is not the number of a filing"]);
    stage.submit("HB-2025-09/pipc_leak/1", &when).with(1).complains(&[
        "there is no filing HB-2025-09/pipc_leak/1",
        "hint: see: simrecall filing list",
    ]);
    stage.render("pipc_leak", &WHY).with(0);
    let number = "HB-2025-09/pipc_leak/1";
    let wrong = |more: &[&str]| stage.submit(number, more).with(1);
    wrong(&["--at", &now(), "--channel", "pigeon"]).complains(&["pigeon is no way to submit"]);
    wrong(&["--at", &now(), "--channel", "phone"]).complains(&[
        "KR-PIPA-34-4 takes no report by phone",
        "hint: it takes: web, mail, fax, letter",
    ]);
    wrong(&["--at", "2025-09-12T00:00+00:00", "--channel", "web"])
        .complains(&["HB-2025-09/pipc_leak/1 was rendered at ", "clock done"]);
    stage.configure("organisation = \"한빛모바일 주식회사\"", "organisation = \"\"");
    let bare = stage.render("pipc_leak", &WHY).with(0).out;
    assert!(bare.contains("LACKS           organisation of who reports"), "{bare}");
    let lacks =
        stage.submit("HB-2025-09/pipc_leak/2", &["--at", &now(), "--channel", "web"]).with(1);
    lacks.complains(&[
        "lacks what it must say; nothing was recorded",
        "  organisation of who reports",
    ]);
    let empty = Stage::opened();
    let none = empty.run(&["filing", "list", "--incident", CODE]).with(0).out;
    assert!(none.starts_with("HB-2025-09 has no filing"), "{none}");
}
