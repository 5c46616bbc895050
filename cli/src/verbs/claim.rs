//! `claim`: money that customers ask back, or that the carrier found to be theirs.

use std::process::ExitCode;

use simrecall_engine::claim::export::{self, ExportAnswer, NewExport};
use simrecall_engine::claim::find::{self, LossesAnswer, NewLosses};
use simrecall_engine::claim::paid::{self, PaidAnswer};
use simrecall_engine::claim::review::{self, ClaimAnswer, ClaimRow, Decision};
use simrecall_engine::claim::schedule::{self, ScheduleAnswer};
use simrecall_engine::claim::waive;
use simrecall_engine::{Home, Problem, Result};

use super::{Desk, sequence, two};
use crate::args::{ClaimVerb, Decide, OneClaim, Verdict};
use crate::report::{Sheet, count, when};

pub(super) fn run(desk: &Desk<'_>, verb: &ClaimVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let code = match verb {
        ClaimVerb::List { incident, by } => {
            let claims = review::list(&home, incident, by)?;
            return Ok(desk.say(&claims, || listed(&claims)));
        }
        ClaimVerb::Show(OneClaim { claim, incident, by }) => {
            let answer = review::show(&home, incident, claim, by)?;
            desk.say(&answer, || words(&answer))
        }
        ClaimVerb::Take(OneClaim { claim, incident, by }) => {
            let answer = review::take(&home, incident, claim, by)?;
            desk.say(&answer, || words(&answer))
        }
        ClaimVerb::Waive(OneClaim { claim, incident, by }) => {
            let answer = waive::waive(&home, incident, claim, by)?;
            desk.say(&answer, || words(&answer))
        }
        ClaimVerb::Decide(decide) => {
            let answer = decided(&home, decide)?;
            desk.say(&answer, || words(&answer))
        }
        ClaimVerb::Import { file, incident, by } => {
            let answer = find::import(&home, &NewLosses { incident, file, by: two(by)? })?;
            desk.say(&answer, || found(&answer))
        }
        ClaimVerb::Schedule { incident, again, by } => {
            let answer = schedule::schedule(&home, incident, *again, by)?;
            desk.say(&answer, || scheduled(&answer))
        }
        ClaimVerb::Export { file, incident, pay_on, to, by } => {
            let new = NewExport { incident, pay_on: *pay_on, to, file, by: two(by)? };
            let answer = export::export(&home, &new)?;
            desk.say(&answer, || exported(&answer))
        }
        ClaimVerb::Paid { file, incident, by } => {
            let answer = paid::paid(&home, incident, file, by)?;
            desk.say(&answer, || settled(&answer))
        }
    };
    sequence(&home);
    Ok(code)
}

fn decided(home: &Home, decide: &Decide) -> Result<ClaimAnswer> {
    let Decide { claim, verdict, won, reason, incident, by } = decide;
    let unasked = |what: &str| {
        let what = format!("{what} goes with another decision");
        Problem::input("decision", what).hint("see: simrecall claim decide --help")
    };
    let decision = match (verdict, won, reason.clone()) {
        (Verdict::Approve, None, None) => Decision::Approve,
        (Verdict::Part, Some(won), Some(reason)) => Decision::Part { won: *won, reason },
        (Verdict::Reject, None, Some(reason)) => Decision::Reject { reason },
        (Verdict::Ask, None, Some(reason)) => Decision::Ask { reason },
        (Verdict::Approve, None, Some(_)) => return Err(unasked("--reason")),
        (Verdict::Approve | Verdict::Part | Verdict::Reject | Verdict::Ask, _, _) => {
            return Err(unasked("--won"));
        }
    };
    review::decide(home, &review::Decide { incident, claim, decision: &decision, by })
}

fn listed(claims: &[ClaimRow]) -> String {
    if claims.is_empty() {
        return "none waits for us".to_owned();
    }
    let line = |sheet: Sheet, one: &ClaimRow| {
        let outside = if one.outside_cohort { "   on no list: look at its exposure" } else { "" };
        let (kind, state, since) = (one.kind, one.state, when(one.changed_at));
        sheet.line(&format!("{}  {kind}  {state}  since {since}{outside}", one.id))
    };
    claims.iter().fold(Sheet::default(), line).text()
}

fn words(answer: &ClaimAnswer) -> String {
    let ClaimAnswer { row, line, amount_won, granted_won, day, merchant, note, same } = answer;
    let granted = granted_won.unwrap_or(0);
    Sheet::default()
        .line(&format!("claim {} ({})", row.id, row.state))
        .row("line", line)
        .row("about", format!("{}, found by {}", row.kind, row.source))
        .row("amount", format!("{} won on {day}", count(*amount_won)))
        .row_if(granted_won.is_some(), "granted", format!("{} won", count(granted)))
        .row_if(!merchant.is_empty(), "paid to", merchant)
        .row_if(!note.is_empty(), "note", note)
        .row_if(!same.is_empty(), "same", format!("perhaps the same money: {}", same.join(", ")))
        .row_if(
            row.appeal_until.is_some(),
            "objection",
            format!("until {}", row.appeal_until.map(when).unwrap_or_default()),
        )
        .row_if(
            row.outside_cohort,
            "exposure",
            "on no list when it was handed in: look at it again",
        )
        .text()
}

fn found(answer: &LossesAnswer) -> String {
    let sheet = Sheet::default()
        .line(&format!("{} losses", count(answer.rows)))
        .row("approved", count(answer.approved))
        .row_if(answer.again > 0, "on record", count(answer.again));
    let linked = |sheet: Sheet, one: &find::Linked| {
        sheet.row("look at", format!("{}: perhaps what {} claims", one.claim, one.with))
    };
    answer.linked.iter().fold(sheet, linked).text()
}

fn scheduled(answer: &ScheduleAnswer) -> String {
    let ScheduleAnswer { pay_on, scheduled, may_object, failed } = answer;
    Sheet::default()
        .line(&format!("{} claims are paid on {pay_on}", count(*scheduled)))
        .row_if(*may_object > 0, "later", format!("{} may still object", count(*may_object)))
        .row_if(*failed > 0, "failed", format!("{} wait for --again", count(*failed)))
        .text()
}

fn exported(answer: &ExportAnswer) -> String {
    let ExportAnswer { payments, again, won, other_holder, sha256 } = answer;
    let sheet = Sheet::default()
        .line(&format!("{} payments, {} won", count(*payments), count(*won)))
        .row_if(*again > 0, "again", format!("{} were in a file before", count(*again)))
        .row("sha256", sha256);
    let other = |sheet: Sheet, claim: &String| {
        sheet.row("not paid", format!("{claim}: somebody else has the line now"))
    };
    other_holder.iter().fold(sheet, other).text()
}

fn settled(answer: &PaidAnswer) -> String {
    let PaidAnswer { paid, failed, again } = answer;
    Sheet::default()
        .line(&format!("{} claims were paid", count(*paid)))
        .row_if(*failed > 0, "failed", count(*failed))
        .row_if(*again > 0, "known", count(*again))
        .text()
}
