//! Looks at every notice a wave would send before anybody signs it: whether each element that the law
//! asks for is there and full, and whether nothing in it does harm.
//!
//! Texts are rendered as they would be sent, on every rung, in every language, for the wave's own
//! extremes and for the longest notice there can be. What is found names the file to mend.

mod element;
mod mixed;
mod number;
mod place;
mod promotion;
mod report;
mod sentence;
mod text;

use std::collections::{BTreeMap, BTreeSet};

pub use report::{Cell, Finding, Longest, Report, Rule};

use super::encoding::{Capacity, EncodeError, encode};
use super::render::{Order, RenderError, Rendered};
use super::{
    CarrierWords, IncidentWords, Language, NoticeKind, NoticeTemplate, TemplateSet, Variables,
    worst_case,
};
use crate::delivery::Rung;
use crate::law::Element;
use place::{Place, words_file};
use report::Notes;

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The templates in use.
    pub templates: &'a TemplateSet,
    /// The incident's words.
    pub incident: &'a IncidentWords,
    /// The words of every brand, by its code.
    pub brands: &'a BTreeMap<String, CarrierWords>,
    /// The kinds of notice the wave sends, and what each must hold.
    pub kinds: BTreeMap<NoticeKind, ElementsAsked>,
    /// The languages people chose. One without template or words is told in English.
    pub languages: BTreeSet<Language>,
    /// The rungs of the ladder; for long messages what each route carries. A language that no route
    /// carries is not sent by message.
    pub rungs: BTreeMap<Rung, Vec<Capacity>>,
    /// Telephone numbers a notice may name besides the desk's and the hotline's.
    pub numbers: BTreeSet<String>,
    /// Notices as the wave has them: each set of items, the longest names.
    pub extremes: Vec<Variables>,
}

/// What the law asks of one kind of notice, by what a notice says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ElementsAsked {
    /// Of each one.
    pub always: BTreeSet<Element>,
    /// Of one that says something leaked.
    pub confirmed: BTreeSet<Element>,
    /// Of one that says something may have leaked.
    pub possible: BTreeSet<Element>,
}

impl ElementsAsked {
    /// What a notice with these variables must hold.
    pub fn of(&self, variables: &Variables) -> BTreeSet<Element> {
        let confirmed = self.confirmed.iter().filter(|_| !variables.confirmed.is_empty());
        let only_possible = variables.possible.minus(variables.confirmed);
        let possible = self.possible.iter().filter(|_| !only_possible.is_empty());
        self.always.iter().chain(confirmed).chain(possible).copied().collect()
    }
}

/// Looks at everything that is asked.
pub fn lint(asked: &Asked<'_>) -> Report {
    let mut notes = Notes::default();
    for kind in asked.kinds.keys() {
        for language in told_languages(asked, *kind) {
            match asked.templates.get(*kind, language) {
                Some(template) => look_at_worst(asked, template, &mut notes),
                None => notes.add(Finding {
                    file: folder(*kind, language),
                    line: None,
                    kind: *kind,
                    language,
                    rung: None,
                    rule: Rule::NoTemplate,
                    what: "there is no template".to_owned(),
                }),
            }
        }
    }
    for variables in &asked.extremes {
        let template = asked.templates.get(variables.kind, variables.language);
        let brand = asked.brands.get_key_value(&variables.brand);
        if let (Some(template), Some((brand, carrier))) = (template, brand) {
            look_at(asked, template, (brand, carrier), variables, &mut notes);
        } else {
            notes.add(unknown(variables, brand.is_none()));
        }
    }
    notes.report()
}

/// One text, and all that its rules may have to know.
struct Subject<'a> {
    asked: &'a Asked<'a>,
    template: &'a NoticeTemplate,
    brand: &'a str,
    order: Order<'a>,
}

impl Subject<'_> {
    fn finding(&self, rule: Rule, place: Place, what: String) -> Finding {
        let Variables { kind, language, .. } = *self.order.variables;
        let Place { file, line } = place;
        Finding { file, line, kind, language, rung: Some(self.order.rung), rule, what }
    }
}

fn folder(kind: NoticeKind, language: Language) -> String {
    format!("{}/{}", kind.name(), language.tag())
}

/// The languages that people who chose one of those asked are told in, whichever their brand.
fn told_languages(asked: &Asked<'_>, kind: NoticeKind) -> BTreeSet<Language> {
    let of = |language: &Language| {
        let brands = asked.brands.values();
        brands
            .map(|carrier| asked.templates.told_in(kind, *language, asked.incident, carrier))
            .collect::<Vec<_>>()
    };
    asked.languages.iter().flat_map(of).collect()
}

fn unknown(variables: &Variables, no_brand: bool) -> Finding {
    let Variables { kind, language, ref brand, .. } = *variables;
    let what = if no_brand {
        format!("there are no words of brand {brand:?}")
    } else {
        "there is no template".to_owned()
    };
    let file = folder(kind, language);
    Finding { file, line: None, kind, language, rung: None, rule: Rule::NoTemplate, what }
}

