//! `pgark restore`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::archive::ArchiveStream;
use crate::cli::commands::restore_lines::{drop_line, path_lines, paths_json, spared_json, spared_lines};
use crate::cli::commands::restore_rows;
use crate::cli::commands::restore_rows::RowOptions;
use crate::cli::options::choose::RestoreChoice;
use crate::cli::options::connection::ConnectionOptions;
use crate::cli::options::dump::default_jobs;
use crate::cli::options::filter::{PartOptions, SelectionArgs};
use crate::cli::options::leave_out::WithoutOptions;
use crate::cli::options::repository;
use crate::cli::options::repository::{Held, OfOptions, RepoOptions};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::{ENVIRONMENT, EXIT_CODES};
use crate::cli::terminal::output::{bytes, count, rate};
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::{hints, output, signals};
use crate::connect::Params;
use crate::model::Entry;
use crate::model::entry::Requirement;
use crate::model::ident::sanitize;
use crate::plan::restore::missing::SkipMissing;
use crate::plan::restore::role_map::RoleMap;
use crate::plan::restore::select::{Reason, RestoreFilter};
use crate::restore::failure::Skipped;
use crate::restore::input::Input;
use crate::restore::{self, Misfits, RestoreOptions, RestorePlan, RestoreReport, Resumed};
use crate::snapshot::keep;

const HELP: &str = "\
Examples:
  pgark restore shop.pgark -d shop_copy -j 4
  pgark restore shop.pgark -d postgres --create
  pgark restore shop.pgark -d shop --clean --if-exists
  pgark restore shop.pgark -d shop -t orders --data-only
  pgark restore shop.pgark -d shop --data-only --disable-triggers
  pgark restore shop.pgark -d shop --section=post-data
  pgark restore shop.pgark -d shop --index 'orders_*' --function 'tax(numeric, text)'
  pgark show shop.pgark --list > items; $EDITOR items; pgark restore shop.pgark -d shop -L items
  pgark restore shop.pgark -d shop --plan
  pgark restore before-migration --repo /backup -d shop_copy
  pgark restore shop.pgark -d shop -t orders --where 'id in (1, 2)' --on-conflict replace
  pgark restore shop.pgark -d shop -t orders --into recovered.orders
  pgark restore shop.pgark -d shop -n sales --into sales_before
  pgark restore shop.pgark -d shop --resume
  pgark restore roles.pgark -d postgres --globals
  pgark restore shop.pgark -d postgres --create --globals --role-map old_owner=new_owner
  pgark dump -h old shop -o - | pgark restore - -h new -d shop
";

/// Foreign keys that exist need the referenced rows first. From a file, rows are loaded in that order if there is one.
const OUT_OF_ORDER: &str = "foreign keys in a circle, or rows from a pipe, can be in the way of each other: \
                            `--data-only --disable-triggers` loads them unchecked, as a superuser";

