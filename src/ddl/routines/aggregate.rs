//! `CREATE AGGREGATE`.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::quote_literal;
use crate::model::objects::routine::{Aggregate, AggregateTransition};

pub(crate) fn render(object: &Object, aggregate: &Aggregate, _context: &Context) -> Statements {
    let arguments = if aggregate.arguments.is_empty() {
        "*"
    } else {
        &aggregate.arguments
    };
    let create = format!(
        "CREATE AGGREGATE {}({arguments}) (\n    {}\n)",
        object_name(object),
        options(aggregate).join(",\n    ")
    );
    Statements {
        create: vec![create],
        drop: Some(drops::plain("AGGREGATE", &identity(object, aggregate))),
        has_owner: true,
        ..Statements::default()
    }
}

/// The target of statements about an aggregate. Without arguments it is `a(*)` after AGGREGATE and `a()` after
/// FUNCTION, which GRANT requires; ROUTINE accepts the latter everywhere.
pub(crate) fn target(object: &Object, aggregate: &Aggregate) -> Naming {
    let keyword = if aggregate.identity_arguments.is_empty() {
        "ROUTINE"
    } else {
        "AGGREGATE"
    };
    Naming {
        keyword,
        sql: format!("{}({})", object_name(object), aggregate.identity_arguments),
        grant_keyword: "FUNCTION",
    }
}

/// `schema.name(types)`, or `schema.name(*)`.
pub(crate) fn identity(object: &Object, aggregate: &Aggregate) -> String {
    let arguments = if aggregate.identity_arguments.is_empty() {
        "*"
    } else {
        &aggregate.identity_arguments
    };
    format!("{}({arguments})", object_name(object))
}

fn options(aggregate: &Aggregate) -> Vec<String> {
    let mut options = transition_options(aggregate, &aggregate.transition, "");
    for (option, function) in [
        ("COMBINEFUNC", &aggregate.combine),
        ("SERIALFUNC", &aggregate.serialize),
        ("DESERIALFUNC", &aggregate.deserialize),
        ("MINVFUNC", &aggregate.moving_inverse),
    ] {
        if let Some(function) = function {
            options.push(format!("{option} = {function}"));
        }
    }
    if let Some(moving) = &aggregate.moving {
        options.extend(transition_options(aggregate, moving, "M"));
    }
    if let Some(operator) = &aggregate.sort_operator {
        options.push(format!("SORTOP = {operator}"));
    }
    match aggregate.parallel {
        's' => options.push("PARALLEL = safe".to_owned()),
        'r' => options.push("PARALLEL = restricted".to_owned()),
        _ => {}
    }
    if aggregate.kind == 'h' {
        options.push("HYPOTHETICAL".to_owned());
    }
    options
}

