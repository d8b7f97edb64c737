//! The differences of a comparison, by kind and object. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::RowDigest;
use crate::compare::{CompareReport, ComparedTable, Difference, Which};
use crate::model::ident::quote_ident;
use crate::model::{Entry, Kind};

/// All differences, in the order in which they are shown.
#[derive(Debug, Default)]
pub(super) struct Changes<'a> {
    pub kinds: Vec<KindChanges<'a>>,
    /// Tables whose rows changed.
    pub tables: Vec<&'a ComparedTable>,
    pub sequences: Vec<SequenceChange<'a>>,
}

/// Objects of one kind.
#[derive(Debug, Default)]
pub(super) struct KindChanges<'a> {
    pub kind: &'a str,
    pub removed: Vec<Lone<'a>>,
    pub added: Vec<Lone<'a>>,
    pub changed: Vec<Changed<'a>>,
}

/// An object that only one side has.
#[derive(Debug)]
pub(super) struct Lone<'a> {
    pub identity: &'a str,
    /// `None` for a part that is not an entry by itself.
    pub entry: Option<&'a Entry>,
}

#[derive(Debug)]
pub(super) struct Changed<'a> {
    pub identity: &'a str,
    pub aspects: Vec<Aspect<'a>>,
}

/// One respect in which an object differs.
#[derive(Debug)]
pub(super) struct Aspect<'a> {
    pub name: &'a str,
    pub a: String,
    pub b: String,
}

/// The positions of a sequence, `(last_value, is_called)`; `None` on a side without the sequence.
#[derive(Debug)]
pub(super) struct SequenceChange<'a> {
    pub name: &'a str,
    pub a: Option<(i64, bool)>,
    pub b: Option<(i64, bool)>,
}

/// Numbers of changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
}

const DEFINITION: &str = "definition";

impl<'a> Changes<'a> {
    pub(super) fn of(report: &'a CompareReport) -> Self {
        let mut kinds: BTreeMap<usize, KindChanges<'a>> = BTreeMap::new();
        let lone: BTreeMap<(Which, &str, &str), &Entry> = (report.lone.iter())
            .map(|(side, entry)| ((*side, entry.kind.label(), entry.identity.as_str()), entry))
            .collect();
        let mut changed: BTreeMap<(usize, &str, &str), Vec<Aspect<'a>>> = BTreeMap::new();
        let redefined = redefined(&report.differences);
        let mut sequences = Vec::new();
        for difference in &report.differences {
            match difference {
                Difference::OnlyIn { side, kind, identity } => {
                    let group = kinds.entry(position(kind)).or_default();
                    group.kind = kind;
                    let entry = lone.get(&(*side, kind.as_str(), identity.as_str())).copied();
                    let list = match side {
                        Which::A => &mut group.removed,
                        Which::B => &mut group.added,
                    };
                    list.push(Lone { identity, entry });
                }
                Difference::Object {
                    kind,
                    identity,
                    aspect,
                    a,
                    b,
                } => changed
                    .entry((position(kind), kind, identity))
                    .or_default()
                    .push(aspect_of(aspect, a, b)),
                // If the definition differs too, it shows the columns already.
                Difference::Columns { relation, .. } | Difference::Column { relation, .. }
                    if redefined.contains(relation.as_str()) => {}
                Difference::Columns { relation, a, b } => {
                    let list = |names: &[String]| names.iter().map(|n| quote_ident(n)).collect::<Vec<_>>().join(",\n");
                    let aspects = changed.entry((position(TABLE), TABLE, relation)).or_default();
                    aspects.push(Aspect {
                        name: "columns",
                        a: list(a),
                        b: list(b),
                    });
                }
                Difference::Column { relation, column, a, b } => {
                    let aspects = changed.entry((position(TABLE), TABLE, relation)).or_default();
                    let column = quote_ident(column);
                    aspects.push(Aspect {
                        name: "column",
                        a: format!("{column} {a}"),
                        b: format!("{column} {b}"),
                    });
                }
                Difference::Generated {
                    relation,
                    columns,
                    a,
                    b,
                } => {
                    let aspects = changed.entry((position(TABLE), TABLE, relation)).or_default();
                    let digest = |digest: &RowDigest| format!("{}: {digest}", columns.join(", "));
                    aspects.push(Aspect {
                        name: "generated values",
                        a: digest(a),
                        b: digest(b),
                    });
                }
                Difference::Sequence { sequence, a, b } => sequences.push((sequence.as_str(), Some(*a), Some(*b))),
                Difference::SequenceOnlyIn { side, sequence, at } => sequences.push(match side {
                    Which::A => (sequence.as_str(), Some(*at), None),
                    Which::B => (sequence.as_str(), None, Some(*at)),
                }),
                Difference::Rows { .. } | Difference::RowsOnlyIn { .. } => {}
            }
        }
        for ((place, kind, identity), aspects) in changed {
            let group = kinds.entry(place).or_default();
            group.kind = kind;
            group.changed.push(Changed { identity, aspects });
        }
        Self {
            kinds: kinds.into_values().collect(),
            tables: report.tables.iter().filter(|table| has_changed(table)).collect(),
            sequences: (sequences.into_iter())
                .map(|(name, a, b)| SequenceChange { name, a, b })
                .collect(),
        }
    }

