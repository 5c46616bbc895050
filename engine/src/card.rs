//! What is sealed of a card: ICCID, IMSI and, until it is a customer's, the key.

use serde::{Deserialize, Serialize};
use simrecall_core::id::CardId;
use simrecall_core::identity::{Iccid, Imsi, exposed};
use simrecall_gateway::hlr::MilenageKey;
use simrecall_store::permit::Permit;
use simrecall_store::seal::{DomainKeys, Field, Table};
use zeroize::{Zeroize as _, Zeroizing};

use crate::problem::{Problem, Result};

/// The record of a card. `Debug` is not there: nothing of it may be shown.
pub(crate) struct CardRecord {
    /// What is printed on it.
    pub(crate) iccid: Iccid,
    /// What it calls itself in the network.
    pub(crate) imsi: Imsi,
    /// What it authenticates with; none once the network has it and the card is a customer's.
    pub(crate) key: Option<MilenageKey>,
}

/// As sealed. The keys are wiped with it.
#[derive(Serialize, Deserialize)]
struct Plain {
    #[serde(with = "exposed")]
    iccid: Iccid,
    #[serde(with = "exposed")]
    imsi: Imsi,
    k: Option<String>,
    opc: Option<String>,
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.k.zeroize();
        self.opc.zeroize();
    }
}

/// More than a record takes: a buffer that grows leaves copies behind.
const ROOM: usize = 512;

impl CardRecord {
    /// A card's name in stock.
    pub(crate) fn id_of(service: &DomainKeys, iccid: &Iccid) -> CardId {
        CardId::from_bytes(service.blind(Field::Iccid, iccid.expose()))
    }

    /// How a card is found by its IMSI.
    pub(crate) fn imsi_key(service: &DomainKeys, imsi: &Imsi) -> [u8; 16] {
        service.blind(Field::Imsi, imsi.expose())
    }

    /// Sealed for its row.
    pub(crate) fn seal(&self, service: &DomainKeys) -> Result<Vec<u8>> {
        let half = |of: fn(&MilenageKey) -> Zeroizing<String>| {
            self.key.as_ref().map(|key| of(key).as_str().to_owned())
        };
        let plain = Plain {
            iccid: self.iccid.clone(),
            imsi: self.imsi.clone(),
            k: half(MilenageKey::expose_k),
            opc: half(MilenageKey::expose_opc),
        };
        let mut text = Zeroizing::new(Vec::with_capacity(ROOM));
        serde_json::to_writer(&mut *text, &plain).map_err(|_| damaged())?;
        let id = Self::id_of(service, &self.iccid);
        let sealed = service.seal(Table::Card, id.as_bytes(), &text);
        sealed.map_err(|error| damaged().caused_by(error))
    }

    /// Opened under a permit of the service's domain; it counts as one row.
    pub(crate) fn open(
        permit: &mut Permit,
        service: &DomainKeys,
        (id, sealed): (CardId, &[u8]),
    ) -> Result<Self> {
        let opened = permit.open(service, Table::Card, id.as_bytes(), sealed);
        let opened = opened.map_err(|error| damaged().caused_by(error))?;
        // A parser's message may quote what it read, so it is not kept.
        let plain: Plain = serde_json::from_slice(&opened).map_err(|_| damaged())?;
        let key = match (&plain.k, &plain.opc) {
            (Some(k), Some(opc)) => Some(MilenageKey::parse(k, opc).map_err(|_| damaged())?),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(damaged()),
        };
        Ok(Self { iccid: plain.iccid.clone(), imsi: plain.imsi.clone(), key })
    }

    /// Sealed without the key, as a customer's card is kept.
    pub(crate) fn keyless_sealed(&self, service: &DomainKeys) -> Result<Vec<u8>> {
        Self { iccid: self.iccid.clone(), imsi: self.imsi.clone(), key: None }.seal(service)
    }
}

fn damaged() -> Problem {
    Problem::ours("sealed", "the record of a card does not open")
}
