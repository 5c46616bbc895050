//! Staff and terminals as they are typed: who expects, who admits, who comes to work and leaves, honey and alarms.

use serde_json::{Value, json};
use simrecall_engine::{Clock, Home};
use simrecall_tests::office::{Office, PROXY, SECTION, SITE};

use crate::stage::{CODE, Said, Stage};
use crate::surface::{bring_key, browser, serve_staff};

const AGENCIES: &str = "code,name,kind,region,address,desks,opens,closes,weekdays
JONGNO,종로점,shop,seoul,서울 종로구 종로 1,2,00:00,24:00,mon-sun
";

/// A home with staff's page in its configuration, one agency, and the roles that matter here.
fn stage() -> Stage {
    let stage = Stage::opened();
    stage.add_staff("legal", &["--by", "security"]).with(0);
    stage.configure("[store]", &format!("{SECTION}{PROXY}\n[store]"));
    let list = stage.write("agencies.csv", AGENCIES);
    stage.run(&["agency", "import", &list, "--by", "security"]).with(0);
    stage
}

fn json(said: Said) -> Value {
    said.with(0).json()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

#[test]
fn a_terminal_is_expected_by_one_and_admitted_by_another() {
    let stage = stage();
    let enrol = |place: &[&str], by: &str| {
        let words = [&["terminal", "enrol"][..], place, &["--by", by]].concat();
        stage.run(&words)
    };
    assert_eq!(stage.run(&["terminal", "list"]).with(0).out, "no terminal yet\n");
    enrol(&["--agency", "NOWHERE"], "security").with(1).complains(&["NOWHERE"]);
    enrol(&["--agency", "JONGNO"], "messaging").with(1).complains(&["may not do this"]);
    enrol(&["--agency", "JONGNO", "--network", "shop"], "security")
        .with(1)
        .complains(&["\"shop\" is no network", "hint: write 203.0.113.7 or 203.0.113.0/24"]);
    enrol(&[], "security").with(2);
    let said = enrol(&["--agency", "JONGNO", "--network", "127.0.0.1"], "security").with(0).out;
    for word in ["terminal", "code", "until"] {
        assert!(said.contains(word), "{said}");
    }
    let enrolled = json(enrol(&["--agency", "JONGNO", "--json"], "security"));
    let terminal = text(&enrolled, "terminal");
    let mut surface = serve_staff(stage.command(&[]));
    let home = Home::open(&stage.path(""), Clock::machine()).unwrap();
    let office = Office::at(&home, surface.listen).unwrap();
    let mut desk = browser(SITE);
    assert_eq!(bring_key(&office, &mut desk, &json!("no such code"))["code"], "terminal_code");
    let shown = bring_key(&office, &mut desk, &enrolled["code"]);
    assert_eq!(shown["state"], "pending", "{shown}");
    let thumbprint = text(&shown, "thumbprint");
    let admit =
        |print: &str, by: &str| stage.run(&["terminal", "admit", &terminal, print, "--by", by]);
    // One that begins with a hyphen is a thumbprint like any other.
    for wrong in ["-wrong", "wrong"] {
        admit(wrong, "privacy").with(1).complains(&["the terminal's key is not called so"]);
    }
    admit(&thumbprint, "security")
        .with(1)
        .complains(&["whoever expected a terminal does not admit it", "ask somebody else"]);
    admit(&thumbprint, "messaging").with(1).complains(&["may not do this"]);
    let (first, rest) = thumbprint.split_at(4);
    let admitted = admit(&format!("{first} {rest}"), "privacy").with(0).out;
    assert_eq!(admitted, format!("staff may work at {terminal}\n"));
    admit(&thumbprint, "privacy").with(1).complains(&["is not where that can be done"]);
    let listed = stage.run(&["terminal", "list"]).with(0).out;
    let row = listed.lines().find(|line| line.contains(&terminal)).unwrap();
    assert!(row.contains("on") && row.contains("JONGNO") && row.contains(&thumbprint), "{row}");
    let off = stage.run(&["terminal", "off", &terminal, "--by", "privacy"]).with(0).out;
    assert_eq!(off, format!("{terminal} is off\n"));
    stage.run(&["terminal", "off", &terminal, "--by", "privacy"]).with(1);
    assert_eq!(surface.program.stop("-INT"), Some(0));
}

#[test]
fn staff_come_to_work_and_leave() {
    let stage = stage();
    let add = ["staff", "add", "clerk", "--role", "clerk", "--by", "security"];
    let added = stage.run(&add).with(0).out;
    assert!(added.contains("key none") && added.contains("passkeys 0"), "{added}");
    stage.run(&add).with(1);
    let by = |words: &[&str], names: &[&str]| {
        let mut all = words.to_vec();
        for name in names {
            all.extend(["--by", name]);
        }
        stage.run(&all)
    };
    by(&["staff", "post", "clerk", "--agency", "NOWHERE"], &["security"]).with(1);
    by(&["staff", "post", "clerk", "--agency", "JONGNO"], &["messaging"]).with(1);
    let posted = by(&["staff", "post", "clerk", "--agency", "JONGNO"], &["security"]).with(0).out;
    assert_eq!(posted, "clerk works at JONGNO\n");
    // One is enough for a clerk's first passkey, two of different roles for anybody else's.
    let invited = by(&["staff", "invite", "clerk"], &["security"]).with(0).out;
    for word in ["clerk", "code", "until", "passkeys ended"] {
        assert!(invited.contains(word), "{invited}");
    }
    let two = "this takes two people of different roles";
    by(&["staff", "invite", "privacy"], &["security"]).with(1).complains(&[two]);
    by(&["staff", "invite", "privacy"], &["security", "security"]).with(1);
    by(&["staff", "invite", "privacy"], &["security", "privacy"]).with(1);
    by(&["staff", "invite", "privacy"], &["security", "legal"]).with(0);
    by(&["staff", "invite", "clerk", "--lost"], &["security"]).with(1).complains(&[two]);
    by(&["staff", "invite", "nobody"], &["security"]).with(1);
    by(&["staff", "invite", "clerk"], &[]).with(2);
    // There is one door for what clerks do.
    let open = ["case", "open", "--number", "010-1000-0001", "--incident", CODE];
    by(&open, &["clerk"]).with(1).complains(&["clerk works at a terminal"]);
    by(&["staff", "revoke", "clerk"], &["messaging"]).with(1).complains(&["may not do this"]);
    let revoked = by(&["staff", "revoke", "clerk"], &["privacy"]).with(0).out;
    assert_eq!(revoked, "clerk works here no more\n");
    by(&["staff", "invite", "clerk"], &["security"]).with(1);
    let listed = stage.run(&["staff", "list"]).with(0).out;
    assert!(listed.contains("security"), "{listed}");
}

#[test]
fn honey_rings_and_somebody_else_closes_the_alarm() {
    let stage = stage();
    assert_eq!(stage.run(&["alarm", "list"]).with(0).out, "nothing rings\n");
    let add = |words: &[&str], by: &str| {
        stage.run(&[&["honey", "add"][..], words, &["--by", by]].concat())
    };
    add(&["--number", "010-9999-0001"], "messaging").with(1).complains(&["may not do this"]);
    let laid = add(&["--number", "010-9999-0001", "--codes", "2"], "security").with(0).out;
    assert!(laid.contains("3 are laid out"), "{laid}");
    assert_eq!(laid.matches("code").count(), 2, "{laid}");
    let again = add(&["--number", "010-9999-0001"], "security").with(0).out;
    assert!(again.contains("0 are laid out") && again.contains("were there"), "{again}");
    // Somebody of the staff names it where nobody has a reason to.
    stage.run(&["case", "clear", "--number", "010-9999-0001", "--by", "security"]).with(1);
    let rows = json(stage.run(&["alarm", "list", "--json"]));
    let rings = rows.as_array().unwrap();
    assert_eq!(rings.len(), 1, "{rows}");
    let alarm = text(&rings[0], "id");
    let said = stage.run(&["alarm", "list"]).with(0).out;
    assert!(said.contains("honey") && said.contains("security at centre"), "{said}");
    assert!(!said.contains("9999"), "{said}");
    let close = |by: &str| stage.run(&["alarm", "close", &alarm, "--by", by]);
    close("security").with(1).complains(&["whom an alarm is about does not close it"]);
    close("messaging").with(1).complains(&["may not do this"]);
    assert!(close("privacy").with(0).out.contains("closed"));
    close("privacy").with(1);
    stage.run(&["alarm", "close", "no such", "--by", "privacy"]).with(1);
    assert_eq!(stage.run(&["alarm", "list"]).with(0).out, "nothing rings\n");
    assert!(stage.run(&["alarm", "list", "--all"]).with(0).out.contains(&alarm));
}
