//! Tables, their columns, defaults and attachments to partitioned tables.

use std::collections::{HashMap, HashSet};

use crate::catalog::query::{bulk, options};
use crate::catalog::relations::column;
use crate::catalog::relations::column::ColumnRow;
use crate::catalog::{Scope, foreign};
use crate::connect::{ConnectError, Row};
use crate::model::objects::foreign::Foreign;
use crate::model::objects::object::{Definition, Object};
use crate::model::objects::relation::{Column, ColumnDefault, NotNull, RelationRef, Table, TableAttach};
use crate::model::{Address, Class};
use crate::version::Version;

/// One object per table, then its defaults, then its attachment if it is a partition.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let tables = bulk::query(scope, tables_sql)?;
    let mut parents = parents(scope)?;
    let columns = column::read(scope, &['r', 'p', 'f'])?;
    let mut objects = Vec::with_capacity(tables.len());
    for row in &tables {
        let oid = row.oid("oid")?;
        let parents = parents.remove(&oid).unwrap_or_default();
        table(row, oid, parents, &columns, scope.version, &mut objects)?;
    }
    Ok(objects)
}

fn tables_sql(relations: &str) -> String {
    format!(
        "SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner) AS owner, c.relkind,
           c.relpersistence, c.relispartition, c.relreplident, c.relforcerowsecurity,
           CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS of_type,
           am.amname, ts.spcname, c.reloptions, t.reloptions AS toast_options,
           CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
           CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS bound,
           fs.srvname, {options} AS foreign_options
         FROM pg_catalog.unnest({relations}) AS src(o)
         JOIN pg_catalog.pg_class c ON c.oid = src.o
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid AND c.relkind = 'r'
         LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
         LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
         LEFT JOIN pg_catalog.pg_foreign_table ft ON ft.ftrelid = c.oid
         LEFT JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver
         WHERE c.relkind IN ('r', 'p', 'f') ORDER BY c.oid",
        options = foreign::options_sql("ft.ftoptions")
    )
}

fn parents(scope: &Scope) -> Result<HashMap<u32, Vec<RelationRef>>, ConnectError> {
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT i.inhrelid, i.inhparent, n.nspname, p.relname
             FROM pg_catalog.unnest({relations}) AS src(o)
             JOIN pg_catalog.pg_inherits i ON i.inhrelid = src.o
             JOIN pg_catalog.pg_class p ON p.oid = i.inhparent AND p.relkind IN ('r', 'p', 'f')
             JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
             ORDER BY i.inhrelid, i.inhseqno"
        )
    })?;
    let mut parents: HashMap<u32, Vec<RelationRef>> = HashMap::new();
    for row in &rows {
        parents.entry(row.oid("inhrelid")?).or_default().push(RelationRef {
            address: Address::new(Class::Relation, row.oid("inhparent")?),
            schema: row.string("nspname")?,
            name: row.string("relname")?,
        });
    }
    Ok(parents)
}

