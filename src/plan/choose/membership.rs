//! Members of publications whose table or schema a dump leaves out.
//!
//! A publication is carried with all of its members, because the target may have the tables and schemas that they name.
//! Pure.

use std::collections::{HashMap, HashSet};

use crate::model::entry::Reference;
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::replication::RowFilter;
use crate::model::{Address, Components, Definition, Kind, Object};

/// The findings about members that name something outside the dump.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outside {
    /// The table or schema that each of them names.
    pub absent: HashMap<Address, Reference>,
    pub warnings: Vec<String>,
}

/// Removes members from `wanted` whose statement cannot be made, with a warning each, and gives what the remaining
/// members name outside the dump.
pub(crate) fn outside(objects: &[Object], wanted: &mut [Components]) -> Outside {
    let mut tables = HashSet::new();
    let mut schemas = HashSet::new();
    for (object, wanted) in objects.iter().zip(wanted.iter()) {
        // A member of an extension comes with its extension.
        if wanted.definition || object.member_of.is_some() {
            match &object.definition {
                Definition::Table(_) => drop(tables.insert(object.address)),
                Definition::Schema => drop(schemas.insert(object.name.as_str())),
                _ => {}
            }
        }
    }
    let mut outside = Outside::default();
    for (object, wanted) in objects
        .iter()
        .zip(wanted.iter_mut())
        .filter(|(_, wanted)| wanted.definition)
    {
        match &object.definition {
            Definition::PublicationTable(member) if member.filter == RowFilter::Unread => {
                *wanted = Components::NONE;
                outside.warnings.push(format!(
                    "publication {} without table {}: its row filter can only be read if the table is dumped",
                    quote_ident(&member.publication),
                    qualified(&member.table.schema, &member.table.name)
                ));
            }
            Definition::PublicationTable(member) if !tables.contains(&member.table.address) => {
                let table = Reference {
                    kind: Kind::Table,
                    schema: Some(member.table.schema.clone()),
                    name: member.table.name.clone(),
                };
                outside.absent.insert(object.address, table);
            }
            Definition::PublicationSchema(member) if !schemas.contains(member.schema.as_str()) => {
                let schema = Reference {
                    kind: Kind::Schema,
                    schema: None,
                    name: member.schema.clone(),
                };
                outside.absent.insert(object.address, schema);
            }
            _ => {}
        }
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Class;
    use crate::model::objects::relation::RelationRef;
    use crate::model::objects::replication::{PublicationSchema, PublicationTable};

    fn member(oid: u32, table: u32, filter: RowFilter) -> Object {
        let member = PublicationTable {
            publication: "p".to_owned(),
            table: RelationRef {
                address: Address::new(Class::Relation, table),
                schema: "public".to_owned(),
                name: format!("t{table}"),
            },
            columns: None,
            filter,
        };
        let definition = Definition::PublicationTable(member);
        Object::new(Class::PublicationRelation, oid, None, format!("t{table}"), definition)
    }

    #[test]
    fn members_tell_what_the_dump_has_not_and_those_that_cannot_be_told_are_warned_about() {
        let table = Definition::Table(Box::default());
        let schema = Definition::PublicationSchema(PublicationSchema {
            publication: "p".to_owned(),
            schema: "gone".to_owned(),
        });
        let objects = [
            Object::new(Class::Relation, 1, Some("public".to_owned()), "t1".to_owned(), table),
            member(10, 1, RowFilter::All),
            member(11, 2, RowFilter::All),
            member(12, 3, RowFilter::Unread),
            Object::new(Class::PublicationNamespace, 13, None, "gone".to_owned(), schema),
        ];
        let mut wanted = vec![Components::ALL; objects.len()];
        let outside = outside(&objects, &mut wanted);
        let mut named: Vec<String> = outside.absent.values().map(Reference::to_string).collect();
        named.sort();
        assert_eq!(named, ["SCHEMA gone", "TABLE public.t2"]);
        assert_eq!(wanted[3], Components::NONE);
        assert_eq!(outside.warnings.len(), 1);
    }
}
