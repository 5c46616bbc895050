//! A code comes back. Only a right one makes the door look anybody up.

use chrono::TimeDelta;
use simrecall_core::access::Way;
use simrecall_gateway::otp::Checked;
use simrecall_store::budget::{Budget, Window};
use simrecall_store::proof_request::{ProofRequest, Spent};
use simrecall_store::session::SessionId;

use super::door::Door;
use super::key::{Browser, SessionKey};
use super::who::Found;
use super::{mac, otp};
use crate::problem::{Problem, Result};

impl Door {
    /// Trades a right code for a proved session; the one before is gone.
    ///
    /// A try is spent before the code is compared, and a right code uses its request up.
    pub fn redeem(
        &self,
        key: &SessionKey,
        browser: &Browser<'_>,
        code: &str,
    ) -> Result<SessionKey> {
        let session = self.unproved(key, browser)?;
        let asked = self.inner.home.store.read(|tx| tx.request(session.id))?.ok_or_else(expired)?;
        let relies = self.is_open(asked.way)?;
        let code = mac::typed(code).ok_or_else(wrong)?;
        let request = self.spend_try(session.id)?;
        let right = match self.is_right(&request, &code) {
            Ok(right) => right,
            Err(Unchecked::Over(problem)) => return Err(problem),
            Err(Unchecked::Silent(problem)) => {
                self.unspend(&request)?;
                return Err(problem);
            }
        };
        if !right {
            return Err(wrong());
        }
        // Of two who bring the right code at once, one uses it up.
        let (id, failures) = (request.id, self.failures(&request));
        let used = self.inner.home.store.write(|tx| {
            tx.return_budget(&failures)?;
            tx.use_request(session.id, id)
        })?;
        if !used {
            return Err(expired());
        }
        let found = match request.way {
            Way::Email => self.by_address(&request.msisdn, request.email.as_ref())?,
            Way::Sms => self.by_line(&request.msisdn)?,
            Way::Login | Way::Agency => Found::Nobody,
        };
        self.proved(&session, request.way, relies, found)
    }

    /// Spends one try of the request, and one failure of its target, which comes back if the code is right: of many at once no more
    /// are compared than may fail.
    pub(crate) fn spend_try(&self, session: SessionId) -> Result<ProofRequest> {
        let now = self.now();
        let window =
            Window { span: TimeDelta::days(1), limit: self.inner.config.limits.failures_a_day };
        let spent = self.inner.home.store.write(|tx| {
            let spent = tx.spend_try(session, now)?;
            let may_fail = match &spent {
                Spent::Try(request) => {
                    tx.spend_budget(&self.failures(request), &Budget::of(window), now)?
                }
                Spent::UsedUp | Spent::Expired | Spent::Nothing => true,
            };
            Ok((spent, may_fail))
        })?;
        match spent {
            (Spent::Try(request), true) => Ok(request),
            (Spent::Try(_), false) | (Spent::UsedUp, _) => Err(used_up()),
            (Spent::Expired | Spent::Nothing, _) => Err(expired()),
        }
    }

    /// Nothing was compared: whoever types their code while the service is dead has failed at nothing. Nobody learns anything by it,
    /// and the service counts for itself.
    fn unspend(&self, request: &ProofRequest) -> Result<()> {
        let failures = self.failures(request);
        self.inner.home.store.write(|tx| {
            tx.return_budget(&failures)?;
            tx.return_try(request.session, request.id)
        })?;
        Ok(())
    }

    /// What the failures of a request's target are counted under.
    pub(crate) fn failures(&self, request: &ProofRequest) -> [u8; 16] {
        self.budget_key(&[b"failures", &request.target])
    }

    fn is_right(&self, request: &ProofRequest, code: &str) -> std::result::Result<bool, Unchecked> {
        if let Some(kept) = &request.code {
            let typed = self.code_hash(request.id, request.way, &request.target, code);
            return Ok(mac::same(kept, &typed));
        }
        // Not sent yet, or never to be sent: no code is right.
        let Some(reference) = &request.reference else { return Ok(false) };
        match otp::check(self, reference, code).map_err(Unchecked::Silent)? {
            Checked::Right => Ok(true),
            Checked::Wrong => Ok(false),
            Checked::Expired => Err(Unchecked::Over(expired())),
            Checked::UsedUp => Err(Unchecked::Over(used_up())),
        }
    }
}

/// Why a code was neither right nor wrong.
enum Unchecked {
    /// The service says that its code is over.
    Over(Problem),
    /// The service says nothing.
    Silent(Problem),
}

pub(crate) fn wrong() -> Problem {
    Problem::input("code_wrong", "this is not the code").hint("read it again, or ask for a new one")
}

pub(crate) fn expired() -> Problem {
    Problem::input("code_expired", "the code is not valid any more").hint("ask for a new one")
}

fn used_up() -> Problem {
    Problem::input("code_used_up", "there were too many wrong codes")
        .hint("ask for a new one later")
}
