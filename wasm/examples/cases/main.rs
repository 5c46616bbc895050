//! What core says natively, one case a line as JSON: the browser build must say the same.
//!
//! `cases SEED` prints the seed first, then at least ten thousand cases for each exported function.
//! The same seed gives the same cases.

mod chance;
mod register;
mod typed;

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};

use chance::Chance;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simrecall_core::identity::{
    EmailAddress, Iccid, Imei, Imsi, Msisdn, Personal, Reason, mask_unparsed,
};
use simrecall_core::notice::MessageCode;

/// Cases for each function.
const CASES: usize = 10_000;

/// A function's name, what somebody types into it, and what core says.
type Function = (&'static str, fn(&mut Chance) -> String, fn(&str) -> Value);

const FUNCTIONS: [Function; 8] = [
    ("check_msisdn", typed::msisdn, checked::<Msisdn>),
    ("check_imsi", typed::imsi, checked::<Imsi>),
    ("check_imei", typed::imei, checked::<Imei>),
    ("check_iccid", typed::iccid, checked::<Iccid>),
    ("check_email", typed::email, checked::<EmailAddress>),
    ("check_message_code", typed::message_code, message_code),
    ("mask_msisdn", typed::anything, mask),
    ("qr", typed::short, qr),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).ok_or("say a seed, a whole number")?.parse()?;
    let mut chance = Chance::new(seed);
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut line = |value: Value| writeln!(out, "{value}");
    line(json!({ "seed": seed }))?;
    for (name, type_one, answer) in FUNCTIONS {
        for _ in 0..CASES {
            let text = type_one(&mut chance);
            line(json!({ "function": name, "typed": text, "says": answer(&text) }))?;
        }
    }
    register::cases(&mut chance, CASES, line)?;
    Ok(())
}

fn checked<T: Personal>(text: &str) -> Value {
    match T::parse(text) {
        Ok(value) => json!({ "value": value.expose() }),
        Err(error) => json!({ "error": error.code() }),
    }
}

fn message_code(text: &str) -> Value {
    match MessageCode::parse(text) {
        Ok(code) => json!({ "value": code.to_string() }),
        Err(error) => json!({ "error": error.code() }),
    }
}

fn mask(text: &str) -> Value {
    let masked = Msisdn::parse(text).map_or_else(|_| mask_unparsed(text), |number| number.masked());
    json!({ "value": masked })
}

/// A path is long, so its hash stands for it.
fn qr(text: &str) -> Value {
    match simrecall_core::qr::path(text) {
        Ok(code) => {
            let hash = Sha256::digest(format!("{} {}", code.side, code.d));
            json!({ "sha256": hex(&hash) })
        }
        Err(error) => json!({ "error": error.code() }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
