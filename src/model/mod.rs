//! The model of a database: plain values with no SQL text, no IO and no clock.
//!
//! [`objects`] holds the objects read from the catalogs of a live server. [`entry`] holds the content of an archive:
//! entries with their finished SQL, relations with their columns, sequence states. [`ident`] quotes names and literals,
//! for every layer.

pub mod causes;
pub mod entry;
pub mod ident;
mod json_text;
pub mod kind;
pub mod mentions;
pub mod needs_version;
pub mod new_keywords;
pub mod objects;
pub mod page_range;
pub mod parts;
pub mod search_path;
pub mod server_kept;
pub mod short;
pub mod source;
pub mod statements;
pub mod storage;
pub mod tokens;
pub mod value_type;

pub use entry::{Catalog, Drop, Entry, EntryId, Missing, NotCovered, Relation, RelationId, SequenceState};
pub use json_text::json_text;
pub use kind::{Kind, Pass, Section};
pub use needs_version::Limit;
pub use objects::address::{Address, Class};
pub use objects::components::Components;
pub use objects::database::Database;
pub use objects::large_objects::LargeObjects;
pub use objects::object::{Definition, Object};
pub use page_range::PageRange;
pub use source::Source;
pub use value_type::ValueType;
