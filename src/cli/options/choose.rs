//! The selection options that only a dump or only a restore has, and the `--filter` files of both.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::options::filter::SelectionArgs;
use crate::cli::terminal::failure::CommandFailure;
use crate::plan::choose::filter::Filter;
use crate::plan::choose::filter_file;
use crate::plan::choose::filter_file::{Rule, What};
use crate::plan::restore::select::RestoreFilter;
use crate::select::pattern::{PatternError, RoutinePattern, names, relations};

const HEADING: &str = "SelectionArgs";
/// More than any list of patterns needs.
const MAX_FILTER_BYTES: u64 = 16 << 20;
/// Enough for the list of an archive with a million objects.
const MAX_LIST_BYTES: u64 = 256 << 20;

/// What a dump chooses beyond schemas and tables.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct DumpChoice {
    /// Definition, but no rows of tables that match, nor of their partitions
    #[arg(long, value_name = "PATTERN", help_heading = HEADING)]
    pub exclude_table_data: Vec<String>,
    /// As -t, with the partitions and inheritance children of what matches
    #[arg(long, value_name = "PATTERN", help_heading = HEADING)]
    pub table_and_children: Vec<String>,
    /// As -T, with the partitions and inheritance children of what matches
    #[arg(long, value_name = "PATTERN", help_heading = HEADING)]
    pub exclude_table_and_children: Vec<String>,
    /// As --exclude-table-data, with the partitions and inheritance children of what matches
    #[arg(long, value_name = "PATTERN", help_heading = HEADING)]
    pub exclude_table_data_and_children: Vec<String>,
    /// Only extensions that match, and nothing else that is in no schema
    #[arg(short = 'e', long, value_name = "PATTERN", help_heading = HEADING)]
    pub extension: Vec<String>,
    /// No extensions that match
    #[arg(long, value_name = "PATTERN", help_heading = HEADING)]
    pub exclude_extension: Vec<String>,
    /// Rows of the foreign tables on servers that match, read through those servers
    #[arg(
        long,
        value_name = "SERVERPATTERN",
        conflicts_with = "schema_only",
        help_heading = HEADING
    )]
    pub include_foreign_data: Vec<String>,
    #[command(flatten)]
    pub files: FilterFiles,
}

/// What a restore chooses beyond schemas and tables.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct RestoreChoice {
    /// Only indexes that match, of tables that are there
    #[arg(long, value_name = "PATTERN", help_heading = HEADING)]
    pub index: Vec<String>,
    /// Only functions that match, procedures and aggregates too; NAME(TYPES) is one of several
    #[arg(long, value_name = "PATTERN", help_heading = HEADING)]
    pub function: Vec<String>,
    /// Only triggers that match, of tables that are there
    #[arg(long, value_name = "PATTERN", help_heading = HEADING)]
    pub trigger: Vec<String>,
    /// Exactly what FILE has left of the lines of `pgark show --list`, `-` is standard input; the archive's
    /// dependencies decide the order
    #[arg(
        short = 'L',
        long,
        value_name = "FILE",
        conflicts_with_all = ["schemas", "exclude_schemas", "tables", "exclude_tables", "index", "function", "trigger",
            "filter", "large_objects", "no_large_objects"],
        help_heading = HEADING
    )]
    pub use_list: Option<PathBuf>,
    #[command(flatten)]
    pub files: FilterFiles,
}

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct FilterFiles {
    /// Read patterns from FILE as pg_dump does (`include table sales.*`), `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    pub filter: Vec<PathBuf>,
    /// Every pattern that includes must match something: always so, accepted for scripts
    #[arg(long, help_heading = HEADING)]
    pub strict_names: bool,
}

impl RestoreChoice {
    pub(crate) fn reads_standard_input(&self) -> bool {
        self.files
            .filter
            .iter()
            .chain(&self.use_list)
            .any(|path| path == Path::new("-"))
    }

    /// The text of the `--use-list` file.
    fn list(&self) -> Result<Option<String>, CommandFailure> {
        let Some(path) = &self.use_list else { return Ok(None) };
        let text = read(path, MAX_LIST_BYTES);
        text.map(Some)
            .map_err(|error| CommandFailure::local(format!("list {}: {error}", path.display())))
    }
}

