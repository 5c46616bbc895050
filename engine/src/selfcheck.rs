//! The self-check: a customer proves who they are and learns what leaked of theirs, and then asks for what helps.
//!
//! | part | does |
//! |---|---|
//! | [`Door`] | everything the customer's page asks for; it opens the installation with as few rights as that takes |
//! | `ask`, `redeem` | a code to a mail address or a line; nothing is looked up before it came back |
//! | `login` | the carrier's own login instead of a code |
//! | `visit` | a proved session, asked again at each use what it still proves |
//! | `answer` | what leaked, by the latest revision that a released wave told |
//! | [`courier`] | takes codes to the mail route, in the background |
//!
//! **No oracle**: before proof the registry is not read, and whoever typed what gets the same answer after the same work.
//! Nobody's number or address is in an error, a log line or the journal.

mod answer;
mod ask;
pub mod courier;
mod door;
mod key;
mod lines;
mod login;
pub(crate) mod mac;
mod notices;
mod otp;
mod real;
mod redeem;
mod session;
mod shown;
pub(crate) mod texts;
mod who;

pub(crate) use ask::{busy, codes, drawn, same_for_all, too_often};
pub(crate) use courier::{Letter, Post};
pub use door::Door;
pub(crate) use door::{ACTOR, compromised};
pub use key::{Browser, SessionKey};
pub(crate) use lines::{held_last, line_of, nobody_holds, not_theirs};
pub(crate) use redeem::{expired, wrong};
pub use session::Visit;
pub(crate) use session::{Known, locked};
pub use shown::{
    Answer, AnswerLine, Ask, Asked, Changed, LoggedIn, LoginBack, LoginStart, NewClaim, OwnCase,
    OwnClaim, OwnLine, OwnNotice, OwnProtection, Public, Published, WayAnswer,
};
pub(crate) use who::{is_held, unopened};
