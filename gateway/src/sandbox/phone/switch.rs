//! What stands between a phone and the HLR: an MSC with its VLR, or an SGSN.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use super::gsup::{self, CCM, GSUP, Message, OSMO, element, kind, nonsense};

/// Where OsmoHLR's GSUP is; fixed in its source.
const PORT: u16 = 4222;
/// An IMSI of the test network that nobody has: the answer about it comes after everything that was said before.
const NOBODY: &str = "001019999999999";

/// Which half of a network is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// Data: an SGSN.
    Ps = 1,
    /// Calls and SMS: an MSC.
    Cs = 2,
}

impl Domain {
    const fn code(self) -> u8 {
        match self {
            Self::Ps => 1,
            Self::Cs => 2,
        }
    }
}

/// Why the HLR refuses a phone (3GPP TS 24.008, 10.5.5.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause(pub u8);

impl Cause {
    /// There is no such IMSI; OsmoHLR says so of a row without key as well.
    pub const UNKNOWN: Self = Self(2);
    /// Data is not allowed to it.
    pub const NO_DATA: Self = Self(7);
    /// This network is not allowed to it.
    pub const NOT_ALLOWED: Self = Self(11);
}

/// One authentication vector. Belongs to sandboxes: its keys are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector {
    /// The challenge.
    pub rand: Vec<u8>,
    /// What proves the network to the card: SQN under AK (6 bytes), AMF (2), MAC (8).
    pub autn: Vec<u8>,
    /// What the card has to answer.
    pub res: Vec<u8>,
    /// The ciphering key.
    pub ck: Vec<u8>,
    /// The integrity key.
    pub ik: Vec<u8>,
}

/// What the HLR told by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// This IMSI is no longer served here.
    Deleted {
        /// Whose.
        imsi: String,
    },
    /// This IMSI's data are now these.
    Changed {
        /// Whose.
        imsi: String,
        /// Its number.
        number: Option<String>,
    },
}

/// One connection to an HLR's GSUP.
#[derive(Debug)]
pub struct Switch {
    stream: TcpStream,
    told: Vec<Told>,
}

