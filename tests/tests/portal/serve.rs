//! The server over real sockets: it answers, speaks of itself on loopback alone, and ends without cutting anybody off.

use std::net::SocketAddr;

use simrecall_portal::{Addresses, ServeOptions, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::stage::{SITE, Stage};

pub(crate) fn options(stage: &Stage) -> ServeOptions {
    ServeOptions {
        dir: stage.town.home().dir.clone(),
        clock: stage.clock.clone(),
        listen: Some(([127, 0, 0, 1], 0).into()),
        ops_listen: Some(([127, 0, 0, 1], 0).into()),
    }
}

/// Sends what is given and reads until the server closes.
pub(crate) async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn it_serves_until_it_is_told_to_stop() {
    let stage = Stage::open();
    let (options, (tell, told), (stop, stopped)) =
        (options(&stage), oneshot::channel::<Addresses>(), oneshot::channel::<()>());
    let served = stage.block_on(async {
        let announce = |addresses: &Addresses| tell.send(addresses.clone()).unwrap();
        let running = serve(&options, announce, async { stopped.await.unwrap() });
        let visiting = async {
            let at = told.await.unwrap();
            assert_eq!(at.url, format!("http://{SITE}:{}/", at.listen.port()));
            let get = |path: &str| {
                format!("GET {path} HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n\r\n")
            };
            let page = exchange(at.listen, &get("/ko/")).await;
            assert!(page.starts_with("HTTP/1.1 200") && page.contains("</html>"), "{page}");
            assert!(!page.contains("strict-transport-security"), "not over a wire in clear");
            // Figures and health are on the other listener, and only there.
            assert!(exchange(at.listen, &get("/metrics")).await.starts_with("HTTP/1.1 404"));
            for (path, says) in [("/healthz", "alive"), ("/readyz", "ready")] {
                let answer = exchange(at.ops_listen, &get(path)).await;
                assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(says), "{answer}");
            }
            let figures = exchange(at.ops_listen, &get("/metrics")).await;
            assert!(
                figures.contains(
                    "simrecall_request_seconds_count{route=\"/{lang}/\",class=\"2xx\"} 1"
                ),
                "{figures}"
            );
            // What is no HTTP, and a head that is too large, end the connection and nothing else.
            assert!(
                exchange(at.listen, "\u{16}\u{3}\u{1}hello\r\n\r\n")
                    .await
                    .starts_with("HTTP/1.1 400")
            );
            let large =
                format!("GET / HTTP/1.1\r\nHost: {SITE}\r\nX-A: {}\r\n\r\n", "a".repeat(60_000));
            assert!(exchange(at.listen, &large).await.starts_with("HTTP/1.1 431"));
            // A browser that keeps its connection open holds nobody up.
            let mut idle = TcpStream::connect(at.listen).await.unwrap();
            let kept = format!("GET /ko/ HTTP/1.1\r\nHost: {SITE}\r\n\r\n");
            idle.write_all(kept.as_bytes()).await.unwrap();
            idle.read_u8().await.unwrap();
            stop.send(()).unwrap();
            (idle, at)
        };
        let (served, (idle, at)) = tokio::join!(running, visiting);
        drop(idle);
        assert!(TcpStream::connect(at.listen).await.is_err(), "nobody listens any more");
        served.unwrap()
    });
    assert!(served.drained);
}

#[test]
fn a_wire_that_others_read_is_refused() {
    let stage = Stage::open();
    let open = ServeOptions { listen: Some(([0, 0, 0, 0], 0).into()), ..options(&stage) };
    let refused = stage.block_on(serve(&open, |_| {}, std::future::ready(())));
    assert_eq!(refused.unwrap_err().code, "open_listener");
    let open = ServeOptions { ops_listen: Some(([0, 0, 0, 0], 0).into()), ..options(&stage) };
    let refused = stage.block_on(serve(&open, |_| {}, std::future::ready(())));
    assert_eq!(refused.unwrap_err().code, "open_listener");
}
