//! Who reports to authorities.

use serde::Deserialize;
use simrecall_core::filing::Filer;
use simrecall_core::notice::Language;

/// Who reports to authorities: an organisation and a department, no person's own number.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FilingConfig {
    /// The organisation.
    pub organisation: String,
    /// Who represents it.
    pub representative: String,
    /// The department in charge.
    pub department: String,
    /// The department's telephone number.
    pub phone: String,
    /// The department's mail address; may be empty.
    pub email: String,
    /// What reads otherwise in a report in English.
    pub en: FilerConfig,
}

/// The same in another language; what is left out is as in the first.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FilerConfig {
    /// The organisation.
    pub organisation: String,
    /// Who represents it.
    pub representative: String,
    /// The department in charge.
    pub department: String,
    /// The department's telephone number.
    pub phone: String,
    /// The department's mail address.
    pub email: String,
}

impl FilingConfig {
    /// Who reports in a language.
    pub fn filer(&self, language: Language) -> Filer {
        let none = FilerConfig::default();
        let own = match language {
            Language::English => &self.en,
            Language::Korean | Language::Chinese | Language::Vietnamese | Language::Japanese => {
                &none
            }
        };
        Filer {
            organisation: either(&own.organisation, &self.organisation),
            representative: either(&own.representative, &self.representative),
            department: either(&own.department, &self.department),
            phone: either(&own.phone, &self.phone),
            email: either(&own.email, &self.email),
        }
    }
}

fn either(own: &str, first: &str) -> String {
    let own = own.trim();
    if own.is_empty() { first.trim().to_owned() } else { own.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_says_otherwise_only_what_it_names() {
        let text = "organisation = \"한빛\"\nphone = \" 02-0 \"\n[en]\norganisation = \"Hanbit\"";
        let config: FilingConfig = toml::from_str(text).unwrap();
        let english = config.filer(Language::English);
        assert_eq!((english.organisation.as_str(), english.phone.as_str()), ("Hanbit", "02-0"));
        assert_eq!(config.filer(Language::Korean).organisation, "한빛");
        let wrong = toml::from_str::<FilingConfig>("organization = \"x\"").unwrap_err();
        assert!(wrong.to_string().contains("organization"), "{wrong}");
    }
}
