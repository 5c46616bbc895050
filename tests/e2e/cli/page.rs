//! The customer's page as a program of its own, and somebody who uses it.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::stage::{CODE, Said, Stage, number};

/// The page's host name, which is this machine for every browser.
const HOST: &str = "public.localhost";

/// `serve`, until the test ends.
pub(crate) struct Page {
    child: Option<Child>,
    pub(crate) url: String,
    pub(crate) address: String,
    pub(crate) ops: String,
    cookie: RefCell<Option<String>>,
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Says in the configuration which incident the page answers for.
pub(crate) fn with_portal(stage: &Stage) {
    let portal = format!(
        "[portal]\nincident = \"{CODE}\"\nhost = \"{HOST}\"\nbrand = \"hanbit\"\n\n[store]"
    );
    stage.configure("[store]", &portal);
}

/// Opens the page on ports that are free.
pub(crate) fn serve(stage: &Stage) -> Page {
    let any = ["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"];
    let mut child = stage.command(&any).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = |before: &str| {
        let line = lines.next().unwrap().unwrap();
        line.trim_start().strip_prefix(before).unwrap_or_else(|| panic!("{line}")).to_owned()
    };
    let url = next("the customer's page: ");
    let address = next("listening on ");
    let ops = next("health and figures: http://");
    let ops = ops.strip_suffix("/metrics").unwrap().to_owned();
    Page { child: Some(child), url, address, ops, cookie: RefCell::default() }
}

/// What the page answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Page {
    /// One that another program serves at a URL.
    pub(crate) fn at(url: &str) -> Self {
        let port = url.trim_end_matches('/').rsplit(':').next().unwrap();
        let address = format!("127.0.0.1:{port}");
        let (url, ops) = (url.to_owned(), String::new());
        Self { child: None, url, address, ops, cookie: RefCell::default() }
    }

    /// Sends a request over a connection of its own and reads the answer to its end.
    pub(crate) fn ask(&self, address: &str, method: &str, path: &str, body: &str) -> Answer {
        let port = self.address.rsplit(':').next().unwrap();
        let cookie = self.cookie.borrow().clone();
        let cookie = cookie.map(|pair| format!("Cookie: {pair}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nUser-Agent: test\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n{cookie}\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        if let Some(set) = set {
            *self.cookie.borrow_mut() = Some(set.split(';').next().unwrap().to_owned());
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&self.address, "GET", path, "")
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, document: &Value) -> Answer {
        let answer = self.ask(&self.address, "POST", path, &document.to_string());
        assert!(answer.status < 300, "{path}: {answer:?}");
        answer
    }

    /// Proves to be somebody of the registry, with the code that came by mail; the key of their line.
    pub(crate) fn prove(&self, stage: &Stage, n: u32) -> String {
        let mail = format!("p{n}@mail.example");
        let ask = serde_json::json!({ "way": "email", "phoneNumber": number(n), "email": mail });
        self.post("/api/v1/proof/send-code", &ask);
        let code = code(stage, &mail);
        self.post("/api/v1/proof/validate-code", &serde_json::json!({ "code": code }));
        self.get("/api/v1/lines").json()[0]["line"].as_str().unwrap().to_owned()
    }

    /// Asks it to end, as ctrl-C does; how it ended.
    pub(crate) fn stop(mut self) -> Said {
        let mut child = self.child.take().unwrap();
        let kill =
            std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let code = child.wait().unwrap().code();
        Said { code, out: String::new(), err: String::new() }
    }
}

/// The code that the sandbox took in for an address.
fn code(stage: &Stage, address: &str) -> String {
    let since = Instant::now();
    loop {
        let kept = std::fs::read_to_string(stage.path("sandbox/plain.jsonl")).unwrap_or_default();
        let mut mails = kept.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let theirs = mails.rfind(|mail| mail["recipient"] == address);
        let text = theirs.map(|mail| mail["text"].as_str().unwrap().to_owned()).unwrap_or_default();
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
        if let Some(code) = text.lines().find(is_code) {
            return code.to_owned();
        }
        assert!(since.elapsed() < Duration::from_mins(1), "no code came to {address}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
