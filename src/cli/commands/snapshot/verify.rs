//! `pgark snapshot verify`

use crate::cli::options::repository;
use crate::cli::options::repository::{OfOptions, RepoOptions};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::signals;
use crate::model::ident::sanitize;
use crate::repository::reference::Wanted;
use crate::repository::{Checked, Depth, Repository, Snapshot, Standing};
use crate::snapshot::{Audit, keep};

const HELP: &str = "\
Examples:
  pgark snapshot verify latest --repo /backup
  pgark snapshot verify --all --repo /backup
  pgark snapshot verify --sample 5% --repo /backup
";

/// Check the archives of snapshots, and record when and how deep
///
/// Every byte, or with --sample all metadata and so many percent of the chunks of rows, drawn anew each time. A snapshot
/// whose maker ended before its record was complete is given one, if its archive is good.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{EXIT_CODES}", repository::REFERENCES))]
pub(super) struct Args {
    /// The snapshot
    #[arg(value_name = "REF", required_unless_present_any = ["all", "sample"], conflicts_with = "all")]
    reference: Option<String>,
    #[command(flatten)]
    repo: RepoOptions,
    #[command(flatten)]
    of: OfOptions,
    /// All snapshots, of all databases unless --database names one
    #[arg(long)]
    all: bool,
    /// So many percent of the chunks of each; of all snapshots, unless a REF is given
    #[arg(long, value_name = "N%", value_parser = percent)]
    sample: Option<f64>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(percent),
        _ => Err("expected a percentage above 0, at most 100".to_owned()),
    }
}

pub(super) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let repository = args.repo.open()?;
    let chosen = match &args.reference {
        Some(reference) => {
            let wanted = Wanted {
                any: true,
                ..args.of.wanted(reference)
            };
            vec![repository::find(&repository, &wanted)?]
        }
        None => {
            let named = |s: &Snapshot| args.of.database.as_ref().is_none_or(|name| s.record.database == *name);
            let in_it = |s: &Snapshot| {
                let environment = args.of.environment.as_ref();
                environment.is_none_or(|name| s.record.environment.as_ref() == Some(name))
            };
            let all = repository.snapshots()?.into_iter();
            let all: Vec<Snapshot> = all.filter(|s| named(s) && in_it(s)).collect();
            left(&all, &repository);
            all.into_iter().filter(|s| is_checked(s, &repository)).collect()
        }
    };
    let depth = args.sample.map_or(Depth::Full, Depth::Sample);
    let mut results = Vec::new();
    let audit = repository::audit(&repository);
    for snapshot in &chosen {
        let Some(verified) = verify(&audit, snapshot, depth, &args)? else {
            eprintln!("note: `{}` went into the trash meanwhile", snapshot.id());
            continue;
        };
        let keep::Verified { checked, seconds } = verified;
        if !args.json {
            for finding in &checked.findings {
                output::line(&format!("damage: {}: {}", snapshot.id(), sanitize(finding)))?;
            }
            let verdict = if checked.is_good() { "good" } else { "NOT good" };
            output::line(&format!("{verdict}: {} ({checked}, {seconds:.1} s)", snapshot.id()))?;
        }
        results.push((snapshot, checked, seconds));
    }
    if args.json {
        let one = |(snapshot, checked, seconds): &(&Snapshot, Checked, f64)| {
            serde_json::json!({
                "id": snapshot.id(), "good": checked.is_good(), "depth": depth.to_string(), "chunks": checked.chunks,
                "findings": checked.findings, "adopted": checked.adopted, "seconds": seconds,
            })
        };
        output::json(&serde_json::json!(results.iter().map(one).collect::<Vec<_>>()))?;
    } else if results.is_empty() {
        output::line("nothing to verify")?;
    }
    Ok(Exit::with_findings(
        results.iter().any(|(_, checked, _)| !checked.is_good()),
    ))
}

/// Whether it has or should have an archive. A snapshot that never ended may have got as far as that.
fn is_checked(snapshot: &Snapshot, repository: &Repository) -> bool {
    match snapshot.standing {
        Standing::Running | Standing::Failed => false,
        Standing::Incomplete => repository.has_file(snapshot.id()),
        _ => true,
    }
}

/// Names snapshots that never ended and have no archive: there is nothing to check.
fn left(all: &[Snapshot], repository: &Repository) {
    let is_left = |s: &&Snapshot| s.standing == Standing::Incomplete && !is_checked(s, repository);
    for snapshot in all.iter().filter(is_left) {
        eprintln!("note: `{}` was begun and never ended: it has no archive", snapshot.id());
    }
}

fn verify(
    audit: &Audit,
    snapshot: &Snapshot,
    depth: Depth,
    args: &Args,
) -> Result<Option<keep::Verified>, CommandFailure> {
    let job = signals::job_that("ending the check")?;
    let _display = Display::start("verify", &job, args.quiet);
    // A snapshot named by the user must exist; any of the others may be deleted meanwhile.
    let may_go = args.reference.is_none();
    Ok(keep::verify(audit, snapshot, depth, may_go, &job)?)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_have_their_sign_or_not() {
        assert_eq!(percent("5%"), Ok(5.0));
        assert_eq!(percent("0.5"), Ok(0.5));
        for wrong in ["0", "101%", "x", ""] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}
