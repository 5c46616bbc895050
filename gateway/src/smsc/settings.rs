//! How to reach a carrier's SMSC, and what it expects.

use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;

use crate::route::RouteError;

/// Everything one route to one SMSC needs. [`SmscSettings::new`] fills in what most carriers accept.
#[derive(Debug, Clone)]
pub struct SmscSettings {
    /// Host and port.
    pub address: String,
    /// The login's name, at most 15 octets.
    pub system_id: String,
    /// The login's password, at most 8 octets.
    pub password: SecretString,
    /// The login's kind, at most 12 octets; often empty.
    pub system_type: String,
    /// How many connections to hold.
    pub binds: u8,
    /// How many `submit_sm` each connection may have unanswered.
    pub window_per_bind: u16,
    /// TLS, if the carrier offers it.
    pub tls: Option<TlsSettings>,
    /// The licence: `submit_sm` per second over all connections.
    pub pace_per_second: u32,
    /// How many `submit_sm` may go at once after a pause; a tenth of a second's worth is usual.
    pub burst: u32,
    /// After how long a silence to ask whether the other side is alive. Two questions unanswered close the connection.
    pub enquire_every: Duration,
    /// How long to wait for an answer before a submission is in doubt, and for a connection or login.
    pub response_timeout: Duration,
    /// How long texts travel.
    pub long_text: LongText,
    /// The octet that says "KS X 1001"; carriers differ (0x84, 0x0E).
    pub korean_data_coding: u8,
    /// Type of number of our sender.
    pub source_ton: u8,
    /// Numbering plan of our sender.
    pub source_npi: u8,
    /// How the carrier writes message ids.
    pub ids: IdForms,
    /// The carrier's own TLV for the subject of a long message. Without it a subject is refused.
    pub subject_tag: Option<u16>,
    /// The carrier's clock in receipt texts, in minutes east of UTC.
    pub receipt_offset_minutes: i32,
    /// First and longest pause before connecting again; it doubles in between.
    pub reconnect: Backoff,
    /// The first sequence number of each connection; 1 unless the peer needs another.
    pub first_sequence: u32,
}

impl SmscSettings {
    /// Settings that most carriers accept: one connection, window 100, 1,000 a second, `message_payload`.
    pub fn new(address: &str, system_id: &str, password: SecretString) -> Self {
        Self {
            address: address.to_owned(),
            system_id: system_id.to_owned(),
            password,
            system_type: String::new(),
            binds: 1,
            window_per_bind: 100,
            tls: None,
            pace_per_second: 1_000,
            burst: 100,
            enquire_every: Duration::from_secs(20),
            response_timeout: Duration::from_secs(30),
            long_text: LongText::MessagePayload,
            korean_data_coding: 0x84,
            source_ton: 0,
            source_npi: 1,
            ids: IdForms { answers: IdForm::AsIs, receipts: IdForm::AsIs },
            subject_tag: None,
            receipt_offset_minutes: 9 * 60,
            reconnect: Backoff::new(Duration::from_secs(1), Duration::from_mins(1), 1),
            first_sequence: 1,
        }
    }

    /// How many submissions may be without a result over all connections.
    pub fn window(&self) -> usize {
        usize::from(self.binds) * usize::from(self.window_per_bind)
    }

    /// Refuses settings that cannot work.
    pub fn check(&self) -> Result<(), RouteError> {
        let wrong = |what: &str| Err(RouteError::Setting { what: what.to_owned() });
        if self.binds == 0 || self.window_per_bind == 0 {
            return wrong("an SMSC needs at least one connection and a window of at least one");
        }
        if self.pace_per_second == 0 || self.burst == 0 {
            return wrong("an SMSC needs a pace and a burst of at least one a second");
        }
        if self.enquire_every.is_zero() || self.response_timeout.is_zero() {
            return wrong("an SMSC needs an enquiry interval and a response timeout above zero");
        }
        if self.receipt_offset_minutes.abs() >= 24 * 60 {
            return wrong("the SMSC's clock cannot be a day or more away from UTC");
        }
        Ok(())
    }
}

/// TLS towards the SMSC.
#[derive(Debug, Clone)]
pub struct TlsSettings {
    /// The name its certificate must carry.
    pub server_name: String,
    /// Who may have signed it.
    pub roots: Arc<RootCertStore>,
}