/// Restore an archive into a database
///
/// Tables load in parallel, also the chunks of one table; indexes and constraints are built as
/// soon as their rows are there. Nothing is changed before the target has been checked.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{ENVIRONMENT}\n{EXIT_CODES}", repository::REFERENCES))]
pub(crate) struct Args {
    /// Archive to restore, a file or with --repo a REF; `-` for standard input
    #[arg(value_name = "ARCHIVE|REF")]
    archive: PathBuf,
    #[command(flatten)]
    repo: RepoOptions,
    #[command(flatten)]
    of: OfOptions,
    /// Target: database name, postgres:// URI or "key=value" connection string
    #[arg(
        short = 'd',
        long = "dbname",
        value_name = "CONN",
        required = true,
        help_heading = "Connection"
    )]
    dbname: String,
    #[command(flatten)]
    options: ConnectionOptions,
    /// SET ROLE to NAME in every session
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    role: Option<String>,
    /// Connections that load data and build indexes [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    parts: PartOptions,
    #[command(flatten)]
    choice: RestoreChoice,
    #[command(flatten)]
    rows: RowOptions,
    /// Create the archive's database; CONN is only used to connect first
    #[arg(short = 'C', long)]
    create: bool,
    /// Drop what the archive holds before creating it
    #[arg(short = 'c', long, conflicts_with = "data_only")]
    clean: bool,
    /// With --clean: no error for objects that are not there
    #[arg(long, requires = "clean")]
    if_exists: bool,
    #[command(flatten)]
    without: WithoutOptions,
    /// Leave the archive's planner statistics aside
    #[arg(long)]
    no_statistics: bool,
    /// ANALYZE what was restored, over all connections, instead of using the archive's statistics
    #[arg(long, conflicts_with = "schema_only")]
    analyze: bool,
    /// Also roles, their settings and memberships, tablespaces and privileges on parameters, before
    /// everything else. What is there gets the archive's attributes; the server cannot undo it as a whole
    #[arg(long)]
    globals: bool,
    /// Role TO stands for FROM wherever the archive names it (may be given several times)
    #[arg(long, value_name = "FROM=TO")]
    role_map: Vec<String>,
    /// With --data-only: load rows without triggers and checks of foreign keys, e.g. for keys in a circle. What is
    /// loaded must fit by itself; needs a superuser. Ends with the restore, however it ends
    #[arg(long)]
    disable_triggers: bool,
    /// Go on with a restore that did not end: give the same command with this option added. What was done is
    /// recorded in the target, in a schema `pgark_restore_*` that is dropped in the end
    #[arg(long, conflicts_with = "plan")]
    resume: bool,
    /// Go on without extensions, roles, tablespaces, tables and other things that the target cannot have, and without
    /// what needs them, listed. What a missing role would own belongs to the restoring role
    #[arg(long)]
    skip_missing: bool,
    /// The search_path of functions that definitions and rows call, for all of them. Without it, what fails because
    /// a function does not find a name is tried again with the settings that the source had, and listed
    #[arg(long, value_name = "LIST")]
    search_path: Option<String>,
    /// Stop at the first error
    #[arg(short = 'e', long)]
    exit_on_error: bool,
    /// Leave out the parts of tables that are damaged in the archive, list them, load the rest. Reads the archive twice
    #[arg(long, conflicts_with = "plan")]
    skip_damaged: bool,
    /// Show what would be done, change nothing
    #[arg(long)]
    plan: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

pub(crate) fn run(mut args: Args) -> Result<Exit, CommandFailure> {
    if args.rows.given() {
        return restore_rows::run(&restore_rows::Request {
            archive: &args.archive,
            repo: &args.repo,
            of: &args.of,
            dbname: &args.dbname,
            connection: &args.options,
            role: args.role.as_deref(),
            selection: &args.selection,
            rows: &args.rows,
            plan: args.plan,
            json: args.json,
            quiet: args.quiet,
        });
    }
    if args.archive == Path::new("-") && args.choice.reads_standard_input() {
        return Err(CommandFailure::local(
            "standard input cannot be both the archive and the choice of it",
        ));
    }
    args.choice.read_files(&mut args.selection)?;
    let (mut input, held) = open(&args)?;
    let params = args.options.params(Some(&args.dbname))?;
    let parsed = args.selection.filter("", &[], args.parts.parts())?;
    let options = RestoreOptions {
        role: args.role.clone(),
        jobs: args.jobs.map_or_else(default_jobs, usize::from),
        filter: args.choice.add(RestoreFilter {
            schemas: parsed.schemas,
            exclude_schemas: parsed.exclude_schemas,
            tables: parsed.tables,
            exclude_tables: parsed.exclude_tables,
            parts: parsed.parts,
            without: args.without.without(),
            large_objects: parsed.large_objects,
            ..RestoreFilter::default()
        })?,
        create: args.create,
        clean: args.clean,
        if_exists: args.if_exists,
        statistics: !args.no_statistics && !args.parts.schema_only && !args.parts.data_only,
        analyze: args.analyze,
        exit_on_error: args.exit_on_error,
        skip_damaged: args.skip_damaged,
        disable_triggers: args.disable_triggers,
        globals: args.globals,
        role_map: RoleMap::parse(&args.role_map).map_err(|error| CommandFailure::local(error.to_string()))?,
        resume: args.resume,
        search_path: args.search_path.clone(),
        keep_record: true,
        skip_missing: match args.skip_missing {
            true => SkipMissing::All,
            false => SkipMissing::Nothing,
        },
    };
    if args.plan {
        let plan = restore::plan(&mut input, &params, &options)?;
        render_plan(&args, &plan)?;
        return Ok(Exit::with_findings(
            !plan.misfits.is_empty()
                || !plan.spared.is_empty()
                || !plan.forecast.refusals.is_empty()
                || !plan.forecast.doubts.is_empty()
                || !plan.missing.is_empty()
                || !plan.missing_tables.is_empty()
                || !plan.needs.is_empty()
                || (!args.clean && !plan.conflicts.is_empty()),
        ));
    }
    let job = signals::job()?;
    let started = Instant::now();
    let display = Display::start("restore", &job, args.quiet);
    let report = restore::run(input, &params, &options, &job);
    drop(display);
    let seconds = started.elapsed().as_secs_f64();
    let report = report.map_err(CommandFailure::from);
    if let Some(held) = &held {
        note(held, &params, &report, seconds);
    }
    let report = report?;
    output::told(render(&args, held.as_ref(), &report, seconds));
    Ok(Exit::with_findings(!report.is_clean()))
}

