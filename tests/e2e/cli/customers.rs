//! What customers ask for on the page, and what staff type about it: `serve`, `claim`, `case`, `protection`, the inbox of
//! fakes, a channel that is named later.

use serde_json::json;

use crate::page::{Page, serve, with_portal};
use crate::sandbox::{Sandbox, sandbox};
use crate::stage::{CODE, Said, Stage, exposure, number};

const IMEI: &str = "490154203237518";

/// A home whose first list was released, a network that keeps mails, and the page.
pub(crate) fn open() -> (Stage, Sandbox, Page) {
    let stage = Stage::ready();
    let network = sandbox(&stage);
    with_portal(&stage);
    stage.import(exposure(1..=10), &[]).with(0);
    stage.run(&["wave", "plan", "--incident", CODE, "--by", "messaging"]).with(0);
    for name in ["security", "privacy"] {
        let key = stage.text_path(&format!("{name}.key"));
        stage.run(&["wave", "approve", "1", "--as", name, "--key", &key]).with(0);
    }
    stage.run(&["wave", "release", "1", "--by", "messaging"]).with(0);
    let page = serve(&stage);
    (stage, network, page)
}

pub(crate) fn about(stage: &Stage, words: &[&str]) -> Said {
    stage.run(&[words, &["--incident", CODE]].concat())
}

#[test]
fn the_new_verbs_say_what_they_are_for() {
    let stage = Stage::empty();
    let verbs: [(&[&str], &[&str]); 36] = [
        (&["claim", "list"], &["--incident", "--by"]),
        (&["claim", "show"], &["<CLAIM>", "--incident", "--by"]),
        (&["claim", "take"], &["<CLAIM>", "--incident", "--by"]),
        (&["claim", "decide"], &["<CLAIM>", "<VERDICT>", "--won", "--reason", "--by"]),
        (&["claim", "import"], &["<FILE>", "--incident", "--by"]),
        (&["claim", "schedule"], &["--incident", "--again", "--by"]),
        (&["claim", "export"], &["<FILE>", "--pay-on", "--to", "--by"]),
        (&["claim", "paid"], &["<FILE>", "--incident", "--by"]),
        (&["claim", "waive"], &["<CLAIM>", "--incident", "--by"]),
        (&["benefit", "list"], &["--incident", "--by"]),
        (&["benefit", "export"], &["<FILE>", "--to", "--again", "--by"]),
        (&["agency", "import"], &["<FILE>", "--by"]),
        (
            &["stock", "import"],
            &["<BATCH>", "--agency", "--lot", "--expected", "--identity", "--by"],
        ),
        (&["stock", "receive"], &["<LOT>", "--missing", "--by"]),
        (&["case", "list"], &["--incident", "--state"]),
        (&["case", "show"], &["<CASE>", "--incident", "--by"]),
        (&["case", "book"], &["<CASE>", "--agency", "--day", "--hour", "--by"]),
        (&["case", "verify"], &["<CASE>", "--shown", "--code", "--by"]),
        (&["case", "want-parcel"], &["<CASE>", "--incident", "--by"]),
        (&["case", "no-parcel"], &["<CASE>", "--incident", "--by"]),
        (&["case", "ship"], &["--limit", "--by"]),
        (&["case", "parcels"], &["<FILE>", "--by"]),
        (&["swap", "run"], &["--parcels", "--no-wait", "--incident", "--by"]),
        (&["protection", "show"], &["--number", "--incident", "--by"]),
        (&["protection", "confirm"], &["--number", "--imei", "--by"]),
        (&["protection", "bind"], &["--number", "--imei", "--by"]),
        (&["protection", "unbind"], &["--number", "--by"]),
        (&["protection", "block-payments"], &["--revision", "--incident", "--by"]),
        (&["protection", "release-payments"], &["--ended", "--all", "--incident", "--by"]),
        (&["case", "import-completed"], &["<FILE>", "--incident", "--by"]),
        (&["orders", "send"], &["--follow"]),
        (&["orders", "list"], &[]),
        (&["orders", "retry"], &["[ORDER]", "--kind", "--since", "--by"]),
        (&["fake", "reports"], &["--by"]),
        (&["fake", "accept"], &["<REPORT>", "--dismiss", "--by"]),
        (&["incident", "compromise"], &["--channel", "--why", "--by"]),
    ];
    for (verb, options) in verbs {
        let help = stage.run(&[verb, &["--help"]].concat()).with(0);
        for option in options {
            assert!(help.out.contains(option), "{verb:?}: {}", help.out);
        }
        assert_eq!(help.err, "");
        stage.run(&[verb, &["--nonsense"]].concat()).with(2);
    }
    let help = stage.run(&["serve", "--help"]).with(0).out;
    assert!(
        help.contains("--listen <ADDRESS>") && help.contains("--ops-listen <ADDRESS>"),
        "{help}"
    );
    let help = stage.run(&["--help"]).with(0).out;
    for verb in
        ["serve", "claim", "benefit", "agency", "stock", "case", "protection", "orders", "fake"]
    {
        assert!(help.contains(&format!("\n  {verb} ")), "{verb}: {help}");
    }
}

