//! The tables of extensions that hold the user's rows.

use std::collections::HashMap;

use crate::connect::{Ask, ConnectError};

/// For each configuration table (and sequence) of an extension, its condition: `WHERE ..` or empty.
pub(crate) fn read(control: &dyn Ask) -> Result<HashMap<u32, String>, ConnectError> {
    let rows = control.query(
        "SELECT c.oid AS oid, COALESCE(c.condition, '') AS condition \
         FROM pg_catalog.pg_extension e, \
           LATERAL ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) AS c(oid, condition) \
         WHERE c.oid IS NOT NULL",
    )?;
    rows.iter()
        .map(|row| Ok((row.oid("oid")?, row.string("condition")?)))
        .collect()
}
