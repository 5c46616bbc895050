//! What a bearer token allows: by a file of hashes, or by the carrier's authorisation server.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use simrecall_core::identity::Msisdn;
use simrecall_core::problem::Blame;
use simrecall_gateway::introspection::{Introspection, IntrospectionError};

use crate::config::CamaraConfig;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::routes::roots;

/// One of the API's scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// `sim-swap:check`
    Check,
    /// `sim-swap:retrieve-date`
    RetrieveDate,
}

impl Scope {
    const fn name(self) -> &'static str {
        match self {
            Self::Check => "sim-swap:check",
            Self::RetrieveDate => "sim-swap:retrieve-date",
        }
    }
}

/// What a token allows.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose token it is.
    pub client: String,
    scopes: BTreeSet<String>,
    /// The number of whoever consented, if it is a three-legged one: it may be asked about that line alone, by not naming it.
    pub number: Option<Msisdn>,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("client", &self.client).finish_non_exhaustive()
    }
}

impl Grant {
    /// Whether it may be used for this. `sim-swap` stands for all of the API.
    pub fn allows(&self, scope: Scope) -> bool {
        self.scopes.contains("sim-swap") || self.scopes.contains(scope.name())
    }
}

/// Who knows what tokens stand for.
#[derive(Debug)]
pub(super) enum Tokens {
    /// A file, read once.
    Listed(BTreeMap<[u8; 32], Grant>),
    /// A server, asked each time.
    Asked(Introspection),
}

/// The file: no token stands in it, only hashes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    token: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    /// SHA-256 of the token, in hex.
    sha256: String,
    client: String,
    scopes: BTreeSet<String>,
    #[serde(default)]
    number: Option<String>,
}

impl Tokens {
    pub(super) fn read(home: &Home, config: &CamaraConfig) -> Result<Self> {
        if let Some(asked) = &config.introspection {
            let roots = roots(home, asked.tls_roots.as_deref())?;
            let secret = home.path(&asked.client_secret_file);
            let client = (asked.client_id.as_str(), secret.as_path());
            return Introspection::new(&asked.url, client, &asked.number_member, &roots)
                .map(Self::Asked)
                .map_err(failed);
        }
        let path = home.path(config.token_file.as_deref().unwrap_or("tokens.toml".as_ref()));
        let text = std::fs::read_to_string(&path).map_err(|error| problem::file(&path, error))?;
        let unread = |what: String| {
            Problem::configuration("tokens", format!("{}: {what}", path.display()))
                .hint("each [[token]] has sha256 (64 hex digits), client and scopes")
        };
        // What a parser quotes may be a number, so only the place is said.
        let file: File = toml::from_str(&text).map_err(|error| {
            let line = error.span().and_then(|span| text.get(..span.start));
            let line = line.map_or(1, |before| before.lines().count().max(1));
            unread(format!("line {line} cannot be read"))
        })?;
        let mut listed = BTreeMap::new();
        for (at, one) in file.token.into_iter().enumerate() {
            let hash = hash(&one.sha256);
            let hash = hash.ok_or_else(|| unread(format!("token {}: sha256 is none", at + 1)))?;
            let number = one.number.as_deref().map(Msisdn::parse).transpose();
            let number = number.map_err(|error| unread(format!("token {}: {error}", at + 1)))?;
            let grant = Grant { client: one.client, scopes: one.scopes, number };
            if listed.insert(hash, grant).is_some() {
                return Err(unread(format!("token {} stands there twice", at + 1)));
            }
        }
        Ok(Self::Listed(listed))
    }

    pub(super) fn grant(&self, token: &str) -> Result<Option<Grant>> {
        match self {
            // Whoever could guess a hash by how long it takes would still lack the token.
            Self::Listed(listed) => Ok(listed.get(Sha256::digest(token).as_slice()).cloned()),
            Self::Asked(asked) => {
                let Some(token) = asked.ask(token).map_err(failed)? else { return Ok(None) };
                let number = token.number.as_deref().map(Msisdn::parse).transpose();
                let number =
                    number.map_err(|_| failed(IntrospectionError::Strange { status: 200 }))?;
                let scopes = token.scopes.into_iter().collect();
                Ok(Some(Grant { client: token.client, scopes, number }))
            }
        }
    }
}

fn hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(hash)
}

fn failed(error: IntrospectionError) -> Problem {
    let blame = match error {
        IntrospectionError::Address
        | IntrospectionError::SecretFile
        | IntrospectionError::Unauthenticated => Blame::Configuration,
        IntrospectionError::Web(_) | IntrospectionError::Strange { .. } => Blame::Network,
    };
    Problem::new("introspection", blame, error.to_string())
        .caused_by(error)
        .hint("check [camara.introspection] in simrecall.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_64_hex_digits() {
        assert_eq!(hash(&"0f".repeat(32)), Some([15; 32]));
        for text in ["", "0f", &"0g".repeat(32), &"+f".repeat(32), &"0f".repeat(33)] {
            assert_eq!(hash(text), None, "{text}");
        }
    }

    #[test]
    fn the_whole_api_is_one_scope_too() {
        let grant = |scope: &str| Grant {
            client: "bank".to_owned(),
            scopes: [scope.to_owned()].into(),
            number: None,
        };
        assert!(
            grant("sim-swap").allows(Scope::Check) && grant("sim-swap").allows(Scope::RetrieveDate)
        );
        assert!(grant("sim-swap:check").allows(Scope::Check));
        assert!(!grant("sim-swap:check").allows(Scope::RetrieveDate));
        assert!(!grant("sim-swap:che").allows(Scope::Check));
    }
}
