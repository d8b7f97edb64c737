//! Row-level security: the tables that enforce it, and their policies.

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::ConnectError;
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::Policy;
use crate::model::{Address, Class};

/// A [`Definition::RowSecurity`] per table that enforces it, then all policies.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let mut objects = Vec::new();
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relrowsecurity AND c.relkind IN ('r', 'p') ORDER BY c.oid"
        )
    })?;
    for row in &rows {
        let oid = row.oid("oid")?;
        let mut object = Object::new(
            Class::RowSecurity,
            oid,
            Some(row.string("nspname")?),
            row.string("relname")?,
            Definition::RowSecurity,
        );
        object.parent = Some(Address::new(Class::Relation, oid));
        objects.push(object);
    }
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT p.oid, p.polname, p.polrelid, p.polpermissive, p.polcmd, n.nspname, c.relname,
               (SELECT pg_catalog.array_agg(r.rolname ORDER BY r.rolname)
                FROM pg_catalog.pg_roles r WHERE r.oid = ANY (p.polroles)) AS roles,
               0 = ANY (p.polroles) AS for_public,
               pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using_expr,
               pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check_expr
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_class c ON c.oid = src.o AND c.relkind IN ('r', 'p')
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid
             ORDER BY p.polrelid, p.polname"
        )
    })?;
    for row in &rows {
        let roles = if row.bool("for_public")? {
            Vec::new()
        } else {
            row.opt_array("roles")?.unwrap_or_default()
        };
        let policy = Policy {
            relation: row.string("relname")?,
            permissive: row.bool("polpermissive")?,
            command: row.char("polcmd")?,
            roles,
            using: row.opt_string("using_expr")?,
            with_check: row.opt_string("check_expr")?,
        };
        let mut object = Object::new(
            Class::Policy,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("polname")?,
            Definition::Policy(policy),
        );
        object.parent = Some(Address::new(Class::Relation, row.oid("polrelid")?));
        objects.push(object);
    }
    Ok(objects)
}
