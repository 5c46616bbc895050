//! Lines are exposed, persons are told: from one person's exposed lines to the recipients of their notice.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    Contact, HeldLine, Party, PostalContact, Recipient, RecipientRole, Service, Subscriber,
    SubscriberKind,
};
use crate::id::LineId;
use crate::identity::Msisdn;

/// The age, in years, from which a person is told themselves.
pub const MAJORITY_OF_CHILD: u32 = 14;

/// One person's part of a revision.
#[derive(Debug, Clone, Copy)]
pub struct Exposed<'a> {
    /// Whose lines were exposed.
    pub person: &'a Party,
    /// Their guardian, if the registry names one it knows.
    pub guardian: Option<&'a Party>,
    /// The person who speaks for them, if they are a company and the registry names one it knows.
    pub company_contact: Option<&'a Party>,
    /// The exposed lines, each with the first moment it was exposed.
    pub exposed: &'a [(LineId, DateTime<Utc>)],
    /// The moment at which holders and contacts are taken.
    pub cutoff: DateTime<Utc>,
}

/// Whom the notice goes to: exactly one primary recipient first, then copies.
///
/// A number counts only if the same party held it without a gap from the exposure to the cut-off. A recipient without
/// any contact has an empty one, and only a public posting reaches them.
pub fn fold(exposed: &Exposed<'_>) -> Vec<Recipient> {
    let (role, party) = exposed.primary();
    let primary = exposed.recipient(role, party);
    let mut numbers: BTreeSet<String> = BTreeSet::new();
    numbers.extend(primary.contact.msisdn.iter().map(|number| number.expose().to_owned()));
    let mut recipients = vec![primary];
    if exposed.wants_copies() {
        let copies = exposed.exposed_numbers().into_iter();
        let fresh = copies.filter(|number| numbers.insert(number.expose().to_owned()));
        recipients.extend(fresh.map(|number| exposed.copy(number.clone())));
    }
    recipients
}

impl Exposed<'_> {
    fn primary(&self) -> (RecipientRole, &Party) {
        let guardian = self.guardian.filter(|_| self.is_child());
        let contact = self.company_contact.filter(|_| self.is_company());
        match (guardian, contact) {
            (Some(guardian), _) => (RecipientRole::Guardian, guardian),
            (None, Some(contact)) => (RecipientRole::CompanyContact, contact),
            (None, None) => (RecipientRole::Holder, self.person),
        }
    }

    /// The child, or the one who uses the company's line, reads on the line itself what happened to it.
    fn wants_copies(&self) -> bool {
        self.is_child() || self.is_company()
    }

    fn is_company(&self) -> bool {
        matches!(self.person.subscriber.kind, SubscriberKind::Company)
    }

    fn is_child(&self) -> bool {
        is_child(&self.person.subscriber, self.cutoff)
    }

    fn recipient(&self, role: RecipientRole, party: &Party) -> Recipient {
        let record = &party.subscriber.record;
        let postal = |address| PostalContact { name: record.name.clone(), address };
        let contact = Contact {
            msisdn: self.number_of(party).cloned(),
            email: record.email.clone(),
            postal: record.address.clone().map(postal),
        };
        let language = party.subscriber.language;
        Recipient { role, contact, addressee: record.name.clone(), language }
    }

    fn copy(&self, number: Msisdn) -> Recipient {
        let subscriber = &self.person.subscriber;
        Recipient {
            role: RecipientRole::Line,
            contact: Contact { msisdn: Some(number), ..Contact::default() },
            addressee: subscriber.record.name.clone(),
            language: subscriber.language,
        }
    }

    /// The number to reach a party by: an exposed line's if there is one, else that of the line they hold longest.
    fn number_of<'a>(&self, party: &'a Party) -> Option<&'a Msisdn> {
        let usable = current_voice(party, self.cutoff)
            .filter(|held| self.since(held).is_some_and(|since| self.is_kept(party, held, since)));
        let best = usable.min_by_key(|held| {
            (Reverse(self.exposed_at(held.line).is_some()), held.held_from, held.line)
        });
        best.map(|held| &held.record.msisdn)
    }

    /// The numbers of the person's exposed voice lines that can be written to, in the order of the lines.
    fn exposed_numbers(&self) -> Vec<&Msisdn> {
        let mut lines: Vec<_> = current_voice(self.person, self.cutoff)
            .filter(|held| {
                let since = self.exposed_at(held.line);
                since.is_some_and(|since| self.is_kept(self.person, held, since))
            })
            .collect();
        lines.sort_by_key(|held| (held.line, held.held_from));
        lines.into_iter().map(|held| &held.record.msisdn).collect()
    }

    fn exposed_at(&self, line: LineId) -> Option<DateTime<Utc>> {
        let times = self.exposed.iter().filter(|(exposed, _)| *exposed == line);
        times.map(|(_, at)| *at).min()
    }

    /// Since when a number has to have been theirs: its own exposure, or the person's first.
    fn since(&self, held: &HeldLine) -> Option<DateTime<Utc>> {
        let first = || self.exposed.iter().map(|(_, at)| *at).min();
        self.exposed_at(held.line).or_else(first)
    }

    /// Whether a party held a number without a gap from then to the cut-off, in one piece or in several that join.
    fn is_kept(&self, party: &Party, held: &HeldLine, since: DateTime<Utc>) -> bool {
        let same_number = |other: &&HeldLine| other.record.msisdn == held.record.msisdn;
        let mut pieces: Vec<_> = party.lines.iter().filter(same_number).collect();
        pieces.sort_by_key(|piece| piece.held_from);
        let mut covered = since;
        for piece in pieces {
            if piece.held_from > covered {
                break;
            }
            covered = covered.max(piece.held_to.unwrap_or(DateTime::<Utc>::MAX_UTC));
        }
        covered > self.cutoff
    }
}

/// Whether somebody else is told for them, and asks for them: a person below [`MAJORITY_OF_CHILD`] on that day.
pub fn is_child(subscriber: &Subscriber, at: DateTime<Utc>) -> bool {
    let is_person = matches!(subscriber.kind, SubscriberKind::Person);
    let age = subscriber.record.birth_date.and_then(|born| legal_day(at).years_since(born));
    is_person && age.is_some_and(|age| age < MAJORITY_OF_CHILD)
}

fn current_voice(party: &Party, cutoff: DateTime<Utc>) -> impl Iterator<Item = &HeldLine> {
    party.lines.iter().filter(move |held| {
        matches!(held.service, Service::Voice)
            && held.held_from <= cutoff
            && held.held_to.is_none_or(|to| to > cutoff)
    })
}

/// The day it is where ages are counted: Korea, nine hours ahead all year.
fn legal_day(at: DateTime<Utc>) -> NaiveDate {
    at.naive_utc()
        .checked_add_signed(TimeDelta::hours(9))
        .map_or(NaiveDate::MAX, |local| local.date())
}

#[cfg(test)]
mod tests;
