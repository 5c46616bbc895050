//! `simrecall.toml`: typed, complete, refused when it makes no sense.
//!
//! Every value can be overridden from the environment as `SIMRECALL_` + the path in capitals with two underscores
//! between steps (`SIMRECALL_STORE__URL`). Passwords stand in files of their own, never in here.

mod agency;
mod brand;
mod camara;
mod claims;
mod filing;
mod hlr;
mod law;
mod orders;
mod parcels;
mod portal;
mod price;
mod quiet;
mod register;
mod replacement;
mod route;
mod span;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use serde::Deserialize;
use simrecall_core::delivery::Rung;
use simrecall_core::notice::Language;
use simrecall_core::notice::encoding::{Capacity, Charset};

pub use agency::{AgencyConfig, AlarmLimits, CentreHours, StaffLimits};
pub use brand::BrandConfig;
pub use camara::{CamaraConfig, IntrospectionConfig};
pub use claims::ClaimsConfig;
pub use filing::{FilerConfig, FilingConfig};
pub use hlr::HlrConfig;
pub use law::LawConfig;
pub use orders::{OrdersConfig, ReceiverConfig};
pub use parcels::ParcelsConfig;
pub use portal::{Limits, LoginBinds, LoginConfig, OtpConfig, PortalConfig};
pub use price::Prices;
pub use quiet::QuietHours;
pub use register::RegisterConfig;
pub use replacement::{Programme, ReplacementConfig};
pub use route::{RouteCharset, RouteConfig, SmppConfig, SmtpConfig};
pub use span::Span;

use crate::problem::{self, Problem, Result};

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where memory is.
    pub store: StoreConfig,
    /// Where the root key is.
    #[serde(default)]
    pub keys: KeysConfig,
    /// Each brand of the registry: its words, and who tells its people.
    pub brands: BTreeMap<String, BrandConfig>,
    /// The E-mail addresses mails come from and bounce to.
    pub mail: MailIdentity,
    /// The law that binds this carrier.
    #[serde(default)]
    pub law: LawConfig,
    /// Who reports to authorities.
    #[serde(default)]
    pub filing: FilingConfig,
    /// How notices are sent.
    pub wave: WaveConfig,
    /// Ways into the network, by name.
    pub routes: BTreeMap<String, RouteConfig>,
    /// The rungs, in order.
    pub ladder: Vec<RungConfig>,
    /// The file that says what a message costs, for the plan.
    #[serde(default)]
    pub prices: Option<PathBuf>,
    /// How often the register answers.
    #[serde(default)]
    pub register: RegisterConfig,
    /// The customer's page, if this installation serves one.
    #[serde(default)]
    pub portal: Option<PortalConfig>,
    /// The network's register of subscribers, if cards are swapped from here.
    #[serde(default)]
    pub hlr: Option<HlrConfig>,
    /// What banks may ask, if this installation answers them.
    #[serde(default)]
    pub camara: Option<CamaraConfig>,
    /// The page that staff work at, if this installation serves one.
    #[serde(default)]
    pub agency: Option<AgencyConfig>,
    /// When claims are paid, and what people may choose besides.
    #[serde(default)]
    pub claims: ClaimsConfig,
    /// New cards: for whom, which, from when on.
    #[serde(default)]
    pub replacement: ReplacementConfig,
    /// Other systems that take orders.
    #[serde(default)]
    pub orders: OrdersConfig,
    /// New cards that go to people's homes.
    #[serde(default)]
    pub parcels: ParcelsConfig,
}

/// Where memory is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// `sqlite:PATH` (relative to the home) or `postgres://…`.
    pub url: String,
}

/// Where the root key is; by default `keys/root.key` in the home.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// A file readable by its owner only.
    pub root_key_file: Option<PathBuf>,
    /// A command that prints the key in hex, for a key service.
    pub root_key_command: Option<Vec<String>>,
    /// The name of an environment variable that holds the key in hex.
    pub root_key_environment: Option<String>,
}

/// Whom mails come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailIdentity {
    /// The address people see.
    pub from: String,
    /// The host of bounce addresses and message ids.
    pub bounce_host: String,
    /// A maildir that bounces arrive in.
    #[serde(default)]
    pub bounces: Option<PathBuf>,
}

