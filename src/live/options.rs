//! How a live database is opened for reading.

use std::time::Duration;

/// How to read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ReadOptions {
    /// `SET ROLE` in every session, before anything else.
    pub role: Option<String>,
    /// Fail when one table's lock takes longer; absent means to wait without limit.
    pub lock_wait: Option<Duration>,
    /// Read what this exported snapshot sees instead of taking a new one.
    pub snapshot: Option<String>,
    /// Wait for a snapshot that no serializable transaction can invalidate.
    pub serializable_deferrable: bool,
    /// Read only the rows that row-level security shows, instead of refusing tables where it hides some.
    pub row_security: bool,
    /// Leave out objects that the role cannot read, instead of refusing the whole.
    pub skip_unreadable: bool,
    /// If the server has no room for the locks of all tables: lock each table while it is read, and fail when one was
    /// changed before.
    pub brief_locks: bool,
}
