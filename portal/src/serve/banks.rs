//! The listener for banks' systems, on an address, a name and a certificate of its own.

use std::net::SocketAddr;

use simrecall_engine::Result;
use simrecall_engine::sim_swap::SimSwap;
use tokio::sync::watch;

use super::connection::Listening;
use super::wire::{Said, Wire};
use super::{DRAIN, bind, local};
use crate::admission::Places;
use crate::camara::{Camara, router};

/// Connections at once: banks ask much over few.
const CONNECTIONS: u32 = 256;

/// Where banks are answered.
pub(super) struct Banks {
    listening: Listening,
    pub(super) listen: SocketAddr,
}

impl Banks {
    /// Opens the listener that `[camara]` names.
    pub(super) async fn open(sim_swap: SimSwap) -> Result<Self> {
        let config = sim_swap.config();
        let files = config.tls_cert.as_ref().zip(config.tls_key.as_ref());
        let wire = Wire::of(&Said {
            section: "camara",
            listen: config.listen,
            tls: files.map(|(cert, key)| (sim_swap.path(cert), sim_swap.path(key))),
            proxies: &config.proxies,
        })?;
        let listener = bind(config.listen).await?;
        let listen = local(&listener)?;
        let camara =
            Camara::new(sim_swap, Some(listen.port()), wire.is_covered(), &Places::usual());
        let listening = wire.before(Listening::new(listener, router(camara), CONNECTIONS));
        Ok(Self { listening, listen })
    }

    /// Answers until told to stop.
    pub(super) async fn run(self, stopped: watch::Receiver<bool>) {
        if !self.listening.run(stopped, DRAIN).await {
            tracing::warn!("questions of banks were cut off");
        }
    }
}
