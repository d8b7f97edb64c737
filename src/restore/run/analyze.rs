//! `--analyze`: fresh statistics of what was restored, over all sessions.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::connect::{ConnectError, Wire};
use crate::plan::analyze;
use crate::plan::restore::Selection;
use crate::restore::error::RestoreError;
use crate::restore::failure::Failure;
use crate::restore::run::phases::Restore;
use crate::restore::search_path::{self, SearchPaths};

impl Restore<'_> {
    /// Failures are listed like any other.
    pub(in crate::restore) fn analyze(
        &mut self,
        wires: &mut [Wire],
        version: u32,
        selection: &Selection,
        weights: &std::collections::HashMap<crate::model::RelationId, u64>,
    ) -> Result<(), RestoreError> {
        self.progress.stage("analyzing");
        let is_lost = |id| self.lost.contains_key(&id);
        let statements = analyze::statements(self.catalog, selection, version, weights, is_lost);
        let next = AtomicUsize::new(0);
        let (interrupt, progress, paths) = (self.interrupt, self.progress, self.paths);
        let work = |wire: &mut Wire| {
            let mut refused: Vec<(&String, ConnectError)> = Vec::new();
            while let Some(sql) = statements.get(next.fetch_add(1, Ordering::Relaxed)) {
                if interrupt.stopped() || wire.is_broken() {
                    break;
                }
                progress.stage(sql.clone());
                if let Err(error) = one(wire, sql, paths) {
                    refused.push((sql, error));
                }
            }
            refused
        };
        let refused = std::thread::scope(|scope| {
            let mut started = Vec::with_capacity(wires.len());
            for wire in wires.iter_mut() {
                let thread = std::thread::Builder::new().name("analyze".to_owned());
                let handle = thread.spawn_scoped(scope, || work(wire));
                started.push(handle.map_err(|source| RestoreError::Thread {
                    what: "a session",
                    source,
                })?);
            }
            let ended = started.into_iter().map(|handle| handle.join());
            let ended = ended.map(|refused| refused.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            Ok::<_, RestoreError>(ended.flatten().collect::<Vec<_>>())
        })?;
        for (sql, error) in refused {
            let failure = Failure::of_analyze(sql, &error);
            self.note(failure, error)?;
        }
        Ok(())
    }
}

/// Analyzes under another `search_path` where a function of an index or of statistics needs one.
fn one(wire: &mut Wire, sql: &str, paths: &SearchPaths) -> Result<(), ConnectError> {
    let run = |wire: &mut Wire, statements: &[&str]| {
        let result = wire.pipeline(statements).map_err(|(_, error)| error);
        match wire.in_transaction() && !wire.is_broken() {
            true => wire.execute("ROLLBACK").and(result),
            false => result,
        }
    };
    if let Some(path) = paths.always() {
        return run(wire, &["BEGIN", &search_path::set(path, true), sql, "COMMIT"]);
    }
    let first = run(wire, &[sql]);
    let Err(error) = &first else { return first };
    if error.is_not_found() {
        for path in paths.candidates(None) {
            if run(wire, &["BEGIN", &search_path::set(&path, true), sql, "COMMIT"]).is_ok() {
                paths.note(sql.to_owned(), &path);
                return Ok(());
            }
        }
    }
    first
}
