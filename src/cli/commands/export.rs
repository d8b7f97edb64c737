//! `pgark export`

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

use crate::archive::{Archive, PartialFile};
use crate::cli::options::dump::default_jobs;
use crate::cli::options::repository;
use crate::cli::options::repository::{OfOptions, RepoOptions};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output::{bytes, count};
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::{output, signals};
use crate::export::error::ExportError;
use crate::export::{self, ExportOptions, Exported, Format};
use crate::model::Missing;
use crate::model::ident::{sanitize, split_names};
use crate::select::one_table::OneTable;
use crate::select::pattern::RelationPattern;

const HELP: &str = "\
Examples:
  pgark export shop.pgark --table shop.orders --format csv -o orders.csv
  pgark export shop.pgark --table orders --format jsonl --columns id,total | jq .total
  pgark export shop.pgark --table orders --format sql --with-definition | psql -d scratch
  pgark export before-migration --repo /backup -t orders -f csv -o orders.csv

Forms:
  csv    what COPY .. CSV HEADER writes and reads: NULL is nothing, an empty string is \"\"
  jsonl  an object per line: numbers, true, false, null and json as they are, all else as strings
  sql    INSERT statements in one transaction, for a table that is there

A partitioned table is exported with all its partitions. Generated columns have no values in an archive.
Rows are in the encoding of the database that was dumped; jsonl is for those in UTF8.
";

/// Write the rows of one table as CSV, JSON lines or SQL, without a server
///
/// Every checksum is verified before a row is written. A damaged chunk ends the export, and leaves no file.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{EXIT_CODES}", repository::REFERENCES))]
pub(crate) struct Args {
    /// Archive to read, a file or with --repo a REF
    #[arg(value_name = "ARCHIVE|REF")]
    archive: PathBuf,
    #[command(flatten)]
    repo: RepoOptions,
    #[command(flatten)]
    of: OfOptions,
    /// Table, or a pattern that matches one table alone
    #[arg(short = 't', long, value_name = "PATTERN")]
    table: String,
    /// What to write
    #[arg(short = 'f', long, value_name = "FORM")]
    format: FormatName,
    /// File to write, readable by its owner alone [default: standard output]
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace FILE if it exists
    #[arg(long, requires = "output")]
    overwrite: bool,
    /// Only these columns, in this order: names with commas between, as in SQL
    #[arg(long, value_name = "NAMES")]
    columns: Option<String>,
    /// CSV without the line of names
    #[arg(long)]
    no_header: bool,
    /// SQL with the table's definition: columns, partitions, own sequences before the rows; indexes, constraints and
    /// triggers after them. Not with its schema and types, owners and privileges, and foreign keys to other tables
    #[arg(long, conflicts_with = "columns")]
    with_definition: bool,
    /// Threads that decode [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
    /// Print what was written as JSON, with -o
    #[arg(long, requires = "output")]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum FormatName {
    Csv,
    Jsonl,
    Sql,
}

impl FormatName {
    fn format(self) -> Format {
        match self {
            Self::Csv => Format::Csv,
            Self::Jsonl => Format::JsonLines,
            Self::Sql => Format::Sql,
        }
    }
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    for (option, given, form) in [
        ("--no-header", args.no_header, FormatName::Csv),
        ("--with-definition", args.with_definition, FormatName::Sql),
    ] {
        if given && args.format != form {
            let form = format!("{form:?}").to_lowercase();
            return Err(CommandFailure::local(format!("{option} is for --format {form}")));
        }
    }
    let columns = args.columns.as_deref().map(|names| {
        split_names(names, ',')
            .ok_or_else(|| CommandFailure::local(format!("`{names}` is no list of names with commas between")))
    });
    let options = ExportOptions {
        format: args.format.format(),
        columns: columns.transpose()?,
        header: !args.no_header,
        with_definition: args.with_definition,
        jobs: args.jobs.map_or_else(default_jobs, usize::from),
    };
    let (archive, _held) = repository::opened(&args.archive, &args.repo, &args.of)?;
    let table = OneTable::choose(archive.catalog(), &RelationPattern::parse(&args.table, "")?)?;
    let started = Instant::now();
    let Some(exported) = write(&args, &archive, &table, &options)? else {
        return Ok(Exit::Done);
    };
    let missing: Vec<Missing> = table.missing(archive.catalog()).collect();
    for missing in &missing {
        eprintln!("not in the archive: {}", sanitize(&missing.to_string()));
    }
    if args.output.is_some() {
        let seconds = started.elapsed().as_secs_f64();
        output::told(render(&args, &table, &exported, &missing, seconds));
    }
    Ok(Exit::with_findings(!missing.is_empty()))
}

/// Exports to the file or to standard output. `None` if the reader of the rows closed the pipe.
fn write(
    args: &Args,
    archive: &Archive,
    table: &OneTable,
    options: &ExportOptions,
) -> Result<Option<Exported>, CommandFailure> {
    let job = signals::job_that("removing what was written")?;
    // On one terminal, rows and progress would disturb each other.
    let on_terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let display = Display::start("export", &job, args.quiet || on_terminal);
    let into = |out: &mut dyn Write| export::run(archive, table, options, out, &job);
    let exported = match &args.output {
        Some(path) => {
            let mut file = PartialFile::create(path, args.overwrite)?;
            let exported = into(&mut file).map_err(|error| match error {
                ExportError::Write(source) => {
                    CommandFailure::local(format!("cannot write `{}`: {source}", path.display()))
                }
                error => error.into(),
            })?;
            file.commit(args.overwrite)?;
            exported
        }
        None => match into(&mut output::data(false)?.lock()) {
            Err(error) if error.is_closed_pipe() => return Ok(None),
            exported => exported?,
        },
    };
    drop(display);
    Ok(Some(exported))
}

fn render(
    args: &Args,
    table: &OneTable,
    exported: &Exported,
    missing: &[Missing],
    seconds: f64,
) -> Result<(), CommandFailure> {
    let output = args
        .output
        .as_deref()
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    if args.json {
        return output::json(&serde_json::json!({
            "archive": args.archive.display().to_string(),
            "table": table.label(),
            "columns": exported.columns,
            "rows": exported.rows,
            "output": output,
            "bytes": exported.bytes,
            "seconds": seconds,
            "missing": missing,
        }));
    }
    output::line(&format!(
        "exported {} rows of {} to {} ({}) in {seconds:.1} s",
        count(exported.rows),
        sanitize(&table.label()),
        sanitize(&output),
        bytes(exported.bytes),
    ))
}
