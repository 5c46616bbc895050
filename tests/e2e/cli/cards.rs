//! A new card by typed commands alone: agencies, a supplier's batch, a case, the counter, the swap on a real OsmoHLR, the figures.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use std::time::Duration;

use simrecall_core::identity::{Iccid, Imsi, Msisdn};
use simrecall_core::replacement::swap::Access;
use simrecall_gateway::hlr::{HlrSettings, MilenageKey, OsmoHlr, Provisioning as _};
use simrecall_gateway::sandbox::hlr::HlrProcess;
use simrecall_gateway::sandbox::phone::{Attach, Domain, Phone, Switch};

use crate::customers::{about, open};
use crate::page::Page;
use crate::stage::{Said, Stage, imsi, number};

const AGENCIES: &str = "code,name,kind,region,address,desks,opens,closes,weekdays
jongno,종로점,shop,seoul,서울 종로구 종로 1,2,09:00,20:00,mon-sun
mapo,마포점,shop,seoul,서울 마포구 마포대로 1,1,09:00,20:00,mon-sun
";
const OLD_KEY: MilenageKey = MilenageKey::from_bytes([0x31; 16], [0x32; 16]);

/// The `n`-th card of the lot.
fn iccid(n: u8) -> String {
    let stem = format!("8982050{n:011}");
    (0..10).map(|last| format!("{stem}{last}")).find(|text| Iccid::parse(text).is_ok()).unwrap()
}

fn new_imsi(n: u8) -> String {
    format!("4500890000{n:05}")
}

/// A supplier's batch, and the identity that opens it.
fn batch(stage: &Stage, name: &str, cards: &[u8]) -> (String, String) {
    use age::secrecy::ExposeSecret as _;
    let ours = age::x25519::Identity::generate();
    let identity = stage.write(&format!("{name}.txt"), ours.to_string().expose_secret());
    let to = ours.to_public();
    let recipient: &dyn age::Recipient = &to;
    let sealed = age::Encryptor::with_recipients(std::iter::once(recipient)).unwrap();
    let path = stage.text_path(&format!("{name}.age"));
    let mut out = sealed.wrap_output(fs::File::create(&path).unwrap()).unwrap();
    writeln!(out, "iccid,imsi,k,opc,product").unwrap();
    for n in cards {
        let (k, opc) = ([*n; 16], [n ^ 0x5A; 16]);
        let hex = |bytes: [u8; 16]| bytes.map(|byte| format!("{byte:02x}")).concat();
        writeln!(out, "{},{},{},{},usim", iccid(*n), new_imsi(*n), hex(k), hex(opc)).unwrap();
    }
    out.finish().unwrap();
    (path, identity)
}

fn new_card(n: u8) -> Phone {
    let key = MilenageKey::from_bytes([n; 16], [n ^ 0x5A; 16]);
    Phone::new(Imsi::parse(&new_imsi(n)).unwrap(), key)
}

fn attach(hlr: &HlrProcess, phone: &mut Phone) -> Attach {
    let mut switch = Switch::connect(hlr.address(), "cards", Duration::from_secs(10)).unwrap();
    phone.attach(&mut switch, Domain::Cs).unwrap()
}

/// The network before: the person's old card works.
fn network(stage: &Stage, person: u32) -> (HlrProcess, Phone) {
    let folder = stage.path("hlr");
    fs::create_dir_all(&folder).unwrap();
    let hlr = HlrProcess::start(&folder).unwrap();
    let (ip, old) = (hlr.address(), Imsi::parse(&imsi(person)).unwrap());
    let register = OsmoHlr::new(HlrSettings::new(ip)).unwrap();
    register.create(&old).unwrap();
    register.set_key(&old, &OLD_KEY).unwrap();
    register.set_number(&old, Some(&Msisdn::parse(&number(person)).unwrap())).unwrap();
    register.set_access(&old, Access::BOTH).unwrap();
    let places =
        format!("[hlr]\nctrl = \"{ip}:4259\"\nvty = \"{ip}:4258\"\nlook_every = \"100ms\"");
    stage.configure("[store]", &format!("{places}\n\n[store]"));
    let mut old = Phone::new(old, OLD_KEY);
    assert!(matches!(attach(&hlr, &mut old), Attach::Attached { .. }));
    (hlr, old)
}

