//! Enums whose variants have a number in rows and a word in JSON.

/// Defines an enum with `ALL`, `code`, `from_code`, `name`, `parse` and serde by name. Codes and words are stored: never change one.
///
/// Whoever uses it needs the crate `serde`.
#[macro_export]
macro_rules! coded {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $code:literal $word:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant = $code,)+
        }

        impl $name {
            /// All of them, in code order.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$variant),+];

            /// As stored: never renumbered.
            pub const fn code(self) -> i16 {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// A code read back.
            pub fn from_code(code: i16) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.code() == code)
            }

            /// The word for it in JSON and messages: never renamed.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Reads the word back.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.name() == name)
            }
        }
    };
}
