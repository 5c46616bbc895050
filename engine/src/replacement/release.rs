//! The owner of a line agrees that a hold ends which they raised themselves. Staff end none without that.

use serde::Serialize;
use simrecall_core::access::Unlock;
use simrecall_core::id::LineId;
use simrecall_store::line_hold::LineHold;

use super::CUSTOMER;
use super::line::number_index;
use crate::problem::{Problem, Result};
use crate::selfcheck::{Door, Visit, not_theirs};

/// A hold that somebody raised on their own line.
#[derive(Debug, Clone, Serialize)]
pub struct OwnHold {
    /// The line.
    pub line: LineId,
    /// Its number, masked.
    pub number: String,
    /// Whether they have agreed that it ends.
    pub agreed: bool,
}

impl Door {
    /// The holds they raised on lines of theirs, and that nobody has cleared.
    pub fn holds(&self, visit: &Visit) -> Result<Vec<OwnHold>> {
        let known = visit.asked(Unlock::Apply)?;
        let mut holds = Vec::new();
        // Whom no proof opens this to, however fresh, is not asked for one.
        if visit.asked(Unlock::ReleaseHold).is_err_and(|why| why.code != "proof_too_old") {
            return Ok(holds);
        }
        for (line, record) in self.own_lines(known)? {
            let number = number_index(&self.inner.service, &record.msisdn);
            if let Some(hold) = self.own_hold(&number)? {
                let (number, agreed) = (record.msisdn.masked(), hold.owner_agreed_at.is_some());
                holds.push(OwnHold { line, number, agreed });
            }
        }
        Ok(holds)
    }

    /// Agrees that the hold ends which they raised on a line of theirs. The proof has to be younger than the hold: whoever raised it
    /// may have been shutting out the very session that would agree.
    pub fn release_hold(&self, visit: &Visit, line: LineId) -> Result<()> {
        let known = visit.asked(Unlock::ReleaseHold)?;
        let own = self.own_lines(known)?;
        let record = own.get(&line).ok_or_else(not_theirs)?;
        let number = number_index(&self.inner.service, &record.msisdn);
        let hold = self.own_hold(&number)?.ok_or_else(not_theirs)?;
        if hold.owner_agreed_at.is_some() {
            return Ok(());
        }
        if visit.proved_at() <= hold.raised_at {
            return Err(Problem::state("proof_too_old", "the proof is older than the hold")
                .hint("prove anew who you are"));
        }
        let home = &self.inner.home;
        let body = serde_json::json!({ "lines": [line] });
        let incident = Some(self.inner.incident);
        let entry = home.entry("line.release_agreed", CUSTOMER, incident, body)?;
        let now = home.now();
        let agreed = home.store.write(|tx| {
            let agreed = tx.agree_to_clear(&number, now)?;
            if agreed {
                tx.journal(&entry)?;
            }
            Ok(agreed)
        })?;
        if agreed { Ok(()) } else { Err(not_theirs()) }
    }

    fn own_hold(&self, number: &[u8; 16]) -> Result<Option<LineHold>> {
        let holds = self.inner.home.store.read(|tx| tx.line_holds(number))?;
        Ok(holds.into_iter().find(|one| one.cleared.is_none() && one.is_owners()))
    }
}
