//! `CREATE TYPE` in all its forms but domains.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::ident::{qualified, quote_ident, quote_literal};
use crate::model::objects::types::{BaseType, CompositeType, EnumType, RangeType};
use crate::model::{Drop, Object};

/// All kinds of types are named the same way.
pub(crate) fn target(object: &Object) -> Naming {
    Naming {
        keyword: "TYPE",
        sql: object_name(object),
        grant_keyword: "TYPE",
    }
}

/// Renders the declaration ahead of a base or range type. It is dropped and owned with the type itself.
pub(crate) fn render_shell(object: &Object, _context: &Context) -> Statements {
    Statements {
        create: vec![format!("CREATE TYPE {}", object_name(object))],
        ..Statements::default()
    }
}

/// Renders a declared type that was never defined.
pub(crate) fn render_undefined(object: &Object, _context: &Context) -> Statements {
    statements(object, format!("CREATE TYPE {}", object_name(object)))
}

pub(crate) fn render_base(object: &Object, base: &BaseType, _context: &Context) -> Statements {
    let name = object_name(object);
    Statements {
        create: vec![format!("CREATE TYPE {name} ({})", block(&base_options(base)))],
        drop: Some(drop_with_functions(&name)),
        has_owner: true,
        ..Statements::default()
    }
}

fn base_options(base: &BaseType) -> Vec<String> {
    let mut options = vec![match base.length {
        -1 => "INTERNALLENGTH = variable".to_owned(),
        // No syntax makes a user type that is a C string; the server reports that.
        length => format!("INTERNALLENGTH = {length}"),
    }];
    options.push(format!("INPUT = {}", base.input));
    options.push(format!("OUTPUT = {}", base.output));
    for (option, function) in [
        ("RECEIVE", &base.receive),
        ("SEND", &base.send),
        ("TYPMOD_IN", &base.modifier_input),
        ("TYPMOD_OUT", &base.modifier_output),
        ("ANALYZE", &base.analyze),
        ("SUBSCRIPT", &base.subscript),
        ("ELEMENT", &base.element),
    ] {
        if let Some(function) = function {
            options.push(format!("{option} = {function}"));
        }
    }
    if base.collatable {
        options.push("COLLATABLE = true".to_owned());
    }
    if let Some(default) = &base.default {
        options.push(format!("DEFAULT = {}", quote_literal(default)));
    }
    if base.category != 'U' {
        options.push(format!("CATEGORY = {}", quote_literal(&base.category.to_string())));
    }
    if base.preferred {
        options.push("PREFERRED = true".to_owned());
    }
    if base.delimiter != ',' {
        options.push(format!("DELIMITER = {}", quote_literal(&base.delimiter.to_string())));
    }
    let alignment = match base.alignment {
        'c' => "char",
        's' => "int2",
        'd' => "double",
        _ => "int4",
    };
    options.push(format!("ALIGNMENT = {alignment}"));
    let storage = match base.storage {
        'e' => "external",
        'x' => "extended",
        'm' => "main",
        _ => "plain",
    };
    options.push(format!("STORAGE = {storage}"));
    if base.by_value {
        options.push("PASSEDBYVALUE".to_owned());
    }
    options
}

pub(crate) fn render_enum(object: &Object, definition: &EnumType, _context: &Context) -> Statements {
    let labels: Vec<String> = definition.labels.iter().map(|label| quote_literal(label)).collect();
    statements(
        object,
        format!("CREATE TYPE {} AS ENUM ({})", object_name(object), block(&labels)),
    )
}

pub(crate) fn render_range(object: &Object, range: &RangeType, _context: &Context) -> Statements {
    let mut options = vec![format!("SUBTYPE = {}", range.subtype)];
    if let Some((schema, name)) = &range.multirange {
        options.push(format!("MULTIRANGE_TYPE_NAME = {}", qualified(schema, name)));
    }
    for (option, value) in [
        ("SUBTYPE_OPCLASS", &range.operator_class),
        ("COLLATION", &range.collation),
        ("CANONICAL", &range.canonical),
        ("SUBTYPE_DIFF", &range.subtype_difference),
    ] {
        if let Some(value) = value {
            options.push(format!("{option} = {value}"));
        }
    }
    let name = object_name(object);
    let mut statements = statements(object, format!("CREATE TYPE {name} AS RANGE ({})", block(&options)));
    if range.canonical.is_some() {
        statements.drop = Some(drop_with_functions(&name));
    }
    statements
}

pub(crate) fn render_composite(object: &Object, composite: &CompositeType, _context: &Context) -> Statements {
    let columns: Vec<String> = composite
        .columns
        .iter()
        .map(|column| {
            let collate = column
                .collation
                .as_ref()
                .map(|c| format!(" COLLATE {c}"))
                .unwrap_or_default();
            format!("{} {}{collate}", quote_ident(&column.name), column.type_name)
        })
        .collect();
    statements(
        object,
        format!("CREATE TYPE {} AS ({})", object_name(object), block(&columns)),
    )
}

