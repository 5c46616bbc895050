//! A town behind its server, and somebody who proves who they are over HTTP.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use simrecall_gateway::sandbox::mail::{MailPlan, MailReceiver, read_kept};
use simrecall_portal::{Addresses, ServeOptions, serve};
use simrecall_tests::town::{self, Ground, LEAKED, Town};
use simrecall_tests::{Backend, Guard};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// The browser that a session is bound to.
pub(crate) const AGENT: &str = "a program";
/// Budgets are tested elsewhere: here they would end the talk.
const PORTAL: &str =
    "floor = \"1ms\"\n[portal.limits]\nnetwork_an_hour = 1000000\nall_an_hour = 1000000\n";

pub(crate) struct Stage {
    runtime: Runtime,
    addresses: Addresses,
    plain: PathBuf,
    _mail: MailReceiver,
    _folder: TempDir,
    _database: Guard,
}

impl Stage {
    /// A town whose first list was published, and its server on a free port.
    pub(crate) fn open() -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain.jsonl");
        let plan = MailPlan { keep: Some(plain.clone()), ..MailPlan::default() };
        let log = folder.path().join("mail.jsonl");
        let mail = runtime.block_on(MailReceiver::start("127.0.0.1:0", plan, &log, None)).unwrap();
        let (store, database) = Backend::Sqlite.fresh().unwrap();
        let (dir, clock) = (folder.path().join("home"), town::clock().unwrap());
        let town = Town::build(&Ground {
            dir: &dir,
            store: &store,
            smsc: "127.0.0.1:9",
            mail: &mail.address().to_string(),
            compromised: "[\"sms\", \"ars\"]",
            statute: None,
            portal: PORTAL,
            clock: &clock,
        });
        town.unwrap().publish(1).unwrap();
        let any = "127.0.0.1:0".parse().ok();
        let options = ServeOptions { dir, clock, listen: any, ops_listen: any };
        let (tell, told) = oneshot::channel();
        runtime.spawn(async move {
            let announce = |addresses: &Addresses| tell.send(addresses.clone()).unwrap();
            serve(&options, announce, std::future::pending()).await.unwrap();
        });
        let addresses = runtime.block_on(told).unwrap();
        Self { runtime, addresses, plain, _mail: mail, _folder: folder, _database: database }
    }

    /// Where it is; every request names the host that people type.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addresses.listen)
    }

    /// The host that people type, with its port.
    pub(crate) fn host(&self) -> String {
        format!("check.hanbit.example:{}", self.addresses.listen.port())
    }

    /// Proves to be somebody of whom something leaked; the cookie of the session.
    pub(crate) fn walk_in(&self) -> String {
        let asked = json!({ "way": "email", "phoneNumber": LEAKED.number, "email": LEAKED.mail });
        let cookie = self.post("proof/send-code", &asked, "");
        self.post("proof/validate-code", &json!({ "code": self.code() }), &cookie)
    }

    /// The code that came by mail.
    fn code(&self) -> String {
        let digits = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
        let arrived = async {
            loop {
                let kept = read_kept(&self.plain).unwrap_or_default();
                let code = kept.iter().find_map(|mail| mail.text.lines().find(digits));
                match code {
                    Some(code) => return code.to_owned(),
                    None => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        };
        self.runtime.block_on(arrived)
    }

    /// Posts a document; the cookie that came back.
    fn post(&self, path: &str, document: &serde_json::Value, cookie: &str) -> String {
        let answer = ureq::post(format!("{}/api/v1/{path}", self.url()))
            .header("host", self.host())
            .header("user-agent", AGENT)
            .header("cookie", cookie)
            .content_type("application/json")
            .send(document.to_string())
            .unwrap();
        let given = answer.headers().get("set-cookie").unwrap().to_str().unwrap();
        given.split(';').next().unwrap().to_owned()
    }
}
