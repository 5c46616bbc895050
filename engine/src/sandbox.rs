//! The sandbox as a command: a local SMSC and mail receiver, with the faults of a plan, until somebody stops them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;
use simrecall_gateway::sandbox::mail::{MailPlan, MailReceiver};
use simrecall_gateway::sandbox::smsc::{Smsc, SmscPlan};
use tokio::runtime::Runtime;

use crate::problem::{self, Problem, Result};

/// The file, beside the logs, with what plain mails said: the codes of a drill's customers.
pub const PLAIN: &str = "plain.jsonl";

/// Where the sandbox listens and writes.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Where its logs go.
    pub dir: PathBuf,
    /// The SMSC's port; 0 for any.
    pub smsc_port: u16,
    /// The mail receiver's port; 0 for any.
    pub mail_port: u16,
    /// TOML with the faults to show, under `[smsc]` and `[mail]`.
    pub plan: Option<PathBuf>,
}

/// The faults of both.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Plans {
    pub(crate) smsc: SmscPlan,
    pub(crate) mail: MailPlan,
}

/// A sandbox that runs.
pub(crate) struct Sandbox {
    runtime: Runtime,
    pub(crate) smsc: Smsc,
    pub(crate) mail: MailReceiver,
    pub(crate) smsc_log: PathBuf,
}

impl Sandbox {
    /// Starts both on loopback, with their logs in `dir`.
    pub(crate) fn start(dir: &Path, smsc_port: u16, mail_port: u16, plans: Plans) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(|error| problem::file(dir, error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Problem::ours("runtime", "cannot start").caused_by(error))?;
        let smsc_log = dir.join("smsc.jsonl");
        let smsc_plan = SmscPlan {
            listen: format!("127.0.0.1:{smsc_port}"),
            log: smsc_log.clone(),
            ..plans.smsc
        };
        let mail_log = dir.join("mail.jsonl");
        let mail_plan = MailPlan { keep: Some(dir.join(PLAIN)), ..plans.mail };
        let listen = format!("127.0.0.1:{mail_port}");
        let started = runtime.block_on(async {
            let smsc = Smsc::start(smsc_plan).await?;
            let mail = MailReceiver::start(&listen, mail_plan, &mail_log, None).await?;
            Ok::<_, std::io::Error>((smsc, mail))
        });
        let (smsc, mail) = started.map_err(|error| {
            Problem::input("sandbox", "the sandbox cannot start")
                .caused_by(error)
                .hint("is a port in use? Choose others with --smsc-port and --mail-port")
        })?;
        Ok(Self { runtime, smsc, mail, smsc_log })
    }

    /// Sends back the mails that are to bounce.
    pub(crate) fn bounce_now(&self, maildir: &Path) -> Result<usize> {
        let guard = self.runtime.enter();
        let bounced = self.mail.bounce_now(maildir).map_err(|error| problem::file(maildir, error));
        drop(guard);
        bounced
    }
}

/// Runs the sandbox until `stop` is set.
pub fn run(
    options: &SandboxOptions,
    say: &mut dyn FnMut(&str),
    stop: &Arc<AtomicBool>,
) -> Result<()> {
    let plans = match &options.plan {
        None => Plans::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| problem::file(path, error))?;
            toml::from_str(&text).map_err(|error| {
                Problem::input("plan", format!("{} is not understood", path.display()))
                    .detail(error.to_string().trim().to_owned())
            })?
        }
    };
    let sandbox = Sandbox::start(&options.dir, options.smsc_port, options.mail_port, plans)?;
    say(&format!("SMSC            {}   log {}", sandbox.smsc.address, sandbox.smsc_log.display()));
    say(&format!(
        "mail receiver   {}   log {}",
        sandbox.mail.address(),
        options.dir.join("mail.jsonl").display()
    ));
    say("login simrecall, password sandbox; ctrl-C ends it");
    while !stop.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let counts = sandbox.smsc.counts();
    say(&format!(
        "{} messages taken, {} receipts sent, {} mails taken",
        counts.taken,
        counts.receipts,
        sandbox.mail.taken()
    ));
    Ok(())
}
