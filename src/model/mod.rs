//! What a database is: plain values with no SQL text, no IO and no clock.
//!
//! [`object`] and the kind files hold what was read from the catalogs of a live server.
//! [`entry`] holds what an archive carries: entries with their finished SQL, relations with
//! their columns, sequence states. [`ident`] quotes names and literals, for every layer.

pub mod address;
pub mod causes;
pub mod classify;
pub mod components;
pub mod database;
pub mod entry;
pub mod foreign;
pub mod globals;
pub mod ident;
mod json_text;
pub mod kind;
pub mod large_objects;
pub mod limit;
pub mod mentions;
pub mod new_keywords;
pub mod object;
pub mod page_range;
pub mod parts;
pub mod planner_statistics;
pub mod privileges;
pub mod relation;
pub mod remarks;
pub mod replication;
pub mod routine;
pub mod search_path;
pub mod server_kept;
pub mod short;
pub mod source;
pub mod statements;
pub mod storage;
pub mod text_search;
pub mod tokens;
pub mod types;
pub mod value_type;

pub use address::{Address, Class};
pub use components::Components;
pub use database::Database;
pub use entry::{Catalog, Drop, Entry, EntryId, Missing, NotCovered, Relation, RelationId, SequenceState};
pub use json_text::json_text;
pub use kind::{Kind, Pass, Section};
pub use large_objects::LargeObjects;
pub use limit::Limit;
pub use object::{Definition, Object};
pub use page_range::PageRange;
pub use source::Source;
pub use value_type::ValueType;
