//! Finds the rows of one table that differ, by primary key.
//!
//! Both sides are read twice, in one snapshot each, as COPY text with the columns that they have in common. The first
//! reading hashes. Of each row of A, the hashes of its key and of the rest are kept: 24 bytes, in a table that takes 30
//! to 60 bytes for each row, however long the row is. The rows of B are looked up in it, and kept only if A has no such
//! key. So all counts are exact. If something differs, the second reading keeps the rows to list: the first keys of
//! each sort. Keys are compared as text: `1.0` and `1.00` are two keys.

pub(crate) mod error;
mod key;
mod listing;
mod stream;
mod tally;

use crate::compare::error::CompareError;
use crate::compare::side::{self, Place, Side};
use crate::job::Job;
use crate::model::Relation;
use crate::plan::choose::filter::Filter;
use crate::select::pattern::PatternError;
pub(crate) use error::RowDiffError;
use listing::Listing;
pub(crate) use listing::{ChangedRow, Value};
use tally::{Layout, Tally};

/// The rows of one table that differ.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowDiffReport {
    /// Quoted and schema-qualified.
    pub relation: String,
    /// The columns of the primary key, in its order.
    pub key: Vec<String>,
    /// Columns that only one side has, or that no COPY gives; the others were compared.
    pub columns_only_a: Vec<String>,
    pub columns_only_b: Vec<String>,
    pub rows_a: u64,
    pub rows_b: u64,
    pub equal: u64,
    pub only_a: u64,
    pub only_b: u64,
    pub changed: u64,
    /// The first keys of each sort, no more than were asked for.
    pub keys_only_a: Vec<Vec<Value>>,
    pub keys_only_b: Vec<Vec<Value>>,
    pub keys_changed: Vec<ChangedRow>,
}

impl RowDiffReport {
    pub(crate) fn is_equal(&self) -> bool {
        self.only_a == 0 && self.only_b == 0 && self.changed == 0
    }
}

/// Compares the rows of the one table that `filter_for` chooses, and lists no more than `limit` keys of each sort.
pub(crate) fn run(
    a: &Place,
    b: &Place,
    limit: usize,
    filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
    job: &Job,
) -> Result<RowDiffReport, CompareError> {
    let mut first = side::open(a, filter_for, job)?;
    let mut second = side::open(b, filter_for, job)?;
    let (one, other) = the_table(&first, &second)?;
    let relation = one.label();
    let key = the_key(&first, &second, &one, &other)?;
    let (layout_a, layout_b) = layouts(&key, &one, &other)?;
    let not_unique = |_| {
        let relation = relation.clone();
        CompareError::from(RowDiffError::NotUnique { relation })
    };

    let mut tally = Tally::default();
    let mut doubled = None;
    let mut take = |row: &[u8]| {
        let (key, rest) = layout_a.hashes(row)?;
        doubled = doubled.or(tally.first(key, rest).err());
        Ok(())
    };
    job.progress.stage(format!("reading {relation} of A"));
    stream::rows(&mut first, &one, &mut take, job)?;
    let mut take = |row: &[u8]| {
        let (key, rest) = layout_b.hashes(row)?;
        doubled = doubled.or(tally.second(key, rest).err());
        Ok(())
    };
    job.progress.stage(format!("reading {relation} of B"));
    stream::rows(&mut second, &other, &mut take, job)?;
    if let Some(doubled) = doubled {
        return Err(not_unique(doubled));
    }

    let counts = tally.counts();
    let mut listing = Listing::new(limit);
    if counts.differ() && limit > 0 {
        let mut take = |row: &[u8]| listing.first(&tally, &layout_a, row);
        job.progress.stage(format!("reading {relation} of A again"));
        stream::rows(&mut first, &one, &mut take, job)?;
        let mut take = |row: &[u8]| listing.second(&tally, &layout_b, row);
        job.progress.stage(format!("reading {relation} of B again"));
        stream::rows(&mut second, &other, &mut take, job)?;
    }
    let (columns_only_a, columns_only_b) = (not_in(&one, &other), not_in(&other, &one));
    let listed = listing.finish(&layout_a.names);
    Ok(RowDiffReport {
        relation,
        key,
        columns_only_a,
        columns_only_b,
        rows_a: counts.rows_a,
        rows_b: counts.rows_b,
        equal: counts.equal,
        only_a: counts.only_a,
        only_b: counts.only_b,
        changed: counts.changed,
        keys_only_a: listed.only_a,
        keys_only_b: listed.only_b,
        keys_changed: listed.changed,
    })
}

/// The one relation with rows that both sides have.
fn the_table(a: &Side, b: &Side) -> Result<(Relation, Relation), RowDiffError> {
    let with_rows = |side: &Side| -> Vec<Relation> {
        let relations = side.catalog().relations.iter();
        let with_rows = relations.filter(|r| !r.data_excluded && !r.large_objects);
        with_rows.cloned().collect()
    };
    let others = with_rows(b);
    let mut both: Vec<(Relation, Relation)> = Vec::new();
    for one in with_rows(a) {
        if let Some(other) = others.iter().find(|other| other.label() == one.label()) {
            both.push((one, other.clone()));
        }
    }
    match both.len() {
        0 => Err(RowDiffError::NoTable),
        1 => Ok(both.remove(0)),
        _ => Err(RowDiffError::Ambiguous {
            names: both.iter().take(5).map(|(one, _)| one.label()).collect(),
        }),
    }
}

/// The primary key; if only one side knows one, that one.
fn the_key(a: &Side, b: &Side, one: &Relation, other: &Relation) -> Result<Vec<String>, RowDiffError> {
    let relation = one.label();
    let keys = (key::primary(a.catalog(), one), key::primary(b.catalog(), other));
    match keys {
        (Some(a), Some(b)) if a != b => Err(RowDiffError::OtherKey { relation, a, b }),
        (Some(key), _) | (None, Some(key)) => Ok(key),
        (None, None) => Err(RowDiffError::NoKey { relation }),
    }
}

/// The places of the key and of the other common columns in the rows of each side.
fn layouts(key: &[String], one: &Relation, other: &Relation) -> Result<(Layout, Layout), RowDiffError> {
    let place = |relation: &Relation, name: &str| relation.copy_columns().position(|c| c.name == name);
    let in_both = |name: &String| place(one, name).is_some() && place(other, name).is_some();
    if let Some(column) = key.iter().find(|name| !in_both(name)) {
        return Err(RowDiffError::KeyColumn {
            relation: one.label(),
            column: column.clone(),
        });
    }
    let names = one.copy_columns().map(|c| c.name.clone());
    let names: Vec<String> = names.filter(|name| in_both(name) && !key.contains(name)).collect();
    let layout = |relation: &Relation| Layout {
        key: key.iter().filter_map(|name| place(relation, name)).collect(),
        rest: names.iter().filter_map(|name| place(relation, name)).collect(),
        columns: relation.copy_columns().count(),
        names: names.clone(),
    };
    Ok((layout(one), layout(other)))
}

fn not_in(one: &Relation, other: &Relation) -> Vec<String> {
    let missing = one
        .columns
        .iter()
        .filter(|c| !other.columns.iter().any(|o| o.name == c.name));
    missing.map(|c| c.name.clone()).collect()
}
