//! Drops and restores over one session.

use std::ops::ControlFlow;

use crate::archive::Archive;
use crate::connect::{ConnectError, Control, Wire};
use crate::job::Job;
use crate::model::entry::SequenceState;
use crate::model::{Catalog, Entry, Kind, Pass, Relation, Section};
use crate::plan::restore::select::{RestoreFilter, Selection};
use crate::restore::define::{drop, execute};
use crate::restore::error::{RestoreError, doing};
use crate::restore::failure::Failure;
use crate::restore::in_place::hold;
use crate::restore::load::copy::{self, Rows};
use crate::restore::load::error::LoadError;
use crate::restore::load::statements::CopyStatements;
use crate::restore::search_path::{self, SearchPaths};
use crate::restore::sequences;
use crate::version::Version;

/// What was put in place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replaced {
    pub entries: u64,
    pub rows: u64,
    /// What needed another `search_path` for a function: (what, the path).
    pub search_paths: Vec<(String, String)>,
}

/// The open transaction. When the session ends before the commit, the server rolls back.
pub(in crate::restore) struct Transaction<'a> {
    pub wire: &'a mut Wire,
    pub catalog: &'a Catalog,
    pub paths: &'a SearchPaths,
    pub selection: &'a Selection,
    pub job: &'a Job,
    pub replaced: Replaced,
}

const SAVE: &str = "SAVEPOINT pgark_step";
const RELEASE: &str = "RELEASE SAVEPOINT pgark_step";
const BACK: &str = "ROLLBACK TO SAVEPOINT pgark_step";

impl<'a> Transaction<'a> {
    /// Drops in reverse order of creation. What something else still needs is tried again in the next round.
    pub(super) fn drop_all(&mut self, old: &Catalog, watcher: &Control) -> Result<(), RestoreError> {
        let of_contents = |e: &&Entry| !matches!(e.kind, Kind::Database | Kind::DatabaseSettings);
        let mut left: Vec<&Entry> = old.entries.iter().rev().filter(of_contents).collect();
        loop {
            let before = left.len();
            let mut first_failure = None;
            let mut again = Vec::new();
            for entry in left {
                self.check_stop()?;
                let Some(sql) = drop::statement(entry, true) else {
                    continue;
                };
                let dropped = self.try_drop(sql);
                if let Err(error) = dropped.map_err(|error| hold::in_the_way(error, self.wire, watcher, hold::ANY))? {
                    first_failure.get_or_insert_with(|| Failure::of_entry(entry, Some(sql), &error));
                    again.push(entry);
                }
            }
            match first_failure {
                None => return Ok(()),
                Some(failure) if again.len() == before => {
                    return Err(RestoreError::Failed {
                        failure: Box::new(failure),
                    });
                }
                Some(_) => left = again,
            }
        }
    }

    /// The outer error means that the session is lost.
    fn try_drop(&mut self, sql: &str) -> Result<Result<(), ConnectError>, RestoreError> {
        match self.wire.pipeline(&[SAVE, sql, RELEASE]) {
            Ok(()) => Ok(Ok(())),
            Err((_, error)) if error.is_fatal() => Err(doing("cannot drop what is there")(error)),
            Err((_, error)) => {
                let back = self.wire.pipeline(&[BACK, RELEASE]);
                back.map_err(|(_, error)| doing("cannot drop what is there")(error))?;
                if drop::is_gone(&error) {
                    Ok(Ok(()))
                } else if hold::is_busy(&error) {
                    Err(doing("cannot lock what is there")(error))
                } else {
                    Ok(Err(error))
                }
            }
        }
    }

    /// `version` is the target's.
    pub(super) fn restore(&mut self, archive: &Archive, version: Version) -> Result<(), RestoreError> {
        self.define_all(Section::PreData, Pass::Main)?;
        self.load_all(archive, version)?;
        self.define_all(Section::PostData, Pass::Main)?;
        self.set_sequences(archive.sequences())?;
        for entry in self.chosen(|_| true) {
            let statements = execute::privilege_statements(&entry.privileges, "RESET ROLE");
            self.run(entry, statements.iter().map(String::as_str))?;
        }
        for section in [Section::PreData, Section::PostData] {
            self.define_all(section, Pass::Last)?;
        }
        Ok(())
    }

    /// The selected entries in the order of the archive, in which they can be created.
    fn chosen(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<&'a Entry> {
        let (catalog, selection) = (self.catalog, self.selection);
        let entries = selection.entries.keys().filter_map(|id| catalog.entry(*id));
        entries.filter(|entry| wanted(entry)).collect()
    }

