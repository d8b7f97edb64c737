//! Turns the model into SQL text, at dump time, beside the server that deparsed the parts.
//!
//! Pure: values in, statements out. Every statement is one statement without its semicolon, all
//! names are schema-qualified and quoted, and nothing depends on the target's settings.

pub mod comments;
pub mod entry;
pub mod extension;
pub mod foreign;
pub mod large_objects;
pub mod needs_version;
mod object_name;
pub mod privileges;
pub mod relations;
pub mod replication;
pub mod routines;
pub mod schema;
pub mod server;
pub mod statements;
pub mod target;

#[cfg(test)]
mod fixture;
#[cfg(test)]
pub mod testing;
pub mod text;
pub mod types;

pub use statements::{Context, Naming, Statements};
