//! The ladder's end: who is legally complete, postings with a ground, suppressions.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::Value;

use crate::sandbox::sandbox;
use crate::stage::{CODE, Said, Stage, exposure};

const SUBSCRIBERS: &str =
    "subscriber,kind,name,birth_date,language,brand,email,postcode,address,guardian,contact";
const LINES: &str = "line,subscriber,msisdn,imsi,iccid,service,held_from,held_to";

/// Lines L1 to L10 are exposed. Of P9 and P10 nothing is known: their lines carry data alone. P7 and P8 are of another brand.
pub(crate) fn planned(list: Option<&str>) -> Stage {
    let stage = Stage::opened();
    stage.add_staff("legal", &["--by", "security"]).with(0);
    let people: Vec<String> = (1..=12).map(person).collect();
    let lines: Vec<String> = (1..=12).map(line).collect();
    stage.write("subscribers.csv", format!("{SUBSCRIBERS}\n{}\n", people.join("\n")));
    stage.write("lines.csv", format!("{LINES}\n{}\n", lines.join("\n")));
    let carrier = stage.read("carrier.toml");
    stage.write("sori.toml", carrier);
    let sori = list.map_or_else(
        || "sori = \"sori.toml\"".to_owned(),
        |list| format!("sori = {{ words = \"sori.toml\", list = \"{list}\" }}"),
    );
    stage.configure("hanbit = \"carrier.toml\"", &format!("hanbit = \"carrier.toml\"\n{sori}"));
    stage.import_registry(&[]).with(0);
    stage.import(exposure(1..=10), &[]).with(0);
    stage
}

fn person(n: u32) -> String {
    let brand = if matches!(n, 7 | 8) { "sori" } else { "hanbit" };
    let email = if is_unreachable(n) { String::new() } else { format!("p{n}@mail.example") };
    let address =
        if brand == "sori" { "04524,서울특별시 중구 세종대로 110" } else { "," };
    format!("P{n},person,김하나,1980-01-02,ko,{brand},{email},{address},,")
}

fn line(n: u32) -> String {
    let service = if is_unreachable(n) { "data" } else { "voice" };
    format!("L{n},P{n},010-1000-{n:04},4500800000{n:05},,{service},2020-01-01T00:00:00+09:00,")
}

const fn is_unreachable(n: u32) -> bool {
    matches!(n, 9 | 10)
}

pub(crate) fn plan(stage: &Stage) -> Value {
    stage.run(&["wave", "plan", "--incident", CODE, "--by", "messaging", "--json"]).with(0).json()
}

pub(crate) fn release(stage: &Stage, wave: &str) {
    for name in ["security", "privacy"] {
        let key = stage.text_path(&format!("{name}.key"));
        stage.run(&["wave", "approve", wave, "--as", name, "--key", &key]).with(0);
    }
    stage.run(&["wave", "release", wave, "--by", "messaging"]).with(0);
}

pub(crate) fn send(stage: &Stage, wave: &str) -> Value {
    stage.run(&["wave", "send", wave, "--until", "idle", "--json"]).with(0).json()
}

pub(crate) fn legal(stage: &Stage, wave: &str) -> Value {
    stage.run(&["wave", "status", wave, "--json"]).with(0).json()["legal"].clone()
}

pub(crate) fn posting(stage: &Stage, words: &[&str]) -> Said {
    stage.run(&[&["posting"][..], words, &["--incident", CODE, "--json"]].concat())
}

pub(crate) fn start<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let words =
        ["start", "--ground", "contact_unknown", "--reason", "data lines, file 4", "--by", "legal"];
    [&words[..], more].concat()
}

