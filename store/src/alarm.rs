//! Alarms: somebody should look what one of the staff does. One that pauses keeps them from signing in until it is closed.

use chrono::{DateTime, Utc};
use simrecall_core::coded;
use simrecall_core::id::{AgencyId, AlarmId, CaseId, IncidentId, OrderId, StaffId, TerminalId};

use crate::tx::forward;

coded! {
    /// What rang.
    AlarmKind {
        /// A few every day, for weeks.
        Drip = 1 "drip",
        /// Many more look-ups than orders.
        Ratio = 2 "ratio",
        /// A number or a code that nobody has a reason to name.
        Honey = 3 "honey",
        /// An image that was shown before.
        ImageAgain = 4 "image_again",
        /// A card that was said to be lost.
        LostCard = 5 "lost_card",
    }
}

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub id: AlarmId,
    /// What rang.
    pub kind: AlarmKind,
    /// Who did it.
    pub staff: StaffId,
    /// At which terminal; none at a command line.
    pub terminal: Option<TerminalId>,
    /// Of which agency; none: of the centre.
    pub agency: Option<AgencyId>,
    /// With which case, if it was one.
    pub case: Option<(IncidentId, CaseId)>,
    /// Whether they are kept from signing in until it is closed.
    pub paused: bool,
    /// The order by which others hear of it.
    pub order: OrderId,
    /// When.
    pub raised_at: DateTime<Utc>,
    /// When somebody had looked, and who.
    pub closed: Option<(DateTime<Utc>, StaffId)>,
}

/// What became of closing an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It is closed; nobody is paused any more because of it.
    Done,
    /// There is none, or it was closed before.
    NotOpen,
    /// Its subject does not close it.
    Subject,
}

forward! { alarm:
    /// Raises an alarm. Of drips and ratios a person has one open at a time. Whether it did.
    pub fn raise_alarm(alarm: &Alarm) -> bool;
    /// One alarm.
    pub fn alarm(id: AlarmId) -> Option<Alarm>;
    /// Those nobody has closed, oldest first; or all, youngest first; as many as `limit`.
    pub fn alarms(open: bool, limit: i64) -> Vec<Alarm>;
    /// Those of a kind that somebody set off at that instant or later, in order.
    pub fn alarms_of(staff: StaffId, kind: AlarmKind, since: DateTime<Utc>) -> Vec<Alarm>;
    /// Closes one, and lets its subject sign in again unless another alarm keeps them.
    pub fn close_alarm(id: AlarmId, by: StaffId, at: DateTime<Utc>) -> Closed;
}
