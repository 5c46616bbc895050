//! From facts to a report: a text, and the same ready to print.

mod context;
mod template;

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::FilingFacts;
use context::Context;

/// A report, word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFiling {
    /// Plain text.
    pub text: String,
    /// HTML for A4, ready to print.
    pub html: String,
}

impl RenderedFiling {
    /// The hash of the text.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// The hash of the printed form.
    pub fn html_sha256(&self) -> [u8; 32] {
        Sha256::digest(self.html.as_bytes()).into()
    }
}

/// A report that cannot be rendered: a defect of a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filing template {file} fails at line {line}")]
pub struct FilingRenderError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 if unknown.
    pub line: usize,
}

/// Renders a report with times as the clocks of `zone` show them. The same facts give the same bytes.
pub fn render(facts: &FilingFacts, zone: Tz) -> Result<RenderedFiling, FilingRenderError> {
    template::render(facts.number.kind, &Context::new(facts, zone))
}
