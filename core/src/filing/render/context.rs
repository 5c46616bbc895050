//! The values templates name: facts as their reader sees them, numbers and times in words.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::cohort::ItemSet;
use crate::filing::label;
use crate::filing::{
    Determined, Filer, FilingFacts, KnownFacts, Mark, Response, RevisionFacts, Since, ToldFacts,
    WaveFacts,
};
use crate::law::{Anchor, Span};
use crate::notice::{Language, item_name};

/// All values.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "templates ask yes or no")]
pub(super) struct Context<'a> {
    lang: &'static str,
    number: String,
    /// The report it adds to; empty in a first one.
    follows: String,
    supplement: u32,
    as_of: String,
    /// What the zone's clocks are ahead of UTC by.
    offset: String,
    filer: &'a Filer,
    code: &'a str,
    title: &'a str,
    occurred: &'a str,
    circumstances: &'a str,
    suspected: bool,
    access_yes: bool,
    access_no: bool,
    confirmed: String,
    possible: String,
    /// Whether there is a cohort at all.
    has_cohort: bool,
    lines: String,
    persons: String,
    unresolved: String,
    revisions: Vec<Revision>,
    knowledge: Vec<Known<'a>>,
    /// The moment its clock counts from, and how long that was ago; empty while there is none.
    counted_from: String,
    known_for: String,
    waves: Vec<Wave>,
    persons_told: String,
    lines_told: String,
    response: &'a Response,
    consequences: &'a str,
    late_reason: &'a str,
    since: Option<Changed>,
}

#[derive(Serialize)]
struct Revision {
    no: i32,
    at: String,
    lines: String,
    persons: String,
    unresolved: String,
    confirmed: String,
    possible: String,
}

#[derive(Serialize)]
struct Known<'a> {
    no: i32,
    at: String,
    who: &'a str,
    what: &'a str,
    evidence: &'a str,
    /// What it is a candidate for; empty for every moment of awareness.
    anchors: String,
    /// The revision it is about; 0 for the incident.
    revision: i32,
    selected: bool,
    earliest: bool,
    candidate: bool,
}

#[derive(Serialize)]
struct Wave {
    no: i32,
    revision: i32,
    released_at: String,
    cancelled: bool,
    owed: String,
    left_out: String,
    told: Vec<Told>,
    in_doubt: String,
    open: String,
}

#[derive(Serialize)]
struct Told {
    rung: &'static str,
    how: &'static str,
    persons: String,
}

#[derive(Serialize)]
struct Changed {
    number: String,
    as_of: String,
    nothing: bool,
    lines: Option<Pair>,
    persons: Option<Pair>,
    told: Option<Pair>,
    in_doubt: Option<Pair>,
    open: Option<Pair>,
    confirmed: String,
    possible: String,
    withdrawn: String,
    revisions: String,
    waves: String,
    knowledge: String,
    parts: String,
}

/// A number then and now.
#[derive(Serialize)]
struct Pair {
    then: String,
    now: String,
}

impl<'a> Context<'a> {
    pub(super) fn new(facts: &'a FilingFacts, zone: Tz) -> Self {
        let view = View { facts, language: facts.number.kind.language(), zone };
        let latest = facts.latest();
        let items = |of: fn(&RevisionFacts) -> ItemSet| {
            latest.map_or_else(String::new, |latest| view.items(of(latest)))
        };
        let total = |of: fn(&RevisionFacts) -> u64| count(latest.map_or(0, of));
        Self {
            lang: view.language.tag(),
            number: facts.number.to_string(),
            follows: facts.follows.map_or_else(String::new, |follows| view.number(follows.no)),
            supplement: facts.follows.map_or(0, |follows| follows.supplement),
            as_of: view.moment(facts.as_of),
            offset: facts.as_of.with_timezone(&zone).format("UTC%:z").to_string(),
            filer: &facts.filer,
            code: facts.number.incident.as_str(),
            title: &facts.title,
            occurred: &facts.leak.occurred,
            circumstances: &facts.leak.circumstances,
            suspected: facts.leak.is_suspected,
            access_yes: facts.leak.external_access == Determined::Yes,
            access_no: facts.leak.external_access == Determined::No,
            confirmed: items(|latest| latest.confirmed),
            possible: items(|latest| latest.possible),
            has_cohort: latest.is_some(),
            lines: total(|latest| latest.lines),
            persons: total(|latest| latest.persons),
            unresolved: total(|latest| latest.unresolved),
            revisions: facts.revisions.iter().map(|one| view.revision(one)).collect(),
            knowledge: facts.knowledge.iter().map(|one| view.known(one)).collect(),
            counted_from: facts.counted_from().map_or_else(String::new, |one| view.moment(one.at)),
            known_for: facts.known_for().map_or_else(String::new, |span| view.span(Span(span))),
            waves: facts.waves.iter().map(|one| view.wave(one)).collect(),
            persons_told: count(facts.persons_told),
            lines_told: count(facts.lines_told),
            response: &facts.response,
            consequences: &facts.consequences,
            late_reason: facts.late_reason.as_deref().unwrap_or_default(),
            since: facts.since.as_ref().map(|since| view.changed(since)),
        }
    }
}

