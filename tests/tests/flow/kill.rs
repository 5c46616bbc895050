//! A sender that is killed again and again loses nobody, tells nobody twice unflagged, and leaves at most a window in doubt.

use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;
use simrecall_core::delivery::{Rung, Standing};
use simrecall_core::id::AttemptKey;
use simrecall_gateway::sandbox::smsc::{Answers, Receipts, SmscPlan};
use simrecall_tests::Backend;

use crate::support::{
    Chance, Due, Network, Sending, Stage, Taken, Try, Verdict, attempts, dues, faults, judge,
    mails_doubled, open_attempts, orphans, people, recycled_numbers, taken,
};

const KILLS: usize = 22;
const WINDOW: usize = 100;
/// How many messages arrive between two kills, at most.
const MOST: u64 = 110;

#[rstest]
#[case::sqlite(Backend::Sqlite, 20_250_911)]
#[case::postgres(Backend::Postgres, 20_250_912)]
fn a_killed_sender_loses_nobody(#[case] backend: Backend, #[case] seed: u64) {
    println!("{backend:?}, seed {seed}");
    let mut chance = Chance::new(seed);
    // Slow answers keep the window full; slow receipts let some doubts be resent before their receipt comes.
    let network = Network::start(SmscPlan {
        seed,
        answers: Answers { delay_ms: 40, ..Answers::default() },
        receipts: Receipts { spread_ms: 2_500, duplicate_permille: 10, ..Receipts::default() },
        ..SmscPlan::default()
    });
    let stage = Stage::with(backend, &network, &people(seed, 4_500));
    let mut left_open = Vec::new();
    for _ in 0..KILLS {
        left_open.push(kill(&stage, &network, chance.between(1, MOST)));
    }
    Sending::start(&stage).finish();
    check(&stage, &network, &left_open);
}

/// Lets a sender run until so many more messages have arrived, and kills it; gives back the intents it left without a result.
fn kill(stage: &Stage, network: &Network, more: u64) -> BTreeSet<AttemptKey> {
    let before = open_attempts(stage.home(), stage.wave, Rung::Lms);
    Sending::start(stage).kill_at(network, network.submits() + more);
    let after = open_attempts(stage.home(), stage.wave, Rung::Lms);
    let left: BTreeSet<AttemptKey> = after.difference(&before).copied().collect();
    assert!(left.len() <= WINDOW, "{} in doubt after one kill", left.len());
    left
}

fn check(stage: &Stage, network: &Network, left_open: &[BTreeSet<AttemptKey>]) {
    let home = stage.home();
    let taken = taken(home, &network.smsc_log);
    let dues = dues(home, &[stage.wave]);
    let known: BTreeMap<AttemptKey, _> =
        attempts(home, stage.wave).into_iter().map(|attempt| (attempt.key, attempt)).collect();
    let arrived: BTreeSet<([u8; 16], u16)> =
        taken.iter().map(|message| (message.destination, message.reference)).collect();
    let is_taken = |key: &AttemptKey| {
        known[key].destination.is_some_and(|to| arrived.contains(&(to, key.short_reference())))
    };
    let in_flight = left_open.iter().filter(|left| left.iter().any(is_taken)).count();
    let most = left_open.iter().map(BTreeSet::len).max().unwrap_or(0);
    let in_doubt: usize = left_open.iter().map(BTreeSet::len).sum();
    let resent = known.values().filter(|attempt| attempt.intent.resend).count();
    println!(
        "{} kills, {in_flight} with messages in flight; {} to tell, {} messages taken; \
         {in_doubt} in doubt in all, {most} at most after one kill; {resent} resent, flagged; {} messages beyond one each",
        left_open.len(),
        dues.len(),
        taken.len(),
        taken.len() - dues.len(),
    );
    assert_eq!(judge(&taken, &dues), Verdict::CLEAN);
    assert_eq!(mails_doubled(home, stage.wave, &network.mail_log), 0);
    assert!(in_flight >= 15, "only {in_flight} kills met messages in flight");
    assert!(resent > 0, "nothing was in doubt long enough to be resent");
    for attempt in known.values().filter(|attempt| attempt.intent.rung == Rung::Lms) {
        let standing = attempt.state.standing();
        let expected = if is_taken(&attempt.key) { Standing::Delivered } else { Standing::InDoubt };
        assert_eq!(standing, expected, "{}: its receipt is not matched", attempt.key);
    }
    assert_eq!(orphans(home), 0);
    assert_eq!(faults(home), Vec::<String>::new());
    assert_none_recycled(stage, network);
}

