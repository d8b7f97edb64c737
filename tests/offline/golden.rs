//! Archives that released versions wrote are read for ever: `tests/golden` has one or more for every format version.
//!
//! `NAME.pgark` is as `pgark dump` wrote it from a server, `NAME.json` what the specification's decoder printed about it,
//! `NAME.rows` has for every relation the rows and the BLAKE3 of its COPY data in text format, which was the server's too.
//! None of them is ever written again; a new version of the format adds its own.

use std::fs;
use std::path::{Path, PathBuf};

use pgark::Job;
use pgark::archive::{Archive, VerifyOptions, verify};
use serde_json::Value;

use crate::decoder::{self, assert_agrees, assert_within};

fn archives() -> Vec<PathBuf> {
    let files = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let versions = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden"));
    let mut found: Vec<PathBuf> = versions.iter().flat_map(|version| files(version)).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "pgark"));
    assert!(found.len() >= versions.len() && !versions.is_empty(), "{found:?}");
    found
}

fn kept(archive: &Path, extension: &str) -> String {
    fs::read_to_string(archive.with_extension(extension)).unwrap()
}

#[test]
fn archives_of_every_version_are_whole() {
    for path in archives() {
        let report = verify(&path, VerifyOptions::with_jobs(2), &Job::new()).unwrap();
        assert!(report.is_good() && report.complete, "{:?}", report.findings);
    }
}

#[test]
fn archives_of_every_version_say_what_they_said() {
    for path in archives() {
        let decoded = decoder::decode(&path);
        assert_agrees(&decoded, &path);
        // A later decoder may say more, such as the rows.
        let expected: Value = serde_json::from_str(&kept(&path, "json")).unwrap();
        assert_within(&path.display().to_string(), &expected, &decoded, false);
    }
}

#[test]
fn archives_of_every_version_hold_the_rows_they_held() {
    for path in archives() {
        let archive = Archive::open(&path).unwrap();
        let mut lines = String::new();
        for stored in &archive.manifest().relations {
            let relation = archive.catalog().relation(stored.relation).unwrap();
            let mut text = Vec::new();
            for reference in &stored.chunks {
                let chunk = archive.chunk(reference).unwrap();
                let chunk = match relation.value_types() {
                    Some(types) => chunk.into_text(&types).unwrap(),
                    None => chunk,
                };
                chunk.write_copy_data(&mut text);
            }
            let digest = blake3::hash(&text).to_hex();
            lines += &format!("{}.{}\t{}\t{digest}\n", relation.schema, relation.name, stored.rows);
        }
        assert_eq!(lines, kept(&path, "rows"), "{}", path.display());
    }
}
