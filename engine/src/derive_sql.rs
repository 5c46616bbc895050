//! The same rules as one query, for records that stay where they are.
//!
//! The query reads four tables and answers with an exposure list, which `cohort import` takes. It keeps to what Spark,
//! Trino, DuckDB and PostgreSQL have in common, reads the records once, and counts to the microsecond: a moment is
//! compared, never rounded. An encounter of one moment ends where it begins; all others end after that, so an end that
//! equals its beginning stands for "the moment itself is in".

use std::path::Path;

use simrecall_core::cohort::{Certainty, Item};
use simrecall_core::derive::{LeakRule, Length, LossRule, Rules};

use crate::derive;
use crate::problem::Result;
use crate::staff::hex;

/// Whose SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Spark 3.4 and later.
    Spark,
    /// Trino.
    Trino,
}

/// A number as it is dialled at home, however it was written: `010-0123-4567` and `+82 10 0123 4567` are one.
const NUMBER: &str = "CASE WHEN translate(msisdn, '+-(). ', '') LIKE '82%'
             THEN concat('0', substr(translate(msisdn, '+-(). ', ''), 3))
             ELSE translate(msisdn, '+-(). ', '') END";

/// What a cell can read, as the cells' list may say it.
const READ: [Item; 5] = [Item::Imsi, Item::Imei, Item::Msisdn, Item::Location, Item::CallRecord];

impl Dialect {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Spark, Self::Trino];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spark => "spark",
            Self::Trino => "trino",
        }
    }

    /// A moment as lists have it, with its offset.
    const fn moment(self) -> &'static str {
        match self {
            Self::Spark => {
                "concat(date_format(exposed_at, 'yyyy-MM-dd'), 'T', date_format(exposed_at, 'HH:mm:ss.SSSSSSXXX'))"
            }
            Self::Trino => "to_iso8601(exposed_at)",
        }
    }

    /// The type of a moment in its tables.
    const fn moment_type(self) -> &'static str {
        match self {
            Self::Spark => "TIMESTAMP",
            Self::Trino => "timestamp(6) with time zone",
        }
    }
}

/// A text, an item and so on as a literal. Rules hold nothing that needs escaping, and this does not rely on it.
fn literal(dialect: Dialect, text: &str) -> String {
    match dialect {
        Dialect::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Dialect::Trino => format!("'{}'", text.replace('\'', "''")),
    }
}

/// The query for the rules of a file, or for those that ship.
pub fn emit(rules: Option<&Path>, dialect: Dialect) -> Result<String> {
    Ok(query(&derive::rules(rules)?, dialect))
}

/// The query for a rule set.
pub fn query(rules: &Rules, dialect: Dialect) -> String {
    let query = Query { rules, dialect };
    let tables = [
        query.reach(),
        MET.to_owned(),
        HELD.to_owned(),
        query.paid(),
        query.weighed(),
        Query::summed(),
        query.said(),
    ];
    let tables: Vec<String> = tables.into_iter().filter(|table| !table.is_empty()).collect();
    format!("{}WITH\n{}\n{}", query.heading(), tables.join(",\n"), query.list())
}

/// When a card was within reach of a rogue cell. The records are read here and nowhere else.
const MET: &str = "\
stay AS (
  SELECT r.rule, r.weight, r.reads, r.opens, r.closes, a.imsi, nullif(a.imei, '') AS imei, a.started_at,
         greatest(a.started_at, coalesce(a.ended_at, a.started_at + r.linger)) AS left_at
  FROM attach a JOIN reach r ON r.cell = a.cell
  WHERE a.ended_at IS NULL OR a.ended_at >= a.started_at
),
met AS (
  SELECT rule, weight, reads, imsi, imei, greatest(started_at, opens) AS met_from,
         CASE WHEN closes < left_at THEN closes ELSE left_at END AS met_to
  FROM stay
  WHERE (closes IS NULL OR started_at < closes) AND (started_at >= opens OR left_at > opens)
)";

/// Whose line it was then: cut where the holder or the card changed.
const HELD: &str = "\
held AS (
  SELECT l.line, l.subscriber, l.msisdn, l.imsi, m.imei, m.rule, m.weight, m.reads,
         greatest(m.met_from, l.held_from) AS met_from,
         CASE WHEN l.held_to < m.met_to THEN l.held_to ELSE m.met_to END AS met_to
  FROM met m JOIN registry_lines l ON l.imsi = m.imsi
  WHERE (l.held_from <= m.met_from OR l.held_from < m.met_to)
    AND (l.held_to IS NULL OR l.held_to > m.met_from)
),
placed AS (
  SELECT h.*, row_number() OVER (
           PARTITION BY line, subscriber ORDER BY met_from, imsi, msisdn, coalesce(imei, 'x')) AS place
  FROM held h
)";

