//! The agency's page: where it is served, whose hours bound it, how much one person may do.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use serde::Deserialize;

use super::Span;

/// `[agency]`: the page that staff work at, on a host name of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyConfig {
    /// The host name staff type, which passkeys are for; requests for another are not answered.
    pub host: String,
    /// Where browsers see it, without a slash at the end; by default `https://` and the host.
    #[serde(default)]
    pub origin: Option<String>,
    /// Where it listens.
    #[serde(default = "port")]
    pub listen: SocketAddr,
    /// Where health and figures are asked for; never open to staff.
    #[serde(default = "ops_port")]
    pub ops_listen: SocketAddr,
    /// A PEM file with the certificate chain, relative to the home.
    #[serde(default)]
    pub tls_cert: Option<PathBuf>,
    /// A PEM file with its key, relative to the home.
    #[serde(default)]
    pub tls_key: Option<PathBuf>,
    /// Proxies in front, as addresses or networks: what they say of where a request came from is believed.
    #[serde(default)]
    pub proxies: Vec<String>,
    /// When the customer centre works.
    #[serde(default)]
    pub centre: CentreHours,
    /// A session ends when nobody used it for so long; polling is no use.
    #[serde(default = "quarter_hour")]
    pub idle: Span,
    /// A session ends so long after the sign-in, whatever happens.
    #[serde(default = "ten_hours")]
    pub session: Span,
    /// For how long images of a second look are kept after its decision.
    #[serde(default = "two_weeks")]
    pub keep_images: Span,
    /// How much one person, and one terminal, may do.
    #[serde(default)]
    pub limits: StaffLimits,
    /// When somebody's work looks like something else.
    #[serde(default)]
    pub alarms: AlarmLimits,
}

/// `[agency.centre]`: the hours of everybody who is posted to no agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CentreHours {
    /// When it opens, in minutes from midnight in Seoul.
    pub opens_minute: i16,
    /// When it closes, likewise; 1440 is midnight.
    pub closes_minute: i16,
    /// On which days; bit 0 is Monday.
    pub weekdays: i16,
}

/// `[agency.limits]`. Of the counts per person and per terminal the lower one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaffLimits {
    /// Cases opened, checked in or not found, in an hour.
    pub look_ups_an_hour: i32,
    /// The same in a day.
    pub look_ups_a_day: i32,
    /// Orders of a swap in an hour.
    pub orders_an_hour: i32,
    /// A supervisor's countersigns in a day.
    pub countersigns_a_day: i32,
    /// Second looks taken in an hour.
    pub looks_an_hour: i32,
    /// Second looks of one case in a day.
    pub looks_of_a_case_a_day: i32,
    /// Lines held by an agent in a day.
    pub holds_a_day: i32,
    /// Codes that fit nothing, in an hour.
    pub wrong_codes_an_hour: i32,
    /// By how much load may multiply look-ups and orders, in percent.
    pub load_percent_at_most: u32,
}

/// `[agency.alarms]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlarmLimits {
    /// Over how many days look-ups without a swap are counted.
    pub drip_days: i64,
    /// So many of them alarm, or `drip_times_median` of the role's median if that is more.
    pub drip_at_least: i64,
    /// See `drip_at_least`.
    pub drip_times_median: i64,
    /// Look-ups for each order that alarm.
    pub ratio: i64,
    /// From so many look-ups on.
    pub ratio_from: i64,
}

impl Default for CentreHours {
    fn default() -> Self {
        Self { opens_minute: 0, closes_minute: 1_440, weekdays: 0b111_1111 }
    }
}

impl Default for StaffLimits {
    fn default() -> Self {
        Self {
            look_ups_an_hour: 40,
            look_ups_a_day: 200,
            orders_an_hour: 25,
            countersigns_a_day: 5,
            looks_an_hour: 30,
            looks_of_a_case_a_day: 3,
            holds_a_day: 20,
            wrong_codes_an_hour: 10,
            load_percent_at_most: 200,
        }
    }
}

impl Default for AlarmLimits {
    fn default() -> Self {
        Self { drip_days: 30, drip_at_least: 60, drip_times_median: 3, ratio: 3, ratio_from: 20 }
    }
}

const fn port() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8483)
}
const fn ops_port() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8484)
}
const fn quarter_hour() -> Span {
    Span(TimeDelta::minutes(15))
}
const fn ten_hours() -> Span {
    Span(TimeDelta::hours(10))
}
const fn two_weeks() -> Span {
    Span(TimeDelta::days(14))
}

impl AgencyConfig {
    /// Where browsers see it.
    pub fn origin(&self) -> String {
        self.origin.clone().unwrap_or_else(|| format!("https://{}", self.host))
    }

    /// Which key makes no sense by itself, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        if self.host.is_empty() || !self.host.chars().all(plain) {
            return Err((
                "host",
                "write the plain host name in small letters, such as agency.carrier.example",
            ));
        }
        let starts = ["https://", "http://"];
        let is_origin = |origin: &String| {
            let rest = starts.iter().find_map(|start| origin.strip_prefix(start));
            rest.is_some_and(|rest| !rest.contains(['/', '@', '?', '#', ' ']))
        };
        if self.origin.as_ref().is_some_and(|origin| !is_origin(origin)) {
            return Err((
                "origin",
                "write the scheme and the host, such as https://agency.carrier.example",
            ));
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err(("tls_cert", "a certificate needs its tls_key, and a key its tls_cert"));
        }
        let centre = &self.centre;
        let is_day = 0 <= centre.opens_minute
            && centre.opens_minute <= centre.closes_minute
            && centre.closes_minute <= 1_440;
        if !is_day || !(0..128).contains(&centre.weekdays) {
            return Err((
                "centre",
                "minutes count from 0 to 1440, and weekdays are 7 bits from Monday on",
            ));
        }
        if self.idle.0 <= TimeDelta::zero() || self.session.0 < self.idle.0 {
            return Err(("session", "a session lasts at least as long as it may lie idle"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(more: &str) -> AgencyConfig {
        toml::from_str(&format!("host = \"agency.carrier.example\"\n{more}")).unwrap()
    }

    #[test]
    fn what_it_does_not_say_is_what_the_design_says() {
        let config = read("");
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.origin(), "https://agency.carrier.example");
        assert_eq!(config.limits, StaffLimits::default());
        let [listen, ops] = [config.listen, config.ops_listen].map(|at| at.to_string());
        assert_eq!([listen, ops], ["127.0.0.1:8483", "127.0.0.1:8484"]);
        assert_eq!(
            (config.idle.0, config.session.0),
            (TimeDelta::minutes(15), TimeDelta::hours(10))
        );
        assert_eq!(read("[limits]\norders_an_hour = 9").limits.orders_an_hour, 9);
    }

    #[test]
    fn what_makes_no_sense_names_its_key() {
        for (more, key) in [
            ("tls_cert = \"a.pem\"", "tls_cert"),
            ("origin = \"agency.carrier.example\"", "origin"),
            ("origin = \"https://agency.carrier.example/\"", "origin"),
            ("[centre]\nopens_minute = 1441", "centre"),
            ("[centre]\nweekdays = 128", "centre"),
            ("idle = \"11h\"", "session"),
            ("idle = \"0s\"", "session"),
        ] {
            assert_eq!(read(more).check().unwrap_err().0, key, "{more}");
        }
        let shouted: AgencyConfig = toml::from_str("host = \"Agency.example\"").unwrap();
        assert_eq!(shouted.check().unwrap_err().0, "host");
    }
}
