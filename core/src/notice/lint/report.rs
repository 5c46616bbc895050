//! What lint found, in a form that approvers sign.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::delivery::Rung;
use crate::law::Element;
use crate::notice::{Language, NoticeKind};

/// What a notice must not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// An element that the law asks for is missing, empty or not complete.
    Element,
    /// What may have leaked is told as leaked, or the reverse.
    Mixed,
    /// A word makes the leak sound smaller than it is.
    Belittling,
    /// A word of selling.
    Promotion,
    /// A message to a handset holds a web or mail address.
    Address,
    /// A mail, letter or posting names another host than the official one, or holds a link.
    Host,
    /// A telephone number that is not on the list.
    Number,
    /// A value, a place or a time of connection instead of the kind of data.
    Value,
    /// The text does not fit its route.
    TooLong,
    /// A character that the route, or no reader, can show.
    Charset,
    /// A sign of markup where people read.
    Markup,
    /// A kind, language or rung that there are no words for.
    NoTemplate,
    /// A template fails.
    Template,
}

impl Rule {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Element => "element",
            Self::Mixed => "mixed",
            Self::Belittling => "belittling",
            Self::Promotion => "promotion",
            Self::Address => "address",
            Self::Host => "host",
            Self::Number => "number",
            Self::Value => "value",
            Self::TooLong => "too_long",
            Self::Charset => "charset",
            Self::Markup => "markup",
            Self::NoTemplate => "no_template",
            Self::Template => "template",
        }
    }
}

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Where: a template's file below `templates/notices`, or which words and which field.
    pub file: String,
    /// The line, from 1, where it can be known.
    pub line: Option<usize>,
    /// The kind of notice that shows it.
    pub kind: NoticeKind,
    /// The language that shows it.
    pub language: Language,
    /// The rung that shows it; none if all do.
    pub rung: Option<Rung>,
    /// The rule it breaks.
    pub rule: Rule,
    /// What is wrong, in one clause.
    pub what: String,
}

/// The longest message of a rung in a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Longest {
    /// The rung.
    pub rung: Rung,
    /// The language.
    pub language: Language,
    /// Bytes it takes.
    pub bytes: usize,
    /// Bytes its route carries.
    pub limit: usize,
}

/// Whether an element that is asked for stands in every text of a kind, language and rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cell {
    /// The kind of notice.
    pub kind: NoticeKind,
    /// The language.
    pub language: Language,
    /// The rung.
    pub rung: Rung,
    /// The element.
    pub element: Element,
    /// Whether it is there, full.
    pub there: bool,
}

/// All that lint has to say. The same words, templates and questions give the same report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What is to be mended, by file and line.
    pub findings: Vec<Finding>,
    /// How many texts were looked at.
    pub checked: usize,
    /// The longest messages.
    pub longest: Vec<Longest>,
    /// Every element asked for, by kind, language and rung.
    pub elements: Vec<Cell>,
}

impl Report {
    /// Whether there is nothing to mend.
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// SHA-256 over everything it says.
    pub fn sha256(&self) -> [u8; 32] {
        let json = serde_json::json!({ "simrecall_lint": 1, "report": self });
        Sha256::digest(json.to_string().as_bytes()).into()
    }
}

/// A file, and the kind, language and rung that show it.
type TextPlace = (String, NoticeKind, Language, Option<Rung>);

/// A report that is being made.
#[derive(Default)]
pub(super) struct Notes {
    findings: BTreeSet<Finding>,
    too_long: BTreeMap<TextPlace, (usize, Finding)>,
    checked: usize,
    longest: BTreeMap<(Rung, Language), (usize, usize)>,
    elements: BTreeMap<(NoticeKind, Language, Rung, Element), bool>,
}

impl Notes {
    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.insert(finding);
    }

    /// Keeps the longest of the texts that outgrow their route from one file.
    pub(super) fn add_too_long(&mut self, bytes: usize, finding: Finding) {
        let key = (finding.file.clone(), finding.kind, finding.language, finding.rung);
        let longest = self.too_long.entry(key).or_insert_with(|| (bytes, finding.clone()));
        if bytes > longest.0 {
            *longest = (bytes, finding);
        }
    }

    /// One more text was looked at.
    pub(super) fn count(&mut self) {
        self.checked += 1;
    }

    /// Keeps the message that leaves least room.
    pub(super) fn measure(&mut self, rung: Rung, language: Language, bytes: usize, limit: usize) {
        let longest = self.longest.entry((rung, language)).or_insert((bytes, limit));
        let room = |(bytes, limit): (usize, usize)| limit.saturating_sub(bytes);
        if room((bytes, limit)) < room(*longest) {
            *longest = (bytes, limit);
        }
    }

    pub(super) fn element(&mut self, cell: Cell) {
        let Cell { kind, language, rung, element, there } = cell;
        *self.elements.entry((kind, language, rung, element)).or_insert(true) &= there;
    }

    pub(super) fn report(mut self) -> Report {
        self.findings.extend(self.too_long.into_values().map(|(_, finding)| finding));
        let longest = self.longest.into_iter();
        let elements = self.elements.into_iter();
        Report {
            findings: self.findings.into_iter().collect(),
            checked: self.checked,
            longest: longest
                .map(|((rung, language), (bytes, limit))| Longest { rung, language, bytes, limit })
                .collect(),
            elements: elements
                .map(|((kind, language, rung, element), there)| Cell {
                    kind,
                    language,
                    rung,
                    element,
                    there,
                })
                .collect(),
        }
    }
}