struct Query<'a> {
    rules: &'a Rules,
    dialect: Dialect,
}

impl Query<'_> {
    fn heading(&self) -> String {
        let Rules { id, .. } = self.rules;
        let sha256 = hex(&self.rules.sha256());
        let (name, moment) = (self.dialect.name(), self.dialect.moment_type());
        format!(
            "\
-- Whom the network's records expose, for {name}. Rules: {id}, SHA-256 {sha256}
--
-- The result is an exposure list. Write it as CSV with its header, and take it in with: simrecall cohort import
-- Evidence from outside is not in it; add it again after the import.
--
-- Tables, in whatever catalogue they are found without a prefix (views will do):
--   attach (imsi, imei, cell, started_at, ended_at)             ended_at: null where a record has no end
--   cells (cell, valid_from, valid_to, reads, certainty)        valid_to: null where a cell is still on the air
--   payments (msisdn, paid_at, method)
--   registry_lines (line, subscriber, msisdn, imsi, held_from, held_to)
--                                                               held_to: for lines still held, the moment the table shows
-- Moments are {moment}, to the microsecond. reads is such as 'imsi;imei', certainty confirmed or possible.
-- IMSIs and cells are compared as they are written; numbers may be written as in 010-0123-4567 or +82 10 0123 4567.
"
        )
    }

    /// Each window as each rule sees it.
    fn reach(&self) -> String {
        let windows: Vec<String> = self.rules.leak.iter().map(|rule| self.reach_by(rule)).collect();
        format!("reach AS (\n{}\n)", windows.join("\n  UNION ALL\n"))
    }

    fn reach_by(&self, rule: &LeakRule) -> String {
        let certain = Certainty::ALL.into_iter().filter(|one| rule.takes(*one));
        let (grace, linger) = (seconds(rule.grace), seconds(self.rules.record_without_end));
        format!(
            "  SELECT {} AS rule, {} AS weight, cell, concat(';', replace(reads, ' ', ''), ';') AS reads,
         valid_from - {grace} AS opens, valid_to + {grace} AS closes, {linger} AS linger
  FROM cells WHERE certainty IN ({})",
            self.text(&rule.id),
            weight(rule.fact),
            self.texts(certain.map(Certainty::code)),
        )
    }

    /// Payments that count, and whose they were; nothing if no rule asks for payments.
    fn paid(&self) -> String {
        if self.rules.loss.is_empty() {
            return String::new();
        }
        format!(
            "\
paid AS (
  SELECT l.line, l.subscriber, p.paid_at, p.method
  FROM (SELECT {} AS number, paid_at, method FROM payments
        WHERE method IN ({})) p
  JOIN (SELECT {} AS number, line, subscriber, held_from, held_to
        FROM registry_lines) l ON l.number = p.number
  WHERE p.paid_at >= l.held_from AND (l.held_to IS NULL OR p.paid_at < l.held_to)
)",
            NUMBER,
            self.texts(self.rules.methods()),
            NUMBER,
        )
    }

    /// Encounters, each with what its payments weigh.
    fn weighed(&self) -> String {
        if self.rules.loss.is_empty() {
            return "weighed AS (\n  SELECT e.*, 0 AS loss FROM placed e\n)".to_owned();
        }
        let (before, after) = self.rules.loss_reach();
        format!(
            "\
weighed AS (
  SELECT e.*,
         CASE {}
              ELSE 0 END AS loss
  FROM placed e LEFT JOIN paid p ON p.line = e.line AND p.subscriber = e.subscriber
    AND p.paid_at >= e.met_from - {} AND p.paid_at <= e.met_to + {}
)",
            self.losses().join("\n              "),
            seconds(before),
            seconds(after)
        )
    }

    /// When a payment is a loss; what is confirmed first, since the first that fits counts.
    fn losses(&self) -> Vec<String> {
        let surest_first = Certainty::ALL.into_iter().rev();
        let of = |fact: Certainty| self.rules.loss.iter().filter(move |rule| rule.fact == fact);
        surest_first.flat_map(of).map(|rule| self.loss_by(rule)).collect()
    }

    fn loss_by(&self, rule: &LossRule) -> String {
        let leak = rule.leak.iter().filter_map(|no| self.rules.leak_rule(*no));
        let (before, after) = (seconds(rule.before), seconds(rule.after));
        format!(
            "WHEN e.rule IN ({}) AND p.method IN ({})
               AND p.paid_at >= e.met_from - {before}
               AND (p.paid_at < e.met_to + {after} OR (e.met_to = e.met_from AND p.paid_at = e.met_to + {after}))
              THEN {}",
            self.texts(leak.map(|rule| rule.id.as_str())),
            self.texts(rule.methods.iter().map(String::as_str)),
            weight(rule.fact),
        )
    }

    /// What is true of a line of a holder: 2 where it is confirmed, 1 where it is possible.
    fn summed() -> String {
        let read = READ.map(|item| {
            let (code, column) = (item.code(), column(item));
            format!("max(CASE WHEN position(';{code};' IN reads) > 0 THEN weight ELSE 0 END) AS {column}")
        });
        let loss = format!("max(loss) AS {}", column(Item::PaymentLoss));
        format!(
            "\
summed AS (
  SELECT line, subscriber, min(met_from) AS exposed_at,
         max(CASE WHEN place = 1 THEN msisdn END) AS msisdn,
         max(CASE WHEN place = 1 THEN imsi END) AS imsi,
         max(CASE WHEN place = 1 THEN imei END) AS imei,
         {},
         {loss}
  FROM weighed GROUP BY line, subscriber
)",
            read.join(",\n         ")
        )
    }

    fn said(&self) -> String {
        format!(
            "\
said AS (
  SELECT line, msisdn, imsi, imei, exposed_at,
         concat_ws(';', {}) AS sure,
         concat_ws(';', {}) AS maybe
  FROM summed
)",
            self.names(Certainty::Confirmed),
            self.names(Certainty::Possible)
        )
    }

    fn names(&self, fact: Certainty) -> String {
        let items =
            Item::ALL.into_iter().filter(|item| READ.contains(item) || *item == Item::PaymentLoss);
        let name = |item: Item| {
            format!(
                "CASE WHEN {} = {} THEN {} END",
                column(item),
                weight(fact),
                self.text(item.code())
            )
        };
        items.map(name).collect::<Vec<_>>().join(",\n                       ")
    }

    fn list(&self) -> String {
        format!(
            "\
SELECT line, msisdn, imsi, coalesce(imei, '') AS imei,
       CASE WHEN sure = '' THEN maybe ELSE sure END AS items,
       CASE WHEN sure = '' THEN 'possible' ELSE 'confirmed' END AS certainty,
       {} AS exposed_at,
       CASE WHEN sure = '' THEN '' ELSE maybe END AS possible
FROM said
WHERE sure <> '' OR maybe <> ''
",
            self.dialect.moment()
        )
    }

    fn text(&self, text: &str) -> String {
        literal(self.dialect, text)
    }

    fn texts<'t>(&self, texts: impl Iterator<Item = &'t str>) -> String {
        texts.map(|text| self.text(text)).collect::<Vec<_>>().join(", ")
    }
}

