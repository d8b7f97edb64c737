//! Reads all types but domains: base, shell, enum, range and composite types, and the types that
//! come with other objects.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::{ConnectError, Row};
use crate::model::objects::types::{BaseType, CompositeColumn, CompositeType, EnumType, RangeType};
use crate::model::{Address, Class, Definition, Object};

/// Types in oid order. [`crate::model::objects::types`] explains when a shell type accompanies one.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let mut labels = read_labels(scope)?;
    let mut ranges = read_ranges(scope)?;
    let mut columns = read_columns(scope)?;
    let mut base_types = read_base_types(scope)?;
    let mut objects = Vec::new();
    for row in scope.control.query(&types_sql(scope))? {
        let oid = row.oid("oid")?;
        let relation = row.oid("typrelid")?;
        let parent = parent(&row)?;
        let kind = row.char("typtype")?;
        let definition = match kind {
            _ if parent.is_some() => Definition::ImpliedType,
            _ if !row.bool("typisdefined")? => Definition::UndefinedType,
            'b' => match base_types.remove(&oid) {
                Some(base) => Definition::BaseType(Box::new(base)),
                None => continue,
            },
            'e' => Definition::EnumType(EnumType {
                labels: labels.remove(&oid).unwrap_or_default(),
            }),
            'c' => Definition::CompositeType(CompositeType {
                relation_oid: relation,
                columns: columns.remove(&relation).unwrap_or_default(),
            }),
            'r' => match ranges.remove(&oid) {
                Some(range) => Definition::RangeType(Box::new(range)),
                None => continue,
            },
            _ => continue,
        };
        let schema = row.string("nspname")?;
        let name = row.string("typname")?;
        if needs_shell(&definition) {
            let mut shell = Object::new(
                Class::ShellType,
                oid,
                Some(schema.clone()),
                name.clone(),
                Definition::ShellType,
            );
            shell.parent = Some(Address::new(Class::Type, oid));
            objects.push(shell);
        }
        let mut object = Object::new(Class::Type, oid, Some(schema), name, definition);
        object.owner = Some(row.string("owner")?);
        object.parent = parent;
        objects.push(object);
    }
    Ok(objects)
}

/// Whether the type must be declared before its own functions, because these mention it.
fn needs_shell(definition: &Definition) -> bool {
    match definition {
        Definition::BaseType(_) => true,
        Definition::RangeType(range) => range.canonical.is_some(),
        _ => false,
    }
}

/// The object that makes this type together with itself: a type, or the table whose rows it describes.
fn parent(row: &Row) -> Result<Option<Address>, ConnectError> {
    for (column, class) in [
        ("array_of", Class::Type),
        ("multirange_of", Class::Type),
        ("row_of", Class::Relation),
    ] {
        if let Some(oid) = row.opt_int(column)? {
            let oid = u32::try_from(oid)
                .map_err(|_| ConnectError::Protocol(format!("column `{column}` holds no oid: {oid}")))?;
            return Ok(Some(Address::new(class, oid)));
        }
    }
    Ok(None)
}

fn types_sql(scope: &Scope) -> String {
    let (multirange_of, ranges) = if scope.version.has_multiranges() {
        (
            "r.rngtypid",
            "LEFT JOIN pg_catalog.pg_range r ON r.rngmultitypid = t.oid AND t.typtype = 'm' ",
        )
    } else {
        ("NULL", "")
    };
    // Every table has two of these types. A join is used, because a subquery would look up each of them.
    format!(
        "SELECT t.oid, n.nspname, t.typname, {owner} AS owner, t.typtype, t.typisdefined, t.typrelid, \
         e.oid AS array_of, {multirange_of} AS multirange_of, c.oid AS row_of \
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
         LEFT JOIN pg_catalog.pg_type e ON e.typarray = t.oid AND e.oid = t.typelem \
         LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c' {ranges}\
         WHERE t.typtype <> 'd' AND {wanted} ORDER BY t.oid",
        owner = names::role("t.typowner"),
        wanted = names::user_schema_or_member("n", "pg_type", "t.oid"),
    )
}

/// The base types that are no array types, by oid. They are read separately, because there are few.
fn read_base_types(scope: &Scope) -> Result<HashMap<u32, BaseType>, ConnectError> {
    let subscript = if scope.version.has_subscript_functions() {
        names::function("t.typsubscript")
    } else {
        "NULL".to_owned()
    };
    let sql = format!(
        "SELECT t.oid, t.typlen, {input} AS input, {output} AS output, {receive} AS receive, {send} AS send, \
         {modifier_input} AS modifier_input, {modifier_output} AS modifier_output, {analyze} AS analyze_function, \
         {subscript} AS subscript, \
         CASE WHEN t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, NULL) END AS element, \
         t.typcollation <> 0 AS collatable, t.typdefault, t.typcategory, t.typispreferred, t.typdelim, \
         t.typalign, t.typstorage, t.typbyval FROM pg_catalog.pg_type t \
         WHERE t.typtype = 'b' AND t.typisdefined AND t.oid >= {first} \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)",
        input = names::function("t.typinput"),
        output = names::function("t.typoutput"),
        receive = names::function("t.typreceive"),
        send = names::function("t.typsend"),
        modifier_input = names::function("t.typmodin"),
        modifier_output = names::function("t.typmodout"),
        analyze = names::function("t.typanalyze"),
        first = names::FIRST_NORMAL_OID,
    );
    let mut types = HashMap::new();
    for row in scope.control.query(&sql)? {
        types.insert(row.oid("oid")?, base_type(&row)?);
    }
    Ok(types)
}

