//! TLS of our own, where no proxy ends it.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use simrecall_engine::{Problem, Result};
use tokio_rustls::TlsAcceptor;

/// Reads a certificate with its chain, and its key. They are read once: another certificate needs a restart.
pub(super) fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor> {
    let unreadable = |path: &Path| {
        Problem::configuration("tls", format!("{} is no use for TLS", path.display()))
    };
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect).map_err(|error| {
            unreadable(cert).caused_by(error).hint("a PEM file: the certificate, then its chain")
        })?;
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| {
        unreadable(key).caused_by(error).hint("a PEM file with the certificate's private key")
    })?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key_der));
    let mut config = config.map_err(|error| {
        unreadable(cert).caused_by(error).hint("does the key in tls_key belong to the certificate?")
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
