//! The content of the snapshot: its catalog as the entries and relations of an archive, and the facts about its server.

pub mod entries;
pub mod formats;
mod globals;
pub mod live;
mod sequences;
mod source;
