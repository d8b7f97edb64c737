//! The order in which objects are restored: dependencies, loops and their repair. Pure.

pub mod edges;
pub mod graph;
pub mod loops;
pub mod memberships;
pub mod refresh;
pub mod repair;
pub mod restore_order;
pub mod sort;