impl Switch {
    /// Connects under a name and says who it is. No answer may take longer than `patience`.
    ///
    /// # Errors
    /// When the HLR cannot be reached or does not ask for a name.
    pub fn connect(hlr: IpAddr, name: &str, patience: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&SocketAddr::new(hlr, PORT), patience)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        let mut switch = Self { stream, told: Vec::new() };
        let (of, asked) = switch.frame()?;
        if of != CCM || asked.first() != Some(&0x04) {
            return Err(nonsense());
        }
        switch.send(CCM, &identity(name)?)?;
        Ok(switch)
    }

    /// Asks for authentication vectors: what happens before a phone may do anything.
    ///
    /// # Errors
    /// When the HLR is silent, gone, or says something else.
    pub fn vectors(&mut self, imsi: &str) -> io::Result<Result<Vec<Vector>, Cause>> {
        self.send(OSMO, &gsup::message(kind::SEND_AUTH_INFO, imsi, None))?;
        let answer = self.answer(kind::SEND_AUTH_INFO, imsi)?;
        if let Some(cause) = cause(&answer) {
            return Ok(Err(cause));
        }
        let found = answer.elements.iter().filter(|(tag, _)| *tag == element::VECTOR);
        found.map(|(_, value)| vector(value)).collect::<io::Result<_>>().map(Ok)
    }

    /// Registers a phone that was authenticated, and takes what the HLR inserts: its number.
    ///
    /// # Errors
    /// When the HLR is silent, gone, or says something else.
    pub fn register(
        &mut self,
        imsi: &str,
        domain: Domain,
    ) -> io::Result<Result<Option<String>, Cause>> {
        let domain = Some((element::DOMAIN, domain.code()));
        self.send(OSMO, &gsup::message(kind::UPDATE_LOCATION, imsi, domain))?;
        let before = self.told.len();
        let answer = self.answer(kind::UPDATE_LOCATION, imsi)?;
        if let Some(cause) = cause(&answer) {
            return Ok(Err(cause));
        }
        // What came in between for this IMSI belongs to the registration.
        let inserted =
            self.told.iter().skip(before).position(
                |told| matches!(told, Told::Changed { imsi: whose, .. } if whose == imsi),
            );
        let Some(at) = inserted else { return Err(nonsense()) };
        match self.told.remove(before + at) {
            Told::Changed { number, .. } => Ok(Ok(number)),
            Told::Deleted { .. } => Err(nonsense()),
        }
    }

    /// What the HLR has told by itself since it was last asked, up to now.
    ///
    /// # Errors
    /// When the HLR is silent, gone, or says something else.
    pub fn told(&mut self) -> io::Result<Vec<Told>> {
        let _nobody = self.vectors(NOBODY)?;
        Ok(std::mem::take(&mut self.told))
    }

    /// Waits for the answer to one request; keeps and confirms what the HLR tells meanwhile.
    fn answer(&mut self, asked: u8, imsi: &str) -> io::Result<Message> {
        loop {
            let (of, bytes) = self.frame()?;
            match (of, bytes.split_first()) {
                (CCM, Some((0x00, _))) => self.send(CCM, &[0x01])?,
                (CCM, _) => {}
                (OSMO, Some((&GSUP, rest))) => {
                    let message = Message::read(rest)?;
                    let is_answer = message.kind == asked + 1 || message.kind == asked + 2;
                    if is_answer && message.imsi()? == imsi {
                        return Ok(message);
                    }
                    self.keep(&message)?;
                }
                _ => return Err(nonsense()),
            }
        }
    }

    fn keep(&mut self, message: &Message) -> io::Result<()> {
        let imsi = message.imsi()?;
        let result = match message.kind {
            kind::INSERT_DATA => kind::INSERT_DATA + 2,
            kind::DELETE_DATA => kind::DELETE_DATA + 2,
            _ => return Err(nonsense()),
        };
        self.send(OSMO, &gsup::message(result, &imsi, None))?;
        self.told.push(if message.kind == kind::INSERT_DATA {
            Told::Changed { imsi, number: message.number() }
        } else {
            Told::Deleted { imsi }
        });
        Ok(())
    }

    fn send(&mut self, of: u8, bytes: &[u8]) -> io::Result<()> {
        let length = u16::try_from(bytes.len()).map_err(|_| nonsense())?;
        let mut frame = length.to_be_bytes().to_vec();
        frame.push(of);
        frame.extend(bytes);
        self.stream.write_all(&frame)
    }

    fn frame(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 3];
        self.stream.read_exact(&mut head)?;
        let [high, low, of] = head;
        let mut bytes = vec![0; usize::from(u16::from_be_bytes([high, low]))];
        self.stream.read_exact(&mut bytes)?;
        Ok((of, bytes))
    }
}

/// IPA's answer to "who are you": the name as serial number, unit name and unit id.
fn identity(name: &str) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0x05];
    for tag in [0x00, 0x01, 0x08] {
        // The length counts the tag and a closing zero.
        bytes.extend(u16::try_from(name.len() + 2).map_err(|_| nonsense())?.to_be_bytes());
        bytes.push(tag);
        bytes.extend(name.as_bytes());
        bytes.push(0);
    }
    Ok(bytes)
}

fn cause(answer: &Message) -> Option<Cause> {
    answer.element(element::CAUSE).and_then(|value| value.first()).copied().map(Cause)
}

fn vector(bytes: &[u8]) -> io::Result<Vector> {
    let parts = gsup::elements(bytes)?;
    let part = |tag| gsup::find(&parts, tag).map(<[u8]>::to_vec).ok_or_else(nonsense);
    Ok(Vector {
        rand: part(element::RAND)?,
        autn: part(element::AUTN)?,
        res: part(element::RES)?,
        ck: part(element::CK)?,
        ik: part(element::IK)?,
    })
}
