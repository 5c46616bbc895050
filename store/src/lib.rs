//! Memory: what the system knows, kept on SQLite or PostgreSQL behind one API.
//!
//! A [`Store`] opens a database and runs work in transactions; inside one, every operation is a method of [`Tx`].
//!
//! | room | keeps |
//! |---|---|
//! | [`incident`] | incidents |
//! | [`law`] | who knew what when, and what people decided about it |
//! | [`hold`] | orders to keep everything |
//! | [`staff`] | who works here, and where |
//! | [`credential`] | what they sign with |
//! | [`approval_passkey`] | what they signed of waves with a passkey |
//! | [`invite`] | codes with which they enrol a passkey |
//! | [`challenge`] | what passkeys were asked |
//! | [`terminal`] | browsers they work at |
//! | [`staff_session`] | who is signed in, and where |
//! | [`template`] | every template that was ever used |
//! | [`reject`] | rows an import was allowed to leave out: where and why |
//! | [`journal`] | entries, committed with their effect; the sequencer that numbers them |
//! | [`lease`] | named leases |
//! | [`registry`] | snapshots: who held what when, sealed |
//! | [`cohort`] | revisions: which lines were exposed, immutable and hashed |
//! | [`derivation`] | what derived revisions were made from, and the evidence they are held against |
//! | [`ledger`] | who is to be told, what was tried, what became of it |
//! | [`wording`] | what a wave says, word for word; the codes of single messages |
//! | [`fake`] | texts that were reported as coming from us |
//! | [`posting`] | public postings, and the evidence that they stood there |
//! | [`suppression`] | legal reasons to tell somebody nothing |
//! | [`brand_list`] | lists that brands tell in their own name |
//! | [`filing`] | reports to authorities |
//! | [`session`] | customers' visits, and what they proved |
//! | [`proof_request`] | codes that are on their way |
//! | [`budget`] | how often something may be done |
//! | [`selfcheck`] | what may be told to whoever asks, and what was told them last |
//! | [`replacement`] | who asked for a new card, and what became of it |
//! | [`agency`] | where cards are kept and handed out |
//! | [`stock`] | how many cards there are, where, and what became of them |
//! | [`card`] | cards, one by one |
//! | [`booking`] | places at agencies: days and hours |
//! | [`proof`] | what somebody showed for a case |
//! | [`case_notice`] | what somebody is told about their case or claim |
//! | [`outbox`] | orders to other systems |
//! | [`parcel`] | cards on their way to customers' homes |
//! | [`payment_block`] | numbers whose small payments are blocked |
//! | [`line_hold`] | lines nothing may be swapped on |
//! | [`swap`] | swaps, their commands, and tickets |
//! | [`sim_change`] | when a number last got another card |
//! | [`protection`] | lines that are tied to a handset |
//! | [`claim`] | who asks money back |
//! | [`payment`] | money that the bank was told to pay |
//! | [`benefit`] | what people chose of what their carrier offers them |
//! | [`fake_report`] | texts that customers reported |
//! | [`at_work`] | who is at work, and what waits for them |
//! | [`staff_count`] | how often staff did something, and whom they looked up |
//! | [`honey`] | numbers and codes that nobody has a reason to name |
//! | [`alarm`] | what staff did that somebody should look at |
//! | [`look`] | second looks, and the images that were looked at |
//! | [`call_code`] | what customers read out when they call |
//! | [`erasure`] | what goes with an incident that is being erased |
//! | [`counts`] | who was told, counted from the rows |
//! | [`keystore`] | one key per incident, quarter and service, wrapped, outside the database |
//! | [`seal`] | records that only a key opens, and blind indexes |
//! | [`permit`] | the right to open, which only a committed entry gives |
//! | [`bucket`] | ranges of rows that fit in memory |
//!
//! How a room is built: its file here holds the types and lists the operations once (`forward!`); `ops/<room>.rs` holds the
//! queries and is compiled twice, once in `backend/sqlite.rs` and once in `backend/pg.rs`, against that backend's `Conn`.
//! What only one database can do (bulk load, locks, pragmas) stays in those two files.
//!
//! **Invariant**: no clock and no personal value in clear. Times are arguments; what is personal arrives sealed or as a keyed hash.

mod backend;
mod bulk;
mod error;
mod migrations;
mod numbers;
mod pool;
mod schema;
mod store;
mod tx;
mod types;
mod writer;

pub mod agency;
pub mod alarm;
pub mod approval_passkey;
pub mod at_work;
pub mod benefit;
pub mod booking;
pub mod brand_list;
pub mod bucket;
pub mod budget;
pub mod call_code;
pub mod card;
pub mod case_notice;
pub mod challenge;
pub mod check_in;
pub mod claim;
pub mod cohort;
pub mod counts;
pub mod credential;
pub mod derivation;
pub mod erasure;
pub mod fake;
pub mod fake_report;
pub mod filing;
pub mod hold;
pub mod honey;
pub mod incident;
pub mod invite;
pub mod journal;
pub mod keystore;
pub mod law;
pub mod lease;
pub mod ledger;
pub mod line_hold;
pub mod look;
pub mod outbox;
pub mod parcel;
pub mod payment;
pub mod payment_block;
pub mod permit;
pub mod posting;
pub mod proof;
pub mod proof_request;
pub mod protection;
pub mod registry;
pub mod reject;
pub mod replacement;
pub mod seal;
pub mod selfcheck;
pub mod session;
pub mod sim_change;
pub mod staff;
pub mod staff_count;
pub mod staff_session;
pub mod stock;
pub mod suppression;
pub mod swap;
pub mod swap_order;
pub mod template;
pub mod terminal;
pub mod wording;

pub use bucket::BucketRange;
pub use error::StoreError;
pub use store::Store;
pub use tx::Tx;
