//! The model of a database: plain values with no SQL text, no IO and no clock.
//!
//! `objects` holds the objects read from the catalogs of a live server. [`entry`] holds the content of an archive:
//! entries with their finished SQL, relations with their columns, sequence states. [`ident`] quotes names and literals,
//! for every layer.
//!
//! Hidden modules are the engine's own. Integration tests and fuzz targets reach them, and an archive library without
//! the engine leaves parts of them unused; programs shall not use them.

#[doc(hidden)]
pub mod causes;
pub mod entry;
pub mod ident;
mod json_text;
pub mod kind;
pub mod mentions;
pub mod needs_version;
#[doc(hidden)]
pub mod new_keywords;
#[doc(hidden)]
pub mod objects;
pub mod page_range;
#[doc(hidden)]
pub mod parts;
#[doc(hidden)]
pub mod search_path;
#[doc(hidden)]
pub mod server_kept;
#[doc(hidden)]
pub mod short;
pub mod source;
#[doc(hidden)]
pub mod statements;
#[doc(hidden)]
pub mod storage;
#[doc(hidden)]
pub mod tokens;
pub mod value_type;

pub use entry::{Catalog, Drop, Entry, EntryId, Missing, NotCovered, Relation, RelationId, SequenceState};
#[doc(hidden)]
pub use json_text::json_text;
pub use kind::{Kind, Pass, Section};
pub use needs_version::Limit;
#[doc(hidden)]
pub use objects::address::{Address, Class};
#[doc(hidden)]
pub use objects::components::Components;
#[doc(hidden)]
pub use objects::database::Database;
#[doc(hidden)]
pub use objects::large_objects::LargeObjects;
#[doc(hidden)]
pub use objects::object::{Definition, Object};
pub use page_range::PageRange;
pub use source::Source;
pub use value_type::ValueType;
