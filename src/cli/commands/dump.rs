//! `pgark dump`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::archive::PartialFile;
use crate::cli::options::connection::DatabaseOptions;
use crate::cli::options::dump::TakeOptions;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::{ENVIRONMENT, EXIT_CODES};
use crate::cli::terminal::output::{bytes, count, rate};
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::{output, signals};
use crate::dump::{self, DumpReport};
use crate::model::ident::sanitize;
use crate::plan::choose::filter::Filter;

const HELP: &str = "\
Examples:
  pgark dump shop -o shop.pgark
  pgark dump postgres://backup@db.example.com/shop -j 4 -o shop.pgark
  pgark dump shop -n 'sales*' --exclude-table-data '*.audit' -o sales.pgark
  pgark dump shop --table-and-children 'visits' --filter rules.txt -o part.pgark
  pgark dump shop --section=pre-data -o tables.pgark
  pgark dump shop -o - | ssh vault 'cat > shop.pgark'
  pgark dump postgres --globals --role-passwords -o roles.pgark
";

/// Dump a database into one archive
///
/// Reads one consistent snapshot over several connections; large tables are split across them.
/// The archive is written beside FILE and gets its name only when it is complete.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{ENVIRONMENT}\n{EXIT_CODES}"))]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseOptions,
    /// Archive to write, `-` for standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    output: PathBuf,
    /// Replace FILE if it exists
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    taken: TakeOptions,
    /// Only roles, tablespaces and privileges on parameters; nothing of the database. A dump of a
    /// whole database has them anyway
    #[arg(
        long,
        conflicts_with_all = ["schemas", "exclude_schemas", "tables", "exclude_tables", "exclude_table_data",
            "table_and_children", "exclude_table_and_children", "exclude_table_data_and_children", "extension",
            "exclude_extension", "filter", "schema_only", "data_only", "sections"],
        help_heading = "Selection"
    )]
    globals: bool,
    /// A short name to find the archive by
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// What the archive is for
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

pub(crate) fn run(mut args: Args) -> Result<Exit, CommandFailure> {
    args.taken.read_files()?;
    let to_pipe = args.output == Path::new("-");
    // First of all, before the user is asked for a password.
    let pipe = to_pipe.then(|| output::data(true)).transpose()?;
    let params = args.database.params()?;
    let job = signals::job()?;
    let mut options = args.taken.options();
    options.label = args.label.clone();
    options.purpose = args.purpose.clone();
    if args.globals {
        options.described.push("globals".to_owned());
    }
    let filter = |database: &str| {
        Ok(Filter {
            globals_only: args.globals,
            ..args.taken.filter(database)?
        })
    };
    let started = Instant::now();
    let display = Display::start("dump", &job, args.quiet);
    let report = if let Some(pipe) = pipe {
        let sink = || Ok(Box::new(pipe) as Box<dyn Write + Send>);
        dump::run(&params, &options, &filter, sink, &job)?
    } else {
        let partial = PartialFile::create(&args.output, args.overwrite)?;
        let sink = || partial.sink();
        let report = dump::run(&params, &options, &filter, sink, &job)?;
        if job.is_stopped() {
            return Err(dump::DumpError::Interrupted.into());
        }
        partial.commit(args.overwrite)?;
        report
    };
    drop(display);
    output::told(render(&args, &report, started.elapsed().as_secs_f64(), to_pipe));
    Ok(Exit::with_findings(
        !report.not_covered.is_empty() || !report.partial.is_empty(),
    ))
}

fn render(args: &Args, report: &DumpReport, seconds: f64, to_pipe: bool) -> Result<(), CommandFailure> {
    let summary = &report.summary;
    let root = summary.root_digest.to_string();
    for warning in &report.warnings {
        eprintln!("warning: {}", sanitize(warning));
    }
    for kind in &report.not_covered {
        let names: Vec<String> = kind.names.iter().map(|n| sanitize(n)).collect();
        eprintln!("not covered: {} {}", sanitize(&kind.kind), names.join(", "));
    }
    for missing in &report.partial {
        eprintln!("not in the archive: {}", sanitize(&missing.to_string()));
    }
    for line in output::absent(&report.absent) {
        eprintln!("{line}");
    }
    if args.json {
        let value = serde_json::json!({
            "archive": args.output.display().to_string(),
            "globals": report.globals,
            "entries": report.entries,
            "relations": report.relations,
            "tables": report.relations,
            "large_objects": report.large_objects,
            "rows": report.rows,
            "raw_bytes": summary.raw_bytes,
            "stored_bytes": summary.bytes,
            "seconds": seconds,
            "root_digest": root,
            "not_covered": report.not_covered,
            "partial": report.partial,
            "absent": report.absent.iter().map(|(what, by)| serde_json::json!({
                "what": what, "needed_by": by,
            })).collect::<Vec<_>>(),
            "warnings": report.warnings,
        });
        if to_pipe {
            eprintln!("{value}");
            return Ok(());
        }
        return output::json(&value);
    }
    let text = format!(
        "dumped {}{} entries, {} tables, {} rows{}: {} raw, {} stored, {seconds:.1} s ({}), root digest {root}",
        output::globals(report.globals),
        count(report.entries),
        count(report.relations),
        count(report.rows),
        output::large_objects(report.large_objects),
        bytes(summary.raw_bytes),
        bytes(summary.bytes),
        rate(summary.raw_bytes, seconds),
    );
    if to_pipe {
        eprintln!("{text}");
        return Ok(());
    }
    output::line(&text)
}
