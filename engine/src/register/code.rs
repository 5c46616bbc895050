//! Message codes: made from the target, found again only together with where the message went.

use simrecall_core::id::TargetKey;
use simrecall_core::identity::Personal;
use simrecall_core::notice::MessageCode;
use simrecall_core::subscriber::Contact;
use simrecall_store::seal::{Field, IncidentKeys};
use simrecall_store::wording::NewCode;

/// The code in a target's messages. Nobody can tell it without the incident's key, and it is the same at every rendering.
pub(crate) fn code_of(keys: &IncidentKeys, target: &TargetKey) -> MessageCode {
    let hash = keyed(keys, &format!("message code of {target}"));
    MessageCode::from_bytes(hash.first_chunk().copied().unwrap_or_default())
}

/// The rows by which a target's code is found: one for its number and one for its mail address, as far as it has them.
pub(crate) fn rows_of(keys: &IncidentKeys, target: &TargetKey, contact: &Contact) -> Vec<NewCode> {
    let code = code_of(keys, target);
    let number = contact.msisdn.as_ref().map(Personal::expose);
    let email = contact.email.as_ref().map(Personal::expose);
    let row = |reach: &str| NewCode { code: row_key(keys, code, reach), target: *target };
    number.into_iter().chain(email).map(row).collect()
}

/// The key of a code's row; `reach` is a number or mail address in its normal form.
pub(super) fn row_key(keys: &IncidentKeys, code: MessageCode, reach: &str) -> [u8; 16] {
    keyed(keys, &format!("message code {code} at {reach}"))
}

/// The key under which tries for one number or mail address are counted.
pub(super) fn try_key(keys: &IncidentKeys, reach: &str) -> [u8; 16] {
    keyed(keys, &format!("message code tried at {reach}"))
}

/// A keyed hash. The index key of numbers serves: a number is digits alone, so no text of ours is ever one.
fn keyed(keys: &IncidentKeys, text: &str) -> [u8; 16] {
    keys.blind(Field::Msisdn, text)
}
