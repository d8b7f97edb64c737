//! SQL fragments that fetch the parts of a name, and functions that make SQL text of the parts.
//!
//! Names are quoted here and not by `regproc` and its like, because the source's keyword list may be shorter than the
//! target's.

use crate::connect::{ConnectError, Row};
use crate::model::ident::{qualified, quote_ident};

/// First oid of objects that initdb did not create.
pub(crate) const FIRST_NORMAL_OID: u32 = 16384;

/// True for the schemas whose contents are a user's own: condition on a `pg_namespace` alias.
pub(crate) fn user_schema(alias: &str) -> String {
    format!("(pg_catalog.left({alias}.nspname::text, 3) <> 'pg_' AND {alias}.nspname <> 'information_schema')")
}

/// As [`user_schema`], plus objects that somebody made in `pg_catalog`, and members of extensions in any schema: they
/// carry the dependency of other objects on their extension. `catalog` is e.g. `pg_proc`, `oid` e.g. `p.oid`.
pub(crate) fn user_schema_or_member(alias: &str, catalog: &str, oid: &str) -> String {
    format!(
        "({} OR ({oid} >= {FIRST_NORMAL_OID} AND ({alias}.nspname = 'pg_catalog' OR EXISTS (\
         SELECT FROM pg_catalog.pg_depend member_d \
         WHERE member_d.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND member_d.objid = {oid} \
         AND member_d.objsubid = 0 AND member_d.deptype = 'e'))))",
        user_schema(alias)
    )
}

/// `{schema,name}` of the function whose oid is in `column`; NULL for 0.
pub(crate) fn function(column: &str) -> String {
    format!(
        "(SELECT ARRAY[name_n.nspname, name_p.proname] FROM pg_catalog.pg_proc name_p \
         JOIN pg_catalog.pg_namespace name_n ON name_n.oid = name_p.pronamespace WHERE name_p.oid = {column})"
    )
}

/// `{schema,name,argument types}` of the function whose oid is in `column`; NULL for 0.
pub(crate) fn signature(column: &str) -> String {
    format!(
        "(SELECT ARRAY[name_n.nspname::text, name_p.proname::text, {}] FROM pg_catalog.pg_proc name_p \
         JOIN pg_catalog.pg_namespace name_n ON name_n.oid = name_p.pronamespace WHERE name_p.oid = {column})",
        type_list("name_p.proargtypes")
    )
}

/// The types of an `oidvector` or oid array, separated by commas; empty for none.
pub(crate) fn type_list(column: &str) -> String {
    format!(
        "(SELECT COALESCE(pg_catalog.string_agg(pg_catalog.format_type(list_a.type, NULL), ', ' ORDER BY list_a.position), '') \
         FROM pg_catalog.unnest({column}) WITH ORDINALITY list_a(type, position))"
    )
}

/// `{schema,name}` of the collation whose oid is in `column`; NULL for 0.
pub(crate) fn collation(column: &str) -> String {
    format!(
        "(SELECT ARRAY[name_n.nspname, name_c.collname] FROM pg_catalog.pg_collation name_c \
         JOIN pg_catalog.pg_namespace name_n ON name_n.oid = name_c.collnamespace WHERE name_c.oid = {column})"
    )
}

/// `{schema,name,left,right}` of the operator whose oid is in `column`; NULL for 0.
pub(crate) fn operator(column: &str) -> String {
    format!(
        "(SELECT ARRAY[name_n.nspname::text, name_o.oprname::text, \
         CASE WHEN name_o.oprleft = 0 THEN 'NONE' ELSE pg_catalog.format_type(name_o.oprleft, NULL) END, \
         CASE WHEN name_o.oprright = 0 THEN 'NONE' ELSE pg_catalog.format_type(name_o.oprright, NULL) END] \
         FROM pg_catalog.pg_operator name_o JOIN pg_catalog.pg_namespace name_n ON name_n.oid = name_o.oprnamespace \
         WHERE name_o.oid = {column})"
    )
}

/// `{schema,name}` of the operator class whose oid is in `column`; NULL for 0.
pub(crate) fn operator_class(column: &str) -> String {
    format!(
        "(SELECT ARRAY[name_n.nspname, name_o.opcname] FROM pg_catalog.pg_opclass name_o \
         JOIN pg_catalog.pg_namespace name_n ON name_n.oid = name_o.opcnamespace WHERE name_o.oid = {column})"
    )
}

