//! Something that listens where an HLR should.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What stands before a command once one may command.
pub(super) const PROMPT: &str = "OsmoHLR# ";

/// A listener whose connections are served one after another, by count.
pub(super) struct Peer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    /// Serves each connection with this; it is closed when that returns. The thread ends with the tests.
    pub(super) fn start(
        mut serve: impl FnMut(usize, &mut TcpStream) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let at = count.fetch_add(1, Ordering::SeqCst);
                // The other side going away is what some tests are about.
                let _gone = serve(at, &mut stream.unwrap());
            }
        });
        Self { address, connections }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were accepted so far.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Where nobody listens.
pub(super) fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The text of the next CTRL frame.
pub(super) fn request(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let mut text = vec![0; usize::from(u16::from_be_bytes([head[0], head[1]])) - 1];
    stream.read_exact(&mut text)?;
    Ok(String::from_utf8(text).unwrap())
}

/// The id and the variable of a request.
pub(super) fn asked(request: &str) -> (u32, &str) {
    let mut words = request.split(' ').skip(1);
    (words.next().unwrap().parse().unwrap(), words.next().unwrap())
}

/// A text as a CTRL frame.
pub(super) fn framed(text: &str) -> Vec<u8> {
    let mut frame = u16::try_from(text.len() + 1).unwrap().to_be_bytes().to_vec();
    frame.extend([0xEE, 0x00]);
    frame.extend(text.as_bytes());
    frame
}

/// The reply that fits a request, with this value.
pub(super) fn reply(request: &str, value: &str) -> Vec<u8> {
    let (id, variable) = asked(request);
    let verb = request.split(' ').next().unwrap();
    framed(&format!("{verb}_REPLY {id} {variable} {value}"))
}

/// Answers every request with a value.
pub(super) fn answer_all(stream: &mut TcpStream, value: impl Fn(&str) -> String) -> io::Result<()> {
    loop {
        let request = request(stream)?;
        stream.write_all(&reply(&request, &value(&request)))?;
    }
}

/// Refuses every request in these words.
pub(super) fn refuse_all(stream: &mut TcpStream, words: &str) -> io::Result<()> {
    loop {
        let request = request(stream)?;
        stream.write_all(&framed(&format!("ERROR {} {words}", asked(&request).0)))?;
    }
}

/// Reads until the other side has closed its direction.
pub(super) fn to_end(stream: &mut TcpStream) -> io::Result<()> {
    io::copy(stream, &mut io::sink()).map(drop)
}

pub(super) fn say(stream: &mut TcpStream, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())
}

/// The next line that was typed, without its end.
pub(super) fn line(stream: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        stream.read_exact(&mut byte)?;
        match byte {
            [b'\n'] => return Ok(String::from_utf8(line).unwrap()),
            [other] => line.push(other),
        }
    }
}

/// VTY's greeting as OsmoHLR 1.5.0 says it, and the answer to `enable`.
pub(super) fn greet(stream: &mut TcpStream) -> io::Result<()> {
    say(stream, "Welcome to the OsmoHLR VTY interface\r\n\r\nThere is NO WARRANTY.\r\n")?;
    stream.write_all(b"\xff\xfb\x01\xff\xfb\x03\xff\xfe\"\xff\xfd\x1fOsmoHLR> ")?;
    assert_eq!(line(stream)?, "enable");
    say(stream, &format!("enable\r\n{PROMPT}"))
}
