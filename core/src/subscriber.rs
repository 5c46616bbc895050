//! Who holds which line since when, and whom a line's notice goes to.

mod contact;
mod fold;
mod record;
mod role;
mod tongue;

pub use contact::{Contact, PostalContact, Recipient};
pub use fold::{Exposed, MAJORITY_OF_CHILD, fold, is_child};
pub use record::{
    HeldLine, LineRecord, Party, Service, Subscriber, SubscriberKind, SubscriberRecord,
};
pub use role::RecipientRole;
pub use tongue::spoken;
