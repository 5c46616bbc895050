//! A notice rendered for everyone it is the same for, with gaps where one person's own words go.
//!
//! People of one incident share few texts: rendering each text once, and names into its gaps, is an
//! order of magnitude quicker than rendering for each person, and gives the same bytes (tested).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use handlebars::html_escape;

use super::order::Order;
use super::own::{Own, Shape, Slot};
use super::plain::plain;
use super::{NoticeTemplate, RenderError, Rendered};
use crate::cohort::ItemSet;
use crate::delivery::Rung;
use crate::notice::encoding::{Capacity, encode};
use crate::notice::words::is_private_use;
use crate::notice::{Language, NoticeKind, RemedyVariables, Variables, Wording};
use crate::subscriber::RecipientRole;

/// Shells kept at most; more would mean that they are not shared.
const MOST: usize = 4_096;

/// All that a text depends on, the values in its gaps aside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    rung: Rung,
    room: Option<Capacity>,
    kind: NoticeKind,
    language: Language,
    role: RecipientRole,
    items: [ItemSet; 3],
    lines: u16,
    as_of: String,
    minor: bool,
    remedy: Option<RemedyVariables>,
    shape: Shape,
    words: [[u8; 32]; 2],
}

impl Key {
    /// The key of a text that can be shared; `None` if its variables hold the sign of a gap.
    pub(super) fn of(order: Order<'_>, shape: Shape) -> Option<Self> {
        let Variables {
            kind, language, role, confirmed, possible, withdrawn, lines, minor, ..
        } = *order.variables;
        let as_of = order.variables.as_of.clone();
        // The order's number goes into a gap; people of one agency share the rest.
        let remedy = order
            .variables
            .remedy
            .as_ref()
            .map(|remedy| RemedyVariables { order: String::new(), ..remedy.clone() });
        let remedy_texts = remedy
            .iter()
            .flat_map(|remedy| [&remedy.agency, &remedy.address, &remedy.until, &remedy.hours]);
        if remedy_texts.chain([&as_of]).any(|text| text.contains(is_private_use)) {
            return None;
        }
        Some(Self {
            rung: order.rung,
            room: order.room(),
            kind,
            language,
            role,
            items: [confirmed, possible, withdrawn],
            lines,
            as_of,
            minor,
            remedy,
            shape,
            words: [order.incident.sha256(), order.carrier.sha256()],
        })
    }
}

/// A rendered notice in pieces; one person's own words go between each two of them.
pub(super) struct Shell {
    subject: Option<String>,
    text: Pieces,
    html: Option<Pieces>,
    /// Bytes of a message's pieces; `None` for what is no message to a handset.
    used: Option<(Capacity, usize)>,
}

/// Pieces of a text, and what goes between each two.
struct Pieces {
    pieces: Vec<String>,
    slots: Vec<Slot>,
}

impl Pieces {
    fn of(text: &str) -> Self {
        let is_gap = |c| Slot::of(c).is_some();
        Self {
            pieces: text.split(is_gap).map(str::to_owned).collect(),
            slots: text.chars().filter_map(Slot::of).collect(),
        }
    }

    /// What is read of a sheet of HTML, with the same gaps.
    fn plain(&self) -> Self {
        Self::of(&plain(&self.fill(|slot, text| text.push_str(slot.sign()))))
    }

    fn fill(&self, mut value: impl FnMut(Slot, &mut String)) -> String {
        let mut slots = self.slots.iter();
        let mut text = String::new();
        for piece in &self.pieces {
            text.push_str(piece);
            if let Some(slot) = slots.next() {
                value(*slot, &mut text);
            }
        }
        text
    }
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shell({} gaps)", self.text.slots.len())
    }
}

impl Shell {
    /// Makes a shell by rendering once with the gaps' signs for a person's own words.
    pub(super) fn new(
        template: &NoticeTemplate,
        order: Order<'_>,
        shape: Shape,
    ) -> Result<Self, RenderError> {
        let rendered = template.lay_out(order, &shape.gaps())?;
        let text = Pieces::of(&rendered.text);
        let used = match order.room() {
            None => None,
            Some(room) => {
                let bytes = encode(&text.pieces.concat(), room.charset);
                Some((room, bytes.map_err(RenderError::Unfit)?.len()))
            }
        };
        let html = rendered.html.as_deref().map(Pieces::of);
        Ok(Self { subject: rendered.subject, text, html, used })
    }

    /// The notice with a person's own words in its gaps; `None` if it then no longer fits.
    pub(super) fn fill(&self, own: &Own<'_>) -> Option<Rendered> {
        let text = match self.used {
            None => self.text.fill(|slot, text| text.push_str(own.value(slot))),
            Some((room, used)) => {
                let values = self.text.slots.iter().map(|slot| own.value(*slot));
                let values: Vec<String> = values.map(|value| room.prepare(value)).collect();
                let more = encode(&values.concat(), room.charset).ok()?.len();
                if used + more > room.long_bytes {
                    return None;
                }
                let mut values = values.iter();
                self.text.fill(|_, text| text.extend(values.next().map(String::as_str)))
            }
        };
        let html = self
            .html
            .as_ref()
            .map(|html| html.fill(|slot, text| text.push_str(&html_escape(own.value(slot)))));
        Some(Rendered { subject: self.subject.clone(), text, html })
    }

    /// The text as it is registered: what is read of it, with its gaps.
    pub(super) fn wording(&self, order: Order<'_>) -> Wording {
        let sheet = self.html.as_ref().filter(|_| self.text.pieces.concat().is_empty());
        let text = match sheet {
            None => &self.text,
            Some(html) => &html.plain(),
        };
        Wording {
            kind: order.variables.kind,
            language: order.variables.language,
            rung: order.rung,
            role: order.variables.role,
            subject: self.subject.clone(),
            pieces: text.pieces.clone(),
            gaps: text.slots.iter().map(|slot| slot.gap()).collect(),
        }
    }
}

/// The shells made so far. Nothing but speed depends on it.
#[derive(Debug, Default)]
pub(super) struct Shells(Mutex<BTreeMap<Key, Arc<Shell>>>);

impl Shells {
    /// The shell kept under the key, or a new one.
    pub(super) fn get(
        &self,
        key: Key,
        make: impl FnOnce() -> Result<Shell, RenderError>,
    ) -> Result<Arc<Shell>, RenderError> {
        if let Some(shell) = self.lock().get(&key) {
            return Ok(Arc::clone(shell));
        }
        let shell = Arc::new(make()?);
        let mut shells = self.lock();
        if shells.len() >= MOST {
            shells.clear();
        }
        shells.insert(key, Arc::clone(&shell));
        Ok(shell)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Key, Arc<Shell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
