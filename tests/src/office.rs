//! Agencies with terminals and people who work at them: the agency's surface, asked in process or over a socket.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::mpsc;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use simrecall_core::access::StaffRole;
use simrecall_engine::drill::SIGNERS;
use simrecall_engine::terminal::enrol::{self, Why};
use simrecall_engine::terminal::{AgencyDoor, device};
use simrecall_engine::{Home, agency, staff};
use simrecall_portal::agency::{Agency, AgencySetup, router};
use simrecall_portal::{Peer, ServeOptions, StaffAddresses, serve_agency};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use crate::peers::{Authenticator, Browser, Claims};

/// The surface's host name.
pub const HOST_NAME: &str = "agency.hanbit.example";
/// Where browsers see it.
pub const SITE: &str = "https://agency.hanbit.example";
/// `[agency]`, to be put into an installation's configuration.
pub const SECTION: &str = "\n[agency]\nhost = \"agency.hanbit.example\"\n";
/// To follow [`SECTION`] where the surface is asked over a socket: this machine ends TLS for it.
pub const PROXY: &str = "proxies = [\"127.0.0.1\"]\n";
/// An agency of two desks, open from nine to eight each day.
pub const JONGNO: &str = "jongno";
/// Another one, of one desk.
pub const MAPO: &str = "mapo";

/// Works at [`JONGNO`].
pub const CLERK: &str = "clerk.jongno";
/// Works there too.
pub const CLERK_TOO: &str = "clerk.jongno.two";
/// Works at [`MAPO`].
pub const CLERK_ELSEWHERE: &str = "clerk.mapo";
/// Answers for [`JONGNO`].
pub const SUPERVISOR: &str = "supervisor.jongno";
/// Answers for [`MAPO`].
pub const SUPERVISOR_ELSEWHERE: &str = "supervisor.mapo";
/// Answers calls at the centre.
pub const AGENT: &str = "agent.one";
/// Of the security role.
pub const SECURITY: &str = SIGNERS[0];
/// Of the privacy role.
pub const PRIVACY: &str = SIGNERS[1];

const AGENCIES: &str = "code,name,kind,region,address,desks,opens,closes,weekdays
jongno,종로점,shop,seoul,서울 종로구 종로 1,2,09:00,20:00,mon-sun
mapo,마포점,shop,seoul,서울 마포구 마포대로 1,1,09:00,20:00,mon-sun
";

/// The surface of an installation, and what one needs to ask it.
#[derive(Debug)]
pub struct Office {
    home: Home,
    surface: Surface,
    runtime: Runtime,
}

/// Where a surface is.
#[derive(Debug)]
enum Surface {
    /// In this process: a test says where a request comes from.
    Here(Router),
    /// Behind a listener, which takes us for its proxy.
    There { web: ureq::Agent, address: SocketAddr },
}

/// A browser somewhere, and the passkey of whoever sits there, if somebody does.
#[derive(Debug)]
pub struct Desk {
    /// The browser.
    pub browser: Browser,
    /// The passkey.
    pub passkey: Authenticator,
    /// Where it calls from.
    pub from: IpAddr,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// The document; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The stable code of a refusal; empty if it is none.
    pub fn code(&self) -> String {
        at(&self.json(), "code").as_str().unwrap_or_default().to_owned()
    }

    /// The document of an answer that went well.
    ///
    /// # Errors
    /// When it was a refusal.
    pub fn well(&self) -> Result<Value> {
        ensure!(
            self.status.is_success(),
            "{}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        Ok(self.json())
    }
}

impl Office {
    /// Puts agencies and people into an installation whose configuration has [`SECTION`] in it, and opens its surface. Everybody has
    /// an Ed25519 key who had one before; clerks, supervisors and agents have none.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn open(home: &Home) -> Result<Self> {
        let list = home.dir.join("agencies-of-the-office.csv");
        fs::write(&list, AGENCIES)?;
        agency::import(home, &list, SECURITY)?;
        for (name, role, place) in [
            (CLERK, StaffRole::Clerk, Some(JONGNO)),
            (CLERK_TOO, StaffRole::Clerk, Some(JONGNO)),
            (CLERK_ELSEWHERE, StaffRole::Clerk, Some(MAPO)),
            (SUPERVISOR, StaffRole::Supervisor, Some(JONGNO)),
            (SUPERVISOR_ELSEWHERE, StaffRole::Supervisor, Some(MAPO)),
            (AGENT, StaffRole::Agent, None),
        ] {
            staff::add_without_key(home, name, &[role], SECURITY)?;
            if place.is_some() {
                enrol::post(home, name, place, SECURITY)?;
            }
        }
        Self::reopen(home)
    }

    /// Opens the surface of an installation that has its people.
    ///
    /// # Errors
    /// When there is no `[agency]`.
    pub fn reopen(home: &Home) -> Result<Self> {
        let door = AgencyDoor::open(&home.dir, home.clock.clone())?;
        let agency = Agency::new(door, &AgencySetup::usual(true, None))?;
        Ok(Self { home: home.clone(), surface: Surface::Here(router(agency)), runtime: runtime()? })
    }

