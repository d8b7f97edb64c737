//! What the rules look at.

/// What the rules look at of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Unique; orders what was taken at the same moment.
    pub id: String,
    pub series: Series,
    pub label: String,
    /// Microseconds since the epoch, UTC.
    pub taken_at: i64,
    pub condition: Condition,
    pub pinned: bool,
    /// Taken by a rollback of what it replaced.
    pub safety: bool,
    /// Since when its database is retired, in microseconds since the epoch, UTC; absent while it is not.
    pub retired_at: Option<i64>,
}

/// Snapshots that can stand for one another.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    pub database: String,
    pub environment: Option<String>,
    /// System identifier of the cluster, where it is known.
    pub server: Option<u64>,
    pub scope: Scope,
}

/// What of a database a snapshot holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    #[default]
    Whole,
    Definitions,
    /// What these options chose.
    Selection(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Complete, and every byte was found right.
    Good,
    /// Complete, as far as is known.
    Unverified,
    /// Without something that was asked for.
    Partial,
    Damaged,
    /// Its archive is not there.
    Missing,
    /// Being written.
    Running,
    /// Its create was killed.
    Incomplete,
    /// Its create failed.
    Failed,
}