fn open(args: &Args) -> Result<(Input, Option<Held>), CommandFailure> {
    if args.archive == Path::new("-") {
        let stream = ArchiveStream::new(std::io::stdin(), "standard input")?;
        return Ok((Input::Pipe(Box::new(stream)), None));
    }
    let (archive, held) = repository::opened(&args.archive, &args.repo, &args.of)?;
    Ok((Input::File(Arc::new(archive)), held))
}

/// Writes the result to the history of the snapshot's repository.
fn note(held: &Held, params: &Params, report: &Result<RestoreReport, CommandFailure>, seconds: f64) {
    let (clean, said) = match report {
        Ok(report) => (
            report.is_clean(),
            Ok(format!("{} entries, {} rows", report.entries, report.rows)),
        ),
        Err(failure) => (false, Err(failure.stopped())),
    };
    keep::restored(
        &repository::audit(&held.repository),
        &held.snapshot,
        params,
        clean,
        said,
        seconds,
    );
}

fn render(args: &Args, held: Option<&Held>, report: &RestoreReport, seconds: f64) -> Result<(), CommandFailure> {
    for warning in &report.warnings {
        eprintln!("warning: {}", sanitize(warning));
    }
    for failure in &report.failures {
        eprintln!("error: {}", sanitize(&failure.to_string()));
        if let Some(server) = &failure.server {
            for (name, text) in [
                ("detail", &server.detail),
                ("context", &server.context),
                ("hint", &server.hint),
            ] {
                if let Some(text) = text {
                    eprintln!("  {name}: {}", sanitize(text));
                }
            }
        }
        if let Some(statement) = &failure.statement {
            eprintln!("  statement: {}", sanitize(statement));
        }
    }
    if report
        .failures
        .iter()
        .any(restore::failure::Failure::is_lock_table_full)
    {
        eprintln!("hint: {}", hints::LOCK_TABLE_FULL);
    }
    if !args.disable_triggers && report.failures.iter().any(restore::failure::Failure::is_of_order) {
        eprintln!("hint: {OUT_OF_ORDER}");
    }
    if report.resumable {
        eprintln!("hint: {}", hints::NOT_FOUND);
    }
    for line in misfit_lines(&report.misfits) {
        eprintln!("{}", sanitize(&line));
    }
    for skipped in &report.skipped {
        eprintln!("{}", sanitize(&skipped_line(skipped)));
    }
    for line in spared_lines(&report.spared) {
        eprintln!("{}", sanitize(&line));
    }
    for line in path_lines(&report.search_paths) {
        eprintln!("{}", sanitize(&line));
    }
    for damaged in &report.damaged {
        eprintln!("left out as damaged: {}", sanitize(&damaged.to_string()));
    }
    for (what, needs) in &report.left_out {
        eprintln!("left out: {}, which needs {}", sanitize(what), sanitize(needs));
    }
    for kind in &report.not_covered {
        let names: Vec<String> = kind.names.iter().map(|n| sanitize(n)).collect();
        eprintln!("not in the archive: {} {}", sanitize(&kind.kind), names.join(", "));
    }
    for missing in &report.partial {
        eprintln!("not in the archive: {}", sanitize(&missing.to_string()));
    }
    if args.json {
        return output::json(&serde_json::json!({
            "snapshot": held.map(|held| held.snapshot.id()),
            "source_database": held.map(|held| &held.snapshot.record.database),
            "database": report.database,
            "globals": report.globals,
            "entries": report.entries,
            "relations": report.relations,
            "tables": report.relations,
            "large_objects": report.large_objects,
            "rows": report.rows,
            "resumed": { "entries": report.resumed.entries, "rows": report.resumed.rows },
            "raw_bytes": report.raw_bytes,
            "seconds": seconds,
            "failures": report.failures.iter().map(|f| serde_json::json!({
                "kind": f.what.kind(),
                "identity": f.what.identity(),
                "cause": f.cause,
                "sqlstate": f.server.as_ref().map(|s| &s.sqlstate),
                "statement": f.statement,
            })).collect::<Vec<_>>(),
            "skipped": report.skipped.iter().map(|s| serde_json::json!({
                "kind": s.what.kind(), "identity": s.what.identity(), "because": s.because.to_string(),
            })).collect::<Vec<_>>(),
            "missing": spared_json(&report.spared),
            "damaged": report.damaged.iter().map(|d| serde_json::json!({
                "relation": d.relation, "name": d.name, "chunk": d.chunk, "rows": d.rows, "cause": d.cause,
            })).collect::<Vec<_>>(),
            "left_out": report.left_out.iter().map(|(what, needs)| serde_json::json!({
                "what": what, "needs": needs,
            })).collect::<Vec<_>>(),
            "not_covered": report.not_covered,
            "partial": report.partial,
            "misfits": misfits_json(&report.misfits),
            "resumable": report.resumable,
            "search_paths": paths_json(&report.search_paths),
            "warnings": report.warnings,
        }));
    }
    let mut text = format!(
        "restored {}{} entries, {} tables, {} rows{} ({}){} into {} in {seconds:.1} s ({})",
        output::globals(report.globals),
        count(report.entries),
        count(report.relations),
        count(report.rows),
        output::large_objects(report.large_objects),
        bytes(report.raw_bytes),
        held.map_or_else(String::new, |held| format!(
            " of database {}",
            sanitize(&held.snapshot.record.database)
        )),
        sanitize(&report.database),
        rate(report.raw_bytes, seconds),
    );
    if report.resumed != Resumed::default() {
        text.push_str(&format!(
            "; {} entries and {} rows were there",
            count(report.resumed.entries),
            count(report.resumed.rows)
        ));
    }
    if !report.is_clean() {
        text.push_str(&format!(
            "; {} failed, {} skipped",
            report.failures.len(),
            report.skipped.len() + report.spared.len() + report.misfits.unheld.len() + report.misfits.dependants.len()
        ));
    }
    if !report.damaged.is_empty() {
        let rows = report.damaged.iter().fold(0, |sum: u64, d| sum.saturating_add(d.rows));
        let (chunks, rows) = (count(report.damaged.len() as u64), count(rows));
        text.push_str(&format!("; {rows} rows in {chunks} damaged chunks left out"));
    }
    output::line(&text)
}