#[test]
fn a_page_is_served_until_ctrl_c_and_never_in_the_open() {
    let stage = Stage::opened();
    stage
        .run(&["serve"])
        .with(1)
        .complains(&["simrecall.toml has no [portal]", "hint: add [portal]"]);
    with_portal(&stage);
    let said =
        stage.run(&["serve", "--listen", "0.0.0.0:0", "--ops-listen", "127.0.0.1:0"]).with(1);
    said.complains(&["can be reached from other machines", "hint: give tls_cert"]);
    let said =
        stage.run(&["serve", "--listen", "127.0.0.1:0", "--ops-listen", "0.0.0.0:0"]).with(1);
    said.complains(&["figures are for this one"]);
    stage.run(&["serve", "--listen", "here"]).with(2);

    let page = serve(&stage);
    assert!(page.url.starts_with("http://public.localhost:"), "{}", page.url);
    let start = page.get("/ko/");
    assert_eq!(start.status, 200, "{start:?}");
    assert!(start.head.contains("content-security-policy: default-src 'none'"), "{start:?}");
    let taken = stage.run(&["serve", "--listen", &page.address, "--ops-listen", "127.0.0.1:0"]);
    taken
        .with(1)
        .complains(&["cannot listen on 127.0.0.1:", "hint: another program may use the port"]);
    let ready = page.ask(&page.ops, "GET", "/readyz", "");
    assert_eq!((ready.status, ready.body.trim()), (200, "ready"));
    page.stop().with(0);
}

#[test]
fn a_claim_goes_from_the_page_to_a_desk() {
    let (stage, _network, page) = open();
    assert_eq!(
        about(&stage, &["claim", "list", "--by", "privacy"]).with(0).out,
        "none waits for us\n"
    );
    let line = page.prove(&stage, 1);
    let claim = json!({ "line": line, "day": "2025-09-03", "amount": "49500", "merchant": "게임나라", "note": "두 번" });
    let id = page.post("/api/v1/claims", &claim).json()["id"].as_str().unwrap().to_owned();
    let draft = about(&stage, &["claim", "show", &id, "--by", "privacy"]).with(1);
    draft.complains(&["there is no such claim", "hint: claim list shows those that wait"]);
    page.post("/api/v1/claims/submit", &json!({ "id": id }));

    let listed = about(&stage, &["claim", "list", "--by", "privacy"]).with(0).out;
    assert!(listed.starts_with(&format!("{id}  loss  submitted  since ")), "{listed}");
    assert!(!listed.contains("게임나라"), "a list opens nothing");
    let refused = about(&stage, &["claim", "list", "--by", "messaging"]).with(1);
    refused.complains(&["messaging (messaging) may not do this", "OPERATIONS.md, roles"]);
    let shown = about(&stage, &["claim", "show", &id, "--by", "privacy"]).with(0).out;
    assert!(shown.contains("49,500 won on 2025-09-03") && shown.contains("게임나라"), "{shown}");
    let taken = about(&stage, &["claim", "take", &id, "--by", "privacy", "--json"]).with(0).json();
    assert_eq!(
        (&taken["state"], &taken["amount_won"]),
        (&"under_review".into(), &49_500.into()),
        "{taken}"
    );
    let twice = about(&stage, &["claim", "take", &id, "--by", "privacy"]).with(1);
    twice.complains(&["a claim that is under_review cannot be taken"]);
    assert_eq!(page.get("/api/v1/claims").json()[0]["state"], "under_review");
    let unknown = about(&stage, &["claim", "show", "12", "--by", "privacy"]).with(1);
    unknown.complains(&["there is no such claim"]);

    let decide = |words: &[&str]| {
        about(&stage, &[&["claim", "decide", &id], words, &["--by", "privacy"]].concat())
    };
    decide(&["part", "--reason", "one_was_theirs"]).with(2);
    decide(&["reject"]).with(2);
    decide(&["reject", "--reason", "Hong Gildong"]).with(2);
    decide(&["approve", "--won", "5"]).with(1).complains(&["--won goes with another decision"]);
    let more = decide(&["part", "--won", "49501", "--reason", "one_was_theirs"]).with(1);
    more.complains(&["hint: a part is more than nothing and less than what was claimed"]);
    let granted = decide(&["approve"]).with(0).out;
    assert!(granted.contains("(approved)") && granted.contains("49,500 won"), "{granted}");
    assert_eq!(page.get("/api/v1/claims").json()[0]["granted_won"], 49_500);
    stage.run(&["verify"]).with(0);
}

