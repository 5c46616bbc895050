//! What the sandbox does to whom. Every choice about a phone follows from the seed and its number, so that a run can
//! be repeated whatever the order of things.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::smsc::settings::mix;
use crate::smsc::status;

/// How the sandbox behaves. By default it takes everything at once and says "delivered" of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmscPlan {
    /// Decides which phones meet which fault.
    pub seed: u64,
    /// Where to listen.
    pub listen: String,
    /// Who may log in. The password is the sandbox's own and opens nothing else.
    pub system_id: String,
    /// With which password.
    pub password: String,
    /// Where to write down what arrived.
    pub log: PathBuf,
    /// The sandbox's clock at its start, for the dates in receipts.
    pub started_at: DateTime<Utc>,
    /// Answers to submissions.
    pub answers: Answers,
    /// What happens to connections.
    pub faults: Faults,
    /// Receipts.
    pub receipts: Receipts,
}

impl Default for SmscPlan {
    fn default() -> Self {
        Self {
            seed: 1,
            listen: "127.0.0.1:0".to_owned(),
            system_id: "simrecall".to_owned(),
            password: "sandbox".to_owned(),
            log: PathBuf::from("smsc.jsonl"),
            started_at: DateTime::UNIX_EPOCH,
            answers: Answers::default(),
            faults: Faults::default(),
            receipts: Receipts::default(),
        }
    }
}

/// How submissions are answered. Shares are thousandths of all phones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// How long every answer takes, in milliseconds.
    pub delay_ms: u64,
    /// The share of answers that take longer.
    pub late_permille: u16,
    /// How long those take, in milliseconds.
    pub late_ms: u64,
    /// How many submissions a second are taken; more are throttled. All, if absent.
    pub licence_per_second: Option<u32>,
    /// The share that meets a full queue.
    pub queue_full_permille: u16,
    /// How often those meet it before they are taken.
    pub queue_full_times: u32,
    /// The share that is refused as unknown.
    pub unknown_permille: u16,
    /// Phones refused with a status of your choice.
    pub refuse: Vec<Refusal>,
    /// How message ids are written.
    pub ids: IdStyle,
}

/// Phones refused with one status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// A number, or the beginning of numbers followed by `*`.
    pub destination: String,
    /// The command status.
    pub status: u32,
}

/// How message ids are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdStyle {
    /// Decimal, ten digits.
    #[default]
    Decimal,
    /// Hexadecimal in answers and TLVs, decimal in the text of receipts, as some carriers do.
    HexThenDecimal,
}

/// What happens to connections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// After so many submissions (over all connections, counted anew each time) one connection is cut.
    pub cut_after: Option<u32>,
    /// In which way.
    pub cut: Cut,
    /// How often.
    pub cuts: u32,
    /// When connections fall silent while staying open.
    pub silence: Silence,
    /// How many connections do.
    pub silences: u32,
    /// After every so many submissions a PDU nobody can read is sent.
    pub noise_every: Option<u32>,
    /// How often to ask a quiet client whether it is alive, in milliseconds.
    pub enquire_ms: Option<u64>,
    /// The status every login gets, if it is not let in.
    pub login_status: Option<u32>,
}

/// In which way a connection is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// The last submission is taken and not answered.
    #[default]
    Taken,
    /// The last submission is not taken and not answered.
    Untaken,
    /// The last submission is answered; then the sandbox takes leave with `unbind`.
    Unbind,
}

/// When connections fall silent while staying open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Not at all.
    #[default]
    Never,
    /// From the start: the login is not answered.
    Login,
    /// With the submission of this number on the connection, which is taken; nothing is read or answered after it.
    After(u32),
}

/// What is said of messages later. Shares are thousandths of all phones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Receipts {
    /// Whether there are any.
    pub enabled: bool,
    /// How they are written.
    pub form: ReceiptForm,
    /// Whether they carry the reference of the submission.
    pub echo_reference: bool,
    /// How long they take at least, in milliseconds.
    pub delay_ms: u64,
    /// How much longer they may take, in milliseconds: this is what puts them out of order.
    pub spread_ms: u64,
    /// The share that comes before the answer to its submission.
    pub early_permille: u16,
    /// The share that comes twice.
    pub duplicate_permille: u16,
    /// The share of phones that cannot be delivered to.
    pub failed_permille: u16,
    /// The share of phones that are off.
    pub off_permille: u16,
    /// When those are given up as expired, in milliseconds. Never, if absent.
    pub off_ms: Option<u64>,
}

impl Default for Receipts {
    fn default() -> Self {
        Self {
            enabled: true,
            form: ReceiptForm::Both,
            echo_reference: true,
            delay_ms: 0,
            spread_ms: 0,
            early_permille: 0,
            duplicate_permille: 0,
            failed_permille: 0,
            off_permille: 0,
            off_ms: None,
        }
    }
}

/// How receipts are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptForm {
    /// The customary text alone.
    Text,
    /// TLVs alone.
    Tlv,
    /// Text and TLVs.
    #[default]
    Both,
}

/// What becomes of a phone's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Delivered,
    /// The phone cannot be delivered to.
    Failed,
    /// The phone is off until the carrier gives up.
    Expired,
    /// The phone is off and nothing is ever said of it.
    Silent,
}

