//! Drops a database that was restored only for a time: by a drill, or by a rollback that did not use it.

use crate::connect::{ConnectError, Control, Params};
use crate::model::ident::{quote_ident, quote_literal};
use crate::snapshot::SnapshotError;
use crate::snapshot::error::doing;

/// Drops the database over new sessions, so that it works after an interruption too. `params` name another database.
pub(super) fn unmake(params: &Params, name: &str) -> Result<(), SnapshotError> {
    let failed = doing("cannot drop a database that was restored for a while");
    let control = Control::connect(params).map_err(&failed)?;
    let subscriptions = format!(
        "SELECT s.subname::pg_catalog.text AS name FROM pg_catalog.pg_subscription s \
         JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = {}",
        quote_literal(name)
    );
    // Some roles may not read subscriptions; such a role has made none.
    let subscriptions = control.query(&subscriptions).unwrap_or_default();
    let names: Result<Vec<&str>, ConnectError> = subscriptions.iter().map(|row| row.text("name")).collect();
    let names = names.map_err(&failed)?;
    // A database whose drop was interrupted accepts no sessions any more.
    if !names.is_empty() {
        let scratch = Control::connect(&params.with_database(name)).map_err(&failed)?;
        for subscription in names.into_iter().map(quote_ident) {
            for statement in [
                format!("ALTER SUBSCRIPTION {subscription} DISABLE"),
                // Without this the drop would take away the slot that the real subscription uses.
                format!("ALTER SUBSCRIPTION {subscription} SET (slot_name = NONE)"),
                format!("DROP SUBSCRIPTION {subscription}"),
            ] {
                scratch.execute(&statement).map_err(&failed)?;
            }
        }
    }
    control
        .execute(&format!("DROP DATABASE {} WITH (FORCE)", quote_ident(name)))
        .map_err(&failed)
}
