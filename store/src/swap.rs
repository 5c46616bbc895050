//! Swaps: which line goes from which card to which, every command that was sent for it, and what no rule decides.
//!
//! Time is the caller's `now` throughout, as everywhere in the store: all workers of a system read one process clock each, and a
//! lease has to last longer than what clocks may differ by. Whoever does several things at once takes the number's lock first (it
//! comes with [`open_swap`](crate::Tx::open_swap), [`intend`](crate::Tx::intend) and the holds), then counts, then the case.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{CardId, CaseId, IncidentId, StaffId, SwapId, TicketId};
use simrecall_core::replacement::State;
use simrecall_core::replacement::swap::{Command, Outcome, Reason};

use crate::lease::LeaseToken;
use crate::tx::forward;

coded! {
    /// Where a swap is; which way it goes, its case says.
    SwapState {
        /// The network is being changed, or may be.
        Open = 1 "open",
        /// The new card works. What was of the old one is still to be taken away, until the swap is settled.
        Done = 2 "done",
        /// The old card works again.
        RolledBack = 3 "rolled_back",
    }
}

/// What one step of a swap sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SentCommand {
    /// A command of the swap itself.
    Swap(Command),
    /// Delete the old card's row, once nobody can want it back.
    DeleteOld,
}

impl SentCommand {
    const DELETE_OLD: i16 = 100;

    /// As stored: never renumbered.
    pub const fn code(self) -> i16 {
        match self {
            Self::Swap(command) => command.code(),
            Self::DeleteOld => Self::DELETE_OLD,
        }
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        if code == Self::DELETE_OLD {
            return Some(Self::DeleteOld);
        }
        Command::from_code(code).map(Self::Swap)
    }
}

/// A swap that begins.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSwap {
    /// Its name, random.
    pub id: SwapId,
    /// The incident of its case.
    pub incident: IncidentId,
    /// Its case.
    pub case: CaseId,
    /// Blind index of the line's number under the service key.
    pub number: [u8; 16],
    /// The new card.
    pub card: CardId,
    /// The plan, sealed under the service key and bound to the bytes of the id.
    pub sealed: Vec<u8>,
    /// Whether the plan is what the network said, and stays.
    pub planned: bool,
    /// When it begins; it may be taken from then on.
    pub at: DateTime<Utc>,
    /// Who works at it from the beginning, until when; none: nobody yet.
    pub lease: Option<(LeaseToken, DateTime<Utc>)>,
}

impl NewSwap {
    /// What it is once it is open.
    pub fn opened(self) -> Swap {
        Swap {
            id: self.id,
            incident: self.incident,
            case: self.case,
            number: self.number,
            card: self.card,
            sealed: self.sealed,
            planned: self.planned,
            state: SwapState::Open,
            lease: self.lease,
            misses: 0,
            next_at: Some(self.at),
            opened_at: self.at,
            pivot_at: None,
            completed_at: None,
            settled_at: None,
        }
    }
}

impl fmt::Debug for NewSwap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewSwap({})", self.id)
    }
}

/// A swap.
#[derive(Clone, PartialEq, Eq)]
pub struct Swap {
    /// Its name.
    pub id: SwapId,
    /// The incident of its case.
    pub incident: IncidentId,
    /// Its case.
    pub case: CaseId,
    /// Blind index of the line's number under the service key.
    pub number: [u8; 16],
    /// The new card.
    pub card: CardId,
    /// The plan, sealed; empty once the swap is settled.
    pub sealed: Vec<u8>,
    /// Whether the plan is what the network said, and stays.
    pub planned: bool,
    /// Where it is.
    pub state: SwapState,
    /// Who works at it, until when; run out or not.
    pub lease: Option<(LeaseToken, DateTime<Utc>)>,
    /// Looks in a row without progress.
    pub misses: i32,
    /// When to look again; none: when a person says so.
    pub next_at: Option<DateTime<Utc>>,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When the number came to the new card.
    pub pivot_at: Option<DateTime<Utc>>,
    /// When the new card was seen, if it is done.
    pub completed_at: Option<DateTime<Utc>>,
    /// Since when nothing is left to do.
    pub settled_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for Swap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Swap({}, {}, {} misses)", self.id, self.state.name(), self.misses)
    }
}

/// What became of the beginning of a swap. All but the first changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is open.
    Yes,
    /// The line is held.
    LineHeld,
    /// The line has an open swap.
    LineBusy,
    /// The card has one.
    CardBusy,
}

/// A command is about to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Intent {
    /// Whose.
    pub swap: SwapId,
    /// The number of its line, as the swap has it.
    pub number: [u8; 16],
    /// The incident of its case.
    pub incident: IncidentId,
    /// Its case.
    pub case: CaseId,
    /// The case must be here.
    pub case_state: State,
    /// The lease it is sent under.
    pub token: LeaseToken,
    /// Now: the lease has not run out.
    pub now: DateTime<Utc>,
    /// How long it lasts then: longer than the command may take.
    pub until: DateTime<Utc>,
    /// The command before, if it was done and that was not written down yet.
    pub done: Option<i32>,
    /// One more than the swap has commands: only who holds it writes any.
    pub no: i32,
    /// What is sent.
    pub command: SentCommand,
}

/// What became of an intent. But for the first, send nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intended {
    /// Written: once it has committed, send the command.
    Written,
    /// The swap is over, or the lease is not ours or has run out; nothing was changed.
    LeaseLost,
    /// The case is in this state by now; none: it is not there.
    CaseElsewhere(Option<State>),
    /// The line is held, and the swap is not going back.
    LineHeld,
}

