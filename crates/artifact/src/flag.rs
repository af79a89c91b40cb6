//! What is remarkable about an entry or an archive, as stable words that are stored and shown.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A word that names no flag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown flag {0:?}")]
pub struct Unknown(pub String);

/// Declares an enum of flags together with its words, so that the two cannot drift apart.
macro_rules! flags {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every flag, in the order in which they are listed.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// The stable kebab-case word.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Unknown;

            fn from_str(word: &str) -> Result<$name, Unknown> {
                match word {
                    $($word => Ok($name::$variant),)*
                    _ => Err(Unknown(word.to_owned())),
                }
            }
        }
    };
}

flags! {
    /// What is remarkable about one entry. None of these hides the entry.
    Flag {
        /// The name is empty, absolute, climbs (`..`), or holds a backslash, drive letter, control or bidirectional character.
        UnsafeName = "unsafe-name",
        /// Another entry has the same raw name.
        DuplicateName = "duplicate-name",
        /// The entry is a symbolic link; its content is the target's text and is never followed.
        Symlink = "symlink",
        /// The content is encrypted and was not checked.
        Encrypted = "encrypted",
        /// The content is neither stored nor deflated and was not checked.
        UnsupportedMethod = "unsupported-method",
        /// The local header contradicts the central directory, which wins.
        Inconsistent = "inconsistent",
        /// The content is longer or shorter than declared, before or after inflating.
        SizeMismatch = "size-mismatch",
        /// The content cannot be found or inflated, or its checksum is wrong.
        Corrupt = "corrupt",
        /// Larger than `Limits::max_file_bytes`: listed and downloadable, but neither checked nor parsed.
        TooLarge = "too-large",
        /// Not checked because the archive's other entries used up `Limits::max_verified_bytes`.
        Unverified = "unverified",
        /// The raw name is longer than `Limits::max_name_bytes`.
        LongName = "long-name",
        /// The raw name is not valid UTF-8, so the shown name is a reading of it.
        InvalidUtf8Name = "invalid-utf8-name",
    }
}

impl Flag {
    /// Whether reading the entry's content to its end fails. Such an entry must not be served with a promised length.
    pub const fn prevents_reading(self) -> bool {
        matches!(self, Flag::Encrypted | Flag::UnsupportedMethod | Flag::SizeMismatch | Flag::Corrupt)
    }
}

flags! {
    /// Why two readers could see different archives in the same bytes. The last end record that reads cleanly is the one used.
    ArchiveFlag {
        /// Bytes that belong to no entry come first.
        LeadingData = "leading-data",
        /// Bytes follow the end record and its comment.
        TrailingData = "trailing-data",
        /// A later end record was passed over because its directory does not read.
        SeveralEndRecords = "several-end-records",
        /// The end record counts other than the directory holds.
        CountMismatch = "count-mismatch",
        /// Bytes that are no directory record lie between the directory and the end record.
        DirectoryGap = "directory-gap",
    }
}

/// Adds a flag once, keeping the order of declaration.
pub(crate) fn raise<F: Ord + Copy>(flags: &mut Vec<F>, flag: F) {
    if let Err(place) = flags.binary_search(&flag) {
        flags.insert(place, flag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_survives_its_word_and_its_json() {
        for flag in Flag::ALL {
            assert_eq!(flag.as_str().parse(), Ok(*flag));
            assert_eq!(serde_json::to_value(flag).unwrap(), flag.as_str());
        }
        for flag in ArchiveFlag::ALL {
            assert_eq!(flag.as_str().parse(), Ok(*flag));
        }
        assert_eq!("Symlink".parse::<Flag>(), Err(Unknown("Symlink".into())));
    }

    #[test]
    fn a_flag_is_raised_once_and_in_order() {
        let mut flags = Vec::new();
        for flag in [Flag::Corrupt, Flag::UnsafeName, Flag::Corrupt] {
            raise(&mut flags, flag);
        }
        assert_eq!(flags, [Flag::UnsafeName, Flag::Corrupt]);
    }
}
