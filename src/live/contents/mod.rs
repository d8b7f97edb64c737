//! The content of the snapshot: its catalog as the entries and relations of an archive, and the facts about its server.

pub(crate) mod entries;
pub(crate) mod formats;
mod globals;
pub(crate) mod live;
mod sequences;
mod source;
