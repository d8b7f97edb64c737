//! Rows and sequence positions of two sides.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::codec::RowDigest;
use crate::compare::{CompareReport, Difference, Which};
use crate::model::entry::SequenceState;
use crate::model::{Catalog, Relation, RelationId, ident};

/// Relations that both sides have, in the same order in `a` and `b`, with equal column lists.
#[derive(Debug, Default)]
pub struct Pairs {
    pub a: Vec<Relation>,
    pub b: Vec<Relation>,
}

/// Matches relations by name; `b`'s columns are put in `a`'s order. Relations without rows on
/// purpose are left out.
pub fn pair(a: &Catalog, b: &Catalog, differences: &mut Vec<Difference>) -> Pairs {
    let by_name = |catalog: &Catalog| -> BTreeMap<String, Relation> {
        let with_rows = catalog.relations.iter().filter(|r| !r.data_excluded);
        with_rows.map(|r| (ident::qualified(&r.schema, &r.name), r.clone())).collect()
    };
    let (mut left, mut right) = (by_name(a), by_name(b));
    let names: BTreeSet<String> = left.keys().chain(right.keys()).cloned().collect();
    let mut pairs = Pairs::default();
    for name in names {
        match (left.remove(&name), right.remove(&name)) {
            (Some(one), Some(other)) => match same_order(&one, other) {
                Ok(other) => {
                    pairs.a.push(one);
                    pairs.b.push(other);
                }
                Err(other) => differences.push(Difference::Columns {
                    relation: name,
                    a: column_names(&one),
                    b: column_names(&other),
                }),
            },
            (Some(_), None) => differences.push(Difference::RowsOnlyIn { side: Which::A, relation: name }),
            (None, Some(_)) => differences.push(Difference::RowsOnlyIn { side: Which::B, relation: name }),
            (None, None) => {}
        }
    }
    pairs
}

fn column_names(relation: &Relation) -> Vec<String> {
    relation.copy_columns().map(|c| c.name.clone()).collect()
}

/// `other` with its columns in `one`'s order; unchanged as an error when they are not the same set.
fn same_order(one: &Relation, mut other: Relation) -> Result<Relation, Relation> {
    let wanted = column_names(one);
    let mut have: HashMap<String, _> = other.copy_columns().map(|c| (c.name.clone(), c.clone())).collect();
    let columns: Vec<_> = wanted.iter().filter_map(|name| have.remove(name)).collect();
    if columns.len() != wanted.len() || !have.is_empty() {
        return Err(other);
    }
    other.columns = columns;
    Ok(other)
}

/// Compares the digests of the pairs.
pub fn compare(
    pairs: &Pairs,
    a: &HashMap<RelationId, RowDigest>,
    b: &HashMap<RelationId, RowDigest>,
    report: &mut CompareReport,
) {
    for (one, other) in pairs.a.iter().zip(&pairs.b) {
        let digest = |digests: &HashMap<RelationId, RowDigest>, id| digests.get(&id).copied().unwrap_or_default();
        let (left, right) = (digest(a, one.id), digest(b, other.id));
        report.relations += 1;
        report.rows += left.rows;
        if left != right {
            let relation = ident::qualified(&one.schema, &one.name);
            report.differences.push(Difference::Rows { relation, a: left, b: right });
        }
    }
}

/// Compares sequence positions by name.
pub fn compare_sequences(a: &[SequenceState], b: &[SequenceState], report: &mut CompareReport) {
    let by_name = |states: &[SequenceState]| -> BTreeMap<String, (i64, bool)> {
        states.iter().map(|s| (ident::qualified(&s.schema, &s.name), (s.last_value, s.is_called))).collect()
    };
    let (left, right) = (by_name(a), by_name(b));
    report.sequences = left.len() as u64;
    for (sequence, a) in &left {
        match right.get(sequence) {
            Some(b) if a == b => {}
            Some(b) => report.differences.push(Difference::Sequence { sequence: sequence.clone(), a: *a, b: *b }),
            None => report
                .differences
                .push(Difference::SequenceOnlyIn { side: Which::A, sequence: sequence.clone() }),
        }
    }
    for sequence in right.keys().filter(|s| !left.contains_key(*s)) {
        report.differences.push(Difference::SequenceOnlyIn { side: Which::B, sequence: sequence.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::CopyColumn;

    fn relation(id: RelationId, name: &str, columns: &[&str]) -> Relation {
        let columns = columns.iter().map(|c| CopyColumn { name: (*c).into(), ..CopyColumn::default() }).collect();
        Relation { id, schema: "s".into(), name: name.into(), columns, ..Relation::default() }
    }

    fn catalog(relations: Vec<Relation>) -> Catalog {
        Catalog { relations, ..Catalog::default() }
    }

    #[test]
    fn columns_are_read_in_the_order_of_the_first_side() {
        let a = catalog(vec![relation(1, "t", &["x", "y"])]);
        let b = catalog(vec![relation(7, "t", &["y", "x"])]);
        let mut differences = Vec::new();
        let pairs = pair(&a, &b, &mut differences);
        assert!(differences.is_empty());
        assert_eq!(column_names(&pairs.b[0]), ["x", "y"]);
    }

    #[test]
    fn other_columns_and_missing_tables_are_differences() {
        let a = catalog(vec![relation(1, "t", &["x"]), relation(2, "only", &["x"])]);
        let b = catalog(vec![relation(1, "t", &["x", "z"])]);
        let mut differences = Vec::new();
        assert!(pair(&a, &b, &mut differences).a.is_empty());
        assert_eq!(differences.len(), 2);
    }

    #[test]
    fn a_digest_decides_about_rows() {
        let a = catalog(vec![relation(1, "t", &["x"])]);
        let mut report = CompareReport::default();
        let pairs = pair(&a, &a, &mut report.differences);
        let digest = |sum| HashMap::from([(1, RowDigest { rows: 3, sum })]);
        compare(&pairs, &digest(5), &digest(5), &mut report);
        assert!(report.differences.is_empty());
        compare(&pairs, &digest(5), &digest(6), &mut report);
        assert!(matches!(report.differences[..], [Difference::Rows { .. }]));
    }
}
