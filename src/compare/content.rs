//! Compares the rows and sequence positions of two sides.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::compare::report::{CompareReport, ComparedTable, Difference, Which};
use crate::compare::settled;
use crate::live::Content;
use crate::model::entry::{CopyColumn, SequenceState};
use crate::model::{Catalog, Relation, RelationId, ValueType, ident};

/// Relations that both sides have, in the same order in `a` and `b`, with equal column lists.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub a: Vec<Relation>,
    pub b: Vec<Relation>,
    /// Relations that could not be matched.
    pub apart: Vec<Apart>,
}

/// A relation whose rows only one side has, or that has other columns on the other side.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    pub name: String,
    pub a: Option<Relation>,
    pub b: Option<Relation>,
}

/// Matches relations by name, and puts the columns of both into one order. That is `a`'s order, or that of the only
/// side whose order is `fixed` because its rows have been hashed already. Relations whose rows are left out on purpose
/// are not matched.
pub(super) fn pair(a: &Catalog, b: &Catalog, fixed: (bool, bool), differences: &mut Vec<Difference>) -> Pairs {
    let by_name = |catalog: &Catalog| -> BTreeMap<String, Relation> {
        let with_rows = catalog.relations.iter().filter(|r| !r.data_excluded);
        with_rows.map(|r| (r.label(), r.clone())).collect()
    };
    let (mut left, mut right) = (by_name(a), by_name(b));
    let names: BTreeSet<String> = left.keys().chain(right.keys()).cloned().collect();
    let mut pairs = Pairs::default();
    for name in names {
        let (one, other) = (left.remove(&name), right.remove(&name));
        let matched = match (&one, &other) {
            (Some(one), Some(other)) => in_one_order(one, other, fixed),
            _ => None,
        };
        if let Some((one, other)) = matched {
            compare_columns(&name, &one, &other, differences);
            pairs.a.push(one);
            pairs.b.push(other);
            continue;
        }
        differences.extend(not_matched(&name, one.as_ref(), other.as_ref()));
        pairs.apart.push(Apart { name, a: one, b: other });
    }
    pairs
}

fn not_matched(name: &str, one: Option<&Relation>, other: Option<&Relation>) -> Option<Difference> {
    let relation = name.to_owned();
    Some(match (one, other) {
        (Some(one), Some(other)) => Difference::Columns {
            relation,
            a: column_names(one),
            b: column_names(other),
        },
        (Some(_), None) => Difference::RowsOnlyIn {
            side: Which::A,
            relation,
        },
        (None, Some(_)) => Difference::RowsOnlyIn {
            side: Which::B,
            relation,
        },
        (None, None) => return None,
    })
}

/// The relations that could not be matched, with the format in which their rows are counted: binary if every side that
/// has the relation can give it, so that the sizes can be compared.
pub(super) fn choose_formats_apart(
    pairs: &Pairs,
    a: impl Fn(&Relation) -> bool,
    b: impl Fn(&Relation) -> bool,
) -> Vec<Apart> {
    let mut chosen = pairs.apart.clone();
    for Apart { a: one, b: other, .. } in &mut chosen {
        let binary = one.as_ref().is_none_or(|r| r.is_decodable() && a(r))
            && other.as_ref().is_none_or(|r| r.is_decodable() && b(r));
        one.iter_mut().chain(other).for_each(|r| r.binary = binary);
    }
    chosen
}

/// Decides in which format the rows of each pair are hashed: in binary if both sides can give them so and their columns
/// are of the same types, else as text. Infinite intervals exist since 17; servers before that read the same binary
/// values as finite intervals. `across` says that the sides are on different sides of that border.
pub(super) fn choose_formats(
    pairs: &mut Pairs,
    across: bool,
    a: impl Fn(&Relation) -> bool,
    b: impl Fn(&Relation) -> bool,
) {
    let alike = |c: &CopyColumn| {
        let value_type = c.value_type.as_ref();
        !(across && value_type.is_some_and(|t| t.contains(&ValueType::Interval)))
    };
    for (one, other) in pairs.a.iter_mut().zip(&mut pairs.b) {
        let same_types = one
            .copy_columns()
            .map(|c| &c.value_type)
            .eq(other.copy_columns().map(|c| &c.value_type));
        let binary = same_types && one.copy_columns().all(alike) && one.is_decodable() && a(one) && b(other);
        (one.binary, other.binary) = (binary, binary);
    }
}

