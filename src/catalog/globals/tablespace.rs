//! Tablespaces.

use super::{acl, described};
use crate::catalog::query::{names, options};
use crate::catalog::{CatalogError, Scope};
use crate::model::objects::globals::{Global, Tablespace};
use crate::model::{Class, Definition, Object};

/// All tablespaces but the system's own, in the order they were made.
pub(crate) fn read(scope: &Scope) -> Result<(Vec<Object>, Vec<String>), CatalogError> {
    let rows = scope.control.query(&format!(
        "SELECT t.oid, t.spcname, {owner} AS owner, t.spcoptions, \
         pg_catalog.pg_tablespace_location(t.oid) AS location FROM pg_catalog.pg_tablespace t WHERE {USER} ORDER BY t.oid",
        owner = names::role("t.spcowner"),
    ))?;
    let mut tablespaces = Vec::with_capacity(rows.len());
    for row in &rows {
        let location = row.string("location")?;
        let tablespace = Tablespace {
            // A tablespace in the data directory is made by an empty location, but shows a relative one.
            location: if is_absolute(&location) {
                location
            } else {
                String::new()
            },
            options: options::own(row, "spcoptions")?,
        };
        let mut object = Object::new(
            Class::Tablespace,
            row.oid("oid")?,
            None,
            row.string("spcname")?,
            Definition::Global(Global::Tablespace(tablespace)),
        );
        object.owner = Some(row.string("owner")?);
        tablespaces.push(object);
    }
    let warnings = acl::read(
        scope,
        &format!("SELECT t.oid, t.spcacl, 't', t.spcowner FROM pg_catalog.pg_tablespace t WHERE {USER}"),
        &mut tablespaces,
    )?;
    described::read(scope, "pg_tablespace", &mut tablespaces)?;
    Ok((tablespaces, warnings))
}

const USER: &str = "pg_catalog.left(t.spcname::text, 3) <> 'pg_'";

/// Whether the path is absolute on the server's system, which may be Windows.
fn is_absolute(location: &str) -> bool {
    location.starts_with(['/', '\\']) || location.as_bytes().get(1) == Some(&b':')
}
