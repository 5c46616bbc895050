//! Bytes to and from the relay, with time limits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::reply::Reply;
use super::settings::Trust;

/// Why a connection is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// The other side closed it, or the network did.
    Disconnected,
    /// No answer in time.
    TimedOut,
    /// The other side does not speak SMTP.
    Malformed,
}

impl Lost {
    /// The code to record.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::TimedOut => "timed out",
            Self::Malformed => "malformed answer",
        }
    }
}

/// The trust settings make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TrustError {
    #[error("the TLS roots hold no certificate")]
    Roots,
    #[error("the TLS server name is no host name")]
    Name,
    #[error("this build offers no usable TLS version")]
    Protocol,
}

/// A write that failed, and how much of it had gone out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Bytes handed to the network; those after them were certainly never sent.
    pub(super) written: usize,
    pub(super) lost: Lost,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// A connection, in clear or encrypted.
pub(super) struct Wire {
    duplex: Box<dyn Duplex>,
    incoming: Vec<u8>,
    limit: Duration,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Wire {
    /// Connects, with Nagle's algorithm off: with it on, each mail waits 40 ms for a delayed acknowledgement.
    pub(super) async fn connect(address: &str, limit: Duration) -> Result<Self, Lost> {
        let stream = timeout(limit, TcpStream::connect(address))
            .await
            .map_err(|_| Lost::TimedOut)?
            .map_err(|_| Lost::Disconnected)?;
        stream.set_nodelay(true).map_err(|_| Lost::Disconnected)?;
        Ok(Self { duplex: Box::new(stream), incoming: Vec::with_capacity(4096), limit })
    }

    /// Encrypts from here on. Bytes that came in clear before it are a forgery and end the connection.
    pub(super) async fn encrypt(self, trust: &Trust) -> Result<Self, Lost> {
        if !self.incoming.is_empty() {
            return Err(Lost::Malformed);
        }
        let (config, name) = tls(trust).map_err(|_| Lost::Malformed)?;
        let connector = TlsConnector::from(config);
        let stream = timeout(self.limit, connector.connect(name, self.duplex))
            .await
            .map_err(|_| Lost::TimedOut)?
            .map_err(|_| Lost::Disconnected)?;
        Ok(Self { duplex: Box::new(stream), ..self })
    }

    /// Writes all of it, or says how much went out.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Cut> {
        let mut written = 0;
        let all = async {
            while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
                match self.duplex.write(rest).await {
                    Ok(0) | Err(_) => return Err(Lost::Disconnected),
                    Ok(n) => written += n,
                }
            }
            self.duplex.flush().await.map_err(|_| Lost::Disconnected)
        };
        let result = timeout(self.limit, all).await.unwrap_or(Err(Lost::TimedOut));
        result.map_err(|lost| Cut { written, lost })
    }

    /// The next answer.
    pub(super) async fn reply(&mut self) -> Result<Reply, Lost> {
        let limit = self.limit;
        timeout(limit, self.next_reply()).await.unwrap_or(Err(Lost::TimedOut))
    }

    /// Waits until the other side says something unasked, which while idle can only mean that it is leaving.
    pub(super) async fn stirred(&mut self) {
        let mut byte = [0; 512];
        drop(self.duplex.read(&mut byte).await);
    }

    async fn next_reply(&mut self) -> Result<Reply, Lost> {
        loop {
            if let Some((reply, taken)) =
                Reply::parse(&self.incoming).map_err(|_| Lost::Malformed)?
            {
                self.incoming.drain(..taken);
                return Ok(reply);
            }
            match self.duplex.read_buf(&mut self.incoming).await {
                Ok(0) | Err(_) => return Err(Lost::Disconnected),
                Ok(_) => {}
            }
        }
    }
}

/// Checks the trust settings and makes them usable.
pub(super) fn tls(trust: &Trust) -> Result<(Arc<ClientConfig>, ServerName<'static>), TrustError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&trust.roots_pem) {
        let certificate = certificate.map_err(|_| TrustError::Roots)?;
        roots.add(certificate).map_err(|_| TrustError::Roots)?;
    }
    if roots.is_empty() {
        return Err(TrustError::Roots);
    }
    let name = ServerName::try_from(trust.server_name.clone()).map_err(|_| TrustError::Name)?;
    // The provider is named, since a process that links two of them has no default.
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| TrustError::Protocol)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((Arc::new(config), name))
}
