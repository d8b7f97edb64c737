//! Tables as statements, checked against their exact text.

use super::*;
use crate::ddl::testing::{context, part};
use crate::model::entry::Requirement;
use crate::model::objects::relation::{Constraint, NotNull, RelationRef};
use crate::model::{Address, Class};
use crate::version::Version;

const TABLE: Address = Address::new(Class::Relation, 1);

fn column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        type_name: "integer".to_owned(),
        listed: true,
        ..Column::default()
    }
}

fn table(columns: Vec<Column>) -> Table {
    Table {
        kind: 'r',
        replica_identity: 'd',
        columns,
        ..Table::default()
    }
}

fn parent(name: &str) -> RelationRef {
    RelationRef {
        address: Address::new(Class::Relation, 2),
        schema: "public".to_owned(),
        name: name.to_owned(),
    }
}

fn rendered(table: &Table, parts: &[Object], version: Version) -> Statements {
    let object = part(Class::Relation, "t", Definition::Table(Box::new(table.clone())));
    let mut lookup = context(parts);
    lookup.version = version;
    render(&object, table, &lookup)
}

fn of_table(mut object: Object, class: Class, oid: u32) -> Object {
    object.address = Address::new(class, oid);
    object.parent = Some(TABLE);
    object
}

fn check(name: &str, definition: &str, is_local: bool, separate: bool) -> Object {
    let check = Constraint {
        kind: 'c',
        definition: definition.to_owned(),
        is_local,
        separate,
        ..Constraint::default()
    };
    of_table(
        part(Class::Constraint, name, Definition::Constraint(check)),
        Class::Constraint,
        20,
    )
}

fn default(oid: u32, default: ColumnDefault) -> Object {
    of_table(
        part(Class::AttributeDefault, "d", Definition::Default(default)),
        Class::AttributeDefault,
        oid,
    )
}

#[test]
fn a_table_without_columns_has_empty_parentheses() {
    assert_eq!(
        rendered(&table(vec![]), &[], Version::first_of(15)).create,
        ["CREATE TABLE public.t (\n)"]
    );
}

#[test]
fn a_typed_table_without_additions_has_no_parentheses() {
    let typed = Table {
        of_type: Some("public.pair".to_owned()),
        ..table(vec![column("a")])
    };
    assert_eq!(
        rendered(&typed, &[], Version::first_of(15)).create,
        ["CREATE TABLE public.t OF public.pair"]
    );
}

#[test]
fn local_checks_and_defaults_are_inline_and_separate_ones_are_not() {
    let mut a = column("a");
    a.default = Some(Address::new(Class::AttributeDefault, 10));
    let mut b = column("b");
    b.default = Some(Address::new(Class::AttributeDefault, 11));
    let parts = [
        default(
            10,
            ColumnDefault {
                expression: "7".to_owned(),
                ..ColumnDefault::default()
            },
        ),
        default(
            11,
            ColumnDefault {
                expression: "8".to_owned(),
                separate: true,
                ..ColumnDefault::default()
            },
        ),
        check("c1", "CHECK ((a > 0))", true, false),
        check("c2", "CHECK ((a > 1)) NOT VALID", true, true),
        check("c3", "CHECK ((a > 2))", false, false),
    ];
    assert_eq!(
        rendered(&table(vec![a, b]), &parts, Version::first_of(15)).create,
        [
            "CREATE TABLE public.t (\n    a integer DEFAULT 7,\n    b integer,\n    \
          CONSTRAINT c1 CHECK ((a > 0))\n)"
        ]
    );
}

#[test]
fn a_partition_stands_alone_with_everything_it_inherits() {
    let partition = Table {
        is_partition: true,
        parents: vec![parent("p")],
        ..table(vec![column("a")])
    };
    let parts = [check("c3", "CHECK ((a > 2))", false, false)];
    assert_eq!(
        rendered(&partition, &parts, Version::first_of(15)).create,
        ["CREATE TABLE public.t (\n    a integer,\n    CONSTRAINT c3 CHECK ((a > 2))\n)"]
    );
}

