//! Finds the objects that entries of a dump need and the dump leaves out, so that the dump can name them and a restore
//! can look for them first. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::entry::Reference;
use crate::model::ident::qualified;
use crate::model::objects::database::Dependency;
use crate::model::{Address, Catalog, Class, Components, Definition, Kind, Object};
use crate::plan::choose::filter::{Chosen, Unchosen};
use crate::plan::choose::parts::Parts;
use crate::plan::choose::selection;
use crate::plan::order::restore_order::Ordered;

/// The objects outside the dump that each emitted object needs, and warnings about partitions without their parents.
#[derive(Debug, Default)]
pub(crate) struct Absent {
    pub references: HashMap<Address, Vec<Reference>>,
    pub warnings: Vec<String>,
}

/// `emitted` says which of the ordered objects have an entry. `dependencies` are the rows of `pg_depend`, because they
/// also lead to objects that were not read.
pub(crate) fn find(ordered: &Ordered, emitted: &[bool], dependencies: &[Dependency], chosen: &Chosen) -> Absent {
    let walk = Walk::new(ordered, emitted, dependencies, &chosen.unchosen);
    let mut absent = Absent::default();
    for (index, object) in ordered.objects.iter().enumerate() {
        if emitted[index] {
            let references = walk.references(index);
            if !references.is_empty() {
                absent.references.insert(object.address, references);
            }
            absent.warnings.extend(walk.orphan(object));
        }
    }
    absent
}

struct Walk<'a> {
    ordered: &'a Ordered,
    emitted: &'a [bool],
    /// The components of each object that a dump of everything would hold.
    whole: Vec<Components>,
    index_of: HashMap<Address, usize>,
    extensions: HashMap<&'a str, usize>,
    needs: HashMap<Address, Vec<Address>>,
    unchosen: &'a HashMap<u32, Unchosen>,
}

impl<'a> Walk<'a> {
    fn new(
        ordered: &'a Ordered,
        emitted: &'a [bool],
        dependencies: &[Dependency],
        unchosen: &'a HashMap<u32, Unchosen>,
    ) -> Self {
        let objects = &ordered.objects;
        let everything = Chosen {
            everything: true,
            large_objects: true,
            relations: objects.iter().map(|o| o.address.oid).collect(),
            schemas: objects.iter().filter_map(|o| o.schema.clone()).collect(),
            ..Chosen::default()
        };
        let named = |name: &str| everything.schemas.contains(name);
        let schemas = objects.iter().filter(|o| matches!(o.definition, Definition::Schema));
        let empty: Vec<String> = schemas.map(|o| o.name.clone()).filter(|name| !named(name)).collect();
        let mut everything = everything;
        everything.schemas.extend(empty);
        let mut needs: HashMap<Address, Vec<Address>> = HashMap::new();
        for edge in dependencies {
            needs.entry(edge.dependent).or_default().push(edge.referenced);
        }
        let numbered = objects.iter().enumerate();
        let extensions = numbered
            .clone()
            .filter(|(_, o)| matches!(o.definition, Definition::Extension { .. }));
        Self {
            whole: selection::select(objects, &everything, Parts::All),
            index_of: numbered.map(|(index, o)| (o.address, index)).collect(),
            extensions: extensions.map(|(index, o)| (o.name.as_str(), index)).collect(),
            ordered,
            emitted,
            needs,
            unchosen,
        }
    }

    fn references(&self, index: usize) -> Vec<Reference> {
        let object = &self.ordered.objects[index];
        let mut seen = self.ancestors(object);
        let mut found = BTreeMap::new();
        let mut open = self.steps(index);
        while let Some(address) = open.pop() {
            if !seen.insert(address) {
                continue;
            }
            let Some(&at) = self.index_of.get(&address) else {
                match self
                    .unchosen
                    .get(&address.oid)
                    .filter(|_| address.class == Class::Relation)
                {
                    Some(relation) => note(&mut found, relation.reference.clone()),
                    None => open.extend(self.needs.get(&address).into_iter().flatten()),
                }
                continue;
            };
            let other = &self.ordered.objects[at];
            if self.emitted[at] {
                continue;
            }
            if let Some(name) = &other.member_of {
                // Extensions that come with every database are no objects.
                if let Some(extension) = self.extensions.get(name.as_str()).filter(|at| !self.emitted[**at]) {
                    note(
                        &mut found,
                        reference(&self.ordered.objects[*extension], Kind::Extension),
                    );
                }
            } else if let Some(kind) = self.own_kind(at) {
                note(&mut found, reference(other, kind));
            } else {
                open.extend(self.steps(at));
                open.extend(other.parent);
            }
        }
        found.into_values().collect()
    }

    /// The kind of an object, if a dump of everything makes it by a statement of its own.
    fn own_kind(&self, at: usize) -> Option<Kind> {
        let object = &self.ordered.objects[at];
        let whole = self.whole[at].definition && object.parent.is_none();
        // `public` comes with every database.
        let given = matches!(object.definition, Definition::Schema) && object.name == "public";
        object.kind().filter(|kind| whole && !given && stands_alone(*kind))
    }

