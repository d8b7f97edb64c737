//! Lists the first keys of each sort, and the columns in which changed rows differ. Pure.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use super::tally::{Layout, Tally};
use crate::codec::CodecError;

/// How many letters of a value are kept.
const KEPT_LETTERS: usize = 200;

/// A value as text, shortened; absent for NULL.
pub(crate) type Value = Option<String>;

/// A row that both sides have, with different values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangedRow {
    pub key: Vec<Value>,
    pub columns: Vec<ChangedColumn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangedColumn {
    pub name: String,
    pub a: Value,
    pub b: Value,
}

/// The rows to show of each sort.
#[derive(Default)]
pub(super) struct Listed {
    pub only_a: Vec<Vec<Value>>,
    pub only_b: Vec<Vec<Value>>,
    pub changed: Vec<ChangedRow>,
}

/// Gathers the rows to list during a second reading.
pub(super) struct Listing {
    limit: usize,
    only_a: BTreeMap<OrderedKey, ()>,
    only_b: BTreeMap<OrderedKey, ()>,
    changed: BTreeMap<OrderedKey, Row>,
}

/// The values of a changed row of A, and those of B that differ.
struct Row {
    a: Vec<(u64, Value)>,
    b: Vec<(usize, Value)>,
}

impl Listing {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            only_a: BTreeMap::new(),
            only_b: BTreeMap::new(),
            changed: BTreeMap::new(),
        }
    }

    /// Takes a row of A.
    pub(super) fn first(&mut self, tally: &Tally, layout: &Layout, row: &[u8]) -> Result<(), CodecError> {
        let fields = layout.fields(row)?;
        let key = layout.key(&fields);
        if tally.is_only_a(&key) {
            keep(&mut self.only_a, self.limit, OrderedKey::of(layout, &fields), || ());
        } else if tally.is_changed(&key) {
            let values = || Row {
                a: rest(layout, &fields)
                    .map(|field| (xxh3_64(field), value(field)))
                    .collect(),
                b: Vec::new(),
            };
            keep(&mut self.changed, self.limit, OrderedKey::of(layout, &fields), values);
        }
        Ok(())
    }

    /// Takes a row of B, after all of A.
    pub(super) fn second(&mut self, tally: &Tally, layout: &Layout, row: &[u8]) -> Result<(), CodecError> {
        let fields = layout.fields(row)?;
        let key = layout.key(&fields);
        if tally.is_only_b(&key) {
            keep(&mut self.only_b, self.limit, OrderedKey::of(layout, &fields), || ());
        } else if tally.is_changed(&key)
            && let Some(row) = self.changed.get_mut(&OrderedKey::of(layout, &fields))
        {
            let others = rest(layout, &fields).enumerate().zip(&row.a);
            let others = others.filter(|((_, field), (hash, _))| xxh3_64(field) != *hash);
            row.b = others.map(|((number, field), _)| (number, value(field))).collect();
        }
        Ok(())
    }

    /// `names` are those of the columns beside the key.
    pub(super) fn finish(self, names: &[String]) -> Listed {
        let keys = |kept: BTreeMap<OrderedKey, ()>| kept.into_keys().map(OrderedKey::values).collect();
        let changed = self.changed.into_iter().map(|(key, row)| ChangedRow {
            key: key.values(),
            columns: row
                .b
                .into_iter()
                .map(|(number, b)| ChangedColumn {
                    name: names[number].clone(),
                    a: row.a[number].1.clone(),
                    b,
                })
                .collect(),
        });
        Listed {
            only_a: keys(self.only_a),
            only_b: keys(self.only_b),
            changed: changed.collect(),
        }
    }
}

fn rest<'a>(layout: &'a Layout, fields: &'a [&'a [u8]]) -> impl Iterator<Item = &'a [u8]> {
    layout.rest.iter().map(|place| fields[*place])
}

/// Keeps the payloads of the first `limit` keys.
fn keep<T>(kept: &mut BTreeMap<OrderedKey, T>, limit: usize, key: OrderedKey, payload: impl FnOnce() -> T) {
    if kept.len() < limit || kept.last_key_value().is_some_and(|(last, _)| key < *last) {
        kept.insert(key, payload());
        if kept.len() > limit {
            kept.pop_last();
        }
    }
}

/// A key as COPY spells it. Whole numbers come first, by their value, then everything else by its bytes.
#[derive(PartialEq, Eq)]
struct OrderedKey(Vec<Vec<u8>>);

