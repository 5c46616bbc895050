//! A town with its page open, and browsers that walk in.

use std::cell::RefCell;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use http_body_util::BodyExt;
use simrecall_engine::Clock;
use simrecall_engine::selfcheck::{Door, courier};
use simrecall_gateway::sandbox::mail::{MailPlan, MailReceiver, read_kept};
use simrecall_portal::{Floor, Pace, Peer, Places, Portal, Setup, router};
use simrecall_tests::town::{self, Ground, Town, Townsperson};
use simrecall_tests::{Backend, Guard};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// The host the town's page answers on.
pub(crate) const SITE: &str = "check.hanbit.example";
pub(crate) const ORIGIN: &str = "https://check.hanbit.example";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json";
pub(crate) const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// One network may ask often, since every test is one.
const ROOM: &str = "limits = { network_an_hour = 100000 }";

/// How a page is set up for a test: quick, and with room for everybody.
pub(crate) fn roomy() -> Setup {
    let some = |count| NonZeroU32::new(count).unwrap();
    let places = NonZeroUsize::new(4).unwrap();
    Setup {
        secure: true,
        port: None,
        floor: Floor(Duration::from_millis(1)),
        places: Places { readers: places, writers: places, abroad: places, waiting: 64 },
        pace: Pace { per_second: some(100_000), at_once: some(100_000) },
    }
}

pub(crate) struct Stage {
    pub(crate) town: Town,
    pub(crate) portal: Arc<Portal>,
    pub(crate) clock: Clock,
    pub(crate) router: Router,
    runtime: Runtime,
    plain: PathBuf,
    networks: AtomicU32,
    _mail: MailReceiver,
    _folder: TempDir,
    _database: Guard,
}

impl Stage {
    pub(crate) fn open() -> Self {
        Self::with(&roomy(), "[\"sms\", \"ars\"]", "")
    }

    /// With other channels named, and more lines in `[portal]`.
    pub(crate) fn with(setup: &Setup, compromised: &str, more: &str) -> Self {
        let more =
            if more.contains("limits") { more.to_owned() } else { format!("{ROOM}\n{more}") };
        let folder = tempfile::tempdir().unwrap();
        let (url, database) = Backend::Sqlite.fresh().unwrap();
        let (clock, dir) = (town::clock().unwrap(), folder.path().join("home"));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let plain = folder.path().join("plain.jsonl");
        let log = folder.path().join("mail.jsonl");
        let plan = MailPlan { keep: Some(plain.clone()), ..MailPlan::default() };
        let mail = runtime.block_on(MailReceiver::start("127.0.0.1:0", plan, &log, None)).unwrap();
        let town = Town::build(&Ground {
            dir: &dir,
            store: &url,
            smsc: "127.0.0.1:9",
            mail: &mail.address().to_string(),
            compromised,
            statute: None,
            portal: &more,
            clock: &clock,
        })
        .unwrap();
        town.publish(1).unwrap();
        let door = Door::open(&dir, clock.clone()).unwrap();
        runtime.spawn(courier::run(door.clone(), std::future::pending()));
        let portal = Portal::new(door, setup).unwrap();
        let router = router(Arc::clone(&portal));
        Self {
            town,
            portal,
            clock,
            router,
            runtime,
            plain,
            networks: AtomicU32::new(0),
            _mail: mail,
            _folder: folder,
            _database: database,
        }
    }

    /// Where one network may ask three times in an hour.
    pub(crate) fn tight() -> Self {
        Self::with(&roomy(), "[\"sms\", \"ars\"]", "limits = { network_an_hour = 3 }")
    }

    /// With one place for each kind of work, and nobody waits.
    pub(crate) fn crowded() -> Self {
        let one = NonZeroUsize::MIN;
        let places = Places { readers: one, writers: one, abroad: one, waiting: 0 };
        Self::with(&Setup { places, ..roomy() }, "[\"sms\", \"ars\"]", "")
    }

    /// Keeps everybody from writing to the database: says when, and until when.
    pub(crate) fn lock_database(&self) -> (Receiver<()>, Sender<()>) {
        let ((locked, is_locked), (release, released)) = (channel(), channel::<()>());
        let store = self.town.home().store.clone();
        std::thread::spawn(move || {
            store
                .write(|_| {
                    locked.send(()).unwrap();
                    released.recv().unwrap();
                    Ok(())
                })
                .unwrap();
        });
        (is_locked, release)
    }

