//! `pgark compare`

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::archive::Archive;
use crate::cli::options::connection::ConnectionOptions;
use crate::cli::options::dump::default_jobs;
use crate::cli::options::filter::SelectionArgs;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::{ENVIRONMENT, EXIT_CODES};
use crate::cli::terminal::output::count;
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::{output, signals};
use crate::compare::{self, CompareOptions, CompareReport, Difference, Ignore, Place, Which};
use crate::model::ident::sanitize;
use crate::plan::choose::filter::Parts;
use crate::select::pattern::names;

const HELP: &str = "\
Examples:
  pgark compare shop shop_copy
  pgark compare shop.pgark postgres://new.example.com/shop
  pgark compare monday.pgark tuesday.pgark --json
";

/// Compare two databases, each of them live or in an archive
///
/// Definitions, owners, privileges and comments of all objects, number and content of the rows of
/// every table, and the positions of sequences. Rows are compared as a set, whatever their order.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{ENVIRONMENT}\n{EXIT_CODES}"))]
pub(crate) struct Args {
    /// Archive file, or database name, URI or connection string (snapshots: `pgark diff`)
    #[arg(value_name = "A")]
    a: String,
    /// Archive file, or database name, URI or connection string
    #[arg(value_name = "B")]
    b: String,
    #[command(flatten)]
    options: ConnectionOptions,
    /// Connections that read rows of each live side [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
    #[command(flatten)]
    selection: SelectionArgs,
    /// Definitions only, no rows and no sequence positions
    #[arg(short = 's', long, help_heading = "SelectionArgs")]
    schema_only: bool,
    /// Also rows of the foreign tables on servers that match
    #[arg(
        long,
        value_name = "SERVERPATTERN",
        conflicts_with = "schema_only",
        help_heading = "SelectionArgs"
    )]
    include_foreign_data: Vec<String>,
    /// Do not compare owners
    #[arg(short = 'O', long)]
    no_owner: bool,
    /// Do not compare privileges
    #[arg(short = 'x', long, visible_alias = "no-acl")]
    no_privileges: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// No progress display
    #[arg(short = 'q', long)]
    quiet: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let a = place(&args.a, &args.options)?;
    let b = place(&args.b, &args.options)?;
    let job = signals::job()?;
    let options = CompareOptions {
        jobs: args.jobs.map_or_else(default_jobs, usize::from),
        ignore: Ignore {
            owners: args.no_owner,
            privileges: args.no_privileges,
        },
        details: false,
    };
    let parts = if args.schema_only { Parts::Schema } else { Parts::All };
    let filter = |database: &str| {
        let mut filter = args.selection.filter(database, &[], parts)?;
        filter.include_foreign_data = names(&args.include_foreign_data, database)?;
        Ok(filter)
    };
    let started = Instant::now();
    let display = Display::start("compare", &job, args.quiet);
    let report = compare::run(&a, &b, &options, &filter, &job);
    drop(display);
    let report = report?;
    render(&args, &report, started.elapsed().as_secs_f64())?;
    // An object hidden by a damaged catalog was not compared, so the result is not "equal".
    Ok(Exit::with_findings(!report.is_equal()))
}

/// A live database or an archive. An existing file, and any text that looks like a path, is an archive.
fn place(text: &str, options: &ConnectionOptions) -> Result<Place, CommandFailure> {
    let path = Path::new(text);
    let looks_like_a_file = path.is_file()
        || text.ends_with(".pgark")
        || (text.contains('/') && !text.contains("://") && !text.contains('='));
    if looks_like_a_file {
        return Ok(Place::Archive(Arc::new(Archive::open(path)?)));
    }
    Ok(Place::Live(Box::new(options.params(Some(text))?)))
}

/// Prints to standard error what was not compared, and what one side does not have.
pub(crate) fn notes(report: &CompareReport) {
    for (side, kind) in &report.not_covered {
        let names: Vec<String> = kind.names.iter().map(|n| sanitize(n)).collect();
        eprintln!(
            "not compared: {} in {}: {}",
            sanitize(&kind.kind),
            name(*side),
            names.join(", ")
        );
    }
    for generated in &report.generated_not_compared {
        eprintln!("not compared: {}", sanitize(&generated.to_string()));
    }
    for (side, missing) in &report.partial {
        eprintln!("not in {}: {}", name(*side), sanitize(&missing.to_string()));
    }
    for side in &report.brief_locks {
        eprintln!(
            "note: the server of {} has no room for the locks of all tables (max_locks_per_transaction): each was locked while it was read",
            name(*side)
        );
    }
}

/// What both sides have but was not compared, for JSON.
pub(crate) fn not_compared(report: &CompareReport) -> Vec<serde_json::Value> {
    let generated = report.generated_not_compared.iter().map(|generated| {
        serde_json::json!({
            "what": "generated values", "relation": generated.relation, "columns": generated.columns,
            "why": generated.why,
        })
    });
    generated.collect()
}

