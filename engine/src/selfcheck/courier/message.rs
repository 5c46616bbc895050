//! The rounds of the courier who has codes sent by the carrier's message service.

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::later::Later;
use super::{FAREWELL, Letter, Message};
use crate::selfcheck::Door;
use crate::selfcheck::otp::{self, Fate};

/// Codes handed to the service at a time. Those that wait for another try count, so that a dead service fills the queue and not
/// memory.
const MOST: usize = 4;

/// Has codes sent until `stop`, then finishes what is under way.
pub(super) async fn run(door: &Door, stop: impl Future<Output = ()> + Send) {
    let mut rounds = Rounds { door, later: Later::default(), under_way: JoinSet::new() };
    tokio::pin!(stop);
    loop {
        let has_room = rounds.under_way.len() + rounds.later.len() < MOST;
        let (wakes, waits) = (rounds.later.wakes_at(), rounds.later.len() > 0);
        tokio::select! {
            () = &mut stop => break,
            letter = door.inner.codes.messages.next(), if has_room => rounds.take(letter),
            Some(tried) = rounds.under_way.join_next() => {
                if let Ok((letter, fate)) = tried {
                    rounds.hear(letter, fate);
                }
            }
            () = sleep_until(wakes), if waits => rounds.again(),
        }
    }
    let until = Instant::now() + FAREWELL;
    while !rounds.under_way.is_empty() {
        tokio::select! {
            () = sleep_until(until) => break,
            Some(_) = rounds.under_way.join_next() => {}
        }
    }
}

struct Rounds<'a> {
    door: &'a Door,
    later: Later<Message>,
    under_way: JoinSet<(Letter<Message>, Fate)>,
}

impl Rounds<'_> {
    fn take(&mut self, letter: Letter<Message>) {
        self.later.forget_before(&letter);
        let is_overtaken = self.door.inner.codes.messages.overtakes(&letter);
        if is_overtaken || letter.until <= self.door.now() {
            return;
        }
        let door = self.door.clone();
        self.under_way.spawn_blocking(move || {
            let fate = otp::send(&door, &letter);
            (letter, fate)
        });
    }

    fn hear(&mut self, mut letter: Letter<Message>, fate: Fate) {
        match fate {
            Fate::NotTaken => self.later.put(letter),
            // The message may be out, with a code that nobody can check: once more, and not for ten minutes.
            Fate::InDoubt if !letter.what.is_second => {
                letter.what.is_second = true;
                self.later.put(letter);
            }
            Fate::Sent | Fate::InDoubt | Fate::Never => {}
        }
    }

    fn again(&mut self) {
        for letter in self.later.due() {
            self.take(letter);
        }
    }
}
