//! The report of a rollback, and how it is put for history and hooks.

use crate::compare::Difference;
use crate::repository::{Outcome, Record};
use crate::snapshot::audit::Undertaking;
use crate::snapshot::rollback::fate::Fate;
use crate::snapshot::smoke::SmokeResult;

/// What a rollback did.
#[derive(Debug, Default)]
pub(crate) struct RollbackReport {
    pub database: String,
    /// The commit is done: whatever follows, the database has the snapshot's content.
    pub replaced: bool,
    /// The snapshot of the state that was replaced; `None` when there was none.
    pub safety: Option<Record>,
    pub entries: u64,
    pub rows: u64,
    /// Differences between the restored database and the snapshot.
    pub differences: Vec<Difference>,
    pub smoke: Vec<SmokeResult>,
    /// What needed another `search_path` for a function: (what, the path).
    pub search_paths: Vec<(String, String)>,
    /// The replaced database if it still exists, and why it does.
    pub kept: Option<(String, String)>,
    /// What became of leftovers of earlier rollbacks.
    pub leftovers: Vec<String>,
    /// Phases with their seconds.
    pub times: Vec<(&'static str, f64)>,
    /// The entry in the history is written already.
    pub(super) told: bool,
}

impl RollbackReport {
    /// Whether the database equals the snapshot and passes all checks.
    pub(crate) fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.smoke.iter().all(SmokeResult::passed)
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self.is_clean() {
            true => Outcome::Done,
            false => Outcome::Findings,
        }
    }
}

/// The history's message about a rollback. `leftovers.rs` looks for the safety snapshot in it.
pub(super) fn said(mut parts: Vec<String>, safety: Option<&str>) -> String {
    parts.extend(safety.map(|id| format!("the state before is {id}")));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// The facts that only hooks of a rollback get.
pub(super) fn detail(asked: &Undertaking, safety: Option<&Record>, fate: Option<&Fate>) -> serde_json::Value {
    serde_json::json!({
        "safety_snapshot": safety.map(|record| &record.id),
        "reason": asked.event.why,
        "state": fate.map(Fate::name),
    })
}
