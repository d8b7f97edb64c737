//! What is taken of a database, and how: the options that `dump` and `snapshot create` share.

use crate::cli::options::choose::DumpChoice;
use crate::cli::options::filter::{PartOptions, SelectionArgs};
use crate::cli::options::leave_out::DumpWithoutOptions;
use crate::cli::options::reading::ReadingOptions;
use crate::cli::terminal::failure::CommandFailure;
use crate::codec::Compression;
use crate::dump::DumpOptions;
use crate::live::CopyChoice;
use crate::plan::choose::filter::Filter;
use crate::select::pattern::PatternError;

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct TakeOptions {
    /// Connections that read data [default: number of CPUs, at most 8]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub jobs: Option<u16>,
    /// zstd, zstd:LEVEL (1 to 19) or none
    #[arg(short = 'Z', long, value_name = "METHOD", default_value = "zstd:1", value_parser = compression)]
    pub compress: Compression,
    /// How rows are read: binary where it is safe (auto), binary or not at all, text
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = ["auto", "binary", "text"])]
    pub copy_format: String,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub parts: PartOptions,
    #[command(flatten)]
    pub reading: ReadingOptions,
    #[command(flatten)]
    pub choice: DumpChoice,
    /// Planner statistics too: samples of the rows (restored into PostgreSQL 18 and later)
    #[arg(long, conflicts_with = "data_only", help_heading = "Selection")]
    pub statistics: bool,
    #[command(flatten)]
    pub without: DumpWithoutOptions,
    /// Also what the server keeps of the roles' passwords; needs a superuser
    #[arg(long, conflicts_with_all = ["schemas", "tables", "data_only"], help_heading = "Selection")]
    pub role_passwords: bool,
}

impl TakeOptions {
    /// Adds the patterns of the `--filter` files.
    pub(crate) fn read_files(&mut self) -> Result<(), CommandFailure> {
        self.choice.read_files(&mut self.selection)
    }

    /// The options of the dump, without label and purpose.
    pub(crate) fn options(&self) -> DumpOptions {
        DumpOptions {
            jobs: self.jobs.map_or_else(default_jobs, usize::from),
            compression: self.compress,
            copy_format: copy_format(&self.copy_format),
            statistics: self.statistics,
            described: described(self),
            read: self.reading.read(),
            role_passwords: self.role_passwords,
            ..DumpOptions::default()
        }
    }

    /// The filter; `database` is the one that three-part patterns must name.
    pub(crate) fn filter(&self, database: &str) -> Result<Filter, PatternError> {
        let parts = self.parts.parts();
        let filter = self
            .selection
            .filter(database, &self.choice.exclude_table_data, parts)?;
        Ok(Filter {
            without: self.without.without(),
            ..self.choice.add(filter, database)?
        })
    }
}

pub(crate) fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(8)
}

/// Parses `zstd`, `zstd:LEVEL` or `none`.
fn compression(text: &str) -> Result<Compression, String> {
    let level = match text {
        "none" | "0" => return Ok(Compression::None),
        "zstd" => return Ok(Compression::Zstd(1)),
        _ => text.strip_prefix("zstd:").unwrap_or(text),
    };
    match level.strip_prefix("level=").unwrap_or(level).parse::<i32>() {
        Ok(level @ 1..=19) => Ok(Compression::Zstd(level)),
        _ => Err("expected `zstd`, `zstd:LEVEL` with a level from 1 to 19, or `none`".to_owned()),
    }
}

fn copy_format(text: &str) -> CopyChoice {
    match text {
        "binary" => CopyChoice::Binary,
        "text" => CopyChoice::Text,
        _ => CopyChoice::Auto,
    }
}

/// The options that shaped the content, for the archive's source record.
fn described(args: &TakeOptions) -> Vec<String> {
    let mut list = Vec::new();
    let mut add = |name: &str, values: &[String]| list.extend(values.iter().map(|v| format!("{name}={v}")));
    add("schema", &args.selection.schemas);
    add("exclude-schema", &args.selection.exclude_schemas);
    add("table", &args.selection.tables);
    add("exclude-table", &args.selection.exclude_tables);
    list.extend(args.choice.described());
    if args.selection.large_objects {
        list.push("large-objects".to_owned());
    } else if args.selection.no_large_objects {
        list.push("no-large-objects".to_owned());
    }
    if args.copy_format != "auto" {
        list.push(format!("copy-format={}", args.copy_format));
    }
    if args.role_passwords {
        list.push("role-passwords".to_owned());
    }
    list.extend(args.parts.described());
    list.extend(args.reading.described());
    if args.statistics {
        list.push("statistics".to_owned());
    }
    list.extend(args.without.described());
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_named_as_in_pg_dump() {
        assert!(matches!(compression("none"), Ok(Compression::None)));
        assert!(matches!(compression("zstd"), Ok(Compression::Zstd(1))));
        assert!(matches!(compression("zstd:9"), Ok(Compression::Zstd(9))));
        assert!(compression("zstd:99").is_err());
        assert!(compression("gzip").is_err());
    }
}