#[test]
fn nobody_is_posted_without_a_ground_and_each_day_is_proven_or_named() {
    let stage = planned(None);
    let _sandbox = sandbox(&stage);
    plan(&stage);
    assert_eq!(posting(&stage, &start(&[])).with(1).json()["code"], "nobody_to_post");
    release(&stage, "1");
    assert_eq!(send(&stage, "1")["ended"], "idle");
    let open = legal(&stage, "1");
    assert_eq!((&open["complete"], &open["persons"]), (&8.into(), &10.into()));
    assert_eq!(open["open"]["posting_without_ground"], 2, "{open}");
    let words = stage.run(&["wave", "status", "1"]).with(0).out;
    assert!(words.starts_with("8 of 10 people legally complete\n"), "{words}");
    assert!(words.contains("2  on posting without a ground: posting start"), "{words}");
    let published = std::fs::read_dir(stage.path("posting")).unwrap();
    let is_page = |name: &str| name.starts_with("w1-");
    let pages =
        published.filter(|file| is_page(file.as_ref().unwrap().file_name().to_str().unwrap()));
    assert_eq!(pages.count(), 0, "nothing is published");

    assert_eq!(
        posting(&stage, &[&start(&[])[..5], &["--by", "messaging"]].concat()).with(1).json()["code"],
        "not_allowed"
    );
    let whim = ["start", "--ground", "whim", "--reason", "x", "--by", "legal"];
    let whim = posting(&stage, &whim).with(1).json();
    assert_eq!(whim["code"], "ground");
    assert!(
        whim["details"][0].as_str().unwrap().contains("contact_unknown (KR-PIPA-39-3, 30 days)"),
        "{whim}"
    );
    let started = posting(&stage, &start(&[])).with(0).json();
    let page = &started["postings"][0];
    assert_eq!(
        (&page["ground"], &page["rule"]),
        (&"contact_unknown".into(), &"KR-PIPA-39-3".into())
    );
    assert_eq!(page["course"]["asked"], 30);
    assert!(!started["late"].as_array().unwrap().is_empty(), "it was known in 2025");
    // The page is not there before the sender publishes it.
    let early = posting(&stage, &["observe"]).with(1).json();
    assert_eq!(
        (&early[0]["sight"], &early[0]["failure"]),
        (&"failed".into(), &"no such page".into())
    );
    assert_eq!(send(&stage, "1")["ended"], "complete");
    let done = legal(&stage, "1");
    assert_eq!((&done["complete"], &done["published"]), (&10.into(), &2.into()), "{done}");

    let seen = posting(&stage, &["observe"]).with(0).json();
    assert_eq!(seen[0]["sight"], "same");
    assert_eq!(seen[0]["sha256"], page["page_sha256"]);
    let file = format!("posting/{}.html", page["page"].as_str().unwrap());
    let html = stage.read(&file);
    stage.write(&file, html.replace("</main>", "<p>광고</p></main>"));
    let changed = posting(&stage, &["observe"]).with(1).json();
    assert_eq!(changed[0]["sight"], "changed");
    let open = legal(&stage, "1");
    assert_eq!((&open["published"], &open["open"]["posting_unproven"]), (&0.into(), &2.into()));
    stage.write(&file, html);
    posting(&stage, &["observe"]).with(0);
    assert_eq!(legal(&stage, "1")["published"], 2);
    let listed = posting(&stage, &["list"]).with(0).json();
    assert_eq!(listed[0]["course"]["changed"].as_array().unwrap().len(), 1);
    let close = ["close", "1", "--by", "legal"];
    assert_eq!(posting(&stage, &close).with(1).json()["code"], "not_over");
    let reason = ["close", "1", "--by", "legal", "--reason", "their contacts were found, file 9"];
    assert!(posting(&stage, &reason).with(0).json()["closed"].is_array());
    assert_eq!(posting(&stage, &["observe"]).with(1).json()["code"], "posting");
    assert_eq!(stage.run(&["verify", "--json"]).with(0).json()["fault_count"], 0);
}