    /// Lets something run where the server runs.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(crate) fn ask(&self, request: Request<Body>) -> Answer {
        self.block_on(answer_of(&self.router, request))
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        let no = self.networks.fetch_add(1, Ordering::Relaxed);
        let address = format!("198.51.{}.{}", no / 250, no % 250).parse().unwrap();
        let agent = "Mozilla/5.0 (Linux; Android 16)".to_owned();
        Browser { stage: self, address, agent, cookie: RefCell::default() }
    }

    /// The codes that came to an address so far.
    pub(crate) fn codes(&self, address: &str) -> Vec<String> {
        let kept = read_kept(&self.plain).unwrap_or_default();
        let theirs = kept.into_iter().filter(|mail| mail.recipient == address);
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
        // They get other mails, too.
        theirs.filter_map(|mail| mail.text.lines().find(is_code).map(str::to_owned)).collect()
    }

    /// The `n`-th code that comes to an address.
    pub(crate) fn code(&self, address: &str, n: usize) -> String {
        let since = Instant::now();
        loop {
            let mut codes = self.codes(address);
            if codes.len() >= n {
                return codes.swap_remove(n - 1);
            }
            assert!(since.elapsed() < Duration::from_secs(30), "no code came");
            std::thread::yield_now();
        }
    }
}

pub(crate) async fn answer_of(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: body.to_vec() }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The token that the page's forms carry.
    pub(crate) fn token(&self) -> String {
        let (_, after) = self.text().split_once("name=\"token\" value=\"").unwrap();
        after.split('"').next().unwrap().to_owned()
    }

    /// The first value of a form's field.
    pub(crate) fn value_of(&self, field: &str) -> String {
        let named = format!("name=\"{field}\"");
        let tag = self.text().split('<').find(|tag| tag.contains(&named)).unwrap();
        tag.split_once("value=\"").unwrap().1.split('"').next().unwrap().to_owned()
    }
}

/// A browser that keeps one cookie.
pub(crate) struct Browser<'a> {
    stage: &'a Stage,
    pub(crate) address: IpAddr,
    pub(crate) agent: String,
    pub(crate) cookie: RefCell<Option<String>>,
}

impl Browser<'_> {
    /// The start of a request as this browser makes it.
    pub(crate) fn request(&self, method: &Method, path: &str) -> http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, SITE)
            .header("user-agent", &self.agent)
            .extension(Peer(self.address));
        if let Some(cookie) = &*self.cookie.borrow() {
            request = request.header(COOKIE, cookie);
        }
        request
    }

    /// Asks, and keeps the cookie that comes back.
    pub(crate) fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.stage.ask(request);
        if let Some(cookie) = answer.headers.get(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            *self.cookie.borrow_mut() = (!pair.ends_with('=')).then_some(pair);
        }
        answer
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(self.request(&Method::GET, path).body(Body::empty()).unwrap())
    }

    /// A form, as a browser of today sends it from our own page.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(path).header(FETCH_SITE, "same-origin").body(form(fields)).unwrap())
    }

    /// A form without any word of where it came from.
    pub(crate) fn form(&self, path: &str) -> http::request::Builder {
        self.request(&Method::POST, path).header(CONTENT_TYPE, FORM)
    }

    /// A program's document.
    pub(crate) fn json(&self, path: &str, document: &serde_json::Value) -> Answer {
        let request = self.request(&Method::POST, path).header(CONTENT_TYPE, JSON);
        self.send(request.body(Body::from(document.to_string())).unwrap())
    }

    /// Asks for a code, reads the mail and types the code.
    pub(crate) fn prove(&self, number: &str, address: &str) -> Answer {
        let before = self.stage.codes(address).len();
        let asked = self.post("/ko/prove/email", &[("number", number), ("address", address)]);
        assert_eq!((asked.status, asked.location()), (StatusCode::SEE_OTHER, "/ko/prove/code"));
        let code = self.stage.code(address, before + 1);
        self.post("/ko/prove/code", &[("code", &code)])
    }

    pub(crate) fn walk_in(&self, who: Townsperson) {
        let proved = self.prove(who.number, who.mail);
        assert_eq!((proved.status, proved.location()), (StatusCode::SEE_OTHER, "/ko/answer"));
    }
}

/// Fields as a form's body.
pub(crate) fn form(fields: &[(&str, &str)]) -> Body {
    let escaped = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    Body::from(pairs.join("&"))
}
