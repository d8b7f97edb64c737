//! The data session: a blocking socket of our own, messages read in place, COPY in both directions.

pub(in crate::connect) mod batch_thread;
pub(crate) mod copy;
pub(in crate::connect) mod copy_each;
pub(in crate::connect) mod inbox;
pub(in crate::connect) mod one_query;
pub(in crate::connect) mod pipeline;
pub(crate) mod queued;
pub(in crate::connect) mod rows;
pub(crate) mod session;
pub(in crate::connect) mod startup;