#[test]
fn a_posting_is_looked_at_where_people_see_it() {
    let stage = planned(None);
    let _sandbox = sandbox(&stage);
    plan(&stage);
    release(&stage, "1");
    let refused = posting(&stage, &start(&["--url", "http://www.carrier.example/notice"]));
    assert_eq!(refused.with(1).json()["code"], "url");
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notice", host.local_addr().unwrap());
    let started = posting(&stage, &start(&["--url", &url])).with(0).json();
    let name = started["postings"][0]["page"].as_str().unwrap().to_owned();
    assert_eq!(started["postings"][0]["place"], format!("{url}/{name}.html"));
    send(&stage, "1");
    let html = stage.read(&format!("posting/{name}.html"));
    let served = std::thread::spawn(move || {
        for body in [html.as_str(), "<p>점검 중</p>"] {
            let (mut visitor, _) = host.accept().unwrap();
            let mut asked = [0; 1024];
            let length = visitor.read(&mut asked).unwrap();
            assert!(asked[..length].starts_with(format!("GET /notice/{name}.html ").as_bytes()));
            let length = body.len();
            write!(
                visitor,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    assert_eq!(posting(&stage, &["observe"]).with(0).json()[0]["sight"], "same");
    assert_eq!(posting(&stage, &["observe"]).with(1).json()[0]["sight"], "changed");
    served.join().unwrap();
    let gone = posting(&stage, &["observe"]).with(1).json();
    assert_eq!(gone[0]["failure"], "the host cannot be reached");
}

fn suppress(stage: &Stage, words: &[&str]) -> Said {
    stage.run(&[&["suppress"][..], words, &["--incident", CODE, "--json"]].concat())
}

fn sign(stage: &Stage, no: &str, name: &str) -> Said {
    let key = stage.text_path(&format!("{name}.key"));
    suppress(stage, &["approve", no, "--as", name, "--key", &key])
}

#[test]
fn two_of_different_roles_leave_somebody_out_and_everything_adds_up() {
    let stage = planned(None);
    let _sandbox = sandbox(&stage);
    let add = |person: &str| {
        suppress(
            &stage,
            &[
                "add",
                "--person",
                person,
                "--reason",
                "court_order",
                "--note",
                "order 12",
                "--by",
                "legal",
            ],
        )
    };
    assert_eq!(add("P99").with(1).json()["code"], "person");
    let added = add("P3").with(0).json();
    assert_eq!((&added["no"], &added["counts"]), (&1.into(), &false.into()));
    assert_eq!(added["person"].as_str().unwrap().len(), 8);
    assert_eq!(add("P3").with(1).json()["code"], "exists");
    let refused = suppress(
        &stage,
        &["add", "--person", "P4", "--reason", "whim", "--note", "x", "--by", "legal"],
    );
    refused.with(2);
    assert_eq!(sign(&stage, "1", "messaging").with(1).json()["code"], "not_allowed");
    let key = stage.text_path("privacy.key");
    let wrong = suppress(&stage, &["approve", "1", "--as", "legal", "--key", &key]);
    assert_eq!(wrong.with(1).json()["code"], "key");
    assert_eq!(sign(&stage, "1", "legal").with(0).json()["counts"], false);
    assert_eq!(sign(&stage, "1", "legal").with(1).json()["code"], "same_role");
    assert_eq!(sign(&stage, "1", "privacy").with(0).json()["counts"], true);
    assert_eq!(plan(&stage)["persons"], 9);
    release(&stage, "1");

    // Decided after the release: before the next intent.
    add("P4").with(0);
    sign(&stage, "2", "legal").with(0);
    sign(&stage, "2", "privacy").with(0);
    posting(&stage, &start(&[])).with(0);
    assert_eq!(send(&stage, "1")["ended"], "idle", "it stays open for whoever may be told later");
    let headline = legal(&stage, "1");
    assert_eq!(
        (&headline["persons"], &headline["complete"]),
        (&10.into(), &10.into()),
        "{headline}"
    );
    assert_eq!((&headline["suppressed"], &headline["delivered"]), (&2.into(), &6.into()));
    let verified = stage.run(&["verify", "--json"]).with(0).json();
    let count = &verified["incidents"][0];
    assert_eq!(verified["fault_count"], 0, "{verified}");
    assert_eq!((&count["suppressed"], &count["lines_suppressed"]), (&2.into(), &1.into()));
    assert_eq!((&count["untold"], &count["on_the_way"]), (&0.into(), &0.into()));

    let lifted =
        suppress(&stage, &["lift", "2", "--reason", "order lifted, file 13", "--by", "privacy"]);
    assert_eq!(lifted.with(0).json()["counts"], false);
    let again = suppress(&stage, &["lift", "2", "--reason", "x", "--by", "privacy"]);
    assert_eq!(again.with(1).json()["code"], "lifted");
    assert_eq!(send(&stage, "1")["ended"], "complete");
    assert_eq!(legal(&stage, "1")["delivered"], 7);
    let listed = stage.run(&["suppress", "list", "--incident", CODE]).with(0).out;
    assert!(listed.contains("court_order") && !listed.contains("P3"), "{listed}");
}
