//! What a person is owed, over which ladder, under whose approval.

mod approval;
mod hex;
mod ladder;
mod owed;
mod pace;
mod state;
mod statement;
mod target_set;

pub use approval::{Approval, Approver, NotApproved, approval_message, judge};
pub use ladder::{Ladder, LadderError, RungRule};
pub use owed::{LeftOutReason, Owed, Telling, Told, notice_id, owed};
pub use pace::{Pace, PaceError};
pub use state::{IllegalWaveMove, WaveEvent, WaveState};
pub use statement::{Counts, Statement};
pub use target_set::{TargetLeaf, TargetSet, TargetsOutOfOrder};
