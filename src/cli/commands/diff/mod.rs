//! `pgark diff`

mod args;
mod changes;
mod json;
mod rows;
mod screen;
mod sides;

use std::time::Instant;

use crate::cli::commands::compare::notes;
use crate::cli::options::dump::default_jobs;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::{output, signals};
use crate::compare::{self, CompareOptions, Ignore};
use crate::plan::choose::filter::Parts;
pub(crate) use args::Args;
use changes::Changes;
use sides::Sides;

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let sides = sides::open(&args)?;
    match &args.rows {
        Some(table) => rows::run(&args, &sides, table),
        None => objects(&args, &sides),
    }
}

fn objects(args: &Args, sides: &Sides) -> Result<Exit, CommandFailure> {
    let job = signals::job()?;
    let options = CompareOptions {
        jobs: args.jobs.map_or_else(default_jobs, usize::from),
        ignore: Ignore {
            owners: args.no_owner,
            privileges: args.no_privileges,
        },
        details: true,
    };
    let parts = if args.schema_only { Parts::Schema } else { Parts::All };
    let filter = |database: &str| args.selection.filter(database, &[], parts);
    let started = Instant::now();
    let display = Display::start("diff", &job, args.quiet);
    let (a, b) = (&sides.a.place, &sides.b.place);
    let report = compare::run(a, b, &options, &filter, &job);
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
