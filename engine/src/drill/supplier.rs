//! Who makes the cards of a drill: invented ones, sent as a supplier sends them.

use std::io::Write as _;
use std::path::Path;

use simrecall_core::identity::{Iccid, Imsi};
use simrecall_gateway::hlr::MilenageKey;

use crate::home::{random, write_new};
use crate::problem::{self, Problem, Result};

/// The first card's number within its issuer.
const FIRST: u64 = 898_230_900_000_000_000;

/// A card that was made for the drill.
pub(super) struct Made {
    pub(super) iccid: Iccid,
    pub(super) imsi: Imsi,
    pub(super) key: MilenageKey,
}

/// Makes so many cards, and the file they come in: a batch in `age`, with a new identity that opens it.
pub(super) fn deliver(cards: u32, batch: &Path, identity: &Path) -> Result<Vec<Made>> {
    let made: Vec<Made> = (0..cards).map(card).collect::<Result<_>>()?;
    encrypt(&made, batch, identity)?;
    Ok(made)
}

/// One card of the lot, with keys of its own.
fn card(no: u32) -> Result<Made> {
    let body = (FIRST + u64::from(no)).to_string();
    let right = |digit: u8| Iccid::parse(&format!("{body}{digit}")).ok();
    let iccid = (0..10).find_map(right);
    let imsi = Imsi::parse(&format!("4500899999{no:05}")).ok();
    let made = iccid.zip(imsi).ok_or_else(|| Problem::ours("drill", "a card has no number"))?;
    let key = MilenageKey::from_bytes(random()?, random()?);
    Ok(Made { iccid: made.0, imsi: made.1, key })
}

/// The supplier's file, and the identity that opens it, both new.
fn encrypt(made: &[Made], batch: &Path, identity: &Path) -> Result<()> {
    use age::secrecy::ExposeSecret as _;
    let ours = age::x25519::Identity::generate();
    write_new(identity, &format!("{}\n", ours.to_string().expose_secret()))?;
    let file = std::fs::File::create(batch).map_err(|error| problem::file(batch, error))?;
    let to = ours.to_public();
    let recipient: &dyn age::Recipient = &to;
    let sealed = age::Encryptor::with_recipients(std::iter::once(recipient));
    let sealed = sealed
        .map_err(|error| Problem::ours("drill", "a batch cannot be encrypted").caused_by(error))?;
    let written = sealed.wrap_output(file).and_then(|mut out| {
        writeln!(out, "iccid,imsi,k,opc,product")?;
        for card in made {
            let (k, opc) = (card.key.expose_k(), card.key.expose_opc());
            let (iccid, imsi) = (card.iccid.expose(), card.imsi.expose());
            writeln!(out, "{iccid},{imsi},{},{},usim", *k, *opc)?;
        }
        out.finish()
    });
    written.map(drop).map_err(|error| problem::file(batch, error))
}
