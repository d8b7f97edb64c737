//! The report of a drill, in the form in which the repository keeps it.

use std::time::Instant;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::page;
use crate::connect::Params;
use crate::repository::{DrillVerdict, Record, Repository, RepositoryError};
use crate::snapshot::SnapshotError;
use crate::snapshot::smoke::SmokeResult;
use crate::storage::StorageError;

/// A report names this many findings of one sort; the others are only counted.
const MAX_FINDINGS: usize = 200;

/// The version of the JSON document.
const SCHEMA_VERSION: u32 = 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DrillReport {
    pub schema_version: u32,
    /// The id of the snapshot.
    pub snapshot: String,
    pub source_database: String,
    pub source_version: String,
    pub root_digest: String,
    pub at: Timestamp,
    /// Whether it was restored, is equal to the source, and passed all smoke checks.
    pub proven: bool,
    pub seconds: f64,
    pub restore_seconds: f64,
    /// The server's address, without secrets.
    pub server: String,
    pub throwaway: bool,
    /// The scratch database.
    pub database: String,
    /// The scratch database was not dropped.
    pub kept: bool,
    pub entries: u64,
    pub rows: u64,
    pub phases: Vec<Phase>,
    /// The first findings; `finding_count` counts all of them.
    pub findings: Vec<String>,
    pub finding_count: u64,
    pub smoke: Vec<Smoke>,
    pub notes: Vec<String>,
    /// Scratch databases of killed drills that could not be dropped.
    pub leftovers: Vec<String>,
    pub tool_version: String,
}

/// A finished phase of a drill.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Phase {
    pub name: String,
    pub seconds: f64,
    pub what: String,
}

/// A smoke check.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Smoke {
    pub line: usize,
    pub statement: String,
    pub rows: u64,
    pub seconds: f64,
    /// Why it failed; `None` when it passed.
    pub failure: Option<String>,
}

impl From<SmokeResult> for Smoke {
    fn from(result: SmokeResult) -> Self {
        let SmokeResult {
            line,
            statement,
            rows,
            seconds,
            failure,
        } = result;
        Self {
            line,
            statement,
            rows,
            seconds,
            failure,
        }
    }
}

impl DrillReport {
    pub(super) fn begun(record: &Record, params: &Params, throwaway: bool, at: Timestamp) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            snapshot: record.id.clone(),
            source_database: record.database.clone(),
            source_version: record.server_version.clone(),
            root_digest: record.root_digest.clone(),
            at,
            proven: false,
            seconds: 0.0,
            restore_seconds: 0.0,
            server: params.describe().trim_matches('`').to_owned(),
            throwaway,
            database: String::new(),
            kept: false,
            entries: 0,
            rows: 0,
            phases: Vec::new(),
            findings: Vec::new(),
            finding_count: 0,
            smoke: Vec::new(),
            notes: Vec::new(),
            leftovers: Vec::new(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    pub(super) fn phase(&mut self, name: &str, begun: Instant, what: String) {
        self.phases.push(Phase {
            name: name.to_owned(),
            seconds: begun.elapsed().as_secs_f64(),
            what,
        });
    }

    pub(super) fn find(&mut self, finding: String) {
        self.finding_count += 1;
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// How many things are wrong: findings and failed smoke checks.
    pub(crate) fn wrong(&self) -> u64 {
        self.finding_count + self.smoke.iter().filter(|check| check.failure.is_some()).count() as u64
    }

    /// Writes the report and its page to the repository, and the proof to the snapshot's state. Returns the report's
    /// name.
    ///
    /// # Errors
    /// Errors of the repository.
    pub(crate) fn record(&self, repository: &Repository) -> Result<String, SnapshotError> {
        let begun = format!("drills/{}-{}", self.snapshot, self.at.strftime("%Y%m%dT%H%M%SZ"));
        let storage = repository.storage();
        let bytes = serde_json::to_vec_pretty(self).map_err(|source| RepositoryError::Json {
            name: begun.clone(),
            source,
        })?;
        // Another drill of this snapshot may have started in the same second.
        let mut stem = begun.clone();
        for number in 2.. {
            match storage.create(&format!("{stem}.json"), &bytes) {
                Err(StorageError::Exists { .. }) => stem = format!("{begun}-{number}"),
                created => {
                    created?;
                    break;
                }
            }
        }
        let name = format!("{stem}.json");
        storage.replace(&format!("{stem}.html"), page(self).as_bytes())?;
        repository.update_state(&self.snapshot, |state| {
            state.drilled = Some(DrillVerdict {
                at: self.at,
                good: self.proven,
                seconds: self.restore_seconds,
                report: name.clone(),
            });
        })?;
        Ok(name)
    }
}
