//! The catalogs of a live server, read with few bulk queries into the model.
//!
//! One file per kind: the query beside its row mapping. Deparse functions are called only for the
//! relations in [`Scope::relations`], which the caller has locked.

pub mod access_method;
pub mod aggregate;
pub mod bulk;
pub mod cast;
pub mod changed;
pub mod collation;
pub mod column;
pub mod comment;
pub mod constraint;
pub mod conversion;
pub mod copy_columns;
pub mod dangling;
pub mod default_privileges;
pub mod depend;
pub mod domain;
pub mod error;
pub mod event_trigger;
pub mod extension;
pub mod extension_config;
pub mod extension_dependence;
pub mod foreign;
pub mod globals;
pub mod index;
pub mod language;
pub mod large_objects;
pub mod matview;
pub mod member_rows;
pub mod names;
pub mod operator;
pub mod operator_class;
pub mod options;
pub mod partition_root;
pub mod planner_statistics;
pub mod policy;
pub mod privileges;
pub mod publication;
pub mod read;
pub mod readable;
pub mod relation_list;
pub mod relations;
pub mod rewritten;
pub mod routine;
pub mod rule;
pub mod schema;
pub mod scope;
pub mod security_label;
pub mod sequence;
pub mod sequence_state;
pub mod statistics;
pub mod subscription;
pub mod system_object;
pub mod table;
pub mod text_search;
pub mod transform;
pub mod trigger;
pub mod types;
pub mod view;

pub use error::CatalogError;
pub use read::read;
pub use scope::Scope;
