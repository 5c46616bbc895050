//! The table.

use std::fmt;

/// What is to be reached, against something else.
#[derive(Debug, Clone, Copy)]
pub(super) enum Goal {
    /// So many times as fast, at least.
    AtLeast(f64),
    /// So many times as long (or as much), at most.
    AtMost(f64),
    /// Only to be known.
    None,
}

/// One line of the table.
#[derive(Debug)]
struct Row {
    what: String,
    ours: String,
    other: String,
    ratio: Option<f64>,
    goal: Goal,
    peak_kib: u64,
}

/// All lines so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<Row>,
}

/// One side of a comparison: what is shown, and the number.
#[derive(Debug, Clone)]
pub(super) struct Side {
    /// The number.
    pub(super) value: f64,
    /// As shown.
    pub(super) shown: String,
}

impl Side {
    /// So many a second.
    pub(super) fn rate(what: &str, per_second: f64) -> Self {
        Self { value: per_second, shown: format!("{what} {per_second:.0}/s") }
    }

    /// So many seconds.
    pub(super) fn seconds(what: &str, seconds: f64) -> Self {
        Self { value: seconds, shown: format!("{what} {seconds:.2} s") }
    }

    /// So many MiB.
    pub(super) fn memory(what: &str, kib: u64) -> Self {
        let mib = super::real(kib) / 1024.0;
        Self { value: mib, shown: format!("{what} {mib:.0} MiB") }
    }
}

impl Report {
    /// Adds a comparison. `peak_kib` is of the process that is ours.
    pub(super) fn compare(
        &mut self,
        what: &str,
        (ours, other): (&Side, &Side),
        goal: Goal,
        peak_kib: u64,
    ) {
        let row = Row {
            what: what.to_owned(),
            ours: ours.shown.clone(),
            other: other.shown.clone(),
            ratio: Some(ours.value / other.value),
            goal,
            peak_kib,
        };
        self.push(row);
    }

    /// Adds a figure that is compared with nothing.
    pub(super) fn note(&mut self, what: &str, ours: &Side, peak_kib: u64) {
        let row = Row {
            what: what.to_owned(),
            ours: ours.shown.clone(),
            other: String::new(),
            ratio: None,
            goal: Goal::None,
            peak_kib,
        };
        self.push(row);
    }

    fn push(&mut self, row: Row) {
        super::say(&format!("          {row}"));
        self.rows.push(row);
    }
}

impl Row {
    fn judged(&self) -> String {
        let met = |met: bool| if met { "met" } else { "MISSED" };
        match (self.goal, self.ratio) {
            (Goal::AtLeast(goal), Some(ratio)) => format!("≥ {goal} {}", met(ratio >= goal)),
            (Goal::AtMost(goal), Some(ratio)) => format!("≤ {goal} {}", met(ratio <= goal)),
            (Goal::AtLeast(_) | Goal::AtMost(_) | Goal::None, _) => String::new(),
        }
    }

    fn cells(&self) -> [String; 6] {
        [
            self.what.clone(),
            self.ours.clone(),
            self.other.clone(),
            self.ratio.map(|ratio| format!("{ratio:.2}×")).unwrap_or_default(),
            self.judged(),
            format!("{:.0} MiB", super::real(self.peak_kib) / 1024.0),
        ]
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = self.cells();
        let filled: Vec<&str> =
            cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
        f.write_str(&filled.join(" · "))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| what | ours | compared with | ratio | goal | peak memory |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.cells().join(" | "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_judged_from_its_side() {
        let mut report = Report::default();
        let (ours, other) = (Side::rate("a", 60.0), Side::rate("b", 100.0));
        report.compare("x", (&ours, &other), Goal::AtLeast(0.5), 1024);
        report.compare("y", (&ours, &other), Goal::AtMost(0.5), 1024);
        let text = report.to_string();
        assert!(text.contains("| x | a 60/s | b 100/s | 0.60× | ≥ 0.5 met | 1 MiB |"), "{text}");
        assert!(text.contains("≤ 0.5 MISSED"), "{text}");
    }
}