/// Nobody who took an exposed number over is told of somebody else's exposure.
fn assert_none_recycled(stage: &Stage, network: &Network) {
    let recycled = recycled_numbers(stage.home());
    assert!(!recycled.is_empty());
    let log = std::fs::read_to_string(&network.smsc_log).unwrap();
    assert_eq!(recycled.iter().filter(|number| log.contains(*number)).count(), 0);
}

/// A sender in a few lines, killed at any step; what it does with intents is its only choice.
struct Model {
    chance: Chance,
    writes_intents: bool,
    /// What the network took: the recipient and the try.
    network: Vec<(u32, u16)>,
    /// What survives a kill: intents and results, by recipient.
    intents: BTreeMap<u32, Vec<Try>>,
    results: BTreeSet<u32>,
}

impl Model {
    const RECIPIENTS: u32 = 2_000;

    /// Sends, and is killed 25 times on the way.
    fn run(seed: u64, writes_intents: bool) -> Verdict {
        println!("seed {seed}");
        let mut model = Self {
            chance: Chance::new(seed),
            writes_intents,
            network: Vec::new(),
            intents: BTreeMap::new(),
            results: BTreeSet::new(),
        };
        for _ in 0..25 {
            let steps = model.chance.between(1, 60);
            model.send(Some(steps));
        }
        model.send(None);
        model.verdict()
    }

    /// One life, of so many windows; the last of them is cut short somewhere.
    fn send(&mut self, windows: Option<u64>) {
        // Whatever has an intent and no result is in doubt when a new life begins.
        let doubtful: BTreeSet<u32> =
            self.intents.keys().filter(|to| !self.results.contains(to)).copied().collect();
        let open: Vec<u32> =
            (0..Self::RECIPIENTS).filter(|to| !self.results.contains(to)).collect();
        for (n, window) in (1..).zip(open.chunks(5)) {
            let is_last = windows == Some(n);
            for to in window {
                self.submit(*to, doubtful.contains(to), is_last);
            }
            if is_last {
                return;
            }
            self.results.extend(window);
        }
    }

    fn submit(&mut self, to: u32, resend: bool, is_dying: bool) {
        let tries = self.intents.get(&to).map_or(0, Vec::len);
        let reference = u16::try_from(tries + 1).unwrap();
        if self.writes_intents {
            self.intents.entry(to).or_default().push(Try { reference, resend });
        }
        if !is_dying || self.chance.between(0, 1) == 1 {
            self.network.push((to, reference));
        }
    }

    fn verdict(&self) -> Verdict {
        let taken: Vec<Taken<u32>> = self
            .network
            .iter()
            .map(|(to, reference)| Taken {
                destination: *to,
                reference: *reference,
                text: "t".to_owned(),
            })
            .collect();
        // Without intents all a ledger can say in the end is that each recipient had a first try.
        let first = vec![Try { reference: 1, resend: false }];
        let dues: Vec<Due<u32>> = (0..Self::RECIPIENTS)
            .map(|to| Due {
                destination: to,
                tries: self.intents.get(&to).unwrap_or(&first).clone(),
            })
            .collect();
        judge(&taken, &dues)
    }
}

#[test]
fn the_judge_sees_a_sender_without_intents() {
    let verdict = Model::run(7, false);
    assert!(verdict.doubled > 0 && verdict.texts_doubled > 0, "{verdict:?}");
}

#[test]
fn the_judge_passes_a_sender_with_intents() {
    assert_eq!(Model::run(7, true), Verdict::CLEAN);
}

#[test]
fn the_judge_sees_who_is_lost_and_what_nobody_sent() {
    let due = |to: u32| Due { destination: to, tries: vec![Try { reference: 1, resend: false }] };
    let taken = Taken { destination: 3, reference: 9, text: "t".to_owned() };
    let verdict = judge(&[taken], &[due(1), due(2)]);
    assert_eq!(verdict, Verdict { lost: 2, doubled: 0, texts_doubled: 1, unknown: 1 });
}
