//! Replaces what is in a database by what is in an archive, in one transaction over one session.
//!
//! For targets where no database can be made beside it. Slower than a restore over several sessions, and readers of the
//! objects wait for its end; in return whoever reads sees either the old content or the new, and any failure, also
//! that of this process, leaves the old.

use crate::archive::Archive;
use crate::connect::{ConnectError, Interrupt, Params, Wire};
use crate::model::entry::SequenceState;
use crate::model::{Catalog, Entry, Kind, Pass, Section, ident};
use crate::plan::limits;
use crate::plan::restore::{RestoreFilter, Selection, select};
use crate::progress::Progress;
use crate::restore::error::{Failure, RestoreError};
use crate::restore::input::Input;
use crate::restore::load::{self, Rows};
use crate::restore::statements::Statements;
use crate::restore::{RestoreOptions, UNTYPED, define, doing, head, open, setval};

/// What was put in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    pub entries: u64,
    pub rows: u64,
}

/// Drops what `old`, a fresh archive of the database, says is there, and restores `new`.
///
/// # Errors
/// Anything that the server refuses ends it, and nothing was changed.
pub fn replace(
    params: &Params,
    old: &Archive,
    new: &std::sync::Arc<Archive>,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Replaced, RestoreError> {
    let options = RestoreOptions {
        jobs: 1,
        ..RestoreOptions::default()
    };
    let (source, mut catalog) = head(&mut Input::File(std::sync::Arc::clone(new)), &options)?;
    let encoding = if source.encoding == UNTYPED { UNTYPED } else { "UTF8" };
    // Only a session knows the version, and which settings it has.
    let version = crate::connect::Control::connect(params)
        .map_err(|cause| RestoreError::Connect {
            server: params.describe(),
            source: cause,
        })?
        .server_version();
    let (mut wire, _) = open(&params.with_client_encoding(encoding), version, &options)?;
    interrupt.watch(wire.canceller());
    let mut selection = select(&catalog, &RestoreFilter::default())?;
    limits::fit(&catalog, &mut selection, version).apply(&mut catalog);
    let mut place = Place {
        wire: &mut wire,
        catalog: &catalog,
        selection: &selection,
        interrupt,
        progress,
        replaced: Replaced::default(),
    };
    place.begin()?;
    progress.stage("dropping what is there");
    place.drop_all(old.catalog())?;
    progress.stage("restoring in place");
    place.restore(new, &source.encoding)?;
    let replaced = place.replaced;
    if interrupt.by_user() {
        return Err(RestoreError::Interrupted);
    }
    progress.stage("analyzing");
    wire.execute("ANALYZE")
        .map_err(doing("cannot analyze what was restored"))?;
    progress.stage("committing");
    wire.execute("COMMIT")
        .map_err(doing("cannot commit what was restored"))?;
    Ok(replaced)
}

/// The open transaction. When the session ends before the commit, the server rolls back.
struct Place<'a> {
    wire: &'a mut Wire,
    catalog: &'a Catalog,
    selection: &'a Selection,
    interrupt: &'a Interrupt,
    progress: &'a Progress,
    replaced: Replaced,
}

const SAVE: &str = "SAVEPOINT pgark_drop";
const RELEASE: &str = "RELEASE SAVEPOINT pgark_drop";
const BACK: &str = "ROLLBACK TO SAVEPOINT pgark_drop";

impl<'a> Place<'a> {
    fn begin(&mut self) -> Result<(), RestoreError> {
        self.wire
            .execute("BEGIN")
            .map_err(doing("cannot begin the transaction"))?;
        // Whoever rolls back wants it to be there after a crash.
        self.wire
            .execute("SET LOCAL synchronous_commit = on")
            .map_err(doing("cannot set up the transaction"))
    }

