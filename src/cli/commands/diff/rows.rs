//! `pgark diff --rows TABLE`: the keys of the rows that differ.

use std::time::Instant;

use serde_json::{Value as Json, json};

use super::args::Args;
use super::screen::{WIDTH, heading, shorten};
use super::sides::Sides;
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::output::count;
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::{output, signals};
use crate::compare::rows::{self, ChangedRow, RowDiffReport, Value};
use crate::model::ident::{quote_ident, sanitize};
use crate::plan::choose::filter::Filter;
use crate::select::pattern::{PatternError, relations};

/// The most characters that are shown of a value.
const VALUE_LETTERS: usize = 30;

pub(super) fn run(args: &Args, sides: &Sides, table: &str) -> Result<Exit, CommandFailure> {
    let job = signals::job()?;
    let filter = |database: &str| one_table(table, database);
    let started = Instant::now();
    let display = Display::start("diff", &job, args.quiet);
    let (a, b) = (&sides.a.place, &sides.b.place);
    let report = rows::run(a, b, args.limit as usize, &filter, &job);
    drop(display);
    let report = report?;
    if args.json {
        output::json(&document(sides, &report, started.elapsed().as_secs_f64()))?;
    } else {
        output::line(&render(sides, &report))?;
    }
    Ok(Exit::with_findings(!report.is_equal()))
}

fn render(sides: &Sides, report: &RowDiffReport) -> String {
    let mut lines = heading(sides);
    let key = names(&report.key);
    lines.push(shorten(&format!("{} by ({key})", sanitize(&report.relation)), WIDTH));
    for (side, columns) in [("A", &report.columns_only_a), ("B", &report.columns_only_b)] {
        if !columns.is_empty() {
            lines.push(shorten(
                &format!("  not compared, only in {side}: {}", names(columns)),
                WIDTH,
            ));
        }
    }
    for (sign, keys, all) in [
        ('-', &report.keys_only_a, report.only_a),
        ('+', &report.keys_only_b, report.only_b),
    ] {
        lines.extend(
            keys.iter()
                .map(|key| shorten(&format!("  {sign} {}", key_text(key)), WIDTH)),
        );
        lines.extend(more(sign, keys.len(), all));
    }
    lines.extend(report.keys_changed.iter().map(changed));
    lines.extend(more('~', report.keys_changed.len(), report.changed));
    lines.push(String::new());
    lines.push(match report.is_equal() {
        true => format!("equal: {} rows", count(report.equal)),
        false => format!(
            "different: {} only in A, {} only in B, {} changed, {} equal",
            count(report.only_a),
            count(report.only_b),
            count(report.changed),
            count(report.equal)
        ),
    });
    lines.join("\n")
}

fn names(columns: &[String]) -> String {
    let quoted: Vec<String> = columns.iter().map(|name| quote_ident(name)).collect();
    sanitize(&quoted.join(", "))
}

fn more(sign: char, listed: usize, all: u64) -> Option<String> {
    let left = all.saturating_sub(listed as u64);
    (left > 0).then(|| format!("  {sign} ({} more)", count(left)))
}

fn key_text(key: &[Value]) -> String {
    let values: Vec<String> = key.iter().map(|value| text(value, WIDTH)).collect();
    match &values[..] {
        [only] => only.clone(),
        several => format!("({})", several.join(", ")),
    }
}

/// A changed row on one line, cut to the width: its key, and the changed columns with old and new values.
fn changed(row: &ChangedRow) -> String {
    let columns = row.columns.iter().map(|column| {
        format!(
            "{}: {} -> {}",
            sanitize(&quote_ident(&column.name)),
            text(&column.a, VALUE_LETTERS),
            text(&column.b, VALUE_LETTERS)
        )
    });
    let columns: Vec<String> = columns.collect();
    shorten(&format!("  ~ {}  {}", key_text(&row.key), columns.join(", ")), WIDTH)
}

fn text(value: &Value, width: usize) -> String {
    match value {
        Some(text) => shorten(&sanitize(text), width),
        None => "NULL".to_owned(),
    }
}

fn document(sides: &Sides, report: &RowDiffReport, seconds: f64) -> Json {
    let by_name = |key: &[Value]| -> Json {
        let pairs = report.key.iter().cloned().zip(key.iter().cloned().map(Json::from));
        Json::Object(pairs.collect())
    };
    let keys = |list: &[Vec<Value>]| list.iter().map(|key| by_name(key)).collect::<Vec<_>>();
    let changed = |row: &ChangedRow| {
        let columns = row.columns.iter();
        let columns: Vec<Json> = columns
            .map(|column| json!({ "column": column.name, "a": column.a, "b": column.b }))
            .collect();
        json!({ "key": by_name(&row.key), "columns": columns })
    };
    json!({
        "schema_version": 1,
        "equal": report.is_equal(),
        "a": super::json::side(&sides.a),
        "b": super::json::side(&sides.b),
        "relation": report.relation,
        "key": report.key,
        "columns_only_in_a": report.columns_only_a,
        "columns_only_in_b": report.columns_only_b,
        "rows": { "a": report.rows_a, "b": report.rows_b },
        "counts": {
            "only_in_a": report.only_a, "only_in_b": report.only_b, "changed": report.changed, "equal": report.equal,
        },
        "only_in_a": keys(&report.keys_only_a),
        "only_in_b": keys(&report.keys_only_b),
        "changed": report.keys_changed.iter().map(changed).collect::<Vec<_>>(),
        "seconds": seconds,
    })
}

/// A filter for the one table of `--rows`.
fn one_table(table: &str, database: &str) -> Result<Filter, PatternError> {
    Ok(Filter {
        tables: relations(&[table.to_owned()], database)?,
        ..Filter::default()
    })
}
