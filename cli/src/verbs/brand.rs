//! `brand`: lists for brands that tell their people themselves, and the results that come back.

use std::process::ExitCode;

use simrecall_core::id::WaveNo;
use simrecall_engine::Result;
use simrecall_engine::brand_list::{self, Exported, Taken};

use super::{Desk, sequence};
use crate::args::BrandVerb;
use crate::report::{Sheet, count, short, when};

pub(super) fn run(desk: &Desk<'_>, verb: &BrandVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let done = match verb {
        BrandVerb::Export { wave, brand, out, by } => {
            brand_list::export(&home, WaveNo(*wave), brand, out, by).map(|exported| {
                let next = format!("brand results --wave {wave} --brand {brand} FILE --by NAME");
                desk.say(&exported, || export_words(&exported).next(&desk.next(&next)).text())
            })
        }
        BrandVerb::Results { wave, brand, file, by } => {
            brand_list::results(&home, WaveNo(*wave), brand, file, by)
                .map(|taken| desk.say(&taken, || result_words(&taken)))
        }
    };
    sequence(&home);
    done
}

fn export_words(exported: &Exported) -> Sheet {
    let Exported { wave, brand, no, targets, repeated, held_back, sha256, at } = exported;
    Sheet::default()
        .line(&format!("list {no} of {brand}, wave {}", wave.0))
        .row("targets", count(*targets))
        .row_if(
            *repeated > 0,
            "repeated",
            format!("{}, which an earlier list may have had", count(*repeated)),
        )
        .row_if(!held_back.is_empty(), "held back", format!("people in {}", held_back.join(", ")))
        .row("file", format!("sha256 {} · {}", short(sha256), when(*at)))
}

fn result_words(taken: &Taken) -> String {
    if taken.repeated {
        return format!("this very file of {} was taken before; nothing was done", taken.brand);
    }
    let parts: Vec<String> =
        taken.by_outcome.iter().map(|(name, rows)| format!("{name} {}", count(*rows))).collect();
    Sheet::default()
        .line(&format!("results of {}, wave {}", taken.brand, taken.wave))
        .row("rows", format!("{}  {}", count(taken.rows), parts.join(" · ")))
        .row("new", count(taken.new))
        .text()
}