    fn steps(&self, index: usize) -> Vec<Address> {
        let object = &self.ordered.objects[index];
        let known = self.ordered.depends_on[index].iter();
        let mut steps: Vec<Address> = known.map(|at| self.ordered.objects[*at as usize].address).collect();
        // A sequence is dropped with the table that owns it, but made without it.
        if !matches!(object.definition, Definition::Sequence(_)) {
            steps.extend(self.needs.get(&object.address).into_iter().flatten());
        }
        steps
    }

    /// The tables above a partition. Neither the partition nor its parts need them, because it is made by itself and
    /// attached afterwards.
    fn ancestors(&self, object: &Object) -> HashSet<Address> {
        let own = object.parent.and_then(|parent| self.index_of.get(&parent));
        let table = own.map_or(object, |at| &self.ordered.objects[*at]);
        let Definition::Table(definition) = &table.definition else {
            return HashSet::new();
        };
        let mut ancestors = HashSet::new();
        if definition.is_partition || definition.inherits_later {
            let mut open: Vec<u32> = definition.parents.iter().map(|p| p.address.oid).collect();
            while let Some(oid) = open.pop() {
                if let Some(above) = self.unchosen.get(&oid)
                    && ancestors.insert(Address::new(Class::Relation, oid))
                {
                    open.extend(&above.parents);
                }
            }
        }
        ancestors
    }

    fn orphan(&self, object: &Object) -> Option<String> {
        let Definition::Table(table) = &object.definition else {
            return None;
        };
        let apart = table.is_partition || table.inherits_later;
        let mut above = table
            .parents
            .iter()
            .filter(|parent| self.unchosen.contains_key(&parent.address.oid));
        let parent = above.next().filter(|_| apart)?;
        Some(format!(
            "table {} stands alone: {}, which it is a part of, and what it inherits from there are not in the archive",
            qualified(object.schema.as_deref().unwrap_or_default(), &object.name),
            qualified(&parent.schema, &parent.name)
        ))
    }
}

fn note(found: &mut BTreeMap<String, Reference>, reference: Reference) {
    found.insert(reference.to_string(), reference);
}

fn reference(object: &Object, kind: Kind) -> Reference {
    Reference {
        kind,
        schema: object.schema.clone(),
        name: object.name.clone(),
    }
}

/// Whether other objects can need an object of this kind; objects of the remaining kinds are parts, or nothing names
/// them.
fn stands_alone(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Database
            | Kind::DatabaseSettings
            | Kind::SequenceOwner
            | Kind::TableAttach
            | Kind::LargeObjects
            | Kind::Default
            | Kind::RowSecurity
            | Kind::MatviewRefresh
            | Kind::DefaultPrivileges
            | Kind::StatisticsData
    )
}

/// The objects that entries of an archive need and the archive does not hold, each with the labels of these entries.
pub fn of_catalog(catalog: &Catalog) -> Vec<(String, Vec<String>)> {
    let mut needed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in &catalog.entries {
        for reference in &entry.absent {
            needed.entry(reference.to_string()).or_default().insert(entry.label());
        }
    }
    needed
        .into_iter()
        .map(|(what, by)| (what, by.into_iter().collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objects::relation::{RelationRef, Table};
    use crate::model::objects::types::EnumType;

    const TABLE: Address = Address::new(Class::Relation, 20_001);
    const PARENT: Address = Address::new(Class::Relation, 20_002);
    const MOOD: Address = Address::new(Class::Type, 20_003);
    const MOODS: Address = Address::new(Class::Type, 20_004);

    fn object(address: Address, name: &str, definition: Definition) -> Object {
        let schema = Some("s".to_owned());
        Object::new(address.class, address.oid, schema, name.to_owned(), definition)
    }

    /// A table with a column of an array of a type, below a table that is not chosen.
    fn names(is_partition: bool) -> (Vec<String>, usize) {
        let table = Table {
            is_partition,
            parents: vec![RelationRef {
                address: PARENT,
                schema: "s".to_owned(),
                name: "above".to_owned(),
            }],
            ..Table::default()
        };
        let ordered = Ordered {
            objects: vec![
                object(MOOD, "mood", Definition::EnumType(EnumType::default())),
                object(MOODS, "_mood", Definition::ImpliedType),
                object(TABLE, "t", Definition::Table(Box::new(table))),
            ],
            depends_on: vec![vec![], vec![0], vec![1]],
            ..Ordered::default()
        };
        let reference = Reference {
            kind: Kind::Table,
            schema: Some("s".to_owned()),
            name: "above".to_owned(),
        };
        let parents = Vec::new();
        let chosen = Chosen {
            unchosen: HashMap::from([(PARENT.oid, Unchosen { reference, parents })]),
            ..Chosen::default()
        };
        let edge = Dependency {
            dependent: TABLE,
            referenced: PARENT,
        };
        let mut absent = find(&ordered, &[false, false, true], &[edge], &chosen);
        let references = absent.references.remove(&TABLE).unwrap_or_default();
        (
            references.iter().map(Reference::to_string).collect(),
            absent.warnings.len(),
        )
    }

    #[test]
    fn what_lies_behind_implied_objects_and_outside_is_named() {
        assert_eq!(
            names(false),
            (vec!["TABLE s.above".to_owned(), "TYPE s.mood".to_owned()], 0)
        );
    }

    #[test]
    fn a_partition_is_made_without_the_table_above() {
        assert_eq!(names(true), (vec!["TYPE s.mood".to_owned()], 1));
    }
}