    fn define_all(&mut self, section: Section, pass: Pass) -> Result<(), RestoreError> {
        let is_event_trigger = |e: &Entry| e.kind == Kind::EventTrigger;
        let here = |e: &Entry| e.section == section && e.pass == pass;
        // An event trigger would fire for the entries after it.
        let first = self.chosen(|e| here(e) && !is_event_trigger(e));
        let last = self.chosen(|e| here(e) && is_event_trigger(e));
        for entry in first.into_iter().chain(last) {
            self.run(entry, execute::each_statement(entry))?;
            self.replaced.entries += 1;
        }
        Ok(())
    }

    fn run<'s>(&mut self, entry: &Entry, statements: impl Iterator<Item = &'s str>) -> Result<(), RestoreError> {
        for sql in statements {
            self.check_stop()?;
            self.tried(sql, Some(entry))?.map_err(|error| {
                let shown = (!entry.secret).then_some(sql);
                let error = if entry.secret { error.without_text() } else { error };
                RestoreError::Failed {
                    failure: Box::new(Failure::of_entry(entry, shown, &error)),
                }
            })?;
        }
        Ok(())
    }

    /// Executes a statement, and tries other `search_path`s if something that it calls does not find a name. The outer
    /// error means that the session is lost.
    pub(super) fn tried(&mut self, sql: &str, entry: Option<&Entry>) -> Result<Result<(), ConnectError>, RestoreError> {
        let first = match self.wire.pipeline(&[SAVE, sql, RELEASE]) {
            Ok(()) => return Ok(Ok(())),
            Err((_, error)) => error,
        };
        if !search_path::is_not_found_within(&first) {
            return Ok(Err(first));
        }
        let schema = entry.and_then(|entry| entry.schema.as_deref());
        let what = || entry.map_or_else(|| sql.to_owned(), Entry::label);
        let paths = self.paths;
        let found = paths.try_each(schema, what, |path| {
            let (set, reset) = (search_path::set(path, true), search_path::set("", true));
            match self.wire.pipeline(&[BACK, &set, sql, &reset, RELEASE]) {
                Ok(()) => ControlFlow::Break(Ok(())),
                Err((_, error)) if error.is_fatal() => {
                    ControlFlow::Break(Err(doing("cannot restore what needs a search_path")(error)))
                }
                Err(_) => ControlFlow::Continue(()),
            }
        });
        found.transpose().map(|found| found.ok_or(first))
    }

    /// Loads rows, and tries other `search_path`s if a function that they need does not find a name.
    fn load(
        &mut self,
        archive: &Archive,
        relation: &Relation,
        rows: &Rows,
        statements: &CopyStatements,
    ) -> Result<u64, LoadError> {
        let progress = &self.job.progress;
        let load = |wire: &mut Wire| copy::load(wire, Some(archive), rows, statements, progress);
        self.wire.execute(SAVE)?;
        let stored = self
            .paths
            .load(self.wire, relation, &statements.path, Some(BACK), load)?;
        self.wire.execute(RELEASE)?;
        Ok(stored)
    }

    fn load_all(&mut self, archive: &Archive, version: Version) -> Result<(), RestoreError> {
        let total = archive.manifest().raw_bytes;
        self.job.progress.set_total(total);
        for id in &self.selection.relations {
            let Some(relation) = self.catalog.relation(*id) else {
                continue;
            };
            self.check_stop()?;
            let Some(rows) = Rows::all(archive, *id) else { continue };
            let statements = CopyStatements::onto(relation, archive.source(), self.wire, version, false);
            let loaded = self.load(archive, relation, &rows, &statements);
            self.replaced.rows += loaded.map_err(|error| RestoreError::Failed {
                failure: Box::new(Failure::of_rows(relation, error.to_string(), error.server())),
            })?;
        }
        Ok(())
    }

    fn set_sequences(&mut self, states: &[SequenceState]) -> Result<(), RestoreError> {
        let everything = RestoreFilter::default();
        for state in states.iter().filter(|state| self.selection.sets(state, &everything)) {
            sequences::set(self.wire, state).map_err(|error| RestoreError::Failed {
                failure: Box::new(Failure::of_position(state, &error)),
            })?;
        }
        Ok(())
    }

    fn check_stop(&self) -> Result<(), RestoreError> {
        match self.job.stop.by_user() {
            true => Err(RestoreError::Interrupted),
            false => Ok(()),
        }
    }
}
