//! The findings of a comparison.

use std::fmt;

use crate::codec::RowDigest;
use crate::live::Content;
use crate::model::{Entry, Missing, NotCovered};

/// One thing that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// An object that only one side has; large objects of a side are listed together.
    OnlyIn {
        /// The side that has it.
        side: Which,
        /// The kind's label, e.g. `TABLE`.
        kind: String,
        /// Quoted and qualified; for large objects their oids.
        identity: String,
    },
    /// The same object with another definition, owner, comment, ..: `aspect` says which.
    Object {
        /// The kind's label, e.g. `TABLE`.
        kind: String,
        /// Quoted and qualified, as side A names it; for large objects their oids.
        identity: String,
        /// `definition`, `comment`, `security label`, `owner` or `privileges`.
        aspect: &'static str,
        /// The text on side A, empty if there is none. The definition of an object with secrets is not shown.
        a: String,
        /// The same of side B.
        b: String,
    },
    /// The rows of a table are not the same, in whatever order.
    Rows {
        /// Quoted and qualified; the root for partitions that are loaded through it.
        relation: String,
        /// Number and sum of the hashes of the rows of side A.
        a: RowDigest,
        /// The same of side B.
        b: RowDigest,
    },
    /// The columns differ, so the rows cannot be compared.
    Columns {
        /// Quoted and qualified.
        relation: String,
        /// Names of the columns of side A that COPY reads.
        a: Vec<String>,
        /// The same of side B.
        b: Vec<String>,
    },
    /// The same column with another type, collation or nullability.
    Column {
        /// Quoted and qualified.
        relation: String,
        /// Not quoted.
        column: String,
        /// As SQL, e.g. `text COLLATE "C" NOT NULL`, on side A.
        a: String,
        /// The same of side B.
        b: String,
    },
    /// A relation whose rows only one side has.
    RowsOnlyIn {
        /// The side that has them.
        side: Which,
        /// Quoted and qualified.
        relation: String,
    },
    /// The rows are the same, except for the values of stored generated columns. A restore computes these anew.
    Generated {
        /// Quoted and qualified; the root for partitions that are loaded through it.
        relation: String,
        /// Names of the generated columns, not quoted.
        columns: Vec<String>,
        /// Digest of the rows with their generated values on side A.
        a: RowDigest,
        /// The same of side B.
        b: RowDigest,
    },
    /// The same sequence at another position.
    Sequence {
        /// Quoted and qualified.
        sequence: String,
        /// (`last_value`, `is_called`) on side A.
        a: (i64, bool),
        /// The same of side B.
        b: (i64, bool),
    },
    /// A sequence whose position only one side has.
    SequenceOnlyIn {
        /// The side that has it.
        side: Which,
        /// Quoted and qualified.
        sequence: String,
        /// (`last_value`, `is_called`).
        at: (i64, bool),
    },
}

/// A side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// The first one.
    A,
    /// The second one.
    B,
}

/// A table whose rows at least one side has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComparedTable {
    /// Quoted and schema-qualified; that of the root for partitions that are loaded through it.
    pub relation: String,
    /// Absent on the side that does not have the rows.
    pub a: Option<Content>,
    /// As `a`.
    pub b: Option<Content>,
    /// Whether the sides have the same columns, so that their digests can be compared.
    pub comparable: bool,
}

/// The objects that a comparison looked at, and its findings.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CompareReport {
    /// Tables in the order of their names. Tables that are not comparable are listed only if
    /// [`CompareOptions::details`](crate::compare::CompareOptions::details) asks for them.
    pub tables: Vec<ComparedTable>,
    /// The objects that only one side has, if [`CompareOptions::details`](crate::compare::CompareOptions::details) asks
    /// for them.
    pub lone: Vec<(Which, Entry)>,
    /// Entries of side A that take part.
    pub objects: u64,
    /// Relations whose rows were compared; partitions count one by one, large objects do not.
    pub relations: u64,
    /// Large objects of side A.
    pub large_objects: u64,
    /// Rows of side A in the compared relations.
    pub rows: u64,
    /// Sequences of side A with a position.
    pub sequences: u64,
    /// Empty if nothing that was compared differs.
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
#[non_exhaustive]
pub struct NotCompared {
    /// Quoted and schema-qualified.
    pub relation: String,
    /// Names, not quoted.
    pub columns: Vec<String>,
    /// On which side their digest is missing, or that the columns differ.
    pub why: String,
}

impl fmt::Display for NotCompared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { relation, columns, why } = self;
        write!(f, "generated values of {relation} ({}): {why}", columns.join(", "))
    }
}
