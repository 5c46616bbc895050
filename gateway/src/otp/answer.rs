//! What the service's answers mean: status and `code` of CAMARA's error body.

use serde::Deserialize;
use ureq::http::Response;

use super::{AuthenticationId, Checked, OtpError};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    authentication_id: String,
}

#[derive(Deserialize)]
struct ErrorInfo {
    code: String,
}

/// To `send-code`: 200 with an id, and nothing else is one.
pub(super) fn sent(answer: &Response<Vec<u8>>) -> Result<AuthenticationId, OtpError> {
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(refusal(status, &code(answer)));
    }
    let sent: Option<Sent> = serde_json::from_slice(answer.body()).ok();
    let id = sent.and_then(|sent| AuthenticationId::parse(&sent.authentication_id));
    id.ok_or(OtpError::Strange { status })
}

/// To `validate-code`: 204 alone is "right".
pub(super) fn checked(answer: &Response<Vec<u8>>) -> Result<Checked, OtpError> {
    let status = answer.status().as_u16();
    if status == 204 {
        return Ok(Checked::Right);
    }
    let code = code(answer);
    match (status, code.as_str()) {
        (400, "ONE_TIME_PASSWORD_SMS.INVALID_OTP") => Ok(Checked::Wrong),
        (400, "ONE_TIME_PASSWORD_SMS.VERIFICATION_EXPIRED") | (404, "NOT_FOUND") => {
            Ok(Checked::Expired)
        }
        (400, "ONE_TIME_PASSWORD_SMS.VERIFICATION_FAILED") => Ok(Checked::UsedUp),
        _ => Err(refusal(status, &code)),
    }
}

/// An answer without CAMARA's error body, as of a proxy, has the empty code.
fn code(answer: &Response<Vec<u8>>) -> String {
    let info: Option<ErrorInfo> = serde_json::from_slice(answer.body()).ok();
    info.map_or_else(String::new, |info| info.code)
}

fn refusal(status: u16, code: &str) -> OtpError {
    match (status, code) {
        (400, "INVALID_ARGUMENT" | "OUT_OF_RANGE") => OtpError::Malformed,
        (401, _) => OtpError::Unauthenticated,
        (403, "ONE_TIME_PASSWORD_SMS.MAX_OTP_CODES_EXCEEDED") => OtpError::TooManyCodes,
        (403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED") => OtpError::NotAllowed,
        (403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_BLOCKED") => OtpError::Blocked,
        (403, _) => OtpError::Forbidden,
        (404, _) => OtpError::NotThere,
        (429, _) => OtpError::Busy,
        (500..=599, _) => OtpError::Failing { status },
        _ => OtpError::Strange { status },
    }
}
