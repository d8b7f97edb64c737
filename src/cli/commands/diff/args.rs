//! The arguments of `pgark diff`.

use crate::cli::options::connection::ConnectionOptions;
use crate::cli::options::filter::SelectionArgs;
use crate::cli::options::repository::{OfOptions, REFERENCES, RepoOptions};
use crate::cli::terminal::help::{ENVIRONMENT, EXIT_CODES};

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
pub(crate) struct Args {
    /// What was: REF, archive file, or database name, URI or connection string
    #[arg(value_name = "A")]
    pub a: String,
    /// What is: REF, archive file, or database name, URI or connection string
    #[arg(value_name = "B")]
    pub b: String,
    #[command(flatten)]
    pub repository: RepoOptions,
    #[command(flatten)]
    pub of: OfOptions,
    #[command(flatten)]
    pub options: ConnectionOptions,
    /// Connections that read rows of each live side [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub jobs: Option<u16>,
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Definitions only, no rows and no sequence positions
    #[arg(short = 's', long, help_heading = "SelectionArgs")]
    pub schema_only: bool,
    /// Do not compare owners
    #[arg(short = 'O', long)]
    pub no_owner: bool,
    /// Do not compare privileges
    #[arg(short = 'x', long, visible_alias = "no-acl")]
    pub no_privileges: bool,
    /// Show the whole SQL of objects that were added or removed
    #[arg(long, conflicts_with = "summary")]
    pub sql: bool,
    /// Only how many objects of each kind, tables and sequences changed
    #[arg(long)]
    pub summary: bool,
    /// List the keys of the rows of this table that were added, removed or changed; it must have a primary key
    #[arg(
        long,
        value_name = "TABLE",
        conflicts_with_all = ["sql", "summary", "schema_only", "schemas", "exclude_schemas", "tables", "exclude_tables"]
    )]
    pub rows: Option<String>,
    /// How many keys of each sort --rows lists; the counts are always of all
    #[arg(long, value_name = "N", default_value_t = 50, requires = "rows", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub limit: u32,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    pub quiet: bool,
}
