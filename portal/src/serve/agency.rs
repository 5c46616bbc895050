//! The agency's page, in a process of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use simrecall_engine::terminal::AgencyDoor;
use simrecall_engine::{Problem, Result};
use tokio::sync::watch;

use super::connection::Listening;
use super::wire::{Said, Wire};
use super::{DRAIN, ServeOptions, Served, bind, forget, local};
use crate::agency::{Agency, AgencySetup, router};

/// Connections at once: some terminals of each agency.
const CONNECTIONS: u32 = 1_024;

/// Serves staff of one installation until `stop`. `announce` is told what they type, and where they are listened to.
pub async fn serve_agency(
    options: &ServeOptions,
    announce: impl FnOnce(&str, SocketAddr) + Send,
    stop: impl Future<Output = ()> + Send,
) -> Result<Served> {
    let door = AgencyDoor::open(&options.dir, options.clock.clone())?;
    let config = door.config();
    let listen = options.listen.unwrap_or(config.listen);
    let files = config.tls_cert.as_ref().zip(config.tls_key.as_ref());
    let wire = Wire::of(&Said {
        section: "agency",
        listen,
        tls: files.map(|(cert, key)| (door.path(cert), door.path(key))),
        proxies: &config.proxies,
    })?;
    let secure = door.origin().starts_with("https:");
    refuse_mixed(secure, wire.is_covered())?;
    let listener = bind(listen).await?;
    let listen = local(&listener)?;
    let url = format!("{}/", door.origin());
    let agency = Agency::new(door, &AgencySetup::usual(secure, Some(listen.port())))?;
    announce(&url, listen);
    let (stopping, stopped) = watch::channel(false);
    let staff = wire.before(Listening::new(listener, router(Arc::clone(&agency)), CONNECTIONS));
    let stop = async {
        stop.await;
        // The receivers live until the listener has ended.
        stopping.send_replace(true);
    };
    let door = agency.door().clone();
    let purge = move || door.purge();
    let (drained, (), ()) =
        tokio::join!(staff.run(stopped.clone(), DRAIN), forget(purge, stopped), stop);
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
