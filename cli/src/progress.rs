//! A calm line while a wave is sent.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use simrecall_engine::send::{Progress, Watch};

use crate::report::{Out, count};

/// Draws a bar where people watch; elsewhere says a line every ten seconds.
pub(crate) struct Screen {
    out: Out,
    bar: Option<ProgressBar>,
    said: Option<Instant>,
}

impl Screen {
    pub(crate) fn new(out: Out) -> Self {
        let bar = out.is_watched().then(|| {
            let style = ProgressStyle::with_template(" send  {bar:20} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("█▉ ");
            ProgressBar::new(0).with_style(style)
        });
        Self { out, bar, said: None }
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
        if self.said.is_none_or(|said| said.elapsed() > Duration::from_secs(10)) {
            self.said = Some(Instant::now());
            self.out.remark(&format!(" send  {}", words(progress)));
        }
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
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        words.push(format!("ETA {hours}:{minutes:02}:{:02}", seconds % 60));
    }
    words.extend(progress.last_problem.iter().map(|problem| format!("last: {problem}")));
    words.join("  ")
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
}
