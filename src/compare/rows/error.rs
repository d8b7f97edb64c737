//! Why rows cannot be told apart by key.

/// Why rows cannot be told apart by key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowDiffError {
    #[error("there is no table with rows of this name on both sides (of a partitioned table, name a partition)")]
    NoTable,
    #[error("more than one table has such a name: {}", .names.join(", "))]
    Ambiguous { names: Vec<String> },
    #[error("{relation} has no primary key, so its rows cannot be told apart")]
    NoKey { relation: String },
    #[error("{relation} has other primary keys on the two sides: ({}) in A, ({}) in B", .a.join(", "), .b.join(", "))]
    OtherKey {
        relation: String,
        a: Vec<String>,
        b: Vec<String>,
    },
    #[error("a column of the primary key of {relation} is not on both sides: {column}")]
    KeyColumn { relation: String, column: String },
    #[error("the key of {relation} is not unique: a key is there twice")]
    NotUnique { relation: String },
}
