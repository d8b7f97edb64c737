//! pgark beside pg_dump and pg_restore, end to end: `cargo bench --bench peers [-- OPTIONS]`.
//!
//! Starts a PostgreSQL 18 of its own, fills it, runs both in turn, several times each, prints tables in Markdown on
//! standard output (progress on standard error) and removes everything. `--help` has the options; by default most of the
//! time goes into the 20,000 small tables: `--tables 2000` or `--skip small` leave minutes.
//!
//! | database | what is in it |
//! |---|---|
//! | mixed | TPC-H with its keys and indexes, and `events`: bigint key, timestamptz, integer, uuid, float8, jsonb, boolean, text, some NULLs; `--scale 1` is about 1 GB each |
//! | small | `--tables` tables of a few rows, each with a primary key |
//!
//! # What makes it fair
//!
//! - Both talk to one server over its unix socket; autovacuum is off, tables are vacuumed and analyzed once loaded. Its
//!   settings are in [`cluster::SETTINGS`]; both restore with the same ones.
//! - A throwaway run of each before the timed ones (not with the small tables, which take long) warms every cache. Each round runs both, in turn first, after a
//!   CHECKPOINT; a ratio is of two neighbours in one round, and what is printed is its median with the least and the greatest.
//! - A restore begins with a database that was just made; a restore of rows alone with one whose tables are there and empty.
//! - Both sync what they write, as they do by default: pg_dump each of its files, pgark its one. `TMPDIR=/dev/shm`
//!   keeps disks out of it.
//!
//! CPU is user and system time of the client, workers included, as the kernel has it when the process has ended; that of the
//! server is counted over all its processes, and on a busy machine the sum of both says more than wall. Peak memory
//! is the sum over its processes of their largest resident size, mapped files and what workers share counted in each. The
//! anonymous part beside it is the largest sum that was seen, looking every 10 ms. Both are there on Linux alone.
//!
//! Without a peer it measures pgark alone. A command that fails ends the run, with what it said.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

mod cases;
mod check;
mod cluster;
mod data;
mod files;
mod machine;
mod options;
mod peer;
mod process;
mod report;
mod scaling;
#[path = "../../tests/support/session.rs"]
#[allow(dead_code)]
mod session;
mod tool;
#[path = "../../tests/support/tpch.rs"]
mod tpch;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use cluster::Cluster;
use options::{Options, Part};
use peer::Peer;

/// What went wrong, for the reader.
type Failure = String;

fn main() -> ExitCode {
    let options = Options::parse();
    let result = match &options.test_zst {
        Some(file) => verify::decompress(file),
        // `cargo test --benches` runs this too, and does not mean it.
        None if !options.bench => {
            eprintln!("peers: nothing to do; `cargo bench --bench peers` measures");
            Ok(())
        }
        None => run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let cluster = Cluster::start(options)?;
    let peer = Peer::find(options, &cluster)?;
    if peer.is_none() {
        eprintln!("peers: found no pg_dump that reads this server (`--peer-bin DIR`): pgark alone");
    }
    println!("{}", machine::head(&cluster, peer.as_ref(), options));
    let bench = cases::Bench {
        cluster: &cluster,
        peer: peer.as_ref(),
        options,
    };
    if options.needs_mixed() {
        data::mixed(&cluster, data::MIXED, options.scale)?;
        let mut rows = Vec::new();
        if options.runs_part(Part::Dump) {
            rows.extend(bench.dumps()?);
        }
        if options.runs_part(Part::Restore) {
            rows.extend(bench.restores()?);
        }
        print!("{}", report::cases(&rows));
        if options.runs_part(Part::Dump) {
            print!("{}", report::sizes(&bench.sizes(&[cases::MIXED, cases::BIG_TABLE])?));
        }
    }
    if options.runs_part(Part::Small) {
        data::small(&cluster, options.tables)?;
        print!("{}", report::cases(&bench.small()?));
        print!("{}", report::sizes(&bench.sizes(&[cases::SMALL])?));
    }
    if options.verify {
        print!("{}", verify::run(&bench)?);
    }
    if options.runs_part(Part::Check) {
        print!("{}", check::run(&bench)?);
    }
    if options.scaling {
        print!("{}", scaling::run(&bench)?);
    }
    println!("{}", machine::foot());
    Ok(())
}