#[test]
fn money_goes_from_a_list_to_the_bank() {
    let (stage, _network, page) = open();
    for (name, role) in [("counsel", "legal"), ("payer", "privacy"), ("lawyer", "legal")] {
        let key = stage.text_path(&format!("{name}.key"));
        let add = ["staff", "add", name, "--role", role, "--key-out", &key, "--by", "security"];
        stage.run(&add).with(0);
    }
    let row = |n| format!("M-{n},{},20000,2025-09-03,게임나라,\n", number(n));
    let head = "reference,number,won,day,merchant,note\n";
    let losses = stage.write("losses.csv", format!("{head}{}{}", row(1), row(2)));
    let import = |names: &[&str]| {
        let by: Vec<&str> = names.iter().flat_map(|name| ["--by", name]).collect();
        about(&stage, &[&["claim", "import", &losses], &by[..]].concat())
    };
    import(&["privacy"]).with(1).complains(&["this takes two people of different roles"]);
    import(&["privacy", "payer"]).with(1).complains(&["hint: name both: --by NAME --by NAME"]);
    let found = import(&["privacy", "counsel"]).with(0).out;
    assert!(found.starts_with("2 losses\n") && found.contains("approved        2"), "{found}");
    let again = import(&["counsel", "privacy"]).with(0).out;
    assert!(again.contains("on record       2"), "{again}");
    page.prove(&stage, 1);
    let own = page.get("/api/v1/claims").json();
    assert_eq!((&own[0]["source"], &own[0]["state"]), (&"carrier".into(), &"approved".into()));

    let schedule = || about(&stage, &["claim", "schedule", "--by", "payer"]);
    schedule().with(1).complains(&["no day is set on which claims are paid", "[claims] pay_dates"]);
    stage.configure("[store]", "[claims]\npay_dates = [\"2099-10-10\"]\n\n[store]");
    assert_eq!(schedule().with(0).out, "2 claims are paid on 2099-10-10\n");
    let bank = age::x25519::Identity::generate();
    let (file, to) = (stage.text_path("pay.age"), bank.to_public().to_string());
    let export = |to: &str, by: [&str; 2]| {
        let words = ["claim", "export", &file, "--pay-on", "2099-10-10", "--to", to];
        about(&stage, &[&words[..], &["--by", by[0], "--by", by[1]]].concat())
    };
    export(&to, ["privacy", "lawyer"]).with(1).complains(&["does not pay it out"]);
    export("age1nobody", ["payer", "lawyer"]).with(1).complains(&["this is no age recipient"]);
    let written = export(&to, ["payer", "lawyer"]).with(0).out;
    assert!(written.starts_with("2 payments, 40,000 won\n"), "{written}");
    let plain = age::decrypt(&bank, &std::fs::read(&file).unwrap()).unwrap();
    let plain = String::from_utf8(plain).unwrap();
    let names: Vec<&str> =
        plain.lines().skip(1).map(|row| row.split(',').next().unwrap()).collect();
    let said =
        format!("payment,result,reason\n{},paid,\n{},failed,account_closed\n", names[0], names[1]);
    let results = stage.write("results.csv", said);
    let paid = || about(&stage, &["claim", "paid", &results, "--by", "payer"]).with(0).out;
    assert!(paid().starts_with("1 claims were paid\n failed          1"));
    assert!(paid().starts_with("0 claims were paid\n known           2"));
    let waiting = about(&stage, &["claim", "list", "--by", "payer"]).with(0).out;
    assert_eq!(waiting.lines().count(), 1, "{waiting}");
    let id = waiting.split(' ').next().unwrap();
    let waive = about(&stage, &["claim", "waive", id, "--by", "payer"]).with(1);
    waive.complains(&["nobody takes orders for bills", "hint: name who does"]);
    stage.run(&["verify"]).with(0);
}

