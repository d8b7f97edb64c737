//! Options of a rollback.

/// How the snapshot replaces the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
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

/// Options of a rollback.
#[derive(Clone, Debug)]
pub(crate) struct RollbackOptions {
    /// How many sessions each dump, restore and comparison uses.
    pub jobs: usize,
    /// `None` for the first method that the target allows; the swap comes first.
    pub method: Option<Method>,
    /// SQL that must hold in the restored database.
    pub smoke_sql: Option<String>,
    /// Keep the database that was replaced.
    pub keep_old: bool,
    /// Continue when the restored database differs from the snapshot.
    pub accept_differences: bool,
}
