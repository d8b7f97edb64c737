//! Text and JSON that several commands print in the same way.

use std::io::{IsTerminal, Write};

use indicatif::{HumanBytes, HumanCount};
use rustix::fs::OFlags;

use crate::cli::terminal::failure::CommandFailure;
use crate::model::ident::sanitize;
use crate::model::json_text;

/// Bytes with a unit: `1.50 GiB`.
pub(crate) fn bytes(count: u64) -> String {
    HumanBytes(count).to_string()
}

/// A number with separators: `1,234,567`.
pub(crate) fn count(count: u64) -> String {
    HumanCount(count).to_string()
}

/// `12 globals, ` for a summary, if there are any.
pub(crate) fn globals(number: u64) -> String {
    match number {
        0 => String::new(),
        1 => "1 global, ".to_owned(),
        _ => format!("{} globals, ", count(number)),
    }
}

/// `, 20,000 large objects` for a summary, if there are any.
pub(crate) fn large_objects(number: u64) -> String {
    match number {
        0 => String::new(),
        1 => ", 1 large object".to_owned(),
        _ => format!(", {} large objects", count(number)),
    }
}

/// Bytes per second, with a unit.
pub(crate) fn rate(count: u64, seconds: f64) -> String {
    format!("{}/s", HumanBytes((count as f64 / seconds.max(0.001)) as u64))
}

/// Writes a line to standard error, and ignores a failure to do so.
#[cfg_attr(test, allow(clippy::print_stderr))]
pub(crate) fn note(text: std::fmt::Arguments<'_>) {
    // Test output is shown together with its test.
    #[cfg(test)]
    std::eprintln!("{text}");
    #[cfg(not(test))]
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Standard output for data. Fails where the data would be lost, or where a terminal would get `binary` data.
///
/// If a stream was closed when the process began, the standard library has opened `/dev/null` in its place, for reading
/// too, and takes failed writes for successful. A shell opens `/dev/null` for writing alone, so throwing data away on
/// purpose still works.
pub(crate) fn data(binary: bool) -> Result<std::io::Stdout, CommandFailure> {
    let stdout = std::io::stdout();
    if binary && stdout.is_terminal() {
        return Err(CommandFailure::with_hint(
            "standard output is a terminal, and an archive is not for reading",
            "redirect it, or name a file with `-o`",
        ));
    }
    let mode = rustix::fs::fcntl_getfl(&stdout)
        .ok()
        .map(|flags| flags & OFlags::RWMODE);
    let is_null = || match (rustix::fs::fstat(&stdout), rustix::fs::stat("/dev/null")) {
        (Ok(own), Ok(null)) => own.st_mode == null.st_mode && own.st_rdev == null.st_rdev,
        _ => false,
    };
    if mode == Some(OFlags::WRONLY) || mode == Some(OFlags::RDWR) && !is_null() {
        return Ok(stdout);
    }
    Err(match mode == Some(OFlags::RDWR) {
        true => CommandFailure::with_hint(
            "standard output is closed, or is /dev/null opened for reading and writing",
            "redirect it to a file or a pipe, or name a file with `-o`; `> /dev/null` throws the data away",
        ),
        false => CommandFailure::with_hint(
            "standard output is not open for writing",
            "redirect it to a file or a pipe, or name a file with `-o`",
        ),
    })
}

/// Turns a failure to print a result into a warning, because the work itself is done.
pub(crate) fn told(result: Result<(), CommandFailure>) {
    if let Err(failure) = result {
        eprintln!("warning: {}", failure.text());
    }
}

/// Writes a line to standard output. It is not an error if the reader has gone away.
pub(crate) fn line(text: &str) -> Result<(), CommandFailure> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(CommandFailure::local(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// How many lines are printed about what an archive lacks, and how many entries each names.
const ABSENT_LINES: usize = 20;
const ABSENT_ENTRIES: usize = 3;

/// What entries need and an archive lacks, with those entries; sanitised.
pub(crate) fn absent(absent: &[(String, Vec<String>)]) -> Vec<String> {
    let line = |(what, by): &(String, Vec<String>)| {
        let mut text = format!(
            "not in the archive: {what}, needed by {}",
            by[..by.len().min(ABSENT_ENTRIES)].join(", ")
        );
        if by.len() > ABSENT_ENTRIES {
            text.push_str(&format!(" and {} more", by.len() - ABSENT_ENTRIES));
        }
        sanitize(&text)
    };
    let mut lines: Vec<String> = absent.iter().take(ABSENT_LINES).map(line).collect();
    if absent.len() > ABSENT_LINES {
        lines.push(format!(
            "not in the archive: {} more that it needs",
            absent.len() - ABSENT_LINES
        ));
    }
    lines
}

/// One JSON value on one line.
pub(crate) fn json(value: &serde_json::Value) -> Result<(), CommandFailure> {
    line(&json_text(value))
}

/// Aligned columns of text. The first row is the heading; columns marked in `right` are aligned to the right.
pub(crate) fn table(rows: &[Vec<String>], right: &[bool]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|r| r.get(column))
            .map(|c| c.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let padding = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            if column > 0 {
                line.push_str("  ");
            }
            if right.get(column).copied().unwrap_or(false) {
                line.push_str(&padding);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&padding);
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Microseconds since the epoch as a UTC date and time, e.g. `2026-01-31 12:34:56 UTC`.
pub(crate) fn utc(micros: i64) -> String {
    match jiff::Timestamp::from_microsecond(micros) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("{micros} µs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_civil() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_827_696_000_000), "2000-02-29 12:34:56 UTC");
        assert_eq!(utc(1_767_225_599_000_000), "2025-12-31 23:59:59 UTC");
        assert_eq!(utc(-1), "1969-12-31 23:59:59 UTC");
    }

    #[test]
    fn columns_line_up() {
        let rows = vec![vec!["name".into(), "rows".into()], vec!["t".into(), "10,000".into()]];
        assert_eq!(table(&rows, &[false, true]), "name    rows\nt     10,000\n");
    }
}