impl OrderedKey {
    fn of(layout: &Layout, fields: &[&[u8]]) -> Self {
        Self(layout.key.iter().map(|place| fields[*place].to_vec()).collect())
    }

    fn values(self) -> Vec<Value> {
        self.0.iter().map(|field| value(field)).collect()
    }
}

impl PartialOrd for OrderedKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let fields = self.0.iter().zip(&other.0);
        let mut orders = fields.map(|(one, other)| match (number(one), number(other)) {
            (Some(a), Some(b)) => a.cmp(&b).then_with(|| one.cmp(other)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => one.cmp(other),
        });
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

fn number(field: &[u8]) -> Option<i128> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The value that COPY spells so, shortened; absent for NULL.
fn value(field: &[u8]) -> Value {
    if field == b"\\N" {
        return None;
    }
    let mut bytes = Vec::new();
    let mut rest = field.iter();
    // No letter has more than four bytes.
    while bytes.len() <= 4 * KEPT_LETTERS
        && let Some(byte) = rest.next()
    {
        bytes.push(match byte {
            b'\\' => match rest.next() {
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'v') => 11,
                Some(other) => *other,
                None => b'\\',
            },
            other => *other,
        });
    }
    let is_cut = rest.next().is_some();
    let text = String::from_utf8_lossy(&bytes);
    let mut shown: String = text.chars().take(KEPT_LETTERS).collect();
    if is_cut || shown.len() < text.len() {
        shown.push('…');
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout {
            key: vec![0],
            rest: vec![1, 2],
            columns: 3,
            names: vec!["x".into(), "y".into()],
        }
    }

    fn key(text: &str) -> OrderedKey {
        OrderedKey(vec![text.as_bytes().to_vec()])
    }

    #[test]
    fn numbers_come_in_their_order_and_before_words() {
        let mut keys = ["b", "10", "-3", "9", "1a", ""].map(key);
        keys.sort();
        let texts: Vec<Value> = keys.into_iter().flat_map(OrderedKey::values).collect();
        assert_eq!(texts, ["-3", "9", "10", "", "1a", "b"].map(|t| Some(t.to_owned())));
        assert_ne!(key("01").cmp(&key("1")), Ordering::Equal);
    }

    #[test]
    fn the_first_keys_and_the_changed_columns_are_kept() {
        let layout = layout();
        let a: Vec<String> = (0..40).map(|n| format!("{n}\tsame\t{n}")).collect();
        let b: Vec<String> = (20..60).map(|n| format!("{n}\tsame\t\\N")).collect();
        let mut tally = Tally::default();
        for row in &a {
            let (key, rest) = layout.hashes(row.as_bytes()).unwrap();
            tally.first(key, rest).unwrap();
        }
        for row in &b {
            let (key, rest) = layout.hashes(row.as_bytes()).unwrap();
            tally.second(key, rest).unwrap();
        }
        let mut listing = Listing::new(3);
        a.iter()
            .rev()
            .for_each(|row| listing.first(&tally, &layout, row.as_bytes()).unwrap());
        b.iter()
            .rev()
            .for_each(|row| listing.second(&tally, &layout, row.as_bytes()).unwrap());
        let listed = listing.finish(&layout.names);
        let keys = |from: u32| (from..from + 3).map(|n| vec![Some(n.to_string())]).collect::<Vec<_>>();
        assert_eq!(listed.only_a, keys(0));
        assert_eq!(listed.only_b, keys(40));
        let changed = ChangedRow {
            key: vec![Some("20".into())],
            columns: vec![ChangedColumn {
                name: "y".into(),
                a: Some("20".into()),
                b: None,
            }],
        };
        assert_eq!((listed.changed.len(), &listed.changed[0]), (3, &changed));
    }

    #[test]
    fn values_are_shown_as_they_are_and_shortened() {
        assert_eq!(value(b"\\N"), None);
        assert_eq!(value(b"a\\tb\\\\N\\n").unwrap(), "a\tb\\N\n");
        assert_eq!(value(b"\\").unwrap(), "\\");
        assert_eq!(value(b"\xe9").unwrap(), "\u{fffd}");
        let long = "é".repeat(100_000);
        assert_eq!(value(long.as_bytes()).unwrap().chars().count(), KEPT_LETTERS + 1);
        assert_eq!(
            value("é".repeat(KEPT_LETTERS).as_bytes()).unwrap().chars().count(),
            KEPT_LETTERS
        );
    }
}