fn table(
    row: &Row,
    oid: u32,
    parents: Vec<RelationRef>,
    columns: &HashMap<u32, Vec<ColumnRow>>,
    version: Version,
    objects: &mut Vec<Object>,
) -> Result<(), ConnectError> {
    let schema = row.string("nspname")?;
    let name = row.string("relname")?;
    let is_partition = row.bool("relispartition")?;
    let own: &[ColumnRow] = columns.get(&oid).map_or(&[], Vec::as_slice);
    let parent_columns: Vec<&[ColumnRow]> = parents
        .iter()
        .filter_map(|p| columns.get(&p.address.oid).map(Vec::as_slice))
        .collect();
    let inherits_later = !is_partition && is_reordered(own, &parent_columns);
    let family = Family {
        table: &name,
        stands_alone: is_partition || inherits_later,
        version,
        parents: parent_columns,
    };
    let definition = Table {
        kind: row.char("relkind")?,
        unlogged: row.char("relpersistence")? == 'u',
        is_partition,
        of_type: row.opt_string("of_type")?,
        columns: own.iter().map(|column| family.column(column)).collect(),
        parents,
        inherits_later,
        partition_key: row.opt_string("partition_key")?,
        access_method: row.opt_string("amname")?,
        tablespace: row.opt_string("spcname")?,
        options: options::own(row, "reloptions")?,
        toast_options: options::own(row, "toast_options")?,
        replica_identity: row.char("relreplident")?,
        force_row_security: row.bool("relforcerowsecurity")?,
        foreign: foreign_part(row)?,
    };
    let address = Address::new(Class::Relation, oid);
    let owner = row.opt_string("owner")?;
    let defaults: Vec<Object> = own
        .iter()
        .filter_map(|column| family.default(column, &schema, address))
        .collect();
    let attach = attach(row, oid, &definition, &schema, &name, owner.clone())?;

    let mut table = Object::new(
        Class::Relation,
        oid,
        Some(schema),
        name,
        Definition::Table(Box::new(definition)),
    );
    table.owner = owner;
    objects.push(table);
    objects.extend(defaults);
    objects.extend(attach);
    Ok(())
}

fn foreign_part(row: &Row) -> Result<Option<Foreign>, ConnectError> {
    let Some(server) = row.opt_string("srvname")? else {
        return Ok(None);
    };
    let options = foreign::options(row, "foreign_options")?;
    Ok(Some(Foreign { server, options }))
}

fn attach(
    row: &Row,
    oid: u32,
    table: &Table,
    schema: &str,
    name: &str,
    owner: Option<String>,
) -> Result<Option<Object>, ConnectError> {
    let (Some(bound), Some(parent)) = (row.opt_string("bound")?, table.parents.first()) else {
        return Ok(None);
    };
    let partition = Address::new(Class::Relation, oid);
    let definition = Definition::TableAttach(TableAttach {
        partition,
        parent: parent.address,
        parent_schema: parent.schema.clone(),
        parent_name: parent.name.clone(),
        bound,
    });
    let mut object = Object::new(
        Class::TableAttach,
        oid,
        Some(schema.to_owned()),
        name.to_owned(),
        definition,
    );
    object.parent = Some(partition);
    object.owner = owner;
    Ok(Some(object))
}

/// Whether the table must be made before it gets its parents. CREATE TABLE .. INHERITS puts the parents' columns first,
/// but a table that joined its parents later may have another order. If all its columns are its own, it can be made
/// that way again without loss.
fn is_reordered(own: &[ColumnRow], parents: &[&[ColumnRow]]) -> bool {
    let mut names: Vec<&str> = Vec::with_capacity(own.len());
    let mut seen = HashSet::with_capacity(own.len());
    for column in parents.iter().copied().flatten().chain(own) {
        if seen.insert(column.name.as_str()) {
            names.push(&column.name);
        }
    }
    own.iter().all(|column| column.is_local) && own.iter().map(|column| column.name.as_str()).ne(names)
}

/// A table among its parents, to tell what CREATE TABLE gives a column by itself.
struct Family<'a> {
    table: &'a str,
    /// Whether CREATE TABLE takes nothing from its parents.
    stands_alone: bool,
    version: Version,
    /// The columns of each direct parent.
    parents: Vec<&'a [ColumnRow]>,
}

