//! Dependencies that follow from the objects themselves, because `pg_depend` has no row for them.

use std::collections::{HashMap, HashSet};

use crate::model::objects::database::Dependency;
use crate::model::{Address, Class, Definition, Object};

/// The edges of `objects` beyond `catalog`, the rows of `pg_depend`. Unsorted; may repeat rows of
/// `catalog` and may name addresses that are no object.
pub(crate) fn implied(objects: &[Object], catalog: &[Dependency]) -> Vec<Dependency> {
    let mut edges = Vec::new();
    let extensions: HashMap<&str, Address> = objects
        .iter()
        .filter(|object| matches!(object.definition, Definition::Extension { .. }))
        .map(|object| (object.name.as_str(), object.address))
        .collect();
    let schemas: HashMap<&str, Address> = objects
        .iter()
        .filter(|object| matches!(object.definition, Definition::Schema))
        .map(|object| (object.name.as_str(), object.address))
        .collect();
    let transforms: HashMap<(&str, &str), Address> = objects
        .iter()
        .filter_map(|object| match &object.definition {
            Definition::Transform(transform) => Some((
                (transform.type_name.as_str(), transform.language.as_str()),
                object.address,
            )),
            _ => None,
        })
        .collect();
    let parents: HashMap<Address, Address> = objects
        .iter()
        .filter_map(|object| object.parent.map(|parent| (object.address, parent)))
        .collect();

    for object in objects {
        let own = object.address;
        let mut depends_on = |referenced: Address| {
            edges.push(Dependency {
                dependent: own,
                referenced,
            })
        };
        if let Some(extension) = object.member_of.as_deref().and_then(|name| extensions.get(name)) {
            depends_on(*extension);
        }
        match &object.definition {
            Definition::TableAttach(attach) => {
                depends_on(attach.partition);
                depends_on(attach.parent);
            }
            Definition::IndexAttach(attach) => {
                for index in [attach.index, attach.parent_index] {
                    depends_on(index);
                    if let Some(table) = parents.get(&index) {
                        depends_on(*table);
                    }
                }
            }
            Definition::SequenceOwner(owner) => {
                depends_on(Address::new(Class::Relation, own.oid));
                depends_on(owner.table);
            }
            Definition::MatviewRefresh | Definition::RowSecurity | Definition::ViewBody(_) => {
                depends_on(Address::new(Class::Relation, own.oid));
            }
            Definition::Routine(routine) => {
                // Only servers of 2026 and later record the transforms that TRANSFORM FOR TYPE names.
                let types = routine.transforms.iter().map(String::as_str);
                types
                    .filter_map(|name| transforms.get(&(name, routine.language.as_str())))
                    .for_each(|transform| depends_on(*transform));
            }
            Definition::Trigger(trigger) => {
                // The clones between this trigger and the root have no object, so their rows of `pg_depend` lead
                // nowhere.
                if let Some(root) = trigger.clone_of {
                    depends_on(root);
                }
            }
            Definition::Index(index) => {
                if let Some(constraint) = index.constraint {
                    depends_on(constraint);
                }
            }
            Definition::RangeType(range) => {
                // The multirange type comes with the range type, but may live elsewhere.
                let schema = range
                    .multirange
                    .as_ref()
                    .and_then(|(schema, _)| schemas.get(schema.as_str()));
                if let Some(schema) = schema {
                    depends_on(*schema);
                }
            }
            Definition::DefaultPrivileges(privileges) => {
                if let Some(schema) = privileges.in_schema.as_deref().and_then(|name| schemas.get(name)) {
                    depends_on(*schema);
                }
            }
            _ => {}
        }
        if matches!(object.definition, Definition::ShellType) {
            edges.push(Dependency {
                dependent: Address::new(Class::Type, own.oid),
                referenced: own,
            });
            if let Some(schema) = object.schema.as_deref().and_then(|name| schemas.get(name)) {
                edges.push(Dependency {
                    dependent: own,
                    referenced: *schema,
                });
            }
        } else if let Some(parent) = object.parent.filter(|parent| *parent != own) {
            depends_on(parent);
            if precedes_parent(object) {
                edges.push(Dependency {
                    dependent: parent,
                    referenced: own,
                });
            }
        }
    }
    foreign_keys_after_attached_indexes(objects, catalog, &mut edges);
    own_exclusions_after_inherited(objects, &mut edges);
    expressions_after_casts(objects, catalog, &mut edges);
    edges
}

/// Whether the parent's own statement contains this object, so that everything the object needs comes before the
/// parent.
fn precedes_parent(object: &Object) -> bool {
    match &object.definition {
        Definition::Default(default) => !default.separate,
        Definition::Constraint(constraint) => matches!(constraint.kind, 'c' | 'n') && !constraint.separate,
        Definition::Rule(rule) => rule.is_view_select,
        _ => false,
    }
}

