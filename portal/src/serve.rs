//! From an installation to a server that runs until it is told to stop.

mod connection;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use simrecall_core::problem::Blame;
use simrecall_engine::selfcheck::{Door, courier};
use simrecall_engine::sim_swap::SimSwap;
use simrecall_engine::{Clock, Problem, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use self::connection::Listening;
use crate::admission::Places;
use crate::camara::{self, Camara};
use crate::floor::Floor;
use crate::ops;
use crate::peer::Proxies;
use crate::routes::router;
use crate::state::{Portal, Setup};

/// How long running requests have when the server stops.
const DRAIN: Duration = Duration::from_secs(30);
/// How often what is over is forgotten.
const PURGE: Duration = Duration::from_mins(1);
/// Connections of people at once. Who comes later waits in the system's queue.
const CONNECTIONS: u32 = 4_096;
/// Connections of those who run it.
const OPS_CONNECTIONS: u32 = 16;
/// Connections of banks' systems, which ask much over few.
const BANK_CONNECTIONS: u32 = 256;

/// What to serve, and where if not where the configuration says.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The installation.
    pub dir: PathBuf,
    /// What time it is.
    pub clock: Clock,
    /// Another address for people; a port of 0 takes one that is free.
    pub listen: Option<SocketAddr>,
    /// Another address for those who run it.
    pub ops_listen: Option<SocketAddr>,
}

/// Where it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// What people type.
    pub url: String,
    /// Where people are listened to.
    pub listen: SocketAddr,
    /// Where those who run it are.
    pub ops_listen: SocketAddr,
    /// Where banks are listened to, if they are.
    pub camara_listen: Option<SocketAddr>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Whether every running request could be finished.
    pub drained: bool,
}

/// Serves one installation until `stop`. `announce` is told where, once both listeners are open.
pub async fn serve(
    options: &ServeOptions,
    announce: impl FnOnce(&Addresses) + Send,
    stop: impl Future<Output = ()> + Send,
) -> Result<Served> {
    let door = Door::open(&options.dir, options.clock.clone())?;
    let config = door.config();
    let tls = match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => Some(tls::acceptor(&door.path(cert), &door.path(key))?),
        (None, _) | (_, None) => None,
    };
    let listen = options.listen.unwrap_or(config.listen);
    let ops_listen = options.ops_listen.unwrap_or(config.ops_listen);
    let proxies = Proxies::parse(config.proxies.iter().map(String::as_str))?;
    refuse_open("portal", listen, tls.is_some() || !proxies.is_empty())?;
    refuse_open_ops(ops_listen)?;
    let (people, ops) = (bind(listen).await?, bind(ops_listen).await?);
    let banks = match door.sim_swap()? {
        Some(sim_swap) => Some(banks(sim_swap).await?),
        None => None,
    };
    let mut addresses = addresses(&door, &people, &ops, tls.is_some(), &proxies)?;
    addresses.camara_listen = banks.as_ref().map(|(_, listen)| *listen);
    let secure = addresses.url.starts_with("https:");
    let floor = Floor(config.floor.0.to_std().unwrap_or_default());
    let portal = Portal::new(door, &Setup::usual(secure, Some(addresses.listen.port()), floor))?;
    announce(&addresses);
    let (stopping, stopped) = watch::channel(false);
    let behind = (tls.is_none() && !proxies.is_empty()).then_some(proxies);
    let people =
        Listening::new(people, router(Arc::clone(&portal)), CONNECTIONS).over(tls).behind(behind);
    let ops = Listening::new(ops, ops::router(Arc::clone(&portal)), OPS_CONNECTIONS);
    let courier = courier::run(portal.door().clone(), until(stopped.clone()));
    // All of it together is too large to be carried about by whoever calls.
    let running = Box::pin(async {
        tokio::join!(
            people.run(stopped.clone(), DRAIN),
            ops.run(stopped.clone(), Duration::ZERO),
            answer_banks(banks, stopped.clone()),
            timeout_after(courier, stopped.clone()),
            forget(portal, stopped.clone()),
        )
    });
    let stop = async {
        stop.await;
        // The receivers live until the listeners have ended.
        stopping.send_replace(true);
    };
    let ((drained, ..), ()) = tokio::join!(running, stop);
    Ok(Served { drained })
}

