//! Who was exposed, from the network's records.
//!
//! A *window* says from when to when a cell was rogue and what it could read. A card that was at the cell then, by a *leak
//! rule*, had an *encounter*; a payment within a *loss rule*'s reach of an encounter is a loss. [`Rules`] are data with a
//! hash. Nothing here depends on the order, the duplication or the division of what comes in, and nothing that is added
//! (a record, a window, a wider rule) takes a fact away.

mod cause;
mod encounter;
mod read;
mod rules;
mod time;
mod verdict;
mod window;

pub use cause::{Basis, Cause, Payment, cause, cause_of_loss};
pub use encounter::{Encounter, merge};
pub use read::{BadRules, RulesFault};
pub use rules::{LeakNo, LeakRule, LossNo, LossRule, MethodNo, Rules};
pub use time::{Length, Micros, ParseLengthError, Span};
pub use verdict::Verdict;
pub use window::{CellWindow, CellWindows, Window, WindowNo, Windows};

#[cfg(test)]
mod tests;
