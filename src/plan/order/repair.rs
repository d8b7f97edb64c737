//! Breaks dependency loops by the rule for the loop's shape, or, as a last resort, arbitrarily and with a warning.
//!
//! Every rule removes an edge of the loop, and adds new edges only once per object, so repairing ends.

use crate::model::{Address, Class, Definition, Object};

use crate::plan::order::graph::Graph;
use crate::plan::order::loops::Subgraph;

/// A table or domain in a loop, and the part of its own that stands beside it in the loop.
#[derive(Clone, Copy)]
struct OwnPart {
    owner: u32,
    part: u32,
}

impl Graph {
    /// Repairs the whole graph in one round: afterwards no component that it had before contains a loop.
    pub(crate) fn repair_all(&mut self) {
        let mut scratch = Vec::new();
        let whole = (0..self.nodes.len() as u32).collect();
        let mut pending = self.subgraph(whole, &mut scratch).components();
        while let Some(component) = pending.pop() {
            // Loops among objects come first, because they exist wherever the data stands.
            if component.contains(&self.boundary) {
                let inner = component
                    .iter()
                    .copied()
                    .filter(|node| *node != self.boundary)
                    .collect();
                let inner = self.subgraph(inner, &mut scratch).components();
                if !inner.is_empty() {
                    pending.push(component);
                    pending.extend(inner);
                    continue;
                }
            }
            let subgraph = self.subgraph(component, &mut scratch);
            let through = subgraph.loops_through(self.boundary);
            let loops = if through.is_empty() {
                subgraph.shortest_loops()
            } else {
                through
            };
            for found in loops {
                // An earlier repair may have broken this loop too.
                if self.is_loop(&found) {
                    repair(self, &found);
                }
            }
            let Subgraph { nodes, .. } = subgraph;
            pending.extend(self.subgraph(nodes, &mut scratch).components());
        }
    }

    fn is_loop(&self, nodes: &[u32]) -> bool {
        (0..nodes.len()).all(|i| self.has_edge(nodes[i], nodes[(i + 1) % nodes.len()]))
    }
}

/// Breaks one loop; each node of `nodes` depends on the next, the last on the first.
fn repair(graph: &mut Graph, nodes: &[u32]) {
    if presumed_cast(graph, nodes) {
        return;
    }
    let repaired = if nodes.len() == 2 {
        shell_type(graph, nodes)
            || merged_rule(graph, nodes)
            || attached_index(graph, nodes)
            || inline_part(graph, nodes)
    } else {
        view_body(graph, nodes) || boundary(graph, nodes) || separate_part(graph, nodes)
    };
    if !repaired {
        arbitrary(graph, nodes);
    }
}

/// Consecutive pairs: the first depends on the second.
fn pairs(nodes: &[u32]) -> impl Iterator<Item = (u32, u32)> + '_ {
    (0..nodes.len()).map(|i| (nodes[i], nodes[(i + 1) % nodes.len()]))
}

/// Drops the edge from an expression to a cast. That the expression uses the cast is only likely (see `edges`), and the
/// cosmetic order has casts first in any case.
fn presumed_cast(graph: &mut Graph, nodes: &[u32]) -> bool {
    let found = pairs(nodes).find(|(_, cast)| matches!(graph.definition(*cast), Some(Definition::Cast(_))));
    let Some((user, cast)) = found else { return false };
    graph.remove_edge(user, cast);
    true
}