/// The code that somebody's page shows while they stand at a counter.
fn code(page: &Page) -> String {
    let shown = page.get("/ko/replace").body;
    let texts = shown.split('>').filter_map(|part| part.split('<').next());
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut codes = texts.filter(|text| text.contains("번호")).map(digits);
    codes.find(|digits| digits.len() == 6).unwrap_or_else(|| panic!("no code in {shown}"))
}

fn shop(stage: &Stage) {
    stage.add_staff("clerk", &["--by", "security"]).with(0);
    let bad = AGENCIES.replace("09:00,20:00,mon-sun\nmapo", "9 Uhr,20:00,mon-sun\nmapo");
    let bad = stage.write("agencies.csv", bad);
    let refused = stage.run(&["agency", "import", &bad, "--by", "security"]).with(1);
    refused.complains(&["agencies.csv", "opens", "nothing was imported"]);
    let list = stage.write("agencies.csv", AGENCIES);
    stage
        .run(&["agency", "import", &list, "--by", "clerk"])
        .with(1)
        .complains(&["may not do this"]);
    stage.run(&["agency", "import", &list, "--by", "security"]).with(0);

    let (cards, identity) = batch(stage, "lot", &[1, 2, 3]);
    let take = |cards: &str, identity: &str, lot: &str| -> Said {
        let to = ["--agency", "jongno", "--lot", lot, "--expected", "2026-12-01"];
        let file = ["stock", "import", cards, "--identity", identity, "--by", "security"];
        stage.run(&[&file[..], &to].concat())
    };
    take(&cards, &identity, "PO-1").with(0);
    let again = take(&cards, &identity, "PO-2").with(1);
    assert!(!again.err.contains(&iccid(1)), "no card's number is said");
    again.complains(&["hint: "]);
    let (_, stranger) = batch(stage, "stranger", &[9]);
    take(&cards, &stranger, "PO-3").with(1).complains(&["hint: "]);
    let came = stage.run(&["stock", "receive", "PO-1", "--by", "clerk"]).with(0).out;
    assert!(came.contains("3 usim"), "{came}");
    stage.run(&["stock", "receive", "PO-1", "--by", "clerk"]).with(1).complains(&["PO-1"]);
}

#[test]
fn a_customer_gets_a_new_card_by_typed_commands() {
    let (stage, _mails, page) = open();
    shop(&stage);
    let (hlr, mut old) = network(&stage, 1);
    let by = ["--by", "clerk"];
    let typed = |words: &[&str]| about(&stage, &[words, &by].concat());

    let stranger = typed(&["case", "open", "--number", &number(11)]).with(1);
    stranger.complains(&["gets no new card now", "not_exposed: no released list names this line"]);
    let opened = typed(&["case", "open", "--number", &number(1), "--json"]).with(0).json();
    let case = opened["id"].as_str().unwrap().to_owned();
    let again = typed(&["case", "open", "--number", &number(1)]).with(1);
    again.complains(&["applied for already", "case_open: "]);
    stage.run(&["case", "tick"]).with(0);
    let free = stage.run(&["case", "free", "jongno", "--json"]).with(0).json();
    let (day, hour) = (free[0]["day"].as_str().unwrap(), free[0]["hours"][0].to_string());
    let at = ["--agency", "jongno"];
    let booked =
        typed(&[&["case", "book", &case, "--day", day, "--hour", &hour], &at[..]].concat());
    let booked = booked.with(0).out;
    assert!(booked.contains("booked") && booked.contains(day), "{booked}");

    // Too early for a card: first papers, the code of the customer's own session, and everybody told.
    let run = |more: &[&str]| typed(&[&["swap", "run", &case, "--card", &iccid(2)], more].concat());
    run(&[]).with(1).complains(&["hint: "]);
    typed(&[&["case", "check-in", &case], &at[..]].concat()).with(0);
    page.prove(&stage, 1);
    let shown = |code: &str| {
        let verify = ["case", "verify", &case, "--shown", "resident_card", "--code", code];
        typed(&[&verify[..], &at].concat())
    };
    let right = code(&page);
    let wrong = if right == "123456" { "654321" } else { "123456" };
    assert_ne!(shown(wrong).code, Some(0));
    shown(&right).with(0);
    about(&stage, &["case", "notify"]).with(0);

    let unknown = typed(&["case", "reserve", &case, "--card", &iccid(7)]).with(1);
    unknown.complains(&["hint: "]);
    let done = run(&["--no-wait"]).with(0);
    assert!(done.err.contains("give the number to the new card              done"), "{done:#?}");
    assert!(matches!(attach(&hlr, &mut new_card(2)), Attach::Attached { .. }));
    assert!(!matches!(attach(&hlr, &mut old), Attach::Attached { .. }));
    assert_eq!(
        stage.run(&["swap", "repair", "--by", "security"]).with(0).out,
        "no swap waits for anybody\n"
    );
    let shown = about(&stage, &["case", "show", &case, "--by", "clerk"]).with(0).out;
    assert!(shown.contains("completed"), "{shown}");
    let swaps = typed(&["swap", "show", &case]).with(0).out;
    assert!(swaps.contains("completed") || swaps.contains("done"), "{swaps}");

    let today = about(&stage, &["kpi", "--json"]).with(0).json();
    assert_eq!((&today[0]["swapped_today"], &today[0]["stock"]), (&1.into(), &2.into()), "{today}");
    let table = about(&stage, &["kpi", "--csv"]).with(0).out;
    let [head, row] = [0, 1].map(|no| table.lines().nth(no).unwrap().split(',').count());
    assert_eq!(head, row, "{table}");
    let stock = stage.run(&["stock", "show", "--agency", "jongno"]).with(0).out;
    assert!(stock.contains("2 available") && stock.contains("1 active"), "{stock}");
    stage.run(&["verify"]).with(0);
    page.stop().with(0);
}

