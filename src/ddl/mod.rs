//! Model to SQL text, at dump time, beside the server that deparsed the parts.
//!
//! Pure: values in, statements out. Every statement is one statement without its semicolon, all
//! names are schema-qualified and quoted, and nothing depends on the target's settings.

pub mod access_method;
pub mod aggregate;
pub mod cast;
pub mod collation;
pub mod column;
pub mod comments;
pub mod constraint;
pub mod conversion;
pub mod database;
pub mod default;
pub mod domain;
pub mod drops;
pub mod entry;
pub mod event_trigger;
pub mod extension;
pub mod extras;
pub mod foreign;
pub mod globals;
pub mod index;
pub mod language;
pub mod large_objects;
pub mod limits;
pub mod matview;
mod object_name;
pub mod operator;
pub mod operator_class;
pub mod options;
pub mod partition;
pub mod planner_statistics;
pub mod policy;
pub mod privileges;
pub mod publication;
pub mod role_marks;
pub mod routine;
pub mod rule;
mod scan;
pub mod schema;
pub mod sequence;
pub mod set_clause;
pub mod settings;
pub mod statements;
pub mod statistics;
pub mod subscription;
pub mod table;
pub mod target;
pub mod text_search;
pub mod transform;
pub mod trigger;
pub mod types;
pub mod view;

#[cfg(test)]
mod fixture;
#[cfg(test)]
pub mod testing;

pub use statements::{Context, Statements, Target};
