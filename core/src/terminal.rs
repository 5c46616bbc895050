//! What an agency's terminal is asked and told.
//!
//! | part | says |
//! |---|---|
//! | [`look`] | what becomes of a second look, and who may look |
//! | [`jpeg`] | whether bytes are a picture and nothing beside |
//! | [`order`] | what a swap's order is, as bytes and a hash, and what becomes of it |
//! | [`possession`] | whether a request is a terminal's own |
//! | [`mod@next`] | the one thing that is to be done next for a case at a counter |

pub mod jpeg;
pub mod look;
pub mod next;
pub mod order;
pub mod possession;
