//! From one target to its intent and its message.

use simrecall_core::delivery::{ChunkKind, Rung};
use simrecall_core::id::{AttemptKey, WaveNo};
use simrecall_core::notice::Rendered;
use simrecall_core::subscriber::Contact;
use simrecall_store::ledger::{LeasedChunk, NewAttempt};
use simrecall_store::permit::Permit;
use simrecall_store::seal::{DomainKeys, Field, IncidentKeys};

use super::lane::Item;
use crate::config::RouteConfig;
use crate::home::Home;
use crate::posting;
use crate::problem::Result;
use crate::routes::{Envelope, Message, compose};
use crate::target::TargetContent;
use crate::words::Words;

/// What messages are made from. It changes nothing, so that they can be made while a commit is waited for.
pub(super) struct Desk<'a> {
    pub(super) home: &'a Home,
    pub(super) words: &'a Words,
    pub(super) keys: &'a IncidentKeys,
    pub(super) service: &'a DomainKeys,
    pub(super) wave: WaveNo,
}

/// A target's message, and the intent that has to commit before it is handed over.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) item: Item,
    pub(super) intent: NewAttempt,
    /// What to hand over; or why it cannot be.
    pub(super) message: std::result::Result<Message, &'static str>,
}

/// A target's content, and its notice.
pub(super) struct Opened {
    pub(super) content: TargetContent,
    pub(super) rendered: Rendered,
}

impl Desk<'_> {
    /// Opens one target under the chunk's permit, and renders its notice.
    pub(super) fn open(
        &self,
        chunk: &LeasedChunk,
        permit: &mut Permit,
        item: &Item,
    ) -> Result<Opened> {
        let content = TargetContent::open(permit, self.keys, &item.key, &item.sealed)?;
        let rendered = self.words.render(chunk.rung, &content.variables)?;
        Ok(Opened { content, rendered })
    }

    /// Puts an opened target's notice into an envelope.
    pub(super) fn ready(
        &self,
        chunk: &LeasedChunk,
        route: &RouteConfig,
        item: Item,
        Opened { content, rendered }: &Opened,
    ) -> Ready {
        let key = AttemptKey { target: item.key, try_no: item.try_no };
        let page = posting::page_name(self.wave, &content.variables);
        let envelope = Envelope {
            key,
            rung: chunk.rung,
            contact: &content.contact,
            rendered,
            page: &page,
            at: self.home.now(),
        };
        let message = compose(&self.home.config, route, &envelope);
        let destination = destination(chunk.rung, &content.contact);
        let intent = NewAttempt {
            key,
            text_sha256: rendered.sha256(),
            parts: 1,
            resend: chunk.kind == ChunkKind::Resend,
            destination: destination.map(|to| self.service.blind(Field::Destination, to)),
        };
        Ready { item, intent, message: message.map_err(|reason| reason.code()) }
    }
}

/// Where an attempt goes, as its route writes it.
pub(crate) fn destination(rung: Rung, contact: &Contact) -> Option<&str> {
    match rung {
        Rung::Lms | Rung::Sms => contact.msisdn.as_ref().map(|number| number.expose()),
        Rung::Email => contact.email.as_ref().map(|address| address.expose()),
        Rung::Letter | Rung::Posting => None,
    }
}
