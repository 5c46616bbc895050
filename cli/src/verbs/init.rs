//! `init`: a new home.

use std::process::ExitCode;

use simrecall_engine::drill::{Setting, furnish};
use simrecall_engine::{Home, Result};

use super::{Desk, sequence};
use crate::args::Init;
use crate::report::Sheet;

pub(super) fn run(desk: &Desk<'_>, verb: &Init) -> Result<ExitCode> {
    let home = if verb.sandbox {
        furnish(&Setting {
            dir: desk.dir,
            store: &verb.store,
            smsc: "127.0.0.1:2775",
            mail: "127.0.0.1:2525",
            clock: desk.clock.clone(),
        })?
    } else {
        Home::init(desk.dir, &verb.store, desk.clock.clone())?
    };
    sequence(&home);
    let dir = desk.dir.display().to_string();
    Ok(desk.say(&serde_json::json!({ "home": dir }), || {
        Sheet::default()
            .line(&format!("a new home in {dir}"))
            .row("simrecall.toml", "where memory is, how people are reached")
            .row("prices.toml", "what a message costs, for plans")
            .row("carrier.toml", "the brand's name, telephone number and host")
            .row("keys", "keep root.key apart from the database and its backups")
            .next(&desk.next("config check"))
            .text()
    }))
}
