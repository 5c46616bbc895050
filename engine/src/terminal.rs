//! Staff at work: who they are by a passkey, and from where by a key that their browser holds.
//!
//! | part | does |
//! |---|---|
//! | [`AgencyDoor`] | everything the agency's page asks for; it opens the installation with as few rights as that takes |
//! | [`device`] | terminals: a code, a key, somebody else who admits it, off |
//! | [`enrol`] | people: invitations, postings, the end of their work |
//! | `passkey` | registering, signing in, stepping up; checking an assertion again later |
//! | `proof` | whether a request was signed by a terminal of ours |
//! | [`session`] | who is signed in where |
//! | `limit` | how often, counted in the transaction that does it; what is odd |
//! | [`honey`], [`alarm`] | what nobody has a reason to name; what somebody should look at |
//! | `view` | what may be seen, and the one entry of it |
//! | `look` | a second pair of eyes on who cannot show their code |
//! | `call` | what callers ask for |
//! | [`approval`] | a wave's approval by passkey |
//! | [`queue`], [`day`], [`repairs`] | who comes today, how it went, what waits for a decision |
//! | [`case`], [`visit`] | one case at a counter: what its page shows, what is done with it |
//! | [`order`], [`countersign`] | the order of a swap, signed by one or two |
//! | [`follow`] | whoever runs what was ordered, in a process of its own |
//! | [`shelf`] | the agency's drawer |
//! | `figures` | what whoever runs the page watches |
//!
//! **One answer**: whatever is wrong with a request's proof, session, terminal or posting, the caller hears the same.
//! **At once**: whoever is paused, revoked or posted elsewhere, and whatever terminal is switched off, loses its sessions in that
//! transaction, and every write holds its session's row.

pub mod alarm;
pub mod approval;
pub(crate) mod call;
pub mod case;
pub mod countersign;
pub mod day;
pub mod device;
mod door;
pub mod enrol;
mod figures;
pub mod follow;
pub mod honey;
pub(crate) mod limit;
pub(crate) mod look;
pub mod news;
pub mod order;
pub mod passkey;
mod proof;
pub mod queue;
pub mod repairs;
pub mod session;
pub mod shelf;
pub(crate) mod view;
pub mod visit;

pub use call::CallShown;
pub use device::TerminalShown;
pub use door::{AgencyDoor, Seat};
pub use figures::{AtWork, Waiting};
pub use look::{LookAnswered, LookAsked, LookShown, LookTaken, LooksWaiting};
pub use passkey::{Assertion, Question};
pub use proof::{Came, Needs, Signed, Turned};
pub use session::{About, Answered, Put, SessionShown, SignedIn, StepUp};
pub use simrecall_store::terminal::Terminal;
