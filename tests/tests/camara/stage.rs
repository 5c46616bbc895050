//! A town whose numbers banks ask about.

use axum::Router;
use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use sha2::{Digest, Sha256};
use simrecall_core::identity::Msisdn;
use simrecall_engine::sim_swap::SimSwap;
use simrecall_engine::{Clock, Problem};
use simrecall_portal::Places;
use simrecall_portal::camara::{Camara, router};
use simrecall_store::seal::Field;
use simrecall_tests::town::{self, Ground, LEAKED, Town, Townsperson};
use simrecall_tests::{Backend, Guard};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

const SITE: &str = "api.hanbit.example";
/// A token for the whole API.
pub(crate) const BOTH: &str = "token-of-a-bank";
/// One for checks alone.
pub(crate) const CHECKS: &str = "token-for-checks";
/// One for dates alone.
pub(crate) const DATES: &str = "token-for-dates";
/// One that the holder of a line consented to.
pub(crate) const CONSENTED: &str = "token-of-a-customer";

pub(crate) struct Stage {
    town: Town,
    pub(crate) clock: Clock,
    router: Router,
    runtime: Runtime,
    _folder: TempDir,
    _database: Guard,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
}

/// A number as the standard writes it.
pub(crate) fn international(person: Townsperson) -> String {
    format!("+{}", Msisdn::parse(person.number).unwrap().expose())
}

fn tokens() -> String {
    let token = |token: &str, client: &str, scopes: &str, more: &str| {
        let hash = Sha256::digest(token)
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        format!(
            "[[token]]\nsha256 = \"{hash}\"\nclient = \"{client}\"\nscopes = [{scopes}]\n{more}\n"
        )
    };
    let number = format!("number = \"{}\"", LEAKED.number);
    [
        token(BOTH, "bank-a", "\"sim-swap\"", ""),
        token(CHECKS, "bank-b", "\"openid\", \"sim-swap:check\"", ""),
        token(DATES, "bank-c", "\"sim-swap:retrieve-date\"", ""),
        token(CONSENTED, "bank-d", "\"sim-swap\"", &number),
    ]
    .concat()
}

impl Stage {
    pub(crate) fn open(backend: Backend) -> Self {
        Self::with(backend, 10_000, &tokens()).unwrap()
    }

    /// Where each client may ask once a second.
    pub(crate) fn slow() -> Self {
        Self::with(Backend::Sqlite, 1, &tokens()).unwrap()
    }

    /// Why such a file of tokens is not taken.
    pub(crate) fn refused(file: &str) -> Problem {
        Self::with(Backend::Sqlite, 1, file).err().unwrap()
    }

    fn with(backend: Backend, per_second: u32, tokens: &str) -> Result<Self, Problem> {
        let folder = tempfile::tempdir().unwrap();
        let (store, database) = backend.fresh().unwrap();
        let (clock, dir) = (town::clock().unwrap(), folder.path().join("home"));
        let camara = format!(
            "\n[camara]\nhost = \"{SITE}\"\nwatched_since = \"2025-09-01T09:30:00+09:00\"\ntoken_file = \"tokens.toml\"\nper_second = {per_second}\n"
        );
        let ground = Ground {
            dir: &dir,
            store: &store,
            smsc: "127.0.0.1:9",
            mail: "127.0.0.1:9",
            compromised: "[\"sms\", \"ars\"]",
            statute: None,
            portal: &camara,
            clock: &clock,
        };
        let town = Town::build(&ground).unwrap();
        std::fs::write(dir.join("tokens.toml"), tokens).unwrap();
        let sim_swap = SimSwap::open(&dir, clock.clone())?;
        let router = router(Camara::new(sim_swap, None, true, &Places::usual()));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        Ok(Self { town, clock, router, runtime, _folder: folder, _database: database })
    }

    /// Somebody's card changes now.
    pub(crate) fn swap(&self, person: Townsperson) {
        let home = self.town.home();
        let number = Msisdn::parse(person.number).unwrap();
        let key = home.keys.service().unwrap().blind(Field::Msisdn, number.expose());
        home.store.write(|tx| tx.raise_sim_change(&key, home.now())).unwrap();
    }

    pub(crate) fn checks(&self, body: &Value) -> Answer {
        self.post("check", BOTH, body)
    }

    pub(crate) fn dates(&self, body: &Value) -> Answer {
        self.post("retrieve-date", BOTH, body)
    }

    pub(crate) fn post(&self, operation: &str, token: &str, body: &Value) -> Answer {
        self.send(operation, token, body.to_string(), &[])
    }

    pub(crate) fn with_authorization(&self, operation: &str, said: &str, body: &Value) -> Answer {
        self.send(operation, BOTH, body.to_string(), &[(AUTHORIZATION.as_str(), said)])
    }

    pub(crate) fn get(&self, operation: &str) -> Answer {
        let request = Request::get(format!("/sim-swap/v2/{operation}")).header(HOST, SITE);
        self.ask(request.body(Body::empty()).unwrap())
    }

    /// A request with headers of its own, which take the place of the usual ones.
    pub(crate) fn send(
        &self,
        operation: &str,
        token: &str,
        body: String,
        more: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = format!("/sim-swap/v2/{operation}").parse().unwrap();
        let bearer = format!("Bearer {token}");
        let usual = [
            (HOST.as_str(), SITE),
            (CONTENT_TYPE.as_str(), "application/json"),
            (AUTHORIZATION.as_str(), bearer.as_str()),
        ];
        for (name, value) in usual.iter().chain(more) {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        self.ask(request)
    }

    fn ask(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (head, body) = response.into_parts();
            let body = body.collect().await.unwrap().to_bytes().to_vec();
            Answer { status: head.status, headers: head.headers, body }
        })
    }
}
