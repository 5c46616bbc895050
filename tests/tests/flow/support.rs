//! A stage: an installation with a released wave, and a network that is a sandbox in this process or a stranger.

mod chance;
mod clear;
mod judge;
mod ledger;
mod office;
mod sender;
mod stage;
mod truth;

pub(crate) use chance::Chance;
pub(crate) use clear::{Planted, Searched};
pub(crate) use judge::{Due, Taken, Try, Verdict, judge};
pub(crate) use ledger::{attempts, dues, faults, open_attempts, orphans};
pub(crate) use office::{LEGAL, Office, PRIVACY, SECURITY, kst};
pub(crate) use sender::Sending;
pub(crate) use stage::{Network, Stage, people, wait_until};
pub(crate) use truth::{international, mails_doubled, recycled_numbers, taken};
