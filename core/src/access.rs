//! Who may do what, for which purpose, and with whom.

mod act;
mod role;

pub use act::{Act, ParsePurposeError, Purpose};
pub use role::{ParseRoleError, Quorum, QuorumNotMet, StaffRole, quorum_met};