/// How facts are shown.
struct View<'a> {
    facts: &'a FilingFacts,
    language: Language,
    zone: Tz,
}

impl View<'_> {
    fn revision(&self, one: &RevisionFacts) -> Revision {
        Revision {
            no: one.no.0,
            at: self.moment(one.at),
            lines: count(one.lines),
            persons: count(one.persons),
            unresolved: count(one.unresolved),
            confirmed: self.items(one.confirmed),
            possible: self.items(one.possible),
        }
    }

    fn known<'k>(&self, one: &'k KnownFacts) -> Known<'k> {
        Known {
            no: one.no,
            at: self.moment(one.at),
            who: &one.who,
            what: &one.what,
            evidence: &one.evidence,
            anchors: self.anchors(&one.anchors),
            revision: one.revision.map_or(0, |no| no.0),
            selected: one.mark == Mark::Selected,
            earliest: one.mark == Mark::Earliest,
            candidate: one.mark == Mark::Candidate,
        }
    }

    /// Those of the law it is made under; a reader of one law has no use for the others.
    fn anchors(&self, anchors: &[Anchor]) -> String {
        let law = |anchor: &Anchor| anchor.name().split('.').next();
        let own = self.facts.number.kind.anchor();
        let own = anchors.iter().filter(|anchor| law(anchor) == law(&own));
        let names: Vec<_> = own.map(|anchor| label::anchor(*anchor, self.language)).collect();
        if names.is_empty() && !anchors.is_empty() {
            return label::another_law(self.language).to_owned();
        }
        names.join(", ")
    }

    fn wave(&self, one: &WaveFacts) -> Wave {
        let told = |told: &ToldFacts| Told {
            rung: label::rung(told.rung, self.language),
            how: label::terminal(told.how, self.language),
            persons: count(told.persons),
        };
        Wave {
            no: one.no.0,
            revision: one.revision.0,
            released_at: self.moment(one.released_at),
            cancelled: one.is_cancelled,
            owed: count(one.owed),
            left_out: count(one.left_out),
            told: one.told.iter().map(told).collect(),
            in_doubt: count(one.in_doubt),
            open: count(one.open),
        }
    }

    fn changed(&self, since: &Since) -> Changed {
        let parts = since.parts.iter().map(|part| label::part(*part, self.language));
        Changed {
            number: self.number(since.no),
            as_of: self.moment(since.as_of),
            nothing: since.is_nothing(),
            lines: pair(since.lines),
            persons: pair(since.persons),
            told: pair(since.told),
            in_doubt: pair(since.in_doubt),
            open: pair(since.open),
            confirmed: self.items(since.confirmed),
            possible: self.items(since.possible),
            withdrawn: self.items(since.withdrawn),
            revisions: numbers(since.revisions.iter().map(|no| no.0)),
            waves: numbers(since.waves.iter().map(|no| no.0)),
            knowledge: numbers(since.knowledge.iter().copied()),
            parts: parts.collect::<Vec<_>>().join(", "),
        }
    }

    /// The number of another report of the same kind.
    fn number(&self, no: i32) -> String {
        crate::filing::FilingNumber { no, ..self.facts.number.clone() }.to_string()
    }

    fn items(&self, items: ItemSet) -> String {
        let names: Vec<_> = items.iter().map(|item| item_name(item, self.language)).collect();
        names.join(", ")
    }

    /// A moment on the zone's clocks; seconds only where there are any.
    fn moment(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        let seconds = if at.timestamp() % 60 == 0 { "" } else { ":%S" };
        let form = match self.language {
            Language::Korean => format!("%Y. %-m. %-d. %H:%M{seconds}"),
            Language::English | Language::Chinese | Language::Vietnamese | Language::Japanese => {
                format!("%-d %B %Y, %H:%M{seconds} (%:z)")
            }
        };
        local.format(&form).to_string()
    }

    fn span(&self, span: Span) -> String {
        match self.language {
            Language::Korean => span.korean(),
            Language::English | Language::Chinese | Language::Vietnamese | Language::Japanese => {
                span.to_string()
            }
        }
    }
}

fn pair([then, now]: [u64; 2]) -> Option<Pair> {
    (then != now).then(|| Pair { then: count(then), now: count(now) })
}

fn numbers(all: impl Iterator<Item = i32>) -> String {
    all.map(|no| no.to_string()).collect::<Vec<_>>().join(", ")
}

/// A number with commas between thousands.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
