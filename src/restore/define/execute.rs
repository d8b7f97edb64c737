//! Executes entries: the statements of each go with its record in one transaction, one statement per message.
//!
//! A primary key is added as the archive has it. Building its index first (`CREATE UNIQUE INDEX`, then `ADD CONSTRAINT
//! .. USING INDEX`) would let other indexes of the table be built at the same time, which helps only where more sessions
//! are free than other tables keep busy, and would need a second form of the definition in the archive.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::connect::{ConnectError, Wire};
use crate::model::entry::{Entry, Owner, Privilege};
use crate::model::ident;
use crate::model::kind::Kind;
use crate::restore::record::journal::{Extent, Journal};
use crate::restore::refused::{Lesser, Refused};
use crate::restore::search_path::{self, SearchPaths};

/// One entry to execute.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    /// The entry as the target's version takes it.
    pub entry: &'a Entry,
    /// The check of a foreign key should read both tables from front to end.
    pub whole_scan: bool,
    /// Records, in the same transaction, that the entry was created.
    pub journal: Option<&'a Journal>,
    /// Paths to try when a function that the definition calls does not find a name.
    pub paths: Option<&'a SearchPaths>,
}

impl<'a> Definition<'a> {
    /// An entry that is neither recorded nor tried under other paths.
    pub fn plain(entry: &'a Entry) -> Self {
        Self {
            entry,
            whole_scan: false,
            journal: None,
            paths: None,
        }
    }
}

/// How many entries at most are sent at once. It is one where nothing may happen after the first failure.
pub(crate) fn at_once(exit_on_error: bool) -> usize {
    if exit_on_error { 1 } else { 16 }
}

/// Before the rows have statistics, the planner takes a key of several columns for one with very few values, and
/// prefers merging by indexes to hashing; rows fetched in the order of an index cost many times as much as rows read
/// in their own (`docs/decisions/010-checking-foreign-keys.md`). A key of one column is known to be unique and hashed anyway.
const NO_MERGE: &str = "SET LOCAL enable_mergejoin = off";
const NO_PROBES: &str = "SET LOCAL enable_nestloop = off";

/// The statements of one entry in the form in which they are sent.
struct Batch<'a> {
    /// Comes first, while the session still has its own role.
    record: Option<String>,
    /// The record to write when the entry is made without its extras.
    bare_record: Option<String>,
    settings: Vec<Cow<'static, str>>,
    /// Each with a flag: whether the object can exist without it.
    statements: Vec<(&'a str, bool)>,
    owner: Vec<&'a str>,
}

impl<'a> Batch<'a> {
    fn new(definition: &Definition<'a>) -> Self {
        let entry = definition.entry;
        let extra_positions: HashSet<u32> = entry.extras.iter().copied().collect();
        let remarks = entry.comments.iter().chain(&entry.security_labels);
        let numbered = (0..).zip(&entry.create);
        let at_once = entry.large_objects.is_empty();
        let owner = entry.owner.iter().filter(|_| at_once).flat_map(Owner::statements);
        let record = |extent| definition.journal.map(|journal| journal.entry(entry.id, extent));
        let scans: &[&str] = match (entry.kind, definition.whole_scan) {
            (Kind::ForeignKey, true) => &[NO_MERGE, NO_PROBES],
            (Kind::ForeignKey, false) => &[NO_MERGE],
            _ => &[],
        };
        let path = definition.paths.and_then(SearchPaths::always);
        let path = path.map(|path| search_path::set(path, true).into());
        Self {
            record: record(Extent::Definition),
            bare_record: record(Extent::Bare),
            settings: scans.iter().copied().map(Cow::from).chain(path).collect(),
            statements: numbered
                .map(|(position, sql)| (sql.as_str(), extra_positions.contains(&position)))
                .chain(remarks.map(|sql| (sql.as_str(), true)))
                .collect(),
            owner: owner.map(String::as_str).collect(),
        }
    }

    /// The same statements with `path` as `search_path`.
    fn under(definition: &Definition<'a>, path: &str) -> Self {
        let mut batch = Self::new(definition);
        batch.settings.push(search_path::set(path, true).into());
        batch
    }

    /// The definition in one transaction, then the owner.
    fn all(&self) -> Vec<&str> {
        let mut all = Vec::with_capacity(self.settings.len() + self.statements.len() + self.owner.len() + 3);
        if !self.statements.is_empty() {
            all.push("BEGIN");
            all.extend(self.record.as_deref());
            all.extend(self.settings.iter().map(AsRef::as_ref));
            all.extend(self.statements.iter().map(|(sql, _)| *sql));
            all.push("COMMIT");
        }
        all.extend(&self.owner);
        all
    }

