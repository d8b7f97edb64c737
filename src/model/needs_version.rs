//! The versions that an entry's statements need of the server that executes them, determined when the statements are
//! made.

use serde::{Deserialize, Serialize};

use crate::version::Version;

/// A part of an entry that not every server can execute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The part that it is about.
    pub on: On,
    /// First `server_version_num` that has it.
    pub min_version: Option<u32>,
    /// First `server_version_num` that no longer has it.
    pub end_version: Option<u32>,
    /// The feature in words, e.g. `virtual generated column total`; empty if nothing is lost.
    pub feature: String,
    /// What happens to the part on any other server.
    pub otherwise: Otherwise,
}

/// The part that a limit is about. Numbers are positions in the entry's lists, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum On {
    /// The whole entry.
    Entry,
    /// One statement of `create`.
    Create(u32),
    /// The statements that set the owner.
    Owner,
    /// One of `privileges`.
    Privilege(u32),
    /// One of `comments`.
    Comment(u32),
    /// One of `requires`.
    Requirement(u32),
}

/// What a restore does on a server outside the limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Otherwise {
    /// The object cannot exist there: neither the entry nor anything that depends on it is restored.
    Refuse,
    /// The object is useful without this part.
    LeaveOut,
    /// These statements replace the part as closely as possible.
    Use(Vec<String>),
}

impl Otherwise {
    /// The statements that replace the part.
    pub fn statements(&self) -> &[String] {
        match self {
            Self::Use(statements) => statements,
            Self::Refuse | Self::LeaveOut => &[],
        }
    }
}

impl Limit {
    /// A limit for a part that came with `version`.
    pub fn since(version: Version, on: On, feature: impl Into<String>, otherwise: Otherwise) -> Self {
        Self {
            on,
            min_version: Some(version.0),
            end_version: None,
            feature: feature.into(),
            otherwise,
        }
    }

    /// A limit for a part that `version` removed.
    pub fn until(version: Version, on: On, feature: impl Into<String>, otherwise: Otherwise) -> Self {
        Self {
            on,
            min_version: None,
            end_version: Some(version.0),
            feature: feature.into(),
            otherwise,
        }
    }

    /// Whether a server of this version can execute the part.
    pub fn allows(&self, version: Version) -> bool {
        self.min_version.is_none_or(|min| version >= Version(min))
            && self.end_version.is_none_or(|end| version < Version(end))
    }

    /// e.g. `virtual generated column total (needs 18)`.
    pub fn reason(&self, version: Version) -> String {
        match (self.min_version.map(Version), self.end_version.map(Version)) {
            (Some(min), _) if version < min => format!("{} (needs {})", self.feature, min.major()),
            (_, Some(end)) => format!("{} (gone in {})", self.feature, end.major()),
            _ => self.feature.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_names_the_server_that_it_needs() {
        let since = Limit::since(
            Version::first_of(18),
            On::Entry,
            "virtual generated column a",
            Otherwise::Refuse,
        );
        assert!(since.allows(Version(180_001)) && !since.allows(Version(179_999)));
        assert_eq!(
            since.reason(Version::first_of(13)),
            "virtual generated column a (needs 18)"
        );
        let until = Limit::until(Version::first_of(14), On::Entry, "postfix operator", Otherwise::Refuse);
        assert!(until.allows(Version(130_020)) && !until.allows(Version(140_000)));
        assert_eq!(until.reason(Version::first_of(14)), "postfix operator (gone in 14)");
    }
}
