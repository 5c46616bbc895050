//! Codes that the carrier's own service makes and sends (CAMARA One Time Password SMS).

use simrecall_core::id::RequestId;
use simrecall_core::identity::Msisdn;
use simrecall_gateway::otp::{AuthenticationId, Checked, OtpError, OtpService};
use simrecall_store::session::SessionId;
use uuid::Uuid;

use super::door::Door;
use crate::home::random;
use crate::problem::{Problem, Result};
use crate::routes::roots;

/// Has a code sent, and keeps what the service calls it. Whatever goes wrong, nobody is told: it may tell something of the number.
pub(crate) fn send(
    door: &Door,
    (session, id): (SessionId, RequestId),
    number: &Msisdn,
    text: &str,
) {
    let sent = service(door).and_then(|service| {
        let sent = service.send_code(number, text, Uuid::from_bytes(random()?)).map_err(failed)?;
        let kept =
            |tx: &mut simrecall_store::Tx<'_>| tx.set_request_reference(session, id, sent.expose());
        door.inner.home.store.write(kept)?;
        Ok(())
    });
    if let Err(problem) = sent {
        tracing::warn!(code = problem.code, %problem, "a code was not sent");
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