/// Compares types, collations and nullability of columns with equal names.
fn compare_columns(relation: &str, a: &Relation, b: &Relation, differences: &mut Vec<Difference>) {
    let describe = |c: &CopyColumn| {
        let collation = c
            .collation
            .as_ref()
            .map_or_else(String::new, |name| format!(" COLLATE {name}"));
        format!(
            "{}{collation}{}",
            settled::name(&c.type_name),
            if c.not_null { " NOT NULL" } else { "" }
        )
    };
    for (one, other) in a.copy_columns().zip(b.copy_columns()) {
        let (left, right) = (describe(one), describe(other));
        if left != right {
            let (relation, column) = (relation.to_owned(), one.name.clone());
            differences.push(Difference::Column {
                relation,
                column,
                a: left,
                b: right,
            });
        }
    }
}

fn column_names(relation: &Relation) -> Vec<String> {
    relation.copy_columns().map(|c| c.name.clone()).collect()
}

/// Both relations with their columns in one order; absent when the columns are not the same, or their orders differ and
/// both are fixed.
pub(super) fn in_one_order(one: &Relation, other: &Relation, fixed: (bool, bool)) -> Option<(Relation, Relation)> {
    match fixed {
        (true, true) if column_names(one) != column_names(other) => None,
        (false, true) => same_order(other, one).map(|one| (one, other.clone())),
        _ => same_order(one, other).map(|other| (one.clone(), other)),
    }
}

/// `other` with its columns in `one`'s order; absent when they are not the same set.
fn same_order(one: &Relation, other: &Relation) -> Option<Relation> {
    let wanted = column_names(one);
    let mut have: HashMap<String, _> = other.copy_columns().map(|c| (c.name.clone(), c.clone())).collect();
    let columns: Vec<_> = wanted.iter().filter_map(|name| have.remove(name)).collect();
    if columns.len() != wanted.len() || !have.is_empty() {
        return None;
    }
    Some(Relation {
        columns,
        ..other.clone()
    })
}

/// Compares the digests of the pairs. Partitions that are loaded through their root are compared together, because a
/// row may be in another partition on the other side.
pub(super) fn compare(
    pairs: &Pairs,
    apart: &[Apart],
    a: &HashMap<RelationId, Content>,
    b: &HashMap<RelationId, Content>,
    report: &mut CompareReport,
) {
    let content = |contents: &HashMap<RelationId, Content>, id| contents.get(&id).copied().unwrap_or_default();
    let mut totals: BTreeMap<String, (Content, Content)> = BTreeMap::new();
    for (one, other) in pairs.a.iter().zip(&pairs.b) {
        let root = one.load_via_root.as_ref().or(other.load_via_root.as_ref());
        let name = match root {
            Some((schema, name)) => ident::qualified(schema, name),
            None => one.label(),
        };
        let total = totals.entry(name).or_default();
        total.0.merge(content(a, one.id));
        total.1.merge(content(b, other.id));
        if !one.large_objects {
            report.relations += 1;
            report.rows += content(a, one.id).digest.rows;
        }
    }
    for (relation, (a, b)) in totals {
        if a.digest != b.digest {
            report.differences.push(Difference::Rows {
                relation: relation.clone(),
                a: a.digest,
                b: b.digest,
            });
        }
        report.tables.push(ComparedTable {
            relation,
            a: Some(a),
            b: Some(b),
            comparable: true,
        });
    }
    for Apart { name, a: one, b: other } in apart {
        report.tables.push(ComparedTable {
            relation: name.clone(),
            a: one.as_ref().map(|r| content(a, r.id)),
            b: other.as_ref().map(|r| content(b, r.id)),
            comparable: false,
        });
    }
    report.tables.sort_by(|one, other| one.relation.cmp(&other.relation));
}

