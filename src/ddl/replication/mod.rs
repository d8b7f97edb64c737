//! Statements that make publications and subscriptions.

pub mod publication;
pub mod subscription;
