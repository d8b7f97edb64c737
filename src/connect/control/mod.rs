//! Sessions behind blocking calls that ask, watch and cancel.

pub(in crate::connect) mod byte_budget;
pub(crate) mod cancel;
pub(in crate::connect) mod client;
pub(in crate::connect) mod driven;
pub(in crate::connect) mod hang_up;
pub(in crate::connect) mod opening;
pub(crate) mod session;
