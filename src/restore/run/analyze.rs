//! `--analyze`: gathers fresh statistics of what was restored, over all sessions.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::connect::{ConnectError, Wire};
use crate::job::Job;
use crate::restore::error::RestoreError;
use crate::restore::search_path::{self, SearchPaths};

/// Executes the statements over all sessions and returns those that the server refused.
pub(super) fn all<'a>(
    wires: &mut [Wire],
    statements: &'a [String],
    paths: &SearchPaths,
    job: &Job,
) -> Result<Vec<(&'a String, ConnectError)>, RestoreError> {
    let next = AtomicUsize::new(0);
    let work = |wire: &mut Wire| {
        let mut refused: Vec<(&'a String, ConnectError)> = Vec::new();
        while let Some(sql) = statements.get(next.fetch_add(1, Ordering::Relaxed)) {
            if job.is_stopped() || wire.is_broken() {
                break;
            }
            job.progress.stage(sql.clone());
            if let Err(error) = one(wire, sql, paths) {
                refused.push((sql, error));
            }
        }
        refused
    };
    std::thread::scope(|scope| {
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
    })
}

/// Analyzes, under another `search_path` if a function of an index or of statistics needs one.
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
    if !error.is_not_found() {
        return first;
    }
    let under = |path: &str| match run(wire, &["BEGIN", &search_path::set(path, true), sql, "COMMIT"]) {
        Ok(()) => ControlFlow::Break(Ok(())),
        Err(_) => ControlFlow::Continue(()),
    };
    paths.try_each(None, || sql.to_owned(), under).unwrap_or(first)
}
