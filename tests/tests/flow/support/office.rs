//! An office: an installation with an open incident and a clock to move on, and no wave yet.

use std::fs;

use chrono::{DateTime, Utc};
use simrecall_engine::drill::{CODE, Scene, Setting};
use simrecall_engine::law::{self, Choice};
use simrecall_engine::{Clock, Home};
use simrecall_tests::{Backend, Guard};
use tempfile::TempDir;

use super::Network;

pub(crate) const LEGAL: &str = "legal.counsel";
pub(crate) const PRIVACY: &str = "privacy.officer";
pub(crate) const SECURITY: &str = "security.lead";

/// A moment in Korea, to the minute.
pub(crate) fn kst(text: &str) -> DateTime<Utc> {
    format!("{text}:00+09:00").parse().unwrap()
}

/// An installation with an open incident, and a clock to move on.
pub(crate) struct Office {
    pub(crate) scene: Scene,
    pub(crate) clock: Clock,
    _folder: TempDir,
    _database: Guard,
}

impl Office {
    /// In a new folder and database; what the incident is judged by, if not the carrier's own statutes.
    pub(crate) fn open(
        backend: Backend,
        clock: Clock,
        network: Option<&Network>,
        statutes: Option<&str>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (url, database) = backend.fresh().unwrap();
        let address =
            |of: fn(&Network) -> String| network.map_or_else(|| "127.0.0.1:1".to_owned(), of);
        let dir = folder.path().join("home");
        let scene = Scene::set(&Setting {
            dir: &dir,
            store: &url,
            smsc: &address(|network| network.smsc.address.to_string()),
            mail: &address(|network| network.mail.address().to_string()),
            clock: clock.clone(),
        })
        .unwrap();
        if let Some(statutes) = statutes {
            let file = dir.join("incident.toml");
            let text = fs::read_to_string(&file).unwrap();
            let title = "title = \"Rogue base stations\"\n";
            let named = text.replace(title, &format!("{title}statutes = [{statutes}]\n"));
            assert_ne!(text, named);
            fs::write(&file, named).unwrap();
        }
        scene.open_incident().unwrap();
        Self { scene, clock, _folder: folder, _database: database }
    }

    pub(crate) fn home(&self) -> &Home {
        &self.scene.home
    }

    /// One person's choice of the knowledge time that an anchor's clocks count from.
    pub(crate) fn choose(&self, anchor: &str, knowledge: i32, by: &str) -> law::SelectAnswer {
        let choice =
            Choice { anchor, revision: None, knowledge, reason: "the cells were found only then" };
        law::select(self.home(), CODE, &choice, by).unwrap()
    }

    /// Legal and privacy choose the knowledge time of 11 September.
    pub(crate) fn chosen_by_both(&self) {
        for anchor in ["kr.incident_known", "kr.leak_known"] {
            assert!(!self.choose(anchor, 3, LEGAL).decided.counts);
            assert!(self.choose(anchor, 3, PRIVACY).decided.counts);
        }
    }
}
