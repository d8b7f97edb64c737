//! The `search_path` of functions that name other objects without their schemas.
//!
//! Definitions name everything in full and are executed under an empty path. What they call need not: a generated
//! column, an index or a check may call a function whose body finds its own helpers by the path of the applications.
//! What the server refuses because such a body does not find a name is tried again with the paths that the source had,
//! and said in the report. Only that statement or those rows are: nothing else of the restore sees a schema that others
//! may write to.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::connect::{ConnectError, ServerError, Wire};
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::search_path::{self, DEFAULT};
use crate::model::{Catalog, Source};
use crate::restore::error::{RestoreError, doing};
use crate::restore::load::error::LoadError;
use crate::restore::options::RestoreOptions;

/// What the restore knows of paths, and where it used one.
#[derive(Debug, Default)]
pub struct SearchPaths {
    /// For all definitions and rows, from the beginning.
    always: Option<String>,
    /// Those of the source, in the order in which they are tried.
    later: Vec<String>,
    /// What was made with which path.
    used: Mutex<BTreeMap<String, String>>,
}

impl SearchPaths {
    pub fn new(options: &RestoreOptions, source: &Source, catalog: &Catalog) -> Self {
        let mut later = source.search_paths.clone();
        // Archives that do not say it may have the database's settings.
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

    /// What to try for an object of this schema: the paths as they were, then with the schema before the first of them.
    pub fn candidates(&self, schema: Option<&str>) -> Vec<String> {
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

    pub fn note(&self, what: String, path: &str) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(what, path.to_owned());
    }

    /// What was made with a path that nobody gave, with the path.
    pub fn used(&self) -> Vec<(String, String)> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.iter().map(|(what, path)| (what.clone(), path.clone())).collect()
    }

    /// Loads rows with `load`; under other paths where the server does not find a name that one of its functions uses.
    /// `known` is a path that rows of the same table needed; the path that was needed is returned with the rows.
    pub fn load(
        &self,
        wire: &mut Wire,
        schema: &str,
        known: Option<&str>,
        mut load: impl FnMut(&mut Wire) -> Result<u64, LoadError>,
    ) -> (Result<u64, LoadError>, Option<String>) {
        if let Some(path) = known.or(self.always()) {
            return (load_under(wire, path, &mut load), None);
        }
        let mut first = load(wire);
        if !is_wanted_by(&first) {
            return (first, None);
        }
        for path in self.candidates(Some(schema)) {
            let again = load_under(wire, &path, &mut load);
            if again.is_ok() {
                return (again, Some(path));
            }
            if wire.is_broken() {
                return (again, None);
            }
            // What the path has mended gives way to what is wrong with the rows.
            if !is_wanted_by(&again) {
                first = again;
            }
        }
        (first, None)
    }
}

fn load_under(
    wire: &mut Wire,
    path: &str,
    load: &mut impl FnMut(&mut Wire) -> Result<u64, LoadError>,
) -> Result<u64, LoadError> {
    wire.execute(&set(path, false))?;
    let loaded = load(wire);
    if !wire.is_broken() {
        wire.execute(&set("", false))?;
    }
    loaded
}

/// Fails where the path that was given is no list of names.
pub fn check(
    options: &RestoreOptions,
    execute: impl FnOnce(&str) -> Result<(), ConnectError>,
) -> Result<(), RestoreError> {
    match &options.search_path {
        Some(path) => execute(&set(path, true)).map_err(doing("cannot use what --search-path says")),
        None => Ok(()),
    }
}

/// The statement that sets it, until the transaction ends or for good.
pub fn set(path: &str, local: bool) -> String {
    format!(
        "SELECT pg_catalog.set_config('search_path', {}, {local})",
        quote_literal(path)
    )
}

/// Rows that were not stored because something does not find a name.
pub fn is_wanted_by(loaded: &Result<u64, LoadError>) -> bool {
    matches!(loaded, Err(LoadError::Server(error)) if error.is_not_found())
}

/// A statement was refused because something that it calls does not find a name.
pub fn is_not_found_within(error: &ConnectError) -> bool {
    !error.is_fatal() && error.server().is_some_and(ServerError::is_not_found_within)
}
