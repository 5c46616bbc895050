//! What approvers sign.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::hex::Hex;
use super::{Ladder, Pace, Quiet};
use crate::cohort::RevisionHash;
use crate::delivery::{Policy, Rung};
use crate::id::{RevisionNo, SnapshotNo, WaveNo};
use crate::incident::IncidentCode;

/// How many a wave concerns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Persons who are told: primary targets.
    pub persons: u64,
    /// Copies to lines of children and companies.
    pub copies: u64,
    /// Lines the notices speak of.
    pub lines: u64,
    /// Lines of the revision without a notice, each with a reason.
    pub left_out: u64,
    /// Rows of the list that could not be resolved to a line.
    pub unresolved: u64,
}

/// What is bound of the texts, beyond templates and words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// The rules that ask, in their versions, and the elements they ask for.
    pub asked: [u8; 32],
    /// The report of a lint that found nothing.
    pub lint: [u8; 32],
    /// All wordings, as they are registered.
    pub wordings: [u8; 32],
    /// Whether messages show a code.
    pub message_code: bool,
    /// The characters and the bytes that a long message may have, as its route carries them.
    pub carries: Option<(&'static str, usize)>,
}

/// Everything a release depends on. Two different waves never have the same statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The incident.
    pub incident: IncidentCode,
    /// The wave.
    pub wave: WaveNo,
    /// The revision it tells.
    pub revision: RevisionNo,
    /// The hash of the revision's content.
    pub revision_hash: RevisionHash,
    /// The registry snapshot the contacts come from.
    pub snapshot: SnapshotNo,
    /// The moment at which holders and contacts are taken.
    pub cutoff: DateTime<Utc>,
    /// The root over all targets.
    pub targets_root: [u8; 32],
    /// How many it concerns.
    pub counts: Counts,
    /// SHA-256 of each template set, by name such as `confirmed/ko`.
    pub templates: BTreeMap<String, [u8; 32]>,
    /// The law that was asked, lint's answer, the wordings.
    pub texts: Texts,
    /// The registered sender number.
    pub sender: String,
    /// The rungs and their patience.
    pub ladder: Ladder,
    /// The route each rung takes, by name.
    pub routes: BTreeMap<Rung, String>,
    /// The most that may be sent; slower needs no approval.
    pub max_pace: Pace,
    /// How many targets go first and are looked at before the others follow.
    pub canary: u32,
    /// The hours in which no first try goes out, if a due time allows.
    pub quiet: Option<Quiet>,
    /// Waiting and doubt.
    pub policy: Policy,
}

impl Statement {
    /// The bytes whose hash is signed.
    ///
    /// UTF-8 text, one `key value` a line, each line ended by a line feed, in a fixed order; `template` and `rung`
    /// repeat. Times are UTC with microseconds, spans whole seconds, hashes lower-case hexadecimal. A free text stands
    /// last on its line, with the backslash doubled and characters that cannot be seen as `\u{…}`, so that no text can
    /// pass for another line and the approver sees everything that is signed.
    pub fn canonical(&self) -> String {
        let mut text = String::from("simrecall approval v1\n");
        let mut put = |key: &str, value: &dyn std::fmt::Display| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{key} {value}");
        };
        put("incident", &self.incident);
        put("wave", &self.wave.0);
        put("revision", &format_args!("{} {}", self.revision.0, self.revision_hash));
        put("snapshot", &self.snapshot.0);
        put("cutoff", &self.cutoff.to_rfc3339_opts(SecondsFormat::Micros, true));
        put("targets", &Hex(&self.targets_root));
        put("persons", &self.counts.persons);
        put("copies", &self.counts.copies);
        put("lines", &self.counts.lines);
        put("left_out", &self.counts.left_out);
        put("unresolved", &self.counts.unresolved);
        for (name, hash) in &self.templates {
            put("template", &format_args!("{} {}", Hex(hash), Seen(name)));
        }
        put("asked", &Hex(&self.texts.asked));
        put("lint", &format_args!("pass {}", Hex(&self.texts.lint)));
        put("wordings", &Hex(&self.texts.wordings));
        put("message_code", &self.texts.message_code);
        if let Some((charset, bytes)) = self.texts.carries {
            put("carries", &format_args!("{bytes} {charset}"));
        }
        put("sender", &Seen(&self.sender));
        for rule in self.ladder.rules() {
            let route = self.routes.get(&rule.rung).map_or("", String::as_str);
            let [patience, pause] = [rule.give_up_after, rule.retry_after].map(|t| t.num_seconds());
            let times = format_args!("{patience} {} {pause}", rule.max_tries);
            put("rung", &format_args!("{} {times} {}", rule.rung.name(), Seen(route)));
        }
        put("pace", &self.max_pace.per_second);
        put("window", &self.max_pace.window);
        put("canary", &self.canary);
        match self.quiet {
            Some(quiet) => put("quiet", &quiet),
            None => put("quiet", &"none"),
        }
        put("bounce_window", &seconds(self.policy.bounce_window));
        put("settle_after", &seconds(self.policy.settle_after));
        put("doubt", &if self.policy.resend_doubt { "resend" } else { "next_rung" });
        text
    }

    /// SHA-256 of the canonical bytes.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.canonical().as_bytes()).into()
    }
}