impl FilterFiles {
    /// Gives every rule to `apply`, which returns whether the command has such an option.
    fn each(&self, mut apply: impl FnMut(bool, What, String) -> bool) -> Result<(), CommandFailure> {
        for path in &self.filter {
            let wrong = |problem: String| CommandFailure::local(format!("filter file {}: {problem}", path.display()));
            let text = read(path, MAX_FILTER_BYTES).map_err(|error| wrong(error.to_string()))?;
            for rule in filter_file::parse(&text).map_err(|error| wrong(error.to_string()))? {
                let Rule {
                    include,
                    what,
                    pattern,
                    line,
                } = rule;
                if !apply(include, what, pattern) {
                    let word = if include { "include" } else { "exclude" };
                    let keyword = what.keyword();
                    return Err(wrong(format!(
                        "line {line}: `{word} {keyword}` is not for this command"
                    )));
                }
            }
        }
        Ok(())
    }
}

fn read(path: &Path, limit: u64) -> std::io::Result<String> {
    let mut text = String::new();
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path)?)
    };
    source.take(limit + 1).read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        return Err(std::io::Error::other(format!("larger than {limit} bytes")));
    }
    Ok(text)
}

impl DumpChoice {
    /// Adds the patterns of the filter files to the options.
    pub(crate) fn read_files(&mut self, selection: &mut SelectionArgs) -> Result<(), CommandFailure> {
        let files = std::mem::take(&mut self.files);
        let result = files.each(|include, what, pattern| {
            let list = match (what, include) {
                (What::TableAndChildren, true) => &mut self.table_and_children,
                (What::TableAndChildren, false) => &mut self.exclude_table_and_children,
                (What::TableData, false) => &mut self.exclude_table_data,
                (What::TableDataAndChildren, false) => &mut self.exclude_table_data_and_children,
                (What::Extension, true) => &mut self.extension,
                (What::Extension, false) => &mut self.exclude_extension,
                (What::ForeignData, true) => &mut self.include_foreign_data,
                _ => match selection.list(what, include) {
                    Some(list) => list,
                    None => return false,
                },
            };
            list.push(pattern);
            true
        });
        self.files = files;
        result
    }

    /// `filter` with these patterns; `database` is the one that patterns may name.
    pub(crate) fn add(&self, filter: Filter, database: &str) -> Result<Filter, PatternError> {
        Ok(Filter {
            tables_and_children: relations(&self.table_and_children, database)?,
            exclude_tables_and_children: relations(&self.exclude_table_and_children, database)?,
            exclude_table_data_and_children: relations(&self.exclude_table_data_and_children, database)?,
            extensions: names(&self.extension, database)?,
            exclude_extensions: names(&self.exclude_extension, database)?,
            include_foreign_data: names(&self.include_foreign_data, database)?,
            ..filter
        })
    }

    /// The options that were given, for the archive's source record.
    pub(crate) fn described(&self) -> Vec<String> {
        [
            ("exclude-table-data", &self.exclude_table_data),
            ("table-and-children", &self.table_and_children),
            ("exclude-table-and-children", &self.exclude_table_and_children),
            ("exclude-table-data-and-children", &self.exclude_table_data_and_children),
            ("extension", &self.extension),
            ("exclude-extension", &self.exclude_extension),
            ("include-foreign-data", &self.include_foreign_data),
        ]
        .into_iter()
        .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}={value}")))
        .collect()
    }
}

impl RestoreChoice {
    /// Adds the patterns of the filter files to the options.
    pub(crate) fn read_files(&mut self, selection: &mut SelectionArgs) -> Result<(), CommandFailure> {
        let files = std::mem::take(&mut self.files);
        let result = files.each(|include, what, pattern| {
            let list = match (what, include) {
                (What::Index, true) => &mut self.index,
                (What::Function, true) => &mut self.function,
                (What::Trigger, true) => &mut self.trigger,
                _ => match selection.list(what, include) {
                    Some(list) => list,
                    None => return false,
                },
            };
            list.push(pattern);
            true
        });
        self.files = files;
        result
    }

    /// `filter` with these patterns.
    pub(crate) fn add(&self, filter: RestoreFilter) -> Result<RestoreFilter, CommandFailure> {
        let functions = self.function.iter().map(|p| RoutinePattern::parse(p, ""));
        Ok(RestoreFilter {
            indexes: relations(&self.index, "")?,
            triggers: relations(&self.trigger, "")?,
            functions: functions.collect::<Result<_, PatternError>>()?,
            list: self.list()?,
            ..filter
        })
    }
}
