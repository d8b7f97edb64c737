//! Limits of the usual shapes: what servers before a version do not have.

use crate::model::needs_version::{Limit, On, Otherwise};
use crate::version::Version;

/// The object cannot be on servers before `version`.
pub(super) fn refuse(version: Version, feature: impl Into<String>) -> Limit {
    Limit::since(version, On::Entry, feature, Otherwise::Refuse)
}

/// The statement that makes the object, where a limit of it replaces it by others.
pub(super) fn instead(version: Version, feature: impl Into<String>, statements: Vec<String>) -> Limit {
    Limit::since(version, On::Create(0), feature, Otherwise::Use(statements))
}
