//! Runs a dump from its beginning to its end.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use crate::archive::{ArchiveError, ArchiveWriter, Summary};
use crate::connect::Params;
use crate::dump::counting;
use crate::dump::error::DumpError;
use crate::dump::options::DumpOptions;
use crate::dump::pipeline::Pipeline;
use crate::job::Job;
use crate::live::Live;
use crate::live::contents::formats;
use crate::live::error::RowCount;
use crate::live::rows::{digests, readers, tasks};
use crate::model::entry::RelationId;
use crate::model::{Missing, NotCovered, Relation};
use crate::plan::choose::absent;
use crate::plan::choose::filter::Filter;
use crate::select::pattern::PatternError;

/// The result of a dump.
#[derive(Debug)]
#[non_exhaustive]
pub struct DumpReport {
    /// What the archive says of itself.
    pub summary: Summary,
    /// Globals in the archive: roles, tablespaces and the like.
    pub globals: u64,
    /// Entries in the archive, without globals.
    pub entries: u64,
    /// Relations in the archive, also those without rows; pieces of large objects are none.
    pub relations: u64,
    /// Large objects in the archive.
    pub large_objects: u64,
    /// Rows of tables, without pieces of large objects.
    pub rows: u64,
    /// Objects that exist and are not in the archive.
    pub not_covered: Vec<NotCovered>,
    /// Objects that could not be read and were skipped. If there are any, the archive is partial.
    pub partial: Vec<Missing>,
    /// Objects that entries need and the archive does not hold, each with the entries that need it.
    pub absent: Vec<(String, Vec<String>)>,
    /// What the reader of the archive should know, and sessions that were lost and replaced.
    pub warnings: Vec<String>,
}

/// Dumps into `sink`, which is opened once the server has answered. On success the archive in the sink is complete; the
/// caller makes it durable and gives it its name.
pub(crate) fn run(
    params: &Params,
    options: &DumpOptions,
    filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
    sink: impl FnOnce() -> Result<Box<dyn Write + Send>, ArchiveError>,
    job: &Job,
) -> Result<DumpReport, DumpError> {
    run_inner(params, options, filter_for, sink, job).map_err(|error| {
        if job.stop.by_user() {
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
    job: &Job,
) -> Result<DumpReport, DumpError> {
    let mut live = Live::open(params, &options.read, filter_for, job)?;
    if options.statistics {
        job.progress.stage("reading the planner statistics");
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
        true => counting::count(&mut live.snapshot, &live.catalog.relations, job)?,
        false => counting::Counts::new(),
    };
    let mut tasks_of: HashMap<RelationId, u64> = HashMap::new();
    for task in &tasks {
        *tasks_of.entry(task.relation).or_insert(0) += 1;
    }
    let mut writer = ArchiveWriter::create(sink()?, &source)?;
    writer.catalog(&live.catalog)?;
    // Relations from which no rows are read end here, before the pipeline begins: their rows are left out on purpose,
    // or they are empty.
    for relation in live.catalog.relations.iter().filter(|r| !tasks_of.contains_key(&r.id)) {
        writer.relation_end(relation.id, 0)?;
    }

    job.progress.stage("copying rows");
    let (pipeline, appender) = Pipeline::start(
        writer,
        tasks_of,
        options.jobs,
        options.compression,
        &job.stop,
        Arc::clone(&job.progress),
    )?;
    let read = readers::read_all(&mut live.snapshot, tasks, options.jobs, || pipeline.sink(), job);
    drop(pipeline);
    let appended = appender.finish();
    // An appending error comes first: it never follows from a reading error, but makes the readers' queries end.
    let mut writer = appended?;
    let mut lost = read?;
    lost.extend(hash_generated(&mut live, &mut writer, options.jobs, job)?);

    job.progress.stage("finishing");
    counting::check(&counts, &live.catalog.relations, |relation| writer.rows(relation))?;
    writer.sequences(&live.sequences()?)?;
    let Live {
        mut catalog, snapshot, ..
    } = live;
    catalog.warnings.extend(lost);
    // The sessions end before the archive is complete, so that no time passes between its completion and its final
    // name.
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

/// Reads the tables with stored generated columns once more, by query, because COPY does not give these columns. The
/// archive gets a digest of the values, not the values. The strings are warnings about sessions that were replaced.
fn hash_generated(
    live: &mut Live,
    writer: &mut ArchiveWriter,
    jobs: usize,
    job: &Job,
) -> Result<Vec<String>, DumpError> {
    let relations = live.catalog.relations.iter();
    let relations: Vec<Relation> = relations.filter_map(Relation::with_generated).collect();
    if relations.is_empty() {
        return Ok(Vec::new());
    }
    job.progress.stage("hashing generated values");
    // These rows have already been counted.
    let job = &Job::under(&job.stop);
    let encoding = &live.source.encoding;
    let (digests, lost) = digests::read(&mut live.snapshot, &relations, encoding, jobs, job)?;
    for relation in &relations {
        let digest = digests.get(&relation.id).copied().unwrap_or_default().digest;
        RowCount::check(&relation.label(), digest.rows, writer.rows(relation.id))?;
        writer.generated(relation.id, digest);
    }
    Ok(lost)
}
