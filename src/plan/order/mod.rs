//! The order in which objects are restored: dependencies, loops and their repair. Pure.

pub(crate) mod edges;
pub(crate) mod graph;
pub(crate) mod loops;
pub(crate) mod memberships;
pub(crate) mod refresh;
pub(crate) mod repair;
pub(crate) mod restore_order;
pub(crate) mod sort;
