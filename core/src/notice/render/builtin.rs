//! The templates that ship with this version, one folder per kind and language.

use crate::notice::{Language, NoticeKind};

use super::TemplateSource;

/// Text of a file below `templates/notices`.
macro_rules! file {
    ($($path:expr),+) => {
        include_str!(concat!("../../../../templates/notices/", $($path),+))
    };
}

/// A source from a folder, the parts of its language, and the parts of all languages.
macro_rules! source {
    ($kind:ident, $folder:literal, $language:ident, $tag:literal) => {
        TemplateSource {
            kind: NoticeKind::$kind,
            language: Language::$language,
            files: [
                ("meta.toml", file!($folder, "/", $tag, "/meta.toml")),
                ("lms.hbs", file!($folder, "/", $tag, "/lms.hbs")),
                ("email.txt.hbs", file!($folder, "/", $tag, "/email.txt.hbs")),
                ("email.html.hbs", file!($folder, "/", $tag, "/email.html.hbs")),
                ("letter.html.hbs", file!($folder, "/", $tag, "/letter.html.hbs")),
                ("posting.html.hbs", file!($folder, "/", $tag, "/posting.html.hbs")),
                ("parts/whose.hbs", file!("parts/", $tag, "/whose.hbs")),
                ("parts/elements.txt.hbs", file!("parts/", $tag, "/elements.txt.hbs")),
                ("parts/elements.html.hbs", file!("parts/", $tag, "/elements.html.hbs")),
                ("parts/closing.txt.hbs", file!("parts/", $tag, "/closing.txt.hbs")),
                ("parts/closing.html.hbs", file!("parts/", $tag, "/closing.html.hbs")),
                ("parts/mail_css.html.hbs", file!("parts/mail_css.html.hbs")),
                ("parts/letter_css.html.hbs", file!("parts/letter_css.html.hbs")),
                ("parts/posting_css.html.hbs", file!("parts/posting_css.html.hbs")),
            ]
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect(),
        }
    };
}

pub(super) fn sources() -> [TemplateSource; 4] {
    [
        source!(Confirmed, "confirmed", Korean, "ko"),
        source!(Confirmed, "confirmed", English, "en"),
        source!(Supplement, "supplement", Korean, "ko"),
        source!(Supplement, "supplement", English, "en"),
    ]
}
