//! Is this text a number, an IMSI, an IMEI, an ICCID, a mail address, a message code; and QR codes.

use simrecall_core::identity::{
    EmailAddress, Iccid, Imei, Imsi, Msisdn, Personal, Reason, mask_unparsed,
};
use simrecall_core::notice::MessageCode;
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

/// Checks a mail address: its domain comes back in small letters.
#[wasm_bindgen]
pub fn check_email(text: &str) -> Result<String, JsError> {
    checked::<EmailAddress>(text).map_err(JsError::new)
}

/// Checks a message code: `7k2m9qx4t` becomes what notices write, `7K2-M9Q-X4T`.
#[wasm_bindgen]
pub fn check_message_code(text: &str) -> Result<String, JsError> {
    message_code(text).map_err(JsError::new)
}

/// A mobile number as it may be shown to others: `010-****-**78`. What is no number is masked too.
#[wasm_bindgen]
pub fn mask_msisdn(text: &str) -> String {
    Msisdn::parse(text).map_or_else(|_| mask_unparsed(text), |number| number.masked())
}

/// A text as a QR code: modules along a side, margin included, a blank, and the `d` of an SVG path
/// over its dark modules.
#[wasm_bindgen]
pub fn qr(text: &str) -> Result<String, JsError> {
    drawn(text).map_err(JsError::new)
}

fn checked<T: Personal>(text: &str) -> Result<String, &'static str> {
    T::parse(text).map(|value| value.expose().to_owned()).map_err(|error| error.code())
}

fn message_code(text: &str) -> Result<String, &'static str> {
    MessageCode::parse(text).map(|code| code.to_string()).map_err(|error| error.code())
}

fn drawn(text: &str) -> Result<String, &'static str> {
    let code = simrecall_core::qr::path(text).map_err(|error| error.code())?;
    Ok(format!("{} {}", code.side, code.d))
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
        assert_eq!(checked::<EmailAddress>("a@B.Kr").as_deref(), Ok("a@b.kr"));
        assert_eq!(message_code("28t5cy4th").as_deref(), Ok("28T-5CY-4TH"));
        assert_eq!(message_code("28T-5CY-4TX"), Err("message_code.check"));
    }

    #[test]
    fn masks_hide_numbers_and_whatever_else_was_typed() {
        assert_eq!(mask_msisdn("01012345678"), "010-****-**78");
        assert_eq!(mask_msisdn("홍길동"), "홍**");
    }

    #[test]
    fn a_qr_code_is_a_side_and_a_path() {
        assert!(drawn("7K2-M9Q-X4T").unwrap().starts_with("29 M4 4h7v1h-7z"));
        assert_eq!(drawn(&"a".repeat(1_000)), Err("qr.too_long"));
    }
}
