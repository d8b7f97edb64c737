//! Holds `format-spec/vectors` to all readers and to what the writer writes today: the library from a file, as a stream and as
//! `pgark show --json` prints it, and the decoder that was written from the specification alone.
//!
//! After a deliberate change of bytes: `PGARK_WRITE_VECTORS=1 cargo test --test offline vectors_are`, then look at the
//! difference. When only zstd compresses differently, add new vectors and keep the old.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use pgark::Job;
use pgark::archive::{Archive, ArchiveError, ArchiveStream, StreamEvent, VerifyOptions, verify};
use pgark::codec::{Compression, Splitter, encode};
use pgark::format::trailer::TRAILER_BYTES;
use pgark::format::{ChunkHead, Trailer};
use serde_json::Value;

use crate::decoder::{self, assert_agrees};
use crate::vector_list::{binary_table, vectors};

#[test]
fn the_binary_vector_has_every_encoding() {
    let table = binary_table();
    let mut found = BTreeSet::new();
    for chunk in &table.chunks {
        let mut splitter = Splitter::new(table.copy_format(), table.columns);
        splitter.push(chunk).unwrap();
        let chunk = encode(&splitter.take(), None, Compression::Zstd(1)).unwrap();
        let head = ChunkHead::decode(&chunk.payload, chunk.rows, chunk.raw_len).unwrap();
        found.extend(head.columns.iter().map(|c| c.encoding as u8));
    }
    assert_eq!(found.into_iter().collect::<Vec<_>>(), (2..=11).collect::<Vec<u8>>());
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("format-spec/vectors")
}

fn to_hex(bytes: &[u8]) -> String {
    let line = |l: &[u8]| l.iter().map(|b| format!("{b:02x}")).collect::<String>() + "\n";
    bytes.chunks(48).map(line).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap())
        .collect()
}

fn verdict(error: &ArchiveError) -> &'static str {
    match error {
        ArchiveError::NotAnArchive { .. } => "not an archive",
        ArchiveError::NewerFormat { .. } => "newer format",
        ArchiveError::Unsupported { .. } => "unsupported",
        ArchiveError::Incomplete { .. } => "incomplete",
        ArchiveError::Damaged { .. } => "damaged",
        other => panic!("{other}"),
    }
}

/// What a reader of a file says, and where: of the whole first, then of every chunk and every row.
fn read_file(path: &Path) -> (&'static str, BTreeSet<u64>) {
    let opened = Archive::open(path);
    let found = verify(path, VerifyOptions::with_jobs(1), &Job::new());
    let mut places = BTreeSet::new();
    if let Err(ArchiveError::Damaged { finding, .. }) = &opened {
        places.insert(finding.offset);
    }
    let is_good = found.is_ok_and(|report| {
        places.extend(report.findings.iter().map(|finding| finding.offset));
        report.is_good()
    });
    let result = match opened {
        Err(error) => verdict(&error),
        Ok(_) if is_good => "ok",
        Ok(_) => "damaged",
    };
    assert_eq!(result == "ok", is_good);
    (result, places)
}

fn manifest_offset(bytes: &[u8]) -> u64 {
    let trailer = bytes.len() - TRAILER_BYTES;
    Trailer::decode(&bytes[trailer..]).map_or(0, |trailer| trailer.manifest_offset)
}

fn read_stream(bytes: Vec<u8>) -> &'static str {
    let read = || {
        let mut stream = ArchiveStream::new(Cursor::new(bytes), "vector")?;
        let mut is_summed = true;
        while let Some(event) = stream.next()? {
            if let StreamEvent::Chunk(chunk) = event {
                let chunk = chunk.decode()?;
                is_summed &= chunk.digest().sum == chunk.declared_digest().sum;
            }
        }
        Ok(is_summed)
    };
    match read() {
        Ok(true) => "ok",
        Ok(false) => "damaged",
        Err(error) => verdict(&error),
    }
}

#[test]
fn vectors_are_what_the_writer_writes() {
    if std::env::var_os("PGARK_WRITE_VECTORS").is_some() {
        fs::create_dir_all(directory()).unwrap();
        for vector in vectors() {
            let path = directory().join(vector.name).with_extension("hex");
            fs::write(&path, to_hex(&vector.bytes)).unwrap();
            let json = serde_json::to_string_pretty(&decoder::decode(&path)).unwrap();
            fs::write(path.with_extension("json"), json + "\n").unwrap();
        }
    }
    for vector in vectors() {
        let kept = fs::read_to_string(directory().join(vector.name).with_extension("hex")).unwrap();
        assert!(
            kept == to_hex(&vector.bytes),
            "{} is not what the writer writes now",
            vector.name
        );
    }
}

#[test]
fn every_vector_is_read_alike_by_all_readers() {
    let mut seen = BTreeSet::new();
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "hex") {
            continue;
        }
        let name = path.display();
        let bytes = from_hex(&fs::read_to_string(&path).unwrap());
        let binary = dir.path().join(path.with_extension("pgark").file_name().unwrap());
        fs::write(&binary, &bytes).unwrap();
        let expected: Value = serde_json::from_str(&fs::read_to_string(path.with_extension("json")).unwrap()).unwrap();
        let result = expected["result"].as_str().unwrap();
        seen.insert(result.to_owned());

        let decoded = decoder::decode(&binary);
        assert_eq!(decoded, expected, "decoder, {name}");
        let (from_file, places) = read_file(&binary);
        assert_eq!(from_file, result, "file, {name}");
        assert_eq!(read_stream(bytes), result, "stream, {name}");
        if result == "ok" {
            assert_agrees(&decoded, &binary);
        }
        if result == "damaged" {
            let offset = expected["offset"].as_u64().unwrap();
            // Where a record and the manifest contradict each other, either may be called wrong.
            let is_manifest = places.iter().eq([&manifest_offset(&fs::read(&binary).unwrap())]);
            assert!(
                places.contains(&offset) || is_manifest,
                "{name}: {offset} is not in {places:?}"
            );
        }
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        [
            "damaged",
            "incomplete",
            "newer format",
            "not an archive",
            "ok",
            "unsupported"
        ]
    );
}
