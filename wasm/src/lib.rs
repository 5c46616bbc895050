//! core for the browser. Nothing is decided here: what was typed goes in, what core says comes out.
//!
//! Each feature is a package of its own:
//!
//! | feature | answers |
//! |---|---|
//! | `check` | is this a number, an IMSI, an IMEI, an ICCID, a mail address, a message code; a text as a QR code |
//! | `matcher` | is this text one the carrier sent, held against the published register |
//!
//! What is refused is thrown as an `Error` whose message is the stable code of the reason, such as
//! `msisdn.length`; the page has the words for it in the reader's language.

#[cfg(feature = "check")]
mod check;
#[cfg(feature = "matcher")]
mod matcher;

#[cfg(feature = "check")]
pub use check::{
    check_email, check_iccid, check_imei, check_imsi, check_message_code, check_msisdn,
    mask_msisdn, qr,
};
#[cfg(feature = "matcher")]
pub use matcher::{Answer, Differs, Is, Register};
