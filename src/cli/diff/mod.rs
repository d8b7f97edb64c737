//! `pgark diff`

mod changes;
mod json;
mod rows;
mod screen;
mod sides;

use std::sync::Arc;
use std::time::Instant;

use crate::cli::compare::notes;
use crate::cli::connection::ConnectionOptions;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::filter::{Selection, relations};
use crate::cli::progress_bar::Display;
use crate::cli::repo::{OfOptions, REFERENCES, RepoOptions};
use crate::cli::take::default_jobs;
use crate::cli::{ENVIRONMENT, EXIT_CODES, output, signals};
use crate::compare::{self, CompareOptions, Ignore};
use crate::plan::filter::{Filter, Parts};
use crate::progress::Progress;
use changes::Changes;
use sides::Sides;

const HELP: &str = "\
Examples:
  pgark diff before-migration app --repo backups
  pgark diff before-migration latest --repo backups --summary
  pgark diff monday.pgark tuesday.pgark -n public
  pgark diff before-migration app --repo backups --rows orders
";

const SIDES: &str = "\
A and B are each an archive file, a snapshot or a live database. A URI or a connection string (`dbname=app`) is always
a database, what begins with `/` or `.` or ends with `.pgark` always a file. With a repository, any other word is a REF first,
and the name of a database where the repository has no such snapshot; without one it is a file if there is one of that name.
";

/// Show what changed between two snapshots, or between a snapshot and a live database
///
/// Objects added, removed and changed, with the difference of their SQL, owners, privileges and comments; of every table
/// whose rows changed, how many there were and are, and how large; positions of sequences. With --rows, the keys of the
/// rows that differ in one table.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{SIDES}\n{REFERENCES}\n{ENVIRONMENT}\n{EXIT_CODES}"))]
pub struct Args {
    /// What was: REF, archive file, or database name, URI or connection string
    #[arg(value_name = "A")]
    a: String,
    /// What is: REF, archive file, or database name, URI or connection string
    #[arg(value_name = "B")]
    b: String,
    #[command(flatten)]
    repository: RepoOptions,
    #[command(flatten)]
    of: OfOptions,
    #[command(flatten)]
    options: ConnectionOptions,
    /// Connections that read rows of each live side [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
    #[command(flatten)]
    selection: Selection,
    /// Definitions only, no rows and no sequence positions
    #[arg(short = 's', long, help_heading = "Selection")]
    schema_only: bool,
    /// Do not compare owners
    #[arg(short = 'O', long)]
    no_owner: bool,
    /// Do not compare privileges
    #[arg(short = 'x', long, visible_alias = "no-acl")]
    no_privileges: bool,
    /// Show the whole SQL of objects that were added or removed
    #[arg(long, conflicts_with = "summary")]
    sql: bool,
    /// Only how many objects of each kind, tables and sequences changed
    #[arg(long)]
    summary: bool,
    /// List the keys of the rows of this table that were added, removed or changed; it must have a primary key
    #[arg(
        long,
        value_name = "TABLE",
        conflicts_with_all = ["sql", "summary", "schema_only", "schemas", "exclude_schemas", "tables", "exclude_tables"]
    )]
    rows: Option<String>,
    /// How many keys of each sort --rows lists; the counts are always of all
    #[arg(long, value_name = "N", default_value_t = 50, requires = "rows", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    limit: u32,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

pub fn run(args: Args) -> Result<Exit, Failure> {
    let sides = sides::open(&args)?;
    match &args.rows {
        Some(table) => rows::run(&args, &sides, table),
        None => objects(&args, &sides),
    }
}

fn objects(args: &Args, sides: &Sides) -> Result<Exit, Failure> {
    let interrupt = signals::interrupt()?;
    let progress = Arc::new(Progress::default());
    let options = CompareOptions {
        jobs: args.jobs.map_or_else(default_jobs, usize::from),
        ignore: Ignore {
            owners: args.no_owner,
            privileges: args.no_privileges,
        },
        details: true,
    };
    let parts = if args.schema_only { Parts::Schema } else { Parts::All };
    let filter = |database: &str| Ok(args.selection.filter(database, &[], parts)?);
    let started = Instant::now();
    let display = Display::start("diff", Arc::clone(&progress), args.quiet);
    let (a, b) = (&sides.a.place, &sides.b.place);
    let report = compare::run(a, b, &options, &filter, &interrupt, &progress);
    drop(display);
    let report = report?;
    notes(&report);
    let changes = Changes::of(&report);
    if args.json {
        output::json(&json::document(
            sides,
            &report,
            &changes,
            started.elapsed().as_secs_f64(),
        ))?;
    } else {
        output::line(screen::render(sides, &report, &changes, args.sql, args.summary).trim_end())?;
    }
    Ok(Exit::with_findings(!report.is_equal()))
}

/// Chooses the one table of `--rows`.
fn one_table(table: &str, database: &str) -> Result<Filter, crate::dump::DumpError> {
    Ok(Filter {
        tables: relations(&[table.to_owned()], database)?,
        ..Filter::default()
    })
}
