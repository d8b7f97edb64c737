//! `CREATE FUNCTION` and `CREATE PROCEDURE`.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::text::set_clause::set_clause;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{dollar_quote, quote_ident, quote_literal};
use crate::model::objects::routine::{Routine, RoutineBody};

pub(crate) fn render(object: &Object, routine: &Routine, _context: &Context) -> Statements {
    let keyword = keyword(routine);
    let mut create = format!("CREATE {keyword} {}({})", object_name(object), routine.arguments);
    if let Some(result) = &routine.result {
        create.push_str(&format!(" RETURNS {result}"));
    }
    create.push_str(&format!(
        "\n    LANGUAGE {}{}",
        quote_ident(&routine.language),
        attributes(routine)
    ));
    for setting in &routine.config {
        create.push_str(&format!("\n    {}", set_clause(setting)));
    }
    create.push_str("\n    ");
    create.push_str(&body(&routine.body));
    Statements {
        create: vec![create],
        drop: Some(drops::plain(keyword, &identity(object, routine))),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, routine: &Routine) -> Naming {
    let keyword = keyword(routine);
    Naming {
        keyword,
        sql: identity(object, routine),
        grant_keyword: keyword,
    }
}

/// `schema.name(types)`, for procedures with modes; equal to the target's SQL.
pub(crate) fn identity(object: &Object, routine: &Routine) -> String {
    format!("{}({})", object_name(object), routine.identity_arguments)
}

fn keyword(routine: &Routine) -> &'static str {
    if routine.kind == 'p' { "PROCEDURE" } else { "FUNCTION" }
}

fn attributes(routine: &Routine) -> String {
    let mut clauses = String::new();
    if !routine.transforms.is_empty() {
        let types: Vec<String> = routine.transforms.iter().map(|t| format!("FOR TYPE {t}")).collect();
        clauses.push_str(&format!(" TRANSFORM {}", types.join(", ")));
    }
    if routine.kind == 'w' {
        clauses.push_str(" WINDOW");
    }
    match routine.volatility {
        'i' => clauses.push_str(" IMMUTABLE"),
        's' => clauses.push_str(" STABLE"),
        _ => {}
    }
    for (set, clause) in [
        (routine.strict, " STRICT"),
        (routine.security_definer, " SECURITY DEFINER"),
        (routine.leakproof, " LEAKPROOF"),
    ] {
        if set {
            clauses.push_str(clause);
        }
    }
    match routine.parallel {
        's' => clauses.push_str(" PARALLEL SAFE"),
        'r' => clauses.push_str(" PARALLEL RESTRICTED"),
        _ => {}
    }
    // Zero means that no cost was ever set.
    let default_cost = if matches!(routine.language.as_str(), "internal" | "c") {
        "1"
    } else {
        "100"
    };
    if routine.kind != 'p' && routine.cost != "0" && routine.cost != default_cost {
        clauses.push_str(&format!(" COST {}", routine.cost));
    }
    if routine.kind != 'p' && routine.rows != "0" && routine.rows != "1000" {
        clauses.push_str(&format!(" ROWS {}", routine.rows));
    }
    if let Some(support) = &routine.support {
        clauses.push_str(&format!(" SUPPORT {support}"));
    }
    clauses
}

fn body(body: &RoutineBody) -> String {
    match body {
        RoutineBody::Sql(body) => body.clone(),
        RoutineBody::Library { file, symbol } if symbol.is_empty() => {
            format!("AS {}", quote_literal(file))
        }
        RoutineBody::Library { file, symbol } => {
            format!("AS {}, {}", quote_literal(file), quote_literal(symbol))
        }
        RoutineBody::Source(source) => format!("AS {}", dollar_quote(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::{render, target};
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::routine::{Routine, RoutineBody};
    use crate::model::{Class, Definition};

    fn plain() -> Routine {
        Routine {
            kind: 'f',
            arguments: "a integer DEFAULT 1".to_owned(),
            identity_arguments: "integer".to_owned(),
            result: Some("integer".to_owned()),
            language: "sql".to_owned(),
            volatility: 'v',
            parallel: 'u',
            cost: "100".to_owned(),
            rows: "0".to_owned(),
            body: RoutineBody::Source("select $1".to_owned()),
            ..Routine::default()
        }
    }

    fn create(routine: &Routine) -> String {
        let object = object(
            Class::Proc,
            Some("s"),
            "F",
            Definition::Routine(Box::new(routine.clone())),
        );
        with_context(|context| render(&object, routine, context))
            .create
            .remove(0)
    }

    #[test]
    fn defaults_are_not_spelled_out() {
        assert_eq!(
            create(&plain()),
            "CREATE FUNCTION s.\"F\"(a integer DEFAULT 1) RETURNS integer\n    LANGUAGE sql\n    AS $_$select $1$_$"
        );
    }

    #[test]
    fn every_attribute_has_its_clause() {
        let routine = Routine {
            kind: 'w',
            language: "c".to_owned(),
            transforms: vec!["public.hstore".to_owned(), "jsonb".to_owned()],
            volatility: 'i',
            strict: true,
            security_definer: true,
            leakproof: true,
            parallel: 'r',
            cost: "0.5".to_owned(),
            rows: "7".to_owned(),
            support: Some("s.helper".to_owned()),
            config: vec!["search_path=pg_catalog, \"A\"".to_owned(), "work_mem=1MB".to_owned()],
            body: RoutineBody::Library {
                file: "$libdir/x".to_owned(),
                symbol: "it's".to_owned(),
            },
            ..plain()
        };
        assert_eq!(
            create(&routine),
            "CREATE FUNCTION s.\"F\"(a integer DEFAULT 1) RETURNS integer\n    \
             LANGUAGE c TRANSFORM FOR TYPE public.hstore, FOR TYPE jsonb WINDOW IMMUTABLE STRICT SECURITY DEFINER \
             LEAKPROOF PARALLEL RESTRICTED COST 0.5 ROWS 7 SUPPORT s.helper\n    \
             SET search_path TO 'pg_catalog', 'A'\n    SET work_mem TO '1MB'\n    AS '$libdir/x', 'it''s'"
        );
    }

    #[test]
    fn c_functions_cost_one_by_default() {
        let mut routine = Routine {
            language: "internal".to_owned(),
            cost: "1".to_owned(),
            ..plain()
        };
        assert!(!create(&routine).contains("COST"));
        routine.cost = "100".to_owned();
        assert!(create(&routine).contains(" COST 100"));
    }

    #[test]
    fn procedures_return_nothing_and_are_named_with_modes() {
        let routine = Routine {
            kind: 'p',
            arguments: "IN a integer, OUT b text".to_owned(),
            identity_arguments: "IN integer, OUT text".to_owned(),
            result: None,
            body: RoutineBody::Sql("BEGIN ATOMIC\n SELECT 1;\nEND".to_owned()),
            ..plain()
        };
        let object = object(
            Class::Proc,
            Some("s"),
            "F",
            Definition::Routine(Box::new(routine.clone())),
        );
        assert_eq!(
            create(&routine),
            "CREATE PROCEDURE s.\"F\"(IN a integer, OUT b text)\n    LANGUAGE sql\n    BEGIN ATOMIC\n SELECT 1;\nEND"
        );
        assert_eq!(target(&object, &routine).sql, "s.\"F\"(IN integer, OUT text)");
        assert_eq!(target(&object, &routine).grant_keyword, "PROCEDURE");
    }
}
