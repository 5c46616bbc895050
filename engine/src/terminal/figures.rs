//! What whoever runs the agency's page watches: who is at work, and what waits. Numbers alone, nobody's name.

pub use simrecall_store::at_work::{AtWork, Waiting};

use simrecall_core::terminal::look::LASTS;
use simrecall_store::at_work::Since;

use super::AgencyDoor;
use crate::problem::Result;

impl AgencyDoor {
    /// Whether the database answers.
    pub fn ready(&self) -> Result<()> {
        self.home().store.read(|tx| tx.incidents())?;
        Ok(())
    }

    /// Who is at work now, and what waits for them.
    pub fn figures(&self) -> Result<AtWork> {
        let (now, config) = (self.now(), self.config());
        let since = Since {
            used: now - config.idle.0,
            signed_in: now - config.session.0,
            asked: now - LASTS,
        };
        Ok(self.home().store.read(|tx| tx.at_work(&since))?)
    }
}
