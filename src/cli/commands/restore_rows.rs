//! `pgark restore` for rows of one table, or under other names.

use std::path::Path;
use std::time::Instant;

use crate::archive::Archive;
use crate::cli::options::connection::ConnectionOptions;
use crate::cli::options::filter::SelectionArgs;
use crate::cli::options::repository;
use crate::cli::options::repository::{Held, OfOptions, RepoOptions};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::output::count;
use crate::cli::terminal::progress_bar::Display;
use crate::cli::terminal::{output, signals};
use crate::connect::Params;
use crate::model::ident::{quote_ident, sanitize, split_names};
use crate::restore::rows::{self, Destination, OnConflict, RestoreRowsReport, RowsOptions, TableReport};
use crate::select::one_table::OneTable;
use crate::select::pattern::{NamePattern, PatternError, RelationPattern};
use crate::snapshot::keep;

const HEADING: &str = "Single rows, other names";

/// Options of a restore that cannot be used for single rows.
const OTHERS: [&str; 33] = [
    "jobs",
    "create",
    "clean",
    "if_exists",
    "no_statistics",
    "analyze",
    "globals",
    "role_map",
    "disable_triggers",
    "resume",
    "exit_on_error",
    "skip_damaged",
    "schema_only",
    "data_only",
    "sections",
    "exclude_schemas",
    "exclude_tables",
    "large_objects",
    "no_large_objects",
    "index",
    "function",
    "trigger",
    "use_list",
    "filter",
    "no_owner",
    "no_privileges",
    "no_comments",
    "no_security_labels",
    "no_policies",
    "no_publications",
    "no_subscriptions",
    "no_tablespaces",
    "no_table_access_method",
];

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct RowOptions {
    /// Of the table that -t names only the rows that meet CONDITION, SQL on the archive's columns. They are staged in a
    /// temporary table and inserted as by anybody: triggers fire, and generated columns are computed anew
    #[arg(
        long = "where",
        value_name = "CONDITION",
        allow_hyphen_values = true,
        requires = "tables",
        conflicts_with_all = OTHERS,
        conflicts_with = "schemas",
        help_heading = HEADING
    )]
    condition: Option<String>,
    /// Insert rows of the table that -t names into the one that is there, all or those of --where, and where a row has the
    /// same key as one that is there: skip it, replace the one that is there, or change nothing at all [default: error]
    #[arg(
        long,
        value_name = "ACTION",
        requires = "tables",
        conflicts_with_all = OTHERS,
        conflicts_with_all = ["schemas", "into"],
        help_heading = HEADING
    )]
    on_conflict: Option<ConflictName>,
    /// Make new tables: SCHEMA.TABLE of the table that -t names, or in SCHEMA all tables of the one schema that -n names.
    /// Columns with types, collations and NOT NULL, and rows; no keys, indexes, defaults or triggers
    #[arg(long, value_name = "NAME", conflicts_with_all = OTHERS, help_heading = HEADING)]
    into: Option<String>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ConflictName {
    Skip,
    Replace,
    #[default]
    Error,
}

impl RowOptions {
    /// Whether one of these options was given, so that this is not a restore of whole objects.
    pub(crate) fn given(&self) -> bool {
        self.condition.is_some() || self.on_conflict.is_some() || self.into.is_some()
    }
}

/// The part of the command line that is about rows.
pub(crate) struct Request<'a> {
    pub archive: &'a Path,
    pub repo: &'a RepoOptions,
    pub of: &'a OfOptions,
    pub dbname: &'a str,
    pub connection: &'a ConnectionOptions,
    pub role: Option<&'a str>,
    pub selection: &'a SelectionArgs,
    pub rows: &'a RowOptions,
    pub plan: bool,
    pub json: bool,
    pub quiet: bool,
}