fn look_at_worst(asked: &Asked<'_>, template: &NoticeTemplate, notes: &mut Notes) {
    let source = template.source();
    let worst = worst_case(source.kind, source.language);
    let speaks = |carrier: &CarrierWords| carrier.text(source.language).is_some();
    for (brand, carrier) in asked.brands.iter().filter(|(_, carrier)| speaks(carrier)) {
        for variables in worst.iter().filter(|variables| may_be(asked, variables)) {
            look_at(asked, template, (brand, carrier), variables, notes);
        }
    }
}

/// Whether a notice of this certainty may be sent: the wave has such a one, or if nothing is known of
/// the wave, the incident's words say of a possibility what they must.
fn may_be(asked: &Asked<'_>, variables: &Variables) -> bool {
    let certainty = |variables: &Variables| {
        let possible = variables.possible.minus(variables.confirmed);
        (!variables.confirmed.is_empty(), !possible.is_empty())
    };
    let (_, possible) = certainty(variables);
    let mut alike = asked.extremes.iter().filter(|own| own.kind == variables.kind).peekable();
    if alike.peek().is_some() {
        return alike.any(|own| certainty(own) == certainty(variables));
    }
    let words = asked.incident.text(variables.language);
    let suspected = words.is_some_and(|words| !words.suspected_occurred.is_empty());
    !possible || suspected || variables.kind == NoticeKind::Possible
}

fn look_at(
    asked: &Asked<'_>,
    template: &NoticeTemplate,
    (brand, carrier): (&str, &CarrierWords),
    variables: &Variables,
    notes: &mut Notes,
) {
    for (rung, capacities) in &asked.rungs {
        let order = Order::new(*rung, variables, asked.incident, carrier);
        for order in orders(order, capacities) {
            look_at_text(&Subject { asked, template, brand, order }, notes);
        }
    }
}

/// An order for each route that carries its language; other rungs carry every language.
fn orders<'a>(order: Order<'a>, capacities: &[Capacity]) -> Vec<Order<'a>> {
    let language = order.variables.language;
    let carrying = capacities.iter().filter(|capacity| capacity.charset.carries(language));
    match order.rung {
        Rung::Lms => carrying.map(|capacity| order.within(*capacity)).collect(),
        // Where a card lies ready is one person's own affair, and nothing is owed to those it cannot be told to.
        Rung::Posting if order.variables.kind.is_remedy() => Vec::new(),
        Rung::Sms if !Capacity::SHORT.charset.carries(language) => Vec::new(),
        // Nobody sends a letter to somebody without an address.
        Rung::Letter if order.variables.address.is_none() => Vec::new(),
        Rung::Sms | Rung::Email | Rung::Letter | Rung::Posting => vec![order],
    }
}

fn look_at_text(subject: &Subject<'_>, notes: &mut Notes) {
    let marked = match subject.template.marked(subject.order) {
        Ok(marked) => marked,
        Err(error) => return notes.add(unrendered(subject, &error)),
    };
    notes.count();
    for form in &marked.forms {
        element::look(subject, form, notes);
        text::look(subject, &marked.subject, form, notes);
    }
    match subject.template.render(subject.order) {
        Ok(rendered) => measure(subject, &rendered, notes),
        // The rules above name the place of an address.
        Err(RenderError::Address) => {}
        Err(error @ RenderError::Unfit(EncodeError::TooLong { bytes, .. })) => {
            notes.add_too_long(bytes, unrendered(subject, &error));
        }
        Err(error) => notes.add(unrendered(subject, &error)),
    }
}

fn measure(subject: &Subject<'_>, rendered: &Rendered, notes: &mut Notes) {
    let Order { rung, variables, .. } = subject.order;
    if let Some(room) = subject.order.room()
        && let Ok(bytes) = encode(&rendered.text, room.charset)
    {
        notes.measure(rung, variables.language, bytes.len(), room.long_bytes);
    }
}

/// Why a text cannot be rendered, as something to mend.
fn unrendered(subject: &Subject<'_>, error: &RenderError) -> Finding {
    let language = subject.order.variables.language;
    let main = Place::main(subject);
    let (rule, place) = match error {
        RenderError::Unfit(EncodeError::Unmappable { character, .. }) => {
            (Rule::Charset, Place::of(subject, &[], &character.to_string()))
        }
        RenderError::Unfit(EncodeError::TooLong { .. } | EncodeError::TooManyParts { .. }) => {
            (Rule::TooLong, main)
        }
        RenderError::Missing { field, .. } => {
            (Rule::Element, Place { file: words_file(language, false, field), line: None })
        }
        RenderError::NoTemplate { .. } | RenderError::NoRung { .. } | RenderError::NoWords(_) => {
            (Rule::NoTemplate, main)
        }
        RenderError::Address => (Rule::Address, main),
        RenderError::Template { line, .. } => {
            (Rule::Template, Place { line: (*line > 0).then_some(*line), ..main })
        }
    };
    let source = std::error::Error::source(error).map(ToString::to_string);
    subject.finding(rule, place, source.unwrap_or_else(|| error.to_string()))
}

#[cfg(test)]
mod tests;
