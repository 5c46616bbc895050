//! What must not go out now: people of a country whose law asks for silence, and messages in quiet hours.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use simrecall_core::delivery::Rung;
use simrecall_core::incident::Incident;
use simrecall_core::law::{Block, Duty};
use simrecall_core::wave::Quiet;
use simrecall_store::ledger::Wave;

use crate::home::Home;
use crate::law;
use crate::problem::{self, Problem, Result};

/// What a sender may not send now. Read again with the control row, before every batch.
#[derive(Debug)]
pub(super) struct Holds {
    incident: Incident,
    /// Whether any of the incident's statutes can ask for silence; if none can, nothing is looked up.
    may_be_silent: bool,
    /// The hours that were signed.
    quiet: Option<Quiet>,
    blocks: Vec<Block>,
    asleep_until: Option<DateTime<Utc>>,
    zone: Tz,
}

impl Holds {
    /// What a wave has to heed.
    pub(super) fn of(home: &Home, wave: &Wave) -> Result<Self> {
        let incident = home.store.read(|tx| tx.incident(wave.incident)).map_err(problem::store)?;
        let incident = incident.ok_or_else(|| Problem::ours("incident", "a wave without one"))?;
        let statutes = law::statutes(home, incident.id)?;
        let mut bound = home.packs()?.iter().filter(|pack| statutes.contains(&pack.statute));
        let may_be_silent =
            bound.any(|pack| pack.rules.iter().any(|rule| rule.duty == Duty::Silence));
        let mut holds = Self {
            incident,
            may_be_silent,
            quiet: signed_quiet(wave),
            blocks: Vec::new(),
            asleep_until: None,
            zone: home.config.law.zone,
        };
        holds.read(home)?;
        Ok(holds)
    }

    /// Looks again.
    pub(super) fn read(&mut self, home: &Home) -> Result<()> {
        let now = home.now();
        self.asleep_until = self.quiet.and_then(|quiet| quiet.ends(now, &self.zone));
        if self.may_be_silent {
            self.blocks = law::blocks(home, &self.incident, now)?;
            self.blocks.retain(|block| block.holds(now));
        }
        Ok(())
    }

    /// The countries whose people are told nothing now.
    pub(super) fn countries(&self) -> Vec<String> {
        self.blocks.iter().map(|block| block.country.clone()).collect()
    }

    /// Whether nothing goes out over a rung now.
    pub(super) fn rests(&self, rung: Rung) -> bool {
        match rung {
            Rung::Lms | Rung::Sms => self.asleep_until.is_some(),
            // Nobody is woken by these.
            Rung::Email | Rung::Letter | Rung::Posting => false,
        }
    }

    /// Whether people of a country must not be told over a rung now.
    pub(super) fn forbids(&self, rung: Rung, country: &str) -> bool {
        self.rests(rung) || self.blocks.iter().any(|block| block.country == country)
    }

    /// When the next of these ends; none while nothing is held, or nobody knows.
    pub(super) fn until(&self) -> Option<DateTime<Utc>> {
        let silences = self.blocks.iter().filter_map(|block| block.until);
        silences.chain(self.asleep_until).min()
    }

    /// What is held back and until when, in words.
    pub(super) fn words(&self) -> Option<String> {
        let silences = self.blocks.iter().map(|block| {
            format!("people in {}: {}", block.country, law::silence_words(block, self.zone))
        });
        let quiet = self.asleep_until.map(|until| {
            format!(
                "messages: quiet hours until {}",
                until.with_timezone(&self.zone).format("%H:%M")
            )
        });
        let words: Vec<String> = silences.chain(quiet).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// The quiet hours a wave's approvers signed.
fn signed_quiet(wave: &Wave) -> Option<Quiet> {
    let statement = wave.statement.as_deref().unwrap_or_default();
    let signed = statement.lines().find_map(|line| line.strip_prefix("quiet "))?;
    Quiet::parse(signed).ok()
}
