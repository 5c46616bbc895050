//! `drill --terminal` as somebody tries it: a small story is played, the command opens an agency behind it, and one swap is done by
//! nothing but what the command says.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

use serde_json::{Value, json};
use simrecall_core::id::SwapOrderId;
use simrecall_engine::drill::{DrillOptions, drill};
use simrecall_engine::sample::SamplePlan;
use simrecall_engine::send::Unwatched;
use simrecall_engine::{Clock, Home};
use simrecall_tests::office::{Desk, Office};

use crate::page::Page;
use crate::surface::{Running, Words, bring_key, browser, until};

/// Plays a small story, and gives its pages ports that are free; where staff's is.
fn played(dir: &Path) -> u16 {
    let options = DrillOptions {
        store: "sqlite:simrecall.db".to_owned(),
        smsc: None,
        seed: 2025,
        plan: Some(SamplePlan::small_story(2025)),
        portal: true,
    };
    drill(dir, &options, &mut Unwatched, &mut |_| {}).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = dir.join("simrecall.toml");
    let any = "listen = \"127.0.0.1:0\"\nops_listen = \"127.0.0.1:0\"\n";
    let text = fs::read_to_string(&config).unwrap();
    let text = text
        .replace("host = \"public.localhost\"\n", &format!("host = \"public.localhost\"\n{any}"));
    let agency = format!(
        "\n[agency]\nhost = \"agency.localhost\"\norigin = \"http://agency.localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\nops_listen = \"127.0.0.1:0\"\n"
    );
    fs::write(&config, text + &agency).unwrap();
    port
}

