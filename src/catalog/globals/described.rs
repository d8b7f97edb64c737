//! Comments and security labels of objects of a shared catalog.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::connect::ConnectError;
use crate::model::Object;
use crate::model::objects::remarks::{Comment, SecurityLabel};

/// Adds comments and labels to the objects of one catalog, e.g. `pg_authid`.
pub(super) fn read(scope: &Scope, catalog: &str, objects: &mut [Object]) -> Result<(), ConnectError> {
    let mut by_oid: HashMap<u32, &mut Object> = objects.iter_mut().map(|o| (o.address.oid, o)).collect();
    let rows = scope.control.query(&format!(
        "SELECT d.objoid, NULL::text AS provider, d.description AS text FROM pg_catalog.pg_shdescription d \
         WHERE d.classoid = 'pg_catalog.{catalog}'::pg_catalog.regclass \
         UNION ALL SELECT l.objoid, l.provider, l.label FROM pg_catalog.pg_shseclabel l \
         WHERE l.classoid = 'pg_catalog.{catalog}'::pg_catalog.regclass ORDER BY 1, 2"
    ))?;
    for row in &rows {
        let Some(object) = by_oid.get_mut(&row.oid("objoid")?) else {
            continue;
        };
        let text = row.string("text")?;
        match row.opt_string("provider")? {
            None => object.comments.push(Comment { column: None, text }),
            Some(provider) => object.security_labels.push(SecurityLabel {
                column: None,
                provider,
                label: text,
            }),
        }
    }
    Ok(())
}
