//! `fake`: texts that only look like ours.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::fake::{self, Added, CampaignAnswer, Handed, Report, ReportAnswer};

use super::register::message;
use super::{Desk, sequence};
use crate::args::FakeVerb;
use crate::report::{Sheet, when};

/// Senders and hosts that a row names.
const NAMED: usize = 5;

pub(super) fn run(desk: &Desk<'_>, verb: &FakeVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        FakeVerb::Add { text, sender, seen_at, by } => {
            let text = message(text)?;
            let report = Report { text: &text, sender, seen_at: *seen_at, by };
            let answer = fake::add(&home, &report)?;
            sequence(&home);
            Ok(desk.say(&answer, || added(&answer)))
        }
        FakeVerb::List => {
            let campaigns = fake::list(&home)?;
            Ok(desk.say(&campaigns, || listed(&campaigns)))
        }
        FakeVerb::Reports { by } => {
            let reports = fake::reports(&home, by)?;
            sequence(&home);
            Ok(desk.say(&reports, || waiting(&reports)))
        }
        FakeVerb::Accept { report, dismiss: true, by } => {
            fake::dismiss(&home, report, by)?;
            sequence(&home);
            Ok(desk.say(&serde_json::json!({ "dismissed": report }), || "dropped".to_owned()))
        }
        FakeVerb::Accept { report, dismiss: false, by } => {
            let answer = fake::accept(&home, report, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || added(&answer)))
        }
        FakeVerb::Export { out, by } => {
            let answer = fake::export(&home, out, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || handed(&answer)))
        }
    }
}

fn waiting(reports: &[ReportAnswer]) -> String {
    if reports.is_empty() {
        return "none waits".to_owned();
    }
    let one = |sheet: Sheet, report: &ReportAnswer| {
        let from = if report.sender.is_empty() { "an unknown sender" } else { &report.sender };
        // Whatever a stranger wrote, it stays text on a screen.
        let text: String =
            report.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        sheet
            .line(&format!("{}  {}  from {from}", report.id, when(report.reported_at)))
            .row("says", text)
    };
    reports.iter().fold(Sheet::default(), one).text()
}

fn added(answer: &Added) -> String {
    let after = answer.after.map(|(wave, no)| format!("wording {no} of wave {wave}"));
    Sheet::default()
        .line(&format!("fake {}, of campaign {}", answer.no, answer.campaign))
        .row("reports", format!("{} of this campaign", answer.reports))
        .row_if(after.is_some(), "made after", after.unwrap_or_default())
        .row_if(!answer.hosts.is_empty(), "hosts", some(answer.hosts.iter()))
        .text()
}

fn listed(campaigns: &[CampaignAnswer]) -> String {
    if campaigns.is_empty() {
        return "none was reported so far".to_owned();
    }
    campaigns.iter().fold(Sheet::default(), campaign).text()
}

fn campaign(sheet: Sheet, one: &CampaignAnswer) -> Sheet {
    sheet
        .line(&format!("campaign {}: {} reports", one.campaign, one.reports))
        .row("seen", format!("{} to {}", when(one.first_seen), when(one.last_seen)))
        .row_if(!one.senders.is_empty(), "senders", some(one.senders.iter()))
        .row_if(!one.hosts.is_empty(), "hosts", some(one.hosts.iter()))
        .row_if(!one.phrases.is_empty(), "says", one.phrases.first().cloned().unwrap_or_default())
}

/// The first few, and how many more there are.
fn some<'a>(all: impl ExactSizeIterator<Item = &'a String>) -> String {
    let more = all.len().saturating_sub(NAMED);
    let named: Vec<&str> = all.take(NAMED).map(String::as_str).collect();
    let named = named.join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

fn handed(answer: &Handed) -> String {
    let Handed { folder, reports, senders, hosts, phrases } = answer;
    Sheet::default()
        .line(&format!("{reports} reports, in {}", folder.display()))
        .row("senders.csv", senders)
        .row("hosts.csv", hosts)
        .row("phrases.csv", phrases)
        .text()
}
