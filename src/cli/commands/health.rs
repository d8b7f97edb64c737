//! `pgark health`

mod prometheus;
mod screen;

use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::json;

use crate::cli::options::hooks;
use crate::cli::options::hooks::HookArgs;
use crate::cli::options::repository;
use crate::cli::options::repository::RepoOptions;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::plan::age::Age;
use crate::repository::health::{Check, Figures, Health, Limits, judge};
use crate::repository::{Occasion, Outcome, Repository};
use crate::snapshot::hooks::Facts;

const HELP: &str = "\
Examples:
  pgark health --repo /backup
  pgark health --repo /backup --max-age 24h --max-drill-age 30d --min-free 20%
  pgark health --repo /backup --prometheus /var/lib/node_exporter/textfile/pgark.prom
";

/// Tell whether backups work: one line for each thing looked at, exit code 3 if there is a finding
///
/// Looks at the age of the newest complete snapshot of each database, sizes out of line with those before, how the last
/// create and the last drill ended, files that are missing or changed, disk space, and the chain of the history; clocks that were
/// wrong, and what killed commands left. Snapshots of parts of a database do not count. Changes nothing.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{EXIT_CODES}"))]
pub(crate) struct Args {
    #[command(flatten)]
    repo: RepoOptions,
    /// How old the newest complete snapshot of a database may be, e.g. 24h, 7d
    #[arg(long, value_name = "AGE", default_value = "24h")]
    max_age: Age,
    /// How old the last drill may be; without it, only one that failed is a finding
    #[arg(long, value_name = "AGE")]
    max_drill_age: Option<Age>,
    /// How much of the disk has to be free
    #[arg(long, value_name = "PERCENT", default_value = "10%", value_parser = percent)]
    min_free: f64,
    /// Look at this database alone
    #[arg(short = 'd', long, value_name = "NAME")]
    database: Option<String>,
    /// Let snapshots of parts of a database count as if they were of all of it
    #[arg(long)]
    parts: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
    /// Write metrics for the textfile collector of Prometheus' node_exporter, readable by everybody
    #[arg(long, value_name = "FILE")]
    prometheus: Option<PathBuf>,
    #[command(flatten)]
    hooks: HookArgs,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim().parse::<f64>();
    match number {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("expected between 0% and 100%".to_owned()),
    }
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let started = Instant::now();
    let repository = args.repo.open()?;
    let audit = repository::audit(&repository).with_hooks(args.hooks.options());
    let notifier = audit.notifier();
    let looked = look(&args, &repository);
    let detail = looked.as_ref().map_or(serde_json::Value::Null, as_json);
    let (outcome, error) = match &looked {
        Ok(health) if health.findings() == 0 => (Outcome::Done, None),
        Ok(_) => (Outcome::Findings, None),
        Err(failure) => {
            let stopped = failure.stopped();
            (stopped.outcome(), Some(stopped.text))
        }
    };
    let facts = Facts {
        database: args.database.clone(),
        error,
        detail,
        ..Facts::new(Occasion::Health, outcome, started.elapsed().as_secs_f64())
    };
    // A failed hook has caused a warning already; a command that only reads does not write the history.
    notifier.after(&facts);
    let result = looked.map(|health| Exit::with_findings(health.findings() > 0));
    hooks::result(&audit, result)
}

/// Judges the repository and prints the result.
fn look(args: &Args, repository: &Repository) -> Result<Health, CommandFailure> {
    let limits = Limits {
        max_age: args.max_age,
        max_drill_age: args.max_drill_age,
        min_free: args.min_free,
        database: args.database.clone(),
        parts: args.parts,
    };
    let now = Timestamp::now();
    let health = judge(&repository.facts()?, &limits, now);
    if let Some(path) = &args.prometheus {
        let text = prometheus::metrics(&health, &repository.place(), now);
        prometheus::write(path, &text)
            .map_err(|error| CommandFailure::local(format!("cannot write `{}`: {error}", path.display())))?;
    }
    match args.json {
        true => output::json(&as_json(&health))?,
        false => output::line(screen::screen(&health, now).trim_end())?,
    }
    Ok(health)
}

fn as_json(health: &Health) -> serde_json::Value {
    let check = |check: &Check| {
        json!({
            "check": check.what.name(),
            "good": check.good,
            "database": check.subject.as_ref().map(|s| &s.database),
            "environment": check.subject.as_ref().and_then(|s| s.environment.as_ref()),
            "what": screen::told(&check.what, None),
        })
    };
    let figures = |figures: &Figures| {
        json!({
            "database": figures.subject.database,
            "environment": figures.subject.environment,
            "good": figures.good,
            "snapshots": figures.snapshots,
            "newest": figures.taken_at,
            "bytes": figures.amount.bytes,
            "rows": figures.amount.rows,
            "verified_at": figures.verified_at,
            "sampled_at": figures.sampled_at,
            "drilled": figures.drilled,
        })
    };
    json!({
        "good": health.findings() == 0,
        "findings": health.findings(),
        "checks": health.checks.iter().map(check).collect::<Vec<_>>(),
        "databases": health.figures.iter().map(figures).collect::<Vec<_>>(),
        "free_bytes": health.space.free,
        "total_bytes": health.space.total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_their_sign_or_not() {
        assert_eq!(
            (percent("10%"), percent(" 2.5 "), percent("100 %")),
            (Ok(10.0), Ok(2.5), Ok(100.0))
        );
        for wrong in ["", "%", "-1", "101", "NaN", "inf", "x%"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}
