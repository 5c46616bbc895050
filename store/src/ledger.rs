//! The ledger: who is to be told, what was tried, and what became of it.
//!
//! Nothing about a person changes in place. A plan writes *targets*, *notices* and *tellings* once; sending adds *attempts*
//! (intents, committed before anything is submitted) and *outcomes* (whatever is learnt later). What changes are the
//! *chunks* of about a thousand targets: who has them on lease, and counters that move in the same transaction as the
//! attempts they count.
//!
//! | file | does |
//! |---|---|
//! | `plan` | waves, their rows, approval, release, cancellation, control |
//! | `send` | leases on chunks, intents, outcomes, follow-ups |
//! | `recent` | what one sender wrote lately, remembered so that it need not be read back |
//! | `receipt` | from the network's ids back to attempts; receipts that match nothing yet |
//! | `read` | a chunk's targets with all that was tried, one person's history, counts |

mod look;
mod plan;
mod read;
mod receipt;
mod recent;
mod send;

pub use plan::{
    ApprovalRow, Cancelled, Control, LeftOut, NewChunk, NewNotice, NewTarget, NewWave, PlanCounts,
    Stage, Telling, Wave,
};
pub use read::{
    AttemptRecord, ChunkCount, ChunkRow, FollowUp, NoticeKey, NoticeRecord, TargetRecord,
    WaveCounts,
};
pub use receipt::{NewReceipt, ReceiptFate, SubmissionMatch};
pub use recent::{News, Recent};
pub use send::{
    Applied, Committed, IntentResult, Intents, LeaseRequest, LeasedChunk, NewAttempt, NewFollowUps,
    NewOutcome, SettledBy, Turn, TurnDone,
};

pub(crate) use look::{Look, OF_TARGET};
pub(crate) use plan::{ApprovalFields, WaveFields};
pub(crate) use read::ChunkFields;
pub(crate) use read::{CHUNK_DONE, CHUNK_OPEN, rung_bits, rungs_of_bits};
pub(crate) use receipt::id_bucket;
pub(crate) use recent::{Ids, Known, Remembered};
