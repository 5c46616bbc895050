//! Connections: how many, how long each may take for what, and how they end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::until;
use crate::peer::{Peer, Proxies};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take, counted from when the last answer left.
const HEAD: Duration = Duration::from_secs(15);
/// How long a connection is used at most; then it ends with the request it has.
const AGE: Duration = Duration::from_mins(2);
/// How long the last request of a connection may take.
const LAST: Duration = Duration::from_secs(30);
/// Bytes of a head, at most.
const BUFFER: usize = 32 * 1_024;
/// Headers of a request, at most.
const HEADERS: usize = 64;
/// How long to wait when the system gives no connection, for want of files.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener and what answers there.
pub(super) struct Listening {
    listener: TcpListener,
    router: Router,
    places: Arc<Semaphore>,
    most: u32,
    tls: Option<TlsAcceptor>,
    /// The only ones that may connect from other machines.
    behind: Option<Proxies>,
}

impl Listening {
    pub(super) fn new(listener: TcpListener, router: Router, most: u32) -> Self {
        let places = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(places));
        Self { listener, router, places, most, tls: None, behind: None }
    }

    /// Over TLS, if there is a certificate.
    pub(super) fn over(self, tls: Option<TlsAcceptor>) -> Self {
        Self { tls, ..self }
    }

    /// Behind proxies, if they end TLS: nobody else may speak to us in clear from another machine.
    pub(super) fn behind(self, behind: Option<Proxies>) -> Self {
        Self { behind, ..self }
    }

    /// Takes connections until told to stop; then lets those that are there finish. Whether all could.
    pub(super) async fn run(self, stopped: watch::Receiver<bool>, drain: Duration) -> bool {
        let stop = until(stopped.clone());
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                next = self.next() => {
                    let Some((stream, peer, place)) = next else { continue };
                    drop(tokio::spawn(talk(stream, self.tls.clone(), Talk {
                        router: self.router.clone(),
                        peer: Peer(peer.ip()),
                        stopped: stopped.clone(),
                        place,
                    })));
                }
            }
        }
        drop(self.listener);
        timeout(drain, self.places.acquire_many(self.most)).await.is_ok()
    }

    /// The next connection, once there is a place for it.
    async fn next(&self) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        match self.listener.accept().await {
            Ok((stream, peer)) if self.may_connect(peer) => Some((stream, peer, place)),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(%error, "no connection could be taken");
                sleep(PAUSE).await;
                None
            }
        }
    }

    fn may_connect(&self, peer: SocketAddr) -> bool {
        let address = peer.ip().to_canonical();
        self.behind.as_ref().is_none_or(|behind| behind.has(address) || address.is_loopback())
    }
}

/// What a connection needs.
struct Talk {
    router: Router,
    peer: Peer,
    stopped: watch::Receiver<bool>,
    /// Given back when the connection ends.
    place: OwnedSemaphorePermit,
}

async fn talk(stream: TcpStream, tls: Option<TlsAcceptor>, talk: Talk) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection sends late");
    }
    match tls {
        None => http(stream, talk).await,
        Some(tls) => match timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => http(stream, talk).await,
            Ok(Err(error)) => tracing::debug!(%error, "no handshake"),
            Err(_) => tracing::debug!("no handshake in time"),
        },
    }
}

async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, talk: Talk) {
    let Talk { router, peer, stopped, place } = talk;
    let answer = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(BUFFER)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), answer);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = sleep(AGE) => None,
        () = until(stopped) => None,
    };
    let ended = if ended.is_some() {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        timeout(LAST, connection.as_mut()).await.ok()
    };
    if let Some(Err(error)) = ended {
        // A browser that goes away, or says what is no HTTP.
        tracing::debug!(%error, "a connection broke off");
    }
    drop(place);
}