impl SmscPlan {
    /// What becomes of a message to this phone; the same whenever it is asked.
    pub fn fate(&self, destination: &str) -> Fate {
        let drawn = self.draw("fate", destination);
        let failed = self.receipts.failed_permille;
        let off = failed.saturating_add(self.receipts.off_permille);
        match self.receipts.off_ms {
            _ if drawn < failed => Fate::Failed,
            Some(_) if drawn < off => Fate::Expired,
            None if drawn < off => Fate::Silent,
            Some(_) | None => Fate::Delivered,
        }
    }

    /// The status a phone is refused with, whenever it is tried.
    pub fn refusal(&self, destination: &str) -> Option<u32> {
        let named = self.answers.refuse.iter().find(|refusal| {
            match refusal.destination.strip_suffix('*') {
                Some(start) => destination.starts_with(start),
                None => refusal.destination == destination,
            }
        });
        let unknown = self.draw("unknown", destination) < self.answers.unknown_permille;
        named.map(|refusal| refusal.status).or(unknown.then_some(status::INVALID_DESTINATION))
    }

    /// True if a phone meets a full queue on its first tries.
    pub(super) fn meets_full_queue(&self, destination: &str) -> bool {
        self.draw("queue", destination) < self.answers.queue_full_permille
    }

    /// True if answers about a phone are late.
    pub(super) fn answers_late(&self, destination: &str) -> bool {
        self.draw("late", destination) < self.answers.late_permille
    }

    /// True if a phone's receipt comes before the answer.
    pub(super) fn is_early(&self, destination: &str) -> bool {
        self.draw("early", destination) < self.receipts.early_permille
    }

    /// True if a phone's receipt comes twice.
    pub(super) fn is_duplicate(&self, destination: &str) -> bool {
        self.draw("twice", destination) < self.receipts.duplicate_permille
    }

    /// How long a phone's receipt takes, in milliseconds.
    pub(super) fn receipt_after(&self, destination: &str) -> u64 {
        let spread =
            self.receipts.spread_ms.saturating_mul(u64::from(self.draw("spread", destination)));
        self.receipts.delay_ms + spread / 1_000
    }

    /// A number below 1,000 for one question about one phone.
    fn draw(&self, question: &str, destination: &str) -> u16 {
        let fold = |hash: u64, octet: u8| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01B3);
        let octets = question.bytes().chain([0]).chain(destination.bytes());
        let hash = octets.fold(0xCBF2_9CE4_8422_2325 ^ mix(self.seed), fold);
        u16::try_from(mix(hash) % 1_000).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(seed: u64) -> SmscPlan {
        let receipts = Receipts { failed_permille: 100, off_permille: 200, ..Receipts::default() };
        SmscPlan { seed, receipts, ..SmscPlan::default() }
    }

    #[test]
    fn fates_follow_the_shares_the_seed_and_the_number() {
        let count = |plan: &SmscPlan, fate| {
            (0..10_000).filter(|n| plan.fate(&format!("82101{n:07}")) == fate).count()
        };
        let one = plan(1);
        assert!((850..1_150).contains(&count(&one, Fate::Failed)));
        assert!((1_800..2_200).contains(&count(&one, Fate::Silent)));
        let phones: Vec<_> = (0..1_000).map(|n| format!("82101{n:07}")).collect();
        assert!(phones.iter().any(|phone| one.fate(phone) != plan(2).fate(phone)));
        assert!(phones.iter().all(|phone| one.fate(phone) == plan(1).fate(phone)));
    }

    #[test]
    fn phones_are_refused_by_number_and_by_beginning() {
        let refuse = vec![
            Refusal { destination: "821012345678".to_owned(), status: 0x0B },
            Refusal { destination: "8299*".to_owned(), status: 0x45 },
        ];
        let answers = Answers { refuse, ..Answers::default() };
        let plan = SmscPlan { answers, ..SmscPlan::default() };
        assert_eq!(plan.refusal("821012345678"), Some(0x0B));
        assert_eq!(plan.refusal("8210123456789"), None);
        assert_eq!(plan.refusal("829912"), Some(0x45));
    }

    #[test]
    fn a_plan_can_be_written_in_toml() {
        let plan: SmscPlan = toml::from_str(
            r#"
            seed = 7
            [answers]
            delay_ms = 5
            refuse = [{ destination = "8299*", status = 11 }]
            [faults]
            cut_after = 100
            cut = "unbind"
            silence = { after = 3 }
            [receipts]
            form = "text"
            off_permille = 50
            "#,
        )
        .unwrap();
        assert_eq!((plan.seed, plan.answers.delay_ms), (7, 5));
        assert_eq!((plan.faults.cut, plan.faults.silence), (Cut::Unbind, Silence::After(3)));
        assert_eq!((plan.receipts.form, plan.receipts.enabled), (ReceiptForm::Text, true));
        assert_eq!(toml::from_str::<SmscPlan>(&toml::to_string(&plan).unwrap()).unwrap(), plan);
        assert!(toml::from_str::<SmscPlan>("sede = 7").is_err());
    }
}
