//! What a rollback did, and how history and hooks are told of it.

use crate::compare::Difference;
use crate::repository::{Outcome, Record};
use crate::snapshot::audit::Undertaking;
use crate::snapshot::rollback::fate::Fate;
use crate::snapshot::rollback::options::Method;
use crate::snapshot::smoke::SmokeResult;

/// What a rollback did.
#[derive(Debug, Default)]
pub struct RollbackReport {
    pub database: String,
    pub method: Option<Method>,
    /// The commit is done: the database is the snapshot's, whatever comes after.
    pub replaced: bool,
    /// Of the state that was replaced; absent when there was none.
    pub safety: Option<Record>,
    pub entries: u64,
    pub rows: u64,
    /// Between the restored database and the snapshot.
    pub differences: Vec<Difference>,
    pub smoke: Vec<SmokeResult>,
    /// What was made under another `search_path`, because a function needs one: (what, the path).
    pub search_paths: Vec<(String, String)>,
    /// The database that was replaced and that is still there, and why.
    pub kept: Option<(String, String)>,
    /// What earlier rollbacks had left and is gone, or still there.
    pub leftovers: Vec<String>,
    /// Phases with their seconds.
    pub times: Vec<(&'static str, f64)>,
    /// The history tells of it already.
    pub(super) told: bool,
}

impl RollbackReport {
    /// The database is the snapshot, and passes all checks.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.smoke.iter().all(SmokeResult::passed)
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self.is_clean() {
            true => Outcome::Done,
            false => Outcome::Findings,
        }
    }
}

/// What the history says of a rollback, by which one is also told whose safety snapshot that is.
pub(super) fn said(mut parts: Vec<String>, safety: Option<&str>) -> String {
    parts.extend(safety.map(|id| format!("the state before is {id}")));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// What hooks are told of a rollback alone.
pub(super) fn detail(asked: &Undertaking, safety: Option<&Record>, fate: Option<&Fate>) -> serde_json::Value {
    serde_json::json!({
        "safety_snapshot": safety.map(|record| &record.id),
        "reason": asked.event.why,
        "state": fate.map(Fate::name),
    })
}
