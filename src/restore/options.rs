//! The options of a restore.

use crate::plan::restore::missing::SkipMissing;
use crate::plan::restore::role_map::RoleMap;
use crate::plan::restore::select::RestoreFilter;

/// What is restored and how. By default everything but planner statistics, over one data session.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RestoreOptions {
    /// `SET ROLE` in every session, before anything else.
    pub role: Option<String>,
    /// Data sessions, at least 1.
    pub jobs: usize,
    /// What to take of the archive.
    pub filter: RestoreFilter,
    /// Create the database, named as the dumped one, and restore into it.
    pub create: bool,
    /// First drop what is to be restored; with `create`, the whole database.
    pub clean: bool,
    /// With `clean`: what is not there to be dropped is no failure.
    pub if_exists: bool,
    /// Put back the archive's planner statistics.
    pub statistics: bool,
    /// ANALYZE what was restored, instead of putting statistics back.
    pub analyze: bool,
    /// End at the first failure, instead of listing it and going on.
    pub exit_on_error: bool,
    /// Leave out chunks that cannot be read, and load the rest.
    pub skip_damaged: bool,
    /// Load rows without triggers and checks of foreign keys; for rows alone.
    pub disable_triggers: bool,
    /// Restore the globals too, before everything else.
    pub globals: bool,
    /// Other names for roles of the archive.
    pub role_map: RoleMap,
    /// Continue a restore that did not end.
    pub resume: bool,
    /// Keep the record when something failed that can be mended, so that a run with `resume` tries it again.
    pub keep_record: bool,
    /// Leave out what the target cannot have, and what needs it.
    pub skip_missing: SkipMissing,
    /// The `search_path` by which functions that definitions and rows call find names.
    pub search_path: Option<String>,
}
