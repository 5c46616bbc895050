//! What an agency's terminal is asked and told.
//!
//! | part | says |
//! |---|---|
//! | [`order`] | what a swap's order is, as bytes and a hash, and what becomes of it |
//! | [`mod@next`] | the one thing that is to be done next for a case at a counter |

pub mod next;
pub mod order;
