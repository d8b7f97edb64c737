//! A live database opened for reading: one snapshot, its catalog as entries, its tables as relations. A dump writes
//! these, and a comparison hashes the rows.

use std::collections::HashMap;
use std::time::Duration;

use crate::catalog;
use crate::catalog::Scope;
use crate::catalog::extensions::{config_tables, member_rows};
use crate::catalog::relations::{copy_columns, partition_root, planner_statistics};
use crate::catalog::state::{changed, dangling, readable};
use crate::connect::{Lent, Params};
use crate::ddl;
use crate::job::Job;
use crate::live::contents::entries::entries;
use crate::live::contents::sequences::{self, WantedSequence};
use crate::live::contents::{globals, source};
use crate::live::error::{ReadError, doing};
use crate::live::open::locks;
use crate::live::open::snapshot::SharedSnapshot;
use crate::live::options::ReadOptions;
use crate::live::rows::large_objects;
use crate::model::entry::{CopyColumn, EntryId, Relation, RelationId, SequenceState};
use crate::model::objects::relation::{ListedRelation, RelationRef};
use crate::model::{Address, Catalog, Class, Database, Definition, Object, Section, Source};
use crate::plan::choose::filter::{Filter, Parts};
use crate::select::pattern::PatternError;

/// A snapshot and its content.
pub(crate) struct Live {
    pub snapshot: SharedSnapshot,
    pub source: Source,
    pub catalog: Catalog,
    /// The entry of every object that has one.
    ids: HashMap<Address, EntryId>,
    /// Sequences whose position is wanted.
    sequences: Vec<WantedSequence>,
}

/// How often to start again when the catalogs changed while they were read.
const ATTEMPTS: u32 = 10;
/// Wait before the second attempt; each later wait is longer by the same time.
const PAUSE: Duration = Duration::from_millis(50);

/// The content of the catalogs in one snapshot.
struct Read {
    source: Source,
    catalog: Catalog,
    ids: HashMap<Address, EntryId>,
    sequences: Vec<WantedSequence>,
}

impl Live {
    /// Connects, locks, takes the snapshot and reads the catalog. Starts again when objects that cannot be locked
    /// changed while they were read.
    pub(crate) fn open(
        params: &Params,
        options: &ReadOptions,
        filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
        job: &Job,
    ) -> Result<Self, ReadError> {
        let mut attempt = 1;
        loop {
            job.progress.stage("locking tables");
            let mut snapshot = SharedSnapshot::take(params, options, filter_for, &job.stop)?;
            job.progress.stage("reading the catalog");
            let read = read(&mut snapshot);
            let Some(reason) = unsettled(&mut snapshot, &read, attempt, options)? else {
                let read = read.map_err(|error| with_damage(&mut snapshot, error));
                let Read {
                    source,
                    catalog,
                    ids,
                    sequences,
                } = read?;
                snapshot.let_go()?;
                return Ok(Self {
                    snapshot,
                    source,
                    catalog,
                    ids,
                    sequences,
                });
            };
            // A snapshot that somebody else exported cannot be taken anew.
            if attempt == ATTEMPTS || options.snapshot.is_some() || job.is_stopped() {
                return Err(reason);
            }
            drop(snapshot);
            std::thread::sleep(PAUSE * attempt);
            attempt += 1;
        }
    }

    /// Adds the entries of the server's objects, unless only a part of the database was chosen. `passwords` asks for
    /// the verifiers of the roles' passwords.
    pub(crate) fn add_globals(&mut self, passwords: bool) -> Result<(), ReadError> {
        globals::add(&mut self.catalog, &self.snapshot, passwords)
    }

    /// Adds the planner statistics of the chosen relations and their indexes, where these have an entry.
    pub(crate) fn add_statistics(&mut self) -> Result<(), ReadError> {
        let oids: Vec<u32> = self.snapshot.chosen_relations().map(|r| r.oid).collect();
        let scope = Scope {
            control: &self.snapshot.control,
            version: self.snapshot.version,
            relations: &oids,
        };
        let statistics = planner_statistics::read(&scope).map_err(|source| ReadError::Server {
            doing: "cannot read the planner statistics".into(),
            source,
        })?;
        let parts = self.snapshot.chosen.parts;
        let chosen = self.snapshot.chosen_relations().map(|r| (r.oid, r));
        let chosen: HashMap<u32, &ListedRelation> = chosen.collect();
        for relation in &statistics {
            let summary = chosen.get(&relation.oid);
            // As in pg_dump, except that the statistics of a materialized view wait for its refresh.
            let with_rows = summary.is_some_and(|r| r.kind != 'm');
            let wanted = if with_rows {
                // Without rows and on purpose: the statistics are all there is of them.
                parts.rows() || parts == Parts::Schema
            } else {
                parts.definitions(Section::PostData)
            };
            if !wanted {
                continue;
            }
            let mut needs: Vec<EntryId> = relation.needs.iter().filter_map(|a| self.ids.get(a).copied()).collect();
            let own = [Address::new(Class::Relation, relation.oid)].into_iter();
            let constraints = relation.needs.iter().copied().filter(|a| a.class == Class::Constraint);
            // Members of extensions have entries without a definition, or none.
            let parent = own.chain(constraints).find_map(|a| self.ids.get(&a).copied());
            let alone = summary.is_some_and(|r| r.member_of.is_none()) && !parts.definitions(Section::PreData);
            if parent.is_none() && !alone {
                continue;
            }
            needs.sort_unstable();
            needs.dedup();
            let mut entry = ddl::relations::planner_statistics::entry(relation, self.snapshot.version);
            entry.id = self.catalog.entries.len() as EntryId + 1;
            entry.depends_on = needs;
            entry.parent = parent;
            if with_rows {
                entry.section = Section::PreData;
            }
            self.catalog.entries.push(entry);
        }
        Ok(())
    }

