//! `pgark show`

use std::io::IsTerminal;
use std::path::PathBuf;

use crate::archive::Archive;
use crate::cli::options::repository;
use crate::cli::options::repository::{OfOptions, RepoOptions};
use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::help::EXIT_CODES;
use crate::cli::terminal::output;
use crate::cli::terminal::output::{bytes, count, table, utc};
use crate::model::entry::Owner;
use crate::model::ident::sanitize;
use crate::model::needs_version::On;
use crate::model::{Entry, Relation};
use crate::plan::choose::absent;
use crate::plan::restore::list;

const HELP: &str = "\
Examples:
  pgark show shop.pgark
  pgark show shop.pgark --entries
  pgark show shop.pgark --sql | less
  pgark show shop.pgark --list
  pgark show shop.pgark --json
  pgark show latest --repo /backup --entries
";

/// Show what is in an archive, without a server
///
/// What was dumped, when and from where, and per table rows, chunks, streams, COPY format and bytes.
#[derive(clap::Args)]
#[command(after_help = format!("{HELP}\n{}\n{EXIT_CODES}", repository::REFERENCES))]
pub(crate) struct Args {
    /// Archive to show, a file or with --repo a REF
    #[arg(value_name = "ARCHIVE|REF")]
    archive: PathBuf,
    #[command(flatten)]
    repo: RepoOptions,
    #[command(flatten)]
    of: OfOptions,
    /// List the catalog: every object, in restore order
    #[arg(long, conflicts_with = "sql")]
    entries: bool,
    /// List what a restore can take by itself, one line each, for `pgark restore --use-list`
    #[arg(short = 'l', long, conflicts_with_all = ["sql", "entries", "json"])]
    list: bool,
    /// Print the definitions as SQL, for reading
    #[arg(long)]
    sql: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> Result<Exit, CommandFailure> {
    let (archive, _held) = repository::opened(&args.archive, &args.repo, &args.of)?;
    if args.list {
        print_list(&archive)?;
    } else if args.sql {
        print_sql(&archive, args.json)?;
    } else if args.entries {
        print_entries(&archive, args.json)?;
    } else if args.json {
        output::json(&summary(&archive))?;
    } else {
        print_summary(&archive)?;
    }
    Ok(Exit::Done)
}

fn summary(archive: &Archive) -> serde_json::Value {
    let (source, manifest, catalog) = (archive.source(), archive.manifest(), archive.catalog());
    let relations: Vec<_> = catalog
        .relations
        .iter()
        .map(|relation| {
            let stored = manifest.relation(relation.id);
            serde_json::json!({
                "schema": relation.schema,
                "name": relation.name,
                "rows": stored.map_or(0, |r| r.rows),
                "chunks": stored.map_or(0, |r| r.chunks.len()),
                "streams": stored.map_or(0, |r| r.streams),
                "copy_format": copy_format(relation),
                "raw_bytes": stored.map_or(0, |r| r.raw_bytes),
                "stored_bytes": stored.map_or(0, |r| r.stored_bytes),
                "digest": stored.map(|r| r.digest().to_string()),
                "rows_left_out": relation.data_excluded,
                "large_objects": relation.large_objects,
            })
        })
        .collect();
    // The record of an archive has no environment if there is none, so it is added as null here.
    let mut of_source = serde_json::json!(source);
    of_source["environment"] = serde_json::json!(source.environment);
    serde_json::json!({
        "format_version": archive.format_version(),
        "archive_id": archive.id().to_string(),
        "root_digest": archive.root_digest().to_string(),
        "bytes": archive.bytes(),
        "source": of_source,
        "globals": catalog.globals.len(),
        "entries": catalog.entries.len(),
        "large_objects": catalog.large_objects(),
        "tables": archive.tables(),
        "rows": archive.rows(),
        "raw_bytes": manifest.raw_bytes,
        "stored_bytes": manifest.stored_bytes,
        "relations": relations,
        "sequences": archive.sequences(),
        "not_covered": catalog.not_covered,
        "partial": catalog.partial,
        "warnings": catalog.warnings,
    })
}

fn print_summary(archive: &Archive) -> Result<(), CommandFailure> {
    let (source, manifest, catalog) = (archive.source(), archive.manifest(), archive.catalog());
    let fact = |name: &str, value: String| output::line(&format!("{name:<12} {}", sanitize(&value)));
    fact("database", format!("{} ({})", source.database, source.encoding))?;
    fact("server", format!("PostgreSQL {}", source.server_version))?;
    if let Some(system) = source.system_identifier {
        fact("system", system.to_string())?;
    }
    fact("taken", utc(source.taken_at_micros))?;
    if let Some(lsn) = &source.lsn {
        fact("lsn", lsn.clone())?;
    }
    if let Some(label) = &source.label {
        fact("label", label.clone())?;
    }
    if let Some(purpose) = &source.purpose {
        fact("purpose", purpose.clone())?;
    }
    if let Some(environment) = &source.environment {
        fact("environment", environment.clone())?;
    }
    if !source.options.is_empty() {
        fact("options", source.options.join(" "))?;
    }
    fact(
        "written by",
        format!("pgark {}, {} connections", source.tool_version, source.jobs),
    )?;
    fact(
        "format",
        format!("version {}, archive {}", archive.format_version(), archive.id()),
    )?;
    fact("root digest", archive.root_digest().to_string())?;
    let ratio = archive.bytes() as f64 / manifest.raw_bytes.max(1) as f64;
    let sizes = format!("{} raw, {} stored", bytes(manifest.raw_bytes), bytes(archive.bytes()));
    fact(
        "size",
        if manifest.raw_bytes > 0 {
            format!("{sizes} ({:.0}%)", ratio * 100.0)
        } else {
            sizes
        },
    )?;
    fact("globals", count(catalog.globals.len() as u64))?;
    fact("entries", count(catalog.entries.len() as u64))?;
    fact(
        "rows",
        format!(
            "{} of {} tables{}",
            count(archive.rows()),
            count(archive.tables()),
            output::large_objects(catalog.large_objects())
        ),
    )?;
    if !catalog.relations.is_empty() {
        output::line("")?;
        output::line(relation_table(archive).trim_end())?;
    }
    for kind in &catalog.not_covered {
        output::line(&format!(
            "not covered: {} {}",
            sanitize(&kind.kind),
            sanitize(&kind.names.join(", "))
        ))?;
    }
    for missing in &catalog.partial {
        output::line(&format!("not in the archive: {}", sanitize(&missing.to_string())))?;
    }
    for line in output::absent(&absent::of_catalog(catalog)) {
        output::line(&line)?;
    }
    for warning in &catalog.warnings {
        output::line(&format!("warning: {}", sanitize(warning)))?;
    }
    Ok(())
}

/// The COPY format of the stored rows.
fn copy_format(relation: &Relation) -> &'static str {
    if relation.binary { "binary" } else { "text" }
}

