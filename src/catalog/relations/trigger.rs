//! Triggers, and partitions' copies of them that were enabled or disabled separately.

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::ConnectError;
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::Trigger;
use crate::model::{Address, Class};

/// One object per trigger that somebody created, and one per clone whose state is not that of the
/// trigger at the top of its partition tree. The internal triggers of foreign keys are left out.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    // Up to 14 a clone counts as internal, so `tgparentid` decides.
    let rows = bulk::query(scope, |relations| {
        format!(
            "WITH RECURSIVE own AS (
               SELECT t.* FROM pg_catalog.unnest({relations}) AS src(o)
               JOIN pg_catalog.pg_class c ON c.oid = src.o AND c.relkind IN ('r', 'p', 'v', 'f')
               JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
             ), line AS (
               SELECT own.oid AS clone, own.tgparentid AS ancestor FROM own
               WHERE own.tgparentid <> 0 AND own.tgconstraint = 0
               UNION ALL
               SELECT line.clone, t.tgparentid FROM line
               JOIN pg_catalog.pg_trigger t ON t.oid = line.ancestor WHERE t.tgparentid <> 0
             ), changed AS (
               SELECT own.oid, root.oid AS root FROM own JOIN line ON line.clone = own.oid
               JOIN pg_catalog.pg_trigger root ON root.oid = line.ancestor AND root.tgparentid = 0
               WHERE root.tgenabled <> own.tgenabled
             )
             SELECT t.oid, t.tgname, t.tgrelid, t.tgenabled, changed.root AS clone_of,
               n.nspname, c.relname, c.relkind,
               CASE WHEN t.tgparentid = 0 THEN pg_catalog.pg_get_triggerdef(t.oid, false) END AS definition
             FROM own t
             JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN changed ON changed.oid = t.oid
             WHERE NOT t.tgisinternal AND t.tgparentid = 0 OR changed.oid IS NOT NULL
             ORDER BY t.tgrelid, t.tgname"
        )
    })?;
    let mut triggers = Vec::with_capacity(rows.len());
    for row in &rows {
        let clone_of = row.opt_oid("clone_of")?.map(|oid| Address::new(Class::Trigger, oid));
        let trigger = Trigger {
            relation: row.string("relname")?,
            relation_kind: row.char("relkind")?,
            definition: row.opt_string("definition")?.unwrap_or_default(),
            enabled: row.char("tgenabled")?,
            clone_of,
        };
        let mut object = Object::new(
            Class::Trigger,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("tgname")?,
            Definition::Trigger(trigger),
        );
        object.parent = Some(Address::new(Class::Relation, row.oid("tgrelid")?));
        triggers.push(object);
    }
    Ok(triggers)
}
