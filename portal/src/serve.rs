//! From an installation to a server that runs until it is told to stop.

mod agency;
mod banks;
mod connection;
mod tls;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use simrecall_core::problem::Blame;
use simrecall_engine::selfcheck::{Door, courier};
use simrecall_engine::{Clock, Problem, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

pub use self::agency::{StaffAddresses, serve_agency};
use self::banks::Banks;
use self::connection::Listening;
use self::wire::{Said, Wire};
use crate::floor::Floor;
use crate::ops;
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
    let listen = options.listen.unwrap_or(config.listen);
    let ops_listen = options.ops_listen.unwrap_or(config.ops_listen);
    let files = config.tls_cert.as_ref().zip(config.tls_key.as_ref());
    let wire = Wire::of(&Said {
        section: "portal",
        listen,
        tls: files.map(|(cert, key)| (door.path(cert), door.path(key))),
        proxies: &config.proxies,
    })?;
    refuse_open_ops(ops_listen, "portal")?;
    let (people, ops) = (bind(listen).await?, bind(ops_listen).await?);
    let banks = match door.sim_swap()? {
        Some(sim_swap) => Some(Banks::open(sim_swap).await?),
        None => None,
    };
    let addresses = Addresses {
        url: url(&door, &wire, local(&people)?.port()),
        listen: local(&people)?,
        ops_listen: local(&ops)?,
        camara_listen: banks.as_ref().map(|banks| banks.listen),
    };
    let secure = addresses.url.starts_with("https:");
    let floor = Floor(config.floor.0.to_std().unwrap_or_default());
    let portal = Portal::new(door, &Setup::usual(secure, Some(addresses.listen.port()), floor))?;
    announce(&addresses);
    let (stopping, stopped) = watch::channel(false);
    let people = wire.before(Listening::new(people, router(Arc::clone(&portal)), CONNECTIONS));
    let ops = Listening::new(ops, ops::router(Arc::clone(&portal)), OPS_CONNECTIONS);
    let courier = courier::run(portal.door().clone(), until(stopped.clone()));
    let door = portal.door().clone();
    // All of it together is too large to be carried about by whoever calls.
    let running = Box::pin(async {
        tokio::join!(
            people.run(stopped.clone(), DRAIN),
            ops.run(stopped.clone(), Duration::ZERO),
            answer_banks(banks, stopped.clone()),
            timeout_after(courier, stopped.clone()),
            forget(move || door.purge(), stopped.clone()),
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

/// Answers banks until told to stop, if they are answered at all.
async fn answer_banks(banks: Option<Banks>, stopped: watch::Receiver<bool>) {
    if let Some(banks) = banks {
        banks.run(stopped).await;
    }
}

/// What people type: over TLS ours or a proxy's, else only on this machine.
fn url(door: &Door, wire: &Wire, port: u16) -> String {
    let config = door.config();
    let host = &config.host;
    match &config.origin {
        Some(origin) => format!("{origin}/"),
        None if wire.is_behind() => format!("https://{host}/"),
        None if wire.has_tls() => format!("https://{host}:{port}/"),
        None => format!("http://{host}:{port}/"),
    }
}

/// What tells on people by its figures is for this machine alone.
fn refuse_open_ops(listen: SocketAddr, section: &str) -> Result<()> {
    if listen.ip().is_loopback() {
        return Ok(());
    }
    let what = format!("{listen} can be reached from other machines; figures are for this one");
    Err(Problem::configuration("open_listener", what)
        .hint(format!("leave ops_listen out of [{section}], or give it an address of 127.0.0.1")))
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

/// Each minute: what is over is forgotten, until told to stop.
async fn forget<P>(purge: P, stopped: watch::Receiver<bool>)
where
    P: Fn() -> Result<()> + Clone + Send + 'static,
{
    let mut minutes = interval(PURGE);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = until(stopped);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return,
            _ = minutes.tick() => {}
        }
        match tokio::task::spawn_blocking(purge.clone()).await {
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
    fn figures_are_for_this_machine() {
        for loopback in ["127.0.0.1:80", "[::1]:80"] {
            assert!(refuse_open_ops(loopback.parse().unwrap(), "portal").is_ok());
        }
        let open = "0.0.0.0:443".parse().unwrap();
        assert_eq!(refuse_open_ops(open, "agency").unwrap_err().code, "open_listener");
    }
}
