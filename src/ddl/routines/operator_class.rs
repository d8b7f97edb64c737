//! `CREATE OPERATOR FAMILY` and `CREATE OPERATOR CLASS`.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::objects::routine::{FamilyFunction, FamilyOperator, OperatorClass, OperatorFamily};
use crate::model::{Drop, Object};

/// The access methods that every server has.
const BUILT_IN: &[&str] = &["brin", "btree", "gin", "gist", "hash", "spgist"];

/// The family, and in a second statement the members that belong to none of its classes.
pub(crate) fn render_family(object: &Object, family: &OperatorFamily, _context: &Context) -> Statements {
    let name = identity(object, &family.access_method);
    let mut create = vec![format!("CREATE OPERATOR FAMILY {name}")];
    let members = members(&family.operators, &family.functions);
    if !members.is_empty() {
        create.push(format!(
            "ALTER OPERATOR FAMILY {name} ADD\n    {}",
            members.join(",\n    ")
        ));
    }
    Statements {
        create,
        drop: Some(drop("OPERATOR FAMILY", &name, &family.access_method)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn family_target(object: &Object, family: &OperatorFamily) -> Naming {
    Naming {
        keyword: "OPERATOR FAMILY",
        sql: identity(object, &family.access_method),
        grant_keyword: "OPERATOR FAMILY",
    }
}

pub(crate) fn render_class(object: &Object, class: &OperatorClass, _context: &Context) -> Statements {
    let mut lines = Vec::new();
    if let Some(storage) = &class.storage {
        lines.push(format!("STORAGE {storage}"));
    }
    lines.extend(members(&class.operators, &class.functions));
    if lines.is_empty() {
        // The list must not be empty; this item only repeats the default.
        lines.push(format!("STORAGE {}", class.input_type));
    }
    let name = object_name(object);
    let default = if class.default { " DEFAULT" } else { "" };
    let create = format!(
        "CREATE OPERATOR CLASS {name}\n   {default} FOR TYPE {} USING {} FAMILY {} AS\n    {}",
        class.input_type,
        quote_ident(&class.access_method),
        class.family,
        lines.join(",\n    ")
    );
    Statements {
        create: vec![create],
        drop: Some(drop(
            "OPERATOR CLASS",
            &identity(object, &class.access_method),
            &class.access_method,
        )),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn class_target(object: &Object, class: &OperatorClass) -> Naming {
    Naming {
        keyword: "OPERATOR CLASS",
        sql: identity(object, &class.access_method),
        grant_keyword: "OPERATOR CLASS",
    }
}

/// `schema.name USING method`; equal to the targets' SQL.
fn identity(object: &Object, access_method: &str) -> String {
    format!("{} USING {}", object_name(object), quote_ident(access_method))
}

/// The drop of a family or class. IF EXISTS accepts a missing schema or class, but not a missing access method.
fn drop(keyword: &str, name: &str, access_method: &str) -> Drop {
    let plain = drops::plain(keyword, name);
    if BUILT_IN.contains(&access_method) {
        return plain;
    }
    let there = format!(
        "EXISTS (SELECT FROM pg_catalog.pg_am WHERE amname = {})",
        quote_literal(access_method)
    );
    Drop {
        if_exists: drops::only_if(&there, &plain.if_exists),
        ..plain
    }
}

fn members(operators: &[FamilyOperator], functions: &[FamilyFunction]) -> Vec<String> {
    let operators = operators.iter().map(|member| {
        let order_by = member
            .order_by
            .as_ref()
            .map(|family| format!(" FOR ORDER BY {family}"))
            .unwrap_or_default();
        format!("OPERATOR {} {}{order_by}", member.strategy, member.operator)
    });
    let functions = functions.iter().map(|member| {
        format!(
            "FUNCTION {} ({}, {}) {}",
            member.number, member.left, member.right, member.signature
        )
    });
    operators.chain(functions).collect()
}

#[cfg(test)]
mod tests {
    use super::{class_target, render_class, render_family};
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::routine::{FamilyFunction, FamilyOperator, OperatorClass, OperatorFamily};
    use crate::model::{Class, Definition};

    fn operator() -> FamilyOperator {
        FamilyOperator {
            strategy: 1,
            operator: "s.< (integer, bigint)".to_owned(),
            order_by: Some("pg_catalog.float_ops".to_owned()),
        }
    }

    fn function() -> FamilyFunction {
        FamilyFunction {
            number: 2,
            left: "integer".to_owned(),
            right: "bigint".to_owned(),
            signature: "s.cmp(integer, bigint)".to_owned(),
        }
    }

    #[test]
    fn families_add_loose_members_in_a_second_statement() {
        let family = OperatorFamily {
            access_method: "btree".to_owned(),
            operators: vec![operator()],
            functions: vec![function()],
        };
        let object = object(
            Class::OperatorFamily,
            Some("s"),
            "F",
            Definition::OperatorFamily(family.clone()),
        );
        let create = with_context(|context| render_family(&object, &family, context)).create;
        assert_eq!(
            create,
            [
                "CREATE OPERATOR FAMILY s.\"F\" USING btree",
                "ALTER OPERATOR FAMILY s.\"F\" USING btree ADD\n    \
                 OPERATOR 1 s.< (integer, bigint) FOR ORDER BY pg_catalog.float_ops,\n    \
                 FUNCTION 2 (integer, bigint) s.cmp(integer, bigint)"
            ]
        );
    }

    #[test]
    fn drops_bear_a_missing_access_method() {
        let if_exists = |access_method: &str| {
            let family = OperatorFamily {
                access_method: access_method.to_owned(),
                ..OperatorFamily::default()
            };
            let definition = Definition::OperatorFamily(family.clone());
            let object = object(Class::OperatorFamily, Some("s"), "F", definition);
            let statements = with_context(|context| render_family(&object, &family, context));
            statements.drop.map(|drop| drop.if_exists)
        };
        assert_eq!(
            if_exists("btree").as_deref(),
            Some("DROP OPERATOR FAMILY IF EXISTS s.\"F\" USING btree")
        );
        assert_eq!(
            if_exists("Own").as_deref(),
            Some(
                "DO LANGUAGE plpgsql 'BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_am WHERE amname = ''Own'') \
                 THEN DROP OPERATOR FAMILY IF EXISTS s.\"F\" USING \"Own\"; END IF; END'"
            )
        );
    }

    #[test]
    fn empty_classes_keep_a_storage_clause() {
        let class = OperatorClass {
            access_method: "btree".to_owned(),
            default: true,
            input_type: "integer".to_owned(),
            family: "s.\"F\"".to_owned(),
            ..OperatorClass::default()
        };
        let object = object(
            Class::OperatorClass,
            Some("s"),
            "c",
            Definition::OperatorClass(Box::new(class.clone())),
        );
        let statements = with_context(|context| render_class(&object, &class, context));
        assert_eq!(
            statements.create,
            [
                "CREATE OPERATOR CLASS s.c\n    DEFAULT FOR TYPE integer USING btree FAMILY s.\"F\" AS\n    STORAGE integer"
            ]
        );
        assert_eq!(class_target(&object, &class).sql, "s.c USING btree");
    }

    #[test]
    fn classes_list_storage_operators_and_functions() {
        let class = OperatorClass {
            access_method: "gist".to_owned(),
            input_type: "integer".to_owned(),
            family: "s.f".to_owned(),
            storage: Some("bigint".to_owned()),
            operators: vec![FamilyOperator {
                order_by: None,
                ..operator()
            }],
            functions: vec![function()],
            ..OperatorClass::default()
        };
        let object = object(
            Class::OperatorClass,
            Some("s"),
            "c",
            Definition::OperatorClass(Box::new(class.clone())),
        );
        let create = with_context(|context| render_class(&object, &class, context)).create;
        assert_eq!(
            create,
            [
                "CREATE OPERATOR CLASS s.c\n    FOR TYPE integer USING gist FAMILY s.f AS\n    STORAGE bigint,\n    \
              OPERATOR 1 s.< (integer, bigint),\n    FUNCTION 2 (integer, bigint) s.cmp(integer, bigint)"
            ]
        );
    }
}
