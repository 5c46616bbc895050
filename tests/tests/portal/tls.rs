//! TLS that the portal ends itself: with its certificate and key, for clients that trust it, and in clear for nobody.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use simrecall_portal::{Addresses, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::serve::{exchange, options};
use crate::stage::{SITE, Stage, roomy};

const COVERED: &str = "tls_cert = \"cert.pem\"\ntls_key = \"key.pem\"";

/// A certificate for a name, its key, and a client that trusts it alone.
struct Made {
    cert: String,
    key: String,
    roots: RootCertStore,
}

fn made(name: &str) -> Made {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    Made { cert: made.cert.pem(), key: made.signing_key.serialize_pem(), roots }
}

/// A page with these two files for its certificate and key.
fn stage(cert: &str, key: &str) -> Stage {
    let stage = Stage::with(&roomy(), "[\"sms\", \"ars\"]", COVERED);
    let home = &stage.town.home().dir;
    fs::write(home.join("cert.pem"), cert).unwrap();
    fs::write(home.join("key.pem"), key).unwrap();
    stage
}

async fn connect(
    address: SocketAddr,
    roots: &RootCertStore,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots.clone())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from(SITE).unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// Sends what is given and reads until the server closes.
async fn ask(mut stream: TlsStream<TcpStream>, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_certificate_of_its_own_covers_the_wire() {
    let (ours, another) = (made(SITE), made(SITE));
    let stage = stage(&ours.cert, &ours.key);
    let (tell, told) = oneshot::channel::<Addresses>();
    let (stop, stopped) = oneshot::channel::<()>();
    let options = options(&stage);
    let served = stage.block_on(async {
        let announce = |addresses: &Addresses| tell.send(addresses.clone()).unwrap();
        let running = serve(&options, announce, async { stopped.await.unwrap() });
        let visiting = async {
            let at = told.await.unwrap();
            assert_eq!(at.url, format!("https://{SITE}:{}/", at.listen.port()));
            visit(at.listen, &ours.roots).await;
            // Another certificate with our name is not ours, nor is what comes in clear answered.
            assert!(connect(at.listen, &another.roots, &[&version::TLS13]).await.is_err());
            let clear = format!("GET /ko/ HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n\r\n");
            let clear = exchange(at.listen, &clear).await;
            assert!(!clear.contains("HTTP/") && !clear.contains("html"), "{clear}");
            stop.send(()).unwrap();
        };
        let (served, ()) = tokio::join!(running, visiting);
        served.unwrap()
    });
    assert!(served.drained);
}

/// The first page and the first step, over both versions of the protocol.
async fn visit(address: SocketAddr, roots: &RootCertStore) {
    for one in [&version::TLS12, &version::TLS13] {
        let stream = connect(address, roots, &[one]).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(one.version));
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        let get = format!("GET /ko/ HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n\r\n");
        let page = ask(stream, &get).await;
        assert!(page.starts_with("HTTP/1.1 200") && page.contains("</html>"), "{page}");
        assert!(page.contains("strict-transport-security: max-age=31536000"), "{page}");
    }
    let body = "number=010-2000-0001&address=kim%40town.example";
    let origin = format!("https://{SITE}:{}", address.port());
    let post = format!(
        "POST /ko/prove/email HTTP/1.1\r\nHost: {SITE}:{}\r\nOrigin: {origin}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        address.port(),
        body.len()
    );
    let stream = connect(address, roots, &[&version::TLS13]).await.unwrap();
    let asked = ask(stream, &post).await;
    assert!(asked.starts_with("HTTP/1.1 303"), "{asked}");
    assert!(
        asked.contains("set-cookie: __Host-simrecall=") && asked.contains("; Secure"),
        "{asked}"
    );
}

#[test]
fn what_is_no_certificate_and_its_key_is_refused() {
    let (ours, another) = (made(SITE), made(SITE));
    let refused = |cert: &str, key: &str| {
        let stage = stage(cert, key);
        let served = stage.block_on(serve(&options(&stage), |_| {}, std::future::ready(())));
        served.unwrap_err()
    };
    let wrong = refused(&ours.cert, &another.key);
    assert_eq!(wrong.code, "tls", "a key of another certificate");
    for (cert, key) in [(ours.cert.as_str(), ""), ("", &ours.key), (&ours.key, &ours.cert)] {
        let problem = refused(cert, key);
        assert_eq!(problem.code, "tls");
        assert!(!problem.to_string().contains("PRIVATE"), "{problem}");
    }
}