/// One line for each difference that the target's version makes.
fn misfit_lines(misfits: &Misfits) -> Vec<String> {
    let major = misfits.major;
    let unheld = misfits.unheld.iter();
    let unheld = unheld.map(|(what, lacks)| format!("cannot be held by PostgreSQL {major}: {what}: {lacks}"));
    let changed = misfits.changed.iter();
    let changed = changed.map(|(what, lacks)| format!("changed for PostgreSQL {major}: {what}: without {lacks}"));
    unheld
        .chain(misfits.dependants.iter().map(skipped_line))
        .chain(changed)
        .collect()
}

fn skipped_line(skipped: &Skipped) -> String {
    format!("skipped: {}, because {}", skipped.what, skipped.because)
}

fn misfits_json(misfits: &Misfits) -> serde_json::Value {
    let told = |list: &[(String, String)]| -> Vec<serde_json::Value> {
        let one = |(what, lacks): &(String, String)| serde_json::json!({ "what": what, "lacks": lacks });
        list.iter().map(one).collect()
    };
    let skipped = misfits.dependants.iter().map(|s| {
        serde_json::json!({ "kind": s.what.kind(), "identity": s.what.identity(), "because": s.because.to_string() })
    });
    serde_json::json!({
        "not_held": told(&misfits.unheld),
        "changed": told(&misfits.changed),
        "skipped": skipped.collect::<Vec<_>>(),
    })
}