#[test]
fn benefits_are_listed_and_handed_over_by_two() {
    let (stage, _network, _page) = open();
    let list = || about(&stage, &["benefit", "list", "--by", "privacy"]);
    let nothing = list().with(0).out;
    assert!(nothing.contains("insurance (insurance)  not offered"), "{nothing}");
    stage.configure("[store]", "[claims]\nbenefits = \"benefits.toml\"\n\n[store]");
    stage.run(&["config", "check"]).with(1).complains(&["[claims] benefits: benefits.toml"]);
    stage.write("benefits.toml", "[benefit.insurance]\ncloses = \"2025-09-10\"\n");
    list().with(1).complains(&["[benefit.insurance] closes before it opens"]);
    let open = "[benefit.insurance]\nopens = \"2025-09-01\"\ncloses = \"2099-09-10\"\n";
    stage.write("benefits.toml", open);
    let offered = list().with(0).out;
    let row = "from 2025-09-01 to 2099-09-10  chosen for 0 lines, handed over for 0";
    assert!(offered.contains(row), "{offered}");
    let key = stage.text_path("counsel.key");
    let add = ["staff", "add", "counsel", "--role", "legal", "--key-out", &key, "--by", "security"];
    stage.run(&add).with(0);
    let to = age::x25519::Identity::generate().to_public().to_string();
    let export = |names: &[&str]| {
        let by: Vec<&str> = names.iter().flat_map(|name| ["--by", name]).collect();
        let file = stage.text_path("benefits.age");
        about(&stage, &[&["benefit", "export", &file, "--to", &to], &by[..]].concat())
    };
    export(&["privacy"]).with(1).complains(&["this takes two people of different roles"]);
    let said = export(&["privacy", "counsel"]).with(1);
    said.complains(&["nothing is to be handed over", "hint: what was handed over before"]);
}

#[test]
fn cards_and_locks_that_customers_asked_for_are_seen_by_line() {
    let (stage, _network, page) = open();
    let cards = about(&stage, &["case", "list"]).with(0).out;
    assert_eq!(cards, "0 cases\n");
    let line = page.prove(&stage, 2);
    page.post("/api/v1/replacements", &json!({ "lines": [line] }));
    let cards = about(&stage, &["case", "list"]).with(0).out;
    assert!(cards.starts_with("1 cases\n"), "{cards}");
    assert!(
        cards.contains("  applied  tier 4 (now 4)  since 20") && !cards.contains("010-"),
        "{cards}"
    );
    let said = stage.run(&["case", "list", "--incident", "NO-SUCH"]).with(1);
    said.complains(&["no incident is called NO-SUCH", "hint: "]);

    // Nothing is sent from nowhere, and of a parcel that is nobody's the row is named.
    let ship = stage.run(&["case", "ship", "--limit", "1", "--by", "security"]).with(1);
    ship.complains(&["no card is sent for this line", "hint: "]);
    let rows =
        "reference,event,at\n00000000-0000-4000-8000-000000000001,lost,2025-09-01T00:00:00Z\n";
    let file = stage.write("parcels.csv", rows);
    let heard = stage.run(&["case", "parcels", &file, "--by", "security"]).with(1).out;
    let strange = heard.lines().find(|row| row.contains("rows of no parcel of ours"));
    assert!(strange.is_some_and(|row| row.ends_with(" 2")), "{heard}");
    let file = stage.write("eaten.csv", rows.replace("lost", "eaten"));
    let wrong = stage.run(&["case", "parcels", &file, "--by", "security"]).with(1);
    assert!(wrong.err.contains("row 2"), "{}", wrong.err);

    let number = number(2);
    let show = |by| about(&stage, &["protection", "show", "--number", &number, "--by", by]);
    assert!(show("security").with(0).out.contains(": off"));
    let confirm = |by, imei| {
        let words = ["protection", "confirm", "--number", &number, "--imei", imei, "--by", by];
        about(&stage, &words)
    };
    confirm("security", IMEI).with(1).complains(&["a protection that is off cannot be confirmed"]);
    page.post("/api/v1/protections", &json!({ "line": line, "imei": IMEI }));
    let asked = show("security").with(0).out;
    assert!(asked.contains(": requested since ") && !asked.contains(&number), "{asked}");
    confirm("messaging", IMEI).with(1).complains(&["messaging (messaging) may not do this"]);
    confirm("security", "123").with(1).complains(&["hint: "]);
    assert!(confirm("security", IMEI).with(0).out.contains(": on since "));
    assert_eq!(page.get("/api/v1/protections").json()[0]["state"], "on");
    let nobody = ["protection", "show", "--number", "010-9999-0000", "--by", "security"];
    about(&stage, &nobody).with(1).complains(&["hint: "]);
    stage.run(&["verify"]).with(0);
}

