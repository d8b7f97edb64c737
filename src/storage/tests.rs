//! Tests that kinds of storage share.

pub(super) mod conformance;