impl TlsSettings {
    /// Trusts the certificates of a PEM file, and no others.
    pub fn from_pem(server_name: &str, pem: &[u8]) -> Result<Self, RouteError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let trusted = certificate.ok().and_then(|der| roots.add(der).ok());
            if trusted.is_none() {
                return Err(RouteError::Setting {
                    what: "the SMSC's trusted certificates cannot be read".to_owned(),
                });
            }
        }
        if roots.is_empty() {
            return Err(RouteError::Setting {
                what: "the SMSC's trusted certificates hold no certificate".to_owned(),
            });
        }
        Ok(Self { server_name: server_name.to_owned(), roots: Arc::new(roots) })
    }
}

/// How the route carries text that does not fit one short message. The engine encodes accordingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LongText {
    /// One `submit_sm` with the `message_payload` TLV.
    MessagePayload,
    /// Several `submit_sm`, each with a user data header.
    Udh,
}

/// How a carrier writes message ids: some answer in hex and write decimal in receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdForms {
    /// In `submit_sm_resp` and in the `receipted_message_id` TLV.
    pub answers: IdForm,
    /// In the text of a receipt.
    pub receipts: IdForm,
}

/// One way to write a message id. Ids leave the route as decimal without leading zeros, unless they are taken as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// Hexadecimal, of any case, with or without leading zeros.
    Hex,
    /// Decimal, with or without leading zeros.
    Decimal,
    /// Any text; only blanks around it are dropped.
    AsIs,
}

impl IdForm {
    /// The id in the one form the caller stores. An id that is not of the form is kept as it is.
    pub fn normalise(self, id: &str) -> String {
        let id = id.trim();
        let number = match self {
            Self::Hex => u128::from_str_radix(id, 16).ok(),
            Self::Decimal => id.parse().ok(),
            Self::AsIs => None,
        };
        number.map_or_else(|| id.to_owned(), |number| number.to_string())
    }
}

/// Pauses before connecting again: doubling, with jitter from a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    seed: u64,
}

impl Backoff {
    /// Starts at `first`, never exceeds `longest`.
    pub const fn new(first: Duration, longest: Duration, seed: u64) -> Self {
        Self { first, longest, seed }
    }

    /// The pause before try number `failures` (1 after the first failure) of connection `bind`: between half and the
    /// whole of the doubled pause, so that connections lost together do not come back together.
    pub fn pause(self, bind: u8, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(20));
        let whole = self.first.saturating_mul(doubled).min(self.longest);
        let mixed = mix(self.seed ^ (u64::from(bind) << 32) ^ u64::from(failures));
        let thousandths = 500 + u32::try_from(mixed % 501).unwrap_or(0);
        whole.saturating_mul(thousandths) / 1_000
    }
}

/// Spreads a seed over 64 bits (the finalizer of `splitmix64`).
pub(crate) const fn mix(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_take_one_form() {
        assert_eq!(IdForm::Hex.normalise("0000AbCd"), "43981");
        assert_eq!(IdForm::Decimal.normalise(" 0043981 "), "43981");
        assert_eq!(IdForm::AsIs.normalise(" 00aB-7 "), "00aB-7");
        assert_eq!(IdForm::Hex.normalise("not hex"), "not hex");
        assert_eq!(IdForm::Decimal.normalise(""), "");
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_differ_by_bind() {
        let backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1), 7);
        for failures in 1..40 {
            let whole =
                Duration::from_mins(1).min(Duration::from_secs(1 << (failures - 1).min(20)));
            let pause = backoff.pause(0, failures);
            assert!(pause >= whole / 2 && pause <= whole, "{failures}: {pause:?}");
        }
        assert!((1..9).any(|n| backoff.pause(0, n) != backoff.pause(1, n)));
        assert_eq!(backoff.pause(0, 3), backoff.pause(0, 3));
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let good = SmscSettings::new("127.0.0.1:2775", "a", SecretString::from("b"));
        assert_eq!(good.check(), Ok(()));
        assert!(SmscSettings { binds: 0, ..good.clone() }.check().is_err());
        assert!(SmscSettings { burst: 0, ..good.clone() }.check().is_err());
        assert!(SmscSettings { response_timeout: Duration::ZERO, ..good }.check().is_err());
        assert!(TlsSettings::from_pem("smsc", b"no certificate").is_err());
    }
}
