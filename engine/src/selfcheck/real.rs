//! Is this message from us? The published register answers, and so does the code in a message.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use simrecall_core::id::WaveNo;

use super::answer::unpublished;
use super::door::{ACTOR, Door};
use crate::problem::{Problem, Result};
use crate::register::{self, CodeAnswer, MatchAnswer, Register};

/// Bytes of a text that is compared at most: a long message has 2,000, and a mail's few lines fit too.
const MOST: usize = 8_192;

/// The register, made ready once for the waves that are in it.
#[derive(Default)]
pub(crate) struct Published(Mutex<Option<Arc<Ready>>>);

struct Ready {
    waves: Vec<(WaveNo, Option<DateTime<Utc>>)>,
    register: Register,
    json: Arc<[u8]>,
}

impl fmt::Debug for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Published")
    }
}

impl Door {
    /// What a text is, held against everything released. Nothing of it is kept.
    pub fn real(&self, text: &str, sender: Option<&str>) -> Result<MatchAnswer> {
        let text = text.trim();
        if text.is_empty() || text.len() > MOST {
            return Err(Problem::input("text", "there is no text, or more than a message holds")
                .hint("paste the message alone"));
        }
        let sender = sender.map(str::trim).filter(|sender| !sender.is_empty());
        if sender.is_some_and(|sender| sender.len() > 200) {
            return Err(Problem::input("sender", "this is no sender"));
        }
        Ok(self.ready()?.register.answer(text, sender))
    }

    /// Whether a message with this code was sent to this number or address.
    pub fn real_code(&self, reach: &str, code: &str) -> Result<CodeAnswer> {
        register::check_code_as(&self.inner.home, self.inner.incident, (reach, code), ACTOR)
    }

    /// The published register, as the browser's matcher reads it; problem `not_published` while there is none.
    pub fn register_json(&self) -> Result<Arc<[u8]>> {
        Ok(Arc::clone(&self.ready()?.json))
    }

    fn ready(&self) -> Result<Arc<Ready>> {
        let incident = self.incident()?;
        if register::is_silent(&self.inner.home, &incident, self.now())? {
            return Err(unpublished());
        }
        let waves = self.inner.home.store.read(|tx| tx.waves_of(self.inner.incident))?;
        let released = waves.iter().filter(|wave| wave.released_at.is_some());
        let waves: Vec<_> = released.map(|wave| (wave.no, wave.released_at)).collect();
        let Some(last) = waves.iter().filter_map(|(_, at)| *at).max() else {
            return Err(unpublished());
        };
        let mut kept = self.inner.register.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = &*kept
            && ready.waves == waves
        {
            return Ok(Arc::clone(ready));
        }
        let register = Register::read(&self.inner.home)?;
        let json = register::json_of(&self.inner.home, &incident, last)?;
        let ready = Ready { waves, register, json: json.into_bytes().into() };
        Ok(Arc::clone(kept.insert(Arc::new(ready))))
    }
}
