//! The network's register of subscribers, and how patient a swap is with it.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use simrecall_core::replacement::swap::ATTACH_WITHIN;
use simrecall_gateway::hlr::HlrSettings;

use super::Span;

/// An OsmoHLR, without which no card is swapped.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HlrConfig {
    /// Where its CTRL listens.
    pub ctrl: SocketAddr,
    /// Where its VTY listens.
    pub vty: SocketAddr,
    /// Seconds until a command without an answer is given up for.
    #[serde(default = "five")]
    pub patience_seconds: u16,
    /// Whether it may be on another machine. It has no login: only where nobody else reaches or hears that network.
    #[serde(default)]
    pub trusted_network: bool,
    /// How long the new card may take to attach, from when it was admitted, before the old one gets the number back.
    #[serde(default = "attach_within")]
    pub attach_within: Span,
    /// How often is looked whether it has.
    #[serde(default = "look_every")]
    pub look_every: Span,
}

const fn five() -> u16 {
    5
}

const fn attach_within() -> Span {
    Span(ATTACH_WITHIN)
}

const fn look_every() -> Span {
    Span(TimeDelta::seconds(2))
}

impl HlrConfig {
    /// How long a command may take.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.patience_seconds.into())
    }

    /// For the gateway.
    pub fn settings(&self) -> HlrSettings {
        let Self { ctrl, vty, trusted_network, .. } = *self;
        HlrSettings { ctrl, vty, patience: self.patience(), trusted_network }
    }

    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if !(1..=15).contains(&self.patience_seconds) {
            return Err(("patience_seconds", "a command is given up for after 1 to 15 seconds"));
        }
        let spoken_to = [self.ctrl, self.vty].iter().all(|one| one.ip().is_loopback());
        if !spoken_to && !self.trusted_network {
            let why = "an HLR has no login: an address on this machine, or trusted_network = true";
            return Err(("ctrl", why));
        }
        if self.look_every.0 <= TimeDelta::zero() || self.look_every.0 > TimeDelta::seconds(30) {
            return Err(("look_every", "more than 0 and at most 30s"));
        }
        Ok(())
    }
}
