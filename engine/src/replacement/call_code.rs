//! Six digits for a call: the customer's page shows them, and whoever answers finds the case by them, for ten minutes.
//!
//! They are made when somebody asks for them, so few are alive at a time, and no two name different cases.

use chrono::TimeDelta;
use serde::Serialize;
use simrecall_core::id::LineId;
use simrecall_store::call_code::CallCode;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{DomainKeys, Tag};

use super::CUSTOMER;
use crate::home::random;
use crate::problem::{Problem, Result};
use crate::selfcheck::{Door, Visit};
use crate::terminal::call::kept;

/// For how long they are shown.
const SHOWN: TimeDelta = TimeDelta::minutes(10);
/// How often others are drawn where some name another case.
const DRAWS: usize = 8;

/// What a page shows of them.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CallShown {
    /// In two groups, as they are read out.
    pub digits: String,
    /// For how many more minutes, begun ones included.
    pub minutes: i64,
}

impl std::fmt::Debug for CallShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallShown(***)")
    }
}

impl Door {
    /// Shows digits for a call about an open case of theirs, in place of those before.
    pub fn show_call_code(&self, visit: &Visit, line: LineId) -> Result<()> {
        let (case, _) = self.open_case(visit, line)?;
        let home = &self.inner.home;
        let body = serde_json::json!({ "case": case.id, "lines": [line] });
        let entry = home.entry("replacement.call", CUSTOMER, Some(case.incident), body)?;
        let now = self.now();
        for _ in 0..DRAWS {
            let salt = random()?;
            let code = CallCode {
                code: kept(&self.inner.service, &digits(&self.inner.service, &case, &salt)),
                case: (case.incident, case.id),
                salt,
                until: now + SHOWN,
            };
            let shown = home.store.write(|tx| {
                let shown = tx.show_call_code(&code, now)?;
                if shown {
                    tx.journal(&entry)?;
                }
                Ok(shown)
            })?;
            if shown {
                return Ok(());
            }
        }
        Err(Problem::state("busy", "no digits are free: try again in a minute"))
    }

    /// What is shown for a case now.
    pub(crate) fn call_shown(&self, case: &ReplacementCase) -> Result<Option<CallShown>> {
        let (home, now) = (&self.inner.home, self.now());
        let code = home.store.read(|tx| tx.call_code_of(case.incident, case.id, now))?;
        Ok(code.map(|code| {
            let digits = digits(&self.inner.service, case, &code.salt);
            let (first, second) = digits.split_at(3);
            let left = (code.until - now).num_seconds();
            CallShown { digits: format!("{first} {second}"), minutes: (left + 59) / 60 }
        }))
    }
}

fn digits(service: &DomainKeys, case: &ReplacementCase, salt: &[u8; 16]) -> String {
    let parts: [&[u8]; 4] =
        [b"call digits", case.incident.as_bytes(), case.id.as_bytes(), salt.as_slice()];
    let tag = service.tag(Tag::ProofCode, &parts);
    let number = tag.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    format!("{:06}", number % 1_000_000)
}
