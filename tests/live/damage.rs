//! One flipped bit in the archive of a real database: every check finds it, and a restore loads
//! intact chunks or nothing.

use std::fs;
use std::path::{Path, PathBuf};

use pgark::archive::Archive;
use pgark::format::record::RECORD_HEADER_BYTES;
use pgark::internals::server::sample;
use tempfile::TempDir;

use crate::kit::copy_text;
use crate::pipe::restore_bytes;
use crate::support::program::pgark;
use crate::support::session::Session;
use crate::support::{Database, places};

/// Rows whose other columns follow from `id`, so that a wrong one shows itself.
const RIGHT: &str = "a = repeat(md5(id::text), 8) AND b = id * 7 - 3";

struct Fixture {
    bytes: Vec<u8>,
    folder: TempDir,
}

impl Fixture {
    fn dump(source: &Database) -> (Fixture, Archive) {
        let folder = tempfile::tempdir_in(places().scratch).expect("folder");
        let path = folder.path().join("good.pgark");
        pgark(["dump", &source.conninfo(), "-o", &path.to_string_lossy(), "-j2"]).expect_code(0);
        let bytes = fs::read(&path).expect("archive");
        (Fixture { bytes, folder }, Archive::open(&path).expect("archive"))
    }

    fn flipped(&self, byte: usize, bit: u8) -> (Vec<u8>, PathBuf) {
        let mut bytes = self.bytes.clone();
        bytes[byte] ^= 1 << bit;
        let path = self.folder.path().join("flipped.pgark");
        fs::write(&path, &bytes).expect("write");
        (bytes, path)
    }
}

/// The same places in every run.
struct Places(u64);

