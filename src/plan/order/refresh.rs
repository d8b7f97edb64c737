//! Orders refreshes: a materialized view comes after those that its query reads, directly or through views.

use std::collections::{HashMap, HashSet};

use crate::model::objects::database::Dependency;
use crate::model::{Address, Class, Definition, Object};

#[derive(Debug, Default)]
pub(crate) struct Refreshes {
    /// Dependencies of refreshes on other refreshes.
    pub dependencies: Vec<Dependency>,
    /// Refreshes that would fail, because they read a view that is not populated.
    pub impossible: HashSet<Address>,
    pub warnings: Vec<String>,
}

/// Plans the refreshes from the catalog's rows as they are, before loop repair removes any.
pub(crate) fn plan(objects: &[Object], catalog: &[Dependency]) -> Refreshes {
    let materialized: HashMap<Address, (&Object, bool)> = objects
        .iter()
        .filter_map(|object| match &object.definition {
            Definition::MaterializedView(view) => Some((object.address, (object, view.populated))),
            _ => None,
        })
        .collect();
    if materialized.is_empty() {
        return Refreshes::default();
    }
    let reads = reads(objects, catalog);

    // For each materialized view, the materialized views that it reads, directly or through views.
    let mut sources: HashMap<Address, Vec<Address>> = HashMap::new();
    for own in materialized.keys() {
        let mut seen = HashSet::from([*own]);
        let mut stack = reads.get(own).cloned().unwrap_or_default();
        let found = sources.entry(*own).or_default();
        while let Some(at) = stack.pop() {
            if !seen.insert(at) {
                continue;
            }
            if materialized.contains_key(&at) {
                found.push(at);
            } else {
                stack.extend(reads.get(&at).into_iter().flatten());
            }
        }
    }

    let mut result = Refreshes::default();
    let mut unpopulated: HashSet<Address> = materialized
        .iter()
        .filter(|(_, (_, populated))| !populated)
        .map(|(address, _)| *address)
        .collect();
    let mut readers: HashMap<Address, Vec<Address>> = HashMap::new();
    for (own, sources) in &sources {
        for source in sources {
            readers.entry(*source).or_default().push(*own);
            result.dependencies.push(Dependency {
                dependent: refresh_of(*own),
                referenced: refresh_of(*source),
            });
        }
    }
    result.dependencies.sort_unstable();
    let mut spread: Vec<Address> = unpopulated.iter().copied().collect();
    while let Some(source) = spread.pop() {
        for reader in readers.get(&source).into_iter().flatten() {
            if unpopulated.insert(*reader) {
                spread.push(*reader);
            }
        }
    }
    for object in objects {
        let Some((view, populated)) = materialized.get(&object.address) else {
            continue;
        };
        if unpopulated.contains(&object.address) {
            result.impossible.insert(refresh_of(object.address));
            if *populated {
                result.warnings.push(format!(
                    "materialized view `{}.{}` will be restored without its rows: it reads a materialized view that has none",
                    view.schema.as_deref().unwrap_or(""),
                    view.name
                ));
            }
        }
    }
    result
}

fn refresh_of(view: Address) -> Address {
    Address::new(Class::MatviewRefresh, view.oid)
}

/// For each view and materialized view, the relations that its rule names.
fn reads(objects: &[Object], catalog: &[Dependency]) -> HashMap<Address, Vec<Address>> {
    let rules: HashMap<Address, Address> = objects
        .iter()
        .filter_map(|object| match &object.definition {
            Definition::Rule(rule) if rule.is_view_select => Some((object.address, object.parent?)),
            _ => None,
        })
        .collect();
    let mut reads: HashMap<Address, Vec<Address>> = HashMap::new();
    for edge in catalog.iter().filter(|edge| edge.referenced.class == Class::Relation) {
        let reader = match edge.dependent.class {
            Class::Rewrite => rules.get(&edge.dependent).copied(),
            _ => None,
        };
        if let Some(reader) = reader.filter(|reader| *reader != edge.referenced) {
            reads.entry(reader).or_default().push(edge.referenced);
        }
    }
    reads
}
