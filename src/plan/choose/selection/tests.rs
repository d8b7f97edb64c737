//! The selection that each way of choosing makes, on one small database.

use std::collections::HashSet;

use super::select;
use crate::model::objects::privileges::{Acl, DefaultPrivileges};
use crate::model::objects::relation::{Constraint, Identity, RelationRef, Sequence, SequenceOwner, Table, TableAttach};
use crate::model::objects::routine::Cast;
use crate::model::{Address, Class, Components, Definition, Object};
use crate::plan::choose::filter::{Chosen, Parts};

const SALES: Address = Address::new(Class::Relation, 20_001);
const HOME: Address = Address::new(Class::Relation, 20_002);

fn object(class: Class, oid: u32, schema: Option<&str>, name: &str, definition: Definition) -> Object {
    Object::new(class, oid, schema.map(str::to_owned), name.to_owned(), definition)
}

fn table(address: Address, schema: &str, name: &str) -> Object {
    let definition = Definition::Table(Box::new(Table {
        kind: 'r',
        ..Table::default()
    }));
    object(address.class, address.oid, Some(schema), name, definition)
}

fn database() -> Vec<Object> {
    let mut objects = vec![
        object(Class::Namespace, 2200, None, "public", Definition::Schema),
        object(Class::Namespace, 20_000, None, "sales", Definition::Schema),
        object(
            Class::Extension,
            20_010,
            None,
            "ext",
            Definition::Extension {
                schema: "public".to_owned(),
            },
        ),
        table(SALES, "sales", "orders"),
        table(HOME, "public", "items"),
        object(
            Class::Proc,
            20_020,
            Some("sales"),
            "f",
            Definition::Routine(Box::default()),
        ),
        object(Class::Cast, 20_030, None, "cast", Definition::Cast(Cast::default())),
        object(
            Class::Cast,
            9_000,
            None,
            "built-in cast",
            Definition::Cast(Cast::default()),
        ),
    ];
    let mut member = object(
        Class::Proc,
        20_021,
        Some("public"),
        "ext_f",
        Definition::Routine(Box::default()),
    );
    member.member_of = Some("ext".to_owned());
    objects.push(member);
    let mut key = object(
        Class::Constraint,
        20_040,
        Some("sales"),
        "key",
        Definition::Constraint(Constraint {
            kind: 'p',
            separate: true,
            ..Constraint::default()
        }),
    );
    key.parent = Some(SALES);
    objects.push(key);
    // This sequence is in another schema than the table that owns it.
    let sequence = Address::new(Class::Relation, 20_003);
    objects.push(object(
        Class::Relation,
        20_003,
        Some("public"),
        "owned",
        Definition::Sequence(Box::default()),
    ));
    objects.push(object(
        Class::SequenceOwner,
        20_003,
        Some("public"),
        "owned",
        Definition::SequenceOwner(SequenceOwner {
            table: SALES,
            column: "id".to_owned(),
            sequence,
            table_schema: "sales".to_owned(),
            table_name: "orders".to_owned(),
        }),
    ));
    let identity = Identity {
        table: RelationRef {
            address: HOME,
            schema: "public".to_owned(),
            name: "items".to_owned(),
        },
        column: "id".to_owned(),
        always: true,
        persistence_differs: false,
    };
    let sequence = Sequence {
        identity: Some(identity),
        ..Sequence::default()
    };
    let mut sequence = object(
        Class::Relation,
        20_004,
        Some("public"),
        "identity",
        Definition::Sequence(Box::new(sequence)),
    );
    sequence.parent = Some(HOME);
    objects.push(sequence);
    objects.push(object(
        Class::TableAttach,
        HOME.oid,
        Some("public"),
        "attach",
        Definition::TableAttach(TableAttach {
            partition: HOME,
            parent: SALES,
            parent_schema: "sales".to_owned(),
            parent_name: "orders".to_owned(),
            bound: "DEFAULT".to_owned(),
        }),
    ));
    for (oid, in_schema, name) in [
        (20_050, None, "global defaults"),
        (20_051, Some("sales"), "sales defaults"),
    ] {
        let defaults = DefaultPrivileges {
            role: "r".to_owned(),
            in_schema: in_schema.map(str::to_owned),
            objects: "TABLES".to_owned(),
            acl: Acl::default(),
        };
        objects.push(object(
            Class::DefaultAcl,
            oid,
            in_schema,
            name,
            Definition::DefaultPrivileges(Box::new(defaults)),
        ));
    }
    objects
}

fn everything() -> Chosen {
    Chosen {
        relations: HashSet::from([SALES.oid, HOME.oid, 20_003, 20_004]),
        schemas: HashSet::from(["public".to_owned(), "sales".to_owned()]),
        everything: true,
        ..Chosen::default()
    }
}

fn defined(chosen: &Chosen) -> Vec<String> {
    let objects = database();
    let selected = select(&objects, chosen, chosen.parts);
    let names = objects.iter().zip(&selected).filter(|(_, wanted)| wanted.definition);
    let mut names: Vec<String> = names.map(|(object, _)| object.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn everything_leaves_out_what_the_server_and_extensions_bring() {
    let objects = database();
    let selected = select(&objects, &everything(), Parts::All);
    for (object, wanted) in objects.iter().zip(&selected) {
        let expected = match object.name.as_str() {
            "built-in cast" => Components::NONE,
            "ext_f" => Components::PRIVILEGES,
            _ => Components::ALL,
        };
        assert_eq!(*wanted, expected, "{}", object.name);
    }
}

#[test]
fn a_chosen_schema_brings_its_objects_and_owned_sequences() {
    let chosen = Chosen {
        relations: HashSet::from([SALES.oid, 20_003]),
        schemas: HashSet::from(["sales".to_owned()]),
        ..Chosen::default()
    };
    assert_eq!(
        defined(&chosen),
        ["f", "key", "orders", "owned", "sales", "sales defaults"]
    );
}

#[test]
fn a_chosen_table_brings_its_parts_alone() {
    let chosen = Chosen {
        relations: HashSet::from([HOME.oid]),
        tables_only: true,
        ..Chosen::default()
    };
    // The attachment is not selected, because the parent of the partition is not there.
    assert_eq!(defined(&chosen), ["identity", "items"]);
    let chosen = Chosen {
        relations: HashSet::from([SALES.oid]),
        tables_only: true,
        ..Chosen::default()
    };
    assert_eq!(defined(&chosen), ["key", "orders", "owned"]);
}

#[test]
fn rows_alone_need_no_definition() {
    let chosen = Chosen {
        parts: Parts::Data,
        ..everything()
    };
    assert!(
        select(&database(), &chosen, chosen.parts)
            .iter()
            .all(|wanted| *wanted == Components::NONE)
    );
}