fn relation_table(archive: &Archive) -> String {
    let manifest = archive.manifest();
    let mut relations: Vec<&Relation> = archive.catalog().relations.iter().collect();
    relations.sort_by_key(|r| std::cmp::Reverse(manifest.relation(r.id).map_or(0, |m| m.raw_bytes)));
    let mut rows = vec![
        ["table", "rows", "chunks", "streams", "format", "raw", "stored"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for relation in relations {
        let mut name = sanitize(&relation.label());
        if relation.large_objects {
            name.push_str(&format!(" ({})", count(archive.catalog().large_objects())));
        }
        rows.push(match manifest.relation(relation.id) {
            _ if relation.data_excluded => vec![name, "left out".to_owned()],
            Some(stored) => vec![
                name,
                count(stored.rows),
                count(stored.chunks.len() as u64),
                count(u64::from(stored.streams)),
                copy_format(relation).to_owned(),
                bytes(stored.raw_bytes),
                bytes(stored.stored_bytes),
            ],
            None => vec![name],
        });
    }
    table(&rows, &[false, true, true, true, false, true, true])
}

fn print_entries(archive: &Archive, json: bool) -> Result<(), CommandFailure> {
    let catalog = archive.catalog();
    if json {
        let all = catalog.globals.iter().chain(&catalog.entries);
        let shown: Vec<Entry> = all.map(without_secrets).collect();
        return output::json(&serde_json::json!(shown));
    }
    let print = |entry: &Entry| {
        let owner = entry.owner.as_ref().map_or("-", |owner| owner.role.as_str());
        output::line(&sanitize(&format!(
            "{:>6}  {:<24} {}  {owner}",
            entry.id,
            entry.kind.label(),
            entry.identity
        )))
    };
    if !catalog.globals.is_empty() {
        output::line("globals")?;
        catalog.globals.iter().try_for_each(print)?;
        output::line("database")?;
    }
    catalog.entries.iter().try_for_each(print)
}

fn print_list(archive: &Archive) -> Result<(), CommandFailure> {
    output::line(&format!(
        "; archive {} of database {}\n; `pgark restore -L` takes the lines that are left; `;` begins a comment.\n\
         ; What a line needs must be left too, or be on the target. The order is the archive's.",
        archive.id(),
        sanitize(&archive.source().database)
    ))?;
    let lines = list::lines(archive.catalog());
    lines
        .iter()
        .try_for_each(|line| output::line(&format!("{} {}", line.id, line.text)))
}

/// The entry without its secret statements: more people read a list than asked for SQL.
fn without_secrets(entry: &Entry) -> Entry {
    let mut shown = entry.clone();
    if entry.secret {
        shown.retain(|_, part| !matches!(part, On::Create(_)));
    }
    shown
}

/// Prints SQL for people and for comparing texts. pgark itself never runs this form.
fn print_sql(archive: &Archive, json: bool) -> Result<(), CommandFailure> {
    let catalog = archive.catalog();
    if json {
        let all = catalog.globals.iter().chain(&catalog.entries);
        let statements: Vec<Vec<&String>> = all.map(|e| statements(e).collect()).collect();
        return output::json(&serde_json::json!(statements));
    }
    // A terminal would obey control characters in a name or a comment. Elsewhere the text is printed as it is.
    let on_terminal = std::io::stdout().is_terminal();
    let print = |entry: &Entry| {
        let title = format!("{} {}: {}", entry.id, entry.kind, entry.identity);
        output::line(&format!("-- {}", sanitize(&title)))?;
        for statement in statements(entry) {
            let statement = match on_terminal {
                true => for_terminal(statement),
                false => statement.clone(),
            };
            output::line(&format!("{statement};"))?;
        }
        output::line("")
    };
    if !catalog.globals.is_empty() {
        output::line("-- globals\n")?;
        catalog.globals.iter().try_for_each(print)?;
        output::line("-- database\n")?;
    }
    catalog.entries.iter().try_for_each(print)
}

/// [`sanitize`] for each line, but tabs stay.
fn for_terminal(statement: &str) -> String {
    let line = |line: &str| line.split('\t').map(sanitize).collect::<Vec<_>>().join("\t");
    statement.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn statements(entry: &Entry) -> impl Iterator<Item = &String> {
    let owner = entry.owner.iter().flat_map(Owner::statements);
    let privileges = entry.privileges.iter().map(|privilege| &privilege.statement);
    entry
        .create
        .iter()
        .chain(owner)
        .chain(&entry.comments)
        .chain(&entry.security_labels)
        .chain(privileges)
}

#[cfg(test)]
mod tests {
    use super::for_terminal;

    #[test]
    fn a_statement_on_a_terminal_keeps_its_lines_and_moves_nothing() {
        let shown = for_terminal("SELECT '\u{1b}[2J\u{7}',\n\t'a\r\u{202e}b'");
        assert!(
            !shown.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')),
            "{shown:?}"
        );
        assert!(!shown.contains('\u{202e}') && shown.contains(",\n\t'a"), "{shown:?}");
    }
}
