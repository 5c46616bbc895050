//! Enums whose variants have a stable name in files, rows and JSON.

/// Defines an enum with `ALL`, `name`, `parse`, serde by name, and the error of a name it does not know.
macro_rules! named {
    (
        $(#[$doc:meta])*
        $name:ident, $error:ident, $says:literal {
            $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        #[doc = concat!("A word that is ", $says, ".")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error("{}", concat!("not ", $says, "; one of ", named!(@list $($text),+)))]
        pub struct $error;

        impl $name {
            /// All of them, in the order of their definition.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// The word for it in files, rows and JSON: never renamed.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// Reads the word back.
            pub fn parse(name: &str) -> Result<Self, $error> {
                Self::ALL.into_iter().find(|one| one.name() == name).ok_or($error)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        by_name!($name);
    };
    (@list $first:literal $(, $text:literal)*) => { concat!($first $(, ", ", $text)*) };
}

/// Serde by `Display` and `parse`, so that a file's wrong word is refused with the words that would do.
macro_rules! by_name {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
