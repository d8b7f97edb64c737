//! `pgark salvage`

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::archive::{Archive, PartialFile, Salvage, Summary, VerifyOptions};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output::{bytes, count};
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::{output, signals};
use crate::model::ident::sanitize;

const HELP: &str = "\
Examples:
  pgark salvage broken.pgark -o whole.pgark
  pgark salvage .shop.pgark.4711.0.partial -o shop-until-it-died.pgark
";

/// Rebuild an archive of what is whole in a damaged or incomplete one, without a server
///
/// Keeps every chunk that can be decoded and belongs to the archive, lists what is lost by table, and
/// marks the new archive as partial. The old one is left as it is.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{EXIT_CODES}"))]
pub(crate) struct Args {
    /// Archive that is damaged, or whose dump did not finish
    #[arg(value_name = "BROKEN")]
    archive: PathBuf,
    /// Archive to write
    #[arg(short = 'o', long, value_name = "FIXED")]
    output: PathBuf,
    /// Replace FIXED if it exists
    #[arg(long)]
    overwrite: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    if is_same_file(&args.archive, &args.output) {
        return Err(CommandFailure::local(format!(
            "`{}` would replace the archive that it is made of",
            args.output.display()
        )));
    }
    let job = signals::job_that("removing what was written")?;
    let started = Instant::now();
    let display = Display::start("salvage", &job, args.quiet);
    job.progress.stage("checking every record");
    let salvage = Salvage::open(&args.archive, VerifyOptions::default(), &job)?;
    job.progress.stage("writing");
    let found = Lists::of(&salvage);
    let partial = PartialFile::create(&args.output, args.overwrite)?;
    let summary = salvage.write(partial.sink()?, &job)?;
    partial.commit(args.overwrite)?;
    drop(display);
    let archive = Archive::open(&args.output)?;
    output::told(found.render(&args, &summary, &archive, started.elapsed().as_secs_f64()));
    Ok(Exit::with_findings(!found.missing.is_empty()))
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// What is printed once the new archive is written.
struct Lists {
    findings: Vec<crate::archive::Finding>,
    losses: Vec<crate::archive::Loss>,
    missing: Vec<crate::model::Missing>,
}

impl Lists {
    fn of(salvage: &Salvage) -> Self {
        Self {
            findings: salvage.findings().to_vec(),
            losses: salvage.losses().to_vec(),
            missing: salvage.missing().to_vec(),
        }
    }

    fn render(&self, args: &Args, summary: &Summary, archive: &Archive, seconds: f64) -> Result<(), CommandFailure> {
        if args.json {
            return output::json(&serde_json::json!({
                "archive": args.output.display().to_string(),
                "salvaged_from": args.archive.display().to_string(),
                "tables": archive.tables(),
                "rows": archive.rows(),
                "large_objects": archive.catalog().large_objects(),
                "raw_bytes": summary.raw_bytes,
                "bytes": summary.bytes,
                "root_digest": summary.root_digest.to_string(),
                "seconds": seconds,
                "partial": self.missing,
                "lost": self.losses.iter().map(|loss| serde_json::json!({
                    "relation": loss.relation,
                    "name": loss.name,
                    "rows": loss.rows,
                    "chunks": loss.chunks,
                    "lost_rows": loss.lost_rows,
                    "lost_chunks": loss.lost_chunks,
                    "maybe_more": loss.maybe_more,
                })).collect::<Vec<_>>(),
                "findings": self.findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            }));
        }
        for finding in &self.findings {
            output::line(&format!("damage: {}", sanitize(&finding.to_string())))?;
        }
        for missing in &self.missing {
            output::line(&format!("not in the new archive: {}", sanitize(&missing.to_string())))?;
        }
        let lost = match self.missing.is_empty() {
            true => "nothing is lost",
            false => "marked partial",
        };
        output::line(&format!(
            "salvaged {} rows of {} tables{}, {lost}: {} raw, {} stored, {seconds:.1} s, root digest {}",
            count(archive.rows()),
            count(archive.tables()),
            output::large_objects(archive.catalog().large_objects()),
            bytes(summary.raw_bytes),
            bytes(summary.bytes),
            summary.root_digest,
        ))
    }
}