fn render(args: &Args, report: &CompareReport, seconds: f64) -> Result<(), CommandFailure> {
    notes(report);
    if args.json {
        return output::json(&serde_json::json!({
            "equal": report.is_equal(),
            "objects": report.objects,
            "tables": report.relations,
            "rows": report.rows,
            "large_objects": report.large_objects,
            "sequences": report.sequences,
            "seconds": seconds,
            "not_compared": not_compared(report),
            "differences": report.differences.iter().map(json).collect::<Vec<_>>(),
        }));
    }
    for difference in &report.differences {
        output::line(&text(difference))?;
    }
    let looked_at = format!(
        "{} objects, {} tables, {} rows{}, {} sequences, {seconds:.1} s",
        count(report.objects),
        count(report.relations),
        count(report.rows),
        output::large_objects(report.large_objects),
        count(report.sequences)
    );
    let without = match report.generated_not_compared.len() {
        0 => String::new(),
        1 => "; generated values of 1 table were not compared".to_owned(),
        tables => format!(
            "; generated values of {} tables were not compared",
            count(tables as u64)
        ),
    };
    match report.differences.len() {
        0 if report.is_whole() => output::line(&format!("equal: {looked_at}{without}")),
        0 => output::line(&format!("equal as far as it could be compared: {looked_at}{without}")),
        found => output::line(&format!("{found} differences: {looked_at}{without}")),
    }
}

fn name(side: Which) -> &'static str {
    match side {
        Which::A => "A",
        Which::B => "B",
    }
}

pub(crate) fn text(difference: &Difference) -> String {
    match difference {
        Difference::OnlyIn { side, kind, identity } => sanitize(&format!("only in {}: {kind} {identity}", name(*side))),
        Difference::Object {
            kind,
            identity,
            aspect,
            a,
            b,
        } => {
            let head = sanitize(&format!("{aspect} of {kind} {identity} differs"));
            let side = |label: &str, text: &str| {
                let lines: Vec<String> = text.lines().map(|l| format!("  {label} {}", sanitize(l))).collect();
                if lines.is_empty() {
                    format!("  {label} (none)")
                } else {
                    lines.join("\n")
                }
            };
            format!("{head}\n{}\n{}", side("A", a), side("B", b))
        }
        Difference::Rows { relation, a, b } if a.rows != b.rows => {
            format!(
                "rows of {} differ: {} in A, {} in B",
                sanitize(relation),
                count(a.rows),
                count(b.rows)
            )
        }
        Difference::Rows { relation, a, .. } => {
            format!(
                "rows of {} differ in content ({} rows on both sides)",
                sanitize(relation),
                count(a.rows)
            )
        }
        Difference::Columns { relation, a, b } => sanitize(&format!(
            "columns of {relation} differ, rows were not compared: ({}) in A, ({}) in B",
            a.join(", "),
            b.join(", ")
        )),
        Difference::Column { relation, column, a, b } => {
            sanitize(&format!("column {column} of {relation} differs: {a} in A, {b} in B"))
        }
        Difference::RowsOnlyIn { side, relation } => format!("rows only in {}: {}", name(*side), sanitize(relation)),
        Difference::Generated {
            relation, columns, a, ..
        } => format!(
            "generated values of {} ({}) differ ({} rows, equal otherwise): a restore computes them anew, and what computes \
             them was replaced or reads a table",
            sanitize(relation),
            sanitize(&columns.join(", ")),
            count(a.rows)
        ),
        Difference::Sequence { sequence, a, b } => format!(
            "position of sequence {} differs: {} (called: {}) in A, {} (called: {}) in B",
            sanitize(sequence),
            a.0,
            a.1,
            b.0,
            b.1
        ),
        Difference::SequenceOnlyIn { side, sequence, .. } => {
            format!("position of sequence {} only in {}", sanitize(sequence), name(*side))
        }
    }
}

pub(crate) fn json(difference: &Difference) -> serde_json::Value {
    match difference {
        Difference::OnlyIn { side, kind, identity } => {
            serde_json::json!({ "what": "object", "only_in": name(*side), "kind": kind, "identity": identity })
        }
        Difference::Object {
            kind,
            identity,
            aspect,
            a,
            b,
        } => {
            serde_json::json!({ "what": aspect, "kind": kind, "identity": identity, "a": a, "b": b })
        }
        Difference::Rows { relation, a, b } => serde_json::json!({
            "what": "rows", "relation": relation,
            "a": { "rows": a.rows, "digest": a.to_string() }, "b": { "rows": b.rows, "digest": b.to_string() },
        }),
        Difference::Columns { relation, a, b } => {
            serde_json::json!({ "what": "columns", "relation": relation, "a": a, "b": b })
        }
        Difference::Column { relation, column, a, b } => {
            serde_json::json!({ "what": "column", "relation": relation, "column": column, "a": a, "b": b })
        }
        Difference::RowsOnlyIn { side, relation } => {
            serde_json::json!({ "what": "rows", "only_in": name(*side), "relation": relation })
        }
        Difference::Generated {
            relation,
            columns,
            a,
            b,
        } => serde_json::json!({
            "what": "generated values", "relation": relation, "columns": columns,
            "a": { "rows": a.rows, "digest": a.to_string() }, "b": { "rows": b.rows, "digest": b.to_string() },
        }),
        Difference::Sequence { sequence, a, b } => serde_json::json!({
            "what": "sequence", "sequence": sequence,
            "a": { "last_value": a.0, "is_called": a.1 }, "b": { "last_value": b.0, "is_called": b.1 },
        }),
        Difference::SequenceOnlyIn { side, sequence, .. } => {
            serde_json::json!({ "what": "sequence", "only_in": name(*side), "sequence": sequence })
        }
    }
}
