//! `config`: whether simrecall.toml can be used, and what it says, without secrets.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use simrecall_core::order::Kind;
use simrecall_engine::config::{Config, RouteConfig};
use simrecall_engine::law::load_packs;
use simrecall_engine::{Problem, Result};

use super::Desk;
use crate::args::ConfigVerb;
use crate::report::{Sheet, count};

/// What would be used.
#[derive(Debug, Serialize)]
struct ConfigAnswer {
    store: &'static str,
    statutes: Vec<String>,
    packs: usize,
    approvals: usize,
    canary: u32,
    brands: Vec<String>,
    routes: Vec<RouteAnswer>,
    ladder: Vec<RungAnswer>,
    /// Kinds of orders that no system takes: they wait.
    nobody_takes: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct RouteAnswer {
    name: String,
    kind: &'static str,
    /// An address, or a folder.
    place: String,
    per_second: u32,
    window: u32,
}

#[derive(Debug, Serialize)]
struct RungAnswer {
    rung: &'static str,
    route: String,
    give_up_after_seconds: i64,
    max_tries: i16,
}

pub(super) fn run(desk: &Desk<'_>, verb: &ConfigVerb) -> Result<ExitCode> {
    match verb {
        ConfigVerb::Check => check(desk),
    }
}

fn check(desk: &Desk<'_>) -> Result<ExitCode> {
    let config = Config::read(desk.dir)?;
    missing_files(desk.dir, &config)?;
    let packs = load_packs(desk.dir, &config.law)?;
    let answer = answer(&config, packs.iter().count());
    Ok(desk.say(&answer, || words(&answer)))
}

/// Files the configuration names and nobody has put there yet.
fn missing_files(home: &Path, config: &Config) -> Result<()> {
    let mut named: Vec<(String, PathBuf)> = Vec::new();
    for (brand, of) in &config.brands {
        named.push((format!("[brands] {brand}"), of.words.clone()));
    }
    for (name, route) in &config.routes {
        let files = files_of(route).into_iter();
        named.extend(files.map(|(key, file)| (format!("[routes.{name}] {key}"), file)));
    }
    if let Some(agency) = &config.agency {
        for (key, file) in [("tls_cert", &agency.tls_cert), ("tls_key", &agency.tls_key)] {
            named.extend(file.iter().map(|file| (format!("[agency] {key}"), file.clone())));
        }
    }
    if let Some(file) = &config.claims.benefits {
        named.push(("[claims] benefits".to_owned(), file.clone()));
    }
    for receiver in &config.orders.receivers {
        let files = [Some(&receiver.secret_file), receiver.tls_roots.as_ref()];
        let of =
            |file: &PathBuf| (format!("[[orders.receivers]] {}", receiver.name()), file.clone());
        named.extend(files.into_iter().flatten().map(of));
    }
    let missing: Vec<String> = named
        .into_iter()
        .filter(|(_, file)| !home.join(file).is_file())
        .map(|(place, file)| format!("{place}: {} is not there", file.display()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let problem = Problem::configuration("config", "simrecall.toml names files that are not there");
    Err(missing.into_iter().fold(problem, Problem::detail).hint(
        "put them there (a password file holds the password alone), then: simrecall config check",
    ))
}

fn files_of(route: &RouteConfig) -> Vec<(&'static str, PathBuf)> {
    let named: Vec<(&'static str, Option<&PathBuf>)> = match route {
        RouteConfig::Smpp(smpp) => vec![
            ("password_file", Some(&smpp.password_file)),
            ("tls_roots", smpp.tls_roots.as_ref()),
        ],
        RouteConfig::Smtp(smtp) => vec![
            ("password_file", smtp.password_file.as_ref()),
            ("tls_roots", smtp.tls_roots.as_ref()),
        ],
        RouteConfig::Letters { .. } | RouteConfig::Posting { .. } => Vec::new(),
    };
    named.into_iter().filter_map(|(key, file)| Some((key, file?.clone()))).collect()
}

fn answer(config: &Config, packs: usize) -> ConfigAnswer {
    let postgres = config.store.url.starts_with("postgres");
    ConfigAnswer {
        store: if postgres { "PostgreSQL" } else { "SQLite" },
        statutes: config.law.statutes.clone(),
        packs,
        approvals: config.wave.approvals,
        canary: config.wave.canary,
        brands: config.brands.keys().cloned().collect(),
        routes: config.routes.iter().map(|(name, route)| route_answer(name, route)).collect(),
        ladder: config
            .ladder
            .iter()
            .map(|step| RungAnswer {
                rung: step.rung.name(),
                route: step.route.clone(),
                give_up_after_seconds: step.give_up_after.0.num_seconds(),
                max_tries: step.max_tries,
            })
            .collect(),
        nobody_takes: config.orders.orphans().into_iter().map(Kind::name).collect(),
    }
}

fn route_answer(name: &str, route: &RouteConfig) -> RouteAnswer {
    let (kind, place) = match route {
        RouteConfig::Smpp(smpp) => ("smpp", smpp.address.clone()),
        RouteConfig::Smtp(smtp) => ("smtp", smtp.address.clone()),
        RouteConfig::Letters { dir } => ("letters", dir.display().to_string()),
        RouteConfig::Posting { dir, .. } => ("posting", dir.display().to_string()),
    };
    RouteAnswer {
        name: name.to_owned(),
        kind,
        place,
        per_second: route.per_second(),
        window: route.window(),
    }
}

fn words(answer: &ConfigAnswer) -> String {
    let mut sheet = Sheet::default()
        .line("simrecall.toml can be used")
        .row("store", answer.store)
        .row("law", format!("{} ({} rule packs)", answer.statutes.join(", "), answer.packs))
        .row("brands", answer.brands.join(", "))
        .row("approvals", format!("{} people of different roles", answer.approvals));
    sheet = sheet.row_if(answer.canary > 0, "canary", count(answer.canary));
    for RouteAnswer { name, kind, place, per_second, window } in &answer.routes {
        let licence =
            if *per_second > 0 { format!(" · {}/s", count(*per_second)) } else { String::new() };
        let window =
            if *window > 0 { format!(" · window {}", count(*window)) } else { String::new() };
        sheet = sheet.row("route", format!("{name:<10} {kind:<8} {place}{licence}{window}"));
    }
    let ladder = answer.ladder.iter().map(|rung| {
        format!(
            "{} over {}, {} h",
            rung.rung,
            rung.route,
            count(rung.give_up_after_seconds / 3_600)
        )
    });
    let nobody = answer.nobody_takes.join(", ");
    sheet
        .row("ladder", ladder.collect::<Vec<_>>().join(" → "))
        .row_if(!nobody.is_empty(), "orders wait", format!("no system takes {nobody}"))
        .text()
}