/// The greater covers the smaller, as what is confirmed covers what is possible.
const fn weight(fact: Certainty) -> u8 {
    match fact {
        Certainty::Possible => 1,
        Certainty::Confirmed => 2,
    }
}

fn column(item: Item) -> String {
    format!("has_{}", item.code())
}

fn seconds(length: Length) -> String {
    format!("INTERVAL '{}' SECOND", length.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_ends_where_it_should() {
        assert_eq!(literal(Dialect::Trino, "a'b\\c"), "'a''b\\c'");
        assert_eq!(literal(Dialect::Spark, "a'b\\c"), "'a\\'b\\\\c'");
    }

    #[test]
    fn a_query_says_by_which_rules() {
        let rules = Rules::builtin();
        for dialect in Dialect::ALL {
            let text = query(&rules, dialect);
            assert!(text.contains(&rules.id) && text.contains(&hex(&rules.sha256())), "{text}");
            assert!(rules.methods().all(|method| text.contains(&format!("'{method}'"))), "{text}");
            assert_eq!(text.matches("FROM attach").count(), 1, "the records are read once");
        }
    }

    #[test]
    fn rules_without_losses_ask_for_no_payments() {
        let rules = Rules::parse(
            "id = \"a\"\nrecord_without_end = \"1m\"\n[[leak]]\nid = \"b\"\nwindows = [\"confirmed\"]\ngrace = \"0s\"\n\
             fact = \"confirmed\"\n",
        );
        let text = query(&rules.unwrap(), Dialect::Trino);
        assert!(!text.contains("FROM payments"), "{text}");
    }
}
