//! Compares the values of stored generated columns of two sides. No COPY gives these values and no chunk holds them. A
//! restore computes them anew, and gets other values if their function was replaced or reads a table that was loaded
//! later.

use std::collections::{BTreeMap, HashMap};

use crate::codec::RowDigest;
use crate::compare::content::{self, Pairs};
use crate::compare::report::{CompareReport, Difference, NotCompared, Which};
use crate::compare::side::Side;
use crate::model::{Catalog, Relation, RelationId, ident};

/// Relations with their generated columns, in the same order on both sides, with equal column lists.
#[derive(Debug, Default)]
pub(super) struct Generated {
    pub a: Vec<Relation>,
    pub b: Vec<Relation>,
    /// Names of the generated columns of each.
    columns: Vec<Vec<String>>,
}

/// The pairs of relations that have generated values, and those whose generated values cannot be compared.
pub(super) fn pair(a: &Side, b: &Side, pairs: &Pairs) -> (Generated, Vec<NotCompared>) {
    let (whole_a, whole_b) = (by_id(a.catalog()), by_id(b.catalog()));
    let fixed = (a.is_hashed(), b.is_hashed());
    let (mut generated, mut not_compared) = (Generated::default(), Vec::new());
    for (one, other) in pairs.a.iter().zip(&pairs.b) {
        let whole = whole_a.get(&one.id).zip(whole_b.get(&other.id));
        let Some((one, other)) = whole else { continue };
        // A column that only one side generates is a difference of the definitions.
        let Some((mut read_a, mut read_b)) = one.with_generated().zip(other.with_generated()) else {
            continue;
        };
        let columns: Vec<String> = one.generated_names().into_iter().map(str::to_owned).collect();
        let lacking = [
            (Which::A, a.knows_generated(one.id)),
            (Which::B, b.knows_generated(other.id)),
        ];
        let why = match lacking.into_iter().find(|(_, knows)| !knows) {
            Some((side, _)) => Some(format!("the archive {side} has no digest of them")),
            None => match content::in_one_order(&read_a, &read_b, fixed) {
                Some(ordered) => {
                    (read_a, read_b) = ordered;
                    None
                }
                None => Some("the sides have other columns".to_owned()),
            },
        };
        match why {
            Some(why) => not_compared.push(NotCompared {
                relation: one.label(),
                columns,
                why,
            }),
            None => {
                generated.a.push(read_a);
                generated.b.push(read_b);
                generated.columns.push(columns);
            }
        }
    }
    (generated, not_compared)
}

fn by_id(catalog: &Catalog) -> HashMap<RelationId, &Relation> {
    catalog
        .relations
        .iter()
        .map(|relation| (relation.id, relation))
        .collect()
}

/// Compares the digests of tables whose other values are the same. Partitions that are loaded through their root are
/// compared together, like their rows.
pub(super) fn compare(
    generated: &Generated,
    a: &HashMap<RelationId, RowDigest>,
    b: &HashMap<RelationId, RowDigest>,
    report: &mut CompareReport,
) {
    let mut totals: BTreeMap<String, (RowDigest, RowDigest, Vec<String>)> = BTreeMap::new();
    let pairs = generated.a.iter().zip(&generated.b).zip(&generated.columns);
    for ((one, other), columns) in pairs {
        let root = one.load_via_root.as_ref().or(other.load_via_root.as_ref());
        let name = root.map_or_else(|| one.label(), |(schema, name)| ident::qualified(schema, name));
        let total = totals.entry(name).or_default();
        total.0.merge(a.get(&one.id).copied().unwrap_or_default());
        total.1.merge(b.get(&other.id).copied().unwrap_or_default());
        let new = columns.iter().filter(|column| !total.2.contains(column));
        let new: Vec<String> = new.cloned().collect();
        total.2.extend(new);
    }
    let equal: BTreeMap<&str, bool> = (report.tables.iter())
        .map(|table| {
            (
                table.relation.as_str(),
                table.a.map(|c| c.digest) == table.b.map(|c| c.digest),
            )
        })
        .collect();
    let differing = totals
        .into_iter()
        .filter(|(relation, (a, b, _))| a != b && equal.get(relation.as_str()).copied().unwrap_or(false));
    let differences: Vec<Difference> = differing
        .map(|(relation, (a, b, columns))| Difference::Generated {
            relation,
            columns,
            a,
            b,
        })
        .collect();
    report.differences.extend(differences);
}
