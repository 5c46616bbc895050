//! Provisioning by an OsmoHLR: CTRL for looking, rows, keys and numbers; VTY for access, since CTRL tells no VLR.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::replacement::swap::Access;
use zeroize::Zeroizing;

use super::ctrl::{Ctrl, Verb};
use super::vty::Vty;
use super::{
    Doubt, Enforcement, HlrError, LastSeen, LockOrder, MilenageKey, Provisioning, Refusal,
    Subscriber, fields,
};

/// Where OsmoHLR's CTRL is; fixed in its source.
const CTRL: u16 = 4259;
/// Where OsmoHLR's VTY is; fixed in its source.
const VTY: u16 = 4258;
/// How long a call may take, unless it is said otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

/// How to reach an OsmoHLR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HlrSettings {
    /// Where CTRL listens.
    pub ctrl: SocketAddr,
    /// Where VTY listens.
    pub vty: SocketAddr,
    /// How long a call may take, connecting included.
    pub patience: Duration,
    /// Whether another machine may be spoken to. Neither CTRL nor VTY has a login or encryption, and keys go over CTRL: only
    /// where nobody else can reach or hear that network.
    pub trusted_network: bool,
}

impl HlrSettings {
    /// OsmoHLR's own ports at an address, 5 seconds, and no network trusted.
    pub const fn new(address: IpAddr) -> Self {
        Self {
            ctrl: SocketAddr::new(address, CTRL),
            vty: SocketAddr::new(address, VTY),
            patience: PATIENCE,
            trusted_network: false,
        }
    }
}

/// An OsmoHLR. It connects at the first call, and again whenever that is needed; any number of threads may call at once.
#[derive(Debug)]
pub struct OsmoHlr {
    ctrl: Ctrl,
    vty: Vty,
    patience: Duration,
}

impl OsmoHlr {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// [`HlrError::Untrusted`] for an address on another machine, unless its network is trusted.
    pub fn new(settings: HlrSettings) -> Result<Self, HlrError> {
        let here = settings.ctrl.ip().is_loopback() && settings.vty.ip().is_loopback();
        if !here && !settings.trusted_network {
            return Err(HlrError::Untrusted);
        }
        Ok(Self {
            ctrl: Ctrl::new(settings.ctrl),
            vty: Vty::new(settings.vty),
            patience: settings.patience,
        })
    }

    /// Begins a call: when it has to be over. Nothing is asked while an earlier command may still be waiting at the HLR.
    fn begin(&self) -> Result<Instant, HlrError> {
        let until = Instant::now() + self.patience;
        self.ctrl.settle(until)?;
        self.vty.settle(until)?;
        Ok(until)
    }

    fn get(&self, variable: &str) -> Result<Zeroizing<String>, HlrError> {
        let until = self.begin()?;
        self.ctrl.ask(Verb::Get, variable, "", until)
    }

    /// `SET`, believed done only with the answer that this variable gives to it.
    fn set(&self, variable: &str, value: &str) -> Result<(), HlrError> {
        let until = self.begin()?;
        let answer = self.ctrl.ask(Verb::Set, variable, value, until)?;
        if *answer == "OK" { Ok(()) } else { Err(self.ctrl.give_up(Doubt::Nonsense)) }
    }

    /// `create` and `delete` answer with the id of the row, which is of no use: ids are given again.
    fn set_row(&self, variable: &str, imsi: &Imsi) -> Result<(), HlrError> {
        let until = self.begin()?;
        let answer = self.ctrl.ask(Verb::Set, variable, imsi.expose(), until)?;
        let is_id = !answer.is_empty() && answer.bytes().all(|sign| sign.is_ascii_digit());
        if is_id { Ok(()) } else { Err(self.ctrl.give_up(Doubt::Nonsense)) }
    }
}

impl Provisioning for OsmoHlr {
    fn read(&self, imsi: &Imsi) -> Result<Option<Subscriber>, HlrError> {
        let answer = self.get(&format!("subscriber.by-imsi-{}.info-all", imsi.expose()));
        let Some(answer) = unless_gone(answer)? else { return Ok(None) };
        let row = fields::subscriber(&answer, imsi);
        row.map(Some).ok_or_else(|| self.ctrl.give_up(Doubt::Nonsense))
    }

    fn is_there(&self) -> Result<(), HlrError> {
        // The test network's first row: whether it is there or not, the HLR has answered.
        unless_gone(self.get("subscriber.by-imsi-001010000000000.info")).map(drop)
    }

    fn holder(&self, number: &Msisdn) -> Result<Option<Imsi>, HlrError> {
        let answer = self.get(&format!("subscriber.by-msisdn-{}.info", number.expose()));
        let Some(answer) = unless_gone(answer)? else { return Ok(None) };
        let imsi = fields::imsi(&answer);
        imsi.map(Some).ok_or_else(|| self.ctrl.give_up(Doubt::Nonsense))
    }

    fn last_seen(&self, imsi: &Imsi) -> Result<Option<LastSeen>, HlrError> {
        let until = self.begin()?;
        let answer = self.vty.ask(&format!("subscriber imsi {} show", imsi.expose()), until);
        let Some(answer) = unless_gone(answer)? else { return Ok(None) };
        fields::last_seen(&answer, imsi)
            .map_err(|fields::Unreadable| HlrError::Unknown(Doubt::Nonsense))
    }

    fn create(&self, imsi: &Imsi) -> Result<(), HlrError> {
        self.set_row("subscriber.create", imsi)
    }

    fn set_key(&self, imsi: &Imsi, key: &MilenageKey) -> Result<(), HlrError> {
        let (k, opc) = (key.expose_k(), key.expose_opc());
        // The room is taken at once: a text that grows leaves copies behind.
        let mut value = Zeroizing::new(String::with_capacity(96));
        for part in ["milenage,", &k, ",OPC,", &opc, ",5"] {
            value.push_str(part);
        }
        self.set(&format!("subscriber.by-imsi-{}.aud3g", imsi.expose()), &value)
    }

    fn set_number(&self, imsi: &Imsi, number: Option<&Msisdn>) -> Result<(), HlrError> {
        let value = number.map_or("none", Msisdn::expose);
        self.set(&format!("subscriber.by-imsi-{}.msisdn", imsi.expose()), value)
    }

    fn set_access(&self, imsi: &Imsi, access: Access) -> Result<(), HlrError> {
        let mode = match access {
            Access { cs: true, ps: true } => "cs+ps",
            Access { cs: true, ps: false } => "cs",
            Access { cs: false, ps: true } => "ps",
            Access { cs: false, ps: false } => "none",
        };
        let until = self.begin()?;
        let command =
            format!("subscriber imsi {} update network-access-mode {mode}", imsi.expose());
        let answer = self.vty.ask(&command, until)?;
        if answer.is_empty() { Ok(()) } else { Err(HlrError::Unknown(Doubt::Nonsense)) }
    }

    fn delete(&self, imsi: &Imsi) -> Result<(), HlrError> {
        self.set_row("subscriber.delete", imsi)
    }

    /// OsmoHLR notes handsets and refuses none.
    fn lock(&self, _order: &LockOrder) -> Result<Enforcement, HlrError> {
        Ok(Enforcement::Unenforced)
    }
}

/// A question about a row that is not there is answered too.
fn unless_gone<T>(answer: Result<T, HlrError>) -> Result<Option<T>, HlrError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(HlrError::Refused(Refusal::NoSuchRow)) => Ok(None),
        Err(error) => Err(error),
    }
}