pub(crate) fn run(request: &Request<'_>) -> Result<Exit, CommandFailure> {
    if request.archive == Path::new("-") {
        return Err(CommandFailure::local(
            "single rows and other names need an archive in a file: save it first",
        ));
    }
    let choice = Choice::new(request)?;
    let (archive, held) = repository::opened(request.archive, request.repo, request.of)?;
    let tables = choice.tables(&archive)?;
    let params = request.connection.params(Some(request.dbname))?;
    let options = RowsOptions {
        role: request.role.map(str::to_owned),
        condition: request.rows.condition.clone(),
        destination: choice.destination(&tables),
        plan: request.plan,
    };
    let job = signals::job()?;
    let started = Instant::now();
    let display = Display::start("restore", &job, request.quiet);
    let report = rows::run(&archive, &tables, &params, &options, &job);
    drop(display);
    let seconds = started.elapsed().as_secs_f64();
    let report = report.map_err(CommandFailure::from);
    if let Some(held) = held.as_ref().filter(|_| !request.plan) {
        note(held, &params, &report, seconds);
    }
    let report = report?;
    let rendered = render(request, &report, seconds);
    match request.plan {
        true => rendered?,
        false => output::told(rendered),
    }
    Ok(Exit::with_findings(!report.is_clean()))
}