#[test]
fn what_a_child_has_different_from_its_parents_is_altered() {
    let mut a = Column {
        listed: false,
        default_null: true,
        ..column("a")
    };
    a.not_null_clause = Some(NotNull {
        name: Some("nn".to_owned()),
        no_inherit: false,
    });
    let child = Table {
        parents: vec![parent("p"), parent("Q")],
        ..table(vec![a, column("own")])
    };
    assert_eq!(
        rendered(&child, &[], Version::first_of(15)).create,
        [
            "CREATE TABLE public.t (\n    own integer\n)\nINHERITS (public.p, public.\"Q\")",
            "ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT NULL",
            "ALTER TABLE ONLY public.t ALTER COLUMN a SET NOT NULL",
        ]
    );
    assert_eq!(
        rendered(&child, &[], Version::first_of(18)).create,
        [
            "CREATE TABLE public.t (\n    own integer,\n    CONSTRAINT nn NOT NULL a\n)\n\
             INHERITS (public.p, public.\"Q\")",
            "ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT NULL",
        ]
    );
}

#[test]
fn a_generation_expression_that_parents_give_is_not_repeated() {
    let mut b = column("b");
    b.default = Some(Address::new(Class::AttributeDefault, 10));
    let generated = ColumnDefault {
        expression: "a * 2".to_owned(),
        generated: true,
        inherited: true,
        ..ColumnDefault::default()
    };
    let child = Table {
        parents: vec![parent("p")],
        ..table(vec![b])
    };
    let create = rendered(&child, &[default(10, generated)], Version::first_of(15)).create;
    assert_eq!(
        create,
        ["CREATE TABLE public.t (\n    b integer\n)\nINHERITS (public.p)"]
    );
}

#[test]
fn storage_is_said_before_and_settings_after() {
    let full = Table {
        unlogged: true,
        access_method: Some("columnar".to_owned()),
        tablespace: Some("fast".to_owned()),
        options: vec!["fillfactor=70".to_owned()],
        toast_options: vec!["autovacuum_enabled=false".to_owned()],
        replica_identity: 'f',
        force_row_security: true,
        ..table(vec![column("a")])
    };
    let statements = rendered(&full, &[], Version::first_of(15));
    assert_eq!(
        statements.create,
        [
            "SET LOCAL default_tablespace = fast",
            "SET LOCAL default_table_access_method = columnar",
            "CREATE UNLOGGED TABLE public.t (\n    a integer\n)",
            "SET LOCAL default_table_access_method = heap",
            "SET LOCAL default_tablespace = ''",
            "ALTER TABLE ONLY public.t SET (fillfactor='70')",
            "ALTER TABLE ONLY public.t SET (toast.autovacuum_enabled='false')",
            "ALTER TABLE ONLY public.t REPLICA IDENTITY FULL",
            "ALTER TABLE ONLY public.t FORCE ROW LEVEL SECURITY",
        ]
    );
    assert_eq!(statements.requires, [Requirement::Tablespace("fast".to_owned())]);
}

#[test]
fn a_partitioned_table_is_never_unlogged_and_gets_its_access_method_afterwards() {
    let partitioned = Table {
        kind: 'p',
        unlogged: true,
        partition_key: Some("RANGE (a)".to_owned()),
        access_method: Some("heap".to_owned()),
        ..table(vec![column("a")])
    };
    assert_eq!(
        rendered(&partitioned, &[], Version::first_of(17)).create,
        [
            "CREATE TABLE public.t (\n    a integer\n)\nPARTITION BY RANGE (a)",
            "ALTER TABLE public.t SET ACCESS METHOD heap",
        ]
    );
}

#[test]
fn a_child_with_another_column_order_joins_its_parents_afterwards() {
    let child = Table {
        parents: vec![parent("p")],
        inherits_later: true,
        ..table(vec![column("own"), column("a")])
    };
    let parts = [check("c", "CHECK ((a > 2))", false, false)];
    assert_eq!(
        rendered(&child, &parts, Version::first_of(15)).create,
        [
            "CREATE TABLE public.t (\n    own integer,\n    a integer,\n    CONSTRAINT c CHECK ((a > 2))\n)",
            "ALTER TABLE ONLY public.t INHERIT public.p",
        ]
    );
}
