//! A calm line while a wave is sent, or while records are read.

mod reading;

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use simrecall_engine::send::{Progress, Watch};

pub(crate) use self::reading::Reading;
use crate::report::{Out, count};

/// Without a terminal, at least this long passes before each line.
const SILENCE: Duration = Duration::from_secs(10);

/// Draws a bar where people watch; elsewhere says a line now and then, when there is something new.
pub(crate) struct Screen {
    out: Out,
    bar: Option<ProgressBar>,
    start: Instant,
    lines: Lines,
}

impl Screen {
    pub(crate) fn new(out: Out) -> Self {
        let bar = out.is_watched().then(|| {
            let style = ProgressStyle::with_template(" send  {bar:20} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("█▉ ");
            ProgressBar::new(0).with_style(style)
        });
        Self { out, bar, start: Instant::now(), lines: Lines::default() }
    }

    /// Prints what a longer story says, above the bar.
    pub(crate) fn teller(&self) -> impl Fn(&str) + use<> {
        let (out, bar) = (self.out, self.bar.clone());
        move |line| match &bar {
            Some(bar) => bar.suspend(|| out.say(line)),
            None => out.say(line),
        }
    }

    /// Leaves the last numbers standing.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}

impl Watch for Screen {
    fn see(&mut self, progress: &Progress) {
        if let Some(bar) = &self.bar {
            bar.set_length(progress.targets);
            bar.set_position(progress.answered);
            bar.set_message(words(progress));
            return;
        }
        if self.lines.is_due(self.start.elapsed(), progress) {
            self.out.remark(&format!(" send  {}", words(progress)));
        }
    }
}

/// When a line is due.
#[derive(Default)]
struct Lines {
    /// When the last one was said.
    last: Duration,
    /// What it counted.
    said: Option<Progress>,
}

impl Lines {
    /// Whether a line is to be said `at` this time after the start. What is over sooner needs none.
    fn is_due(&mut self, at: Duration, progress: &Progress) -> bool {
        // Rates waver while nothing happens.
        let counts = Progress { per_second: 0.0, eta_seconds: None, ..progress.clone() };
        let is_new = self.said.as_ref() != Some(&counts);
        let is_due = is_new && at.saturating_sub(self.last) >= SILENCE;
        if is_due {
            (self.last, self.said) = (at, Some(counts));
        }
        is_due
    }
}

fn words(progress: &Progress) -> String {
    let rate = format!("{:.0}/s{}", progress.per_second, licence(progress.licence_per_second));
    let mut words = vec![
        format!("{}/{}", count(progress.answered), count(progress.targets)),
        rate,
        format!("in flight {}", count(progress.in_flight)),
        format!("in doubt {}", count(progress.in_doubt)),
        format!("receipts to come {}", count(progress.awaiting_receipt)),
    ];
    if progress.paused {
        words.push("paused".to_owned());
    } else if let Some(seconds) = progress.eta_seconds.filter(|seconds| *seconds > 0) {
        words.push(eta(seconds));
    }
    words.extend(progress.last_problem.iter().map(|problem| format!("last: {problem}")));
    words.join("  ")
}

fn eta(seconds: i64) -> String {
    format!("ETA {}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn licence(per_second: u32) -> String {
    if per_second == 0 { String::new() } else { format!(" of {}", count(per_second)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_shows_what_people_ask_for() {
        let progress = Progress {
            targets: 4_147,
            answered: 1_200,
            per_second: 480.4,
            licence_per_second: 500,
            in_flight: 100,
            eta_seconds: Some(3_727),
            ..Progress::default()
        };
        let line =
            "1,200/4,147  480/s of 500  in flight 100  in doubt 0  receipts to come 0  ETA 1:02:07";
        assert_eq!(words(&progress), line);
        let paused = Progress { paused: true, ..progress };
        assert!(words(&paused).ends_with("receipts to come 0  paused"));
    }

    #[test]
    fn without_a_terminal_lines_are_rare_and_new() {
        let counted =
            |answered, per_second| Progress { answered, per_second, ..Progress::default() };
        let mut lines = Lines::default();
        let mut is_due = |second, answered, rate| {
            lines.is_due(Duration::from_secs(second), &counted(answered, rate))
        };
        assert!(!is_due(0, 0, 0.0), "a short send is said by its answer");
        assert!(!is_due(9, 90, 10.0));
        assert!(is_due(10, 100, 10.0));
        assert!(!is_due(19, 190, 10.0));
        assert!(is_due(20, 200, 10.0));
        assert!(!is_due(40, 200, 0.0), "nothing has changed but the rate");
        assert!(is_due(41, 201, 0.1));
        assert!(!is_due(42, 202, 1.0));
    }
}
