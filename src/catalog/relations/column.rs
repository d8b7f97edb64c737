//! Columns of tables and views, with their defaults, as rows of one bulk query.
//!
//! Which of a column's properties must be written depends on its table's parents: [`crate::catalog::relations::table`]
//! decides that.

use std::collections::HashMap;

use crate::catalog::query::{bulk, options};
use crate::catalog::{Scope, foreign};
use crate::connect::{ConnectError, Row};
use crate::model::ident::qualified;
use crate::version::since;

/// One column with everything that its statements are made of.
#[derive(Clone, Debug)]
pub(crate) struct ColumnRow {
    pub number: i16,
    pub name: String,
    /// SQL: `format_type` with the modifier.
    pub type_name: String,
    pub type_oid: u32,
    /// SQL name, where it is not the type's own.
    pub collation: Option<String>,
    pub is_local: bool,
    pub not_null: bool,
    /// `attgenerated`: s, v or NUL.
    pub generated: char,
    /// `attstorage` and the type's `typstorage`: p, e, m, x.
    pub storage: char,
    pub type_storage: char,
    /// `attcompression`: p, l or NUL.
    pub compression: char,
    pub statistics: Option<i32>,
    pub options: Vec<String>,
    /// `attfdwoptions`: (name, value), unquoted.
    pub foreign_options: Vec<(String, String)>,
    pub default: Option<DefaultRow>,
    /// The row of `pg_constraint`; always absent before 18.
    pub not_null_constraint: Option<NotNullRow>,
}

/// A row of `pg_attrdef`.
#[derive(Clone, Debug)]
pub(crate) struct DefaultRow {
    pub oid: u32,
    pub expression: String,
}

/// A not-null constraint of 18.
#[derive(Clone, Debug)]
pub(crate) struct NotNullRow {
    pub name: String,
    pub validated: bool,
    pub is_local: bool,
    pub no_inherit: bool,
    /// Whether another table of the schema has a constraint of this name that is not inherited: without an explicit
    /// name, a server may then choose another one.
    pub taken: bool,
}

/// The columns of the relations whose `relkind` is one of `kinds`, and of the direct parents of those, in
/// `attnum` order, without dropped ones.
pub(crate) fn read(scope: &Scope, kinds: &[char]) -> Result<HashMap<u32, Vec<ColumnRow>>, ConnectError> {
    let kinds: String = kinds.iter().map(|k| format!("'{k}'")).collect::<Vec<_>>().join(", ");
    let compression = bulk::since(scope, since::COLUMN_COMPRESSION, "a.attcompression", "''");
    let (constraint_columns, constraint_join) = if scope.version.has_table_not_null() {
        (
            "nn.conname AS nn_name, nn.convalidated AS nn_validated, nn.conislocal AS nn_local, \
             nn.connoinherit AS nn_no_inherit, EXISTS (SELECT FROM pg_catalog.pg_constraint other \
             WHERE other.conname = nn.conname AND other.connamespace = nn.connamespace AND other.oid <> nn.oid \
             AND other.coninhcount = 0) AS nn_taken",
            "LEFT JOIN pg_catalog.pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' \
             AND nn.conkey = ARRAY[a.attnum]",
        )
    } else {
        (
            "NULL AS nn_name, NULL AS nn_validated, NULL AS nn_local, NULL AS nn_no_inherit, NULL AS nn_taken",
            "",
        )
    };
    let foreign_options = foreign::options_sql("a.attfdwoptions");
    let rows = bulk::query(scope, |relations| {
        format!(
            "WITH wanted AS (
               SELECT c.oid FROM pg_catalog.unnest({relations}) AS src(o)
               JOIN pg_catalog.pg_class c ON c.oid = src.o WHERE c.relkind IN ({kinds})
             ), source AS (
               SELECT oid FROM wanted
               UNION SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN wanted ON wanted.oid = i.inhrelid
             )
             SELECT a.attrelid, a.attnum, a.attname, a.atttypid,
               pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name,
               cn.nspname AS coll_schema, co.collname AS coll_name,
               a.attislocal, a.attnotnull, a.attgenerated, a.attstorage, t.typstorage,
               {compression} AS attcompression, a.attstattarget, a.attoptions, {foreign_options} AS foreign_options,
               d.oid AS default_oid, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default_expr,
               {constraint_columns}
             FROM source
             JOIN pg_catalog.pg_attribute a ON a.attrelid = source.oid
             JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
             LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
             LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
             LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef
             {constraint_join}
             WHERE a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attrelid, a.attnum"
        )
    })?;
    let mut columns: HashMap<u32, Vec<ColumnRow>> = HashMap::new();
    for row in &rows {
        let column = column(row)?;
        let of_relation = columns.entry(row.oid("attrelid")?).or_default();
        // A parent of tables in two pieces of the scope is read twice.
        if of_relation.last().is_none_or(|last| last.number < column.number) {
            of_relation.push(column);
        }
    }
    Ok(columns)
}

fn column(row: &Row) -> Result<ColumnRow, ConnectError> {
    let name = row.string("attname")?;
    let collation = match (row.opt("coll_schema")?, row.opt("coll_name")?) {
        (Some(schema), Some(name)) => Some(qualified(schema, name)),
        _ => None,
    };
    let default = match row.opt_oid("default_oid")? {
        None => None,
        // The server gives NULL for the expression when the table has vanished.
        Some(oid) => Some(DefaultRow {
            oid,
            expression: row.string("default_expr")?,
        }),
    };
    let not_null_constraint = match row.opt_string("nn_name")? {
        None => None,
        Some(name) => Some(NotNullRow {
            name,
            validated: row.bool("nn_validated")?,
            is_local: row.bool("nn_local")?,
            no_inherit: row.bool("nn_no_inherit")?,
            taken: row.bool("nn_taken")?,
        }),
    };
    Ok(ColumnRow {
        number: number(row.int("attnum")?),
        name,
        type_name: row.string("type_name")?,
        type_oid: row.oid("atttypid")?,
        collation,
        is_local: row.bool("attislocal")?,
        not_null: row.bool("attnotnull")?,
        generated: row.char("attgenerated")?,
        storage: row.char("attstorage")?,
        type_storage: row.char("typstorage")?,
        compression: row.char("attcompression")?,
        // -1 until 16, NULL since 17: the default target.
        statistics: row
            .opt_int("attstattarget")?
            .filter(|target| *target >= 0)
            .map(|target| target as i32),
        options: options::own(row, "attoptions")?,
        foreign_options: foreign::options(row, "foreign_options")?,
        default,
        not_null_constraint,
    })
}

/// `attnum` as the catalogs store it; a value that is none of theirs becomes 0, which no column has.
pub(crate) fn number(value: i64) -> i16 {
    i16::try_from(value).unwrap_or(0)
}
