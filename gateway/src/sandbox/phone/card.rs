//! What a USIM makes of a challenge, by `osmo-auc-gen` (Debian's `libosmocore-utils`).

use std::io;
use std::process::Command;

use super::Vector;
use crate::hlr::MilenageKey;

/// What to type when there is none.
const INSTALL: &str =
    "osmo-auc-gen is missing; install it with: apt-get install -y osmo-hlr libosmocore-utils";

/// What a card with a key answers to a challenge, and what proves to it a network with that key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardAnswer {
    /// Its answer.
    pub res: Vec<u8>,
    /// The ciphering key.
    pub ck: Vec<u8>,
    /// The integrity key.
    pub ik: Vec<u8>,
    /// The proof, for the SQN that was asked about and an AMF of 0.
    pub autn: Vec<u8>,
}

/// Runs `osmo-auc-gen` for a challenge and an SQN.
///
/// # Errors
/// When it is not installed (the message holds the install line) or answers something else.
pub fn auc_gen(key: &MilenageKey, rand: &[u8], sqn: u64) -> io::Result<CardAnswer> {
    let mut command = Command::new("osmo-auc-gen");
    command.args(["-3", "-a", "MILENAGE", "-f", "0000", "-k", &key.expose_k()]);
    command.args(["-o", &key.expose_opc(), "-r", &hex(rand), "-s", &sqn.to_string()]);
    let output = command.output().map_err(|error| io::Error::new(error.kind(), INSTALL))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|value| bytes(value.trim())).ok_or_else(|| odd("an answer"))
    };
    if field("RAND:")? != rand {
        return Err(odd("the challenge"));
    }
    let (res, ck, ik, autn) = (field("RES:")?, field("CK:")?, field("IK:")?, field("AUTN:")?);
    Ok(CardAnswer { res, ck, ik, autn })
}

/// The SQN of a vector that was made with this key; `None` if it was made with another.
pub(super) fn sqn_of(key: &MilenageKey, vector: &Vector) -> io::Result<Option<u64>> {
    // The SQN is hidden under AK, which does not depend on it.
    let hidden = |autn: &[u8]| autn.iter().take(6).fold(0, |sqn, byte| sqn << 8 | u64::from(*byte));
    let any = 32;
    let ak = hidden(&auc_gen(key, &vector.rand, any)?.autn) ^ any;
    let sqn = hidden(&vector.autn) ^ ak;
    let answer = auc_gen(key, &vector.rand, sqn)?;
    let fits = answer.autn == vector.autn
        && answer.res == vector.res
        && answer.ck == vector.ck
        && answer.ik == vector.ik;
    Ok(fits.then_some(sqn))
}

fn odd(what: &str) -> io::Error {
    io::Error::other(format!("osmo-auc-gen does not print {what} as it did"))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _never_fails = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pair = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    (0..hex.len()).step_by(2).map(pair).collect()
}
