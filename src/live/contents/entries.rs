//! Makes the entries of an archive from the objects in the catalogs: selected, ordered, with finished SQL.

use std::collections::HashMap;

use crate::ddl::{self, Context};
use crate::model::objects::database::{Dangling, Uncarried};
use crate::model::{Address, Catalog, Components, Database, Entry, EntryId, Kind, NotCovered, Object, Section};
use crate::plan::choose::absent;
use crate::plan::choose::absent::Absent;
use crate::plan::choose::caveats;
use crate::plan::choose::filter::{Chosen, Parts};
use crate::plan::choose::{membership, selection};
use crate::plan::order::restore_order::{Ordered, restore_order};
use crate::version::Version;

/// A catalog without its relations, and the entry of each object.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// In restore order. `visible` is not set, and `relations` is empty.
    pub catalog: Catalog,
    /// The entry of every object that has one.
    pub ids: HashMap<Address, EntryId>,
}

/// Decides which objects of `database` belong to the dump, orders and renders them. Pure: the same database gives the
/// same entries, whatever order its objects come in.
pub(crate) fn entries(database: Database, chosen: &Chosen, parts: Parts) -> Entries {
    let Database {
        server_version_num,
        mut objects,
        dependencies,
        not_covered,
        dangling,
        warnings,
    } = database;
    chosen.without.simplify(&mut objects);
    let catalog_order: HashMap<Address, usize> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| (object.address, index))
        .collect();
    let identities = objects.iter().map(ddl::entry::identity).collect();
    let mut ordered = restore_order(objects, identities, &dependencies);
    let mut wanted = selection::select(&ordered.objects, chosen, parts);
    let mut outside = membership::outside(&ordered.objects, &mut wanted);

    let not_covered = group_uncarried(not_covered, |uncarried| is_wanted(uncarried, chosen, parts));
    let dangling = dangling.into_iter().filter(|dangling| concerns(dangling, chosen));
    let mut catalog = Catalog {
        not_covered,
        partial: dangling.map(|dangling| dangling.missing).collect(),
        warnings,
        ..Catalog::default()
    };
    catalog.warnings.append(&mut ordered.warnings);
    catalog
        .warnings
        .append(&mut caveats::warnings(&ordered.objects, &wanted, server_version_num));
    catalog.warnings.append(&mut outside.warnings);
    if catalog
        .not_covered
        .iter()
        .any(|kind| kind.kind == Kind::Subscription.label())
    {
        let warning = "subscriptions are left out: this role may not read their connection strings";
        catalog.warnings.push(warning.to_owned());
    }
    let chosen_objects = ordered.objects.iter().zip(&wanted);
    let hidden = chosen_objects.filter(|(_, wanted)| wanted.definition);
    catalog
        .warnings
        .extend(hidden.filter_map(|(object, _)| ddl::foreign::hidden(object)));
    let mut rendered: Vec<Option<Box<Entry>>> = render(&ordered, &wanted, &catalog_order, server_version_num)
        .into_iter()
        .zip(&ordered.sections)
        .map(|(entry, section)| {
            let entry = Entry {
                section: *section,
                ..*entry?
            };
            let rest = chosen.without.rest(entry).filter(|entry| parts.take(entry));
            rest.map(Box::new)
        })
        .collect();
    let emitted: Vec<bool> = rendered.iter().map(Option::is_some).collect();
    let depends_on = ordered.flatten(&emitted);
    let mut absent = Absent::default();
    if chosen.is_partial() {
        absent = absent::find(&ordered, &emitted, &dependencies, chosen);
    }
    drop(dependencies);
    catalog.warnings.append(&mut absent.warnings);

    let mut id_of: Vec<EntryId> = vec![0; ordered.objects.len()];
    let mut ids = HashMap::new();
    let with_entry = ordered.objects.iter().enumerate().filter(|(index, _)| emitted[*index]);
    for (id, (index, object)) in (1..).zip(with_entry) {
        id_of[index] = id;
        ids.insert(object.address, id);
    }
    catalog.entries.reserve_exact(ids.len());
    // Each object is dropped once its entry is made: all objects and all entries of a large catalog together would take
    // much memory.
    for (index, object) in ordered.objects.into_iter().enumerate() {
        let Some(mut entry) = rendered[index].take() else {
            continue;
        };
        entry.id = id_of[index];
        entry.depends_on = depends_on[index].iter().map(|target| id_of[*target as usize]).collect();
        entry.parent = object.parent.and_then(|parent| ids.get(&parent).copied());
        let of_member = outside.absent.remove(&object.address);
        let needed = absent.references.remove(&object.address).unwrap_or_default();
        entry.absent.extend(of_member.iter().cloned());
        entry
            .absent
            .extend(needed.into_iter().filter(|other| of_member.as_ref() != Some(other)));
        catalog.entries.push(*entry);
    }
    Entries { catalog, ids }
}

