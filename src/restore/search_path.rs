//! The `search_path` of functions that name other objects without their schemas.
//!
//! Definitions name everything in full and are executed under an empty path. What they call need not: a generated
//! column, an index or a check may call a function whose body finds its helpers by the path of the applications. When
//! such a body does not find a name, the server's refusal leads to another try with the paths that the source had, and
//! the report says so. Only that statement or those rows see the path: nothing else of the restore sees a schema that
//! others may write to.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::connect::{ConnectError, ErrorResponse, Wire};
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::search_path::{self, DEFAULT};
use crate::model::{Catalog, Relation, Source};
use crate::restore::error::{RestoreError, doing};
use crate::restore::load::error::LoadError;
use crate::restore::options::RestoreOptions;

/// The paths to try, and where one was used.
#[derive(Debug, Default)]
pub struct SearchPaths {
    /// The path for all definitions and rows, if the user gave one.
    always: Option<String>,
    /// The paths of the source, in the order in which they are tried.
    later: Vec<String>,
    /// What was made under which path.
    used: Mutex<BTreeMap<String, String>>,
}

impl SearchPaths {
    pub fn new(options: &RestoreOptions, source: &Source, catalog: &Catalog) -> Self {
        let mut later = source.search_paths.clone();
        // An archive that does not list the paths may have them in the database's settings.
        if later.is_empty() {
            later = search_path::of_settings(catalog);
        }
        later.push(DEFAULT.to_owned());
        later = later.iter().map(|path| search_path::behind_the_system(path)).collect();
        later.retain(|path| !path.is_empty());
        Self {
            always: options.search_path.clone(),
            later,
            used: Mutex::default(),
        }
    }

    pub fn always(&self) -> Option<&str> {
        self.always.as_deref()
    }

    /// The paths to try for an object of this schema: those of the source, then its schema followed by the first of
    /// them.
    fn candidates(&self, schema: Option<&str>) -> Vec<String> {
        if self.always.is_some() {
            return Vec::new();
        }
        let first = self.later.first();
        let own = schema.map(|schema| format!("{}, {}", quote_ident(schema), first.map_or(DEFAULT, String::as_str)));
        let mut candidates: Vec<String> = Vec::with_capacity(self.later.len() + 1);
        for path in self.later.iter().cloned().chain(own) {
            if !candidates.contains(&path) {
                candidates.push(path);
            }
        }
        candidates
    }

    /// Tries the paths for an object of this schema in turn until an attempt breaks off the search, and returns the
    /// result of that attempt, or `None` if none did. When the result is `Ok`, the path is noted as that of `what`.
    pub fn try_each<T, E>(
        &self,
        schema: Option<&str>,
        what: impl FnOnce() -> String,
        mut attempt: impl FnMut(&str) -> ControlFlow<Result<T, E>>,
    ) -> Option<Result<T, E>> {
        for path in self.candidates(schema) {
            if let ControlFlow::Break(ended) = attempt(&path) {
                if ended.is_ok() {
                    self.note(what(), &path);
                }
                return Some(ended);
            }
        }
        None
    }

    fn note(&self, what: String, path: &str) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(what, path.to_owned());
    }

    /// What was made under a path that the user did not give, with the path.
    pub fn used(&self) -> Vec<(String, String)> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.iter().map(|(what, path)| (what.clone(), path.clone())).collect()
    }

    /// Loads rows of a relation with `load`, and tries other paths if one of the functions that its rows call does not
    /// find a name. `known` is the path that its rows need, once found. In a transaction, the statement `back` undoes a
    /// failed attempt.
    pub fn load(
        &self,
        wire: &mut Wire,
        relation: &Relation,
        known: &OnceLock<String>,
        back: Option<&str>,
        mut load: impl FnMut(&mut Wire) -> Result<u64, LoadError>,
    ) -> Result<u64, LoadError> {
        if let Some(path) = known.get().map(String::as_str).or(self.always()) {
            return load_under(wire, path, None, &mut load);
        }
        let mut first = load(wire);
        if !is_wanted_by(&first) {
            return first;
        }
        let what = || format!("rows of {}", relation.label());
        let found = self.try_each(Some(&relation.schema), what, |path| {
            let again = load_under(wire, path, back, &mut load);
            if again.is_ok() {
                // Another session may have set it already.
                let _ = known.set(path.to_owned());
                return ControlFlow::Break(again);
            }
            if wire.is_broken() {
                return ControlFlow::Break(again);
            }
            // If this path found the names, the remaining error is about the rows: it is the better one to report.
            if !is_wanted_by(&again) {
                first = again;
            }
            ControlFlow::Continue(())
        });
        found.unwrap_or(first)
    }
}