/// How notices are sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WaveConfig {
    /// How many staff members of different roles must sign.
    pub approvals: usize,
    /// How many people the canary stage has.
    pub canary: u32,
    /// How long a chunk stays with a sender that does not renew it.
    pub lease: Span,
    /// How long an attempt in doubt waits for news before the policy decides.
    pub settle_after: Span,
    /// How long a mail may still come back.
    pub bounce_window: Span,
    /// Local hours in which no first try goes out, unless a due time could then not be met.
    pub quiet: Option<QuietHours>,
    /// Telephone numbers that notices may name besides the desk's and the hotline's.
    pub numbers: Vec<String>,
    /// Whether each message shows a code that its recipient can have checked.
    pub message_code: bool,
    /// Halt by itself when more than this share of at least 100 answers is refusals, in percent.
    pub halt_at_refused_percent: u32,
}

impl Default for WaveConfig {
    fn default() -> Self {
        Self {
            approvals: 2,
            canary: 0,
            lease: Span(TimeDelta::seconds(30)),
            settle_after: Span(TimeDelta::minutes(10)),
            bounce_window: Span(TimeDelta::days(3)),
            quiet: None,
            numbers: ["118", "1833-6972"].map(str::to_owned).to_vec(),
            message_code: false,
            halt_at_refused_percent: 30,
        }
    }
}

/// One rung of the ladder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RungConfig {
    /// Which.
    pub rung: Rung,
    /// The route it goes over.
    pub route: String,
    /// How long to wait for a receipt before the next rung.
    pub give_up_after: Span,
    /// How many tries.
    #[serde(default = "one_try")]
    pub max_tries: i16,
    /// How long between tries.
    #[serde(default = "ten_minutes")]
    pub retry_after: Span,
}

const fn ten_minutes() -> Span {
    Span(TimeDelta::minutes(10))
}
const fn one_try() -> i16 {
    1
}