/// A base or range type and its input, output or canonical function: the function needs only the
/// shell.
fn shell_type(graph: &mut Graph, nodes: &[u32]) -> bool {
    let found = pairs(nodes).find(|(kind, function)| {
        matches!(
            graph.definition(*kind),
            Some(Definition::BaseType(_) | Definition::RangeType(_))
        ) && matches!(graph.definition(*function), Some(Definition::Routine(_)))
    });
    let Some((type_node, function)) = found else {
        return false;
    };
    let Some(full) = graph.object(type_node) else {
        return false;
    };
    let address = Address::new(Class::ShellType, full.address.oid);
    let shell = match graph.by_address.get(&address) {
        Some(shell) => *shell,
        None => {
            let mut object = Object::new(
                address.class,
                address.oid,
                full.schema.clone(),
                full.name.clone(),
                Definition::ShellType,
            );
            object.member_of = full.member_of.clone();
            let outer: Vec<u32> = graph.depends_on[type_node as usize]
                .iter()
                .copied()
                .filter(|target| {
                    matches!(
                        graph.definition(*target),
                        Some(Definition::Schema | Definition::Extension { .. })
                    )
                })
                .collect();
            let shell = graph.insert(object, type_node, -1);
            for target in outer {
                graph.add_edge(shell, target);
            }
            shell
        }
    };
    graph.remove_edge(function, type_node);
    graph.add_edge(function, shell);
    graph.add_edge(type_node, shell);
    true
}

/// A view and its own rule: the rule is part of CREATE VIEW.
fn merged_rule(graph: &mut Graph, nodes: &[u32]) -> bool {
    let Some((view, rule)) = own_rule(graph, nodes) else {
        return false;
    };
    graph.remove_edge(rule, view);
    true
}

/// A view or materialized view beside the rule that holds its query.
fn own_rule(graph: &Graph, nodes: &[u32]) -> Option<(u32, u32)> {
    pairs(nodes).find(|(view, rule)| {
        let Some(view) = graph.object(*view) else { return false };
        matches!(view.definition, Definition::View(_) | Definition::MaterializedView(_))
            && graph.object(*rule).is_some_and(|rule| {
                rule.parent == Some(view.address)
                    && matches!(&rule.definition, Definition::Rule(rule) if rule.is_view_select)
            })
    })
}

/// A view whose query needs, through other objects, the view itself or something behind the data. The view is created
/// as a dummy, and its text follows behind the data.
fn view_body(graph: &mut Graph, nodes: &[u32]) -> bool {
    let Some((view, rule)) = own_rule(graph, nodes) else {
        return false;
    };
    let Some(object) = graph.object_mut(view) else {
        return false;
    };
    let Definition::View(definition) = &mut object.definition else {
        return false;
    };
    definition.dummy = true;
    let address = Address::new(Class::ViewBody, object.address.oid);
    let mut body = Object::new(
        address.class,
        address.oid,
        object.schema.clone(),
        object.name.clone(),
        Definition::ViewBody(definition.clone()),
    );
    body.owner = object.owner.clone();
    body.member_of = object.member_of.clone();
    body.parent = Some(object.address);
    if let Definition::ViewBody(definition) = &mut body.definition {
        definition.dummy = false;
    }
    graph.remove_edge(view, rule);
    graph.add_edge(rule, view);
    if !graph.by_address.contains_key(&address) {
        let body = graph.insert(body, rule, 1);
        graph.add_edge(body, rule);
        graph.add_edge(body, view);
    }
    true
}

/// An object before the data needs something behind the data (a query that groups by a primary key, a function with
/// such a query). The object moves behind the data; of a table or a domain only its own part that has the need moves.
fn boundary(graph: &mut Graph, nodes: &[u32]) -> bool {
    let movable = nodes.iter().any(|node| {
        matches!(
            graph.definition(*node),
            Some(Definition::MaterializedView(_) | Definition::Routine(_))
        )
    });
    if !movable {
        return false;
    }
    let Some((_, next)) = pairs(nodes).find(|(node, _)| *node == graph.boundary) else {
        return false;
    };
    if let Some(own) = separable_part(graph, nodes).filter(|own| own.owner == next) {
        separate(graph, own);
        if matches!(graph.definition(own.part), Some(Definition::Default(_))) {
            graph.remove_edge(graph.boundary, own.part);
        }
        return true;
    }
    graph.remove_edge(graph.boundary, next);
    match graph.object_mut(next).map(|object| &mut object.definition) {
        Some(Definition::MaterializedView(view)) => view.postponed = true,
        Some(Definition::Routine(routine)) => routine.postponed = true,
        _ => {}
    }
    true
}