fn render_plan(args: &Args, plan: &RestorePlan) -> Result<(), CommandFailure> {
    let name = |id: &u32| {
        plan.catalog
            .entry(*id)
            .map_or_else(String::new, |e| sanitize(&format!("{} {}", e.kind, e.identity)))
    };
    let global = |entry: &Entry| sanitize(&format!("{} {}", entry.kind, entry.identity));
    let missing: Vec<String> = plan
        .missing
        .iter()
        .map(|requirement| match requirement {
            Requirement::Role(name) => format!("role {name}"),
            Requirement::Extension(name) => format!("extension {name}"),
            Requirement::Tablespace(name) => format!("tablespace {name}"),
        })
        .chain(plan.missing_tables.iter().map(|name| format!("table {name}")))
        .chain(plan.needs.iter().map(ToString::to_string))
        .collect();
    let raw: u64 = plan
        .selection
        .relations
        .iter()
        .filter_map(|r| plan.weights.get(r))
        .sum();
    let after: Vec<u32> = plan
        .steps
        .after
        .steps
        .iter()
        .chain(&plan.steps.last.steps)
        .filter_map(|s| {
            if let crate::plan::restore::steps::Step::Define(id) = s {
                Some(*id)
            } else {
                None
            }
        })
        .chain(plan.steps.at_end.iter().copied())
        .collect();
    let relation = |id: &u32| {
        plan.catalog
            .relation(*id)
            .map_or_else(String::new, |r| sanitize(&r.label()))
    };
    if args.json {
        return output::json(&serde_json::json!({
            "database": plan.database,
            "drops": plan.forecast.drops.iter().map(|dropped| serde_json::json!({
                "what": dropped.what, "bytes": dropped.bytes, "sessions": dropped.sessions,
            })).collect::<Vec<_>>(),
            "globals": plan.catalog.globals.iter().map(global).collect::<Vec<_>>(),
            "before_rows": plan.steps.before.iter().map(name).collect::<Vec<_>>(),
            "rows_of": plan.selection.relations.iter().map(relation).collect::<Vec<_>>(),
            "raw_bytes": raw,
            "after_rows": after.iter().map(name).collect::<Vec<_>>(),
            "privileges_of": plan.steps.privileges.iter().map(name).collect::<Vec<_>>(),
            "already_there": plan.conflicts.iter().map(name).collect::<Vec<_>>(),
            "missing": missing,
            "skipped": spared_json(&plan.spared),
            "refused": plan.forecast.refusals,
            "doubts": plan.forecast.doubts,
            "left_out": plan.selection.left_out.iter().map(|l| name(&l.entry)).collect::<Vec<_>>(),
            "misfits": misfits_json(&plan.misfits),
        }));
    }
    output::line(&format!(
        "into database {}, nothing is changed by --plan",
        sanitize(&plan.database)
    ))?;
    for dropped in &plan.forecast.drops {
        output::line(&format!("  drop    {}", sanitize(&drop_line(dropped))))?;
    }
    for entry in &plan.catalog.globals {
        output::line(&format!("  global  {}", global(entry)))?;
    }
    for id in &plan.steps.before {
        let needed = plan.selection.entries.get(id) == Some(&Reason::Needed);
        output::line(&format!(
            "  create  {}{}",
            name(id),
            if needed { "  (needed)" } else { "" }
        ))?;
    }
    let mut relations: Vec<u32> = plan.selection.relations.iter().copied().collect();
    relations.sort_by_key(|r| std::cmp::Reverse(plan.weights.get(r).copied().unwrap_or(0)));
    for id in &relations {
        let size = plan.weights.get(id).copied().unwrap_or(0);
        output::line(&format!("  load    {}  {}", relation(id), bytes(size)))?;
    }
    for id in &after {
        output::line(&format!("  create  {}", name(id)))?;
    }
    for id in &plan.steps.privileges {
        output::line(&format!("  grant   {}", name(id)))?;
    }
    for left_out in &plan.selection.left_out {
        output::line(&format!(
            "left out: {}, which needs {}",
            name(&left_out.entry),
            sanitize(&left_out.missing)
        ))?;
    }
    for line in spared_lines(&plan.spared) {
        output::line(&sanitize(&line))?;
    }
    for line in misfit_lines(&plan.misfits) {
        output::line(&sanitize(&line))?;
    }
    for id in &plan.conflicts {
        output::line(&format!("already there: {}", name(id)))?;
    }
    for text in &missing {
        output::line(&format!("missing on the target: {}", sanitize(text)))?;
    }
    for doubt in &plan.forecast.doubts {
        output::line(&format!("may fail: {}", sanitize(doubt)))?;
    }
    for reason in &plan.forecast.refusals {
        output::line(&format!("would be refused: {}", sanitize(reason)))?;
    }
    output::line(&format!(
        "{} entries, {} tables, {}",
        plan.selection.entries.len(),
        relations.len(),
        bytes(raw)
    ))
}
