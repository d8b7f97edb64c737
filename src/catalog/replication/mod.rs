//! Publications and subscriptions.

pub(crate) mod publication;
pub(crate) mod subscription;
