//! Columns inside CREATE TABLE, and the statements that can only follow it.

use crate::ddl::foreign;
use crate::ddl::text::options;
use crate::model::ident::quote_ident;
use crate::model::objects::relation::{Column, ColumnDefault, NotNull};
use crate::version::Version;

/// The kind of table in which a column is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// `CREATE TABLE .. OF`: the type gives everything except default and NOT NULL.
    Typed,
    /// A foreign table: compression must be stated here, because ALTER FOREIGN TABLE cannot set it.
    Foreign,
}

/// The keyword of [`settings`] for foreign tables.
pub(crate) const FOREIGN: &str = "FOREIGN TABLE ONLY";

/// `name type [COLLATE c] [DEFAULT e | GENERATED ..] [NOT NULL]`. In a typed table a column without default
/// and NOT NULL is not listed at all.
pub(crate) fn clause(column: &Column, default: Option<&ColumnDefault>, form: Form, version: Version) -> Option<String> {
    let mut constraints = String::new();
    match default {
        Some(default) => constraints.push_str(&value(default)),
        None if column.default_null => constraints.push_str(" DEFAULT NULL"),
        None => {}
    }
    let in_place = |clause: &&NotNull| version.has_table_not_null() || !clause.no_inherit;
    if let Some(not_null) = column.not_null_clause.as_ref().filter(in_place) {
        constraints.push_str(&named(not_null));
        constraints.push_str(" NOT NULL");
        constraints.push_str(no_inherit(not_null));
    }
    let name = quote_ident(&column.name);
    if form == Form::Typed {
        return (!constraints.is_empty()).then(|| format!("{name} WITH OPTIONS{constraints}"));
    }
    let compression = match column.compression {
        // `default` cannot be distinguished from a parent's value; stating it there would be an error.
        Some(method) if form == Form::Foreign && method != "default" => format!(" COMPRESSION {method}"),
        _ => String::new(),
    };
    let collation = column
        .collation
        .as_ref()
        .map_or(String::new(), |c| format!(" COLLATE {c}"));
    Some(format!(
        "{name} {}{compression}{collation}{constraints}",
        column.type_name
    ))
}

/// A NOT NULL on a column that CREATE TABLE does not list.
pub(crate) fn table_constraint(column: &Column, not_null: &NotNull) -> String {
    let name = named(not_null);
    let sql = format!("{name} NOT NULL {}{}", quote_ident(&column.name), no_inherit(not_null));
    sql.trim_start().to_owned()
}

/// The constraint that replaces a NOT NULL without inheritance before 18, where children always inherit NOT NULL.
pub(crate) fn uninherited_check(column: &Column) -> Option<String> {
    let not_null = column.not_null_clause.as_ref().filter(|clause| clause.no_inherit)?;
    let sql = format!(
        "{} CHECK ({} IS NOT NULL) NO INHERIT",
        named(not_null),
        quote_ident(&column.name)
    );
    Some(sql.trim_start().to_owned())
}

fn named(not_null: &NotNull) -> String {
    not_null
        .name
        .as_ref()
        .map_or(String::new(), |name| format!(" CONSTRAINT {}", quote_ident(name)))
}

fn no_inherit(not_null: &NotNull) -> &'static str {
    if not_null.no_inherit { " NO INHERIT" } else { "" }
}

fn value(default: &ColumnDefault) -> String {
    if !default.generated {
        return format!(" DEFAULT {}", default.expression);
    }
    let kind = if default.is_virtual { "VIRTUAL" } else { "STORED" };
    format!(" GENERATED ALWAYS AS ({}) {kind}", default.expression)
}

