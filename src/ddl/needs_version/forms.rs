//! Limits of the usual forms: features that servers before a version do not have.

use crate::model::needs_version::{Limit, On, Otherwise};
use crate::version::Version;

/// A limit for an object that cannot exist on servers before `version`.
pub(super) fn refuse(version: Version, feature: impl Into<String>) -> Limit {
    Limit::since(version, On::Entry, feature, Otherwise::Refuse)
}

/// A limit that replaces the statement which makes the object by others.
pub(super) fn instead(version: Version, feature: impl Into<String>, statements: Vec<String>) -> Limit {
    Limit::since(version, On::Create(0), feature, Otherwise::Use(statements))
}
