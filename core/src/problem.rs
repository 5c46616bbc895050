//! Stable codes for what can go wrong: whose fault it is, and what to do next.

use serde::{Deserialize, Serialize};

/// Whose side a problem is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// What was typed or handed in.
    Input,
    /// The state of the system: not now, or not any more.
    State,
    /// The other side of a connection.
    Network,
    /// The one person or address concerned.
    Recipient,
    /// This installation's configuration.
    Configuration,
    /// A defect of ours.
    Ours,
}
