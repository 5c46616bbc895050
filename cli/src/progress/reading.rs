//! A calm line while records are read.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use simrecall_engine::derive::{Pass, Progress, Watch};

use super::{SILENCE, eta};
use crate::report::{Out, count};

/// Bytes in a mebibyte.
const MEBIBYTE: u64 = 1024 * 1024;

/// Draws a bar where people watch; elsewhere says a line now and then.
pub(crate) struct Reading {
    out: Out,
    bar: Option<ProgressBar>,
    start: Instant,
    last: Duration,
}

impl Reading {
    pub(crate) fn new(out: Out) -> Self {
        let bar = out.is_watched().then(|| {
            let style = ProgressStyle::with_template(" {prefix:<9} {bar:20} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("█▉ ");
            ProgressBar::new(0).with_style(style)
        });
        Self { out, bar, start: Instant::now(), last: Duration::ZERO }
    }

    /// Takes the bar away: the answer says it all.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Reading {
    fn see(&mut self, progress: &Progress) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(progress.pass.name());
            bar.set_length(progress.all);
            bar.set_position(progress.done);
            bar.set_message(words(progress));
            return;
        }
        let at = self.start.elapsed();
        if at.saturating_sub(self.last) >= SILENCE {
            self.last = at;
            self.out.remark(&format!(" {:<9} {}", progress.pass.name(), words(progress)));
        }
    }
}

fn words(progress: &Progress) -> String {
    let Progress { pass, done, all, rows, kept, eta_seconds } = progress;
    let mut words = match pass {
        Pass::Attach | Pass::Payments => {
            let of = format!("{}/{} MiB", count(done / MEBIBYTE), count(all / MEBIBYTE));
            vec![of, format!("{} rows", count(*rows))]
        }
        Pass::Resolve | Pass::Losses | Pass::Merge => vec![format!("{done}/{all}")],
    };
    words.push(format!("{} kept", count(*kept)));
    words.extend(eta_seconds.filter(|seconds| *seconds > 0).map(eta));
    words.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_it_is() {
        let progress = Progress {
            pass: Pass::Attach,
            done: 3 * MEBIBYTE,
            all: 1_500 * MEBIBYTE,
            rows: 50_000,
            kept: 12,
            eta_seconds: Some(65),
        };
        assert_eq!(words(&progress), "3/1,500 MiB  50,000 rows  12 kept  ETA 0:01:05");
        let parts =
            Progress { pass: Pass::Merge, done: 7, all: 256, eta_seconds: None, ..progress };
        assert_eq!(words(&parts), "7/256  12 kept");
    }
}
