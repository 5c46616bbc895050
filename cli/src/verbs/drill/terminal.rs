//! `drill --terminal`: an agency to try, with both pages open, and a window to type staff's commands into.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Parser as _;
use simrecall_core::problem::Blame;
use simrecall_engine::drill::{self, Coming, Counter, Postbox, Sits};
use simrecall_engine::terminal::follow::Followed;
use simrecall_engine::{Clock, Home, Problem, Result};
use simrecall_portal::{Addresses, ServeOptions, StaffAddresses, serve, serve_agency};
use tokio::runtime::Builder;
use tokio::sync::oneshot::{Receiver, channel};

use super::super::serve::asked;
use super::super::swap::follow;
use super::{Desk, told};
use crate::args::Args;
use crate::report::{Out, when};
use crate::stop;

/// What each customer's window is for.
const CUSTOMER: &str = "In a window of its own each customer proves who they are by mail (the code appears here), and sees under \"new card\" ten letters to check in with, then six digits to show.";
/// For whoever has no finger to put anywhere.
const NO_PASSKEY: &str = "No passkey on this machine? In Chrome: DevTools, More tools, WebAuthn, enable the virtual authenticator; add one: ctap2, internal, resident keys, user verification.";
/// What a build without the modules lacks.
const NO_MODULES: &str = "This build has no modules for browsers: a camera reads no bar code without Chrome's own reader, and card numbers are typed. make demo-terminal builds them.";

/// Opens the agency of a drill that was played, on its own clock, until ctrl-C.
pub(super) fn open(desk: &Desk<'_>) -> Result<()> {
    let clock = Clock::drill(drill::ended_at(&desk.open()?)?);
    let home = drill::open_door(&Home::open(desk.dir, clock)?)?;
    let mut postbox = Postbox::open(&home)?;
    desk.out.remark("two customers book on their page, by mail; their old cards go to the HLR");
    let counter = Counter::open(&home)?;
    // Those codes were theirs.
    drop(postbox.codes());
    let sits = counter.seats()?;
    let clock = counter.home().clock.clone();
    let stop = stop::on_interrupt(desk.out, "the agency closes")?;
    let runtime = Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Problem::new("runtime", Blame::Ours, "no threads to serve with").caused_by(error)
    })?;
    let options = ServeOptions {
        dir: desk.dir.to_owned(),
        clock: clock.clone(),
        listen: None,
        ops_listen: None,
    };
    let (tell_public, public_told) = channel();
    let (tell_staff, staff_told) = channel();
    let served = async {
        tokio::try_join!(
            serve(
                &options,
                |there| drop(tell_public.send(there.clone())),
                asked(Arc::clone(&stop))
            ),
            serve_agency(
                &options,
                |there| drop(tell_staff.send(there.clone())),
                asked(Arc::clone(&stop))
            ),
            async {
                let pages = pages(public_told, staff_told).await?;
                say(desk, &counter, &sits, &pages);
                listen(desk, &clock);
                told(desk, &mut postbox, Arc::clone(&stop)).await;
                Ok(())
            }
        )
    };
    let followed = |one: &Followed| desk.out.remark(&follow::words(one));
    std::thread::scope(|scope| {
        let work = scope.spawn(|| counter.work(&stop, &followed, &|line| desk.out.say(line)));
        let served = runtime.block_on(served);
        stop.store(true, Ordering::Release);
        let worked = work.join();
        served?;
        worked.unwrap_or_else(|_| Err(Problem::ours("panic", "the agency's work broke off")))
    })
}

/// Both pages, once both are open.
struct Pages {
    public: Addresses,
    staff: StaffAddresses,
}

async fn pages(public: Receiver<Addresses>, staff: Receiver<StaffAddresses>) -> Result<Pages> {
    let closed = |_| Problem::ours("serve", "a page did not open");
    Ok(Pages { public: public.await.map_err(closed)?, staff: staff.await.map_err(closed)? })
}

/// What to open, in which order, with which codes.
fn say(desk: &Desk<'_>, counter: &Counter, sits: &[Sits], pages: &Pages) {
    let say = |line: &str| desk.out.say(line);
    let now = when(counter.home().now());
    say("");
    say(&format!("An agency to try. Here it is {now}; it is open day and night. ctrl-C ends it."));
    say(&format!("staff      {}en/", pages.staff.url));
    say(&format!("customers  {}", pages.public.url));
    say("");
    for one in sits {
        let place = one.agency.unwrap_or("the customer centre");
        say(&format!("{} {}, {place}", one.name, one.does));
        if let Some(terminal) = &one.terminal {
            say(&format!(
                "  terminal   {}en/terminal   code {}   (15 minutes)",
                pages.staff.url,
                terminal.code.as_str()
            ));
            say("             it shows a thumbprint. Somebody else looks, and types here:");
            say(&format!(
                "             terminal admit {} \"THUMBPRINT\" --by privacy.officer",
                terminal.terminal
            ));
        }
        match &one.invite {
            Some(invite) => say(&format!(
                "  passkey    {}en/enrol      code {}",
                pages.staff.url,
                invite.code.as_str()
            )),
            None => say("  passkey    there is one; sign in"),
        }
    }
    say(
        "Each agency's terminal is a browser profile of its own: open the centre's in another one.",
    );
    say("");
    for Coming { number, mail, at, card } in counter.customers() {
        say(&format!("customer   {number}   {mail}   booked {}   card {card}", when(*at)));
    }
    for line in [CUSTOMER, NO_PASSKEY] {
        say(line);
    }
    if !cfg!(feature = "browser") {
        say(NO_MODULES);
    }
    say(
        "Any command of staff can be typed here, on this clock: terminal list, staff invite, alarm list …",
    );
}

/// Carries out what is typed into this window, on the drill's clock, until nothing more can be typed.
fn listen(desk: &Desk<'_>, clock: &Clock) {
    let (dir, out, clock) = (desk.dir.to_owned(), desk.out, clock.clone());
    // Ends with the command: whoever reads cannot be told to stop.
    let typed = move || {
        for line in std::io::stdin().lines().map_while(std::result::Result::ok) {
            carry_out(&dir, out, &clock, &line);
        }
    };
    drop(std::thread::Builder::new().name("typed".to_owned()).spawn(typed));
}

fn carry_out(dir: &Path, out: Out, clock: &Clock, line: &str) {
    let words = words(line);
    if words.is_empty() {
        return;
    }
    match Args::try_parse_from(std::iter::once("simrecall".to_owned()).chain(words)) {
        Ok(args) => {
            let desk = Desk { dir, out, clock: clock.clone() };
            if let Err(problem) = desk.run(&args.verb) {
                out.fail(&problem);
            }
        }
        Err(error) => out.remark(error.to_string().trim_end()),
    }
}

/// The words of a line, without the command's own name; what stands in quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (no, part) in line.split('"').enumerate() {
        if no % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    if words.first().is_some_and(|word| word == "simrecall") {
        words.remove(0);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_quotes_is_one_word() {
        let typed = "simrecall terminal admit 7 \"ab cd\" --by me";
        assert_eq!(words(typed), ["terminal", "admit", "7", "ab cd", "--by", "me"]);
        assert!(words("  ").is_empty());
    }
}