    /// The current positions of the chosen sequences. They are not part of the snapshot: a sequence that is read after
    /// the rows is never behind them.
    pub(crate) fn sequences(&self) -> Result<Vec<SequenceState>, ReadError> {
        sequences::positions(&self.snapshot.control, self.snapshot.version, &self.sequences)
    }
}

fn read(snapshot: &mut SharedSnapshot) -> Result<Read, ReadError> {
    let source = source::read(&snapshot.control, snapshot.version)?;
    let oids: Vec<u32> = snapshot.chosen_relations().map(|r| r.oid).collect();
    let database = if snapshot.chosen.globals_only {
        Database::default()
    } else {
        snapshot.read_catalog(&oids)?
    };
    let scope = Scope {
        control: &snapshot.control,
        version: snapshot.version,
        relations: &oids,
    };
    let references = foreign_keys(&database.objects);
    // The server answers these queries while the entries are made from its earlier answers.
    let (tables, built) = std::thread::scope(|threads| {
        let tables = threads.spawn(|| Tables::read(&scope));
        let built = entries(database, &snapshot.chosen, snapshot.chosen.parts);
        (
            tables.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            built,
        )
    });
    let tables = tables?;
    let sequences = sequences::wanted(snapshot, &built.ids, &tables.configured);
    let mut catalog = built.catalog;
    mark_visible(&mut catalog, &snapshot.relations, &built.ids);
    catalog
        .warnings
        .append(&mut unmarked_members(snapshot, &tables.configured)?);
    catalog.relations = relations(tables, snapshot, &built.ids, &references);
    if catalog.large_objects() > 0 {
        let id = catalog.relations.len() as RelationId + 1;
        let relation = large_objects::relation(&snapshot.control)?;
        catalog.relations.push(Relation { id, ..relation });
    }
    catalog.partial.extend_from_slice(&snapshot.missing);
    // On these servers the schema `public` belongs to the first superuser, and a comparison with later servers has to
    // know that role.
    if !snapshot.version.has_closed_public_schema() {
        let name = catalog::globals::role::bootstrap_superuser(&snapshot.control)
            .map_err(doing("cannot ask for the first superuser"))?;
        catalog.bootstrap_superuser = Some(name);
    }
    Ok(Read {
        source,
        catalog,
        sequences,
        ids: built.ids,
    })
}

/// Warnings about tables and sequences of extensions that hold something and are not marked as configuration.
fn unmarked_members(snapshot: &SharedSnapshot, configured: &HashMap<u32, String>) -> Result<Vec<String>, ReadError> {
    let chosen = &snapshot.chosen;
    let unmarked = |r: &&ListedRelation| {
        let extension = r.member_of.as_ref();
        extension.is_some_and(|name| chosen.extensions.as_ref().is_none_or(|names| names.contains(name)))
            && !configured.contains_key(&r.oid)
    };
    let members: Vec<&ListedRelation> = snapshot.chosen_relations().filter(unmarked).collect();
    if members.is_empty() || !chosen.parts.rows() {
        return Ok(Vec::new());
    }
    let oids: Vec<u32> = members.iter().map(|member| member.oid).collect();
    let scope = Scope {
        control: &snapshot.control,
        version: snapshot.version,
        relations: &oids,
    };
    readable::read(&scope)
        .and_then(|access| member_rows::read(&snapshot.control, &members, &access))
        .map_err(doing("cannot read the tables of extensions"))
}

/// The error, together with the damage in the catalogs if there is any.
fn with_damage(snapshot: &mut SharedSnapshot, error: ReadError) -> ReadError {
    let oids: Vec<u32> = snapshot.chosen_relations().map(|r| r.oid).collect();
    let control = Lent::new(&mut snapshot.leader);
    let scope = Scope {
        control: &control,
        version: snapshot.version,
        relations: &oids,
    };
    match dangling::read(&scope) {
        Ok(rows) if !rows.is_empty() => ReadError::DamagedCatalogs {
            rows: rows.into_iter().map(|row| row.missing).collect(),
            source: Box::new(error),
        },
        _ => error,
    }
}

