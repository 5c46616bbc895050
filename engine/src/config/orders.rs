//! The carrier's other systems that take orders.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use simrecall_core::order::Kind;
use simrecall_gateway::webhook::Webhook;

/// `[orders]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrdersConfig {
    /// Who takes which.
    pub receivers: Vec<ReceiverConfig>,
}

/// `[[orders.receivers]]`: one system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverConfig {
    /// The kinds it takes: `card.ship`, or a whole family, `micropayment.*`.
    pub kinds: Vec<String>,
    /// Where it takes them.
    pub url: String,
    /// A file with the secret that orders are signed with, relative to the home; 32 characters or more.
    pub secret_file: PathBuf,
    /// A PEM file of roots for TLS; the machine's own when absent.
    #[serde(default)]
    pub tls_roots: Option<PathBuf>,
}

impl ReceiverConfig {
    /// Whether it takes orders of a kind.
    pub fn takes(&self, kind: Kind) -> bool {
        self.kinds.iter().any(|word| names(word, kind))
    }

    /// What people call it: by what it takes. An address may hold a secret.
    pub fn name(&self) -> String {
        self.kinds.join(", ")
    }
}

/// Whether a word names a kind, or its whole family.
fn names(word: &str, kind: Kind) -> bool {
    word == kind.name() || word.strip_suffix(".*") == Some(kind.family())
}

impl OrdersConfig {
    /// Who takes orders of a kind.
    pub fn receiver(&self, kind: Kind) -> Option<&ReceiverConfig> {
        self.receivers.iter().find(|receiver| receiver.takes(kind))
    }

    /// The kinds nobody takes: their orders wait.
    pub fn orphans(&self) -> Vec<Kind> {
        Kind::ALL.into_iter().filter(|kind| self.receiver(*kind).is_none()).collect()
    }

    /// Which key makes no sense by itself, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let named = |receiver: &ReceiverConfig| {
            let known = |word: &String| Kind::ALL.into_iter().any(|kind| names(word, kind));
            !receiver.kinds.is_empty() && receiver.kinds.iter().all(known)
        };
        if !self.receivers.iter().all(named) {
            return Err((
                "kinds",
                "name kinds that there are, such as card.ship, or micropayment.*",
            ));
        }
        for kind in Kind::ALL {
            let same = |receiver: &&ReceiverConfig| {
                let mut all = Kind::ALL.into_iter().filter(|one| one.family() == kind.family());
                all.any(|one| receiver.takes(one))
            };
            if self.receivers.iter().filter(same).count() > 1 {
                let why = "orders of one family go to one system, or their order would be lost";
                return Err(("kinds", why));
            }
        }
        let reached = |one: &ReceiverConfig| Webhook::new(&one.url, Path::new(""), b"").is_ok();
        if !self.receivers.iter().all(reached) {
            return Err(("url", "https, or http to this machine, without a login or a fragment"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(receivers: &[(&str, &str)]) -> OrdersConfig {
        let one = |(kinds, url): &(&str, &str)| {
            format!("[[receivers]]\nkinds = [{kinds}]\nurl = \"{url}\"\nsecret_file = \"s\"\n")
        };
        toml::from_str(&receivers.iter().map(one).collect::<String>()).unwrap()
    }

    const GOOD: &str = "https://billing.carrier.example/orders";

    #[test]
    fn a_family_or_a_kind_finds_its_receiver() {
        let config =
            read(&[("\"micropayment.*\"", GOOD), ("\"card.ship\", \"sim.swapped\"", GOOD)]);
        assert_eq!(config.check(), Ok(()));
        let name = |kind| config.receiver(kind).map(ReceiverConfig::name);
        assert_eq!(name(Kind::Lift).as_deref(), Some("micropayment.*"));
        assert_eq!(name(Kind::ShipCard).as_deref(), Some("card.ship, sim.swapped"));
        assert_eq!(config.orphans(), [Kind::WaiveBill, Kind::Alarm]);
        assert_eq!(read(&[]).check(), Ok(()));
        assert_eq!(read(&[]).orphans(), Kind::ALL);
    }

    #[test]
    fn what_makes_no_sense_names_its_key() {
        let key = |receivers: &[(&str, &str)]| read(receivers).check().unwrap_err().0;
        assert_eq!(key(&[("", GOOD)]), "kinds");
        assert_eq!(key(&[("\"*\"", GOOD)]), "kinds");
        assert_eq!(key(&[("\"micropayment\"", GOOD)]), "kinds");
        assert_eq!(
            key(&[("\"micropayment.block\"", GOOD), ("\"micropayment.lift\"", GOOD)]),
            "kinds"
        );
        assert_eq!(key(&[("\"card.*\"", GOOD), ("\"card.ship\"", GOOD)]), "kinds");
        assert_eq!(key(&[("\"card.ship\"", "http://billing.carrier.example/")]), "url");
        assert!(toml::from_str::<OrdersConfig>("[[receivers]]\nkinds = [\"card.ship\"]").is_err());
    }
}
