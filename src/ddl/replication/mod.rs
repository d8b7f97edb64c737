//! Statements that make publications and subscriptions.

pub(crate) mod publication;
pub(crate) mod subscription;
