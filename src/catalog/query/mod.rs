//! Building blocks of catalog queries: bulk queries, names and options as SQL text, dependencies.

pub mod bulk;
pub mod depend;
pub mod names;
pub mod options;