    /// Last made, first dropped; what something else still needs comes again in the next round.
    fn drop_all(&mut self, old: &Catalog) -> Result<(), RestoreError> {
        let of_contents = |e: &&Entry| !matches!(e.kind, Kind::Database | Kind::DatabaseSettings);
        let mut left: Vec<&Entry> = old.entries.iter().rev().filter(of_contents).collect();
        loop {
            let before = left.len();
            let mut first_failure = None;
            let mut again = Vec::new();
            for entry in left {
                self.check_interrupt()?;
                let Some(drop) = &entry.drop else { continue };
                if let Err(error) = self.try_drop(&drop.if_exists)? {
                    first_failure.get_or_insert_with(|| Failure::of_entry(entry, Some(&drop.if_exists), &error));
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

    /// The outer error is that of the session.
    fn try_drop(&mut self, sql: &str) -> Result<Result<(), ConnectError>, RestoreError> {
        // No form of ALTER COLUMN allows for a column that is not there.
        const UNDEFINED_COLUMN: &str = "42703";
        match self.wire.pipeline(&[SAVE, sql, RELEASE]) {
            Ok(()) => Ok(Ok(())),
            Err((_, error)) if error.is_fatal() => Err(doing("cannot drop what is there")(error)),
            Err((_, error)) => {
                let back = self.wire.pipeline(&[BACK, RELEASE]);
                back.map_err(|(_, error)| doing("cannot drop what is there")(error))?;
                match error.sqlstate() {
                    Some(UNDEFINED_COLUMN) => Ok(Ok(())),
                    _ => Ok(Err(error)),
                }
            }
        }
    }

    fn restore(&mut self, archive: &Archive, encoding: &str) -> Result<(), RestoreError> {
        self.define_all(Section::PreData, Pass::Main)?;
        self.load_all(archive, encoding)?;
        self.define_all(Section::PostData, Pass::Main)?;
        self.set_sequences(archive.sequences())?;
        for entry in self.chosen(|_| true) {
            let statements = define::privilege_statements(&entry.privileges, "RESET ROLE");
            self.run(entry, &statements)?;
        }
        for section in [Section::PreData, Section::PostData] {
            self.define_all(section, Pass::Last)?;
        }
        Ok(())
    }

    /// Entries that are restored, in the order of the archive, which is one in which they can be made.
    fn chosen(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<&'a Entry> {
        let (catalog, selection) = (self.catalog, self.selection);
        let entries = selection.entries.keys().filter_map(|id| catalog.entry(*id));
        entries.filter(|entry| wanted(entry)).collect()
    }

    fn define_all(&mut self, section: Section, pass: Pass) -> Result<(), RestoreError> {
        let is_event_trigger = |e: &Entry| e.kind == Kind::EventTrigger;
        let here = |e: &Entry| e.section == section && e.pass == pass;
        // Event triggers would fire for what comes after them.
        let first = self.chosen(|e| here(e) && !is_event_trigger(e));
        let last = self.chosen(|e| here(e) && is_event_trigger(e));
        for entry in first.into_iter().chain(last) {
            let owner = entry.owner.iter().flat_map(|owner| owner.statements());
            let remarks = entry.comments.iter().chain(&entry.security_labels);
            let statements: Vec<String> = entry.create.iter().chain(owner).chain(remarks).cloned().collect();
            self.run(entry, &statements)?;
            self.replaced.entries += 1;
        }
        Ok(())
    }

    fn run(&mut self, entry: &Entry, statements: &[String]) -> Result<(), RestoreError> {
        for sql in statements {
            self.check_interrupt()?;
            self.wire.pipeline(&[sql.as_str()]).map_err(|(_, error)| {
                let shown = (!entry.secret).then_some(sql.as_str());
                let error = if entry.secret { error.without_text() } else { error };
                RestoreError::Failed {
                    failure: Box::new(Failure::of_entry(entry, shown, &error)),
                }
            })?;
        }
        Ok(())
    }

    fn load_all(&mut self, archive: &Archive, encoding: &str) -> Result<(), RestoreError> {
        let total = archive.manifest().raw_bytes;
        self.progress.set_total(total);
        for id in &self.selection.relations {
            let Some(relation) = self.catalog.relation(*id) else {
                continue;
            };
            self.check_interrupt()?;
            let chunks = archive
                .manifest()
                .relation(*id)
                .map(|r| r.chunks.clone())
                .unwrap_or_default();
            if chunks.is_empty() {
                continue;
            }
            // The database is the one that the rows came from, or of its version: binary values fit where types do.
            let statements = Statements::new(relation, encoding, false, |_| true);
            let rows = Rows::Run(chunks);
            let loaded = load::load(self.wire, Some(archive), rows, &statements, self.progress);
            self.replaced.rows += loaded.map_err(|error| RestoreError::Failed {
                failure: Box::new(Failure::of_rows(&relation.label(), error.to_string(), error.server())),
            })?;
        }
        Ok(())
    }

    fn set_sequences(&mut self, states: &[SequenceState]) -> Result<(), RestoreError> {
        let wanted = states.iter().filter(|s| self.selection.entries.contains_key(&s.entry));
        let calls: Vec<(String, String)> = wanted
            .map(|state| (ident::qualified(&state.schema, &state.name), setval(state)))
            .collect();
        for (name, sql) in calls {
            self.wire.execute(&sql).map_err(|error| RestoreError::Failed {
                failure: Box::new(Failure::of_rows(&name, error.to_string(), error.server().cloned())),
            })?;
        }
        Ok(())
    }

    fn check_interrupt(&self) -> Result<(), RestoreError> {
        match self.interrupt.by_user() {
            true => Err(RestoreError::Interrupted),
            false => Ok(()),
        }
    }
}
