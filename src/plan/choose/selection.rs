//! Selects the objects that a dump holds, and which parts of each.
//!
//! The patterns of the command line are already resolved to schema names and relation oids.

use std::collections::HashMap;

use crate::model::{Address, Class, Components, Definition, Object};

use crate::plan::choose::filter::{Chosen, Parts};

/// Objects below this oid were made by initdb.
const FIRST_USER_OID: u32 = 16_384;

pub(crate) fn is_system_schema(schema: &str) -> bool {
    schema.starts_with("pg_") || schema == "information_schema"
}

/// One element per object, in the order of `objects`.
pub(crate) fn select(objects: &[Object], chosen: &Chosen, parts: Parts) -> Vec<Components> {
    if parts == Parts::Data {
        let data = |object: &Object| matches!(object.definition, Definition::LargeObjects(_)) && chosen.large_objects;
        return objects.iter().map(|object| Components::all_if(data(object))).collect();
    }
    let index_of: HashMap<Address, usize> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| (object.address, index))
        .collect();
    let mut selected: Vec<Option<Components>> = objects.iter().map(|object| by_itself(object, chosen)).collect();

    // A sequence gets the selection of the table that owns it; parts get that of the object they are parts of.
    for object in objects {
        let Definition::SequenceOwner(owner) = &object.definition else {
            continue;
        };
        let table = index_of.get(&owner.table).and_then(|index| selected[*index]);
        let sequence = index_of.get(&Address::new(Class::Relation, object.address.oid));
        if let (Some(table), Some(sequence)) = (table, sequence)
            && table.definition
            && objects[*sequence].member_of.is_none()
        {
            selected[*sequence] = Some(table);
        }
    }
    let definition_of = |selected: &[Option<Components>], address: Address| {
        index_of
            .get(&address)
            .and_then(|index| selected[*index])
            .is_some_and(|components| components.definition)
    };
    for (index, object) in objects.iter().enumerate() {
        if selected[index].is_some()
            || object
                .parent
                .is_some_and(|parent| is_open(&index_of, &selected, parent))
        {
            continue;
        }
        selected[index] = Some(part(
            object,
            |address| definition_of(&selected, address),
            || {
                object
                    .parent
                    .and_then(|parent| index_of.get(&parent))
                    .and_then(|parent| selected[*parent])
            },
        ));
    }
    // Parts of parts, such as the sequence of an identity column or an index's attachment.
    for (index, object) in objects.iter().enumerate() {
        if selected[index].is_none() {
            selected[index] = Some(part(
                object,
                |address| definition_of(&selected, address),
                || {
                    object
                        .parent
                        .and_then(|parent| index_of.get(&parent))
                        .and_then(|parent| selected[*parent])
                },
            ));
        }
    }
    let left_out = |object: &Object| object.kind().is_some_and(|kind| chosen.without.kind(kind));
    let components = selected.into_iter().map(Option::unwrap_or_default);
    components
        .zip(objects)
        .map(|(components, object)| if left_out(object) { Components::NONE } else { components })
        .collect()
}

fn is_open(index_of: &HashMap<Address, usize>, selected: &[Option<Components>], address: Address) -> bool {
    index_of.get(&address).is_some_and(|index| selected[*index].is_none())
}

