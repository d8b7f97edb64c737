//! The catalogs of a live server, read with few bulk queries into the model.
//!
//! One file per kind: the query beside its row mapping. Deparse functions are called only for the
//! relations in [`Scope::relations`], which the caller has locked.

pub mod error;
pub mod extensions;
pub mod foreign;
pub mod globals;
pub mod large_objects;
pub mod query;
pub mod read;
pub mod relations;
pub mod replication;
pub mod routines;
pub mod said_of_all;
pub mod schema;
pub mod scope;
pub mod state;
pub mod types;

pub use error::CatalogError;
pub use read::read;
pub use scope::Scope;
