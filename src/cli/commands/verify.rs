//! `pgark verify`

use std::path::PathBuf;
use std::time::Instant;

use crate::archive::{self, VerifyOptions, VerifyReport};
use crate::cli::options::repository;
use crate::cli::options::repository::{Named, OfOptions, RepoOptions};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::cli::terminal::output::{bytes, count, rate};
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::signals;
use crate::model::ident::sanitize;
use crate::repository::RepositoryError;

const HELP: &str = "\
Examples:
  pgark verify shop.pgark
  pgark verify --json shop.pgark
";

/// Check every byte of an archive, without a server
///
/// Recomputes all checksums and digests, decodes every chunk, and holds the counts against the
/// manifest. Lists all damage, not only the first.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{EXIT_CODES}"))]
pub(crate) struct Args {
    /// Archive to check, a file or with --repo a REF (`pgark snapshot verify` also records it)
    #[arg(value_name = "ARCHIVE|REF")]
    archive: PathBuf,
    #[command(flatten)]
    repo: RepoOptions,
    #[command(flatten)]
    of: OfOptions,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let named = repository::named(&args.archive, &args.repo, &args.of)?;
    let job = signals::job_that("ending the check")?;
    let started = Instant::now();
    let display = Display::start("verify", &job, args.quiet);
    let options = VerifyOptions::default();
    let report = match &named {
        Named::File(path) => archive::verify(path, options, &job).map_err(CommandFailure::from),
        Named::Snapshot(held) => {
            let storage = held.repository.storage();
            let report = storage.verify_archive(&held.archive_name(), options, &job);
            report.map_err(|error| RepositoryError::from(error).into())
        }
    };
    drop(display);
    let report = report?;
    render(&args, &report, started.elapsed().as_secs_f64())?;
    Ok(Exit::with_findings(!report.is_good()))
}

fn render(args: &Args, report: &VerifyReport, seconds: f64) -> Result<(), CommandFailure> {
    if args.json {
        return output::json(&serde_json::json!({
            "archive": args.archive.display().to_string(),
            "intact": report.is_good(),
            "complete": report.complete,
            "root_digest": report.root_digest.map(|d| d.to_string()),
            "records": report.records,
            "chunks": report.chunks,
            "rows": report.rows,
            "raw_bytes": report.raw_bytes,
            "bytes": report.bytes,
            "seconds": seconds,
            "partial": report.partial,
            "findings": report.findings.iter().map(|f| serde_json::json!({
                "offset": f.offset,
                "record": f.record,
                "kind": f.kind.map(|k| k.to_string()),
                "relation": f.relation,
                "chunk": f.chunk,
                "what": f.what.to_string(),
            })).collect::<Vec<_>>(),
        }));
    }
    for finding in &report.findings {
        output::line(&format!("damage: {}", sanitize(&finding.to_string())))?;
    }
    for missing in &report.partial {
        output::line(&format!("not in the archive: {}", sanitize(&missing.to_string())))?;
    }
    let totals = format!(
        "{} records, {} chunks, {} rows, {} raw, {} stored, {seconds:.1} s ({} raw)",
        count(report.records),
        count(report.chunks),
        count(report.rows),
        bytes(report.raw_bytes),
        bytes(report.bytes),
        rate(report.raw_bytes, seconds),
    );
    if !report.complete {
        output::line("incomplete: the archive has no trailer; its dump did not finish, or the file was cut")?;
    }
    match (
        report.findings.len() + usize::from(!report.complete),
        report.root_digest,
    ) {
        (0, Some(root)) => output::line(&format!("intact: {totals}, root digest {root}")),
        (0, None) => output::line(&format!("intact: {totals}")),
        (found, _) => output::line(&format!("{found} findings: {totals}")),
    }
}
