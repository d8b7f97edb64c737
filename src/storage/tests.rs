//! Tests that kinds of storage share.

pub mod conformance;
