//! Publications and subscriptions.

pub mod publication;
pub mod subscription;
