//! Types and collations of archived columns, as the target spells them.
//!
//! They are text of the archive, and this text would go into our statements. So the server is asked which type it
//! names, by functions that take the text as a value and look up a name, whatever it contains. The server's own
//! spelling is used.

use crate::connect::{Row, Wire};
use crate::model::entry::CopyColumn;
use crate::model::ident::{quote_ident, quote_literal};
use crate::restore::error::RestoreError;
use crate::restore::rows::error::{RestoreRowsError, refused};
use crate::version::Version;

/// One column's type, and its collation where it is not the type's own; SQL.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::restore) struct Spelled {
    pub type_name: String,
    pub collation: Option<String>,
}

/// How the target, of this version, spells the types of the columns of `table` (quoted and qualified), in their order.
///
/// # Errors
/// The target has no such type or collation, or the text is not the name of a type.
pub(in crate::restore) fn spelled(
    wire: &mut Wire,
    version: Version,
    table: &str,
    columns: &[&CopyColumn],
) -> Result<Vec<Spelled>, RestoreError> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let doing = || format!("find the types of the columns of {table}");
    let rows = wire.query(&question(version, columns)).map_err(refused(doing()))?;
    let malformed = || -> RestoreError {
        let source = crate::connect::ConnectError::Protocol("the server gave other rows than columns".to_owned());
        refused(doing())(source).into()
    };
    if rows.len() != columns.len() {
        return Err(malformed());
    }
    let answers = columns.iter().zip(&rows);
    answers
        .map(|(column, row)| answer(version, table, column, row))
        .collect()
}

fn question(version: Version, columns: &[&CopyColumn]) -> String {
    let modifier = match version.has_to_regtypemod() {
        true => "pg_catalog.to_regtypemod(v.type_name)",
        false => "-1",
    };
    let values = columns.iter().enumerate().map(|(number, column)| {
        let collation = column.collation.as_deref().map_or("NULL".to_owned(), quote_literal);
        let type_name = quote_literal(&column.type_name);
        format!("({number}, {type_name}::pg_catalog.text, {collation}::pg_catalog.text)")
    });
    format!(
        "SELECT pg_catalog.format_type(pg_catalog.to_regtype(v.type_name), {modifier}) AS type, \
           pg_catalog.to_regcollation(v.collation_name)::pg_catalog.text AS collation \
         FROM (VALUES {}) AS v(number, type_name, collation_name) ORDER BY v.number",
        values.collect::<Vec<_>>().join(", ")
    )
}

fn answer(version: Version, table: &str, column: &CopyColumn, row: &Row) -> Result<Spelled, RestoreError> {
    let unknown = |what: &'static str, name: &str| RestoreRowsError::NoType {
        table: table.to_owned(),
        column: quote_ident(&column.name),
        what,
        name: name.to_owned(),
    };
    let of = refused(format!("find the types of the columns of {table}"));
    let (found, collation) = row
        .opt_string("type")
        .and_then(|found| Ok((found, row.opt_string("collation")?)))
        .map_err(of)?;
    let no_type = || unknown("type", &column.type_name);
    let mut type_name = found.ok_or_else(no_type)?;
    if !version.has_to_regtypemod() && has_modifier(&column.type_name).ok_or_else(no_type)? {
        // The text has names and modifiers only and names one type, so it means the same in any statement.
        type_name.clone_from(&column.type_name);
    }
    if let (Some(wanted), None) = (&column.collation, &collation) {
        return Err(unknown("collation", wanted).into());
    }
    Ok(Spelled { type_name, collation })
}

/// Whether a type's text has a modifier, e.g. `numeric(10,2)`. `None` where it has anything besides names and
/// modifiers: above all a comment, which would reach into the text after it.
fn has_modifier(text: &str) -> Option<bool> {
    let (mut quoted, mut modifier) = (false, false);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' => modifier = true,
            ')' | '[' | ']' | ',' | '.' | ' ' | '_' => {}
            letter if letter.is_alphanumeric() => {}
            // A sign as in `numeric(2,-3)`, but not the start of a comment.
            '-' if !text.contains("--") => {}
            _ => return modifier_free(text),
        }
    }
    (!quoted).then_some(modifier)
}

/// For other text: `Some(false)` if it has no parenthesis, because then only the server's own spelling is used.
fn modifier_free(text: &str) -> Option<bool> {
    (!text.contains('(')).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_are_told_from_what_is_no_type() {
        for (text, expected) in [
            ("integer", Some(false)),
            ("numeric(10,2)[]", Some(true)),
            ("numeric(2,-3)", Some(true)),
            ("timestamp(3) without time zone", Some(true)),
            ("interval day to second(3)", Some(true)),
            ("s.\"odd (name)--\"", Some(false)),
            ("s.\"odd\"\"\"(3)", Some(true)),
            ("größe(1)", Some(true)),
            ("integer -- x", Some(false)),
            ("numeric(3) -- x", None),
            ("numeric(3) /* x */", None),
            ("numeric(3) DEFAULT 'x'", None),
            ("numeric(3) \"", None),
            ("numeric('3')", None),
        ] {
            assert_eq!(has_modifier(text), expected, "{text}");
        }
    }

    #[test]
    fn text_of_the_archive_is_a_value_to_the_server() {
        let column = CopyColumn {
            type_name: "int DEFAULT f('x')".to_owned(),
            collation: Some("a'b".to_owned()),
            ..CopyColumn::default()
        };
        let sql = question(Version::first_of(18), &[&column]);
        assert!(
            sql.contains("(0, 'int DEFAULT f(''x'')'::pg_catalog.text, 'a''b'::pg_catalog.text)"),
            "{sql}"
        );
    }
}