/// `ALTER <keyword> ONLY <relation> ALTER COLUMN ..` for properties for which CREATE has no clause.
pub(crate) fn settings(keyword: &str, relation: &str, columns: &[Column], statements: &mut Vec<String>) {
    for column in columns {
        let mut set = |action: String| {
            let name = quote_ident(&column.name);
            statements.push(format!("ALTER {keyword} {relation} ALTER COLUMN {name} SET {action}"));
        };
        if let Some(target) = column.statistics {
            set(format!("STATISTICS {target}"));
        }
        if let Some(storage) = column.storage {
            set(format!("STORAGE {storage}"));
        }
        if let Some(compression) = column.compression.filter(|_| keyword != FOREIGN) {
            set(format!("COMPRESSION {compression}"));
        }
        if !column.options.is_empty() {
            set(format!("({})", options::list(&column.options, "")));
        }
        if !column.foreign_options.is_empty() {
            let options = foreign::options_clause(&column.foreign_options);
            let name = quote_ident(&column.name);
            statements.push(format!("ALTER {keyword} {relation} ALTER COLUMN {name}{options}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, type_name: &str) -> Column {
        Column {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            ..Column::default()
        }
    }

    #[test]
    fn a_column_lists_collation_default_and_not_null() {
        let mut c = column("Name", "character varying(20)");
        c.collation = Some("pg_catalog.\"C\"".to_owned());
        c.not_null_clause = Some(NotNull {
            name: Some("nn x".to_owned()),
            no_inherit: true,
        });
        let default = ColumnDefault {
            expression: "'a'::text".to_owned(),
            ..ColumnDefault::default()
        };
        assert_eq!(
            clause(&c, Some(&default), Form::Plain, Version::first_of(18)).as_deref(),
            Some(
                "\"Name\" character varying(20) COLLATE pg_catalog.\"C\" DEFAULT 'a'::text \
                 CONSTRAINT \"nn x\" NOT NULL NO INHERIT"
            )
        );
    }

    #[test]
    fn a_typed_table_lists_only_what_its_type_does_not_say() {
        let mut c = column("a", "integer");
        assert_eq!(clause(&c, None, Form::Typed, Version::first_of(18)), None);
        c.not_null_clause = Some(NotNull::default());
        assert_eq!(
            clause(&c, None, Form::Typed, Version::first_of(18)).as_deref(),
            Some("a WITH OPTIONS NOT NULL")
        );
    }

    #[test]
    fn generation_expressions_are_parenthesised() {
        let default = ColumnDefault {
            expression: "a + 1".to_owned(),
            generated: true,
            is_virtual: true,
            ..ColumnDefault::default()
        };
        let c = column("b", "integer");
        assert_eq!(
            clause(&c, Some(&default), Form::Plain, Version::first_of(18)).as_deref(),
            Some("b integer GENERATED ALWAYS AS (a + 1) VIRTUAL")
        );
    }

    #[test]
    fn a_foreign_column_says_its_compression_at_once_and_its_options_later() {
        let mut c = column("A", "text");
        c.collation = Some("pg_catalog.\"C\"".to_owned());
        c.compression = Some("lz4");
        c.foreign_options = vec![("column_name".to_owned(), "o'a".to_owned())];
        assert_eq!(
            clause(&c, None, Form::Foreign, Version::first_of(18)).as_deref(),
            Some("\"A\" text COMPRESSION lz4 COLLATE pg_catalog.\"C\"")
        );
        let mut statements = Vec::new();
        settings(FOREIGN, "public.f", &[c], &mut statements);
        assert_eq!(
            statements,
            ["ALTER FOREIGN TABLE ONLY public.f ALTER COLUMN \"A\" OPTIONS (column_name 'o''a')"]
        );
    }

    #[test]
    fn settings_come_as_one_statement_each() {
        let mut c = column("a", "text");
        c.statistics = Some(0);
        c.storage = Some("MAIN");
        c.compression = Some("lz4");
        c.options = vec!["n_distinct=-0.5".to_owned()];
        let mut statements = Vec::new();
        settings("TABLE ONLY", "public.t", &[c], &mut statements);
        assert_eq!(
            statements,
            [
                "ALTER TABLE ONLY public.t ALTER COLUMN a SET STATISTICS 0",
                "ALTER TABLE ONLY public.t ALTER COLUMN a SET STORAGE MAIN",
                "ALTER TABLE ONLY public.t ALTER COLUMN a SET COMPRESSION lz4",
                "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct='-0.5')",
            ]
        );
    }
}
