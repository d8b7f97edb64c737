//! The command line.

use std::path::PathBuf;

/// pgark beside pg_dump and pg_restore, on a server that is made for it
#[derive(clap::Parser)]
#[command(name = "peers")]
pub struct Options {
    /// Size of the mixed database, from 0.01: 1 is about 1 GB of TPC-H and 1 GB of events
    #[arg(long, value_name = "FACTOR", default_value_t = 0.05, value_parser = scale)]
    pub scale: f64,
    /// Tables of the other database
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub tables: u32,
    /// Timed runs of each
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,
    /// Timed runs of each with the small tables
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub small_runs: u32,
    /// Connections to measure with
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "1,2,4",
        value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Vec<u16>,
    /// Folder with the peer's pg_dump and pg_restore [default: the newest that is found]
    #[arg(long, value_name = "DIR")]
    pub peer_bin: Option<PathBuf>,
    /// Leave out parts: dump, restore, small, check
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub skip: Vec<Part>,
    /// Also `pgark verify` beside `zstd -t` of the same columns
    #[arg(long)]
    pub verify: bool,
    /// Also databases of one, two and four times the size
    #[arg(long)]
    pub scaling: bool,
    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    pub bench: bool,
    /// Decompress FILE to nowhere: stands in for the zstd program where there is none
    #[arg(long, hide = true, value_name = "FILE")]
    pub test_zst: Option<PathBuf>,
}

/// Below 0.01 the keys of TPC-H are not unique.
fn scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.01..=1000.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0.01 to 1000".to_owned()),
    }
}

/// What is done unless it is left out.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Dumps of the mixed database and of one big table
    Dump,
    /// Restores of the mixed database: whole, rows alone, rows of one big table
    Restore,
    /// Dump and restore of many small tables
    Small,
    /// `pgark compare` of every restored database with its source
    Check,
}

impl Options {
    pub fn runs_part(&self, part: Part) -> bool {
        !self.skip.contains(&part) && (part != Part::Small || self.tables > 0)
    }

    pub fn needs_mixed(&self) -> bool {
        self.verify
            || [Part::Dump, Part::Restore, Part::Check]
                .iter()
                .any(|part| self.runs_part(*part))
    }
}