impl Config {
    /// Reads and checks the file in a home.
    pub fn read(home: &Path) -> Result<Self> {
        let path = home.join("simrecall.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            problem::file(&path, error)
                .hint("start with: simrecall --home DIR init, or name the right folder with --home")
        })?;
        let overrides = std::env::vars()
            .filter_map(|(name, value)| Some((name.strip_prefix("SIMRECALL_")?.to_owned(), value)));
        Self::parse(&text, overrides)
    }

    /// Reads a text with overrides laid over it.
    pub fn parse(
        text: &str,
        overrides: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let mut table: toml::Table = toml::from_str(text).map_err(|error| refused(&error))?;
        for (name, value) in overrides {
            lay_over(&mut table, &name, &value);
        }
        let config: Self = table.try_into().map_err(|error| refused(&error))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if self.ladder.is_empty() {
            return Err(wrong("ladder", "it has no rung; at least one is needed"));
        }
        for rung in &self.ladder {
            let Some(route) = self.routes.get(&rung.route) else {
                let known = self.routes.keys().cloned().collect::<Vec<_>>().join(", ");
                let what = format!(
                    "rung {} names route {}, which is not among {known}",
                    rung.rung.name(),
                    rung.route
                );
                return Err(wrong("ladder", &what));
            };
            if !route.carries(rung.rung) {
                let what = format!("route {} cannot carry rung {}", rung.route, rung.rung.name());
                return Err(wrong("ladder", &what));
            }
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if let Some(brand) = self.brands.keys().find(|brand| !brand.chars().all(plain)) {
            return Err(wrong(
                "brands",
                &format!("{brand:?} has more than letters, digits, - and _; it names files"),
            ));
        }
        for (brand, config) in &self.brands {
            config.check().map_err(|what| wrong(&format!("brands.{brand}"), what))?;
        }
        let mut routes: Vec<&str> = self.ladder.iter().map(|rung| rung.route.as_str()).collect();
        routes.sort_unstable();
        if let Some(twice) = routes
            .windows(2)
            .find_map(|two| (two.first() == two.last()).then(|| two.first()))
            .flatten()
        {
            let what =
                format!("two rungs go over route {twice}; its window and licence hold for one");
            return Err(wrong("ladder", &what));
        }
        self.law.check().map_err(|(key, what)| wrong(&format!("law.{key}"), what))?;
        self.register.check().map_err(|(key, what)| wrong(&format!("register.{key}"), what))?;
        if let Some(camara) = &self.camara {
            camara.check().map_err(|(key, what)| wrong(&format!("camara.{key}"), what))?;
        }
        if let Some(agency) = &self.agency {
            agency.check().map_err(|(key, what)| wrong(&format!("agency.{key}"), what))?;
        }
        let replacement = self.replacement.check();
        replacement.map_err(|(key, what)| wrong(&format!("replacement.{key}"), what))?;
        let orders = self.orders.check();
        orders.map_err(|(key, what)| wrong(&format!("orders.receivers.{key}"), what))?;
        let parcels = self.parcels.check();
        parcels.map_err(|(key, what)| wrong(&format!("parcels.{key}"), what))?;
        if let Some(portal) = &self.portal {
            self.check_portal(portal)?;
        }
        if let Some(hlr) = &self.hlr {
            hlr.check().map_err(|(key, what)| wrong(&format!("hlr.{key}"), what))?;
        }
        if self.wave.approvals < 2 {
            return Err(wrong("wave.approvals", "one person must never release alone; 2 at least"));
        }
        Ok(())
    }

    fn check_portal(&self, portal: &PortalConfig) -> Result<()> {
        portal.check().map_err(|(key, what)| wrong(&format!("portal.{key}"), what))?;
        if let Some(brand) = &portal.brand
            && !self.brands.contains_key(brand)
        {
            return Err(wrong("portal.brand", &format!("no brand is called {brand}")));
        }
        match portal.mail_route.as_ref().map(|name| (name, self.routes.get(name))) {
            None | Some((_, Some(RouteConfig::Smtp(_)))) => Ok(()),
            Some((name, _)) => {
                Err(wrong("portal.mail_route", &format!("no mail relay is called {name}")))
            }
        }
    }

    /// The mail route that codes go over: the portal's own, else the one of the ladder.
    pub fn code_route(&self) -> Option<(&str, &SmtpConfig)> {
        let own = self.portal.as_ref().and_then(|portal| portal.mail_route.as_ref());
        let (name, route) = match own {
            Some(name) => self.routes.get_key_value(name).map(|(name, route)| (&**name, route))?,
            None => self.route_of(Rung::Email)?,
        };
        match route {
            RouteConfig::Smtp(smtp) => Some((name, smtp)),
            RouteConfig::Smpp(_) | RouteConfig::Letters { .. } | RouteConfig::Posting { .. } => {
                None
            }
        }
    }

    /// The registered number that notices come from.
    pub fn sender(&self) -> &str {
        let short = self.routes.values().find_map(|route| match route {
            RouteConfig::Smpp(smpp) => Some(smpp.sender.as_str()),
            RouteConfig::Smtp(_) | RouteConfig::Letters { .. } | RouteConfig::Posting { .. } => {
                None
            }
        });
        short.unwrap_or(&self.mail.from)
    }

    /// What the route of long messages carries; a domestic one if there is none.
    pub fn capacity(&self) -> Capacity {
        match self.route_of(Rung::Lms) {
            Some((_, RouteConfig::Smpp(smpp))) => smpp.capacity(),
            Some((
                _,
                RouteConfig::Smtp(_) | RouteConfig::Letters { .. } | RouteConfig::Posting { .. },
            ))
            | None => Capacity::DOMESTIC,
        }
    }

    /// Whether long messages show a language's letters.
    pub fn shows(&self, language: Language) -> bool {
        match self.capacity().charset {
            Charset::Ucs2 => true,
            Charset::Ksx1001 | Charset::Gsm7 => match language {
                Language::Korean | Language::English => true,
                Language::Chinese | Language::Vietnamese | Language::Japanese => false,
            },
        }
    }

    /// The route a rung goes over.
    pub fn route_of(&self, rung: Rung) -> Option<(&str, &RouteConfig)> {
        let name = &self.ladder.iter().find(|step| step.rung == rung)?.route;
        self.routes.get_key_value(name).map(|(name, route)| (name.as_str(), route))
    }
}

fn lay_over(table: &mut toml::Table, name: &str, value: &str) {
    let mut steps: Vec<String> = name.split("__").map(str::to_lowercase).collect();
    let Some(last) = steps.pop() else { return };
    if steps.is_empty() {
        return; // other variables of ours, such as SIMRECALL_HOME, name no setting
    }
    let mut table = table;
    for step in steps {
        let entry = table.entry(step).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let toml::Value::Table(inner) = entry else { return };
        table = inner;
    }
    let value = value.parse().map_or_else(
        |_| match value {
            "true" => toml::Value::Boolean(true),
            "false" => toml::Value::Boolean(false),
            _ => toml::Value::String(value.to_owned()),
        },
        toml::Value::Integer,
    );
    table.insert(last, value);
}

fn refused(error: &toml::de::Error) -> Problem {
    Problem::configuration("config", "simrecall.toml is not understood")
        .detail(error.to_string().trim().to_owned())
        .hint("mend the line, then: simrecall config check")
}

fn wrong(place: &str, what: &str) -> Problem {
    Problem::configuration("config", format!("simrecall.toml, {place}: {what}"))
        .hint("mend it, then: simrecall config check")
}
