//! What a notice must say, in which words, in how many bytes.

pub mod encoding;
mod harmless;
mod item_name;
mod kind;
#[cfg(feature = "render")]
mod render;
mod variables;
mod words;

pub use item_name::item_name;
pub use kind::{Language, NoticeKind, ParseLanguageError};
#[cfg(feature = "render")]
pub use render::{
    NoticeTemplate, RenderError, Rendered, TemplateError, TemplateHash, TemplateSet, TemplateSource,
};
pub use variables::Variables;
pub use words::{
    CarrierText, CarrierWords, Desk, IncidentText, IncidentWords, NoticeLaw, WordsError,
};