fn base_type(row: &Row) -> Result<BaseType, ConnectError> {
    Ok(BaseType {
        length: row.int("typlen")?,
        input: names::name(row, "input")?,
        output: names::name(row, "output")?,
        receive: names::opt_name(row, "receive")?,
        send: names::opt_name(row, "send")?,
        modifier_input: names::opt_name(row, "modifier_input")?,
        modifier_output: names::opt_name(row, "modifier_output")?,
        analyze: names::opt_name(row, "analyze_function")?,
        subscript: names::opt_name(row, "subscript")?,
        element: names::opt_sql_type(row, "element")?,
        collatable: row.bool("collatable")?,
        default: row.opt_string("typdefault")?,
        category: row.char("typcategory")?,
        preferred: row.bool("typispreferred")?,
        delimiter: row.char("typdelim")?,
        alignment: row.char("typalign")?,
        storage: row.char("typstorage")?,
        by_value: row.bool("typbyval")?,
    })
}

fn read_labels(scope: &Scope) -> Result<HashMap<u32, Vec<String>>, ConnectError> {
    let sql = "SELECT e.enumtypid, e.enumlabel FROM pg_catalog.pg_enum e ORDER BY e.enumtypid, e.enumsortorder";
    let mut labels: HashMap<u32, Vec<String>> = HashMap::new();
    for row in scope.control.query(sql)? {
        labels
            .entry(row.oid("enumtypid")?)
            .or_default()
            .push(row.string("enumlabel")?);
    }
    Ok(labels)
}

fn read_ranges(scope: &Scope) -> Result<HashMap<u32, RangeType>, ConnectError> {
    let multirange = if scope.version.has_multiranges() {
        "(SELECT ARRAY[mn.nspname, mt.typname] FROM pg_catalog.pg_type mt \
         JOIN pg_catalog.pg_namespace mn ON mn.oid = mt.typnamespace WHERE mt.oid = r.rngmultitypid)"
    } else {
        "NULL::pg_catalog.name[]"
    };
    let sql = format!(
        "SELECT r.rngtypid, pg_catalog.format_type(r.rngsubtype, NULL) AS subtype, \
         CASE WHEN NOT o.opcdefault THEN {operator_class} END AS operator_class, \
         CASE WHEN r.rngcollation <> s.typcollation THEN {collation} END AS collation, \
         {canonical} AS canonical, {difference} AS difference, {multirange} AS multirange \
         FROM pg_catalog.pg_range r JOIN pg_catalog.pg_type s ON s.oid = r.rngsubtype \
         JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc WHERE r.rngtypid >= {first}",
        operator_class = names::operator_class("r.rngsubopc"),
        collation = names::collation("r.rngcollation"),
        canonical = names::function("r.rngcanonical"),
        difference = names::function("r.rngsubdiff"),
        first = names::FIRST_NORMAL_OID,
    );
    let mut ranges = HashMap::new();
    for row in scope.control.query(&sql)? {
        let multirange = match row.opt_array("multirange")? {
            Some(parts) => match <[String; 2]>::try_from(parts) {
                Ok([schema, name]) => Some((schema, name)),
                Err(_) => None,
            },
            None => None,
        };
        let range = RangeType {
            subtype: names::sql_type(&row, "subtype")?,
            operator_class: names::opt_name(&row, "operator_class")?,
            collation: names::opt_name(&row, "collation")?,
            canonical: names::opt_name(&row, "canonical")?,
            subtype_difference: names::opt_name(&row, "difference")?,
            multirange,
        };
        ranges.insert(row.oid("rngtypid")?, range);
    }
    Ok(ranges)
}

/// Columns of composite types by the type's `pg_class` oid, without dropped ones.
fn read_columns(scope: &Scope) -> Result<HashMap<u32, Vec<CompositeColumn>>, ConnectError> {
    let sql = format!(
        "SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name, \
         CASE WHEN a.attcollation <> t.typcollation THEN {collation} END AS collation \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
         WHERE c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= {first} \
         ORDER BY a.attrelid, a.attnum",
        collation = names::collation("a.attcollation"),
        first = names::FIRST_NORMAL_OID,
    );
    let mut columns: HashMap<u32, Vec<CompositeColumn>> = HashMap::new();
    for row in scope.control.query(&sql)? {
        let column = CompositeColumn {
            name: row.string("attname")?,
            type_name: names::sql_type(&row, "type_name")?,
            collation: names::opt_name(&row, "collation")?,
        };
        columns.entry(row.oid("attrelid")?).or_default().push(column);
    }
    Ok(columns)
}
