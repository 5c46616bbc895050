//! `serve`: the customer's page or the agency's, until ctrl-C.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use simrecall_core::problem::Blame;
use simrecall_engine::{Problem, Result};
use simrecall_portal::{Addresses, ServeOptions, Served, StaffAddresses, serve, serve_agency};
use tokio::runtime::Builder;

use super::Desk;
use crate::args::{Serve, Surface};
use crate::stop;

/// How often to look whether somebody asked to stop.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn run(desk: &Desk<'_>, verb: &Serve) -> Result<ExitCode> {
    let options = ServeOptions {
        dir: desk.dir.to_owned(),
        clock: desk.clock.clone(),
        listen: verb.listen,
        ops_listen: verb.ops_listen,
    };
    let stop = stop::on_interrupt(desk.out, "the page ends; running requests have 30 seconds")?;
    let runtime = Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Problem::new("runtime", Blame::Ours, "no threads to serve with").caused_by(error)
    })?;
    if verb.surface == Surface::Agency {
        let announce = |addresses: &StaffAddresses| {
            desk.out.say(&format!("the agency's page: {}", addresses.url));
            desk.out.say(&format!("  listening on {}", addresses.listen));
            desk.out.say(&format!("  health and figures: http://{}/metrics", addresses.ops_listen));
        };
        let served = runtime.block_on(serve_agency(&options, announce, asked(stop)))?;
        return Ok(ended(desk, served));
    }
    let announce = |addresses: &Addresses| {
        desk.out.say(&format!("the customer's page: {}", addresses.url));
        desk.out.say(&format!("  listening on {}", addresses.listen));
        if let Some(camara) = addresses.camara_listen {
            desk.out.say(&format!("  banks ask SIM Swap at {camara}"));
        }
        desk.out.say(&format!("  health and figures: http://{}/metrics", addresses.ops_listen));
    };
    let served = runtime.block_on(serve(&options, announce, asked(stop)))?;
    Ok(ended(desk, served))
}

fn ended(desk: &Desk<'_>, served: Served) -> ExitCode {
    if !served.drained {
        desk.out.remark("some requests were cut off");
    }
    ExitCode::SUCCESS
}

/// Ends once somebody asked to stop.
pub(super) async fn asked(stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Acquire) {
        tokio::time::sleep(LOOK).await;
    }
}
