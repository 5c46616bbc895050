//! What a notice must say, in which words, in how many bytes.

mod kind;

pub use kind::{Language, NoticeKind, ParseLanguageError};