/// The components of an object that is selected by itself; `None` for one that follows another object.
fn by_itself(object: &Object, chosen: &Chosen) -> Option<Components> {
    let built_in = object.address.oid < FIRST_USER_OID;
    if object.member_of.is_some() {
        let part = object.parent.is_some();
        return Some(if part { Components::NONE } else { Components::PRIVILEGES });
    }
    let in_schema = |schema: &Option<String>| schema.as_deref().is_some_and(|schema| chosen.schemas.contains(schema));
    Some(match &object.definition {
        Definition::Schema => schema(object, chosen),
        Definition::Extension { .. } => Components::all_if(!built_in && chosen.wants_extension(&object.name)),
        Definition::Language(_) if built_in && chosen.everything => Components::PRIVILEGES,
        Definition::Language(_)
        | Definition::Cast(_)
        | Definition::Transform(_)
        | Definition::AccessMethod(_)
        | Definition::ForeignDataWrapper(_)
        | Definition::ForeignServer(_)
        | Definition::UserMapping(_)
        | Definition::Publication(_)
        | Definition::Subscription(_)
        | Definition::EventTrigger(_) => Components::all_if(!built_in && chosen.everything),
        Definition::LargeObjects(_) => Components::all_if(chosen.large_objects),
        Definition::Database(_) | Definition::DatabaseSettings(_) => Components::all_if(chosen.everything),
        Definition::Global(_) => Components::NONE,
        Definition::SystemObject(_) if chosen.everything => Components::PRIVILEGES,
        Definition::SystemObject(_) => Components::NONE,
        Definition::DefaultPrivileges(privileges) => Components::all_if(match &privileges.in_schema {
            Some(schema) => chosen.schemas.contains(schema),
            None => chosen.everything,
        }),
        // The sequence of an identity column follows its table alone.
        Definition::Sequence(_) if object.parent.is_some() => return None,
        Definition::Table(_) | Definition::View(_) | Definition::MaterializedView(_) | Definition::Sequence(_) => {
            let schema = object.schema.as_deref().unwrap_or_default();
            if is_system_schema(schema) {
                system_object(schema, chosen)
            } else {
                Components::all_if(chosen.relations.contains(&object.address.oid))
            }
        }
        Definition::Collation(_)
        | Definition::BaseType(_)
        | Definition::UndefinedType
        | Definition::EnumType(_)
        | Definition::RangeType(_)
        | Definition::CompositeType(_)
        | Definition::Domain(_)
        | Definition::Routine(_)
        | Definition::Aggregate(_)
        | Definition::Operator(_)
        | Definition::OperatorFamily(_)
        | Definition::OperatorClass(_)
        | Definition::Conversion(_)
        | Definition::TextSearchParser(_)
        | Definition::TextSearchTemplate(_)
        | Definition::TextSearchDictionary(_)
        | Definition::TextSearchConfiguration(_) => {
            let schema = object.schema.as_deref().unwrap_or_default();
            if !is_system_schema(schema) {
                Components::all_if(in_schema(&object.schema))
            } else if built_in {
                system_object(schema, chosen)
            } else {
                // A user made this object in a system schema; casts and views may need it.
                Components::all_if(schema == "pg_catalog" && chosen.everything)
            }
        }
        // Such types are never entries.
        Definition::ImpliedType => Components::NONE,
        _ => return None,
    })
}

fn system_object(schema: &str, chosen: &Chosen) -> Components {
    if schema == "pg_catalog" && chosen.everything {
        Components::PRIVILEGES
    } else {
        Components::NONE
    }
}

fn schema(object: &Object, chosen: &Chosen) -> Components {
    let name = object.name.as_str();
    if name == "pg_catalog" {
        if chosen.everything {
            Components::PRIVILEGES
        } else {
            Components::NONE
        }
    } else {
        Components::all_if(!is_system_schema(name) && chosen.schemas.contains(name))
    }
}

/// The components of an object that belongs to another: those of the other object, if everything that it connects is
/// there.
fn part(
    object: &Object,
    has_definition: impl Fn(Address) -> bool,
    parent: impl Fn() -> Option<Components>,
) -> Components {
    let own = object.address;
    match &object.definition {
        Definition::TableAttach(attach) => {
            Components::all_if(has_definition(attach.partition) && has_definition(attach.parent))
        }
        Definition::IndexAttach(attach) => Components::all_if(
            [attach.index, attach.parent_index]
                .iter()
                .all(|index| has_definition(*index)),
        ),
        Definition::SequenceOwner(owner) => {
            Components::all_if(has_definition(owner.table) && has_definition(Address::new(Class::Relation, own.oid)))
        }
        Definition::ShellType => Components::all_if(has_definition(Address::new(Class::Type, own.oid))),
        Definition::MatviewRefresh | Definition::ViewBody(_) | Definition::RowSecurity => {
            Components::all_if(has_definition(Address::new(Class::Relation, own.oid)))
        }
        _ => Components::all_if(parent().is_some_and(|parent| parent.definition)),
    }
}

#[cfg(test)]
mod tests;
