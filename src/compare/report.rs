//! The findings of a comparison.

use std::fmt;

use crate::codec::RowDigest;
use crate::live::Content;
use crate::model::{Entry, Missing, NotCovered};

/// One thing that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    OnlyIn {
        side: Which,
        kind: String,
        identity: String,
    },
    /// The same object with another definition, owner, comment, ..: `aspect` says which.
    Object {
        kind: String,
        identity: String,
        aspect: &'static str,
        a: String,
        b: String,
    },
    Rows {
        relation: String,
        a: RowDigest,
        b: RowDigest,
    },
    /// The columns differ, so the rows cannot be compared.
    Columns {
        relation: String,
        a: Vec<String>,
        b: Vec<String>,
    },
    /// The same column with another type, collation or nullability.
    Column {
        relation: String,
        column: String,
        a: String,
        b: String,
    },
    RowsOnlyIn {
        side: Which,
        relation: String,
    },
    /// The rows are the same, except for the values of stored generated columns. A restore computes these anew.
    Generated {
        relation: String,
        columns: Vec<String>,
        a: RowDigest,
        b: RowDigest,
    },
    Sequence {
        sequence: String,
        a: (i64, bool),
        b: (i64, bool),
    },
    SequenceOnlyIn {
        side: Which,
        sequence: String,
        at: (i64, bool),
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    A,
    B,
}

/// A table whose rows at least one side has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedTable {
    /// Quoted and schema-qualified; that of the root for partitions that are loaded through it.
    pub relation: String,
    /// Absent on the side that does not have the rows.
    pub a: Option<Content>,
    pub b: Option<Content>,
    /// Whether the sides have the same columns, so that their digests can be compared.
    pub comparable: bool,
}

/// The objects that a comparison looked at, and its findings.
#[derive(Clone, Debug, Default)]
pub struct CompareReport {
    /// Tables in the order of their names. Tables that are not comparable are listed only if
    /// [`CompareOptions::details`](crate::compare::CompareOptions::details) asks for them.
    pub tables: Vec<ComparedTable>,
    /// The objects that only one side has, if [`CompareOptions::details`](crate::compare::CompareOptions::details) asks
    /// for them.
    pub lone: Vec<(Which, Entry)>,
    pub objects: u64,
    pub relations: u64,
    pub large_objects: u64,
    pub rows: u64,
    pub sequences: u64,
    pub differences: Vec<Difference>,
    /// Objects that the sides have and pgark does not compare yet: (side, kind, names).
    pub not_covered: Vec<(Which, NotCovered)>,
    /// Rows and positions that a side does not have although it should.
    pub partial: Vec<(Which, Missing)>,
    /// Stored generated columns whose values could not be compared.
    pub generated_not_compared: Vec<NotCompared>,
    /// Sides whose server had no room for the locks of all tables. Each of their tables was locked only while it was
    /// read.
    pub brief_locks: Vec<Which>,
}

impl CompareReport {
    /// Whether everything could be compared, except for rows and positions that a side declares as left out. False if a
    /// damaged catalog hides an object of a side.
    pub fn is_whole(&self) -> bool {
        let hidden = ["definition", "owner and privileges"];
        self.partial
            .iter()
            .all(|(_, missing)| !hidden.contains(&missing.what.as_str()))
    }

    /// Whether nothing that was compared differs, and nothing is hidden.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty() && self.is_whole()
    }
}

/// Stored generated columns of a table whose values were not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCompared {
    /// Quoted and schema-qualified.
    pub relation: String,
    pub columns: Vec<String>,
    pub why: String,
}

impl fmt::Display for NotCompared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { relation, columns, why } = self;
        write!(f, "generated values of {relation} ({}): {why}", columns.join(", "))
    }
}
