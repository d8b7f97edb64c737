//! The catalogs of a live server, read with few bulk queries into the model.
//!
//! One file per kind: the query beside its row mapping. Deparse functions are called only for the
//! relations in [`Scope::relations`], which the caller has locked.

use crate::connect::Control;

/// What the readers read from.
pub struct Scope<'a> {
    pub control: &'a Control,
    /// `server_version_num`.
    pub version: u32,
    /// oids of the tables, views, sequences, .. whose parts are read: locked where that is possible.
    pub relations: &'a [u32],
}

impl Scope<'_> {
    /// `'{1,2,3}'::pg_catalog.oid[]`, for `unnest`.
    pub fn relation_array(&self) -> String {
        let oids: Vec<String> = self.relations.iter().map(u32::to_string).collect();
        format!("'{{{}}}'::pg_catalog.oid[]", oids.join(","))
    }
}
