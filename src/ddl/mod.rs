//! Turns the model into SQL text, at dump time, beside the server that deparsed the parts.
//!
//! Pure: values in, statements out. Every statement is one statement without its semicolon, all
//! names are schema-qualified and quoted, and nothing depends on the target's settings.

pub(crate) mod comments;
pub(crate) mod entry;
pub(crate) mod extension;
pub(crate) mod foreign;
pub(crate) mod large_objects;
pub(crate) mod needs_version;
mod object_name;
pub(crate) mod privileges;
pub(crate) mod relations;
pub(crate) mod replication;
pub(crate) mod routines;
pub(crate) mod schema;
pub(crate) mod server;
pub(crate) mod statements;
pub(crate) mod target;

#[cfg(test)]
mod fixture;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod text;
pub(crate) mod types;

pub(crate) use statements::{Context, Naming, Statements};
