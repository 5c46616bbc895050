//! Who holds which line since when, and whom a line's notice goes to.

mod role;

pub use role::RecipientRole;
