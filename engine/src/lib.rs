//! Makes it happen: the only place where memory meets the network, and the only one that opens a sealed row.
//!
//! | room | does |
//! |---|---|
//! | [`home`] | a carrier's installation on disk: configuration, keys, database, mark |
//! | [`config`] | `simrecall.toml`, typed, with overrides from the environment |
//! | [`clock`] | the one process clock |
//! | [`problem`] | what went wrong, whose fault, what to type next |
//! | [`incident`] | opening an incident, with the words people are told in |
//! | [`law`] | what the law asks, by when, and what people decided about it |
//! | [`staff`] | who may do what, and signing keys |
//! | [`terminal`] | staff at work: passkeys, terminals, and what is done at a counter |
//! | [`registry`] | a snapshot of who held which line when |
//! | [`cohort`] | revisions from lists |
//! | [`mod@derive`] | revisions from the network's records |
//! | [`derive_sql`] | the rules of deriving, as one query for records that stay where they are |
//! | [`wave`] | plan, test, approve, release, pause, cancel, reconcile, status |
//! | [`send`] | intents, submissions, results, receipts, follow-ups |
//! | [`lint`] | looking at notices before anybody signs them |
//! | [`notice`] | what one person was told |
//! | [`posting`] | the public posting: its ground in law, and the evidence that it stood |
//! | [`brand_list`] | brands that tell their people themselves: a sealed list out, results back |
//! | [`suppression`] | legal reasons to tell somebody nothing |
//! | [`filing`] | reports to authorities, from the ledger as of an instant |
//! | [`register`] | what was said, word for word; whether a text or a message code is genuine |
//! | [`fake`] | fakes that people report, by campaign |
//! | [`selfcheck`] | the customer's page: proof, answer, and what a proved person asks for |
//! | [`swap`] | the network's records of a line, from the old card to the new one |
//! | [`agency`], [`stock`] | where cards are, how many, and what becomes of each |
//! | [`replacement`], [`protection`], [`claim`] | what a proved person asks for, and what staff see of it |
//! | [`sim_swap`] | when a line last got another card, for banks |
//! | [`orders`] | what other systems of the carrier's are asked to do |
//! | [`kpi`] | the figures of a day, as carriers published them |
//! | [`key`] | backing keys up, trying a backup |
//! | [`verify`] | recounting everything from the rows |
//! | [`drill`] | the whole story in one command; [`sandbox`] is the network it talks to |
//! | [`journal`] | numbering what the journal holds |
//! | [`network`] | blocks of addresses |
//! | [`csv_rows`] | lists in, row by row, with reasons for each refusal |
//! | [`records`] | the network's records in: who was at which cell, what was paid |
//! | [`sample`] | synthetic registries and exposure lists of any size |

pub mod agency;
pub mod brand_list;
mod card;
pub mod claim;
pub mod clock;
pub mod cohort;
pub mod config;
pub mod csv_rows;
pub mod derive;
pub mod derive_sql;
pub mod drill;
pub mod fake;
pub mod filing;
pub mod home;
pub mod incident;
mod intake;
pub mod journal;
pub mod key;
pub mod kpi;
pub mod law;
pub mod lint;
pub mod network;
pub mod notice;
pub mod orders;
mod pages;
pub mod posting;
pub mod problem;
pub mod protection;
pub mod records;
pub mod register;
pub mod registry;
pub mod replacement;
mod routes;
pub mod sample;
pub mod sandbox;
pub mod selfcheck;
pub mod send;
pub mod sim_swap;
pub mod staff;
pub mod stock;
pub mod suppression;
pub mod swap;
mod target;
pub mod terminal;
pub mod verify;
pub mod wave;
mod words;

pub use clock::Clock;
pub use home::Home;
pub use intake::Tally;
pub use problem::{Problem, Result};
