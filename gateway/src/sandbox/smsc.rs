//! A real SMPP 3.4 server on this machine that misbehaves on request, and writes down what it took before it says so.
//!
//! Its log ([`SmscLine`]) is the independent truth of tests and drills. What becomes of a message follows from the
//! plan's seed and the phone's number alone ([`SmscPlan::fate`]), so that a run can be repeated.

mod line;
mod plan;
mod receipts;
mod session;
mod state;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

pub use line::SmscLine;
pub use plan::{
    Answers, Cut, Fate, Faults, IdStyle, ReceiptForm, Receipts, Refusal, Silence, SmscPlan,
};

use session::Session;
use state::State;

use super::log::Log;

/// A running sandbox SMSC. Dropping it closes it and every connection.
pub struct Smsc {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<State>,
    listening: JoinHandle<()>,
}

impl std::fmt::Debug for Smsc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smsc").field("address", &self.address).finish_non_exhaustive()
    }
}

/// How often what happened since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections that logged in.
    pub logins: u64,
    /// Submissions that arrived.
    pub submits: u64,
    /// Submissions that were taken.
    pub taken: u64,
    /// Receipts sent, repetitions included.
    pub receipts: u64,
    /// Receipts acknowledged.
    pub acknowledged: u64,
    /// PDUs of ours that were not understood.
    pub nacks: u64,
    /// Answers to our `enquire_link`.
    pub alive: u64,
    /// Clients that took leave.
    pub leaves: u64,
}

impl Smsc {
    /// Opens the log and listens.
    pub async fn start(plan: SmscPlan) -> io::Result<Self> {
        Self::listen(plan, None).await
    }

    /// The same behind TLS.
    pub async fn start_tls(plan: SmscPlan, tls: Arc<ServerConfig>) -> io::Result<Self> {
        Self::listen(plan, Some(TlsAcceptor::from(tls))).await
    }

    /// How often what happened so far.
    pub fn counts(&self) -> Counts {
        let counters = &self.state.counters;
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            logins: of(&counters.logins),
            submits: of(&counters.submits),
            taken: of(&counters.taken),
            receipts: of(&counters.receipts),
            acknowledged: of(&counters.acknowledged),
            nacks: of(&counters.nacks),
            alive: of(&counters.alive),
            leaves: of(&counters.leaves),
        }
    }

    /// The log so far.
    pub fn lines(&self) -> io::Result<Vec<SmscLine>> {
        read_lines(self.state.log.path())
    }

    /// Closes it and every connection, and waits until they are.
    pub async fn stop(mut self) {
        self.listening.abort();
        drop((&mut self.listening).await);
    }

    async fn listen(plan: SmscPlan, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let listener = TcpListener::bind(&plan.listen).await?;
        let address = listener.local_addr()?;
        let (state, waiting) = State::open(plan)?;
        let state = Arc::new(state);
        let serving = Arc::clone(&state);
        let listening = tokio::spawn(async move {
            tokio::select! {
                () = accept(&serving, &listener, tls) => {}
                () = serving.outbox.keep_time(waiting) => {}
            }
        });
        Ok(Self { address, state, listening })
    }
}

impl Drop for Smsc {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Reads a sandbox's log, of this run or an earlier one.
pub fn read_lines(path: &Path) -> io::Result<Vec<SmscLine>> {
    Log::read(path)
}

/// Takes connections for ever; they end with it.
async fn accept(state: &Arc<State>, listener: &TcpListener, tls: Option<TlsAcceptor>) {
    let mut sessions = JoinSet::new();
    let mut bind = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // One that broke before it was accepted concerns nobody.
                let Ok((stream, _)) = accepted else { continue };
                bind += 1;
                sessions.spawn(serve(Arc::clone(state), bind, stream, tls.clone()));
            }
            Some(_) = sessions.join_next() => {}
        }
    }
}

async fn serve(state: Arc<State>, bind: u64, stream: TcpStream, tls: Option<TlsAcceptor>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let session = Session::new(state, bind);
    match tls {
        None => session.run(stream).await,
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => session.run(stream).await,
            Err(error) => tracing::debug!(bind, %error, "a sandbox connection failed in TLS"),
        },
    }
}
