//! `register`: what we said, word for word.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use simrecall_engine::register::{
    self, CodeAnswer, Exported, Is, MatchAnswer, OursAnswer, Question,
};
use simrecall_engine::{Problem, Result};

use super::{Desk, sequence};
use crate::args::RegisterVerb;
use crate::report::{Sheet, count, short, when};

/// Bytes that are read of a message at most.
const MOST: u64 = 2_000_000;

pub(super) fn run(desk: &Desk<'_>, verb: &RegisterVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        RegisterVerb::Export { incident, out, by } => {
            let answer = register::export(&home, incident, out, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || exported(&answer)))
        }
        RegisterVerb::Match { file, sender } => {
            let answer = register::match_text(&home, &message(file)?, sender.as_deref())?;
            Ok(desk.judge(answer.is == Is::Official, &answer, || matched(&answer)))
        }
        RegisterVerb::Code { incident, number, code, by } => {
            let question = Question { reach: number, code, by };
            let answer = register::check_code(&home, incident, &question)?;
            sequence(&home);
            Ok(desk.judge(answer.genuine, &answer, || checked(&answer)))
        }
    }
}

/// A message from a file, or from standard input.
pub(super) fn message(file: &Path) -> Result<String> {
    let read = if file == Path::new("-") {
        read(std::io::stdin())
    } else {
        std::fs::File::open(file).and_then(read)
    };
    read.map_err(|error| {
        Problem::input("file", format!("{} cannot be read", file.display()))
            .caused_by(error)
            .hint("put the message alone into a file, as UTF-8")
    })
}

fn read(from: impl std::io::Read) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

fn exported(answer: &Exported) -> String {
    let waves: Vec<String> = answer.waves.iter().map(ToString::to_string).collect();
    Sheet::default()
        .line(&format!("{} wordings of waves {}", answer.wordings, waves.join(", ")))
        .row("page", answer.page.display())
        .row("for programs", answer.json.display())
        .row("sha256", short(&answer.sha256))
        .text()
}

fn matched(answer: &MatchAnswer) -> String {
    let title = match answer.is {
        Is::Official => "official: ours, word for word",
        Is::OtherSender => "not ours: our words, but from another sender",
        Is::Altered => "not ours: one of our texts, altered",
        Is::Link => "not ours: it holds an address, and our messages never do",
        Is::NotOurs => "not ours: nothing like it was sent",
    };
    let mut sheet = Sheet::default().line(title);
    if let Some(ours) = &answer.ours {
        sheet = sheet.row("ours", one_of_ours(ours)).row("comes from", &ours.sender);
    }
    if let Some(name) = &answer.addressed_to {
        sheet = sheet.row("speaks to", format!("{name}: is that the person who holds it?"));
    }
    for place in &answer.places {
        sheet = sheet.row("differs", &place.en).row("", &place.ko);
    }
    if answer.is != Is::Official {
        sheet = sheet.next("fake add --text FILE --sender NUMBER --seen-at TIME --by NAME");
    }
    sheet.text()
}

fn one_of_ours(ours: &OursAnswer) -> String {
    let OursAnswer { wave, no, kind, language, rung, .. } = ours;
    format!("wave {wave}, wording {no}: {} by {rung} ({language})", kind.replace('_', " "))
}

fn checked(answer: &CodeAnswer) -> String {
    let Some(sent) = &answer.sent else {
        return "no: no message of ours with this code went there".to_owned();
    };
    let kind = sent.kind.replace('_', " ");
    Sheet::default()
        .line("genuine: we sent it")
        .row("sent", format!("{} by {}", when(sent.at), sent.rung))
        .row("what", format!("{kind} notice ({}), wave {}", sent.language, count(sent.wave)))
        .text()
}
