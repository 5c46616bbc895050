//! A new card for one line, from the application to the card that attaches.
//!
//! | room | answers |
//! |---|---|
//! | [`State`], [`step`] | where a case is, and what may happen to it |
//! | [`card`] | where a card is |
//! | [`eligible`] | whether a line gets one, with every reason against it |
//! | [`documents`] | what has to be shown at the counter |
//! | [`phase`], [`queue`] | when a region opens, and who is next |
//! | [`booking`] | what is promised, booked and free at an agency |
//! | [`stock`] | how many cards there are, when they run out, who could lend some |
//! | [`kpi`] | the figures of a day |
//! | [`told`] | whether a swap may begin: what was shown, and who was told |
//! | [`change`] | when a line last got another card |
//! | [`parcel`] | what the carrier's reports do to a card that goes home |
//! | [`swap`] | which command the network's register gets next |

pub mod booking;
pub mod card;
pub mod change;
mod day;
pub mod documents;
pub mod eligible;
pub mod kpi;
pub mod parcel;
pub mod phase;
pub mod queue;
mod state;
mod step;
pub mod stock;
pub mod swap;
pub mod told;

pub use day::{local_day, midnight};
pub use state::{Event, IllegalMove, State};
pub use step::{moves, step};

#[cfg(test)]
mod tests;
