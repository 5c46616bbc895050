//! The words of an incident, of its brands, and the templates they go into.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use simrecall_core::delivery::Rung;
use simrecall_core::notice::{
    CarrierWords, IncidentWords, RenderError, Rendered, TemplateSet, Variables,
};

use simrecall_store::template::KeptTemplate;

use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// Everything a notice is rendered from, except who it is for.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) incident: IncidentWords,
    pub(crate) brands: BTreeMap<String, CarrierWords>,
    pub(crate) templates: TemplateSet,
    /// Hashes of the words as they were read: they go into the statement.
    incident_sha256: [u8; 32],
    brands_sha256: BTreeMap<String, [u8; 32]>,
}

impl Words {
    /// Reads the brands' words, and takes the incident's from its text.
    pub(crate) fn read(home: &Home, incident_words: &str) -> Result<Self> {
        let incident = IncidentWords::parse(incident_words)
            .map_err(|error| refused("the incident's words cannot be used", error))?;
        let templates = TemplateSet::builtin()
            .map_err(|error| Problem::ours("template", "a template is broken").caused_by(error))?;
        let texts = brand_texts(home)?;
        let words = Self {
            incident,
            brands: brands(&texts)?,
            templates,
            incident_sha256: Sha256::digest(incident_words).into(),
            brands_sha256: texts
                .iter()
                .map(|(brand, (_, text))| (brand.clone(), Sha256::digest(text).into()))
                .collect(),
        };
        words.prove()?;
        Ok(words)
    }

    /// Renders one notice on one rung.
    pub(crate) fn render(&self, rung: Rung, variables: &Variables) -> Result<Rendered> {
        let carrier = self.brands.get(&variables.brand).ok_or_else(|| unknown(&variables.brand))?;
        self.templates.render(rung, variables, &self.incident, carrier).map_err(unrendered)
    }

    /// Refuses a brand that has no words before anybody of it is planned.
    pub(crate) fn knows(&self, brand: &str) -> Result<()> {
        if self.brands.contains_key(brand) { Ok(()) } else { Err(unknown(brand)) }
    }

    /// The hash of every template and of all words, by name: what approvers sign of the content.
    pub(crate) fn hashes(&self) -> BTreeMap<String, [u8; 32]> {
        let templates = self.templates.iter().map(|template| {
            let source = template.source();
            (format!("{}/{}", source.kind.name(), source.language.tag()), source.sha256().0)
        });
        let brands =
            self.brands_sha256.iter().map(|(brand, hash)| (format!("words/{brand}"), *hash));
        let incident = std::iter::once(("words/incident".to_owned(), self.incident_sha256));
        templates.chain(brands).chain(incident).collect()
    }

    /// The templates, to be kept for as long as anything they made.
    pub(crate) fn kept_templates(&self, now: DateTime<Utc>) -> Vec<KeptTemplate> {
        let kept = self.templates.iter().map(|template| KeptTemplate {
            sha256: template.source().sha256().0,
            kind: template.source().kind,
            language: template.source().language,
            source: template.source().canonical(),
            added_at: now,
        });
        kept.collect()
    }

    fn prove(&self) -> Result<()> {
        self.brands
            .values()
            .try_for_each(|carrier| self.templates.prove(&self.incident, carrier))
            .map_err(unrendered)
    }
}

/// Each brand's file and what it says.
type BrandTexts = BTreeMap<String, (PathBuf, String)>;

fn brand_texts(home: &Home) -> Result<BrandTexts> {
    let read = |(brand, file): (&String, &PathBuf)| {
        let path = home.path(file);
        let text = std::fs::read_to_string(&path).map_err(|error| problem::file(&path, error))?;
        Ok((brand.clone(), (path, text)))
    };
    home.config.brands.iter().map(read).collect()
}

fn brands(texts: &BrandTexts) -> Result<BTreeMap<String, CarrierWords>> {
    let parse = |(brand, (path, text)): (&String, &(PathBuf, String))| {
        let words = CarrierWords::parse(text)
            .map_err(|error| refused(&format!("{} cannot be used", path.display()), error))?;
        Ok((brand.clone(), words))
    };
    texts.iter().map(parse).collect()
}

fn unknown(brand: &str) -> Problem {
    Problem::configuration("brand", format!("no words are configured for brand {brand:?}"))
        .hint("add it under [brands] in simrecall.toml")
}

fn unrendered(error: RenderError) -> Problem {
    refused("a notice cannot be rendered", error)
}

fn refused(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> Problem {
    Problem::input("words", what)
        .caused_by(error)
        .hint("mend the words, then run the same command again")
}
