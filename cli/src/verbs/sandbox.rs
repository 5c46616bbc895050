//! `sandbox`: a network to practise on.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::sandbox::{self, SandboxOptions};

use super::Desk;
use crate::args::Sandbox;
use crate::stop;

pub(super) fn run(desk: &Desk<'_>, verb: &Sandbox) -> Result<ExitCode> {
    let options = SandboxOptions {
        dir: verb.dir.clone(),
        smsc_port: verb.smsc_port,
        mail_port: verb.mail_port,
        plan: verb.plan.clone(),
    };
    let stop = stop::on_interrupt(desk.out, "the sandbox ends")?;
    sandbox::run(&options, &mut |line| desk.out.say(line), &stop)?;
    Ok(ExitCode::SUCCESS)
}
