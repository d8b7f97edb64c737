//! Runs the phases of one restore.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::connect::{ConnectError, Control, Wire};
use crate::job::Job;
use crate::model::entry::{EntryId, SequenceState};
use crate::model::ident;
use crate::model::{Catalog, Entry, Kind, Relation, RelationId, Source};
use crate::plan::restore::select::Selection;
use crate::plan::restore::steps;
use crate::restore::check::target;
use crate::restore::define::drop;
use crate::restore::define::execute::{self, Definition};
use crate::restore::error::{RestoreError, doing};
use crate::restore::failure::{Failure, Part, Subject};
use crate::restore::load::damaged;
use crate::restore::load::input::Input;
use crate::restore::load::statements::CopyStatements;
use crate::restore::options::RestoreOptions;
use crate::restore::record::alone;
use crate::restore::record::journal::{Done, Journal};
use crate::restore::refused::{Lesser, Refused};
use crate::restore::report::RestoreReport;
use crate::restore::run::account::Account;
use crate::restore::run::analyze;
use crate::restore::run::crew::{Crew, Setting};
use crate::restore::run::feed::{Wanted, feed};
use crate::restore::run::state::Fatal;
use crate::restore::search_path::SearchPaths;
use crate::restore::sequences;
use crate::restore::session::session_of;
use crate::version::Version;

/// One restore while it runs.
pub(super) struct Restore<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) source: &'a Source,
    pub(super) options: &'a RestoreOptions,
    pub(super) job: &'a Job,
    /// Records what is done, in the transaction that does it.
    pub(super) journal: Option<&'a Journal>,
    /// What earlier runs have done.
    pub(super) done: &'a Done,
    pub(super) paths: &'a SearchPaths,
    pub(super) report: RestoreReport,
    pub(super) account: Account,
}

