//! Cards: taken in from a supplier's batch, counted, sent from one agency to another, and what becomes of each.
//!
//! | part | does |
//! |---|---|
//! | [`import`] | a batch, encrypted for us, into a lot that is on its way |
//! | [`receive`] | a lot that came |
//! | [`transfer`] | cards from one agency to another |
//! | [`look`] | what is where, what comes, when it runs out |
//! | [`fate`] | one card: defective, lost, looked at |
//!
//! Keys are read into memory that is wiped, sealed at once, and never shown. Each movement is one entry of the journal, in the
//! transaction that moves the cards.

mod batch;
pub mod fate;
pub mod import;
pub mod look;
pub mod receive;
pub mod transfer;

use simrecall_core::id::LotId;
use simrecall_store::stock::Lot;
use uuid::Uuid;

use crate::home::Home;
use crate::problem::{Problem, Result};

/// A lot that is on its way, by its name or by what the sender calls it.
pub(crate) fn coming_lot(home: &Home, name: &str) -> Result<Lot> {
    let name = name.trim();
    let id = Uuid::parse_str(name).map(LotId).ok();
    let mut lots = home.store.read(|tx| tx.coming_lots(None))?;
    lots.retain(|lot| Some(lot.id) == id || lot.supplier_ref == name);
    match lots.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Problem::input("lot", format!("no lot on its way is called {name}"))
            .hint("see those on their way: simrecall stock show")),
        many => {
            let first = Problem::input("lot", format!("{} lots are called {name}", many.len()))
                .hint("name one of them by its id");
            Err(many.iter().fold(first, |problem, lot| {
                problem.detail(format!("{}  {}  {} cards", lot.id, lot.product, lot.cards))
            }))
        }
    }
}
