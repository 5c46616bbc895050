//! The rules of a breach response: facts in, decisions out.
//!
//! Nothing here reads a clock, a file, the environment or a random source; `now`, ids and salts are arguments.
//!
//! | room | answers |
//! |---|---|
//! | [`identity`] | is this text a number, an IMSI, an IMEI, an ICCID, an e-mail address, and how is it shown masked |
//! | [`subscriber`] | who holds which line since when, and whom a line's notice goes to |
//! | [`incident`] | what happened, when it was known, which channels prove nothing |
//! | [`cohort`] | which facts are true of which line in a revision, and what changed since the last one |
//! | [`mod@derive`] | who was exposed, by which rule, from records of who was where when |
//! | [`law`] | what a law asks, by when, and how it stands |
//! | [`notice`] | what a notice must say, in which words, in how many bytes |
//! | [`wave`] | what a person is owed, over which ladder, under whose approval |
//! | [`delivery`] | how an attempt and a notice move, and what may still change |
//! | [`posting`] | which days a public posting stood, and which of them can be proven |
//! | [`filing`] | what an authority is told, as of an instant |
//! | [`access`] | who may do what, and with whom; what a customer's proof unlocks |
//! | [`selfcheck`] | what a person is told who asks about themselves |
//! | [`replacement`] | from an application to a new card that attaches |
//! | [`terminal`] | what a terminal in an agency is asked and told |
//! | [`protection`] | how a line is tied to its handset |
//! | [`order`] | what other systems are asked for, and when again |
//! | [`claim`] | how money is asked back |
//! | [`qr`] | a text as a QR code |
//! | [`journal`] | how an entry becomes a leaf, and leaves a tree |
//! | [`problem`] | stable codes: whose fault, what next |

#[macro_use]
mod coded;

pub mod access;
pub mod claim;
pub mod cohort;
pub mod delivery;
pub mod derive;
pub mod filing;
pub mod id;
pub mod identity;
pub mod incident;
pub mod journal;
pub mod law;
pub mod notice;
pub mod order;
pub mod posting;
pub mod problem;
pub mod protection;
pub mod qr;
pub mod replacement;
pub mod selfcheck;
pub mod subscriber;
pub mod terminal;
pub mod wave;