    pub(super) fn objects(&self) -> Counts {
        self.kinds.iter().fold(Counts::default(), |all, kind| Counts {
            added: all.added + kind.added.len(),
            removed: all.removed + kind.removed.len(),
            changed: all.changed + kind.changed.len(),
        })
    }
}

const TABLE: &str = Kind::Table.label();

/// Whether the rows of a table changed. If the columns differ, the rows cannot be compared and count as changed.
pub(super) fn has_changed(table: &ComparedTable) -> bool {
    match (&table.a, &table.b) {
        (Some(a), Some(b)) => !table.comparable || a.digest != b.digest,
        _ => true,
    }
}

/// The objects whose definitions differ.
fn redefined(differences: &[Difference]) -> BTreeSet<&str> {
    let defined = differences.iter().filter_map(|difference| match difference {
        Difference::Object { identity, aspect, .. } if *aspect == DEFINITION => Some(identity.as_str()),
        _ => None,
    });
    defined.collect()
}

/// The place of a kind in the order in which objects are created.
fn position(kind: &str) -> usize {
    let place = Kind::ALL.iter().position(|known| known.label() == kind);
    place.unwrap_or(Kind::ALL.len())
}

fn aspect_of<'a>(name: &'a str, a: &str, b: &str) -> Aspect<'a> {
    let owner = |role: &str| match role {
        "" => String::new(),
        role => format!("OWNER TO {}", quote_ident(role)),
    };
    let (a, b) = match name {
        "owner" => (owner(a), owner(b)),
        _ => (a.to_owned(), b.to_owned()),
    };
    Aspect { name, a, b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Content;

    #[test]
    fn kinds_come_in_the_order_of_creation_and_aspects_belong_together() {
        let object = |kind: &str, aspect| Difference::Object {
            kind: kind.into(),
            identity: "s.x".into(),
            aspect,
            a: "one".into(),
            b: String::new(),
        };
        let report = CompareReport {
            differences: vec![
                object("INDEX", "definition"),
                object("TABLE", "definition"),
                object("TABLE", "owner"),
                Difference::Column {
                    relation: "s.x".into(),
                    column: "c".into(),
                    a: "int".into(),
                    b: "bigint".into(),
                },
                Difference::OnlyIn {
                    side: Which::B,
                    kind: "SCHEMA".into(),
                    identity: "s".into(),
                },
            ],
            ..CompareReport::default()
        };
        let changes = Changes::of(&report);
        let kinds: Vec<&str> = changes.kinds.iter().map(|k| k.kind).collect();
        assert_eq!(kinds, ["SCHEMA", "TABLE", "INDEX"]);
        let aspects = &changes.kinds[1].changed[0].aspects;
        assert_eq!(aspects.len(), 2);
        assert_eq!(aspects[1].a, "OWNER TO one");
        let counts = Counts {
            added: 1,
            removed: 0,
            changed: 2,
        };
        assert_eq!(changes.objects(), counts);
    }

    #[test]
    fn rows_changed_when_digests_differ_or_a_side_has_none() {
        let content = |sum| {
            Some(Content {
                digest: RowDigest { rows: 1, sum },
                bytes: 9,
            })
        };
        let table = |a, b, comparable| ComparedTable {
            relation: "s.t".into(),
            a,
            b,
            comparable,
        };
        assert!(!has_changed(&table(content(1), content(1), true)));
        assert!(has_changed(&table(content(1), content(2), true)));
        assert!(has_changed(&table(content(1), content(1), false)));
        assert!(has_changed(&table(content(1), None, false)));
    }
}