    /// Serves an installation whose `[agency]` has [`PROXY`] in it as the program does, and asks it over its socket.
    ///
    /// # Errors
    /// When it cannot be served.
    pub fn serve(home: &Home) -> Result<Self> {
        let (dir, clock) = (home.dir.clone(), home.clock.clone());
        let listen = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let options = ServeOptions { dir, clock, listen, ops_listen: listen };
        let (tell, told) = mpsc::channel();
        // Whoever asked is waiting for it.
        let announce = move |there: &StaffAddresses| tell.send(there.listen).unwrap_or_default();
        let runtime = runtime()?;
        // It ends with the runtime.
        runtime
            .spawn(async move { serve_agency(&options, announce, std::future::pending()).await });
        let address = told.recv().context("the surface was not opened")?;
        Ok(Self { home: home.clone(), surface: there(address), runtime })
    }

    /// The surface of a server that runs elsewhere, whose `[agency]` has [`PROXY`] in it.
    ///
    /// # Errors
    /// When there are no threads.
    pub fn at(home: &Home, address: SocketAddr) -> Result<Self> {
        Ok(Self { home: home.clone(), surface: there(address), runtime: runtime()? })
    }

    /// Where its listener is.
    ///
    /// # Errors
    /// When it has none: it is asked in process.
    pub fn address(&self) -> Result<SocketAddr> {
        match &self.surface {
            Surface::Here(_) => anyhow::bail!("this surface has no listener"),
            Surface::There { address, .. } => Ok(*address),
        }
    }

    /// The installation.
    pub const fn home(&self) -> &Home {
        &self.home
    }

    /// Sends a request as it is, and hears what is answered.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn send(&self, request: Request<Body>) -> Result<Answer> {
        let (web, address) = match &self.surface {
            Surface::Here(router) => {
                return self.runtime.block_on(async {
                    let response = router.clone().oneshot(request).await?;
                    let (parts, body) = response.into_parts();
                    let body = body.collect().await?.to_bytes().to_vec();
                    Ok(Answer { status: parts.status, headers: parts.headers, body })
                });
            }
            Surface::There { web, address } => (web, address),
        };
        let (mut parts, body) = request.into_parts();
        let body = self.runtime.block_on(body.collect())?.to_bytes().to_vec();
        if let Some(Peer(from)) = parts.extensions.get() {
            parts.headers.insert("x-forwarded-for", from.to_string().parse()?);
        }
        parts.uri = format!("http://{address}{}", parts.uri).parse()?;
        let (parts, mut body) = web.run(Request::from_parts(parts, body))?.into_parts();
        let body = body.read_to_vec()?;
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// A browser nobody knows.
    ///
    /// # Errors
    /// When there is no chance to make a key of.
    pub fn stranger(&self) -> Result<Desk> {
        let browser = Browser::new(SITE)?;
        let from = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
        Ok(Desk { browser, passkey: Authenticator::default(), from })
    }

