//! Extended statistics objects.

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::ConnectError;
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::ExtendedStatistics;
use crate::model::{Address, Class};

/// One object per `CREATE STATISTICS` on a relation of the scope; its schema may be another one.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT s.oid, s.stxname, s.stxrelid, n.nspname, pg_catalog.pg_get_userbyid(s.stxowner) AS owner,
               s.stxstattarget, pg_catalog.pg_get_statisticsobjdef(s.oid) AS definition
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = src.o
             JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
             ORDER BY s.stxrelid, n.nspname, s.stxname"
        )
    })?;
    let mut objects = Vec::with_capacity(rows.len());
    for row in &rows {
        let definition = ExtendedStatistics {
            definition: row.string("definition")?,
            // -1 until 16, NULL since 17: the default target.
            statistics: row
                .opt_int("stxstattarget")?
                .filter(|target| *target >= 0)
                .map(|target| target as i32),
        };
        let mut object = Object::new(
            Class::ExtendedStatistics,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("stxname")?,
            Definition::ExtendedStatistics(definition),
        );
        object.owner = row.opt_string("owner")?;
        object.parent = Some(Address::new(Class::Relation, row.oid("stxrelid")?));
        objects.push(object);
    }
    Ok(objects)
}
