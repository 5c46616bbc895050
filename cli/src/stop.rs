//! Ctrl-C: once to drain, twice to leave at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use simrecall_core::problem::Blame;
use simrecall_engine::{Problem, Result};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::report::Out;

/// What a shell gives a command that ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// A flag that the first ctrl-C, or the first request to terminate, sets; the second ends the command where it stands.
pub(crate) fn on_interrupt(out: Out, said: &'static str) -> Result<Arc<AtomicBool>> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(unable)?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        let listen = |kind| signal(kind).map_err(unable);
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?)
    };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let watch = move || {
        runtime.block_on(async {
            next(&mut interrupt, &mut terminate).await;
            flag.store(true, Ordering::Release);
            out.remark(said);
            next(&mut interrupt, &mut terminate).await;
        });
        leave();
    };
    // Ends with the command.
    drop(std::thread::Builder::new().name("ctrl-c".to_owned()).spawn(watch).map_err(unable)?);
    Ok(stop)
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[expect(clippy::exit, reason = "whoever asks twice wants no draining")]
fn leave() -> ! {
    std::process::exit(INTERRUPTED)
}

fn unable(error: std::io::Error) -> Problem {
    Problem::new("signals", Blame::Ours, "cannot listen for ctrl-C").caused_by(error)
}
