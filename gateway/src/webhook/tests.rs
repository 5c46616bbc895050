use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::*;

const SECRET: &str = "a secret of at least thirty-two characters";
const BODY: &[u8] = br#"{"id":"7","kind":"hold"}"#;
/// Of Python's `hmac` over `1795360400.` and the body.
const TAG: &str = "26d1bf8d29957ed5121e36c93e2010441aea1c002e605e8c266470e18074d51c";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_360_400, 999_000_000).unwrap()
}

/// Gives each connection these bytes once the request is read, and hands the request on. `None`: says nothing.
fn receiver(answer: Option<&'static str>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/orders", listener.local_addr().unwrap());
    let (say, heard) = channel();
    thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _nobody_asks = say.send(request(&mut stream));
            match answer {
                Some(answer) => stream.write_all(answer.as_bytes()).unwrap(),
                None => silent.push(stream),
            }
        }
    });
    (address, heard)
}

/// Head and body, by the length that the head says.
fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        text.push(byte[0]);
    }
    let head = String::from_utf8(text).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

fn secret_file(secret: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{secret}").unwrap();
    file
}

fn delivered(answer: Option<&'static str>) -> Delivery {
    let (address, _heard) = receiver(answer);
    let file = secret_file(SECRET);
    let mut webhook = Webhook::new(&address, file.path(), b"").unwrap();
    if answer.is_none() {
        webhook = webhook.with_patience(b"", Duration::from_millis(300));
    }
    webhook.send(Uuid::nil(), BODY.to_vec(), now()).unwrap()
}

#[test]
fn an_order_is_signed_over_time_and_body() {
    assert_eq!(sign(SECRET.as_bytes(), now(), BODY), format!("t=1795360400,v1={TAG}"));
    let (address, heard) = receiver(Some("HTTP/1.1 204 No Content\r\n\r\n"));
    let file = secret_file(SECRET);
    let webhook = Webhook::new(&address, file.path(), b"").unwrap();
    assert_eq!(webhook.send(Uuid::nil(), BODY.to_vec(), now()), Ok(Delivery::Taken));
    let request = heard.recv().unwrap();
    assert!(request.starts_with("post /orders http/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("\r\nsimrecall-signature: t=1795360400,v1={TAG}\r\n")));
    assert!(request.contains(&format!("\r\nsimrecall-order: {}\r\n", Uuid::nil())));
    assert!(request.contains("\r\ncontent-type: application/json\r\n"));
    assert!(request.ends_with(r#"{"id":"7","kind":"hold"}"#));
    assert!(!format!("{webhook:?}").contains("secret of"));
}

#[test]
fn what_the_receiver_says_decides() {
    for (answer, outcome) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Delivery::Taken),
        ("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n", Delivery::Taken),
        ("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", Delivery::Astray { status: 410 }),
        ("HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n", Delivery::Refused { status: 400 }),
        ("HTTP/1.1 409 Twice\r\ncontent-length: 0\r\n\r\n", Delivery::Refused { status: 409 }),
        ("HTTP/1.1 422 No\r\ncontent-length: 0\r\n\r\n", Delivery::Refused { status: 422 }),
        ("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n", Delivery::Astray { status: 401 }),
        ("HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", Delivery::Astray { status: 404 }),
        // Orders go where they were meant to go.
        (
            "HTTP/1.1 307 There\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            Delivery::Astray { status: 307 },
        ),
        ("HTTP/1.1 429 Slow\r\ncontent-length: 0\r\n\r\n", Delivery::Later(Later::Status(429))),
        ("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", Delivery::Later(Later::Status(500))),
        ("HTTP/1.1 503 Oh\r\ncontent-length: 0\r\n\r\n", Delivery::Later(Later::Status(503))),
    ] {
        assert_eq!(delivered(Some(answer)), outcome, "{answer}");
    }
}

#[test]
fn no_answer_is_never_an_answer() {
    assert_eq!(delivered(None), Delivery::Later(Later::Web(WebError::TimedOut)), "half-open");
    assert!(matches!(delivered(Some("")), Delivery::Later(Later::Web(_))), "cut");
    assert!(matches!(delivered(Some("HTTP/1.1 2")), Delivery::Later(Later::Web(_))), "cut");
    assert!(matches!(delivered(Some("220 smtp\r\n")), Delivery::Later(Later::Web(_))), "no HTTP");
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok";
    assert!(matches!(delivered(Some(cut)), Delivery::Later(Later::Web(_))), "cut in the body");
    let file = secret_file(SECRET);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let webhook = Webhook::new(&format!("http://{nobody}/"), file.path(), b"").unwrap();
    let outcome = webhook.send(Uuid::nil(), BODY.to_vec(), now());
    assert_eq!(outcome, Ok(Delivery::Later(Later::Web(WebError::Unreachable))));
}

#[test]
fn without_a_secret_or_a_safe_address_nothing_is_sent() {
    let (address, heard) = receiver(Some("HTTP/1.1 204 No Content\r\n\r\n"));
    for secret in ["", "too short to sign anything with"] {
        let file = secret_file(secret);
        let webhook = Webhook::new(&address, file.path(), b"").unwrap();
        let outcome = webhook.send(Uuid::nil(), BODY.to_vec(), now());
        assert_eq!(outcome, Err(WebhookError::SecretFile));
    }
    let missing = Webhook::new(&address, Path::new("/nowhere/secret"), b"").unwrap();
    let outcome = missing.send(Uuid::nil(), BODY.to_vec(), now());
    assert_eq!(outcome, Err(WebhookError::SecretFile));
    assert!(heard.try_recv().is_err());
    for unsafe_ in [
        "http://billing.carrier.example/",
        "https://a@b.example/",
        "/orders",
        "https://a.example/#b",
    ] {
        assert_eq!(
            Webhook::new(unsafe_, Path::new("x"), b"").unwrap_err(),
            WebhookError::Address,
            "{unsafe_}"
        );
    }
}