/// Puts expressions after the casts that they may use. For an expression with a cast, the server records that it needs
/// the cast's function or, for a cast without a function, its types. The expression's text names the cast itself, or
/// nothing at all if the cast is implicit.
fn expressions_after_casts(objects: &[Object], catalog: &[Dependency], edges: &mut Vec<Dependency>) {
    let casts: HashMap<Address, bool> = objects
        .iter()
        .filter_map(|object| match &object.definition {
            Definition::Cast(cast) => Some((object.address, cast.function.is_some())),
            _ => None,
        })
        .collect();
    if casts.is_empty() {
        return;
    }
    // The dependencies that a use of each cast leaves: on its function, or on all its types.
    let mut traces: HashMap<Address, Vec<Address>> = HashMap::new();
    let mut cast_of: HashMap<Address, Vec<Address>> = HashMap::new();
    for edge in catalog {
        let class = match casts.get(&edge.dependent) {
            Some(true) => Class::Proc,
            Some(false) => Class::Type,
            None => continue,
        };
        if edge.referenced.class == class {
            traces.entry(edge.dependent).or_default().push(edge.referenced);
            cast_of.entry(edge.referenced).or_default().push(edge.dependent);
        }
    }
    let expressions: HashSet<Address> = objects
        .iter()
        .filter(|o| has_expression(o))
        .map(|o| o.address)
        .collect();
    let mut uses: Vec<(Address, Address, Address)> = catalog
        .iter()
        .filter(|edge| expressions.contains(&edge.dependent))
        .flat_map(|edge| {
            let casts = cast_of.get(&edge.referenced).into_iter().flatten();
            casts.map(|cast| (edge.dependent, *cast, edge.referenced))
        })
        .collect();
    uses.sort_unstable();
    uses.dedup();
    for group in uses.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let (dependent, cast, _) = group[0];
        let all = traces.get_mut(&cast).map_or(0, |traces| {
            traces.sort_unstable();
            traces.dedup();
            traces.len()
        });
        if group.len() == all {
            edges.push(Dependency {
                dependent,
                referenced: cast,
            });
        }
    }
}

/// Whether the server parses an expression when it creates this object.
fn has_expression(object: &Object) -> bool {
    matches!(
        object.definition,
        Definition::Rule(_)
            | Definition::Default(_)
            | Definition::Constraint(_)
            | Definition::Index(_)
            | Definition::ExtendedStatistics(_)
            | Definition::Trigger(_)
            | Definition::Policy(_)
            | Definition::PublicationTable(_)
            | Definition::Routine(_)
            | Definition::Table(_)
    )
}

/// Puts an exclusion that only a partition has after those that the partition inherits from partitioned tables above
/// it. Otherwise a server that compares exclusions would take the former for one of the latter.
fn own_exclusions_after_inherited(objects: &[Object], edges: &mut Vec<Dependency>) {
    let mut reaching: HashMap<Address, Vec<Address>> = HashMap::new();
    let mut own: Vec<(Address, Address)> = Vec::new();
    let mut above: HashMap<Address, Address> = HashMap::new();
    for object in objects {
        match (&object.definition, object.parent) {
            (Definition::Constraint(constraint), Some(table)) if constraint.kind == 'x' => {
                if constraint.reaches_partitions {
                    reaching.entry(table).or_default().push(object.address);
                }
                if !constraint.made_by_parent {
                    own.push((object.address, table));
                }
            }
            (Definition::TableAttach(attach), _) => {
                above.insert(attach.partition, attach.parent);
            }
            _ => {}
        }
    }
    if reaching.is_empty() {
        return;
    }
    for (constraint, table) in own {
        let ancestors = std::iter::successors(above.get(&table), |table| above.get(table)).take(above.len());
        for referenced in ancestors.filter_map(|table| reaching.get(table)).flatten() {
            edges.push(Dependency {
                dependent: constraint,
                referenced: *referenced,
            });
        }
    }
}

/// Puts foreign keys after the attachments of the indexes they need: a partitioned index is valid only once every
/// partition's index is attached, at every level.
fn foreign_keys_after_attached_indexes(objects: &[Object], catalog: &[Dependency], edges: &mut Vec<Dependency>) {
    let mut attached: HashMap<Address, Vec<(Address, Address)>> = HashMap::new();
    for object in objects {
        if let Definition::IndexAttach(attach) = &object.definition {
            attached
                .entry(attach.parent_index)
                .or_default()
                .push((object.address, attach.index));
        }
    }
    if attached.is_empty() {
        return;
    }
    let foreign_keys: HashMap<Address, Option<Address>> = objects
        .iter()
        .filter_map(|object| match &object.definition {
            Definition::Constraint(constraint) if constraint.kind == 'f' => Some((object.address, constraint.index)),
            _ => None,
        })
        .collect();
    let by_catalog = catalog
        .iter()
        .filter(|edge| foreign_keys.contains_key(&edge.dependent))
        .map(|edge| (edge.dependent, edge.referenced));
    let by_model = foreign_keys
        .iter()
        .filter_map(|(key, index)| index.map(|index| (*key, index)));
    let mut pending: Vec<(Address, Address)> = by_catalog
        .chain(by_model)
        .filter(|(_, index)| attached.contains_key(index))
        .collect();
    pending.sort_unstable();
    pending.dedup();
    // An index has one parent, so this walks a forest and ends.
    let mut budget = attached
        .values()
        .map(Vec::len)
        .sum::<usize>()
        .saturating_mul(pending.len());
    while let Some((key, index)) = pending.pop() {
        for (attach, child) in attached.get(&index).into_iter().flatten() {
            if budget == 0 {
                return;
            }
            budget -= 1;
            edges.push(Dependency {
                dependent: key,
                referenced: *attach,
            });
            pending.push((key, *child));
        }
    }
}
