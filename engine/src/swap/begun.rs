//! A swap that was begun just now, and that is still held by whoever began it: nothing of it has to be read or opened again.

use std::fmt;

use simrecall_core::id::SwapId;
use simrecall_core::replacement::swap::Truth;
use simrecall_gateway::hlr::Provisioning;
use simrecall_store::lease::LeaseToken;
use simrecall_store::parcel::Parcel;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::swap::Swap;

use super::Ended;
use super::plan::PlanRecord;
use super::watch::{Pace, Watch};
use super::work::Worker;
use crate::card::CardRecord;
use crate::home::Home;
use crate::problem::Result;

/// Begun, and held; whoever does nothing with it leaves it to the next one, once the lease has run out.
#[must_use = "somebody has to bring it to an end"]
pub struct Begun {
    pub(super) token: LeaseToken,
    pub(super) swap: Swap,
    pub(super) case: ReplacementCase,
    pub(super) parcel: Option<Parcel>,
    pub(super) plan: PlanRecord,
    pub(super) card: CardRecord,
    /// What the register said before it began.
    pub(super) truth: Truth,
}

impl Begun {
    /// Its name.
    pub const fn id(&self) -> SwapId {
        self.swap.id
    }

    /// Works at it until there is nothing more to do now.
    pub fn run(
        self,
        home: &Home,
        hlr: &dyn Provisioning,
        pace: &Pace,
        watch: &mut dyn Watch,
    ) -> Result<Ended> {
        Worker::of((home, hlr), self, pace, watch)?.work()
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Begun({})", self.swap.id)
    }
}
