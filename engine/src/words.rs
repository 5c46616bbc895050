//! The words of an incident, of its brands, and the templates they go into.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use simrecall_core::delivery::Rung;
use simrecall_core::notice::encoding::Capacity;
use simrecall_core::notice::{
    CarrierWords, IncidentWords, Language, NoticeKind, Order, RenderError, Rendered, TemplateSet,
    Variables, Wording,
};

use simrecall_store::template::KeptTemplate;

use crate::config::BrandConfig;
use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// Everything a notice is rendered from, except who it is for.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) incident: IncidentWords,
    pub(crate) brands: BTreeMap<String, CarrierWords>,
    pub(crate) templates: TemplateSet,
    /// What the route of long messages carries.
    capacity: Capacity,
    /// Hashes of the words as they were read: they go into the statement.
    incident_sha256: [u8; 32],
    brands_sha256: BTreeMap<String, [u8; 32]>,
    /// Who opens each brand's list.
    lists_sha256: BTreeMap<String, [u8; 32]>,
}

impl Words {
    /// Reads the brands' words, and takes the incident's from its text.
    pub(crate) fn read(home: &Home, incident_words: &str) -> Result<Self> {
        let incident = IncidentWords::parse(incident_words)
            .map_err(|error| refused("the incident's words cannot be used", error))?;
        let texts = brand_texts(home)?;
        Ok(Self {
            incident,
            brands: brands(&texts)?,
            templates: TemplateSet::builtin(),
            capacity: home.config.capacity(),
            incident_sha256: Sha256::digest(incident_words).into(),
            lists_sha256: lists(home),
            brands_sha256: texts
                .iter()
                .map(|(brand, (_, text))| (brand.clone(), Sha256::digest(text).into()))
                .collect(),
        })
    }

    /// Renders one notice on one rung.
    pub(crate) fn render(&self, rung: Rung, variables: &Variables) -> Result<Rendered> {
        let order = self.order(rung, variables)?;
        self.templates.render_order(order).map_err(unrendered)
    }

    /// The same with gaps where one person's own words go, as it is registered.
    pub(crate) fn wording(&self, rung: Rung, variables: &Variables) -> Result<Wording> {
        let order = self.order(rung, variables)?;
        self.templates.wording_order(order).map_err(unrendered)
    }

    /// The language somebody is told in: the one they chose, if there are a template and words in it, else English.
    pub(crate) fn language(&self, kind: NoticeKind, brand: &str, chosen: Language) -> Language {
        self.brands.get(brand).map_or(Language::English, |carrier| {
            self.templates.told_in(kind, chosen, &self.incident, carrier)
        })
    }

    /// Whether the incident has the words that only this kind of notice needs, in some language.
    pub(crate) fn suffice(&self, kind: NoticeKind) -> bool {
        let texts = self.incident.languages().filter_map(|language| self.incident.text(language));
        let mut needed = texts.map(|text| match kind {
            NoticeKind::Possible => text.suspected_circumstances.as_str(),
            NoticeKind::Correction => text.correction_reason.as_str(),
            NoticeKind::AllClear => text.all_clear_reason.as_str(),
            NoticeKind::Confirmed
            | NoticeKind::Supplement
            | NoticeKind::RemedyVisit
            | NoticeKind::RemedyReady
            | NoticeKind::RemedyDone
            | NoticeKind::LossFound => text.circumstances.as_str(),
        });
        needed.any(|text| !text.is_empty())
    }

    fn order<'a>(&'a self, rung: Rung, variables: &'a Variables) -> Result<Order<'a>> {
        let carrier = self.brands.get(&variables.brand).ok_or_else(|| unknown(&variables.brand))?;
        Ok(Order::new(rung, variables, &self.incident, carrier).within(self.capacity))
    }

    /// Refuses a brand that has no words before anybody of it is planned.
    pub(crate) fn knows(&self, brand: &str) -> Result<()> {
        if self.brands.contains_key(brand) { Ok(()) } else { Err(unknown(brand)) }
    }

    /// The hash of every template, of all words and of who opens a brand's list, by name: what approvers sign of the content.
    pub(crate) fn hashes(&self) -> BTreeMap<String, [u8; 32]> {
        let templates = self.templates.iter().map(|template| {
            let source = template.source();
            (format!("{}/{}", source.kind.name(), source.language.tag()), source.sha256().0)
        });
        let brands =
            self.brands_sha256.iter().map(|(brand, hash)| (format!("words/{brand}"), *hash));
        let incident = std::iter::once(("words/incident".to_owned(), self.incident_sha256));
        let lists = self.lists_sha256.iter().map(|(brand, hash)| (format!("list/{brand}"), *hash));
        templates.chain(brands).chain(incident).chain(lists).collect()
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
}

/// The hash of each list's recipient: whoever opens a list was signed, too.
fn lists(home: &Home) -> BTreeMap<String, [u8; 32]> {
    let brands = home.config.brands.iter();
    let listed = brands.filter_map(|(brand, config)| Some((brand.clone(), config.list.as_ref()?)));
    listed.map(|(brand, list)| (brand, Sha256::digest(list.as_bytes()).into())).collect()
}

/// The brand whose words the customer's page has: the one that is named, else the first.
pub(crate) fn brand_served(home: &Home) -> Option<String> {
    let named = home.config.portal.as_ref().and_then(|portal| portal.brand.clone());
    named.or_else(|| home.config.brands.keys().next().cloned())
}

/// The number that customers call day and night: the page's own, else that of its brand; none where neither is configured.
pub(crate) fn hotline(home: &Home) -> Option<String> {
    let own = home.config.portal.as_ref().and_then(|portal| portal.hotline.clone());
    let of_brand = |brand: String| of_brand(home, &brand).ok().map(|it| it.hotline().to_owned());
    own.or_else(|| brand_served(home).and_then(of_brand))
}

/// The words of one brand.
pub(crate) fn of_brand(home: &Home, brand: &str) -> Result<CarrierWords> {
    let config = home.config.brands.get(brand).ok_or_else(|| unknown(brand))?;
    let path = home.path(&config.words);
    let text = std::fs::read_to_string(&path).map_err(|error| problem::file(&path, error))?;
    CarrierWords::parse(&text)
        .map_err(|error| refused(&format!("{} cannot be used", path.display()), error))
}

/// Each brand's file and what it says.
type BrandTexts = BTreeMap<String, (PathBuf, String)>;

fn brand_texts(home: &Home) -> Result<BrandTexts> {
    let read = |(brand, config): (&String, &BrandConfig)| {
        let path = home.path(&config.words);
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
