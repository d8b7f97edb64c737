//! The arguments of `pgark rollback`.

use std::path::PathBuf;

use crate::cli::options::connection::ConnectionOptions;
use crate::cli::options::hooks::HookArgs;
use crate::cli::options::repository;
use crate::cli::options::repository::RepoOptions;
use crate::cli::terminal::help::{ENVIRONMENT, EXIT_CODES};

const HELP: &str = "\
Examples:
  pgark rollback before-migration -d app --repo /backup --reason 'prices were lost'
  pgark rollback before-migration -d app --repo /backup --yes --smoke-sql checks.sql
  pgark rollback -d app --repo /backup --emergency

The state that is replaced is saved first, as a snapshot labelled emergency_pre_rollback: to undo a rollback is to roll
back to that. Until the end, readers and writers see the old state. Then their connections are ended, and new ones see
the new one. In place (`--method transaction`, or where the role may not make databases) writers wait from the moment at
which the present state is saved. A rollback that fails says whether the database is as it was; one that is killed leaves
the old state or the new one, whole, and the next one drops what it left behind.
";

/// Bring a database back to a snapshot
///
/// Verifies the snapshot, shows what would be replaced and asks; saves the present state; restores into a new database
/// beside the old one, compares it with the snapshot, runs smoke checks; then swaps the names. Where no database can be
/// made, restores in place, in one transaction.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{ENVIRONMENT}  PGARK_REPO\n\n{EXIT_CODES}", repository::REFERENCES))]
pub(crate) struct Args {
    /// The snapshot [default: the latest of this database]
    #[arg(value_name = "REF")]
    pub reference: Option<String>,
    /// Database to replace: name, postgres:// URI or "key=value" connection string
    #[arg(
        short = 'd',
        long = "dbname",
        value_name = "CONN",
        required = true,
        help_heading = "Connection"
    )]
    pub dbname: String,
    #[command(flatten)]
    pub options: ConnectionOptions,
    #[command(flatten)]
    pub repo: RepoOptions,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Ask nothing
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// The latest complete snapshot of the database, without questions
    #[arg(long, conflicts_with = "reference")]
    pub emergency: bool,
    /// The snapshot is of this environment
    #[arg(long = "env", value_name = "NAME", help_heading = "Repository")]
    pub environment: Option<String>,
    /// The snapshot may be of a database of another name
    #[arg(long)]
    pub from_other_database: bool,
    /// How it is replaced: by a swap of names, in one transaction, or whichever can be had
    #[arg(long, value_name = "METHOD", default_value = "auto", value_parser = ["auto", "swap", "transaction"])]
    pub method: String,
    /// SQL that must hold in the restored database before it takes the place of the old one: every statement must
    /// succeed, and no first column may be false
    #[arg(long, value_name = "FILE")]
    pub smoke_sql: Option<PathBuf>,
    /// Go on when the restored database differs from the snapshot in something
    #[arg(long)]
    pub accept_differences: bool,
    /// Keep the database that was replaced, under another name
    #[arg(long)]
    pub keep_old: bool,
    /// Connections of each step [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub jobs: Option<u16>,
    #[command(flatten)]
    pub hooks: HookArgs,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    pub quiet: bool,
}
