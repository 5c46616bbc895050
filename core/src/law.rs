//! What each law asks, by when, of whom and in which words.
//!
//! A *pack* is one statute in one version, as data. The incident names its statutes; the day it was known picks the
//! version. A *clock* is a pure function of the packs, of what is true of the incident, of who knew what when, and of
//! what was done. Rules whose text nobody has checked are shown and marked; rules that are not in force are shown and
//! never counted.

#[macro_use]
mod named;

mod anchor;
mod clock;
mod element;
mod pack;
mod period;
mod scope;
mod situation;
mod terms;
mod trigger;

pub use anchor::{Anchor, ParseAnchorError};
pub use clock::{Block, Clock, ClockState};
pub use element::{Element, ParseElementError};
pub use pack::{Pack, PackId, Rule, RuleId};
pub use period::{ParsePeriodError, Period};
pub use scope::{ParseScopeError, Scope};
pub use situation::{Excuse, Facts, LegalAct, RevisionAdds, Situation};
pub use terms::{
    Duty, Ground, Method, ParseDutyError, ParseGroundError, ParseMethodError, ParseRecipientError,
    ParseStandingError, ParseZoneError, Recipient, Standing, Zone,
};
pub use trigger::{ParseTriggerError, Trigger};
