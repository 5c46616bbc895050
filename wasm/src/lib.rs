//! core for the browser: is this text a number, an IMSI, an IMEI, an ICCID, and how is it shown
//! masked.
//!
//! Nothing is decided here. Every check takes what was typed and gives the normal form, or throws
//! an `Error` whose message is the stable code of the reason, such as `msisdn.length`; the page has
//! the words for it in the reader's language.

use simrecall_core::identity::{Iccid, Imei, Imsi, Msisdn, Personal, Reason, mask_unparsed};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Checks a mobile number: `010-1234-5678` becomes `821012345678`.
#[wasm_bindgen]
pub fn check_msisdn(text: &str) -> Result<String, JsError> {
    checked::<Msisdn>(text).map_err(JsError::new)
}

/// Checks an IMSI: its 15 digits.
#[wasm_bindgen]
pub fn check_imsi(text: &str) -> Result<String, JsError> {
    checked::<Imsi>(text).map_err(JsError::new)
}

/// Checks an IMEI: its 15 digits.
#[wasm_bindgen]
pub fn check_imei(text: &str) -> Result<String, JsError> {
    checked::<Imei>(text).map_err(JsError::new)
}

/// Checks an ICCID: its 19 or 20 digits.
#[wasm_bindgen]
pub fn check_iccid(text: &str) -> Result<String, JsError> {
    checked::<Iccid>(text).map_err(JsError::new)
}

/// A mobile number as it may be shown to others: `010-****-**78`. What is no number is masked too.
#[wasm_bindgen]
pub fn mask_msisdn(text: &str) -> String {
    Msisdn::parse(text).map_or_else(|_| mask_unparsed(text), |number| number.masked())
}

fn checked<T: Personal>(text: &str) -> Result<String, &'static str> {
    T::parse(text).map(|value| value.expose().to_owned()).map_err(|error| error.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_give_the_normal_form_or_the_reason() {
        assert_eq!(checked::<Msisdn>("010-1234-5678").as_deref(), Ok("821012345678"));
        assert_eq!(checked::<Msisdn>("010-1234"), Err("msisdn.length"));
        assert_eq!(checked::<Imsi>("4500812345"), Err("imsi.length"));
        assert_eq!(checked::<Imei>("490154203237519"), Err("imei.check_digit"));
        assert_eq!(checked::<Iccid>("1"), Err("iccid.length"));
    }

    #[test]
    fn masks_hide_numbers_and_whatever_else_was_typed() {
        assert_eq!(mask_msisdn("01012345678"), "010-****-**78");
        assert_eq!(mask_msisdn("홍길동"), "홍**");
    }
}
