//! The templates of reports: two strict registries for each kind, one that escapes for HTML and one that does not.

use handlebars::{Handlebars, Template, html_escape, no_escape};

use super::context::Context;
use super::{FilingRenderError, RenderedFiling};
use crate::filing::FilingKind;

macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        [$(($path, include_str!(concat!("../../../../templates/filings/", $path)))),+]
    };
}

const PARTS: [(&str, &str); 17] = files![
    "parts/css.html.hbs",
    "parts/ko/changed.html.hbs",
    "parts/ko/changed.txt.hbs",
    "parts/ko/cohort.html.hbs",
    "parts/ko/cohort.txt.hbs",
    "parts/ko/filer.html.hbs",
    "parts/ko/filer.txt.hbs",
    "parts/ko/foot.html.hbs",
    "parts/ko/foot.txt.hbs",
    "parts/ko/head.html.hbs",
    "parts/ko/head.txt.hbs",
    "parts/ko/known.html.hbs",
    "parts/ko/known.txt.hbs",
    "parts/ko/late.html.hbs",
    "parts/ko/late.txt.hbs",
    "parts/ko/notices.html.hbs",
    "parts/ko/notices.txt.hbs",
];

const KISA_INCIDENT: [(&str, &str); 2] =
    files!["kisa_incident/report.html.hbs", "kisa_incident/report.txt.hbs"];
const PIPC_LEAK: [(&str, &str); 2] =
    files!["pipc_leak/report.html.hbs", "pipc_leak/report.txt.hbs"];
const GDPR_33: [(&str, &str); 2] = files!["gdpr_33/report.html.hbs", "gdpr_33/report.txt.hbs"];

/// Renders both forms of a report.
pub(super) fn render(
    kind: FilingKind,
    context: &Context<'_>,
) -> Result<RenderedFiling, FilingRenderError> {
    let own = match kind {
        FilingKind::KisaIncident => KISA_INCIDENT,
        FilingKind::PipcLeak => PIPC_LEAK,
        FilingKind::Gdpr33 => GDPR_33,
    };
    let form = |ending: &str, escape: fn(&str) -> String| {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(escape);
        let files = PARTS.into_iter().chain(own);
        for (path, source) in files.filter(|(path, _)| path.ends_with(ending)) {
            register(&mut registry, path, ending, source)?;
        }
        registry.render("report", context).map_err(|error| FilingRenderError {
            file: error.template_name.unwrap_or_default(),
            line: error.line_no.unwrap_or(0),
        })
    };
    Ok(RenderedFiling { text: form(".txt.hbs", no_escape)?, html: form(".html.hbs", html_escape)? })
}

/// A file is called by its name alone: `filer`, `report`.
fn register(
    registry: &mut Handlebars<'_>,
    path: &str,
    ending: &str,
    source: &str,
) -> Result<(), FilingRenderError> {
    let name = path.rsplit('/').next().and_then(|file| file.strip_suffix(ending));
    let name = name.unwrap_or(path);
    let template = Template::compile_with_name(source, path.to_owned()).map_err(|error| {
        let line = error.pos().map_or(0, |(line, _)| line);
        FilingRenderError { file: path.to_owned(), line }
    })?;
    registry.register_template(name, template);
    Ok(())
}
