//! What the statements of an entry need of the server that executes them, said when they were made.

use serde::{Deserialize, Serialize};

/// A part of an entry that not every server can execute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub on: On,
    /// First `server_version_num` that has it.
    pub min_version: Option<u32>,
    /// First `server_version_num` that has it no more.
    pub end_version: Option<u32>,
    /// In words, e.g. `virtual generated column total`; empty where nothing is lost.
    pub feature: String,
    pub otherwise: Otherwise,
}

/// The part that a limit is about. Numbers are positions in the entry's lists, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum On {
    /// All of it.
    Entry,
    Create(u32),
    Owner,
    Privilege(u32),
    Comment(u32),
    Requirement(u32),
}

/// What a restore does on a server outside the limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Otherwise {
    /// The object cannot be there: the entry is not restored, nor what depends on it.
    Refuse,
    /// The object is worth having without this part.
    LeaveOut,
    /// These statements come nearest.
    Use(Vec<String>),
}

impl Otherwise {
    /// What takes the place of the part.
    pub fn statements(&self) -> &[String] {
        match self {
            Self::Use(statements) => statements,
            Self::Refuse | Self::LeaveOut => &[],
        }
    }
}

impl Limit {
    /// A part that came with `version`.
    pub fn since(version: u32, on: On, feature: impl Into<String>, otherwise: Otherwise) -> Self {
        Self {
            on,
            min_version: Some(version),
            end_version: None,
            feature: feature.into(),
            otherwise,
        }
    }

    /// A part that `version` took away.
    pub fn until(version: u32, on: On, feature: impl Into<String>, otherwise: Otherwise) -> Self {
        Self {
            on,
            min_version: None,
            end_version: Some(version),
            feature: feature.into(),
            otherwise,
        }
    }

    /// A server of this version can execute the part.
    pub fn allows(&self, version: u32) -> bool {
        self.min_version.is_none_or(|min| version >= min) && self.end_version.is_none_or(|end| version < end)
    }

    /// e.g. `virtual generated column total (needs 18)`.
    pub fn reason(&self, version: u32) -> String {
        match (self.min_version, self.end_version) {
            (Some(min), _) if version < min => format!("{} (needs {})", self.feature, min / 10_000),
            (_, Some(end)) => format!("{} (gone in {})", self.feature, end / 10_000),
            _ => self.feature.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_names_the_server_that_it_needs() {
        let since = Limit::since(180_000, On::Entry, "virtual generated column a", Otherwise::Refuse);
        assert!(since.allows(180_001) && !since.allows(179_999));
        assert_eq!(since.reason(130_000), "virtual generated column a (needs 18)");
        let until = Limit::until(140_000, On::Entry, "postfix operator", Otherwise::Refuse);
        assert!(until.allows(130_020) && !until.allows(140_000));
        assert_eq!(until.reason(140_000), "postfix operator (gone in 14)");
    }
}
