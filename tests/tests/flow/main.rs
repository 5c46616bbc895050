//! What must hold whatever happens: a sender is killed, paused, restored; peers are strangers; nothing is in clear.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]
#![allow(clippy::print_stdout, reason = "seeds and figures are what a failed run is repeated with")]
#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of `Tx<'_>` is not general enough to stand for the closure"
)]

mod benefits;
mod claims;
mod counter;
mod derive;
mod derive_sql;
mod evidence;
mod filing;
mod kill;
mod law;
mod orders;
mod pause;
mod peers;
mod restore;
mod secrets;
mod selfcheck;
mod silence;
mod support;
