//! Whether each element that the law asks for stands in a text, with all that belongs to it.

use super::place::{Place, words_file};
use super::report::{Cell, Notes, Rule};
use super::sentence::squeezed;
use super::{Subject, mixed};
use crate::cohort::ItemSet;
use crate::law::Element;
use crate::notice::render::marked::Form;
use crate::notice::{IncidentText, Language, Variables, item_name};

/// Looks for every element asked for in one form of a text.
pub(super) fn look(subject: &Subject<'_>, form: &Form, notes: &mut Notes) {
    let Variables { kind, language, .. } = *subject.order.variables;
    let Some(asked) = subject.asked.kinds.get(&kind) else { return };
    for element in asked.of(subject.order.variables) {
        let fault = fault(subject, form, element);
        notes.element(Cell {
            kind,
            language,
            rung: subject.order.rung,
            element,
            there: fault.is_none(),
        });
        if let Some((place, what)) = fault {
            notes.add(subject.finding(Rule::Element, place, what));
        }
    }
    mixed::look_at_items(subject, form, notes);
}

/// What is wrong with an element, and where.
fn fault(subject: &Subject<'_>, form: &Form, element: Element) -> Option<(Place, String)> {
    let title = element.title(Language::English);
    let bound = match bound(subject, element) {
        Ok(values) => values,
        Err(field) => {
            let file = words_file(subject.order.variables.language, false, field);
            return Some((
                Place { file, line: None },
                format!("{element} is not written: {title}"),
            ));
        }
    };
    let place = || Place::of_element(subject, form, element);
    let Some(passage) = form.passages.get(&element) else {
        return Some((place(), format!("{element} is not there: {title}")));
    };
    let mut passage = squeezed(passage);
    if !passage.chars().any(char::is_alphanumeric) {
        return Some((place(), format!("{element} is empty: {title}")));
    }
    // The longest first: `이메일 주소` must not stand for `주소` too.
    let mut values: Vec<String> = bound.iter().map(|value| prepared(subject, value)).collect();
    values.sort_unstable_by_key(|value| std::cmp::Reverse(value.chars().count()));
    values.into_iter().find_map(|value| match passage.find(&value) {
        Some(_) => {
            passage = passage.replacen(&value, "\u{0}", 1);
            None
        }
        None => Some((place(), format!("{element} lacks {value:?}"))),
    })
}

/// A value as it stands in the text.
pub(super) fn prepared(subject: &Subject<'_>, value: &str) -> String {
    squeezed(&subject.order.room().map_or_else(|| value.to_owned(), |room| room.prepare(value)))
}

/// The values that a passage must hold; the name of the field if it was never written.
fn bound(subject: &Subject<'_>, element: Element) -> Result<Vec<String>, &'static str> {
    let variables = subject.order.variables;
    let words = subject.order.incident.text(variables.language);
    let values = BOUND.iter().find(|(of, _)| *of == element).map(|(_, values)| values);
    match (words, values) {
        (Some(words), Some(values)) => {
            values(&words.for_reader(subject.order.speaks_to_child()), variables)
        }
        // An element of which the block's own text is all there is.
        _ => Ok(Vec::new()),
    }
}

/// What a text must hold of the incident's words and of the person's facts.
type Values = fn(&IncidentText, &Variables) -> Result<Vec<String>, &'static str>;

const BOUND: [(Element, Values); 8] = [
    (Element::Items, |_, variables| Ok(names(variables.confirmed, variables))),
    (Element::ItemsPossible, |_, variables| {
        Ok(names(variables.possible.minus(variables.confirmed), variables))
    }),
    (Element::WhenHow, |words, _| {
        both(one("occurred", &words.occurred), one("circumstances", &words.circumstances))
    }),
    (Element::WhenHowSuspected, |words, _| {
        let when = one("suspected_occurred", &words.suspected_occurred);
        both(when, one("suspected_circumstances", &words.suspected_circumstances))
    }),
    (Element::SelfHelp, |words, _| all("self_help", &words.self_help)),
    (Element::ResponseRemedy, |words, _| {
        both(all("measures", &words.measures), all("relief", &words.relief))
    }),
    (Element::Contact, |words, _| {
        both(one("desk_name", &words.desk.name), one("desk_phone", &words.desk.phone))
    }),
    (Element::LegalRights, |words, _| all("rights", &words.rights)),
];

fn one(field: &'static str, text: &str) -> Result<Vec<String>, &'static str> {
    if text.is_empty() { Err(field) } else { Ok(vec![text.to_owned()]) }
}

fn all(field: &'static str, texts: &[String]) -> Result<Vec<String>, &'static str> {
    if texts.is_empty() { Err(field) } else { Ok(texts.to_vec()) }
}

fn both(
    first: Result<Vec<String>, &'static str>,
    second: Result<Vec<String>, &'static str>,
) -> Result<Vec<String>, &'static str> {
    Ok([first?, second?].concat())
}

fn names(items: ItemSet, variables: &Variables) -> Vec<String> {
    items.iter().map(|item| item_name(item, variables.language).to_owned()).collect()
}
