//! From an address to a connection that is logged in.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use rusmpp::Pdu;
use rusmpp::pdus::BindTransceiver;
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::frame::{self, Sequence};
use super::settings::SmscSettings;
use super::status;
use crate::route::RouteError;

const BIND_TRANSCEIVER_RESP: u32 = 0x8000_0009;
const GENERIC_NACK: u32 = 0x8000_0000;

/// Octets both ways, in clear or through TLS.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A connection that is logged in.
pub(super) struct Link {
    /// What comes in.
    pub(super) reader: ReadHalf<Box<dyn Wire>>,
    /// What goes out.
    pub(super) writer: WriteHalf<Box<dyn Wire>>,
    /// What came in behind the login's answer.
    pub(super) buffer: BytesMut,
    /// Numbers of what we ask.
    pub(super) sequence: Sequence,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum DialError {
    /// Not now.
    #[error("{0}")]
    NotNow(String),
    /// The other side answered, and trying again will not change the answer.
    #[error("refused ({0})")]
    Refused(String),
    /// The other side answered that it cannot take us now.
    #[error("turned away ({0})")]
    TurnedAway(String),
}

/// How to reach and enter an SMSC: made once, used for each connection.
#[derive(Clone)]
pub(super) struct Dialler {
    settings: SmscSettings,
    login: Pdu,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Dialler {
    /// Refuses a login or a TLS name that cannot be written.
    pub(super) fn new(settings: &SmscSettings) -> Result<Self, RouteError> {
        Ok(Self { login: login(settings)?, tls: tls(settings)?, settings: settings.clone() })
    }

    /// Connects and logs in, within the response timeout.
    pub(super) async fn dial(&self) -> Result<Link, DialError> {
        match tokio::time::timeout(self.settings.response_timeout, self.enter()).await {
            Ok(result) => result,
            Err(_) => Err(DialError::NotNow("no answer to the login".to_owned())),
        }
    }

    async fn enter(&self) -> Result<Link, DialError> {
        let wire = self.wire().await?;
        let (mut reader, mut writer) = tokio::io::split(wire);
        let mut sequence = Sequence::starting_at(self.settings.first_sequence);
        let number = sequence.next();
        let mut buffer = BytesMut::new();
        frame::put(&mut buffer, status::OK, number, self.login.clone());
        writer.write_all(&buffer).await.map_err(|error| not_now(&error))?;
        writer.flush().await.map_err(|error| not_now(&error))?;
        buffer.clear();
        match answer(&mut reader, &mut buffer, number).await? {
            status::OK => Ok(Link { reader, writer, buffer, sequence }),
            code if status::refuses_login(code) => Err(DialError::Refused(status::name(code))),
            code => Err(DialError::TurnedAway(status::name(code))),
        }
    }

    async fn wire(&self) -> Result<Box<dyn Wire>, DialError> {
        let stream =
            TcpStream::connect(&self.settings.address).await.map_err(|error| not_now(&error))?;
        // Without it each window waits for a delayed acknowledgement.
        stream.set_nodelay(true).map_err(|error| not_now(&error))?;
        let Some((connector, name)) = &self.tls else { return Ok(Box::new(stream)) };
        match connector.connect(name.clone(), stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(tls_failure(&error)),
        }
    }
}

/// Waits for the status of the login's answer.
async fn answer(
    reader: &mut ReadHalf<Box<dyn Wire>>,
    buffer: &mut BytesMut,
    number: u32,
) -> Result<u32, DialError> {
    loop {
        while let Some(frame) =
            frame::next(buffer).map_err(|error| DialError::NotNow(error.to_string()))?
        {
            let ours = frame.sequence == number && frame.id == BIND_TRANSCEIVER_RESP;
            if ours || frame.id == GENERIC_NACK {
                return Ok(frame.status);
            }
        }
        if reader.read_buf(buffer).await.map_err(|error| not_now(&error))? == 0 {
            return Err(DialError::NotNow("closed during the login".to_owned()));
        }
    }
}

fn login(settings: &SmscSettings) -> Result<Pdu, RouteError> {
    let wrong = |what: &str| RouteError::Setting { what: format!("the SMSC's {what}") };
    let text = |text: &str| text.to_owned();
    Ok(BindTransceiver::builder()
        .system_id(
            COctetString::from_string(text(&settings.system_id))
                .map_err(|_| wrong("system id is not ASCII of at most 15 characters"))?,
        )
        .password(
            COctetString::from_string(text(settings.password.expose_secret()))
                .map_err(|_| wrong("password is not ASCII of at most 8 characters"))?,
        )
        .system_type(
            COctetString::from_string(text(&settings.system_type))
                .map_err(|_| wrong("system type is not ASCII of at most 12 characters"))?,
        )
        .interface_version(InterfaceVersion::Smpp3_4)
        .build()
        .into())
}

fn tls(settings: &SmscSettings) -> Result<Option<(TlsConnector, ServerName<'static>)>, RouteError> {
    let Some(tls) = &settings.tls else { return Ok(None) };
    let wrong = |what: &str| RouteError::Setting { what: what.to_owned() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| wrong("this build knows no version of TLS"))?
        .with_root_certificates(Arc::clone(&tls.roots))
        .with_no_client_auth();
    let name = ServerName::try_from(tls.server_name.clone())
        .map_err(|_| wrong("the SMSC's TLS name is no host name"))?;
    Ok(Some((TlsConnector::from(Arc::new(config)), name)))
}

/// A certificate we do not trust stays untrusted; anything else may pass.
fn tls_failure(error: &io::Error) -> DialError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(why)) => {
            DialError::Refused(format!("certificate not trusted: {why:?}"))
        }
        Some(_) | None => not_now(error),
    }
}

fn not_now(error: &io::Error) -> DialError {
    DialError::NotNow(error.to_string())
}
