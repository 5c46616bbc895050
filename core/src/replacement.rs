//! A new card for one line, from the application to the card that attaches.
//!
//! | room | answers |
//! |---|---|
//! | [`State`], [`step`] | where a case is, and what may happen to it |
//! | [`card`] | where a card is |
//! | [`swap`] | which command the network's register gets next |

#[macro_use]
mod coded;

pub mod card;
mod state;
mod step;
pub mod swap;

pub use state::{Event, IllegalMove, State};
pub use step::{moves, step};

#[cfg(test)]
mod tests;
