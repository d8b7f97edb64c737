//! Holds `format-spec/vectors` to both decoders and to what the writer writes today.
//!
//! After a deliberate change of bytes: `PGARK_WRITE_VECTORS=1 cargo test --test offline vectors`, then
//! look at the difference. When only zstd compresses differently, add new vectors and keep the old.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use pgark::archive::{Archive, ArchiveError, ArchiveStream, Event, VerifyOptions, verify};
use pgark::codec::{Compression, Splitter, encode};
use pgark::format::{ChunkHead, Header};
use serde_json::{Value, json};

use crate::sample::{self, Table};
use crate::second_decoder::{self, Decoded};

struct Vector {
    name: &'static str,
    bytes: Vec<u8>,
}

fn vectors() -> Vec<Vector> {
    let table = |columns, chunks: &[&str]| Table {
        columns,
        chunks: chunks.iter().map(|c| c.as_bytes().to_vec()).collect(),
    };
    let tables = [
        table(3, &["1\talpha\t\\N\n2\t\tx\\ty\\\\z\n", "3\tü€𝄞\t\\\\x00ff\n"]),
        table(0, &["\n\n\n"]),
        table(1, &["\n\\N\n\\\\.\n"]),
        table(2, &[]),
        table(2, &[&"1000\tthe same words again and again\n".repeat(40)]),
    ];
    let (empty, _) = sample::write(&[], Compression::Zstd(1), 1 << 30);
    let (zstd, _) = sample::write(&tables, Compression::Zstd(1), 1 << 30);
    let (plain, _) = sample::write(&tables, Compression::None, 1);
    let (binary, _) = sample::write(&[binary_table()], Compression::Zstd(1), 1 << 30);
    let cut = zstd[..zstd.len() - 96].to_vec();
    let mut flipped = zstd.clone();
    flipped[zstd.len() / 2] ^= 0x20;
    let mut newer = empty.clone();
    let header = Header {
        format_version: 2,
        reader_version: 2,
        ..Header::new(sample::id())
    };
    newer[..128].copy_from_slice(&header.encode());
    vec![
        Vector {
            name: "001-no-relations",
            bytes: empty,
        },
        Vector {
            name: "002-zstd",
            bytes: zstd,
        },
        Vector {
            name: "003-plain-with-pages-and-checkpoints",
            bytes: plain,
        },
        Vector {
            name: "004-without-trailer",
            bytes: cut,
        },
        Vector {
            name: "005-flipped-bit",
            bytes: flipped,
        },
        Vector {
            name: "006-newer-format",
            bytes: newer,
        },
        Vector {
            name: "007-not-an-archive",
            bytes: b"PGDMP\x01\x10\x00".to_vec(),
        },
        Vector {
            name: "008-binary",
            bytes: binary,
        },
    ]
}

/// A column for each encoding of binary chunks, and rows of NULLs.
fn binary_table() -> Table {
    let mut numbers = sample::Numbers(3);
    let row = |n: u64| -> Vec<Option<Vec<u8>>> {
        let random = numbers.next();
        let numeric = |digits: &[u16], weight: i16, sign: u16, scale: u16| {
            let head = [digits.len() as u16, weight as u16, sign, scale];
            head.iter()
                .chain(digits)
                .flat_map(|word| word.to_be_bytes())
                .collect::<Vec<u8>>()
        };
        let price = match n {
            100 => numeric(&[], 0, 0xc000, 0),
            _ => numeric(
                &[1 + n as u16 * 37 % 9000, 500 + 100 * (n as u16 % 90)],
                0,
                if n.is_multiple_of(3) { 0x4000 } else { 0 },
                2,
            ),
        };
        let cities = ["Aachen", "Brugge", "Córdoba", "Delft", "Évora"];
        let mut words = String::new();
        for word in 0..3 + random % 5 {
            words += ["carefully ", "final ", "deposits ", "sleep ", "quickly "][(random >> (8 * word)) as usize % 5];
        }
        let noise: Vec<u8> = (0..5 + random % 9).map(|i| (random >> i) as u8 & 0x1f).collect();
        let uuid = [random.to_be_bytes(), numbers.next().to_be_bytes()].concat();
        vec![
            Some((n as i32 * 3 + 7).to_be_bytes().to_vec()),
            Some(price),
            Some(cities[random as usize % 5].into()),
            Some(format!("Customer#{:09}", random % 1_000_000).into_bytes()),
            Some((random as i32 as f64 / 100.0).to_be_bytes().to_vec()),
            Some(words.into_bytes()),
            Some([&uuid[..4], &[0; 8], &uuid[12..]].concat()),
            Some(b"the same".to_vec()),
            n.is_multiple_of(4).then(|| (random as i16).to_be_bytes().to_vec()),
            Some(noise),
            None,
        ]
    };
    let rows: Vec<_> = (0..256).map(row).collect();
    // So few rows are left as they are.
    let few = [vec![Some(b"\\N".to_vec()); 11], vec![None; 11]];
    Table {
        columns: 11,
        chunks: vec![sample::binary(&rows), sample::binary(&few)],
    }
}

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

