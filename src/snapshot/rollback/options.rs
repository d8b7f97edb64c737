//! How to roll back.

/// How a snapshot takes the place of what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Restore into a new database, then swap the names.
    Swap,
    /// Restore into the database itself, in one transaction.
    Transaction,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Swap => "a new database beside it, then a swap of the names",
            Self::Transaction => "in place, in one transaction",
        })
    }
}

/// How to roll back.
#[derive(Clone, Debug)]
pub struct RollbackOptions {
    /// Sessions of each dump, restore and comparison.
    pub jobs: usize,
    /// Absent: whichever the target allows, the swap first.
    pub method: Option<Method>,
    /// SQL that must hold in the restored database.
    pub smoke_sql: Option<String>,
    /// Keep the database that was replaced.
    pub keep_old: bool,
    /// Go on when the restored database is not equal to the snapshot in everything.
    pub accept_differences: bool,
}
