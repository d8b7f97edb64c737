//! The facts that the rules use.

/// The facts of one snapshot that the rules use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Unique; decides the order of snapshots of the same moment.
    pub id: String,
    pub series: Series,
    pub label: String,
    /// Microseconds since the epoch, UTC.
    pub taken_at: i64,
    pub condition: Condition,
    pub pinned: bool,
    /// Whether a rollback took it of the state that it replaced.
    pub safety: bool,
    /// When its database was retired, in microseconds since the epoch, UTC; absent while it is not.
    pub retired_at: Option<i64>,
}

/// Snapshots that can stand for one another.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Series {
    pub database: String,
    pub environment: Option<String>,
    /// System identifier of the cluster, where it is known.
    pub server: Option<u64>,
    pub scope: SnapshotScope,
}

/// The part of a database that a snapshot holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SnapshotScope {
    #[default]
    Whole,
    Definitions,
    /// The part that these options chose.
    Selection(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Complete and verified: every byte was found right.
    Good,
    /// Complete as far as is known; not verified.
    Unverified,
    /// Lacks something that was to be in it.
    Partial,
    Damaged,
    /// Its archive is missing.
    Missing,
    /// Being written.
    Running,
    /// Its create was killed.
    Incomplete,
    /// Its create failed.
    Failed,
}
