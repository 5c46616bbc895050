//! Identifiers and contact data: read from what people type, kept in one normal form, shown masked.
//!
//! A value is seen in clear only through [`Personal::expose`] and the two serde modules,
//! [`exposed`] and [`exposed_option`], which belong in sealed records. `Debug` and `Display` are
//! masked, and no error holds a value.

mod card;
mod contact;
pub mod exposed;
pub mod exposed_option;
mod hangul;
mod luhn;
mod mask;
mod phone;
mod postal;
mod typed;

pub use card::{Iccid, Imei, Imsi, ParseIccidError, ParseImeiError, ParseImsiError};
pub use contact::{EmailAddress, ParseEmailError, ParseNameError, PersonName};
pub(crate) use hangul::compose as compose_hangul;
pub use mask::mask_unparsed;
pub use phone::{Msisdn, ParseMsisdnError};
pub use postal::{ParsePostalError, PostalAddress};

/// Why a text was refused, as a word that never changes: for reject files, HTTP bodies and the
/// browser.
pub trait Reason: std::error::Error {
    /// The word, such as `msisdn.length`.
    fn code(&self) -> &'static str;
}

/// A value about one person.
pub trait Personal: Sized {
    /// Why a text is no such value.
    type Error: Reason;

    /// Reads what a person or a file says.
    fn parse(text: &str) -> Result<Self, Self::Error>;

    /// Reads back what [`Personal::expose`] gave.
    fn from_exposed(text: &str) -> Result<Self, Self::Error>;

    /// The value in its normal form, in clear. Every call is a disclosure.
    fn expose(&self) -> &str;

    /// Enough of the value to recognise it by, too little to use it.
    fn masked(&self) -> String;
}

/// Gives a type over one private string its masked `Debug` and `Display`, and [`Personal`] by its
/// own methods.
macro_rules! personal {
    ($name:ident, $error:ty, $from_exposed:expr) => {
        impl $crate::identity::Personal for $name {
            type Error = $error;

            fn parse(text: &str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }

            fn from_exposed(text: &str) -> Result<Self, Self::Error> {
                $from_exposed(text)
            }

            fn expose(&self) -> &str {
                self.expose()
            }

            fn masked(&self) -> String {
                self.masked()
            }
        }

        impl $name {
            /// The value in its normal form, in clear. Every call is a disclosure.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.masked())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.masked())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
    };
}
pub(crate) use personal;

#[cfg(test)]
mod tests;
