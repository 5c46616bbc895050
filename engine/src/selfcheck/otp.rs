//! Codes that the carrier's own service makes and sends (CAMARA One Time Password SMS).

use simrecall_gateway::otp::{AuthenticationId, Checked, OtpError, OtpService};
use simrecall_gateway::web::WebError;
use uuid::Uuid;

use super::courier::{Letter, Message};
use super::door::Door;
use crate::home::random;
use crate::problem::{Problem, Result};
use crate::routes::roots;

/// What became of a code that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is out, and can be checked.
    Sent,
    /// It was not taken; later it may be.
    NotTaken,
    /// It may be out. Nobody can check it, since the service did not say what it calls it.
    InDoubt,
    /// It will not be taken.
    Never,
}

/// Has a code sent, and keeps what the service calls it. Whatever goes wrong, nobody is told: it may tell something of the number.
pub(crate) fn send(door: &Door, letter: &Letter<Message>) -> Fate {
    let sent = service(door).and_then(|service| {
        let correlator = Uuid::from_bytes(random()?);
        Ok(service.send_code(&letter.what.number, &letter.what.text, correlator))
    });
    let (fate, problem) = match sent {
        Ok(Ok(sent)) => {
            let (session, id) = letter.request;
            let kept = door
                .inner
                .home
                .store
                .write(|tx| tx.set_request_reference(session, id, sent.expose()));
            match kept {
                Ok(_) => return Fate::Sent,
                Err(error) => (Fate::InDoubt, error.into()),
            }
        }
        Ok(Err(error)) => (fate(error), failed(error)),
        // Set up wrong: whoever mends it within the life of the code helps whoever waits for it.
        Err(problem) => (Fate::NotTaken, problem),
    };
    tracing::warn!(code = problem.code, %problem, "a code was not sent");
    fate
}

/// Whether a code may be out, and whether it is worth another try.
const fn fate(error: OtpError) -> Fate {
    match error {
        OtpError::Web(WebError::Unreachable | WebError::Untrusted)
        | OtpError::Busy
        | OtpError::Address
        | OtpError::TokenFile
        | OtpError::Unauthenticated
        | OtpError::Forbidden
        | OtpError::NotThere => Fate::NotTaken,
        OtpError::Web(WebError::TimedOut | WebError::TooLarge | WebError::Unreadable)
        | OtpError::Failing { .. }
        | OtpError::Strange { .. } => Fate::InDoubt,
        OtpError::Message
        | OtpError::Request
        | OtpError::Malformed
        | OtpError::TooManyCodes
        | OtpError::NotAllowed
        | OtpError::Blocked => Fate::Never,
    }
}

/// Asks the service whether this is the code it sent.
pub(crate) fn check(door: &Door, reference: &str, code: &str) -> Result<Checked> {
    let Some(reference) = AuthenticationId::parse(reference) else { return Ok(Checked::Expired) };
    let checked = service(door)?.validate_code(&reference, code, Uuid::from_bytes(random()?));
    checked.map_err(failed)
}

/// The service, once it was asked for.
fn service(door: &Door) -> Result<&OtpService> {
    if let Some(service) = door.inner.otp.get() {
        return Ok(service);
    }
    let home = &door.inner.home;
    let config = door.inner.config.otp.as_ref().ok_or_else(|| {
        Problem::state("way_closed", "no service for codes by message is set up here")
    })?;
    let roots = roots(home, config.tls_roots.as_deref())?;
    let made =
        OtpService::new(&config.url, &home.path(&config.token_file), &roots).map_err(failed)?;
    Ok(door.inner.otp.get_or_init(|| made))
}

fn failed(error: OtpError) -> Problem {
    Problem::new(error.code(), error.blame(), "the service for codes by message does not answer")
        .caused_by(error)
        .hint("try again, or choose another way to prove who you are")
}
