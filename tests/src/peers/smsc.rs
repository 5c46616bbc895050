//! An SMSC made of the npm package `smpp`, run by node.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::peer::Peer;

/// How the SMSC behaves.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SmscOptions {
    /// The only name it lets bind.
    pub system_id: String,
    /// The only password.
    pub password: String,
    /// Whether it sends receipts for submits that ask for one.
    pub receipts: bool,
    /// How long it thinks about a submit before it answers, in milliseconds.
    pub delay_ms: u32,
}

impl Default for SmscOptions {
    fn default() -> Self {
        Self {
            system_id: "simrecall".into(),
            password: "secret".into(),
            receipts: true,
            delay_ms: 0,
        }
    }
}

/// A running SMSC on a loopback port; dropping it ends it.
#[derive(Debug)]
pub struct SmppServer(Peer);

/// One `submit_sm` as the SMSC read it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Submitted {
    /// The id it gave.
    pub id: String,
    /// Source address.
    pub from: String,
    /// Destination address.
    pub to: String,
    /// The `user_message_reference` TLV.
    pub reference: Option<u16>,
    /// The data coding byte.
    pub coding: u8,
    /// The user data header's elements in hex, without the length byte; empty without one.
    pub header: String,
    /// The text, when the peer knows the coding.
    pub text: Option<String>,
    /// The body in base64, when it does not.
    pub bytes: Option<String>,
}

impl std::fmt::Debug for Submitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Submitted")
            .field("id", &self.id)
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

/// One line of the log.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    Bind {},
    BindRefused {},
    Submit(Submitted),
    Answer {},
    Receipt {},
    ReceiptAnswer { id: String, status: u32 },
    Error { code: String },
    Close {},
}

impl SmppServer {
    /// An SMSC with receipts that answers at once.
    ///
    /// # Errors
    /// When node or its packages are missing (the message says what to run) or node does not start.
    pub fn start() -> Result<Self> {
        Self::start_with(&SmscOptions::default())
    }

    /// An SMSC that behaves as asked.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(options: &SmscOptions) -> Result<Self> {
        Ok(Self(Peer::start("smsc.mjs", Some("smpp"), options)?))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Its log: one JSON object a line, written before the network hears of the event.
    pub fn log_file(&self) -> PathBuf {
        self.0.log_file()
    }

    /// Every submit it has taken so far, in order.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn submits(&self) -> Result<Vec<Submitted>> {
        let taken = self.0.events::<Event>()?.into_iter().filter_map(|event| match event {
            Event::Submit(submit) => Some(submit),
            Event::Bind {}
            | Event::BindRefused {}
            | Event::Answer {}
            | Event::Receipt {}
            | Event::ReceiptAnswer { .. }
            | Event::Error { .. }
            | Event::Close {} => None,
        });
        Ok(taken.collect())
    }

    /// The ids whose receipt the client has acknowledged with status 0.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn acknowledged(&self) -> Result<Vec<String>> {
        let ids = self.0.events::<Event>()?.into_iter().filter_map(|event| match event {
            Event::ReceiptAnswer { id, status: 0 } => Some(id),
            Event::ReceiptAnswer { .. }
            | Event::Bind {}
            | Event::BindRefused {}
            | Event::Submit(_)
            | Event::Answer {}
            | Event::Receipt {}
            | Event::Error { .. }
            | Event::Close {} => None,
        });
        Ok(ids.collect())
    }

    /// What the peer found wrong with the client's bytes.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn complaints(&self) -> Result<Vec<String>> {
        let codes = self.0.events::<Event>()?.into_iter().filter_map(|event| match event {
            Event::Error { code } => Some(code),
            Event::BindRefused {} => Some("bind refused".to_owned()),
            Event::Bind {}
            | Event::Submit(_)
            | Event::Answer {}
            | Event::Receipt {}
            | Event::ReceiptAnswer { .. }
            | Event::Close {} => None,
        });
        Ok(codes.collect())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;

    fn pdu(command: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(16 + body.len()).unwrap();
        let head = [length, command, 0, sequence].map(u32::to_be_bytes).concat();
        [head, body.to_vec()].concat()
    }

    fn read_pdu(stream: &mut TcpStream) -> (u32, u32, Vec<u8>) {
        let mut head = [0; 16];
        stream.read_exact(&mut head).unwrap();
        let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let mut body = vec![0; usize::try_from(word(0)).unwrap() - 16];
        stream.read_exact(&mut body).unwrap();
        (word(4), word(8), body)
    }

    fn bind(server: &SmppServer, password: &str) -> (TcpStream, u32) {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let body = format!("simrecall\0{password}\0\0\x34\x01\x01\0");
        stream.write_all(&pdu(9, 1, body.as_bytes())).unwrap();
        let (command, status, _) = read_pdu(&mut stream);
        assert_eq!(command, 0x8000_0009);
        (stream, status)
    }

    #[test]
    fn a_wrong_password_is_refused() {
        let server = SmppServer::start().unwrap();
        assert_eq!(bind(&server, "wrong").1, 0x0d);
        assert_eq!(server.complaints().unwrap(), ["bind refused"]);
    }

    #[test]
    fn a_submit_is_logged_answered_and_receipted() {
        let server = SmppServer::start().unwrap();
        let (mut stream, status) = bind(&server, "secret");
        assert_eq!(status, 0);
        let head = b"\0\x01\x01114\0\x01\x0101012345678\0\0\0\0\0\0\x01\0\x08\0\x02\xac\x00";
        let reference = [2, 4, 0, 2, 0x12, 0x34];
        stream.write_all(&pdu(4, 2, &[head.as_slice(), &reference].concat())).unwrap();
        let (command, status, id) = read_pdu(&mut stream);
        assert_eq!((command, status, id.as_slice()), (0x8000_0004, 0, b"00000001\0".as_slice()));
        let (command, _, receipt) = read_pdu(&mut stream);
        assert_eq!(command, 5);
        assert!(receipt.windows(12).any(|part| part == b"stat:DELIVRD"));
        assert!(receipt.ends_with(&reference), "the reference is echoed");
        let [submit] = server.submits().unwrap().try_into().unwrap();
        assert_eq!((submit.to.as_str(), submit.reference), ("01012345678", Some(0x1234)));
        assert_eq!((submit.coding, submit.text.as_deref()), (8, Some("가")));
        stream.write_all(&pdu(0x8000_0005, 1, b"\0")).unwrap();
        stream.write_all(&pdu(0x15, 3, b"")).unwrap();
        assert_eq!(
            read_pdu(&mut stream).0,
            0x8000_0015,
            "the receipt's answer was read before this"
        );
        assert_eq!(server.acknowledged().unwrap(), ["00000001"]);
    }
}