/// The listener for banks' systems, on an address, a name and a certificate of its own.
async fn banks(sim_swap: SimSwap) -> Result<(Listening, SocketAddr)> {
    let config = sim_swap.config();
    let tls = match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => Some(tls::acceptor(&sim_swap.path(cert), &sim_swap.path(key))?),
        (None, _) | (_, None) => None,
    };
    let proxies = Proxies::parse(config.proxies.iter().map(String::as_str))?;
    refuse_open("camara", config.listen, tls.is_some() || !proxies.is_empty())?;
    let listener = bind(config.listen).await?;
    let listen = local(&listener)?;
    let (secure, usual) = (tls.is_some() || !proxies.is_empty(), Places::usual());
    let camara = Camara::new(sim_swap, Some(listen.port()), secure, &usual);
    let behind = (tls.is_none() && !proxies.is_empty()).then_some(proxies);
    let listening = Listening::new(listener, camara::router(camara), BANK_CONNECTIONS);
    Ok((listening.over(tls).behind(behind), listen))
}

/// Answers banks until told to stop, if they are answered at all.
async fn answer_banks(banks: Option<(Listening, SocketAddr)>, stopped: watch::Receiver<bool>) {
    if let Some((listening, _)) = banks
        && !listening.run(stopped, DRAIN).await
    {
        tracing::warn!("questions of banks were cut off");
    }
}

/// What people type: over TLS ours or a proxy's, else only on this machine.
fn addresses(
    door: &Door,
    people: &TcpListener,
    ops: &TcpListener,
    tls: bool,
    proxies: &Proxies,
) -> Result<Addresses> {
    let (listen, ops_listen) = (local(people)?, local(ops)?);
    let config = door.config();
    let (host, port) = (&config.host, listen.port());
    let url = match &config.origin {
        Some(origin) => format!("{origin}/"),
        None if !proxies.is_empty() => format!("https://{host}/"),
        None if tls => format!("https://{host}:{port}/"),
        None => format!("http://{host}:{port}/"),
    };
    Ok(Addresses { url, listen, ops_listen, camara_listen: None })
}

/// People are not to be asked anything over a wire that others can read.
fn refuse_open(surface: &str, listen: SocketAddr, covered: bool) -> Result<()> {
    if covered || listen.ip().is_loopback() {
        return Ok(());
    }
    let what = format!("{listen} can be reached from other machines, and nothing covers the wire");
    Err(Problem::configuration("open_listener", what).hint(format!(
        "give tls_cert and tls_key in [{surface}], or name the proxy that ends TLS in proxies, or listen on 127.0.0.1",
    )))
}

fn refuse_open_ops(listen: SocketAddr) -> Result<()> {
    if listen.ip().is_loopback() {
        return Ok(());
    }
    let what = format!("{listen} can be reached from other machines; figures are for this one");
    Err(Problem::configuration("open_listener", what)
        .hint("set ops_listen in [portal] to 127.0.0.1:8481"))
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Problem::new("listen", Blame::Configuration, format!("cannot listen on {address}"))
            .caused_by(error)
            .hint("another program may use the port; choose one with --listen, or in [portal]")
    })
}

fn local(listener: &TcpListener) -> Result<SocketAddr> {
    listener
        .local_addr()
        .map_err(|error| Problem::ours("listen", "a listener has no address").caused_by(error))
}

/// Ends when the server is told to stop.
async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end too.
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        tracing::debug!("nobody can stop this any more");
    }
}

/// Lets the courier finish what is under way, for as long as a running request may.
async fn timeout_after(courier: impl Future<Output = ()>, stopped: watch::Receiver<bool>) {
    tokio::pin!(courier);
    tokio::select! {
        () = &mut courier => return,
        () = until(stopped) => {}
    }
    if timeout(DRAIN, courier).await.is_err() {
        tracing::warn!("codes were left unsent");
    }
}

/// Each minute: sessions, requests and counts whose time is over are forgotten.
async fn forget(portal: Arc<Portal>, stopped: watch::Receiver<bool>) {
    let mut minutes = interval(PURGE);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = until(stopped);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return,
            _ = minutes.tick() => {}
        }
        let door = portal.door().clone();
        match tokio::task::spawn_blocking(move || door.purge()).await {
            Ok(Ok(())) => {}
            Ok(Err(problem)) => tracing::warn!(%problem, "what is over could not be forgotten"),
            Err(_) => tracing::warn!("forgetting broke off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_wire_is_refused() {
        let open = "0.0.0.0:443".parse().unwrap();
        assert_eq!(refuse_open("portal", open, false).unwrap_err().code, "open_listener");
        assert!(refuse_open("portal", open, true).is_ok());
        for loopback in ["127.0.0.1:80", "[::1]:80"] {
            assert!(refuse_open("portal", loopback.parse().unwrap(), false).is_ok());
            assert!(refuse_open_ops(loopback.parse().unwrap()).is_ok());
        }
        assert_eq!(refuse_open_ops(open).unwrap_err().code, "open_listener");
    }
}