impl Restore<'_> {
    /// Runs every phase; what could not be restored goes to the report.
    pub(super) fn run(
        &mut self,
        control: &Control,
        input: Input,
        selection: &Selection,
        weights: &HashMap<RelationId, u64>,
    ) -> Result<(), RestoreError> {
        let steps = steps::build(self.catalog, selection, weights);
        self.find_damage(&input, selection)?;
        let mut wires = self.open_sessions(control)?;
        self.job.progress.set_total(
            weights
                .iter()
                .filter(|(r, _)| selection.relations.contains(r))
                .map(|(_, w)| w)
                .sum(),
        );
        if self.options.clean && !self.options.create && !self.done.cleaned {
            self.job.progress.stage("dropping old objects");
            self.drop_old(&mut wires[0], selection)?;
            if let Some(journal) = self.journal {
                let failed = doing("cannot record what was dropped");
                wires[0].execute(&journal.cleaned()).map_err(failed)?;
            }
        }
        self.complete_done(&mut wires[0], selection)?;
        self.job.progress.stage("creating objects");
        self.define_in_order(&mut wires[0], &steps.before)?;
        let keyed = match self.options.disable_triggers {
            true => HashSet::new(),
            false => target::tables_with_foreign_keys(&mut wires[0]).map_err(doing("cannot read the target's keys"))?,
        };
        let unlogged = target::unlogged_tables(&mut wires[0]).map_err(doing("cannot read the target's tables"))?;
        let statements = self.copy_statements(selection, &wires[0], control.server_version(), &unlogged);
        let archive = input.archive();
        let setting = Setting {
            catalog: self.catalog,
            archive: archive.as_deref(),
            statements: &statements,
            journal: self.journal,
            done: self.done,
            paths: self.paths,
            job: self.job,
        };
        let emptied = self.emptied(selection, &unlogged);
        let crew = Crew::new(setting, steps.after, std::mem::take(&mut self.account), emptied);
        let jobs = wires.len();
        let wanted = Wanted {
            selection,
            done: self.done,
            damaged: &self.report.damaged,
        };
        let sequences = run_sessions(&crew, &mut wires, || feed(input, &crew, &wanted, &keyed, jobs))?;
        let fatal = self.take_back(crew);
        // A damaged archive is the cause of the missing rows, so its error is reported first.
        let sequences = sequences?;
        self.stop_if(fatal)?;
        self.count_relations(selection);
        self.give_large_objects(&mut wires[0], selection)?;
        self.job.progress.stage("setting sequences");
        self.set_sequences(&mut wires[0], selection, &sequences)?;
        self.job.progress.stage("setting privileges");
        for &id in &steps.privileges {
            self.grant(&mut wires[0], id)?;
        }
        self.job.progress.stage("finishing");
        let crew = Crew::new(setting, steps.last, std::mem::take(&mut self.account), Vec::new());
        run_sessions(&crew, &mut wires, || crew.end_input(""))?;
        let fatal = self.take_back(crew);
        self.stop_if(fatal)?;
        self.define_in_order(&mut wires[0], &steps.at_end)?;
        if self.options.analyze {
            self.analyze(&mut wires, control.server_version(), selection, weights)?;
        }
        self.report.search_paths = self.paths.used();
        self.report.raw_bytes = self.job.progress.raw_bytes.load(std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }

    /// Gathers fresh statistics of what was restored; failures are listed like any other.
    fn analyze(
        &mut self,
        wires: &mut [Wire],
        version: Version,
        selection: &Selection,
        weights: &HashMap<RelationId, u64>,
    ) -> Result<(), RestoreError> {
        self.job.progress.stage("analyzing");
        let is_lost = |id| self.account.is_lost(id);
        let statements = crate::plan::restore::analyze::statements(self.catalog, selection, version, weights, is_lost);
        let refused = analyze::all(wires, &statements, self.paths, self.job)?;
        for (sql, error) in refused {
            self.note(Failure::of_analyze(sql, &error), error)?;
        }
        Ok(())
    }

    fn find_damage(&mut self, input: &Input, selection: &Selection) -> Result<(), RestoreError> {
        if !self.options.skip_damaged {
            return Ok(());
        }
        let archive = input.archive().ok_or(RestoreError::DamageInPipe)?;
        let relations = &selection.relations;
        self.report.damaged = damaged::find(&archive, relations, self.done, self.options.jobs, self.job)?;
        Ok(())
    }

    /// Opens as many sessions as are wanted, or fewer if the server has no more connections.
    fn open_sessions(&mut self, control: &Control) -> Result<Vec<Wire>, RestoreError> {
        let wanted = self.options.jobs.max(1);
        let mut wires = Vec::with_capacity(wanted);
        for had in 0..wanted {
            let mut wire = match session_of(control, self.source, self.options) {
                Err(error) if had > 0 && lacks_connections(&error) => {
                    let why = crate::model::causes::chain(&error);
                    self.report.warnings.push(format!(
                        "restored over {had} connections in place of {wanted}, because there were no more: {why}"
                    ));
                    break;
                }
                opened => opened?,
            };
            if let Some(journal) = self.journal {
                alone::join(&mut wire, journal.key).map_err(doing("cannot set up the session"))?;
            }
            self.job.stop.watch(wire.canceller());
            wires.push(wire);
        }
        Ok(wires)
    }

    /// Drops in reverse order, so that nothing is dropped before what depends on it.
    fn drop_old(&mut self, wire: &mut Wire, selection: &Selection) -> Result<(), RestoreError> {
        // An earlier run may have dropped some of it.
        let if_exists = self.options.if_exists || self.options.resume;
        for &id in selection.entries.keys().rev() {
            let Some(entry) = self.catalog.entry(id) else { continue };
            let Some(sql) = drop::statement(entry, if_exists) else {
                continue;
            };
            self.check_stop()?;
            // Text of an archive is sent only where the server admits just one statement.
            if let Err((_, error)) = wire.pipeline(&[sql]) {
                if if_exists && drop::is_gone(&error) {
                    continue;
                }
                let failure = Failure::of_entry(entry, Some(sql), &error);
                self.note(failure, error)?;
            }
        }
        Ok(())
    }

    fn define_in_order(&mut self, wire: &mut Wire, ids: &[EntryId]) -> Result<(), RestoreError> {
        let catalog = self.catalog;
        let new = ids.iter().filter(|id| self.done.entry(**id).is_none());
        let entries: Vec<&Entry> = new.filter_map(|id| catalog.entry(*id)).collect();
        let most = execute::at_once(self.options.exit_on_error);
        let mut left = &entries[..];
        while let Some((entry, rest)) = left.split_first() {
            self.check_stop()?;
            if let Some(because) = self.account.cause_of_needs(entry) {
                let because = because.clone();
                self.account.skip(Subject::entry(entry), because);
                left = rest;
                continue;
            }
            let ready = left
                .iter()
                .take(most)
                .take_while(|e| self.account.cause_of_needs(e).is_none());
            let ready: Vec<Definition> = ready
                .map(|entry| Definition {
                    journal: self.journal,
                    paths: Some(self.paths),
                    ..Definition::plain(entry)
                })
                .collect();
            let results = execute::define(wire, &ready);
            left = left.get(results.len().max(1)..).unwrap_or_default();
            for (definition, result) in ready.iter().zip(results) {
                self.defined(definition.entry, result)?;
            }
        }
        Ok(())
    }

    fn defined(&mut self, entry: &Entry, result: Result<Vec<Lesser>, Refused>) -> Result<(), RestoreError> {
        match result {
            Ok(lesser) => {
                self.account.entries += 1;
                self.note_lesser(entry, lesser)?;
            }
            Err(refused) => {
                self.account.lose(entry);
                let statement = refused.statement.as_deref();
                let failure = Failure::of_entry(entry, statement, &refused.error);
                self.note(failure, refused.error)?;
            }
        }
        Ok(())
    }

    fn note_lesser(&mut self, entry: &Entry, lesser: Vec<Lesser>) -> Result<(), RestoreError> {
        for lesser in lesser {
            self.note(Failure::of_lesser(entry, &lesser), lesser.into_error())?;
        }
        Ok(())
    }

    fn count_relations(&mut self, selection: &Selection) {
        let selected = |id: &&RelationId| self.catalog.relation(**id).is_some_and(|r| !r.large_objects);
        self.report.relations = selection.relations.iter().filter(selected).count() as u64;
        let made = selection.large_objects.iter().filter(|id| !self.account.is_lost(**id));
        let made = made.filter_map(|id| self.catalog.entry(*id));
        self.report.large_objects = made.map(|e| e.large_objects.len() as u64).sum();
    }

    fn give_large_objects(&mut self, wire: &mut Wire, selection: &Selection) -> Result<(), RestoreError> {
        for id in &selection.large_objects {
            let Some(entry) = self.catalog.entry(*id) else { continue };
            self.check_stop()?;
            if self.account.is_lost(*id) {
                continue;
            }
            if let Err(refused) = execute::set_owner(wire, entry) {
                let lesser = Lesser::Owner(refused);
                self.note(Failure::of_lesser(entry, &lesser), lesser.into_error())?;
            }
        }
        Ok(())
    }

    fn grant(&mut self, wire: &mut Wire, id: EntryId) -> Result<(), RestoreError> {
        let Some(entry) = self.catalog.entry(id) else {
            return Ok(());
        };
        self.check_stop()?;
        if self.account.is_lost(id) {
            return Ok(());
        }
        if let Err(refused) = execute::grant(wire, &entry.privileges, self.options.role.as_deref()) {
            let statement = refused.statement.as_deref();
            let failure = Failure::of_part(entry, Part::Privileges, statement, &refused.error);
            self.note(failure, refused.error)?;
        }
        Ok(())
    }

    fn set_sequences(
        &mut self,
        wire: &mut Wire,
        selection: &Selection,
        states: &[SequenceState],
    ) -> Result<(), RestoreError> {
        let wanted = states
            .iter()
            .filter(|s| !self.account.is_lost(s.entry) && selection.sets(s, &self.options.filter));
        let wanted: Vec<&SequenceState> = wanted.collect();
        for state in wanted {
            self.check_stop()?;
            if let Err(error) = sequences::set(wire, state) {
                self.note(Failure::of_position(state, &error), error)?;
            }
        }
        Ok(())
    }

    /// Unlogged tables that a crash of the server has emptied, but whose rows cannot simply be loaded again, each with
    /// the cause.
    fn emptied(&self, selection: &Selection, unlogged: &HashSet<String>) -> Vec<(RelationId, String)> {
        if !self.done.crashed {
            return Vec::new();
        }
        let done = self.catalog.entries.iter().filter(|e| self.done.entry(e.id).is_some());
        let reacts = done.filter(|e| matches!(e.kind, Kind::Trigger | Kind::ForeignKey));
        let reacting: HashSet<EntryId> = reacts.filter_map(|e| e.parent).collect();
        let relations = selection.relations.iter().filter_map(|id| self.catalog.relation(*id));
        let cause = |relation: &Relation| {
            let root = relation.load_via_root.as_ref();
            let (schema, name) = root.map_or((&relation.schema, &relation.name), |(schema, name)| (schema, name));
            if !unlogged.contains(&ident::qualified(schema, name)) {
                return None;
            }
            let why = if root.is_some() {
                "some of its partitions, which are unlogged"
            } else if relation.entry.is_some_and(|entry| reacting.contains(&entry)) {
                "it, for it is unlogged, when it had its triggers or foreign keys already"
            } else {
                return None;
            };
            Some(format!("a crash of the server has emptied {why}: restore it by itself"))
        };
        relations
            .filter_map(|relation| Some((relation.id, cause(relation)?)))
            .collect()
    }

    /// Repeats the last steps (extras and owner) for entries that an earlier run has made.
    fn complete_done(&mut self, wire: &mut Wire, selection: &Selection) -> Result<(), RestoreError> {
        let done = self.done;
        let entries = selection
            .entries
            .keys()
            .filter_map(|id| Some((self.catalog.entry(*id)?, done.entry(*id)?)));
        for (entry, extent) in entries {
            self.check_stop()?;
            self.report.resumed.entries += 1;
            match execute::complete(wire, entry, extent) {
                Ok(lesser) => self.note_lesser(entry, lesser)?,
                Err(refused) => self.note(Failure::of_entry(entry, None, &refused.error), refused.error)?,
            }
        }
        let relations = selection
            .relations
            .iter()
            .filter(|id| self.catalog.relation(**id).is_some_and(|r| !r.large_objects));
        self.report.resumed.rows = relations
            .filter_map(|id| done.stored(*id))
            .map(|stored| stored.rows)
            .sum();
        Ok(())
    }

    fn copy_statements(
        &self,
        selection: &Selection,
        wire: &Wire,
        version: Version,
        unlogged: &HashSet<String>,
    ) -> BTreeMap<RelationId, CopyStatements> {
        let attachments = self.catalog.entries.iter().filter(|e| e.kind == Kind::TableAttach);
        let attachments: HashMap<EntryId, &Entry> = attachments.filter_map(|e| Some((e.parent?, e))).collect();
        selection
            .relations
            .iter()
            .filter_map(|id| self.catalog.relation(*id))
            .map(|relation| {
                let maker = self.catalog.made_by(relation);
                let fresh = relation.filter.is_none()
                    && maker.is_some_and(|entry| selection.entries.contains_key(&entry))
                    && self.done.stored(relation.id).is_none();
                let mut relation = relation.clone();
                if relation.load_via_root.is_some() && self.is_detached(&relation, &attachments) {
                    relation.load_via_root = None;
                }
                let mut statements = CopyStatements::onto(&relation, self.source, wire, version, fresh);
                let record = |journal: &Journal| journal.rows(relation.id, unlogged.contains(statements.table()));
                statements.record = self.journal.map(record);
                (relation.id, statements)
            })
            .collect()
    }

    /// Whether a partition's attachment to its root was lost. Its rows then go into the partition itself.
    fn is_detached(&self, relation: &Relation, attachments: &HashMap<EntryId, &Entry>) -> bool {
        let mut next = relation.entry;
        // No way up has more steps than there are attachments; the bound also ends a circle in a damaged archive.
        for _ in 0..attachments.len() {
            let Some(attach) = next.and_then(|partition| attachments.get(&partition)) else {
                return false;
            };
            if self.account.is_lost(attach.id) {
                return true;
            }
            let is_table = |id: EntryId| self.catalog.entry(id).is_some_and(|e| e.kind == Kind::Table);
            let mut needed = attach.depends_on.iter().copied();
            next = needed.find(|id| is_table(*id) && Some(*id) != attach.parent);
        }
        false
    }

    /// Takes the account back from the crew, and returns the error that ended its work.
    fn take_back(&mut self, crew: Crew<'_>) -> Option<Fatal> {
        let (account, fatal) = crew.into_account();
        self.account = account;
        fatal
    }

    /// Ends the restore if the crew's work ended with an error, or with a failure that is to stop it.
    fn stop_if(&self, fatal: Option<Fatal>) -> Result<(), RestoreError> {
        if self.options.exit_on_error
            && let Some(failure) = self.account.failures.first()
        {
            return Err(RestoreError::Failed {
                failure: Box::new(failure.clone()),
            });
        }
        match fatal {
            Some(Fatal { doing, source }) => Err(RestoreError::Server { doing, source }),
            None => Ok(()),
        }
    }

    /// Lists a failure, or ends the restore with it.
    fn note(&mut self, failure: Failure, error: ConnectError) -> Result<(), RestoreError> {
        self.check_stop()?;
        self.account.note(failure, error)
    }

    fn check_stop(&self) -> Result<(), RestoreError> {
        if self.job.stop.by_user() {
            Err(RestoreError::Interrupted)
        } else {
            Ok(())
        }
    }
}

/// Runs a crew over all sessions while `feed` runs on this thread.
fn run_sessions<T>(crew: &Crew<'_>, wires: &mut [Wire], feed: impl FnOnce() -> T) -> Result<T, RestoreError> {
    std::thread::scope(|scope| {
        for (number, wire) in wires.iter_mut().enumerate() {
            let started = std::thread::Builder::new()
                .name(format!("restore-{}", number + 1))
                .spawn_scoped(scope, move || crew.work(wire));
            if let Err(source) = started {
                crew.stop();
                return Err(RestoreError::Thread {
                    what: "a session",
                    source,
                });
            }
        }
        Ok(feed())
    })
}

fn lacks_connections(error: &RestoreError) -> bool {
    matches!(error, RestoreError::Connect { source, .. } if source.lacks_connections())
}
