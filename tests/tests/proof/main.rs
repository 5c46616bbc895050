//! Proof by services of other people: the carrier's codes by SMS, and its login.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]

mod login;
mod otp;
