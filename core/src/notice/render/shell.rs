//! A notice rendered for everyone it is the same for, with a gap where the greeting's name goes.
//!
//! People of one incident share few texts: rendering each text once, and names into its gaps, is an
//! order of magnitude quicker than rendering for each person, and gives the same bytes (tested).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use handlebars::html_escape;

use super::context::Order;
use super::{NoticeTemplate, RenderError, Rendered};
use crate::cohort::ItemSet;
use crate::delivery::Rung;
use crate::notice::encoding::{Charset, LMS_BYTES, encode, normalise};
use crate::notice::words::GAP;
use crate::notice::{Language, NoticeKind};
use crate::subscriber::RecipientRole;

/// Shells kept at most; more would mean that they are not shared.
const MOST: usize = 4_096;

/// All that a text depends on, the name in its greeting aside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    rung: Rung,
    kind: NoticeKind,
    language: Language,
    role: RecipientRole,
    confirmed: ItemSet,
    possible: ItemSet,
    lines: u16,
    as_of: String,
    greeted: bool,
    words: [[u8; 32]; 2],
}

impl Key {
    /// The key of a text that can be shared; `None` for a letter, which shows an address.
    pub(super) fn of(order: Order<'_>) -> Option<Self> {
        let Order { rung, variables, incident, carrier } = order;
        let shared = match rung {
            Rung::Lms | Rung::Sms | Rung::Email | Rung::Posting => true,
            Rung::Letter => false,
        };
        if !shared || variables.as_of.contains(GAP) {
            return None;
        }
        Some(Self {
            rung,
            kind: variables.kind,
            language: variables.language,
            role: variables.role,
            confirmed: variables.confirmed,
            possible: variables.possible,
            lines: variables.lines,
            as_of: variables.as_of.clone(),
            greeted: !order.greeting().is_empty(),
            words: [incident.sha256(), carrier.sha256()],
        })
    }
}

/// A rendered notice in pieces; a name goes between each two of them.
pub(super) struct Shell {
    subject: Option<String>,
    text: Vec<String>,
    html: Option<Vec<String>>,
    /// KS X 1001 bytes of a message's pieces; `None` for what is no message to a handset.
    bytes: Option<usize>,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shell({} gaps)", self.text.len().saturating_sub(1))
    }
}

impl Shell {
    /// Makes a shell by rendering once with the gap's sign for a name.
    pub(super) fn new(template: &NoticeTemplate, order: Order<'_>) -> Result<Self, RenderError> {
        let gap = String::from(GAP);
        let greeting = if order.greeting().is_empty() { "" } else { gap.as_str() };
        let rendered = template.lay_out(order, greeting)?;
        let pieces = |text: &str| text.split(GAP).map(str::to_owned).collect::<Vec<_>>();
        let text = pieces(&rendered.text);
        let bytes = match order.rung {
            Rung::Lms | Rung::Sms => {
                let bytes = encode(&text.concat(), Charset::Ksx1001);
                Some(bytes.map_err(RenderError::Unfit)?.len())
            }
            Rung::Email | Rung::Letter | Rung::Posting => None,
        };
        let html = rendered.html.as_deref().map(pieces);
        Ok(Self { subject: rendered.subject, text, html, bytes })
    }

    /// The notice with a name in its gaps; `None` if it then no longer fits.
    pub(super) fn fill(&self, name: &str) -> Option<Rendered> {
        let text = match self.bytes {
            None => self.text.join(name),
            Some(bytes) => {
                let name = normalise(name);
                let more = encode(&name, Charset::Ksx1001).ok()?.len();
                let gaps = self.text.len().saturating_sub(1);
                (bytes + more * gaps <= LMS_BYTES).then(|| self.text.join(&name))?
            }
        };
        let html = self.html.as_ref().map(|html| html.join(&html_escape(name)));
        Some(Rendered { subject: self.subject.clone(), text, html })
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
