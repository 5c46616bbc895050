//! The customer's page as browsers and programs meet it: the whole router over a real door, a real database and a mail
//! receiver that codes come to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]
#![allow(clippy::print_stdout, reason = "figures are what a failed run is judged by")]

mod carrier;
mod layers;
mod login;
mod oracle;
mod parcel;
mod serve;
mod stage;
mod tls;
mod visits;