/// A partition's index and the index it is attached to: the parent is created first.
fn attached_index(graph: &mut Graph, nodes: &[u32]) -> bool {
    let found = pairs(nodes).find(|(parent, child)| {
        let (Some(parent), Some(child)) = (graph.object(*parent), graph.object(*child)) else {
            return false;
        };
        let attach = graph
            .by_address
            .get(&Address::new(Class::IndexAttach, child.address.oid));
        matches!(
            attach.and_then(|attach| graph.definition(*attach)),
            Some(Definition::IndexAttach(attach)) if attach.parent_index == parent.address
        )
    });
    let Some((parent, child)) = found else { return false };
    graph.remove_edge(parent, child);
    true
}

/// A table or domain and its own check or default: the part stays a clause of the CREATE statement.
fn inline_part(graph: &mut Graph, nodes: &[u32]) -> bool {
    let Some(own) = own_parts(graph, nodes).next() else {
        return false;
    };
    graph.remove_edge(own.part, own.owner);
    true
}

/// A table or domain and its own part in a longer loop: a check moves behind the data, a default becomes a statement of
/// its own.
fn separate_part(graph: &mut Graph, nodes: &[u32]) -> bool {
    let Some(own) = separable_part(graph, nodes) else {
        return false;
    };
    separate(graph, own);
    true
}

fn separate(graph: &mut Graph, own: OwnPart) {
    let OwnPart { owner, part } = own;
    graph.remove_edge(owner, part);
    graph.add_edge(part, owner);
    match graph.object_mut(part).map(|object| &mut object.definition) {
        Some(Definition::Constraint(constraint)) => {
            constraint.separate = true;
            graph.add_edge(part, graph.boundary);
        }
        Some(Definition::Default(default)) => {
            default.separate = true;
            graph.add_edge(graph.boundary, part);
        }
        _ => {}
    }
}

/// A table or domain of the loop beside a part of its own that can be an entry. Checks go first, because a default that
/// is a statement of its own still precedes the data. Generation expressions cannot be separate, because there is no
/// statement for one.
fn separable_part(graph: &Graph, nodes: &[u32]) -> Option<OwnPart> {
    let is_check = |own: &OwnPart| matches!(graph.definition(own.part), Some(Definition::Constraint(_)));
    let is_plain_default =
        |own: &OwnPart| matches!(graph.definition(own.part), Some(Definition::Default(default)) if !default.generated);
    own_parts(graph, nodes)
        .find(is_check)
        .or_else(|| own_parts(graph, nodes).find(is_plain_default))
}

fn own_parts<'a>(graph: &'a Graph, nodes: &'a [u32]) -> impl Iterator<Item = OwnPart> + 'a {
    pairs(nodes).filter_map(|(owner, part)| {
        let (owner_object, part_object) = (graph.object(owner)?, graph.object(part)?);
        let inline = match &part_object.definition {
            Definition::Constraint(constraint) => matches!(constraint.kind, 'c' | 'n') && !constraint.separate,
            Definition::Default(default) => !default.separate,
            _ => false,
        };
        (inline && part_object.parent == Some(owner_object.address)).then_some(OwnPart { owner, part })
    })
}

fn arbitrary(graph: &mut Graph, nodes: &[u32]) {
    let names: Vec<String> = nodes.iter().map(|node| graph.describe(*node)).collect();
    let chosen = pairs(nodes)
        .find(|(from, to)| *from != graph.boundary && *to != graph.boundary)
        .or_else(|| pairs(nodes).next());
    let Some((from, to)) = chosen else { return };
    graph.warnings.push(format!(
        "objects depend on each other in a loop ({}): {} may be created before {}",
        names.join(", "),
        graph.describe(from),
        graph.describe(to),
    ));
    graph.remove_edge(from, to);
}
