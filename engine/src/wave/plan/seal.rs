//! The words of a wave, sealed before anybody signs: each text registered word for word, and lint's answer.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simrecall_core::delivery::Rung;
use simrecall_core::notice::lint::Report;
use simrecall_core::notice::{Variables, Wording};
use simrecall_core::wave::Texts;
use simrecall_store::wording::NewWording;

use super::Planner;
use crate::config::RouteConfig;
use crate::lint;
use crate::problem::Result;
use crate::staff::hex;

/// What is sealed of a wave's words.
pub(super) struct Seal {
    pub(super) wordings: Vec<NewWording>,
    pub(super) report: Report,
    /// Over what the law asks.
    asked: [u8; 32],
}

impl Seal {
    /// What approvers sign of it, beside what the configuration says of texts.
    pub(super) fn sign(&self, configured: &Texts) -> Texts {
        Texts {
            asked: self.asked,
            lint: self.report.sha256(),
            wordings: root(&self.wordings),
            ..configured.clone()
        }
    }

    /// The wordings as the journal names them: the texts themselves stand in rows that never change.
    pub(super) fn registered(&self) -> Vec<Value> {
        let one = |new: &NewWording| {
            let Wording { kind, language, rung, .. } = &new.wording;
            json!({
                "no": new.no, "sha256": hex(&new.wording.sha256()), "kind": kind.name(),
                "language": language.tag(), "rung": rung.name(), "sender": new.sender,
            })
        };
        self.wordings.iter().map(one).collect()
    }
}

impl Planner<'_> {
    /// Asks the law, lints every text the wave would send, and writes each down word for word.
    pub(super) fn seal(&self) -> Result<Seal> {
        let kinds = self.tally.by_kind.keys().copied().collect();
        let asked = lint::asked_of(self.home, &self.incident, Some(self.revision.no), &kinds)?;
        let languages = self.texts.iter().map(|variables| variables.language).collect();
        let extremes = self.texts.iter().cloned().collect();
        let report = lint::look(self.home, &self.words, &asked, &kinds, (languages, extremes));
        let wordings = if report.is_clean() { self.wordings()? } else { Vec::new() };
        Ok(Seal { wordings, report, asked: lint::asked_sha256(&asked) })
    }

    /// Every text of the wave on every rung it may take.
    fn wordings(&self) -> Result<Vec<NewWording>> {
        let mut found: Vec<(Wording, String)> = Vec::new();
        for variables in self.texts.iter() {
            for rung in self.rungs_of(variables) {
                found.push((self.words.wording(rung, variables)?, self.speaker(rung, variables)));
            }
        }
        found.sort_unstable();
        found.dedup();
        let window_from = self.home.now();
        let new = (1..).zip(found).map(|(no, (wording, sender))| NewWording {
            wave: self.wave,
            no,
            wording,
            sender,
            window_from,
            window_until: None,
        });
        Ok(new.collect())
    }

    /// The rungs a text may take: those of the ladder that its template has.
    fn rungs_of(&self, variables: &Variables) -> Vec<Rung> {
        let template = self.words.templates.get(variables.kind, variables.language);
        let has: Vec<Rung> = template.map(|t| t.rungs().collect()).unwrap_or_default();
        let shows = self.home.config.shows(variables.language);
        let rungs = self.ladder.rules().iter().map(|rule| rule.rung);
        rungs
            .filter(|rung| has.contains(rung))
            .filter(|rung| *rung != Rung::Letter || variables.address.is_some())
            .filter(|rung| shows || !matches!(rung, Rung::Lms | Rung::Sms))
            .collect()
    }

    /// As who a text speaks on a rung.
    fn speaker(&self, rung: Rung, variables: &Variables) -> String {
        let config = &self.home.config;
        let host = || {
            let carrier = self.words.brands.get(&variables.brand);
            carrier.map(|carrier| carrier.official_host().to_owned()).unwrap_or_default()
        };
        match config.route_of(rung) {
            Some((_, RouteConfig::Smpp(smpp))) => smpp.sender.clone(),
            Some((_, RouteConfig::Smtp(_))) => config.mail.from.clone(),
            Some((_, RouteConfig::Letters { .. } | RouteConfig::Posting { .. })) | None => host(),
        }
    }
}

/// One hash over all wordings.
fn root(wordings: &[NewWording]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(b"simrecall wordings v1\n");
    for new in wordings {
        hash.update(new.wording.sha256());
        hash.update(u64::try_from(new.sender.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(new.sender.as_bytes());
    }
    hash.finalize().into()
}
