//! Constraints as statements, checked against their exact text.

use super::*;
use crate::ddl::testing::{context, part};
use crate::model::{Address, Class};

fn create(constraint: &Constraint, index: Option<Index>) -> Statements {
    let mut parts = Vec::new();
    let mut constraint = constraint.clone();
    if let Some(index) = index {
        let mut object = part(Class::Relation, "c", Definition::Index(Box::new(index)));
        object.address = Address::new(Class::Relation, 50);
        constraint.index = Some(object.address);
        parts.push(object);
    }
    let object = part(Class::Constraint, "c", Definition::Constraint(constraint.clone()));
    render(&object, &constraint, &context(&parts))
}

fn key(kind: char) -> Constraint {
    Constraint {
        relation: "t".to_owned(),
        relation_kind: 'r',
        kind,
        columns: vec!["a".to_owned(), "B".to_owned()],
        separate: true,
        ..Constraint::default()
    }
}

#[test]
fn a_unique_key_carries_everything_its_index_knows() {
    let constraint = Constraint {
        deferrable: true,
        initially_deferred: true,
        ..key('u')
    };
    let index = Index {
        relation: "t".to_owned(),
        nulls_not_distinct: true,
        include: vec!["x".to_owned()],
        options: vec!["fillfactor=80".to_owned()],
        replica_identity: true,
        ..Index::default()
    };
    assert_eq!(
        create(&constraint, Some(index)).create,
        [
            "ALTER TABLE ONLY public.t ADD CONSTRAINT c UNIQUE NULLS NOT DISTINCT (a, \"B\") INCLUDE (x) \
             WITH (fillfactor='80') DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE ONLY public.t REPLICA IDENTITY USING INDEX c",
        ]
    );
}

#[test]
fn a_primary_key_is_never_nulls_not_distinct() {
    let index = Index {
        relation: "t".to_owned(),
        nulls_not_distinct: true,
        ..Index::default()
    };
    let constraint = Constraint {
        period: true,
        ..key('p')
    };
    assert_eq!(
        create(&constraint, Some(index)).create,
        ["ALTER TABLE ONLY public.t ADD CONSTRAINT c PRIMARY KEY (a, \"B\" WITHOUT OVERLAPS)"]
    );
}

#[test]
fn a_foreign_key_of_a_partitioned_table_reaches_its_partitions() {
    let definition = "FOREIGN KEY (a) REFERENCES public.r(a)".to_owned();
    let constraint = Constraint {
        definition,
        relation_kind: 'p',
        ..key('f')
    };
    let statements = create(&constraint, None);
    assert_eq!(
        statements.create,
        ["ALTER TABLE public.t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES public.r(a)"]
    );
    assert_eq!(
        statements.drop.expect("a drop").if_exists,
        "ALTER TABLE IF EXISTS public.t DROP CONSTRAINT IF EXISTS c"
    );
    let of_table = Constraint {
        relation_kind: 'r',
        ..constraint
    };
    assert!(create(&of_table, None).create[0].starts_with("ALTER TABLE ONLY public.t "));
}

#[test]
fn a_check_that_is_not_valid_reaches_children() {
    let constraint = Constraint {
        definition: "CHECK ((a > 0)) NOT VALID".to_owned(),
        ..key('c')
    };
    assert_eq!(
        create(&constraint, None).create,
        ["ALTER TABLE public.t ADD CONSTRAINT c CHECK ((a > 0)) NOT VALID"]
    );
}

#[test]
fn a_key_whose_index_is_attached_has_no_drop() {
    let index = Index {
        relation: "t".to_owned(),
        parent_index: Some(Address::new(Class::Relation, 9)),
        ..Index::default()
    };
    assert_eq!(create(&key('p'), Some(index)).drop, None);
}

#[test]
fn a_domain_constraint_is_added_to_the_domain() {
    let constraint = Constraint {
        definition: "CHECK ((VALUE > 0)) NOT VALID".to_owned(),
        of_domain: true,
        relation: "d".to_owned(),
        ..key('c')
    };
    assert_eq!(
        create(&constraint, None).create,
        ["ALTER DOMAIN public.d ADD CONSTRAINT c CHECK ((VALUE > 0)) NOT VALID"]
    );
    let object = part(Class::Constraint, "c", Definition::Constraint(constraint.clone()));
    assert_eq!(target(&object, &constraint).sql, "c ON DOMAIN public.d");
}

#[test]
fn an_exclusion_that_all_partitions_have_makes_and_names_theirs() {
    let excluded = Constraint {
        definition: "EXCLUDE USING gist (a WITH =)".to_owned(),
        relation_kind: 'p',
        ..key('x')
    };
    let index = Index {
        relation: "t".to_owned(),
        ..Index::default()
    };
    let alone = create(&excluded, Some(index.clone())).create;
    assert_eq!(
        alone,
        ["ALTER TABLE ONLY public.t ADD CONSTRAINT c EXCLUDE USING gist (a WITH =)"]
    );
    let reaching = Constraint {
        reaches_partitions: true,
        parts: vec![crate::model::objects::relation::ExclusionPart {
            relation: "public.\"p'1\"".to_owned(),
            name: "o'x".to_owned(),
        }],
        ..excluded
    };
    let statements = create(&reaching, Some(index)).create;
    assert_eq!(
        statements[0],
        "ALTER TABLE public.t ADD CONSTRAINT c EXCLUDE USING gist (a WITH =)"
    );
    // Names are quoted for the statement, and the statement is quoted for the block.
    assert!(
        statements[1].contains("(VALUES (''public.\"p''''1\"'', ''o''''x'')) AS wanted"),
        "{}",
        statements[1]
    );
}

#[test]
fn what_a_partition_has_otherwise_follows_the_exclusion_that_its_parent_made() {
    let parent = Index {
        options: vec!["fillfactor=70".to_owned(), "buffering=on".to_owned()],
        ..Index::default()
    };
    let index = Index {
        options: vec!["fillfactor=50".to_owned()],
        tablespace: Some("Fast".to_owned()),
        ..Index::default()
    };
    let add = "ALTER TABLE ONLY s.p1 ADD CONSTRAINT x EXCLUDE USING gist (a WITH =)";
    let statements = parts::render("s.p1", "x", add, ("s.x", &index), &parent);
    let create: Vec<&str> = statements.create.iter().map(String::as_str).collect();
    assert!(create[1].starts_with("DO LANGUAGE plpgsql 'BEGIN IF NOT EXISTS (") && create[1].contains(add));
    assert!(create[2].contains("ALTER INDEX s.x SET TABLESPACE %I"), "{}", create[2]);
    assert_eq!(
        [create[0], create[3], create[4], create[5]],
        [
            "SET LOCAL default_tablespace = \"Fast\"",
            "SET LOCAL default_tablespace = ''",
            "ALTER INDEX s.x RESET (fillfactor, buffering)",
            "ALTER INDEX s.x SET (fillfactor='50')",
        ]
    );
    let same = parts::render("s.p1", "x", add, ("s.x", &parent), &parent);
    assert_eq!(same.create.len(), 1);
}
