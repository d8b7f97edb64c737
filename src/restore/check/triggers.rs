//! Loading rows without triggers and without checks of foreign keys, for `--disable-triggers`.
//!
//! The setting belongs to the sessions that load, not to the tables: whatever happens, no trigger stays disabled, and
//! none that somebody else disabled is enabled afterwards.

use std::collections::HashSet;

use crate::connect::Control;
use crate::model::{Catalog, ident};
use crate::plan::restore::select::Selection;
use crate::restore::error::{RestoreError, doing};

/// Triggers that fire in spite of the setting (ALWAYS), or only under it (REPLICA).
const FIRING: &str = "SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, \
     t.tgname::pg_catalog.text AS trigger FROM pg_catalog.pg_trigger t \
     JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE NOT t.tgisinternal AND t.tgenabled IN ('A', 'R') ORDER BY 1, 2, 3";

/// An error for triggers of the selected tables that the setting does not disable.
pub(crate) fn refuse_firing(control: &Control, catalog: &Catalog, selection: &Selection) -> Result<(), RestoreError> {
    let failed = doing("cannot read the target's triggers");
    let relations = selection.relations.iter().filter_map(|id| catalog.relation(*id));
    let tables: HashSet<(&str, &str)> = relations.map(|r| (r.schema.as_str(), r.name.as_str())).collect();
    let mut firing = Vec::new();
    for row in &control.query(FIRING).map_err(&failed)? {
        let (schema, name) = (row.text("schema").map_err(&failed)?, row.text("name").map_err(&failed)?);
        if tables.contains(&(schema, name)) {
            let trigger = ident::quote_ident(row.text("trigger").map_err(&failed)?);
            firing.push(format!("{trigger} on {}", ident::qualified(schema, name)));
        }
    }
    if firing.is_empty() {
        return Ok(());
    }
    Err(RestoreError::Firing {
        triggers: firing.join(", "),
    })
}
