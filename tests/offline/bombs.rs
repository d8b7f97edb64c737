//! Small archives that would become large: every command refuses them in little memory, from a file and from a pipe.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use pgark::codec::{self, Compression};
use pgark::format::RecordKind;

use crate::forged::{Records, forge_from, position};
use crate::sample::{self, Table};

/// KiB of address space for a process whose threads and libraries alone take a part of it.
const MOST_MEMORY: u32 = 1 << 20;

/// What a bomb becomes: more than a process may have here.
const EXPANDED: usize = 2 << 30;

/// Compressed zeros, made piece by piece as one frame cannot be told apart from many.
fn bomb() -> Vec<u8> {
    let piece = vec![0; 64 << 20];
    let mut frame = Vec::new();
    codec::compress(&piece, 1, &mut frame).unwrap();
    frame.repeat(EXPANDED / piece.len())
}

fn good() -> Vec<u8> {
    let chunks = vec![b"1\ta\n2\tb\n".repeat(50)];
    sample::write(&[Table { columns: 2, chunks }], Compression::Zstd(1), 1 << 30).0
}

/// The bomb in place of a chunk's first column, whose declared size stays as it was.
fn in_column(records: &mut Records) {
    let at = position(records, RecordKind::Chunk, 1);
    let (_, payload) = &mut records[at];
    let stored = u64::from_le_bytes(payload[52..60].try_into().unwrap()) as usize;
    let bomb = bomb();
    payload[33] = 1;
    payload[52..60].copy_from_slice(&(bomb.len() as u64).to_le_bytes());
    let columns = 32 + 28 * usize::from(payload[2]);
    payload.splice(columns..columns + stored, bomb);
}

fn in_metadata(records: &mut Records, kind: RecordKind, raw: u64) {
    let at = position(records, kind, 0);
    let (header, payload) = &mut records[at];
    header.raw_bytes = raw;
    *payload = bomb();
}

fn run(archive: &Path, args: &[&str], piped: bool) -> (Option<i32>, String) {
    let script = format!("ulimit -v {MOST_MEMORY}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_pgark")])
        .args(args)
        .stdin(Stdio::null());
    if piped {
        command.stdin(File::open(archive).unwrap());
    }
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn bombs_are_refused_in_little_memory() {
    let good = good();
    let folder = tempfile::tempdir().unwrap();
    let (archive, fixed) = (folder.path().join("bomb.pgark"), folder.path().join("fixed.pgark"));
    let (archive_path, fixed_path) = (archive.to_str().unwrap(), fixed.to_str().unwrap());
    // A server that nobody has: a restore that came so far would say so.
    let target = "host=/nowhere dbname=x";
    let kinds = [RecordKind::Source, RecordKind::Catalog, RecordKind::SequenceState];
    let mut bombs = vec![forge_from(&good, in_column, |_| ())];
    for kind in kinds {
        for raw in [100, 1 << 20] {
            bombs.push(forge_from(&good, |records| in_metadata(records, kind, raw), |_| ()));
        }
    }
    for bytes in bombs {
        assert!(bytes.len() < 2 << 20, "{} bytes are no small archive", bytes.len());
        fs::write(&archive, &bytes).unwrap();
        let (code, said) = run(&archive, &["verify", "-q", archive_path], false);
        assert!(code == Some(3) && said.contains("damage: "), "verify: {code:?} {said}");
        for (args, piped) in [
            (&["show", archive_path][..], false),
            (&["salvage", archive_path, "-o", fixed_path, "--overwrite", "-q"], false),
            (&["restore", archive_path, "-d", target, "-q"], false),
            (&["restore", "-", "-d", target, "-q"], true),
        ] {
            let (code, said) = run(&archive, args, piped);
            assert!(matches!(code, Some(0 | 1 | 3)), "{args:?}: {code:?} {said}");
            assert!(
                !said.contains("panicked") && !said.contains("memory allocation"),
                "{args:?}: {said}"
            );
        }
    }
}
