//! A mail relay on this machine that misbehaves on request, and writes down what it took before it says so.
//!
//! Its log is the independent truth of tests and drills: one JSON object a line ([`Logged`]). What becomes of a mail is
//! decided by the plan's seed and the recipient's address alone, so that a run can be repeated.

mod bounce;
mod conversation;
mod kept;
mod log;
mod plan;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

pub use kept::Kept;
pub use log::{Logged, read_log};
pub use plan::{Fate, MailPlan, PlainLogin};

use crate::sandbox::log::Log;
use bounce::Returned;

/// A running relay. Dropping it closes it and every connection.
#[derive(Debug)]
pub struct MailReceiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    plan: MailPlan,
    tls: Option<Arc<ServerConfig>>,
    log: Log,
    kept: Option<Log>,
    /// Mails whose final dot came in, over all connections.
    dots: AtomicU64,
    taken: AtomicU64,
    /// Recipients that were put off once.
    put_off: Mutex<std::collections::BTreeSet<u64>>,
    /// Mails that are to come back when somebody asks for it.
    returned: Mutex<Vec<Returned>>,
}

impl MailReceiver {
    /// Starts on an address of this machine, such as `127.0.0.1:0`, appending to the log file. With `tls` it offers
    /// STARTTLS.
    pub async fn start(
        listen: &str,
        plan: MailPlan,
        log: &Path,
        tls: Option<Arc<ServerConfig>>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the sandbox stays on loopback",
            ));
        }
        let shared = Arc::new(Shared {
            kept: plan.keep.as_deref().map(Log::open).transpose()?,
            plan,
            tls,
            log: Log::open(log)?,
            dots: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            put_off: Mutex::default(),
            returned: Mutex::default(),
        });
        let listening = tokio::spawn(listen_on(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, listening })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many mails it has taken.
    pub fn taken(&self) -> u64 {
        self.shared.taken.load(Ordering::Acquire)
    }

    /// Sends back, as delivery status reports in a maildir, every mail that is to bounce and has not yet. Returns how many.
    pub fn bounce_now(&self, maildir: &Path) -> io::Result<usize> {
        let returned = {
            let mut waiting = self.shared.returned.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        for mail in &returned {
            self.shared.send_back(mail, maildir)?;
        }
        Ok(returned.len())
    }
}

/// What plain mails said that a plan had kept; half a line at its end is left out.
pub fn read_kept(path: &Path) -> io::Result<Vec<Kept>> {
    Log::read(path)
}

impl Drop for MailReceiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Shared {
    fn send_back(&self, mail: &Returned, maildir: &Path) -> io::Result<()> {
        self.log.append(&[Logged::Bounced { message_id: mail.message_id.clone() }])?;
        mail.write_to(maildir)
    }
}

async fn listen_on(listener: TcpListener, shared: Arc<Shared>) {
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                conversations.spawn(conversation::hold(stream, Arc::clone(&shared)));
            },
            Some(_) = conversations.join_next() => {}
        }
    }
}
