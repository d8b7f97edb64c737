//! What each column of TPC-H and of a table of events takes as a binary column and as a text column, and how fast it is
//! encoded, compressed and read back: `cargo bench --bench columns [-- part of a name]`.
//!
//! One chunk of each table, as a dump cuts it. `text` is what chunks in text format hold: the column's COPY text,
//! compressed by zstd at level 1. Speeds are of raw bytes (length words included for binary), of the fastest run,
//! encoding and decoding with zstd. `size` is binary against text; so are `enc` and `dec` times.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

#[path = "columns/data.rs"]
mod data;

use std::hint::black_box;
use std::time::{Duration, Instant};

use data::{Column, Table};
use pgark::codec::column::{Chosen, Space, decode, encode};
use pgark::codec::{Compression, compress, decompress};
use pgark::format::{CompressionId, Encoding};

const LEVEL: i32 = 1;

fn main() {
    let wanted = std::env::args()
        .skip(1)
        .find(|arg| !arg.starts_with('-'))
        .unwrap_or_default();
    println!(
        "{:<26} {:>10} {:<11} {:>8} {:>8} {:>6} {:>7} {:>7} {:>6} {:>6} {:>6}",
        "column", "raw", "encoding", "stored", "text", "size", "enc MB/s", "dec MB/s", "first", "enc", "dec"
    );
    for table in data::tables() {
        let mut total = Figures::default();
        for column in &table.columns {
            let name = format!("{}.{}", table.name, column.name);
            if !name.contains(&wanted) {
                continue;
            }
            let figures = measure(&table, column);
            figures.print(&name);
            total.add(&figures);
        }
        if wanted.is_empty() {
            total.print(&format!("{} in all", table.name));
        }
    }
}

#[derive(Default)]
struct Figures {
    encoding: Option<Encoding>,
    plain: bool,
    raw: usize,
    stored: usize,
    text: usize,
    /// Seconds of the first chunk, whose encoding is chosen, and of later ones.
    first: f64,
    encode: f64,
    decode: f64,
    text_encode: f64,
    text_decode: f64,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        self.raw += other.raw;
        self.stored += other.stored;
        self.text += other.text;
        self.first += other.first;
        self.encode += other.encode;
        self.decode += other.decode;
        self.text_encode += other.text_encode;
        self.text_decode += other.text_decode;
    }

    fn print(&self, name: &str) {
        let speed = |seconds: f64| self.raw as f64 / seconds / 1e6;
        let encoding = self.encoding.map_or(String::new(), |encoding| format!("{encoding:?}"));
        println!(
            "{name:<26} {:>10} {:<11} {:>8} {:>8} {:>6.2} {:>8.0} {:>8.0} {:>6.2} {:>6.2} {:>6.2}",
            self.raw,
            encoding + if self.plain { "!" } else { "" },
            self.stored,
            self.text,
            self.stored as f64 / self.text as f64,
            speed(self.encode),
            speed(self.decode),
            self.first / self.encode,
            self.encode / self.text_encode,
            self.decode / self.text_decode,
        );
    }
}

fn measure(table: &Table, column: &Column) -> Figures {
    let mut space = Space::default();
    let mut stored = Vec::new();
    let rows = table.rows;
    let Stored {
        encoding,
        plain,
        encoded_bytes,
        chosen,
    } = store(&column.fields, rows, None, &mut space, &mut stored);
    let mut out = Vec::new();
    let mut load = || {
        if plain {
            decode(encoding, &stored, rows as u64, column.fields.len() as u64, &mut out)
        } else {
            let encoded = decompress(&stored, encoded_bytes as u64).expect("what was compressed");
            decode(encoding, &encoded, rows as u64, column.fields.len() as u64, &mut out)
        }
        .expect("what was encoded");
    };
    load();
    let decode = fastest(&mut load);
    assert!(out == column.fields, "{} comes back otherwise", column.name);
    let mut again = Vec::new();
    let first = fastest(|| {
        store(&column.fields, rows, None, &mut space, &mut again);
    });
    let encode = fastest(|| {
        store(&column.fields, rows, chosen, &mut space, &mut again);
    });
    let mut text = Vec::new();
    let text_encode = fastest(|| {
        text.clear();
        compress(&column.text, LEVEL, &mut text).expect("text");
    });
    let text_decode = fastest(|| {
        black_box(decompress(&text, column.text.len() as u64).expect("what was compressed"));
    });
    Figures {
        encoding: Some(encoding),
        plain,
        raw: column.fields.len(),
        stored: stored.len(),
        text: text.len().min(column.text.len()),
        first,
        encode,
        decode,
        text_encode,
        text_decode,
    }
}

struct Stored {
    encoding: Encoding,
    /// Without compression.
    plain: bool,
    encoded_bytes: usize,
    chosen: Option<Chosen>,
}

/// Encodes and compresses as a dump does.
fn store(fields: &[u8], rows: usize, chosen: Option<Chosen>, space: &mut Space, stored: &mut Vec<u8>) -> Stored {
    let encoded = encode(fields, rows, chosen, space).expect("whole fields");
    stored.clear();
    let compression = encoded.store(Compression::Zstd(LEVEL), stored).expect("bytes");
    Stored {
        encoding: encoded.encoding,
        plain: compression == CompressionId::None,
        encoded_bytes: encoded.bytes().len(),
        chosen: encoded.chosen,
    }
}

/// Seconds of the fastest of some runs: on a machine with other work, the others say more about that work.
fn fastest(mut run: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let (mut runs, mut fastest) = (0, f64::INFINITY);
    while runs < 12 || begin.elapsed() < Duration::from_millis(60) {
        let start = Instant::now();
        run();
        fastest = start.elapsed().as_secs_f64().min(fastest);
        runs += 1;
    }
    fastest
}