/// Text as it is, binary as hexadecimal digits.
fn printed(copy: &[u8]) -> String {
    match std::str::from_utf8(copy) {
        Ok(text) if !text.contains('\0') => text.to_owned(),
        _ => to_hex(copy).replace('\n', ""),
    }
}

fn to_json(result: Result<Decoded, &str>) -> Value {
    let decoded = match result {
        Ok(decoded) => decoded,
        Err(verdict) => return json!({ "result": verdict }),
    };
    let relations = decoded.relations.iter().map(
        |(id, (rows, digest, copy))| json!({ "relation": id, "rows": rows, "digest": digest, "copy": printed(copy) }),
    );
    let sequences = decoded
        .sequences
        .iter()
        .map(|(name, last, called)| json!({ "name": name, "last_value": last.to_string(), "is_called": called }));
    json!({
        "result": "ok",
        "database": decoded.database,
        "root_digest": decoded.root_digest,
        "relations": relations.collect::<Vec<_>>(),
        "sequences": sequences.collect::<Vec<_>>(),
    })
}

fn verdict(error: &ArchiveError) -> &'static str {
    match error {
        ArchiveError::NotAnArchive { .. } => "not an archive",
        ArchiveError::NewerFormat { .. } => "newer format",
        ArchiveError::Incomplete { .. } => "incomplete",
        ArchiveError::Damaged { .. } => "damaged",
        other => panic!("{other}"),
    }
}

fn read_file(bytes: &[u8]) -> Result<Decoded, &'static str> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vector.pgark");
    fs::write(&path, bytes).unwrap();
    let good = verify(&path, VerifyOptions { jobs: 1 }, &|_, _| ()).is_ok_and(|report| report.is_good());
    let read = || {
        let archive = Archive::open(&path)?;
        let mut decoded = Decoded {
            database: archive.source().database.clone(),
            root_digest: archive.root_digest().to_string(),
            ..Decoded::default()
        };
        for s in archive.sequences() {
            decoded
                .sequences
                .push((s.name.clone(), s.last_value.into(), s.is_called));
        }
        for relation in &archive.manifest().relations {
            let mut copy = Vec::new();
            for chunk in &relation.chunks {
                archive.chunk(chunk)?.write_copy_data(&mut copy);
            }
            let digest = relation.digest().to_string();
            decoded
                .relations
                .insert(relation.relation.into(), (relation.rows, digest, copy));
        }
        Ok(decoded)
    };
    let result = read().map_err(|e| verdict(&e));
    assert_eq!(result.is_ok(), good);
    result
}

fn read_stream(bytes: &[u8]) -> Result<Decoded, &'static str> {
    let read = || {
        let mut stream = ArchiveStream::new(Cursor::new(bytes.to_vec()), "vector")?;
        let mut decoded = Decoded::default();
        while let Some(event) = stream.next()? {
            match event {
                Event::Source(source) => decoded.database = source.database,
                Event::Catalog(_) => {}
                Event::Chunk(chunk) => {
                    let (_, _, copy) = decoded.relations.entry(chunk.relation.into()).or_default();
                    chunk.decode()?.write_copy_data(copy);
                }
                Event::RelationEnd { relation, rows, digest } => {
                    let entry = decoded.relations.entry(relation.into()).or_default();
                    (entry.0, entry.1) = (rows, digest.to_string());
                }
                Event::Sequences(states) => {
                    let states = states.into_iter().map(|s| (s.name, s.last_value.into(), s.is_called));
                    decoded.sequences.extend(states);
                }
                Event::End(summary) => decoded.root_digest = summary.root_digest.to_string(),
            }
        }
        Ok(decoded)
    };
    read().map_err(|e| verdict(&e))
}

#[test]
fn vectors_are_what_the_writer_writes() {
    if std::env::var_os("PGARK_WRITE_VECTORS").is_some() {
        fs::create_dir_all(directory()).unwrap();
        for vector in vectors() {
            let path = directory().join(vector.name);
            fs::write(path.with_extension("hex"), to_hex(&vector.bytes)).unwrap();
            let json = serde_json::to_string_pretty(&to_json(second_decoder::decode(&vector.bytes))).unwrap();
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
    for entry in fs::read_dir(directory()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "hex") {
            continue;
        }
        let bytes = from_hex(&fs::read_to_string(&path).unwrap());
        let expected: Value = serde_json::from_str(&fs::read_to_string(path.with_extension("json")).unwrap()).unwrap();
        seen.insert(expected["result"].as_str().unwrap().to_owned());
        assert_eq!(
            to_json(second_decoder::decode(&bytes)),
            expected,
            "second decoder, {}",
            path.display()
        );
        assert_eq!(to_json(read_file(&bytes)), expected, "file, {}", path.display());
        assert_eq!(to_json(read_stream(&bytes)), expected, "stream, {}", path.display());
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["damaged", "incomplete", "newer format", "not an archive", "ok"]
    );
}
