//! A phone with a USIM that attaches at a switch, as the HLR sees it: over GSUP.
//!
//! The card's answers are those of `osmo-auc-gen`, a program of other people; so what fits it was not only written by ourselves.

mod card;
mod gsup;
mod switch;

use std::io;

use simrecall_core::identity::Imsi;

use crate::hlr::MilenageKey;

pub use card::{CardAnswer, auc_gen};
pub use switch::{Cause, Domain, Switch, Told, Vector};

/// A phone with a USIM in it. It belongs to sandboxes: its key is given to another program in clear.
#[derive(Debug, Clone)]
pub struct Phone {
    imsi: Imsi,
    key: MilenageKey,
    /// The highest SQN that the card has taken.
    sqn: Option<u64>,
}

/// What became of an attempt to attach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attach {
    /// It is registered.
    Attached {
        /// The number that the HLR gave to the switch, as digits.
        number: Option<String>,
        /// The SQN of the vector that was used.
        sqn: u64,
    },
    /// The HLR has no vectors for it.
    NoVectors(Cause),
    /// The HLR has another key: the card does not know the network (MAC failure).
    AnotherKey,
    /// The SQN is not above what the card has seen: it asks for synchronisation, and does not attach.
    Stale {
        /// The SQN of the vector.
        sqn: u64,
        /// What the card has seen.
        seen: u64,
    },
    /// It was authenticated, and the HLR does not let it in.
    Refused(Cause),
}

impl Phone {
    /// A phone with a card that was never used.
    pub const fn new(imsi: Imsi, key: MilenageKey) -> Self {
        Self { imsi, key, sqn: None }
    }

    /// The highest SQN that the card has taken.
    pub const fn sqn(&self) -> Option<u64> {
        self.sqn
    }

    /// Attaches: vectors, authentication of both sides, registration.
    ///
    /// # Errors
    /// When the HLR or `osmo-auc-gen` does not answer as it should.
    pub fn attach(&mut self, switch: &mut Switch, domain: Domain) -> io::Result<Attach> {
        let vectors = match switch.vectors(self.imsi.expose())? {
            Ok(vectors) => vectors,
            Err(cause) => return Ok(Attach::NoVectors(cause)),
        };
        let vector = vectors.first().ok_or_else(|| io::Error::other("no vector"))?;
        let sqn = match self.authenticate(vector)? {
            Ok(sqn) => sqn,
            Err(refused) => return Ok(refused),
        };
        Ok(match switch.register(self.imsi.expose(), domain)? {
            Ok(number) => Attach::Attached { number, sqn },
            Err(cause) => Attach::Refused(cause),
        })
    }

    /// What the card does with a challenge: believes the network, and takes the SQN.
    fn authenticate(&mut self, vector: &Vector) -> io::Result<Result<u64, Attach>> {
        let Some(sqn) = card::sqn_of(&self.key, vector)? else {
            return Ok(Err(Attach::AnotherKey));
        };
        if let Some(seen) = self.sqn
            && sqn <= seen
        {
            return Ok(Err(Attach::Stale { sqn, seen }));
        }
        self.sqn = Some(sqn);
        Ok(Ok(sqn))
    }
}
