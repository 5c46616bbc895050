//! A calm line while a wave is sent.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use simrecall_engine::send::{Progress, Watch};

use crate::report::{Out, count};

/// Draws a bar where people watch; elsewhere says a line every ten seconds.
pub(crate) struct Screen<'a> {
    out: &'a Out,
    bar: Option<ProgressBar>,
    said: Option<Instant>,
}

impl<'a> Screen<'a> {
    pub(crate) fn new(out: &'a Out) -> Self {
        let bar = out.is_watched().then(|| {
            let style = ProgressStyle::with_template(" send  {bar:20} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("█▉ ");
            ProgressBar::new(0).with_style(style)
        });
        Self { out, bar, said: None }
    }

    /// Leaves the last numbers standing.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}

impl Watch for Screen<'_> {
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
    let mut words = format!(
        "{}/{}  {:.0}/s{}  in flight {}  in doubt {}  receipts to come {}",
        count(progress.answered),
        count(progress.targets),
        progress.per_second,
        licence(progress.licence_per_second),
        count(progress.in_flight),
        count(progress.in_doubt),
        count(progress.awaiting_receipt),
    );
    if progress.paused {
        words.push_str("  paused");
    } else if let Some(seconds) = progress.eta_seconds.filter(|seconds| *seconds > 0) {
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        words.push_str(&format!("  ETA {hours}:{minutes:02}:{:02}", seconds % 60));
    }
    if let Some(problem) = &progress.last_problem {
        words.push_str(&format!("  last: {problem}"));
    }
    words
}

fn licence(per_second: u32) -> String {
    if per_second == 0 { String::new() } else { format!(" of {}", count(per_second)) }
}