#[test]
fn a_network_that_is_down_leaves_everything_as_it_was() {
    let (stage, _mails, page) = open();
    shop(&stage);
    let (mut hlr, mut old) = network(&stage, 1);
    let by = ["--by", "clerk", "--agency", "jongno"];
    let opened =
        about(&stage, &["case", "open", "--number", &number(1), "--by", "clerk", "--json"]);
    let case = opened.with(0).json()["id"].as_str().unwrap().to_owned();
    about(&stage, &[&["case", "check-in", &case], &by[..]].concat()).with(0);
    page.prove(&stage, 1);
    let verify = ["case", "verify", &case, "--shown", "resident_card", "--code", &code(&page)];
    about(&stage, &[&verify[..], &by].concat()).with(0);
    about(&stage, &["case", "notify"]).with(0);
    hlr.kill();
    let run = || {
        about(&stage, &["swap", "run", &case, "--card", &iccid(3), "--by", "clerk", "--no-wait"])
    };
    run().with(3).complains(&["hint: "]);
    let state = || about(&stage, &["case", "show", &case, "--by", "clerk"]).with(0).out;
    assert!(state().contains("card_reserved"), "{}", state());
    hlr.restart().unwrap();
    assert!(matches!(attach(&hlr, &mut old), Attach::Attached { .. }));
    run().with(0);
    assert!(state().contains("awaiting_attach"), "{}", state());
    // "That was not me": the customer's old card works again, and nothing goes on without somebody else.
    let hold = ["case", "hold", &case, "--reason", "not_me", "--by", "privacy"];
    about(&stage, &hold).with(0);
    stage.run(&["swap", "repair", "--by", "security"]).with(0);
    assert!(state().contains("fraud_hold"), "{}", state());
    assert!(matches!(attach(&hlr, &mut old), Attach::Attached { .. }));
    assert!(matches!(attach(&hlr, &mut new_card(3)), Attach::NoVectors(_)));
    stage.run(&["verify"]).with(0);
}

/// Whoever follows orders runs until somebody says stop, and ends well.
#[test]
fn orders_are_followed_until_somebody_says_stop() {
    let stage = Stage::opened();
    let follow = ["swap", "run", "--follow"];
    stage.run(&follow).with(1).complains(&["names no HLR"]);
    stage.run(&[&follow[..], &["--by", "clerk"]].concat()).with(2);
    let (_hlr, _old) = network(&stage, 1);
    let mut child = stage.command(&follow).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let ready = said.find(|line| line.as_ref().is_ok_and(|line| line.starts_with("following")));
    assert!(ready.is_some());
    let stopped = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