/// The type and its functions need each other, so dropping one of them must drop the other too.
fn drop_with_functions(name: &str) -> Drop {
    Drop {
        statement: format!("DROP TYPE {name} CASCADE"),
        if_exists: format!("DROP TYPE IF EXISTS {name} CASCADE"),
    }
}

fn block(lines: &[String]) -> String {
    if lines.is_empty() {
        String::new()
    } else {
        format!("\n    {}\n", lines.join(",\n    "))
    }
}

fn statements(object: &Object, create: String) -> Statements {
    Statements {
        create: vec![create],
        drop: Some(drops::plain("TYPE", &object_name(object))),
        has_owner: true,
        ..Statements::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{render_base, render_composite, render_enum, render_range, render_shell, render_undefined};
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::types::{BaseType, CompositeColumn, CompositeType, EnumType, RangeType};
    use crate::model::{Class, Definition, Object};

    fn named(name: &str) -> Object {
        object(Class::Type, Some("s"), name, Definition::UndefinedType)
    }

    #[test]
    fn shells_have_no_owner_and_no_drop_of_their_own() {
        let shell = with_context(|context| render_shell(&named("T"), context));
        assert_eq!(shell.create, ["CREATE TYPE s.\"T\""]);
        assert!(shell.drop.is_none() && !shell.has_owner);
        let undefined = with_context(|context| render_undefined(&named("T"), context));
        assert_eq!(undefined.create, shell.create);
        assert!(undefined.drop.is_some() && undefined.has_owner);
    }

    #[test]
    fn enums_keep_label_order_and_quote() {
        let labels = EnumType {
            labels: vec!["it's".to_owned(), "a\\b".to_owned()],
        };
        let create = with_context(|context| render_enum(&named("e"), &labels, context)).create;
        assert_eq!(create, ["CREATE TYPE s.e AS ENUM (\n    'it''s',\n    E'a\\\\b'\n)"]);
        let empty = with_context(|context| render_enum(&named("e"), &EnumType::default(), context)).create;
        assert_eq!(empty, ["CREATE TYPE s.e AS ENUM ()"]);
    }

    #[test]
    fn ranges_name_what_differs_from_the_default() {
        let range = RangeType {
            subtype: "text".to_owned(),
            collation: Some("pg_catalog.\"C\"".to_owned()),
            canonical: Some("s.canon".to_owned()),
            multirange: Some(("s".to_owned(), "Many".to_owned())),
            ..RangeType::default()
        };
        let statements = with_context(|context| render_range(&named("r"), &range, context));
        assert_eq!(
            statements.create,
            [
                "CREATE TYPE s.r AS RANGE (\n    SUBTYPE = text,\n    MULTIRANGE_TYPE_NAME = s.\"Many\",\n    \
              COLLATION = pg_catalog.\"C\",\n    CANONICAL = s.canon\n)"
            ]
        );
        assert_eq!(
            statements.drop.map(|d| d.statement).as_deref(),
            Some("DROP TYPE s.r CASCADE")
        );
    }

    #[test]
    fn composite_columns_carry_collations() {
        let composite = CompositeType {
            relation_oid: 1,
            columns: vec![
                CompositeColumn {
                    name: "order".to_owned(),
                    type_name: "numeric(5,2)".to_owned(),
                    collation: None,
                },
                CompositeColumn {
                    name: "b".to_owned(),
                    type_name: "text".to_owned(),
                    collation: Some("pg_catalog.\"C\"".to_owned()),
                },
            ],
        };
        let create = with_context(|context| render_composite(&named("c"), &composite, context)).create;
        assert_eq!(
            create,
            ["CREATE TYPE s.c AS (\n    \"order\" numeric(5,2),\n    b text COLLATE pg_catalog.\"C\"\n)"]
        );
    }

    #[test]
    fn base_types_spell_out_layout_and_functions() {
        let base = BaseType {
            length: 16,
            input: "s.t_in".to_owned(),
            output: "s.t_out".to_owned(),
            element: Some("double precision".to_owned()),
            subscript: Some("pg_catalog.raw_array_subscript_handler".to_owned()),
            default: Some("0'".to_owned()),
            category: 'G',
            delimiter: ';',
            alignment: 'd',
            storage: 'p',
            ..BaseType::default()
        };
        let statements = with_context(|context| render_base(&named("t"), &base, context));
        assert_eq!(
            statements.create,
            [
                "CREATE TYPE s.t (\n    INTERNALLENGTH = 16,\n    INPUT = s.t_in,\n    OUTPUT = s.t_out,\n    \
              SUBSCRIPT = pg_catalog.raw_array_subscript_handler,\n    ELEMENT = double precision,\n    \
              DEFAULT = '0''',\n    CATEGORY = 'G',\n    DELIMITER = ';',\n    ALIGNMENT = double,\n    \
              STORAGE = plain\n)"
            ]
        );
        assert_eq!(
            statements.drop.map(|d| d.if_exists).as_deref(),
            Some("DROP TYPE IF EXISTS s.t CASCADE")
        );
    }
}