/// What -t or -n chooses, and where it goes.
enum Choice<'a> {
    Table(&'a str, Option<Vec<String>>, OnConflict),
    Schema(&'a str, String),
}

impl<'a> Choice<'a> {
    fn new(request: &'a Request<'a>) -> Result<Self, CommandFailure> {
        let (selection, rows) = (request.selection, request.rows);
        let into = rows.into.as_deref().map(|text| {
            split_names(text, '.')
                .ok_or_else(|| CommandFailure::local(format!("--into: `{text}` is no name as in SQL")))
        });
        let into = into.transpose()?;
        let conflict = match rows.on_conflict.unwrap_or_default() {
            ConflictName::Skip => OnConflict::Skip,
            ConflictName::Replace => OnConflict::Replace,
            ConflictName::Error => OnConflict::Error,
        };
        match (&selection.tables[..], &selection.schemas[..], into) {
            ([table], [], into) if into.as_ref().is_none_or(|names| names.len() <= 2) => {
                Ok(Self::Table(table, into, conflict))
            }
            ([], [schema], Some(into)) => match <[String; 1]>::try_from(into) {
                Ok([into]) => Ok(Self::Schema(schema, into)),
                Err(_) => Err(CommandFailure::local("--into with -n takes the name of a schema")),
            },
            ([_], [], _) => Err(CommandFailure::local("--into with -t takes SCHEMA.TABLE")),
            _ => Err(CommandFailure::local(
                "choose exactly one table with -t, or for --into one schema with -n",
            )),
        }
    }

    fn tables(&self, archive: &Archive) -> Result<Vec<OneTable>, CommandFailure> {
        let catalog = archive.catalog();
        match self {
            Self::Table(pattern, ..) => Ok(vec![OneTable::choose(catalog, &RelationPattern::parse(pattern, "")?)?]),
            Self::Schema(text, _) => {
                let pattern = NamePattern::parse(text, "")?;
                let names = catalog
                    .relations
                    .iter()
                    .filter(|r| !r.large_objects)
                    .map(|r| r.schema.as_str());
                let mut names: Vec<&str> = names.filter(|name| pattern.matches(name)).collect();
                names.sort_unstable();
                names.dedup();
                match names[..] {
                    [schema] => Ok(OneTable::all_of(catalog, schema)?),
                    [] => Err(PatternError::NoMatch {
                        what: "schema with tables in the archive",
                        pattern: (*text).to_owned(),
                    }
                    .into()),
                    _ => Err(CommandFailure::local(format!(
                        "pattern `{text}` matches more than one schema: {}",
                        names.join(", ")
                    ))),
                }
            }
        }
    }

    /// Where the rows go. A name without a schema is in the schema of the archived table.
    fn destination(&self, tables: &[OneTable]) -> Destination {
        let own_schema = || tables.first().map_or_else(String::new, |table| table.schema.clone());
        match self {
            Self::Table(_, None, conflict) => Destination::Own(*conflict),
            Self::Table(_, Some(names), _) => match &names[..] {
                [schema, name] => Destination::Table(schema.clone(), name.clone()),
                names => Destination::Table(own_schema(), names.concat()),
            },
            Self::Schema(_, schema) => Destination::Schema(schema.clone()),
        }
    }
}

/// Writes the result to the history of the snapshot's repository.
fn note(held: &Held, params: &Params, report: &Result<RestoreRowsReport, CommandFailure>, seconds: f64) {
    let (clean, said) = match report {
        Ok(report) => {
            let of = |t: &TableReport| format!("{} rows of {} into {}", t.inserted + t.replaced, t.table, t.target);
            let said = report.tables.iter().map(of).collect::<Vec<_>>().join(", ");
            (report.is_clean(), Ok(said))
        }
        Err(failure) => (false, Err(failure.stopped())),
    };
    keep::restored(
        &repository::audit(&held.repository),
        &held.snapshot,
        params,
        clean,
        said,
        seconds,
    );
}

fn render(request: &Request<'_>, report: &RestoreRowsReport, seconds: f64) -> Result<(), CommandFailure> {
    for missing in report.tables.iter().flat_map(|t| &t.missing) {
        eprintln!("not in the archive: {}", sanitize(&missing.to_string()));
    }
    if request.json {
        let table = |t: &TableReport| {
            serde_json::json!({
                "table": t.table,
                "target": t.target,
                "created": t.created && !request.plan,
                "rows": t.rows,
                "matched": t.matched,
                "present": t.present,
                "inserted": t.inserted,
                "replaced": t.replaced,
                "skipped": t.skipped,
                "kept_out": t.kept_out,
                "defaults": t.defaults,
                "generated": t.generated,
                "missing": t.missing,
            })
        };
        return output::json(&serde_json::json!({
            "database": report.database,
            "plan": request.plan,
            "tables": report.tables.iter().map(table).collect::<Vec<_>>(),
            "seconds": seconds,
        }));
    }
    for table in &report.tables {
        for line in lines(table, request.plan) {
            output::line(&sanitize(&line))?;
        }
    }
    let database = sanitize(&report.database);
    output::line(&match request.plan {
        true => format!("into database {database}, nothing is changed by --plan"),
        false => format!("committed in database {database} in {seconds:.1} s"),
    })
}

/// The lines about a table: first what happened to its rows, then what differs from the source.
fn lines(table: &TableReport, plan: bool) -> Vec<String> {
    let TableReport {
        table: from, target, ..
    } = table;
    let matched = match table.matched == table.rows {
        true => format!("all {} rows of {from}", count(table.rows)),
        false => format!("{} of {} rows of {from}", count(table.matched), count(table.rows)),
    };
    let mut first = match (plan, table.created) {
        (true, true) => format!("would make {target} with {matched}"),
        (true, false) => format!("would insert {matched} into {target}"),
        (false, true) => format!("made {target} with {matched}"),
        (false, false) => format!("{matched}: {} inserted", count(table.inserted)),
    };
    if let Some(present) = table.present {
        first.push_str(&format!(", of which {} are there under the same key", count(present)));
    }
    for (number, what) in [
        (table.replaced, "replaced"),
        (table.skipped, "skipped"),
        (table.kept_out, "kept out by a trigger or rule"),
    ] {
        if number > 0 {
            first.push_str(&format!(", {} {what}", count(number)));
        }
    }
    let mut lines = vec![first];
    let list = |names: &[String]| {
        names
            .iter()
            .map(|name| quote_ident(name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !table.defaults.is_empty() {
        lines.push(format!(
            "  defaults in what the archive lacks: {}",
            list(&table.defaults)
        ));
    }
    if table.created {
        lines.push("  without keys, indexes, defaults, triggers".to_owned());
        if !table.generated.is_empty() {
            lines.push(format!("  without generated columns: {}", list(&table.generated)));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_rows_is_told_in_one_line() {
        let table = TableReport {
            table: "public.orders".into(),
            target: "public.orders".into(),
            rows: 1000,
            matched: 3,
            inserted: 1,
            replaced: 2,
            defaults: vec!["Added".into()],
            ..TableReport::default()
        };
        assert_eq!(
            lines(&table, false),
            [
                "3 of 1,000 rows of public.orders: 1 inserted, 2 replaced",
                "  defaults in what the archive lacks: \"Added\""
            ]
        );
        let made = TableReport {
            target: "old.orders".into(),
            created: true,
            matched: 1000,
            replaced: 0,
            defaults: vec![],
            generated: vec!["twice".into()],
            ..table
        };
        assert_eq!(
            lines(&made, true)[0],
            "would make old.orders with all 1,000 rows of public.orders"
        );
        assert_eq!(lines(&made, false)[2], "  without generated columns: twice");
    }
}
