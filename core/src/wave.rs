//! What a person is owed, over which ladder, under whose approval.

mod approval;
mod hex;
mod ladder;
mod outlook;
mod owed;
mod pace;
mod quiet;
mod state;
mod statement;
mod target_set;

pub use approval::{Approval, Approver, NotApproved, Signed, approval_message, judge};
pub use ladder::{Ladder, LadderError, RungRule};
pub use outlook::{Against, Load, Outlook, against, outlook};
pub use owed::{LeftOutReason, Owed, Telling, Told, notice_id, owed};
pub use pace::{Pace, PaceError};
pub use quiet::{ParseQuietError, Quiet};
pub use state::{IllegalWaveMove, WaveEvent, WaveState};
pub use statement::{Counts, Statement, Texts};
pub use target_set::{TargetLeaf, TargetSet, TargetsOutOfOrder};
