//! Reads publications and their members.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::{bulk, names};
use crate::connect::ConnectError;
use crate::model::objects::relation::RelationRef;
use crate::model::objects::replication::{Publication, PublicationSchema, PublicationTable, RowFilter};
use crate::model::{Address, Class, Definition, Object};
use crate::version::since;

/// Publications, then their tables, then their schemas.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let mut objects = publications(scope)?;
    if objects.is_empty() {
        return Ok(objects);
    }
    objects.append(&mut tables(scope)?);
    if scope.version.has_publication_filters() {
        objects.append(&mut schemas(scope)?);
    }
    Ok(objects)
}

fn publications(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT p.oid, p.pubname, {owner} AS owner, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, \
         p.pubtruncate, p.pubviaroot, {generated} AS generated \
         FROM pg_catalog.pg_publication p ORDER BY p.oid",
        owner = names::role("p.pubowner"),
        generated = bulk::since(scope, since::PUBLISHED_GENERATED_COLUMNS, "p.pubgencols", "'n'"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let publication = Publication {
            all_tables: row.bool("puballtables")?,
            insert: row.bool("pubinsert")?,
            update: row.bool("pubupdate")?,
            delete: row.bool("pubdelete")?,
            truncate: row.bool("pubtruncate")?,
            via_root: row.bool("pubviaroot")?,
            generated_columns: row.char("generated")?,
        };
        let mut object = Object::new(
            Class::Publication,
            row.oid("oid")?,
            None,
            row.string("pubname")?,
            Definition::Publication(publication),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}

fn tables(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let columns = "(SELECT pg_catalog.array_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a \
                   WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))";
    let sql = format!(
        "SELECT r.oid, r.prpubid, p.pubname, r.prrelid, n.nspname, c.relname, {columns} AS columns, \
         {filtered} AS filtered FROM pg_catalog.pg_publication_rel r \
         JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid \
         JOIN pg_catalog.pg_class c ON c.oid = r.prrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace ORDER BY r.oid",
        columns = bulk::since(scope, since::PUBLICATION_FILTERS, columns, "NULL"),
        filtered = bulk::since(scope, since::PUBLICATION_FILTERS, "r.prqual IS NOT NULL", "false"),
    );
    let mut conditions = conditions(scope)?;
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let oid = row.oid("oid")?;
        let filter = match (row.bool("filtered")?, conditions.remove(&oid)) {
            (false, _) => RowFilter::All,
            (true, Some(condition)) => RowFilter::Where(condition),
            (true, None) => RowFilter::Unread,
        };
        let table = RelationRef {
            address: Address::new(Class::Relation, row.oid("prrelid")?),
            schema: row.string("nspname")?,
            name: row.string("relname")?,
        };
        let name = table.name.clone();
        let member = PublicationTable {
            publication: row.string("pubname")?,
            table,
            columns: row.opt_array("columns")?,
            filter,
        };
        let definition = Definition::PublicationTable(member);
        // The member has no schema, because the publication that it belongs to has none.
        let mut object = Object::new(Class::PublicationRelation, oid, None, name, definition);
        object.parent = Some(Address::new(Class::Publication, row.oid("prpubid")?));
        objects.push(object);
    }
    Ok(objects)
}

/// The row filters on locked tables, by the oid of the membership.
fn conditions(scope: &Scope) -> Result<HashMap<u32, String>, ConnectError> {
    if !scope.version.has_publication_filters() {
        return Ok(HashMap::new());
    }
    let rows = bulk::query(scope, |relations| {
        format!(
            "SELECT r.oid, pg_catalog.pg_get_expr(r.prqual, r.prrelid) AS condition \
             FROM pg_catalog.unnest({relations}) AS src(o) \
             JOIN pg_catalog.pg_publication_rel r ON r.prrelid = src.o WHERE r.prqual IS NOT NULL"
        )
    })?;
    let mut conditions = HashMap::with_capacity(rows.len());
    for row in &rows {
        if let Some(condition) = row.opt_string("condition")? {
            conditions.insert(row.oid("oid")?, condition);
        }
    }
    Ok(conditions)
}

fn schemas(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = "SELECT s.oid, s.pnpubid, p.pubname, n.nspname FROM pg_catalog.pg_publication_namespace s \
               JOIN pg_catalog.pg_publication p ON p.oid = s.pnpubid \
               JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid ORDER BY s.oid";
    let mut objects = Vec::new();
    for row in scope.control.query(sql)? {
        let schema = row.string("nspname")?;
        let member = PublicationSchema {
            publication: row.string("pubname")?,
            schema: schema.clone(),
        };
        let definition = Definition::PublicationSchema(member);
        let mut object = Object::new(Class::PublicationNamespace, row.oid("oid")?, None, schema, definition);
        object.parent = Some(Address::new(Class::Publication, row.oid("pnpubid")?));
        objects.push(object);
    }
    Ok(objects)
}