/// `{schema,name}` of the operator family whose oid is in `column`; NULL for 0.
pub(crate) fn operator_family(column: &str) -> String {
    format!(
        "(SELECT ARRAY[name_n.nspname, name_f.opfname] FROM pg_catalog.pg_opfamily name_f \
         JOIN pg_catalog.pg_namespace name_n ON name_n.oid = name_f.opfnamespace WHERE name_f.oid = {column})"
    )
}

/// The role name for the oid in `column`.
pub(crate) fn role(column: &str) -> String {
    format!("pg_catalog.pg_get_userbyid({column})")
}

/// `schema.name` from a column made by [`function`] and its like; absent for NULL.
pub(crate) fn opt_name(row: &Row, column: &str) -> Result<Option<String>, ConnectError> {
    match row.opt_array(column)? {
        None => Ok(None),
        Some(parts) => match parts.as_slice() {
            [schema, name, ..] => Ok(Some(qualified(schema, name))),
            _ => Err(malformed(column)),
        },
    }
}

/// As [`opt_name`], for names that are always there.
pub(crate) fn name(row: &Row, column: &str) -> Result<String, ConnectError> {
    opt_name(row, column)?.ok_or_else(|| malformed(column))
}

/// `schema.name(types)` from a column made by [`signature`]; absent for NULL.
pub(crate) fn opt_signature(row: &Row, column: &str) -> Result<Option<String>, ConnectError> {
    match row.opt_array(column)? {
        None => Ok(None),
        Some(parts) => match parts.as_slice() {
            [schema, name, types] if !names_vanished_type(types) => {
                Ok(Some(format!("{}({types})", qualified(schema, name))))
            }
            _ => Err(malformed(column)),
        },
    }
}

/// As [`opt_signature`], for signatures that are always there.
pub(crate) fn signature_of(row: &Row, column: &str) -> Result<String, ConnectError> {
    opt_signature(row, column)?.ok_or_else(|| malformed(column))
}

/// `OPERATOR(schema.name)` from a column made by [`operator`]; absent for NULL.
pub(crate) fn opt_operator(row: &Row, column: &str) -> Result<Option<String>, ConnectError> {
    match row.opt_array(column)? {
        None => Ok(None),
        Some(parts) => match parts.as_slice() {
            [schema, name, ..] => Ok(Some(format!("OPERATOR({}.{name})", quote_ident(schema)))),
            _ => Err(malformed(column)),
        },
    }
}

/// `schema.name (left, right)` from a column made by [`operator`].
pub(crate) fn operator_signature(row: &Row, column: &str) -> Result<String, ConnectError> {
    match row.array(column)?.as_slice() {
        [schema, name, left, right] if !names_vanished_type(left) && !names_vanished_type(right) => {
            Ok(format!("{}.{name} ({left}, {right})", quote_ident(schema)))
        }
        _ => Err(malformed(column)),
    }
}

/// A column of `format_type` or [`type_list`]. Types cannot be locked: for a type that was dropped meanwhile the server
/// prints question marks.
pub(crate) fn sql_type(row: &Row, column: &str) -> Result<String, ConnectError> {
    let text = row.string(column)?;
    if names_vanished_type(&text) {
        Err(malformed(column))
    } else {
        Ok(text)
    }
}

/// As [`sql_type`] for a column that may be NULL.
pub(crate) fn opt_sql_type(row: &Row, column: &str) -> Result<Option<String>, ConnectError> {
    match row.opt(column)? {
        Some(_) => sql_type(row, column).map(Some),
        None => Ok(None),
    }
}

fn names_vanished_type(types: &str) -> bool {
    types.split(", ").any(|text| text.trim_end_matches("[]") == "???")
}

fn malformed(column: &str) -> ConnectError {
    ConnectError::Protocol(format!(
        "column `{column}` of a catalog query holds no name: an object it refers to is gone"
    ))
}

#[cfg(test)]
mod tests {
    use super::names_vanished_type;

    #[test]
    fn types_that_are_gone_are_noticed() {
        for gone in ["???", "???[]", "integer, ???", "???[], text"] {
            assert!(names_vanished_type(gone), "{gone}");
        }
        for there in ["", "integer", "public.\"???\"", "text, \"a???\"[]"] {
            assert!(!names_vanished_type(there), "{there}");
        }
    }
}
