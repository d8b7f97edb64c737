//! A dump from its beginning to its end.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use crate::archive::{ArchiveError, ArchiveWriter, Summary};
use crate::connect::{Interrupt, Params};
use crate::dump::counting;
use crate::dump::error::DumpError;
use crate::dump::options::DumpOptions;
use crate::dump::pipeline::Pipeline;
use crate::live::Live;
use crate::live::contents::formats;
use crate::live::error::RowCount;
use crate::live::rows::{digests, readers, tasks};
use crate::model::entry::RelationId;
use crate::model::{Missing, NotCovered, Relation};
use crate::plan::choose::absent;
use crate::plan::choose::filter::Filter;
use crate::plan::choose::pattern::PatternError;
use crate::progress::Progress;

/// What a dump wrote.
#[derive(Debug)]
pub struct DumpReport {
    pub summary: Summary,
    pub globals: u64,
    pub entries: u64,
    pub relations: u64,
    pub large_objects: u64,
    /// Of tables.
    pub rows: u64,
    /// Objects that exist and are not in the archive.
    pub not_covered: Vec<NotCovered>,
    /// What could not be read and was skipped: not empty when the archive is partial.
    pub partial: Vec<Missing>,
    /// What entries need and the archive does not hold, and which entries.
    pub absent: Vec<(String, Vec<String>)>,
    pub warnings: Vec<String>,
}

/// Dumps into `sink`, which is opened once the server has answered. When this returns well the
/// archive is complete in the sink; making it durable and naming it is the caller's.
pub fn run(
    params: &Params,
    options: &DumpOptions,
    filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
    sink: impl FnOnce() -> Result<Box<dyn Write + Send>, ArchiveError>,
    interrupt: &Interrupt,
    progress: &Arc<Progress>,
) -> Result<DumpReport, DumpError> {
    run_inner(params, options, filter_for, sink, interrupt, progress).map_err(|error| {
        if interrupt.by_user() {
            DumpError::Interrupted
        } else {
            error
        }
    })
}

fn run_inner(
    params: &Params,
    options: &DumpOptions,
    filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
    sink: impl FnOnce() -> Result<Box<dyn Write + Send>, ArchiveError>,
    interrupt: &Interrupt,
    progress: &Arc<Progress>,
) -> Result<DumpReport, DumpError> {
    let mut live = Live::open(params, &options.read, filter_for, interrupt, progress)?;
    if options.statistics {
        progress.stage("reading the planner statistics");
        live.add_statistics()?;
    }
    live.add_globals(options.role_passwords)?;
    let source = options.source_record(live.source.clone());

    let sizes = tasks::sizes(&live.snapshot, &live.catalog.relations)?;
    tasks::set_pages(&mut live.catalog.relations, &sizes);
    let encoding = &live.source.encoding;
    formats::choose(&mut live.catalog.relations, options.copy_format, encoding)?;
    let tasks = tasks::all(
        &mut live.snapshot,
        &live.catalog.relations,
        &sizes,
        encoding,
        options.jobs,
    )?;
    let counts = match options.count_rows {
        true => counting::count(&mut live.snapshot, &live.catalog.relations, interrupt, progress)?,
        false => counting::Counts::new(),
    };
    let mut tasks_of: HashMap<RelationId, u64> = HashMap::new();
    for task in &tasks {
        *tasks_of.entry(task.relation).or_insert(0) += 1;
    }
    let mut writer = ArchiveWriter::create(sink()?, &source)?;
    writer.catalog(&live.catalog)?;
    // Relations without rows, on purpose or because they are empty, have ended before they began.
    for relation in live.catalog.relations.iter().filter(|r| !tasks_of.contains_key(&r.id)) {
        writer.relation_end(relation.id, 0)?;
    }

    progress.stage("copying rows");
    let (pipeline, appender) = Pipeline::start(
        writer,
        tasks_of,
        options.jobs,
        options.compression,
        interrupt,
        Arc::clone(progress),
    )?;
    let read = readers::read_all(
        &mut live.snapshot,
        tasks,
        options.jobs,
        || pipeline.sink(),
        interrupt,
        progress,
    );
    drop(pipeline);
    let appended = appender.finish();
    // Appending fails only by itself; the readers' queries were then cancelled because of it.
    let mut writer = appended?;
    let mut lost = read?;
    lost.extend(hash_generated(
        &mut live,
        &mut writer,
        options.jobs,
        interrupt,
        progress,
    )?);

    progress.stage("finishing");
    counting::check(&counts, &live.catalog.relations, |relation| writer.rows(relation))?;
    writer.sequences(&live.sequences()?)?;
    let Live {
        mut catalog, snapshot, ..
    } = live;
    catalog.warnings.extend(lost);
    // Sessions end before the archive is complete, so that its name follows at once.
    drop(snapshot);
    let summary = writer.finish()?;
    let pieces = catalog.relations.iter().filter(|r| r.large_objects).map(|r| r.id);
    let pieces: Vec<RelationId> = pieces.collect();
    let tables = summary.relations.iter().filter(|r| !pieces.contains(&r.relation));
    Ok(DumpReport {
        rows: tables.map(|r| r.rows).sum(),
        summary,
        globals: catalog.globals.len() as u64,
        entries: catalog.entries.len() as u64,
        relations: catalog.relations.iter().filter(|r| !r.large_objects).count() as u64,
        large_objects: catalog.large_objects(),
        absent: absent::of_catalog(&catalog),
        not_covered: catalog.not_covered,
        partial: catalog.partial,
        warnings: catalog.warnings,
    })
}

/// Reads the tables with stored generated columns once more, by query, since COPY does not give these: the archive gets
/// a digest of the values, not the values. Gives warnings of sessions that were replaced.
fn hash_generated(
    live: &mut Live,
    writer: &mut ArchiveWriter,
    jobs: usize,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Vec<String>, DumpError> {
    let relations = live.catalog.relations.iter();
    let relations: Vec<Relation> = relations.filter_map(Relation::with_generated).collect();
    if relations.is_empty() {
        return Ok(Vec::new());
    }
    progress.stage("hashing generated values");
    // The rows have been counted.
    let uncounted = Progress::default();
    let encoding = &live.source.encoding;
    let (digests, lost) = digests::read(&mut live.snapshot, &relations, encoding, jobs, interrupt, &uncounted)?;
    for relation in &relations {
        let digest = digests.get(&relation.id).copied().unwrap_or_default().digest;
        RowCount::check(&relation.label(), digest.rows, writer.rows(relation.id))?;
        writer.generated(relation.id, digest);
    }
    Ok(lost)
}