/// The word after these on the line of `all` that has them.
#[track_caller]
fn after(all: &str, words: &str) -> String {
    let line = all.lines().find(|line| line.contains(words));
    let line = line.unwrap_or_else(|| panic!("{words} in:\n{all}"));
    let rest = line.split_once(words).unwrap().1;
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Whoever comes, as the command names them: number, mail and a card.
fn customers(said: &str) -> Vec<[String; 3]> {
    let lines = said.lines().filter(|line| line.starts_with("customer "));
    let words =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    lines
        .map(words)
        .map(|words| [words[1].clone(), words[2].clone(), words[words.len() - 1].clone()])
        .collect()
}

/// The command, and somebody who tries what it says.
struct Demo {
    program: Running,
    typed: ChildStdin,
    words: Words,
}

impl Demo {
    /// Starts it, and waits until it has said everything.
    fn open(dir: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simrecall"));
        command.env_remove("SIMRECALL_HOME").env_remove("RUST_LOG").arg("--home").arg(dir);
        command.args(["drill", "--terminal"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (typed, words) = (child.stdin.take().unwrap(), Words::of(child.stdout.take().unwrap()));
        let demo = Self { program: Running(child), typed, words };
        demo.words.until("Any command of staff can be typed here");
        demo
    }

    /// The clerk's browser becomes a terminal, by two people, and the clerk signs in there; the terminal.
    fn sit_down(&mut self, office: &Office, desk: &mut Desk) -> String {
        let said = self.words.all();
        let clerk = said.split_once("agency.clerk").unwrap().1;
        let shown = bring_key(office, desk, &json!(after(clerk, "/en/terminal   code ")));
        assert_eq!(shown["state"], "pending", "{shown}");
        let terminal = after(clerk, "terminal admit ");
        let thumbprint = shown["thumbprint"].as_str().unwrap();
        let admit = format!("terminal admit {terminal} \"{thumbprint}\" --by privacy.officer");
        writeln!(self.typed, "{admit}").unwrap();
        self.words.until(&format!("staff may work at {terminal}"));
        office.bring_passkey(desk, &after(clerk, "/en/enrol      code ")).unwrap();
        office.sign_in(desk).unwrap().well().unwrap();
        terminal
    }

    /// A customer proves on their page who they are, by the code that the command says.
    fn prove(&self, number: &str, mail: &str) -> Page {
        let page = Page::at(&after(&self.words.all(), "customers  "));
        let ask = json!({ "way": "email", "phoneNumber": number, "email": mail });
        page.post("/api/v1/proof/send-code", &ask);
        let to = format!("to {mail}");
        self.words.until(&to);
        let all = self.words.all();
        let line = all.lines().rfind(|line| line.ends_with(&to)).unwrap();
        let code = line.split_whitespace().nth(1).unwrap();
        page.post("/api/v1/proof/validate-code", &json!({ "code": code }));
        page
    }
}

/// The ten letters that a customer's page shows.
fn letters(page: &Page) -> String {
    let shows = page.get("/en/replace").body;
    let parts = shows.split(|c: char| !c.is_ascii_uppercase() && c != ' ');
    let parts = parts.map(|part| part.split_whitespace().collect::<String>());
    parts.into_iter().find(|part| part.len() == 10).unwrap_or_else(|| panic!("{shows}"))
}

/// The six digits that it shows once they are checked in.
fn six_digits(page: &Page) -> String {
    let shows = page.get("/en/replace").body;
    let six = shows.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6);
    six.unwrap_or_else(|| panic!("no code in:\n{shows}")).to_owned()
}

/// From check-in to the card that is scanned; the case.
fn serve(office: &Office, desk: &mut Desk, (page, card): (&Page, &str)) -> String {
    let code = json!({ "code": letters(page) });
    let case = office.post(desk, "/api/check-in", &code).unwrap().well().unwrap();
    let case = case["case"].as_str().unwrap().to_owned();
    let path = format!("/api/cases/{case}");
    for (what, brought) in [
        ("present", json!({ "code": six_digits(page) })),
        ("papers", json!({ "shown": ["resident_card"] })),
    ] {
        office.post(desk, &format!("{path}/{what}"), &brought).unwrap().well().unwrap();
    }
    until(
        || {
            let case = office.get(desk, &path).unwrap().json();
            case["told"].as_u64() > Some(0) && case["next"] == "scan"
        },
        "a customer who was warned",
    );
    let card = json!({ "iccid": card });
    office.post(desk, &format!("{path}/card"), &card).unwrap().well().unwrap();
    case
}

/// An order that is put and signed; where it is asked for.
fn order(office: &Office, desk: &mut Desk, wish: &Value) -> String {
    let path = format!("/api/orders/{}", SwapOrderId::from_bytes([1; 16]));
    let order = office.put(desk, &path, wish).unwrap().well().unwrap();
    let asked = order.pointer("/challenge/publicKey").unwrap();
    let site = desk.browser.origin().to_owned();
    let signed = json!({ "credential": desk.passkey.get(asked, &site).unwrap() });
    office.post(desk, &format!("{path}/assertion"), &signed).unwrap().well().unwrap();
    path
}

#[test]
fn one_swap_is_done_by_what_the_demo_says() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("home");
    let port = played(&dir);
    let site = format!("http://agency.localhost:{port}");
    let mut demo = Demo::open(&dir);
    let said = demo.words.all();
    assert!(said.contains("it is open day and night"), "{said}");
    assert!(said.contains(&format!("{site}/en/")), "{said}");
    let home = Home::open(&dir, Clock::machine()).unwrap();
    let office = Office::at(&home, ([127, 0, 0, 1], port).into()).unwrap();
    let mut desk = browser(&site);
    let terminal = demo.sit_down(&office, &mut desk);

    let come = customers(&said);
    assert_eq!(come.len(), 2, "{said}");
    let [number, mail, card] = &come[0];
    let page = demo.prove(number, mail);
    let case = serve(&office, &mut desk, (&page, card));
    let digits: String = number.chars().skip(number.len() - 4).collect();
    let wish = json!({ "case": case, "card": card, "digits": digits });
    let path = order(&office, &mut desk, &wish);
    // Somebody puts the card into a phone, and whoever follows sees it.
    let is_attached = || office.get(&mut desk, &path).unwrap().json()["attached"] == true;
    until(is_attached, "an attached card");
    demo.words.until("is in a phone");
    writeln!(demo.typed, "terminal list").unwrap();
    demo.words.until(&format!("{terminal}  on"));
    assert_eq!(demo.program.stop("-INT"), Some(0));

    // Another morning: who has a passkey and a terminal needs neither, and others come.
    let mut demo = Demo::open(&dir);
    let again = demo.words.all();
    assert!(again.contains("there is one; sign in"), "{again}");
    assert_eq!(again.matches("/en/terminal   code").count(), 1, "the centre's alone: {again}");
    let others = customers(&again);
    assert!(others.len() == 2 && !others.iter().any(|one| come.contains(one)), "{again}");
    office.sign_in(&mut desk).unwrap().well().unwrap();
    assert_eq!(office.get(&mut desk, &path).unwrap().well().unwrap()["attached"], true);
    assert_eq!(demo.program.stop("-TERM"), Some(0));
}