/// A span in seconds, with as many decimals as it has.
fn seconds(span: TimeDelta) -> String {
    match span.subsec_nanos() {
        0 => span.num_seconds().to_string(),
        _ => format!("{}us", span.num_microseconds().unwrap_or(i64::MAX)),
    }
}

/// A text as it can be seen.
struct Seen<'a>(&'a str);

impl std::fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' => f.write_str("\\\\"),
            c if is_unseen(c) => write!(f, "\\u{{{:x}}}", u32::from(c)),
            c => f.write_char(c),
        })
    }
}

/// Controls, line and paragraph separators, zero-width and direction marks, tags.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wave::RungRule;

    fn statement() -> Statement {
        let rule = |rung, hours| RungRule {
            rung,
            give_up_after: TimeDelta::hours(hours),
            max_tries: 2,
            retry_after: TimeDelta::minutes(30),
        };
        Statement {
            incident: IncidentCode::parse("HB-2025-09").unwrap(),
            wave: WaveNo(3),
            revision: RevisionNo(2),
            revision_hash: RevisionHash([1; 32]),
            snapshot: SnapshotNo(1),
            cutoff: DateTime::from_timestamp(1_757_600_000, 500_000).unwrap(),
            targets_root: [2; 32],
            counts: Counts { persons: 10, copies: 2, lines: 14, left_out: 3, unresolved: 1 },
            templates: [
                ("supplement/ko".to_owned(), [4; 32]),
                ("confirmed/ko".to_owned(), [3; 32]),
            ]
            .into(),
            texts: Texts {
                asked: [5; 32],
                lint: [6; 32],
                wordings: [7; 32],
                message_code: true,
                carries: Some(("ksx1001", 2_000)),
            },
            sender: "15881234".to_owned(),
            ladder: Ladder::new(vec![rule(Rung::Lms, 6), rule(Rung::Email, 24)]).unwrap(),
            routes: [(Rung::Lms, "smsc".to_owned()), (Rung::Email, "mail".to_owned())].into(),
            max_pace: Pace::new(100, 50).unwrap(),
            canary: 20,
            quiet: Quiet::parse("21:00-08:00").ok(),
            policy: Policy {
                settle_after: TimeDelta::minutes(10),
                bounce_window: TimeDelta::hours(72),
                resend_doubt: true,
            },
        }
    }

    #[test]
    fn the_canonical_form_is_pinned() {
        insta::assert_snapshot!(statement().canonical(), @r"
        simrecall approval v1
        incident HB-2025-09
        wave 3
        revision 2 0101010101010101010101010101010101010101010101010101010101010101
        snapshot 1
        cutoff 2025-09-11T14:13:20.000500Z
        targets 0202020202020202020202020202020202020202020202020202020202020202
        persons 10
        copies 2
        lines 14
        left_out 3
        unresolved 1
        template 0303030303030303030303030303030303030303030303030303030303030303 confirmed/ko
        template 0404040404040404040404040404040404040404040404040404040404040404 supplement/ko
        asked 0505050505050505050505050505050505050505050505050505050505050505
        lint pass 0606060606060606060606060606060606060606060606060606060606060606
        wordings 0707070707070707070707070707070707070707070707070707070707070707
        message_code true
        carries 2000 ksx1001
        sender 15881234
        rung lms 21600 2 1800 smsc
        rung email 86400 2 1800 mail
        pace 100
        window 50
        canary 20
        quiet 21:00-08:00
        bounce_window 259200
        settle_after 600
        doubt resend
        ");
    }

    type Change = fn(&mut Statement);

    fn changes() -> Vec<(&'static str, Change)> {
        vec![
            ("incident", |s| s.incident = IncidentCode::parse("HB-2025-10").unwrap()),
            ("wave", |s| s.wave = WaveNo(4)),
            ("revision", |s| s.revision = RevisionNo(3)),
            ("revision hash", |s| s.revision_hash = RevisionHash([9; 32])),
            ("snapshot", |s| s.snapshot = SnapshotNo(2)),
            ("cut-off", |s| s.cutoff += TimeDelta::microseconds(1)),
            ("targets", |s| s.targets_root = [9; 32]),
            ("persons", |s| s.counts.persons += 1),
            ("copies", |s| s.counts.copies += 1),
            ("lines", |s| s.counts.lines += 1),
            ("left out", |s| s.counts.left_out += 1),
            ("unresolved", |s| s.counts.unresolved += 1),
            ("template gone", |s| s.templates.retain(|name, _| name != "confirmed/ko")),
            ("template changed", |s| s.templates.extend([("confirmed/ko".to_owned(), [9; 32])])),
            ("asked", |s| s.texts.asked = [9; 32]),
            ("lint", |s| s.texts.lint = [9; 32]),
            ("wordings", |s| s.texts.wordings = [9; 32]),
            ("message code", |s| s.texts.message_code = false),
            ("charset", |s| s.texts.carries = Some(("ucs2", 2_000))),
            ("length", |s| s.texts.carries = Some(("ksx1001", 4_000))),
            ("no long messages", |s| s.texts.carries = None),
            ("quiet", |s| s.quiet = None),
            ("sender", |s| s.sender.push('5')),
            ("ladder", |s| s.ladder = Ladder::new(s.ladder.rules()[..1].to_vec()).unwrap()),
            ("route", |s| s.routes.extend([(Rung::Lms, "other".to_owned())])),
            ("pace", |s| s.max_pace.per_second += 1),
            ("window", |s| s.max_pace.window += 1),
            ("canary", |s| s.canary += 1),
            ("bounce window", |s| s.policy.bounce_window += TimeDelta::milliseconds(1)),
            ("settle after", |s| s.policy.settle_after += TimeDelta::seconds(1)),
            ("doubt", |s| s.policy.resend_doubt = false),
        ]
    }

    #[test]
    fn any_change_is_another_statement() {
        let mut hashes = vec![statement().hash()];
        for (what, change) in changes() {
            let mut changed = statement();
            change(&mut changed);
            assert!(!hashes.contains(&changed.hash()), "{what}");
            hashes.push(changed.hash());
        }
    }

    #[test]
    fn a_text_cannot_pass_for_another_line_or_hide() {
        let mut hostile = statement();
        hostile.sender = "1588\npersons 0\\n\u{202e}4321".to_owned();
        let text = hostile.canonical();
        assert_eq!(text.lines().count(), statement().canonical().lines().count());
        assert!(text.contains("\nsender 1588\\u{a}persons 0\\\\n\\u{202e}4321\n"));
    }
}
