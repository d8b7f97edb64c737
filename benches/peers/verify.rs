//! `pgark verify` beside `zstd -t`: what checking costs per byte of rows, and what mere decompression does.
//!
//! The other side is one `.zst` of the same rows, split into columns by blocks of 8 MiB as chunks are, at the same level: what
//! pgark's own archive would cost to decompress if it held nothing else. Both are counted in bytes of COPY text; what pgark
//! rebuilds and hashes is COPY BINARY, which is more, and is counted too.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::Command;

use pgark::archive::Archive;
use pgark::internals::connect::Wire;
use pgark::internals::server::Places;

use super::cases::{Bench, MIXED};
use super::process::{self, Sample};
use super::report::spread;
use super::tool::{Tool, pgark};
use super::{Failure, files};

/// Bytes of rows that are split into columns together.
const BLOCK_BYTES: usize = 8 << 20;

pub fn run(bench: &Bench) -> Result<String, Failure> {
    let archive = bench.archive(&Tool::Pgark, MIXED)?;
    let columns = bench.cluster.archive("columns.zst");
    let raw = write_columns(bench, &columns)?;
    let check = || {
        let mut command = pgark("verify");
        command.arg("-q").arg(&archive);
        process::run(command)
    };
    let (tester, name) = tester(&columns)?;
    let test = || process::run(tester());
    check()?;
    test()?;
    let mut runs = Vec::new();
    for _ in 0..bench.options.runs {
        runs.push((check()?, test()?));
    }
    let rebuilt = Archive::open(&archive)
        .map_err(|error| error.to_string())?
        .summary()
        .raw_bytes;
    let rate = |bytes: u64, of: &dyn Fn(&(Sample, Sample)) -> Option<f64>| {
        let rates = runs.iter().filter_map(of).filter(|seconds| *seconds > 0.0);
        let rates = rates.map(|seconds| bytes as f64 / 1e9 / seconds);
        spread(rates.collect()).map_or_else(String::new, |spread| spread.to_string())
    };
    Ok(format!(
        "\n| reading {:.0} MB of rows | GB/s per core (of CPU time) | GB/s | stored |\n|---|---|---|---|\n\
         | pgark verify | {} | {} | {:.1} MB |\n| the same, in its own {:.0} MB of rows | {} | {} | |\n| {name} | {} | {} | {:.1} MB |\n",
        raw as f64 / 1e6,
        rate(raw, &|run| run.0.cpu),
        rate(raw, &|run| Some(run.0.wall)),
        files::size(&archive)? as f64 / 1e6,
        rebuilt as f64 / 1e6,
        rate(rebuilt, &|run| run.0.cpu),
        rate(rebuilt, &|run| Some(run.0.wall)),
        rate(raw, &|run| run.1.cpu),
        rate(raw, &|run| Some(run.1.wall)),
        files::size(&columns)? as f64 / 1e6,
    ))
}

/// How `file` is tested: by the zstd program, or by this one.
fn tester(file: &Path) -> Result<(impl Fn() -> Command, &'static str), Failure> {
    let zstd = Places::from_variables(|name| std::env::var_os(name)).on_path("zstd");
    let itself = std::env::current_exe().map_err(|error| error.to_string())?;
    let name = if zstd.is_some() {
        "zstd -t"
    } else {
        "zstd, streaming decode"
    };
    let file = file.to_owned();
    let command = move || match &zstd {
        Some(zstd) => {
            let mut command = Command::new(zstd);
            command.args(["-q", "-t"]).arg(&file);
            command
        }
        None => {
            let mut command = Command::new(&itself);
            command.arg("--test-zst").arg(&file);
            command
        }
    };
    Ok((command, name))
}

/// Decompresses `file` to nowhere.
pub fn decompress(file: &Path) -> Result<(), Failure> {
    let said = |error: std::io::Error| format!("{}: {error}", file.display());
    let source = BufReader::new(File::open(file).map_err(said)?);
    zstd::stream::copy_decode(source, std::io::sink()).map_err(said)
}

/// Writes the columns of all tables of the mixed database; the bytes of COPY text in them.
fn write_columns(bench: &Bench, to: &Path) -> Result<u64, Failure> {
    let said = |error: std::io::Error| format!("{}: {error}", to.display());
    let mut session = bench.cluster.session(MIXED.database)?;
    let wire = session.wire();
    let tables = wire.query(
        "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    );
    let mut encoder = zstd::stream::Encoder::new(File::create(to).map_err(said)?, 1).map_err(said)?;
    let mut raw = 0;
    for table in tables.map_err(|error| error.to_string())? {
        let name = table.string("name").map_err(|error| error.to_string())?;
        raw += write_table(wire, &name, &mut encoder)?;
    }
    encoder.finish().and_then(|file| file.sync_all()).map_err(said)?;
    Ok(raw)
}

fn write_table(wire: &mut Wire, table: &str, out: &mut impl Write) -> Result<u64, Failure> {
    let mut copy = wire
        .copy_out(&format!("COPY {table} TO STDOUT"))
        .map_err(|error| error.to_string())?;
    let mut block = Vec::with_capacity(BLOCK_BYTES * 2);
    let mut raw = 0;
    loop {
        let piece = copy.next().map_err(|error| error.to_string())?;
        let ended = piece.is_none();
        block.extend_from_slice(piece.unwrap_or_default());
        let whole_rows = block.ends_with(b"\n");
        if ended || block.len() >= BLOCK_BYTES && whole_rows {
            raw += block.len() as u64;
            for column in columns(&block) {
                out.write_all(&column).map_err(|error| error.to_string())?;
            }
            block.clear();
        }
        if ended {
            return Ok(raw);
        }
    }
}

/// Each column's fields, a newline after each; tab and newline are escaped inside fields.
fn columns(block: &[u8]) -> Vec<Vec<u8>> {
    let mut columns: Vec<Vec<u8>> = Vec::new();
    for row in block.split_inclusive(|byte| *byte == b'\n') {
        let row = row.strip_suffix(b"\n").unwrap_or(row);
        for (number, field) in row.split(|byte| *byte == b'\t').enumerate() {
            if number == columns.len() {
                columns.push(Vec::new());
            }
            columns[number].extend_from_slice(field);
            columns[number].push(b'\n');
        }
    }
    columns
}