    /// Whether the statement at this position of [`Batch::all`] sets the owner.
    fn is_owner(&self, index: usize) -> bool {
        index >= self.all().len() - self.owner.len()
    }

    /// Whether the object can exist without the statement at this position of [`Batch::all`].
    fn is_extra(&self, index: usize) -> bool {
        let before = 1 + self.record.iter().len() + self.settings.len();
        let statement = index.checked_sub(before);
        let statement = statement.and_then(|at| self.statements.get(at));
        statement.is_some_and(|(_, extra)| *extra)
    }

    /// The record and the statements without the extras.
    fn essential(&self) -> Vec<&str> {
        let statements = self.statements.iter().filter(|(_, extra)| !extra);
        let settings = self.settings.iter().map(AsRef::as_ref);
        let before = self.bare_record.as_deref().into_iter().chain(settings);
        before.chain(statements.map(|(sql, _)| *sql)).collect()
    }

    fn extras(&self) -> impl Iterator<Item = &'a str> {
        self.statements.iter().filter(|(_, extra)| *extra).map(|(sql, _)| *sql)
    }
}

/// Creates objects in one round trip: each with its comments and labels in one transaction, then sets its owner.
///
/// Returns the results of at least the first definition, in their order. Those without a result were not executed, as a
/// rule because one before them failed. `Ok` lists what the server refused and the object can exist without; what
/// depends on the object can go on. `Err` means that the object does not exist. Large objects get their owner later, by
/// [`set_owner`].
pub fn define(wire: &mut Wire, definitions: &[Definition<'_>]) -> Vec<Result<Vec<Lesser>, Refused>> {
    let batches: Vec<Batch> = definitions.iter().map(Batch::new).collect();
    let sent: Vec<Vec<&str>> = batches.iter().map(Batch::all).collect();
    let results = wire.pipeline_each(&sent);
    let ended = roll_back(wire);
    let mut settled: Vec<Result<Vec<Lesser>, Refused>> = (definitions.iter().zip(&batches).zip(results))
        .map(|((definition, batch), result)| match result {
            Ok(()) => Ok(Vec::new()),
            Err(failed) => refused(wire, definition, batch, failed),
        })
        .collect();
    if let (Err(refused), Some(last)) = (ended, settled.last_mut()) {
        *last = Err(refused);
    }
    settled
}

/// Tries a refused definition again under other paths, if something that it calls did not find a name. Where no path
/// helps, the first error decides.
fn refused(
    wire: &mut Wire,
    definition: &Definition<'_>,
    batch: &Batch<'_>,
    (index, error): (usize, ConnectError),
) -> Result<Vec<Lesser>, Refused> {
    let entry = definition.entry;
    if let Some(paths) = definition.paths.filter(|_| search_path::is_not_found_within(&error)) {
        let found = paths.try_each(
            entry.schema.as_deref(),
            || entry.label(),
            |path| {
                let again = Batch::under(definition, path);
                ControlFlow::Break(match run(wire, &again.all()) {
                    Err(refused) => Err(refused),
                    Ok(Ok(())) => Ok(Vec::new()),
                    Ok(Err((index, error))) if error.is_not_found() && !again.is_owner(index) => {
                        return ControlFlow::Continue(());
                    }
                    Ok(Err((index, error))) => settle(wire, entry, &again, index, error),
                })
            },
        );
        if let Some(settled) = found {
            return settled;
        }
    }
    settle(wire, entry, batch, index, error)
}

/// What the refusal of one statement means for the whole object.
fn settle(
    wire: &mut Wire,
    entry: &Entry,
    batch: &Batch<'_>,
    index: usize,
    error: ConnectError,
) -> Result<Vec<Lesser>, Refused> {
    let refused = Refused {
        statement: batch.all().get(index).map(|sql| (*sql).to_owned()),
        error,
    };
    if batch.is_owner(index) {
        return Ok(vec![Lesser::Owner(refused)]);
    }
    if batch.is_extra(index) && !refused.error.is_fatal() {
        return match one_by_one(wire, batch) {
            Ok(lesser) => Ok(lesser.into_iter().map(|lesser| lesser.for_message(entry)).collect()),
            Err(refused) => Err(refused.for_message(entry)),
        };
    }
    Err(refused.for_message(entry))
}

/// Creates the object without its extras, then adds each extra by itself.
fn one_by_one(wire: &mut Wire, batch: &Batch<'_>) -> Result<Vec<Lesser>, Refused> {
    in_transaction(wire, &batch.essential())?;
    add_extras(wire, batch)
}

/// Repeats what an earlier run may have left undone of an entry that it has recorded. All of it can be repeated safely.
pub(crate) fn complete(wire: &mut Wire, entry: &Entry, extent: Extent) -> Result<Vec<Lesser>, Refused> {
    let mut batch = Batch::new(&Definition::plain(entry));
    if extent == Extent::Definition {
        batch.statements.clear();
    }
    let lesser = add_extras(wire, &batch)?;
    Ok(lesser.into_iter().map(|lesser| lesser.for_message(entry)).collect())
}

/// Sets extras and the owner, each by itself, so that one failure does not cost the others.
fn add_extras(wire: &mut Wire, batch: &Batch<'_>) -> Result<Vec<Lesser>, Refused> {
    let mut lesser = Vec::new();
    for (sql, is_owner) in batch
        .extras()
        .map(|sql| (sql, false))
        .chain(batch.owner.iter().map(|sql| (*sql, true)))
    {
        let Err((_, error)) = run(wire, &[sql])? else { continue };
        let refused = Refused {
            statement: Some(sql.to_owned()),
            error,
        };
        let broken = refused.error.is_fatal();
        lesser.push(if is_owner {
            Lesser::Owner(refused)
        } else {
            Lesser::Extra(refused)
        });
        if broken {
            break;
        }
    }
    Ok(lesser)
}

/// Gives everything that the entry made to its owner. A role that gives a large object away may lose the right to write
/// it, so this comes after the object's content.
pub fn set_owner(wire: &mut Wire, entry: &Entry) -> Result<(), Refused> {
    let statements: Vec<&str> = entry
        .owner
        .iter()
        .flat_map(Owner::statements)
        .map(String::as_str)
        .collect();
    in_transaction(wire, &statements)
}

/// All statements of an entry but its privileges, each to be executed by itself.
pub(crate) fn each_statement(entry: &Entry) -> impl Iterator<Item = &str> {
    let owner = entry.owner.iter().flat_map(Owner::statements);
    let remarks = entry.comments.iter().chain(&entry.security_labels);
    entry.create.iter().chain(owner).chain(remarks).map(String::as_str)
}

/// Grants and revokes, each as its grantor. Those without a grantor run as `role`, or as the session's user.
pub fn grant(wire: &mut Wire, privileges: &[Privilege], role: Option<&str>) -> Result<(), Refused> {
    let back = match role {
        Some(role) => format!("SET LOCAL ROLE {}", ident::quote_ident(role)),
        None => "RESET ROLE".to_owned(),
    };
    let statements = privilege_statements(privileges, &back);
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    in_transaction(wire, &statements)
}

/// The statements for privileges, each as its grantor. `back` returns to the session's own role. For use in a
/// transaction.
pub(crate) fn privilege_statements(privileges: &[Privilege], back: &str) -> Vec<String> {
    let mut statements = Vec::new();
    for privilege in privileges {
        match &privilege.grantor {
            Some(role) => {
                // Not SESSION AUTHORIZATION: it would end the session's own SET ROLE.
                statements.push(format!("SET LOCAL ROLE {}", ident::quote_ident(role)));
                statements.push(privilege.statement.clone());
                statements.push(back.to_owned());
            }
            None => statements.push(privilege.statement.clone()),
        }
    }
    statements
}

/// Runs statements in one transaction and one round trip.
pub(crate) fn in_transaction(wire: &mut Wire, statements: &[&str]) -> Result<(), Refused> {
    if statements.is_empty() {
        return Ok(());
    }
    let mut batch = Vec::with_capacity(statements.len() + 2);
    batch.push("BEGIN");
    batch.extend_from_slice(statements);
    batch.push("COMMIT");
    let Err((index, error)) = run(wire, &batch)? else {
        return Ok(());
    };
    let statement = batch.get(index).map(|sql| (*sql).to_owned());
    Err(Refused { statement, error })
}

/// Runs a batch and ends a transaction that it left open. Each statement goes in a Parse message of
/// its own, which admits exactly one statement: text that closes its statement early and goes on
/// with another one is refused by the server.
fn run(wire: &mut Wire, batch: &[&str]) -> Result<Result<(), (usize, ConnectError)>, Refused> {
    let result = wire.pipeline(batch);
    roll_back(wire)?;
    Ok(result)
}

/// Ends a transaction that was left open.
fn roll_back(wire: &mut Wire) -> Result<(), Refused> {
    if wire.is_broken() || !wire.in_transaction() {
        return Ok(());
    }
    let failed = |error| Refused { statement: None, error };
    wire.execute("ROLLBACK").map_err(failed)
}