impl Places {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn verify_finds_every_flipped_bit() {
    let source = Database::create(18, "flips");
    let mut session = source.session();
    for sql in sample::statements(0.002) {
        session.execute(&sql);
    }
    let (fixture, _) = Fixture::dump(&source);
    let mut places = Places(7);
    for _ in 0..200 {
        let (byte, bit) = (places.below(fixture.bytes.len()), places.below(8) as u8);
        let (_, path) = fixture.flipped(byte, bit);
        let run = pgark(["verify", "--quiet", &path.to_string_lossy()]);
        let said = format!("bit {bit} of byte {byte}: {} {}{}", run.code, run.stdout, run.stderr);
        assert_eq!(run.code, 3, "{said}");
        assert!(run.stdout.starts_with("damage: ") && run.stderr.is_empty(), "{said}");
        // The place is named: the structure that holds the byte begins at or before it.
        let near = run.stdout.lines().filter_map(|line| {
            let (_, rest) = line.split_once("at byte ")?;
            rest.split(':').next()?.parse::<usize>().ok()
        });
        assert!(near.into_iter().any(|offset| offset <= byte), "{said}");
    }
}

/// `chunk_rows`: rows of `big` by chunk, in id order. What is there must be whole chunks of right rows.
fn check_rows(target: &mut Session, tables: &[(&str, &[u64])], said: &str) {
    for (table, chunk_rows) in tables {
        if target.value(&format!("SELECT (to_regclass('{table}') IS NULL)::text AS value")) == "true" {
            continue;
        }
        let wrong = format!("SELECT count(*)::text AS value FROM {table} WHERE ({RIGHT}) IS NOT TRUE");
        assert_eq!(target.value(&wrong), "0", "wrong rows in {table}: {said}");
        let mut first = 1;
        for rows in *chunk_rows {
            let last = first + rows - 1;
            let found: u64 = target
                .value(&format!(
                    "SELECT count(DISTINCT id)::text AS value FROM {table} WHERE id BETWEEN {first} AND {last}"
                ))
                .parse()
                .expect("number");
            assert!(
                found == 0 || found == *rows,
                "{found} of {rows} rows of a chunk of {table}: {said}"
            );
            first = last + 1;
        }
        let all = target.value(&format!("SELECT (count(*) < {first})::text AS value FROM {table}"));
        assert_eq!(all, "true", "too many rows in {table}: {said}");
    }
}

/// Restores from a file or a pipe: (exit code, standard error).
fn restore(bytes: &[u8], path: &Path, target: &Database, piped: bool) -> (Option<i32>, String) {
    if piped {
        let output = restore_bytes(bytes, &target.conninfo());
        return (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        );
    }
    let run = pgark([
        "restore",
        "--quiet",
        &path.to_string_lossy(),
        "-d",
        &target.conninfo(),
        "-j2",
    ]);
    (Some(run.code), run.stderr)
}

#[test]
fn a_restore_never_loads_a_damaged_chunk() {
    let source = Database::create(18, "flipped");
    let mut session = source.session();
    // `big` has two chunks, the others one.
    for (table, rows) in [("big", 36_000), ("small", 300), ("tiny", 3)] {
        session.execute(&format!(
            "CREATE TABLE {table} AS SELECT id, repeat(md5(id::text), 8) AS a, id * 7 - 3 AS b \
             FROM generate_series(1, {rows}) id; ALTER TABLE {table} ADD PRIMARY KEY (id)"
        ));
    }
    let (fixture, archive) = Fixture::dump(&source);
    let relation = |name: &str| {
        let id = archive
            .catalog()
            .relations
            .iter()
            .find(|r| r.name == name)
            .expect("table")
            .id;
        archive.manifest().relation(id).expect("rows")
    };
    // Encoders may finish in another order than the rows were read.
    let first_id = |chunk| {
        let text = copy_text(&archive, chunk);
        let (id, _) = text.split_once('\t').expect("tab");
        id.parse::<u64>().expect("id")
    };
    let rows_of = |name: &str| -> Vec<u64> {
        let mut chunks: Vec<(u64, u64)> = relation(name).chunks.iter().map(|c| (first_id(c), c.rows)).collect();
        chunks.sort_unstable();
        chunks.into_iter().map(|(_, rows)| rows).collect()
    };
    let (big, small, tiny) = (rows_of("big"), rows_of("small"), rows_of("tiny"));
    assert!(big.len() > 1 && small.len() == 1 && tiny.len() == 1);
    let tables: [(&str, &[u64]); 3] = [("big", &big), ("small", &small), ("tiny", &tiny)];

    let payloads: Vec<_> = archive
        .manifest()
        .chunks()
        .map(|chunk| (chunk.offset as usize + RECORD_HEADER_BYTES, chunk.stored_bytes as usize))
        .collect();
    let mut places = Places(11);
    for flip in 0..24 {
        // Payloads of every chunk in turn, then anywhere.
        let (byte, in_payload) = match payloads.get(flip % (payloads.len() + 1)) {
            Some((start, length)) => (start + places.below(*length), true),
            None => (places.below(fixture.bytes.len()), false),
        };
        let bit = places.below(8) as u8;
        let (bytes, path) = fixture.flipped(byte, bit);
        let target = Database::create(18, "flipped_copy");
        let piped = flip % 2 == 1;
        let (code, errors) = restore(&bytes, &path, &target, piped);
        let said = format!("bit {bit} of byte {byte}, pipe {piped}: {code:?} {errors}");
        let finished = if in_payload && !piped {
            code == Some(3)
        } else {
            matches!(code, Some(0 | 1 | 3))
        };
        assert!(finished, "{said}");
        assert!(!errors.contains("panicked"), "{said}");
        assert!(code == Some(0) || errors.contains("error: "), "{said}");
        let mut copy = target.session();
        check_rows(&mut copy, &tables, &said);
        // A file is read by its manifest: what of it was not asked for may be damaged. A pipe is read whole.
        if code == Some(0) {
            assert!(!piped && !in_payload, "{said}");
            for (table, rows) in tables {
                let count = copy.value(&format!("SELECT count(*)::text AS value FROM {table}"));
                assert_eq!(count, rows.iter().sum::<u64>().to_string(), "{said}");
            }
        }
    }
}