fn transition_options(aggregate: &Aggregate, transition: &AggregateTransition, prefix: &str) -> Vec<String> {
    let mut options = vec![
        format!("{prefix}SFUNC = {}", transition.function),
        format!("{prefix}STYPE = {}", transition.state_type),
    ];
    if transition.state_space != 0 {
        options.push(format!("{prefix}SSPACE = {}", transition.state_space));
    }
    if let Some(initial) = &transition.initial {
        options.push(format!("{prefix}INITCOND = {}", quote_literal(initial)));
    }
    if let Some(function) = &transition.final_function {
        options.push(format!("{prefix}FINALFUNC = {function}"));
        if transition.final_extra {
            options.push(format!("{prefix}FINALFUNC_EXTRA"));
        }
    }
    let default_modify = if aggregate.kind == 'n' { 'r' } else { 'w' };
    if transition.final_modify != default_modify {
        let modify = match transition.final_modify {
            'r' => "read_only",
            's' => "shareable",
            _ => "read_write",
        };
        options.push(format!("{prefix}FINALFUNC_MODIFY = {modify}"));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::{identity, render, target};
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::routine::{Aggregate, AggregateTransition};
    use crate::model::{Class, Definition, Object};

    fn named(aggregate: &Aggregate) -> Object {
        object(
            Class::Proc,
            Some("s"),
            "a",
            Definition::Aggregate(Box::new(aggregate.clone())),
        )
    }

    fn transition() -> AggregateTransition {
        AggregateTransition {
            function: "s.step".to_owned(),
            state_type: "internal".to_owned(),
            final_modify: 'r',
            ..AggregateTransition::default()
        }
    }

    #[test]
    fn an_aggregate_without_arguments_has_a_star_and_grants_as_a_function() {
        let aggregate = Aggregate {
            kind: 'n',
            transition: transition(),
            parallel: 'u',
            ..Aggregate::default()
        };
        let object = named(&aggregate);
        let statements = with_context(|context| render(&object, &aggregate, context));
        assert_eq!(
            statements.create,
            ["CREATE AGGREGATE s.a(*) (\n    SFUNC = s.step,\n    STYPE = internal\n)"]
        );
        assert_eq!(
            statements.drop.map(|d| d.statement).as_deref(),
            Some("DROP AGGREGATE s.a(*)")
        );
        assert_eq!(identity(&object, &aggregate), "s.a(*)");
        let target = target(&object, &aggregate);
        assert_eq!(
            (target.keyword, target.sql.as_str(), target.grant_keyword),
            ("ROUTINE", "s.a()", "FUNCTION")
        );
    }

    #[test]
    fn moving_aggregates_carry_both_sets() {
        let aggregate = Aggregate {
            kind: 'n',
            arguments: "integer".to_owned(),
            identity_arguments: "integer".to_owned(),
            transition: AggregateTransition {
                state_space: 64,
                initial: Some("{0,0}".to_owned()),
                final_function: Some("s.fin".to_owned()),
                final_extra: true,
                final_modify: 's',
                ..transition()
            },
            combine: Some("s.comb".to_owned()),
            serialize: Some("s.ser".to_owned()),
            deserialize: Some("s.de".to_owned()),
            moving: Some(AggregateTransition {
                final_modify: 'w',
                ..transition()
            }),
            moving_inverse: Some("s.inv".to_owned()),
            sort_operator: Some("OPERATOR(pg_catalog.<)".to_owned()),
            parallel: 's',
        };
        let object = named(&aggregate);
        let create = with_context(|context| render(&object, &aggregate, context)).create;
        assert_eq!(
            create,
            [
                "CREATE AGGREGATE s.a(integer) (\n    SFUNC = s.step,\n    STYPE = internal,\n    SSPACE = 64,\n    \
              INITCOND = '{0,0}',\n    FINALFUNC = s.fin,\n    FINALFUNC_EXTRA,\n    FINALFUNC_MODIFY = shareable,\n    \
              COMBINEFUNC = s.comb,\n    SERIALFUNC = s.ser,\n    DESERIALFUNC = s.de,\n    MINVFUNC = s.inv,\n    \
              MSFUNC = s.step,\n    MSTYPE = internal,\n    MFINALFUNC_MODIFY = read_write,\n    \
              SORTOP = OPERATOR(pg_catalog.<),\n    PARALLEL = safe\n)"
            ]
        );
    }

    #[test]
    fn ordered_set_aggregates_modify_their_state_by_default() {
        let aggregate = Aggregate {
            kind: 'h',
            arguments: "VARIADIC \"any\" ORDER BY VARIADIC \"any\"".to_owned(),
            identity_arguments: "\"any\"".to_owned(),
            transition: AggregateTransition {
                final_modify: 'w',
                ..transition()
            },
            parallel: 'u',
            ..Aggregate::default()
        };
        let object = named(&aggregate);
        let create = with_context(|context| render(&object, &aggregate, context)).create;
        assert_eq!(
            create,
            [
                "CREATE AGGREGATE s.a(VARIADIC \"any\" ORDER BY VARIADIC \"any\") (\n    SFUNC = s.step,\n    \
              STYPE = internal,\n    HYPOTHETICAL\n)"
            ]
        );
        assert_eq!(target(&object, &aggregate).sql, "s.a(\"any\")");
    }
}
