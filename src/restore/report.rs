//! What a restore did, and what it would do.

use std::collections::HashMap;

use crate::model::entry::Requirement;
use crate::model::{Catalog, EntryId, Missing, NotCovered, RelationId};
use crate::plan::restore::missing::Spared;
use crate::plan::restore::select::Selection;
use crate::plan::restore::steps::Steps;
use crate::restore::check::forecast::Forecast;
use crate::restore::check::misfits::Misfits;
use crate::restore::check::needs::Need;
use crate::restore::failure::{Failure, Skipped};
use crate::restore::load::damaged::DamagedChunk;
use crate::restore::run::account::Account;

/// What a restore did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RestoreReport {
    /// Name of the database that was restored into.
    pub database: String,
    /// Globals that were executed, whatever came of their statements.
    pub globals: u64,
    /// Entries that this run made.
    pub entries: u64,
    /// Relations whose rows were chosen, without pieces of large objects.
    pub relations: u64,
    /// Large objects of the entries that were chosen and not lost.
    pub large_objects: u64,
    /// Rows of tables that this run stored.
    pub rows: u64,
    /// Bytes of COPY data that this run stored, pieces of large objects too.
    pub raw_bytes: u64,
    /// What earlier runs of the same restore had done.
    pub resumed: Resumed,
    /// What was tried and could not be restored.
    pub failures: Vec<Failure>,
    /// What was not tried, because something that it needs is not there.
    pub skipped: Vec<Skipped>,
    /// What the target cannot have, and what needs it: left out because the user allowed it.
    pub spared: Vec<Spared>,
    /// Unreadable chunks, left out because the user allowed it.
    pub damaged: Vec<DamagedChunk>,
    /// What matched but was left out, because something that it needs was not chosen or does not exist: (what, its
    /// need).
    pub left_out: Vec<(String, String)>,
    /// Objects that the dump listed and did not carry, so that the archive does not have them.
    pub not_covered: Vec<NotCovered>,
    /// What a partial archive lacks.
    pub partial: Vec<Missing>,
    /// What the target's version does not hold, or holds in another form.
    pub misfits: Misfits,
    /// What needed another `search_path` for a function: (what, the path).
    pub search_paths: Vec<(String, String)>,
    /// The record was kept: once the causes are mended, a run with `resume` tries again what failed.
    pub resumable: bool,
    /// What went otherwise than asked for without changing the result.
    pub warnings: Vec<String>,
}

/// What earlier runs had done when this one began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resumed {
    /// Entries that existed already.
    pub entries: u64,
    /// Rows of tables, not pieces of large objects.
    pub rows: u64,
}

impl RestoreReport {
    /// Takes over what a finished account says.
    pub(super) fn take(&mut self, account: Account) {
        self.globals = account.globals;
        self.entries = account.entries;
        self.rows = account.rows;
        self.failures = account.failures;
        self.skipped = account.skipped;
    }

    /// Whether everything that was chosen was restored.
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
            && self.skipped.is_empty()
            && self.damaged.is_empty()
            && self.misfits.is_empty()
            && self.spared.is_empty()
    }
}

/// What a restore would do, resolved against the target.
#[derive(Debug)]
pub(crate) struct RestorePlan {
    pub catalog: Catalog,
    pub selection: Selection,
    pub steps: Steps,
    pub conflicts: Vec<EntryId>,
    pub missing: Vec<Requirement>,
    /// Tables that a data-only restore needs and the target lacks.
    pub missing_tables: Vec<String>,
    /// What else the chosen entries need and the target lacks.
    pub needs: Vec<Need>,
    pub database: String,
    pub weights: HashMap<RelationId, u64>,
    pub misfits: Misfits,
    /// What is left out because the user allowed it.
    pub spared: Vec<Spared>,
    pub forecast: Forecast,
}