    /// A terminal that is on: at an agency, by its code, or at the centre.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn desk(&self, place: Option<&str>) -> Result<Desk> {
        let mut desk = self.stranger()?;
        let (terminal, thumbprint) = self.pending(&mut desk, place, &[])?;
        device::admit(&self.home, &terminal, &thumbprint, PRIVACY)?;
        Ok(desk)
    }

    /// Has a browser bring its key; the terminal it is, and what its page shows.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn pending(
        &self,
        desk: &mut Desk,
        place: Option<&str>,
        networks: &[String],
    ) -> Result<(String, String)> {
        let enrolled = device::enrol(&self.home, place, networks, SECURITY)?;
        let shown = self.post(desk, "/api/terminal", &json!({ "code": enrolled.code }))?.well()?;
        ensure!(at(&shown, "state") == "pending", "{shown}");
        let thumbprint = at(&shown, "thumbprint").as_str().context("a thumbprint")?.to_owned();
        Ok((enrolled.terminal.to_string(), thumbprint))
    }

    /// Gives somebody a passkey at a desk.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn enrol(&self, desk: &mut Desk, name: &str) -> Result<()> {
        let member = self.home.store.read(|tx| tx.staff_by_name(name))?.context("nobody")?;
        let is_clerk = member.roles.contains(&StaffRole::Clerk);
        let others =
            [SECURITY, PRIVACY, "legal.counsel"].into_iter().filter(|other| *other != name);
        let by: Vec<String> =
            others.map(str::to_owned).take(if is_clerk { 1 } else { 2 }).collect();
        self.enrol_by(desk, (name, Why::First), &by).map(drop)
    }

    /// The same by somebody, for a reason.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn enrol_by(
        &self,
        desk: &mut Desk,
        (name, why): (&str, Why),
        by: &[String],
    ) -> Result<Value> {
        let invited = enrol::invite(&self.home, name, why, by)?;
        self.bring_passkey(desk, invited.code.as_str())
    }

    /// Makes a passkey at a desk with a code.
    ///
    /// # Errors
    /// When it is refused.
    pub fn bring_passkey(&self, desk: &mut Desk, code: &str) -> Result<Value> {
        let asked = self.post(desk, "/api/passkey/begin", &json!({ "code": code }))?.well()?;
        let origin = desk.browser.origin().to_owned();
        let credential = desk.passkey.create(at(&asked, "publicKey"), &origin)?;
        let brought = json!({ "id": at(&asked, "id"), "credential": credential });
        self.post(desk, "/api/passkey", &brought)?.well()
    }

    /// Signs in with the passkey at a desk.
    ///
    /// # Errors
    /// When the question is refused.
    pub fn sign_in(&self, desk: &mut Desk) -> Result<Answer> {
        let asked = self.post(desk, "/api/sign-in/begin", &json!({}))?.well()?;
        self.answer(desk, "/api/sign-in", &asked)
    }

    /// Answers a question at a place that takes `{id, credential}`.
    ///
    /// # Errors
    /// When the passkey cannot answer.
    pub fn answer(&self, desk: &mut Desk, path: &str, asked: &Value) -> Result<Answer> {
        let origin = desk.browser.origin().to_owned();
        let credential = desk.passkey.get(at(asked, "publicKey"), &origin)?;
        self.post(desk, path, &json!({ "id": at(asked, "id"), "credential": credential }))
    }

    /// A desk where somebody is signed in.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn seat(&self, place: Option<&str>, name: &str) -> Result<Desk> {
        let mut desk = self.desk(place)?;
        self.enrol(&mut desk, name)?;
        self.sign_in(&mut desk)?.well()?;
        Ok(desk)
    }

    /// Asks with GET.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn get(&self, desk: &mut Desk, path: &str) -> Result<Answer> {
        self.ask(desk, ("GET", path), &[])
    }

    /// Asks with POST.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn post(&self, desk: &mut Desk, path: &str, body: &Value) -> Result<Answer> {
        self.ask(desk, ("POST", path), body.to_string().as_bytes())
    }

    /// Asks with PUT.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn put(&self, desk: &mut Desk, path: &str, body: &Value) -> Result<Answer> {
        self.ask(desk, ("PUT", path), body.to_string().as_bytes())
    }

    /// Asks as the page does: signs, and signs again if the number was too old; keeps the cookie.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn ask(
        &self,
        desk: &mut Desk,
        (method, path): (&str, &str),
        body: &[u8],
    ) -> Result<Answer> {
        let answer = self.ask_once(desk, (method, path), body)?;
        if answer.code() == "use_nonce" {
            return self.ask_once(desk, (method, path), body);
        }
        Ok(answer)
    }

    /// The same without signing again.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn ask_once(
        &self,
        desk: &mut Desk,
        (method, path): (&str, &str),
        body: &[u8],
    ) -> Result<Answer> {
        let claims = desk.browser.claims(method, path, body)?;
        self.ask_with(desk, (method, path), body, &claims)
    }

    /// Asks with a proof that says what a test wants it to.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn ask_with(
        &self,
        desk: &mut Desk,
        (method, path): (&str, &str),
        body: &[u8],
        claims: &Claims,
    ) -> Result<Answer> {
        let kind = if body.starts_with(&[0xFF, 0xD8]) { "image/jpeg" } else { "application/json" };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, desk.browser.origin().rsplit('/').next().unwrap_or_default())
            .header(ORIGIN, desk.browser.origin())
            .header("dpop", desk.browser.sign(claims)?);
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        if let Some(cookie) = &desk.browser.cookie {
            request = request.header(COOKIE, format!("__Host-simrecall-staff={cookie}"));
        }
        let mut request = request.body(Body::from(body.to_vec()))?;
        request.extensions_mut().insert(Peer(desk.from));
        let answer = self.send(request)?;
        if let Some(nonce) = answer.headers.get("dpop-nonce") {
            desk.browser.nonce = Some(nonce.to_str()?.to_owned());
        }
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let value = pair.strip_prefix("__Host-simrecall-staff=").context("a cookie of ours")?;
            desk.browser.cookie = (!value.is_empty()).then(|| value.to_owned());
        }
        Ok(answer)
    }
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn there(address: SocketAddr) -> Surface {
    let config = ureq::Agent::config_builder()
        .max_redirects(0)
        .max_idle_connections_per_host(32)
        .http_status_as_error(false)
        .proxy(None)
        .build();
    Surface::There { web: config.into(), address }
}

/// A member of a document; null if it has none of that name.
fn at<'a>(document: &'a Value, name: &str) -> &'a Value {
    document.get(name).unwrap_or(&Value::Null)
}
