//! Limits of objects that have no tests in the file of their kind.

use super::*;
use crate::ddl::entry::render;
use crate::ddl::testing::{context, part};
use crate::model::objects::relation::{Column, Constraint, NotNull, Table};
use crate::model::objects::remarks::Comment;
use crate::model::{Address, Class, Components};

/// (first version, feature, replacement) of every limit of an entry.
fn limits(object: &Object, others: &[Object]) -> Vec<(Option<u32>, String, Otherwise)> {
    let entry = render(object, Components::ALL, &context(others)).expect("an entry");
    let told = |limit: Limit| (limit.min_version, limit.feature, limit.otherwise);
    entry.limits.into_iter().map(told).collect()
}

fn table(columns: Vec<Column>) -> Object {
    let definition = Table {
        kind: 'r',
        replica_identity: 'd',
        columns,
        ..Table::default()
    };
    part(Class::Relation, "t", Definition::Table(Box::new(definition)))
}

fn column(name: &str, listed: bool, no_inherit: bool) -> Column {
    Column {
        name: name.to_owned(),
        type_name: "integer".to_owned(),
        listed,
        not_null_clause: Some(NotNull {
            name: Some(format!("{name}_nn")),
            no_inherit,
        }),
        ..Column::default()
    }
}

#[test]
fn the_not_null_forms_of_18_have_older_ones() {
    assert!(limits(&table(vec![column("a", true, false)]), &[]).is_empty());
    let found = limits(&table(vec![column("a", true, true), column("b", false, false)]), &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].2,
        Otherwise::Use(vec![
            "CREATE TABLE public.t (\n    a integer,\n    CONSTRAINT a_nn CHECK (a IS NOT NULL) NO INHERIT\n)"
                .to_owned(),
            "ALTER TABLE ONLY public.t ALTER COLUMN b SET NOT NULL".to_owned(),
        ])
    );
}

#[test]
fn settings_of_columns_are_left_out_where_there_are_none() {
    let compressed = Column {
        name: "Z".to_owned(),
        type_name: "text".to_owned(),
        listed: true,
        compression: Some("lz4"),
        ..Column::default()
    };
    let found = limits(&table(vec![compressed]), &[]);
    assert_eq!(
        found,
        [(
            Some(since::COLUMN_COMPRESSION.0),
            "compression of the column Z".to_owned(),
            Otherwise::LeaveOut
        )]
    );
}

#[test]
fn comments_on_not_null_constraints_need_18() {
    let constraint = Constraint {
        relation: "t".to_owned(),
        kind: 'n',
        is_local: true,
        validated: true,
        ..Constraint::default()
    };
    let mut not_null = part(Class::Constraint, "a_nn", Definition::Constraint(constraint));
    not_null.address = Address::new(Class::Constraint, 7);
    not_null.parent = Some(Address::new(Class::Relation, 1));
    not_null.comments = vec![Comment {
        column: None,
        text: "why".to_owned(),
    }];
    let found = limits(&table(vec![column("a", true, false)]), &[not_null]);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].0, &found[0].2),
        (Some(since::TABLE_NOT_NULL.0), &Otherwise::LeaveOut)
    );
}

#[test]
fn bodies_become_text() {
    assert_eq!(body_as_text("RETURN (a + b)"), "SELECT (a + b)");
    assert_eq!(
        body_as_text("BEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND"),
        " SELECT 1;\n SELECT 2;"
    );
    assert_eq!(body_as_text("BEGIN ATOMIC\nEND"), "");
}

#[test]
fn statistics_on_expressions_are_told_from_those_on_columns() {
    let of = |definition: &str| {
        let definition = definition.to_owned();
        expressions(&ExtendedStatistics {
            definition,
            statistics: None,
        })
        .is_some()
    };
    assert!(!of("CREATE STATISTICS s.x (ndistinct, mcv) ON a, \"(\" FROM s.t"));
    assert!(of("CREATE STATISTICS s.x (mcv) ON a, (b + 1) FROM s.t"));
    assert!(of("CREATE STATISTICS s.x ON lower(a) FROM s.t"));
}
