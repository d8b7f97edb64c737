//! The two sorts: by kind and name first, then by dependencies with as little change as possible.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::model::{Definition, Kind, Object};

/// The position of an object's kind among all kinds. Objects without an entry of their own sort
/// where they would stand if they had one.
pub(crate) fn kind_rank(object: &Object) -> u32 {
    if let Definition::Constraint(constraint) = &object.definition
        && constraint.of_domain
        && constraint.separate
    {
        // Such a constraint comes after indexes, which compute values of the domain that may break it.
        return Kind::ExtendedStatistics as u32;
    }
    let kind = object.kind().unwrap_or(match &object.definition {
        Definition::ImpliedType => Kind::TableAttach,
        Definition::Default(_) => Kind::Default,
        Definition::Constraint(constraint) if constraint.kind == 'n' => Kind::NotNullConstraint,
        Definition::Constraint(_) => Kind::CheckConstraint,
        Definition::Index(_) => Kind::Index,
        _ => Kind::Rule,
    });
    kind as u32
}

/// The order of objects that do not depend on each other, each with its [`kind_rank`] and its identity, which is unique
/// within a kind, such as `public.f(integer)`. Oids are not compared, so that equal databases give equal archives.
pub(crate) fn cosmetic(a: (u32, &Object, &str), b: (u32, &Object, &str)) -> Ordering {
    let ((a_rank, a, a_identity), (b_rank, b, b_identity)) = (a, b);
    a_rank
        .cmp(&b_rank)
        // `false` first: objects with a schema precede those without one.
        .then_with(|| a.schema.is_none().cmp(&b.schema.is_none()))
        .then_with(|| a.schema.cmp(&b.schema))
        .then_with(|| a.name.cmp(&b.name))
        .then_with(|| a.address.class.cmp(&b.address.class))
        .then_with(|| a_identity.cmp(b_identity))
}

/// Places every node after the nodes that it depends on. Repeatedly, of all nodes that no unplaced node depends on, the
/// one with the highest position goes to the end. `depends_on[i]` holds nodes, duplicates allowed. `None` if there is a
/// loop.
pub(crate) fn topological(depends_on: &[Vec<u32>], position: &[u64]) -> Option<Vec<u32>> {
    let mut dependents = vec![0u32; depends_on.len()];
    for target in depends_on.iter().flatten() {
        dependents[*target as usize] += 1;
    }
    let mut free: BinaryHeap<(u64, u32)> = (0..depends_on.len())
        .filter(|node| dependents[*node] == 0)
        .map(|node| (position[node], node as u32))
        .collect();
    let mut reversed = Vec::with_capacity(depends_on.len());
    while let Some((_, node)) = free.pop() {
        reversed.push(node);
        for target in &depends_on[node as usize] {
            let waiting = &mut dependents[*target as usize];
            *waiting -= 1;
            if *waiting == 0 {
                free.push((position[*target as usize], *target));
            }
        }
    }
    if reversed.len() < depends_on.len() {
        return None;
    }
    reversed.reverse();
    Some(reversed)
}