/// Why the catalogs that were read may mix two states, or could not be read because they changed; `None` if nothing
/// relevant changed.
fn unsettled(
    snapshot: &mut SharedSnapshot,
    read: &Result<Read, ReadError>,
    attempts: u32,
    options: &ReadOptions,
) -> Result<Option<ReadError>, ReadError> {
    let failed = doing("cannot see what changed");
    if let Err(error) = read
        && error
            .connect()
            .is_some_and(|error| locks::is_held(error) || locks::is_deadlock(error))
    {
        return locks::behind(&snapshot.control).map(Some);
    }
    if read.is_ok() {
        snapshot.let_go()?;
    } else {
        snapshot.revive_leader();
    }
    // The leader is asked, because the error that ended the reading may have ended the control session's transaction.
    let rows = match snapshot.leader.query(&changed::query()) {
        Ok(rows) => rows,
        Err(_) if read.is_err() => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut changes = changed::from_rows(&rows).map_err(failed)?;
    if read.is_ok() {
        changes.retain(|change| snapshot.concerns(change));
    }
    if changes.is_empty() {
        return Ok(None);
    }
    let objects = changed::names(&changes);
    Ok(Some(if options.snapshot.is_some() {
        ReadError::ChangedSince { objects }
    } else {
        ReadError::Changing { objects, attempts }
    }))
}

fn mark_visible(catalog: &mut Catalog, relations: &[ListedRelation], ids: &HashMap<Address, EntryId>) {
    for relation in relations.iter().filter(|r| r.visible) {
        let id = ids.get(&Address::new(Class::Relation, relation.oid));
        if let Some(entry) = id.and_then(|id| catalog.entries.get_mut((*id as usize).checked_sub(1)?)) {
            entry.visible = true;
        }
    }
}

/// Foreign keys as (referencing table, referenced table).
fn foreign_keys(objects: &[Object]) -> Vec<(u32, u32)> {
    let pair = |object: &Object| match &object.definition {
        Definition::Constraint(constraint) if constraint.kind == 'f' => {
            Some((object.parent?.oid, constraint.references.as_ref()?.oid))
        }
        _ => None,
    };
    objects.iter().filter_map(pair).collect()
}

/// The facts by which the archive describes tables.
struct Tables {
    columns: HashMap<u32, Vec<CopyColumn>>,
    roots: HashMap<u32, RelationRef>,
    /// Configuration tables of extensions, with the condition on their rows.
    configured: HashMap<u32, String>,
}

impl Tables {
    fn read(scope: &Scope) -> Result<Self, ReadError> {
        let failed = doing("cannot read the tables' columns");
        Ok(Self {
            columns: copy_columns::read(scope).map_err(&failed)?,
            roots: partition_root::read(scope).map_err(&failed)?,
            configured: config_tables::read(scope.control).map_err(doing("cannot read the tables of extensions"))?,
        })
    }
}

/// The tables whose rows are wanted, as the archive describes them.
fn relations(
    tables: Tables,
    snapshot: &SharedSnapshot,
    ids: &HashMap<Address, EntryId>,
    references: &[(u32, u32)],
) -> Vec<Relation> {
    let Tables {
        mut columns,
        roots,
        configured,
    } = tables;
    let chosen = &snapshot.chosen;
    let mut relations = Vec::new();
    let mut id_of: HashMap<u32, RelationId> = HashMap::new();
    let holds_rows = |r: &&ListedRelation| r.kind == 'r' || chosen.foreign_rows.contains(&r.oid);
    for summary in snapshot.chosen_relations().filter(holds_rows) {
        let filter = configured.get(&summary.oid);
        // An extension fills its own tables, except those that it marks as holding the user's rows.
        if summary.member_of.is_some() && filter.is_none() {
            continue;
        }
        // Tables of an extension that was left out on purpose are not in the archive.
        let chosen_extensions = chosen.extensions.as_ref();
        if let (Some(extension), Some(names)) = (&summary.member_of, chosen_extensions)
            && !names.contains(extension)
        {
            continue;
        }
        let id = relations.len() as RelationId + 1;
        id_of.insert(summary.oid, id);
        let root = roots
            .get(&summary.oid)
            .map(|root| (root.schema.clone(), root.name.clone()));
        relations.push(Relation {
            id,
            entry: ids.get(&Address::new(Class::Relation, summary.oid)).copied(),
            schema: summary.schema.clone(),
            name: summary.name.clone(),
            columns: columns.remove(&summary.oid).unwrap_or_default(),
            load_via_root: root,
            filter: filter.cloned().filter(|condition| !condition.is_empty()),
            data_excluded: !chosen.parts.rows() || chosen.without_rows.contains(&summary.oid),
            pages: summary.pages,
            references: Vec::new(),
            oid: summary.oid,
            foreign_server: summary.foreign_server.clone(),
            binary: false,
            large_objects: false,
        });
    }
    for (referencing, referenced) in references {
        if let (Some(from), Some(to)) = (id_of.get(referencing), id_of.get(referenced))
            && let Some(relation) = relations.get_mut(*from as usize - 1)
            && !relation.references.contains(to)
        {
            relation.references.push(*to);
        }
    }
    relations
}
