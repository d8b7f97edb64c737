//! The catalogs of a live server, read with few bulk queries into the model.
//!
//! One file per kind: the query beside its row mapping. Deparse functions are called only for the
//! relations in [`Scope::relations`], which the caller has locked.

pub(crate) mod error;
pub(crate) mod extensions;
pub(crate) mod foreign;
pub(crate) mod globals;
pub(crate) mod large_objects;
pub(crate) mod query;
pub(crate) mod read;
pub(crate) mod relations;
pub(crate) mod replication;
pub(crate) mod routines;
pub(crate) mod said_of_all;
pub(crate) mod schema;
pub(crate) mod scope;
pub(crate) mod state;
pub(crate) mod types;

pub(crate) use error::CatalogError;
pub(crate) use read::read;
pub(crate) use scope::Scope;
