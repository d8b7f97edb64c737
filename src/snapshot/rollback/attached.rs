//! What belongs to a database beside its content and stays with it when names are swapped: logical replication slots,
//! subscriptions, prepared transactions. Any database can be asked for them.

use crate::connect::{ConnectError, Control, Row};
use crate::model::ident::quote_literal;
use crate::snapshot::SnapshotError;
use crate::snapshot::error::doing;

/// A logical replication slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub name: String,
    pub plugin: String,
    /// Somebody is reading from it.
    pub active: bool,
}

/// A subscription of the database to another server's publications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub name: String,
    pub enabled: bool,
}

pub(super) fn slots(control: &Control, database: &str) -> Result<Vec<Slot>, SnapshotError> {
    let sql = format!(
        "SELECT s.slot_name::pg_catalog.text AS name, COALESCE(s.plugin::pg_catalog.text, '') AS plugin, s.active \
         FROM pg_catalog.pg_replication_slots s WHERE s.database = {} AND NOT s.temporary ORDER BY 1",
        quote_literal(database)
    );
    let read = |row: &Row| {
        Ok(Slot {
            name: row.string("name")?,
            plugin: row.string("plugin")?,
            active: row.bool("active")?,
        })
    };
    let failed = doing("cannot look for replication slots");
    let rows = control.query(&sql).map_err(&failed)?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(failed)
}

pub(super) fn subscriptions(control: &Control, database: &str) -> Result<Vec<Subscription>, SnapshotError> {
    let sql = format!(
        "SELECT s.subname::pg_catalog.text AS name, s.subenabled AS enabled FROM pg_catalog.pg_subscription s \
         JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = {} ORDER BY 1",
        quote_literal(database)
    );
    let read = |row: &Row| {
        Ok(Subscription {
            name: row.string("name")?,
            enabled: row.bool("enabled")?,
        })
    };
    let failed = doing("cannot look for subscriptions");
    let rows = control.query(&sql).map_err(&failed)?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(failed)
}

/// Fails if there are prepared transactions: with them the database cannot be renamed, nor its tables be locked.
///
/// # Errors
/// [`SnapshotError::Prepared`].
pub(super) fn check_prepared(control: &Control, database: &str) -> Result<(), SnapshotError> {
    let sql = format!(
        "SELECT x.gid FROM pg_catalog.pg_prepared_xacts x WHERE x.database = {} ORDER BY x.prepared, x.gid",
        quote_literal(database)
    );
    let failed = doing("cannot look for prepared transactions");
    let rows = control.query(&sql).map_err(&failed)?;
    let gids: Result<Vec<String>, ConnectError> = rows.iter().map(|row| row.string("gid")).collect();
    let gids = gids.map_err(failed)?;
    match gids.is_empty() {
        true => Ok(()),
        false => Err(SnapshotError::Prepared {
            database: database.to_owned(),
            gids: gids.iter().map(|gid| quote_literal(gid)).collect(),
        }),
    }
}