impl Family<'_> {
    /// The columns of this name in the parents.
    fn inherited<'b>(&'b self, column: &'b ColumnRow) -> impl Iterator<Item = &'b ColumnRow> {
        self.parents
            .iter()
            .filter_map(|columns| columns.iter().find(|c| c.name == column.name))
    }

    /// Whether CREATE TABLE lists the column. A table that is created alone and attached later lists every column.
    fn listed(&self, column: &ColumnRow) -> bool {
        column.is_local || self.stands_alone
    }

    /// The parent whose settings CREATE TABLE .. INHERITS copies.
    fn model<'b>(&'b self, column: &'b ColumnRow) -> Option<&'b ColumnRow> {
        if self.stands_alone {
            None
        } else {
            self.inherited(column).next()
        }
    }

    fn column(&self, row: &ColumnRow) -> Column {
        let parent = self.model(row);
        let storage = parent.map_or(row.type_storage, |p| p.storage);
        let compression = parent.map_or('\0', |p| p.compression);
        Column {
            number: row.number,
            name: row.name.clone(),
            type_name: row.type_name.clone(),
            type_oid: row.type_oid,
            collation: row.collation.clone(),
            listed: self.listed(row),
            not_null: row.not_null,
            not_null_clause: self.not_null(row),
            default: row
                .default
                .as_ref()
                .map(|d| Address::new(Class::AttributeDefault, d.oid)),
            default_null: self.default_null(row),
            storage: if row.storage == storage {
                None
            } else {
                storage_keyword(row.storage)
            },
            compression: if row.compression == compression {
                None
            } else {
                compression_keyword(row.compression)
            },
            statistics: row.statistics,
            options: row.options.clone(),
            foreign_options: row.foreign_options.clone(),
        }
    }

    /// Whether a parent has a default that this column must not get.
    fn default_null(&self, row: &ColumnRow) -> bool {
        !self.stands_alone
            && row.default.is_none()
            && row.generated == '\0'
            && self.inherited(row).any(|p| p.default.is_some() && p.generated == '\0')
    }

    fn not_null(&self, row: &ColumnRow) -> Option<NotNull> {
        if !self.version.has_table_not_null() {
            let inherited = self.inherited(row).any(|p| p.not_null);
            let written = row.not_null && (self.stands_alone || !inherited);
            return written.then(NotNull::default);
        }
        let constraint = row.not_null_constraint.as_ref().filter(|c| c.validated)?;
        // If its parents have lost their validity, a child keeps its own only if the statement says so.
        let mut parents = self
            .inherited(row)
            .filter_map(|p| p.not_null_constraint.as_ref())
            .peekable();
        let only_invalid = parents.peek().is_some() && parents.all(|c| !c.validated);
        if !(constraint.is_local || self.stands_alone || only_invalid) {
            return None;
        }
        let implied = format!("{}_{}_not_null", self.table, row.name);
        Some(NotNull {
            name: (constraint.taken || constraint.name != implied).then(|| constraint.name.clone()),
            no_inherit: constraint.no_inherit,
        })
    }

    fn default(&self, row: &ColumnRow, schema: &str, table: Address) -> Option<Object> {
        let default = row.default.as_ref()?;
        let generated = row.generated != '\0';
        let mut parents = self.inherited(row).filter(|p| p.generated != '\0').peekable();
        let inherited = generated
            && !self.stands_alone
            && parents.peek().is_some()
            && parents.all(|p| p.default.as_ref().is_some_and(|d| d.expression == default.expression));
        let definition = Definition::Default(ColumnDefault {
            relation: self.table.to_owned(),
            column: row.name.clone(),
            expression: default.expression.clone(),
            separate: !generated && !self.listed(row),
            generated,
            is_virtual: row.generated == 'v',
            inherited,
        });
        let mut object = Object::new(
            Class::AttributeDefault,
            default.oid,
            Some(schema.to_owned()),
            row.name.clone(),
            definition,
        );
        object.parent = Some(table);
        Some(object)
    }
}

/// The keyword of an `attstorage` value.
pub(crate) fn storage_keyword(storage: char) -> Option<&'static str> {
    match storage {
        'p' => Some("PLAIN"),
        'e' => Some("EXTERNAL"),
        'm' => Some("MAIN"),
        'x' => Some("EXTENDED"),
        _ => None,
    }
}

/// The keyword of an `attcompression` value.
pub(crate) fn compression_keyword(compression: char) -> Option<&'static str> {
    match compression {
        'p' => Some("pglz"),
        'l' => Some("lz4"),
        '\0' => Some("default"),
        _ => None,
    }
}
