//! What each law asks, by when, of whom and in which words.
//!
//! A *pack* is one statute in one version, as data. The incident names its statutes; the day it was known picks the
//! version. A *clock* is a pure function of the packs, of what is true of the incident, of who knew what when, and of
//! what was done. Rules whose text nobody has checked are shown and marked; rules that are not in force are shown and
//! never counted.

#[macro_use]
mod named;

mod anchor;
mod applies;
mod ask;
mod calendar;
mod candidates;
mod clock;
mod element;
mod pack;
mod pack_set;
mod period;
mod read;
mod scope;
mod silence;
mod situation;
mod span;
mod terms;
mod trigger;

pub use anchor::{Anchor, ParseAnchorError};
pub use applies::in_force;
pub use ask::{PostingGround, asked_elements, elements_of, posting_grounds};
pub use calendar::due;
pub use clock::{Block, Clock, ClockState, clocks};
pub use element::{Element, ParseElementError};
pub use pack::{Pack, PackId, Rule, RuleId};
pub use pack_set::PackSet;
pub use period::{ParsePeriodError, Period};
pub use read::{PackError, PackFault};
pub use scope::{ParseScopeError, Scope};
pub use silence::blocks;
pub use situation::{Excuse, Facts, LegalAct, RevisionAdds, Situation};
pub use span::Span;
pub use terms::{
    Duty, Ground, Method, ParseDutyError, ParseGroundError, ParseMethodError, ParseRecipientError,
    ParseStandingError, ParseZoneError, Recipient, Standing, Zone,
};
pub use trigger::{ParseTriggerError, Trigger};

#[cfg(test)]
mod tests;
