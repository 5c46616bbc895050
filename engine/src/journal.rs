//! The journal's sequencer, run at the end of each command and by the sender.

use simrecall_store::journal::{Sequenced, sequence as number};
use simrecall_store::lease::LeaseToken;

use crate::home::{Home, random};
use crate::problem::{self, Result};

/// Entries numbered in one transaction.
const AT_ONCE: u32 = 2_000;

/// Numbers every entry that waits; leaves it to another process if that one is at it.
pub fn sequence(home: &Home) -> Result<()> {
    let token = LeaseToken(random()?);
    loop {
        let turn = number(&home.store, token, home.now(), AT_ONCE).map_err(problem::store)?;
        match turn {
            Sequenced::Elsewhere => return Ok(()),
            Sequenced::Numbered { entries, .. } if entries < u64::from(AT_ONCE) => break,
            Sequenced::Numbered { .. } => {}
        }
    }
    home.store.write(|tx| tx.release_lease("journal", token)).map_err(problem::store)?;
    Ok(())
}
