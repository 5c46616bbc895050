//! What a notice must say, in which words, in how many bytes.

mod code;
pub mod encoding;
mod greetable;
mod harmless;
mod item_name;
mod kind;
#[cfg(feature = "render")]
pub mod lint;
pub mod matcher;
#[cfg(feature = "render")]
mod render;
mod variables;
mod wording;
mod words;

pub use code::{MessageCode, ParseCodeError};
pub use item_name::item_name;
pub use kind::{Language, NoticeKind, ParseLanguageError};
#[cfg(feature = "render")]
pub use render::{
    NoticeTemplate, Order, RenderError, Rendered, TemplateError, TemplateHash, TemplateSet,
    TemplateSource, worst_case,
};
pub use variables::{RemedyVariables, Variables};
pub use wording::{Gap, Wording};
pub use words::{
    CarrierText, CarrierWords, Desk, IncidentText, IncidentWords, PlainText, WordsError,
};
