//! What an authority is told: reports rendered from the ledger as of an instant.
//!
//! The engine gathers [`FilingFacts`]; everything that stands in a report comes from them, so the same facts give the same
//! bytes. A second report of a kind is a supplement of the last one submitted, and says what changed since.

mod channel;
mod facts;
mod kind;
#[cfg(feature = "render")]
mod label;
mod lint;
mod masking;
mod number;
#[cfg(feature = "render")]
mod render;
mod since;

pub use channel::{FilingChannel, ParseFilingChannelError};
pub use facts::{
    Determined, Filer, FilingFacts, Follows, KnownFacts, Leak, Mark, ReliefDesk, Response,
    RevisionFacts, ToldFacts, WaveFacts,
};
pub use kind::{FilingKind, ParseFilingKindError};
pub use lint::{Missing, missing};
pub use number::{FilingNumber, ParseFilingNumberError};
#[cfg(feature = "render")]
pub use render::{FilingRenderError, RenderedFiling, render};
pub use since::{Part, Since};

#[cfg(test)]
mod tests;
