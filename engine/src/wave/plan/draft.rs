//! One person's notice: who is told, where, in which words.

use chrono::{DateTime, Utc};
use simrecall_core::cohort::{FactSet, ItemSet};
use simrecall_core::delivery::Rung;
use simrecall_core::notice::{Language, MessageCode, NoticeKind, Variables};
use simrecall_core::subscriber::{Recipient, RecipientRole, Subscriber, spoken};
use simrecall_core::wave::{Owed, notice_id};

use super::super::loading::Draft;
use super::{Case, Planner};
use crate::problem::{Problem, Result};
use crate::target::TargetContent;

impl Planner<'_> {
    /// What one person is told, and everyone else who is told of it; the primary recipient first.
    pub(super) fn draft(
        &mut self,
        case: &Case<'_>,
        owed: &Owed,
        of: &Subscriber,
        recipients: Vec<Recipient>,
    ) -> Result<Draft> {
        let kind = owed.kind.ok_or_else(|| Problem::ours("owed", "a notice of nothing"))?;
        let chosen = recipients.first().map(|primary| primary.language);
        let chosen = chosen.ok_or_else(|| Problem::ours("fold", "a notice without a recipient"))?;
        let of_child = recipients.first().is_some_and(|r| r.role == RecipientRole::Guardian);
        let told = self.in_their_language(kind, &of.brand, recipients);
        let content = |recipient: &Recipient, as_whom: RecipientRole| {
            let minor = of_child && recipient.role == RecipientRole::Line;
            let variables = Variables {
                role: as_whom,
                minor,
                ..self.variables(kind, owed, &of.brand, recipient)
            };
            (recipient.role, TargetContent { contact: recipient.contact.clone(), variables })
        };
        let mut as_whom = RecipientRole::Holder;
        let contents: Vec<(RecipientRole, TargetContent)> = told
            .iter()
            .map(|recipient| {
                // A copy on a handset speaks to the same person as the notice it copies.
                if recipient.role != RecipientRole::Handset {
                    as_whom = recipient.role;
                }
                content(recipient, as_whom)
            })
            .collect();
        for (_, content) in &contents {
            self.texts.note(&content.variables);
        }
        let (rung, language) = self.first_rung(&told)?;
        Ok(Draft {
            person: case.person,
            notice: notice_id(self.incident.id, case.person, &owed.facts_hash),
            kind,
            language,
            chosen,
            country: self.country(of),
            facts_hash: owed.facts_hash,
            rung,
            recipients: contents,
        })
    }

    /// Everyone who is told, in the language they chose as far as templates and handsets go.
    fn in_their_language(
        &self,
        kind: NoticeKind,
        brand: &str,
        recipients: Vec<Recipient>,
    ) -> Vec<Recipient> {
        let config = &self.home.config;
        let mut told = Vec::with_capacity(recipients.len());
        let mut handsets = Vec::new();
        for mut recipient in recipients {
            recipient.language = self.words.language(kind, brand, recipient.language);
            let (in_full, handset) = spoken(recipient, |language| config.shows(language));
            told.push(in_full);
            handsets.extend(handset);
        }
        // Only a primary recipient has one, and there is one of those: it follows its notice.
        if !told.is_empty() {
            told.splice(1..1, handsets);
        }
        told
    }

    fn variables(
        &self,
        kind: NoticeKind,
        owed: &Owed,
        brand: &str,
        recipient: &Recipient,
    ) -> Variables {
        let (confirmed, possible) = items(owed);
        Variables {
            kind,
            language: recipient.language,
            brand: brand.to_owned(),
            addressee: Some(recipient.addressee.clone()),
            address: recipient.contact.postal.as_ref().map(|postal| postal.address.clone()),
            role: recipient.role,
            confirmed,
            possible,
            withdrawn: owed.withdrawn,
            lines: u16::try_from(owed.facts.len()).unwrap_or(u16::MAX),
            as_of: format!("{}, {}", self.day(self.cutoff), self.revision.no),
            minor: false,
            code: self.code_like(),
            remedy: None,
        }
    }

    fn first_rung(&self, told: &[Recipient]) -> Result<(Rung, Language)> {
        let first = told
            .first()
            .and_then(|primary| Some((self.ladder.first(&primary.contact)?, primary.language)));
        first.ok_or_else(|| {
            Problem::configuration("ladder", "somebody has no contact that any rung needs")
                .hint("end the ladder with a posting in simrecall.toml")
        })
    }

    /// Something of a code's form, where messages show one: the target's own is put in its place when it has a number.
    fn code_like(&self) -> Option<String> {
        let shown = self.home.config.wave.message_code;
        shown.then(|| MessageCode::from_bytes([0x55; 5]).to_string())
    }

    fn day(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.home.config.law.zone).format("%Y-%m-%d").to_string()
    }

    /// Whose law holds for somebody: the registry's word, else the carrier's own country.
    fn country(&self, of: &Subscriber) -> String {
        if of.country.is_empty() {
            self.home.config.law.country.clone()
        } else {
            of.country.clone()
        }
    }
}

/// The items a notice names, over all its lines.
fn items(owed: &Owed) -> (ItemSet, ItemSet) {
    let all = owed.facts.values().fold(FactSet::EMPTY, |all, facts| all.union(*facts));
    (all.confirmed(), all.possible())
}