#[test]
fn fakes_that_customers_reported_are_taken_over_or_dropped() {
    let (stage, _network, page) = open();
    let reports = |by| stage.run(&["fake", "reports", "--by", by, "--json"]);
    let none = stage.run(&["fake", "reports", "--by", "messaging"]).with(0);
    assert_eq!(none.out, "none waits\n");
    for (text, sender) in
        [("[한빛모바일] 보상금 http://hanbit.top/x\u{1b}[2J", "010-5555-0001"), ("점심 먹자", "")]
    {
        page.post("/api/v1/fake-reports", &json!({ "text": text, "sender": sender }));
    }
    let waiting = stage.run(&["fake", "reports", "--by", "messaging"]).with(0).out;
    assert!(
        waiting.contains("from 01055550001") && waiting.contains("from an unknown sender"),
        "{waiting}"
    );
    assert!(waiting.contains("hanbit.top") && !waiting.contains('\u{1b}'), "{waiting:?}");
    let all = reports("messaging").with(0).json();
    let [first, second] = [0, 1].map(|no| all[no]["id"].as_str().unwrap().to_owned());
    let accept = |id: &str, more: &[&str]| {
        stage.run(&[&["fake", "accept", id, "--by", "messaging"][..], more].concat())
    };
    let (fake, lunch) = if all[0]["sender"] == "" { (second, first) } else { (first, second) };
    let added = accept(&fake, &[]).with(0).out;
    assert!(
        added.starts_with("fake 1, of campaign 1\n") && added.contains("hanbit.top"),
        "{added}"
    );
    accept(&fake, &[]).with(1).complains(&["report", "hint: "]);
    assert_eq!(accept(&lunch, &["--dismiss"]).with(0).out, "dropped\n");
    accept(&lunch, &["--dismiss"]).with(1).complains(&["report"]);
    assert_eq!(reports("messaging").with(0).json(), json!([]));
    assert!(stage.run(&["fake", "list"]).with(0).out.starts_with("campaign 1: 1 reports\n"));
    stage.run(&["verify"]).with(0);
}

#[test]
fn a_channel_that_is_named_later_ends_what_it_proved() {
    let (stage, _network, page) = open();
    page.prove(&stage, 3);
    assert_eq!(page.get("/api/v1/answer").json()["standing"], "leaked");
    let name = |channel: &str, by: &str| {
        let words = ["incident", "compromise", CODE, "--channel", channel];
        stage.run(&[&words[..], &["--why", "mail server log, file 7", "--by", by]].concat())
    };
    name("pigeon", "security").with(2);
    name("email", "messaging").with(1).complains(&["messaging (messaging) may not do this"]);
    name("sms", "security").with(1).complains(&["sms is named already"]);
    let named = name("email", "security").with(0).out;
    assert!(named.contains("proves nothing") && named.contains("email"), "{named}");
    name("email", "security").with(1).complains(&["email is named already"]);
    let ended = page.get("/api/v1/answer");
    assert_eq!((ended.status, &ended.json()["code"]), (403, &"channel_compromised".into()));
    let ask = json!({ "way": "email", "phoneNumber": number(3), "email": "p3@mail.example" });
    let refused = page.ask(&page.address, "POST", "/api/v1/proof/send-code", &ask.to_string());
    assert_eq!((refused.status, &refused.json()["code"]), (403, &"channel_compromised".into()));
    stage.run(&["verify"]).with(0);
}
