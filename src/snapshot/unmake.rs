//! Drops a database that was restored for a while: by a drill, or beside one that it did not come to replace.

use crate::connect::{Control, Params};
use crate::model::ident::quote_ident;
use crate::snapshot::SnapshotError;
use crate::snapshot::error::doing;

/// Drops it, over sessions of its own: also what was interrupted is cleared away. `params` name another database.
pub fn unmake(params: &Params, name: &str) -> Result<(), SnapshotError> {
    let failed = doing("cannot drop a database that was restored for a while");
    let scratch = Control::connect(&params.with_database(name)).map_err(&failed)?;
    let subscriptions = "SELECT s.subname::pg_catalog.text AS name FROM pg_catalog.pg_subscription s \
                         WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d \
                         WHERE d.datname = pg_catalog.current_database())";
    // Not everybody may see them; who may not has made none.
    for row in scratch.query(subscriptions).unwrap_or_default() {
        let subscription = quote_ident(row.text("name").map_err(&failed)?);
        for statement in [
            format!("ALTER SUBSCRIPTION {subscription} DISABLE"),
            // Without this the drop would take away the slot that the real subscription uses.
            format!("ALTER SUBSCRIPTION {subscription} SET (slot_name = NONE)"),
            format!("DROP SUBSCRIPTION {subscription}"),
        ] {
            scratch.execute(&statement).map_err(&failed)?;
        }
    }
    drop(scratch);
    let control = Control::connect(params).map_err(&failed)?;
    control
        .execute(&format!("DROP DATABASE {} WITH (FORCE)", quote_ident(name)))
        .map_err(&failed)
}