fn render(
    ordered: &Ordered,
    wanted: &[Components],
    catalog_order: &HashMap<Address, usize>,
    version: Version,
) -> Vec<Option<Box<Entry>>> {
    let by_address: HashMap<Address, &Object> = ordered.objects.iter().map(|object| (object.address, object)).collect();
    let mut parts: HashMap<Address, Vec<&Object>> = HashMap::new();
    for object in &ordered.objects {
        if let Some(parent) = object.parent {
            parts.entry(parent).or_default().push(object);
        }
    }
    for list in parts.values_mut() {
        list.sort_by_key(|part| catalog_order.get(&part.address).copied().unwrap_or(usize::MAX));
    }
    let context = Context {
        version,
        object: &|address| by_address.get(&address).copied(),
        parts: &|address| parts.get(&address).cloned().unwrap_or_default(),
    };
    ordered
        .objects
        .iter()
        .zip(wanted)
        .map(|(object, wanted)| {
            if *wanted == Components::NONE {
                None
            } else {
                // The entry is boxed because most objects have none, and an empty place should be small.
                ddl::entry::render(object, *wanted, &context).map(Box::new)
            }
        })
        .collect()
}

fn is_wanted(uncarried: &Uncarried, chosen: &Chosen, parts: Parts) -> bool {
    let wanted = match &uncarried.schema {
        Some(schema) => chosen.schemas.contains(schema),
        None => chosen.everything,
    };
    wanted && !chosen.without.uncarried(&uncarried.kind) && parts.definitions(Section::PostData)
}

/// Whether a damaged row concerns a chosen object. A row that cannot be assigned to a relation or schema concerns only
/// a dump of everything.
fn concerns(dangling: &Dangling, chosen: &Chosen) -> bool {
    let of_relation = dangling.relation.is_some_and(|oid| chosen.relations.contains(&oid));
    let of_schema = dangling
        .schema
        .as_ref()
        .is_some_and(|name| chosen.schemas.contains(name));
    let left_out = dangling.relation.is_some_and(|oid| chosen.unchosen.contains_key(&oid));
    of_relation || (of_schema && !left_out) || (chosen.everything && !left_out)
}

/// The wanted objects by kind, in the order in which the kinds first appear.
pub(crate) fn group_uncarried(uncarried: Vec<Uncarried>, wanted: impl Fn(&Uncarried) -> bool) -> Vec<NotCovered> {
    let mut kinds: Vec<NotCovered> = Vec::new();
    for Uncarried { kind, schema, name } in uncarried.into_iter().filter(|uncarried| wanted(uncarried)) {
        let name = schema.map_or_else(|| name.clone(), |schema| format!("{schema}.{name}"));
        match kinds.iter_mut().find(|known| known.kind == kind) {
            Some(known) => known.names.push(name),
            None => kinds.push(NotCovered {
                kind,
                names: vec![name],
            }),
        }
    }
    kinds
}