fn load_under(
    wire: &mut Wire,
    path: &str,
    back: Option<&str>,
    load: &mut impl FnMut(&mut Wire) -> Result<u64, LoadError>,
) -> Result<u64, LoadError> {
    if let Some(back) = back {
        wire.execute(back)?;
    }
    wire.execute(&set(path, false))?;
    let loaded = load(wire);
    // A failed transaction accepts no statement, and its rollback restores the path.
    if !wire.is_broken() && (back.is_none() || loaded.is_ok()) {
        wire.execute(&set("", false))?;
    }
    loaded
}

/// Fails if the given path is not a list of names.
pub(super) fn check(
    options: &RestoreOptions,
    execute: impl FnOnce(&str) -> Result<(), ConnectError>,
) -> Result<(), RestoreError> {
    match &options.search_path {
        Some(path) => execute(&set(path, true)).map_err(doing("cannot use what --search-path says")),
        None => Ok(()),
    }
}

/// The statement that sets the path: until the transaction ends if `local`, else until the session ends.
pub(super) fn set(path: &str, local: bool) -> String {
    format!(
        "SELECT pg_catalog.set_config('search_path', {}, {local})",
        quote_literal(path)
    )
}

/// Whether rows were not stored because something does not find a name.
pub(super) fn is_wanted_by(loaded: &Result<u64, LoadError>) -> bool {
    matches!(loaded, Err(LoadError::Server(error)) if error.is_not_found())
}

/// Whether a statement was refused because something that it calls does not find a name.
pub(super) fn is_not_found_within(error: &ConnectError) -> bool {
    !error.is_fatal() && error.server().is_some_and(ErrorResponse::is_not_found_within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> SearchPaths {
        let source = Source {
            search_paths: vec!["app, public".to_owned(), "other".to_owned()],
            ..Source::default()
        };
        SearchPaths::new(&RestoreOptions::default(), &source, &Catalog::default())
    }

    #[test]
    fn paths_are_tried_until_one_ends_the_search() {
        let paths = paths();
        let mut tried = Vec::new();
        let found = paths.try_each(
            Some("s"),
            || "TABLE s.t".to_owned(),
            |path| {
                tried.push(path.to_owned());
                match path.starts_with("other") {
                    true => ControlFlow::Break(Ok::<_, ()>(7)),
                    false => ControlFlow::Continue(()),
                }
            },
        );
        assert_eq!(found, Some(Ok(7)));
        assert_eq!(tried.len(), 2, "{tried:?}");
        assert_eq!(paths.used(), [("TABLE s.t".to_owned(), tried[1].clone())]);
    }

    #[test]
    fn a_path_under_which_it_failed_is_not_told() {
        let paths = paths();
        let failed = paths.try_each(None, String::new, |_| ControlFlow::Break(Err::<(), _>("no")));
        assert_eq!(failed, Some(Err("no")));
        let mut tried = 0;
        let passed = paths.try_each(None, String::new, |_| {
            tried += 1;
            ControlFlow::<Result<(), ()>>::Continue(())
        });
        assert_eq!((passed, tried), (None, 3));
        assert!(paths.used().is_empty());
    }
}
