//! Who may do what, for which purpose, and with whom.

mod act;
pub mod drip;
pub mod hours;
pub mod limit;
pub mod proof;
mod role;
pub mod view;

pub use act::{Act, ParsePurposeError, Purpose};
pub use proof::{Capacity, ParseWayError, Proven, Refusal, Unlock, Way, may, refused};
pub use role::{ParseRoleError, Quorum, QuorumNotMet, StaffRole, quorum_met};