/// Compares sequence positions by name.
pub(super) fn compare_sequences(a: &[SequenceState], b: &[SequenceState], report: &mut CompareReport) {
    let by_name = |states: &[SequenceState]| -> BTreeMap<String, (i64, bool)> {
        states
            .iter()
            .map(|s| (ident::qualified(&s.schema, &s.name), (s.last_value, s.is_called)))
            .collect()
    };
    let (left, right) = (by_name(a), by_name(b));
    report.sequences = left.len() as u64;
    for (sequence, a) in &left {
        match right.get(sequence) {
            Some(b) if a == b => {}
            Some(b) => report.differences.push(Difference::Sequence {
                sequence: sequence.clone(),
                a: *a,
                b: *b,
            }),
            None => report.differences.push(Difference::SequenceOnlyIn {
                side: Which::A,
                sequence: sequence.clone(),
                at: *a,
            }),
        }
    }
    for (sequence, at) in right.iter().filter(|(s, _)| !left.contains_key(*s)) {
        report.differences.push(Difference::SequenceOnlyIn {
            side: Which::B,
            sequence: sequence.clone(),
            at: *at,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::RowDigest;

    fn relation(id: RelationId, name: &str, columns: &[&str]) -> Relation {
        let columns = columns
            .iter()
            .map(|c| CopyColumn {
                name: (*c).into(),
                ..CopyColumn::default()
            })
            .collect();
        Relation {
            id,
            schema: "s".into(),
            name: name.into(),
            columns,
            ..Relation::default()
        }
    }

    fn catalog(relations: Vec<Relation>) -> Catalog {
        Catalog {
            relations,
            ..Catalog::default()
        }
    }

    #[test]
    fn columns_are_read_in_the_order_of_the_first_side() {
        let a = catalog(vec![relation(1, "t", &["x", "y"])]);
        let b = catalog(vec![relation(7, "t", &["y", "x"])]);
        let mut differences = Vec::new();
        let pairs = pair(&a, &b, (false, false), &mut differences);
        assert!(differences.is_empty());
        assert_eq!(column_names(&pairs.b[0]), ["x", "y"]);
        let pairs = pair(&a, &b, (false, true), &mut differences);
        assert_eq!(column_names(&pairs.a[0]), ["y", "x"]);
        assert!(differences.is_empty());
        pair(&a, &b, (true, true), &mut differences);
        assert!(matches!(differences[..], [Difference::Columns { .. }]));
    }

    #[test]
    fn other_columns_and_missing_tables_are_differences() {
        let a = catalog(vec![relation(1, "t", &["x"]), relation(2, "only", &["x"])]);
        let b = catalog(vec![relation(1, "t", &["x", "z"])]);
        let mut differences = Vec::new();
        assert!(pair(&a, &b, (false, false), &mut differences).a.is_empty());
        assert_eq!(differences.len(), 2);
    }

    #[test]
    fn a_digest_decides_about_rows() {
        let a = catalog(vec![relation(1, "t", &["x"])]);
        let mut report = CompareReport::default();
        let pairs = pair(&a, &a, (false, false), &mut report.differences);
        let digest = |sum| {
            let digest = RowDigest { rows: 3, sum };
            HashMap::from([(1, Content { digest, bytes: 7 })])
        };
        compare(&pairs, &[], &digest(5), &digest(5), &mut report);
        assert!(report.differences.is_empty() && report.tables[0].a.unwrap().bytes == 7);
        compare(&pairs, &[], &digest(5), &digest(6), &mut report);
        assert!(matches!(report.differences[..], [Difference::Rows { .. }]));
    }
}
