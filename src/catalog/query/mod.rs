//! Building blocks of catalog queries: bulk queries, names and options as SQL text, dependencies.

pub(crate) mod bulk;
pub(crate) mod depend;
pub(crate) mod names;
pub(crate) mod options;
