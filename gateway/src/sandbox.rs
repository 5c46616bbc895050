//! A carrier network on this machine, for drills and tests: real protocols, faults on request, and a record of its own.
//!
//! Nothing here is for production. Each part writes down what it took before it says so ([`log::Log`]), and decides
//! what becomes of a message from a seed and the recipient alone.

pub mod hlr;
pub mod log;
pub mod mail;
pub mod phone;
pub mod smsc;
