//! An installation with one released wave, and what it is wired to.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use simrecall_core::id::WaveNo;
use simrecall_engine::drill::{Scene, Setting};
use simrecall_engine::sample::{SamplePlan, Stage as Reach};
use simrecall_engine::{Clock, Home};
use simrecall_gateway::sandbox::mail::{MailPlan, MailReceiver};
use simrecall_gateway::sandbox::smsc::{Smsc, SmscPlan};
use simrecall_tests::{Backend, Guard};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How a test's installation differs from a drill's: short patience, window 100, no licence.
const TUNED: [(&str, &str); 4] = [
    ("lease = \"5s\"", "lease = \"2s\""),
    ("settle_after = \"10m\"", "settle_after = \"1s\""),
    ("bounce_window = \"3d\"", "bounce_window = \"1s\""),
    ("per_second = 1000", "per_second = 0"),
];
/// Nothing in these tests takes as long unless it is stuck.
const STUCK: Duration = Duration::from_mins(2);

/// A sandbox in this process.
pub(crate) struct Network {
    _runtime: Runtime,
    pub(crate) smsc: Smsc,
    pub(crate) mail: MailReceiver,
    pub(crate) smsc_log: PathBuf,
    pub(crate) mail_log: PathBuf,
    /// What plain mails said.
    pub(crate) plain: PathBuf,
    _folder: TempDir,
}

impl Network {
    /// On loopback, with logs of its own.
    pub(crate) fn start(plan: SmscPlan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (smsc_log, mail_log) =
            (folder.path().join("smsc.jsonl"), folder.path().join("mail.jsonl"));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let plan = SmscPlan { listen: "127.0.0.1:0".to_owned(), log: smsc_log.clone(), ..plan };
        let plain = folder.path().join("plain.jsonl");
        let mail_plan =
            MailPlan { reply_delay_ms: 5, keep: Some(plain.clone()), ..MailPlan::default() };
        let (smsc, mail) = runtime.block_on(async {
            let smsc = Smsc::start(plan).await.unwrap();
            let mail = MailReceiver::start("127.0.0.1:0", mail_plan, &mail_log, None).await;
            (smsc, mail.unwrap())
        });
        Self { _runtime: runtime, smsc, mail, smsc_log, mail_log, plain, _folder: folder }
    }

    /// Messages that arrived at the SMSC so far.
    pub(crate) fn submits(&self) -> u64 {
        self.smsc.counts().submits
    }
}

/// An installation with one released wave.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) wave: WaveNo,
    pub(crate) backend: Backend,
    pub(crate) folder: TempDir,
    url: String,
    databases: Vec<Guard>,
}

impl Stage {
    /// In a new folder and database, with everybody of the sample's first list in wave 1.
    pub(crate) fn set(
        backend: Backend,
        smsc: SocketAddr,
        mail: SocketAddr,
        plan: &SamplePlan,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (url, database) = backend.fresh().unwrap();
        let dir = folder.path().join("home");
        let mut scene = Scene::set(&Setting {
            dir: &dir,
            store: &url,
            smsc: &smsc.to_string(),
            mail: &mail.to_string(),
            clock: Clock::machine(),
        })
        .unwrap();
        tune(&dir, &TUNED);
        scene.home = Home::open(&dir, Clock::machine()).unwrap();
        scene.open_incident().unwrap();
        let (_, lists) = scene.take_registry(plan).unwrap();
        scene.take_list(&lists[0]).unwrap();
        let planned = scene.plan().unwrap();
        scene.release(planned.wave).unwrap();
        Self { scene, wave: planned.wave, backend, folder, url, databases: vec![database] }
    }

    /// The same with the sandbox.
    pub(crate) fn with(backend: Backend, network: &Network, plan: &SamplePlan) -> Self {
        Self::set(backend, network.smsc.address, network.mail.address(), plan)
    }

    pub(crate) fn home(&self) -> &Home {
        &self.scene.home
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.scene.home.dir
    }

    /// The URL of the database in use.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A copy of the database as it is; nobody may be using it, so the home is closed meanwhile.
    pub(crate) fn copy_database(self) -> (Self, String) {
        let Self { scene, wave, backend, folder, url, mut databases } = self;
        let dir = scene.home.dir.clone();
        drop(scene);
        let (copy, guard) = backend.copy(&url).unwrap();
        databases.push(guard);
        let home = Home::open(&dir, Clock::machine()).unwrap();
        let stage = Self { scene: Scene { home }, wave, backend, folder, url, databases };
        (stage, copy)
    }

    /// Goes on with another database, as after a restore: the home's other files stay.
    pub(crate) fn put_back(self, url: String) -> Self {
        let Self { scene, wave, backend, folder, url: before, databases } = self;
        let dir = scene.home.dir.clone();
        drop(scene);
        tune(&dir, &[(&before, &url)]);
        let home = Home::open(&dir, Clock::machine()).unwrap();
        Self { scene: Scene { home }, wave, backend, folder, url, databases }
    }
}

/// A sample of so many people with four lines to three of them, and some recycled numbers.
pub(crate) fn people(seed: u64, people: u64) -> SamplePlan {
    let stages = vec![Reach { lines: people * 4 / 3, people }];
    SamplePlan {
        seed,
        stages,
        bystanders: people / 10,
        recycled_permille: 40,
        bad_rows: 0,
        records: None,
    }
}

/// Waits, a few milliseconds at a time, until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < STUCK, "stuck: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Changes words of the configuration; each must be there.
fn tune(dir: &Path, changes: &[(&str, &str)]) {
    let path = dir.join("simrecall.toml");
    let mut text = fs::read_to_string(&path).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "the configuration has no {from}");
        text = text.replace(from, to);
    }
    fs::write(&path, text).unwrap();
}
