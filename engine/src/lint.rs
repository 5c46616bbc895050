//! Looking at notices before anybody signs them, with what the law asks of them today.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use simrecall_core::delivery::Rung;
use simrecall_core::id::RevisionNo;
use simrecall_core::incident::Incident;
use simrecall_core::law::{Element, RuleId};
use simrecall_core::notice::lint::{self, Asked, ElementsAsked, Report};
use simrecall_core::notice::{Language, NoticeKind, Rendered, Variables, worst_case};

use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::words::Words;
use crate::{incident, law};

/// What the law asks of the kinds of notice a wave sends, each element with the rules that ask for it.
pub(crate) type AskedOf = BTreeMap<NoticeKind, BTreeMap<Element, Vec<RuleId>>>;

/// Looks at every kind of notice that the incident has words for, in every language, at its longest.
pub fn lint(home: &Home, code: &str) -> Result<Report> {
    let incident = incident::by_code(home, code)?;
    let words = Words::read(home, &incident::words(home, incident.id)?)?;
    let kinds: BTreeSet<NoticeKind> =
        NoticeKind::ALL.into_iter().filter(|kind| words.suffice(*kind)).collect();
    let asked = asked_of(home, &incident, None, &kinds)?;
    let languages = Language::ALL.into_iter().collect();
    Ok(look(home, &words, &asked, &kinds, (languages, Vec::new())))
}

/// Which text to show.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The kind of notice, such as `confirmed`.
    pub kind: &'a str,
    /// The language, such as `ko`.
    pub language: &'a str,
    /// The rung, such as `lms`.
    pub rung: &'a str,
    /// The brand that speaks; the first one of the configuration when absent.
    pub brand: Option<&'a str>,
}

/// One text as an invented person would get it.
pub fn preview(home: &Home, code: &str, look: &Look<'_>) -> Result<Rendered> {
    let incident = incident::by_code(home, code)?;
    let words = Words::read(home, &incident::words(home, incident.id)?)?;
    let no = |what: &str, one_of: Vec<&str>| {
        Problem::input("preview", format!("no {what} is called that"))
            .hint(format!("one of {}", one_of.join(", ")))
    };
    let kind = NoticeKind::parse(look.kind);
    let kind = kind.ok_or_else(|| no("kind", NoticeKind::ALL.map(NoticeKind::name).to_vec()))?;
    let language = Language::parse(look.language)
        .map_err(|_| no("language", Language::ALL.map(Language::tag).to_vec()))?;
    let rung = Rung::ALL.into_iter().find(|rung| rung.name() == look.rung);
    let rung = rung.ok_or_else(|| no("rung", Rung::ALL.map(Rung::name).to_vec()))?;
    let brand = look.brand.or_else(|| words.brands.keys().next().map(String::as_str));
    let brand = brand.unwrap_or_default().to_owned();
    let longest = worst_case(kind, language).into_iter().next();
    let longest = longest.ok_or_else(|| Problem::ours("preview", "a kind without a reader"))?;
    words.render(rung, &Variables { brand, ..longest })
}

/// What the incident's statutes ask of these kinds, of what a revision added.
pub(crate) fn asked_of(
    home: &Home,
    incident: &Incident,
    revision: Option<RevisionNo>,
    kinds: &BTreeSet<NoticeKind>,
) -> Result<AskedOf> {
    // A supplement or a correction says what leaked and what may have, and is asked both in full.
    let tell = [NoticeKind::Confirmed, NoticeKind::Possible];
    let mut asked = BTreeMap::new();
    for kind in kinds.iter().copied().chain(tell) {
        asked.insert(kind, law::asked_elements(home, incident, revision, kind)?);
    }
    Ok(asked)
}

/// One hash over what is asked and by which rules.
pub(crate) fn asked_sha256(asked: &AskedOf) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(b"simrecall asked v1\n");
    for (kind, elements) in asked {
        for (element, rules) in elements {
            let rules: Vec<&str> = rules.iter().map(RuleId::as_str).collect();
            hash.update(format!("{} {} {}\n", kind.name(), element.name(), rules.join(" ")));
        }
    }
    hash.finalize().into()
}

/// Looks at these kinds, in these languages, for these extremes and for the longest there can be.
pub(crate) fn look(
    home: &Home,
    words: &Words,
    asked: &AskedOf,
    kinds: &BTreeSet<NoticeKind>,
    (languages, extremes): (BTreeSet<Language>, Vec<Variables>),
) -> Report {
    let config = &home.config;
    let of = |kind: NoticeKind| -> BTreeSet<Element> {
        asked.get(&kind).map(|elements| elements.keys().copied().collect()).unwrap_or_default()
    };
    let elements = |kind: NoticeKind| match kind {
        NoticeKind::Possible
        | NoticeKind::Confirmed
        | NoticeKind::Supplement
        | NoticeKind::Correction
        | NoticeKind::LossFound => ElementsAsked {
            always: BTreeSet::new(),
            confirmed: of(NoticeKind::Confirmed),
            possible: of(NoticeKind::Possible),
        },
        NoticeKind::AllClear
        | NoticeKind::RemedyVisit
        | NoticeKind::RemedyReady
        | NoticeKind::RemedyDone => ElementsAsked { always: of(kind), ..ElementsAsked::default() },
    };
    let rungs = config.ladder.iter().map(|step| {
        let capacities = if step.rung == Rung::Lms { vec![config.capacity()] } else { Vec::new() };
        (step.rung, capacities)
    });
    lint::lint(&Asked {
        templates: &words.templates,
        incident: &words.incident,
        brands: &words.brands,
        kinds: kinds.iter().map(|kind| (*kind, elements(*kind))).collect(),
        languages,
        rungs: rungs.collect(),
        numbers: config.wave.numbers.iter().cloned().collect(),
        extremes,
    })
}