/// One command and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwapStep {
    /// Its number, from 1.
    pub no: i32,
    /// What was sent, or was about to be.
    pub command: SentCommand,
    /// When that was written.
    pub at: DateTime<Utc>,
    /// Under which lease.
    pub token: LeaseToken,
    /// What became of it.
    pub outcome: Outcome,
    /// When that was known.
    pub settled_at: Option<DateTime<Utc>>,
}

/// What no rule decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its name, random.
    pub id: TicketId,
    /// Which swap.
    pub swap: SwapId,
    /// Why.
    pub reason: Reason,
    /// What the network said; without a number, a key or a name.
    pub truth: String,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// How it ended, if it did.
    pub closed: Option<TicketClosed>,
}

/// The end of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketClosed {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: StaffId,
    /// How; without a number, a key or a name.
    pub how: String,
}

forward! { swap:
    /// Begins a swap, unless the line is held, or line or card have an open one: of many at once one does.
    pub fn open_swap(swap: &NewSwap) -> Opened;
    /// One swap.
    pub fn swap(id: SwapId) -> Option<Swap>;
    /// The swaps of a case, oldest first.
    pub fn swaps_of(incident: IncidentId, case: CaseId) -> Vec<Swap>;
    /// The open swap of a line.
    pub fn open_swap_of(number: &[u8; 16]) -> Option<Swap>;
    /// Swaps that nobody works at and that are due, longest first, as many as `limit`: open ones, and done ones that are not settled.
    pub fn due_swaps(now: DateTime<Utc>, limit: i64) -> Vec<Swap>;
    /// Takes a swap that is not settled and that nobody works at, or whose worker's lease has run out. Of many at once one does.
    pub fn take_swap(id: SwapId, token: LeaseToken, now: DateTime<Utc>, until: DateTime<Utc>) -> bool;
    /// Works at a swap for longer. Whether the lease is ours and has not run out.
    pub fn renew_swap(id: SwapId, token: LeaseToken, now: DateTime<Utc>, until: DateTime<Utc>) -> bool;
    /// Stops working at a swap, until it is due again; none: until a person says so. Whether the lease was ours.
    pub fn release_swap(id: SwapId, token: LeaseToken, next_at: Option<DateTime<Utc>>) -> bool;
    /// A person says that a swap is due. Whether it is not settled.
    pub fn wake_swap(id: SwapId, at: DateTime<Utc>) -> bool;
    /// Commits the plan, as the network said it before the first command; it stays. Whether the lease is ours and there was none.
    pub fn commit_plan(id: SwapId, token: LeaseToken, now: DateTime<Utc>, sealed: &[u8]) -> bool;
    /// Writes down what is about to be sent, that the command before was done, and that the lease lasts longer. It waits for whoever
    /// raises a hold on the line or moves the case: one sees the other.
    pub fn intend(intent: &Intent) -> Intended;
    /// Writes what became of a command, once. `true` if it was open and is ours: written under this lease, or the swap is held under
    /// it now. A command that was done ends the misses.
    #[expect(clippy::too_many_arguments, reason = "each says which row, or under which condition")]
    pub fn settle_step(id: SwapId, no: i32, token: LeaseToken, outcome: Outcome, at: DateTime<Utc>) -> bool;
    /// All commands of a swap, in order.
    pub fn swap_steps(id: SwapId) -> Vec<SwapStep>;
    /// Counts a look without progress; how many there were in a row. `None`: the lease is not ours.
    pub fn count_miss(id: SwapId, token: LeaseToken, now: DateTime<Utc>) -> Option<i32>;
    /// Counts anew: there was progress, or a person looked. Whether the swap is there.
    pub fn forgive_misses(id: SwapId) -> bool;
    /// Notes when the number came to the new card; the first time counts. Whether the swap is open.
    pub fn mark_pivot(id: SwapId, at: DateTime<Utc>) -> bool;
    /// The new card works: the swap is done, and due again when what is left of the old one goes. Whether the lease is ours.
    pub fn complete_swap(id: SwapId, token: LeaseToken, now: DateTime<Utc>, next_at: DateTime<Utc>) -> bool;
    /// The old card works again: nothing is left to do, and the plan is erased. Whether the lease is ours.
    pub fn undo_swap(id: SwapId, token: LeaseToken, now: DateTime<Utc>) -> bool;
    /// Opens a done swap again, to go back. Whether it was done and not settled, and nobody works at it.
    pub fn reopen_swap(id: SwapId, now: DateTime<Utc>) -> bool;
    /// What was left of a done swap is gone: nothing is left to do, and the plan is erased. Whether the lease is ours.
    pub fn settle_swap(id: SwapId, token: LeaseToken, now: DateTime<Utc>) -> bool;
}

forward! { ticket:
    /// Opens a ticket, unless the swap has an open one. Whether it did.
    pub fn open_ticket(ticket: &Ticket) -> bool;
    /// Ends a ticket. Whether it was open.
    pub fn close_ticket(id: TicketId, closed: &TicketClosed) -> bool;
    /// One ticket.
    pub fn ticket(id: TicketId) -> Option<Ticket>;
    /// The tickets of a swap, oldest first.
    pub fn tickets_of(swap: SwapId) -> Vec<Ticket>;
    /// Open tickets, oldest first, as many as `limit`.
    pub fn open_tickets(limit: i64) -> Vec<Ticket>;
}
