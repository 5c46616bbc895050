//! An HLR, our client of it, a switch, and cards.

use std::time::Duration;

use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::replacement::swap::Access;
use simrecall_gateway::hlr::{HlrSettings, MilenageKey, OsmoHlr, Provisioning as _, Subscriber};
use simrecall_tests::HlrServer;
use simrecall_tests::phone::{Phone, Switch};

/// Longer than anything here takes, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Stage {
    pub(crate) server: HlrServer,
    pub(crate) hlr: OsmoHlr,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with_patience(PATIENCE)
    }

    pub(crate) fn with_patience(patience: Duration) -> Self {
        let server = HlrServer::start().unwrap();
        let mut settings = HlrSettings::new(server.address());
        settings.patience = patience;
        Self { hlr: OsmoHlr::new(settings).unwrap(), server }
    }

    /// Another client of the same HLR.
    pub(crate) fn another(&self) -> OsmoHlr {
        let mut settings = HlrSettings::new(self.server.address());
        settings.patience = PATIENCE;
        OsmoHlr::new(settings).unwrap()
    }

    /// A switch under a name of its own.
    pub(crate) fn switch(&self, name: &str) -> Switch {
        Switch::connect(self.server.address(), name, PATIENCE).unwrap()
    }

    /// A row as it is in use: a key, a number, both domains.
    pub(crate) fn line(&self, imsi: &Imsi, key: &MilenageKey, number: &Msisdn) {
        self.hlr.create(imsi).unwrap();
        self.hlr.set_key(imsi, key).unwrap();
        self.hlr.set_number(imsi, Some(number)).unwrap();
    }

    pub(crate) fn row(&self, imsi: &Imsi) -> Subscriber {
        self.hlr.read(imsi).unwrap().expect("the row is there")
    }

    pub(crate) fn sqn(&self, imsi: &Imsi) -> u64 {
        self.row(imsi).sqn.expect("the row has a key")
    }

    /// The old card's row is disabled, and its number at the new one, as at the end of a swap.
    pub(crate) fn swap(&self) {
        self.hlr.create(&new_imsi()).unwrap();
        self.hlr.set_access(&new_imsi(), Access::NONE).unwrap();
        self.hlr.set_key(&new_imsi(), &new_key()).unwrap();
        self.hlr.set_access(&old_imsi(), Access::NONE).unwrap();
        self.hlr.set_number(&old_imsi(), None).unwrap();
        self.hlr.set_number(&new_imsi(), Some(&number())).unwrap();
        self.hlr.set_access(&new_imsi(), Access::BOTH).unwrap();
    }
}

pub(crate) fn old_imsi() -> Imsi {
    Imsi::parse("450081234567890").unwrap()
}

pub(crate) fn new_imsi() -> Imsi {
    Imsi::parse("450081234567891").unwrap()
}

pub(crate) fn number() -> Msisdn {
    Msisdn::parse("01012345678").unwrap()
}

pub(crate) fn old_key() -> MilenageKey {
    MilenageKey::parse("465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf")
        .unwrap()
}

pub(crate) fn new_key() -> MilenageKey {
    MilenageKey::parse("0396eb317b6d1c36f19c1c84cd6ffd16", "53c15671c60a4b731c55b4a441c0bde2")
        .unwrap()
}

pub(crate) fn old_phone() -> Phone {
    Phone::new(old_imsi(), old_key())
}

pub(crate) fn new_phone() -> Phone {
    Phone::new(new_imsi(), new_key())
}
