//! The customer's door: pages, forms and an API over HTTP.
//!
//! | room | does |
//! |---|---|
//! | `serve` | listeners, TLS, connections, the end |
//! | `layers` | what every request goes through: host, address, pace, body, where it came from, headers |
//! | `routes` | pages and forms; `api` the same for programs |
//! | `admission`, `floor` | who is let in to the database, and when an answer leaves |
//! | `state` | what all of them share |
//! | [`camara`] | SIM Swap 2.1, for banks |
//! | [`agency`] | what staff work at |
//! | [`pages`] | what people see |

mod admission;
pub mod agency;
mod api;
mod body;
mod call;
pub mod camara;
mod cookie;
mod csrf;
mod floor;
mod form;
mod headers;
mod known;
mod layers;
mod manner;
mod metrics;
mod ops;
mod packed;
pub mod pages;
mod peer;
mod rate;
mod routes;
mod serve;
mod state;
mod surface;
mod trouble;

pub use admission::Places;
pub use floor::Floor;
pub use peer::Peer;
pub use rate::Pace;
pub use routes::{paths, router};
pub use serve::{Addresses, ServeOptions, Served, StaffAddresses, serve, serve_agency};
pub use state::{Portal, Setup};
