//! The agency's page, in a process of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use simrecall_engine::terminal::AgencyDoor;
use simrecall_engine::{Problem, Result};
use tokio::sync::watch;

use super::connection::Listening;
use super::wire::{Said, Wire};
use super::{DRAIN, OPS_CONNECTIONS, ServeOptions, Served, bind, forget, local, refuse_open_ops};
use crate::agency::{Agency, AgencySetup, router};
use crate::ops;

/// Where staff's page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffAddresses {
    /// What staff type.
    pub url: String,
    /// Where they are listened to.
    pub listen: SocketAddr,
    /// Where those who run it are.
    pub ops_listen: SocketAddr,
}

/// Connections at once: some terminals of each agency.
const CONNECTIONS: u32 = 1_024;

/// Serves staff of one installation until `stop`. `announce` is told where, once both listeners are open.
pub async fn serve_agency(
    options: &ServeOptions,
    announce: impl FnOnce(&StaffAddresses) + Send,
    stop: impl Future<Output = ()> + Send,
) -> Result<Served> {
    let door = AgencyDoor::open(&options.dir, options.clock.clone())?;
    let config = door.config();
    let listen = options.listen.unwrap_or(config.listen);
    let ops_listen = options.ops_listen.unwrap_or(config.ops_listen);
    refuse_open_ops(ops_listen, "agency")?;
    let files = config.tls_cert.as_ref().zip(config.tls_key.as_ref());
    let wire = Wire::of(&Said {
        section: "agency",
        listen,
        tls: files.map(|(cert, key)| (door.path(cert), door.path(key))),
        proxies: &config.proxies,
    })?;
    let secure = door.origin().starts_with("https:");
    refuse_mixed(secure, wire.is_covered())?;
    let (staff, ops) = (bind(listen).await?, bind(ops_listen).await?);
    let addresses = StaffAddresses {
        url: format!("{}/", door.origin()),
        listen: local(&staff)?,
        ops_listen: local(&ops)?,
    };
    let agency = Agency::new(door, &AgencySetup::usual(secure, Some(addresses.listen.port())))?;
    announce(&addresses);
    let (stopping, stopped) = watch::channel(false);
    let staff = wire.before(Listening::new(staff, router(Arc::clone(&agency)), CONNECTIONS));
    let ops = Listening::new(ops, ops::router(Arc::clone(&agency)), OPS_CONNECTIONS);
    let stop = async {
        stop.await;
        // The receivers live until the listener has ended.
        stopping.send_replace(true);
    };
    let door = agency.door().clone();
    let purge = move || door.purge();
    let (drained, ..) = tokio::join!(
        staff.run(stopped.clone(), DRAIN),
        ops.run(stopped.clone(), Duration::ZERO),
        forget(purge, stopped),
        stop
    );
    Ok(Served { drained })
}

/// Requests are signed over the address browsers see, and passkeys are for it: what it says of the wire must be so.
fn refuse_mixed(secure: bool, covered: bool) -> Result<()> {
    if secure == covered {
        return Ok(());
    }
    let what = "agency.origin and the wire differ: one of them is TLS, the other is not";
    Err(Problem::configuration("config", what).hint(
        "give tls_cert and tls_key in [agency], or name the proxy that ends TLS in proxies; on this machine alone write the http:// address with its port as origin",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_lies_about_its_wire_is_refused() {
        assert!(refuse_mixed(true, true).is_ok() && refuse_mixed(false, false).is_ok());
        assert_eq!(refuse_mixed(true, false).unwrap_err().code, "config");
        assert_eq!(refuse_mixed(false, true).unwrap_err().code, "config");
    }
}
