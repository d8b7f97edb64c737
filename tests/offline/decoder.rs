//! Runs the decoder that is written from the specification alone, `format-spec/decoder`, and compares what it prints with
//! what the library reads.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use pgark::archive::Archive;
use serde::Serialize;
use serde_json::{Value, json};

/// A Python with one of the packages that the decoder needs.
fn python() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let is_fit = |python: &&str| {
            let run = Command::new(python).arg(script()).arg("--help").output();
            run.is_ok_and(|run| run.status.success())
        };
        let found = ["python3", "/usr/bin/python3"].into_iter().find(is_fit);
        found
            .expect("no Python 3 with a zstd package: run `.ci/setup`, or `apt-get install python3 python3-zstandard`")
            .into()
    })
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("format-spec/decoder/pgark_read.py")
}

fn run(command: &mut Command) -> Output {
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// What the decoder prints about an archive.
pub fn decode(archive: &Path) -> Value {
    let output = run(Command::new(python()).arg(script()).arg(archive).arg("--rows"));
    let errors = String::from_utf8_lossy(&output.stderr);
    let decoded: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}\n{errors}", archive.display()));
    let is_read = decoded["result"] == "ok";
    assert_eq!(output.status.code(), Some(if is_read { 0 } else { 1 }), "{errors}");
    let line = match is_read {
        true => String::new(),
        false => line(&decoded, archive),
    };
    assert_eq!(errors, line);
    decoded
}

/// The one line that a refusal is.
fn line(refusal: &Value, archive: &Path) -> String {
    let record = match &refusal["record"] {
        Value::Null => String::new(),
        record => format!("record {record} "),
    };
    let [result, what] = ["result", "what"].map(|key| refusal[key].as_str().unwrap());
    let (name, offset) = (archive.display(), &refusal["offset"]);
    format!("pgark_read.py: {name}: {result}: {record}at byte {offset}: {what}\n")
}

/// Holds what the decoder printed about a good archive to what the library and `pgark show --json` say of it.
pub fn assert_agrees(decoded: &Value, path: &Path) {
    let shown = run(Command::new(env!("CARGO_BIN_EXE_pgark"))
        .args(["show", "--json"])
        .arg(path));
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_within("show", &shown, decoded, false);

    let archive = Archive::open(path).unwrap();
    let mut catalog = to_json(archive.catalog());
    // Printed only to who asks for it.
    for list in ["globals", "entries"] {
        for entry in catalog
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if entry["secret"] == true {
                entry["create"] = Value::Null;
            }
        }
    }
    assert_within("catalog", &catalog, &decoded["catalog"], true);
    let records = decoded["records"].as_array().unwrap();
    let manifest = to_json(archive.manifest());
    assert_within("manifest", &manifest, &records.last().unwrap()["content"], true);
    let chunks = manifest["relations"].as_array().unwrap().iter();
    let chunks = chunks.flat_map(|relation| relation["chunks"].as_array().unwrap());
    for reference in manifest["records"].as_array().unwrap().iter().chain(chunks) {
        let mut reference = reference.clone();
        let record = &records[reference["sequence"].as_u64().unwrap() as usize];
        // Named in one, numbered in the other; the digests of rows are integers in one, bytes in the other.
        for key in ["kind", "archive", "row_sum"] {
            reference.as_object_mut().unwrap().remove(key);
        }
        assert_within("record", &reference, record, false);
    }
    for relation in &archive.manifest().relations {
        let shown = &decoded["relations"][relation.relation as usize - 1]["data"];
        let mut rows = Vec::new();
        for chunk in &relation.chunks {
            let mut copy = Vec::new();
            let chunk = archive.chunk(chunk).unwrap();
            chunk.write_copy_data(&mut copy);
            rows.extend(printed_rows(&copy, chunk.copy_format() as u8 == 1));
        }
        assert_eq!(shown, &json!(rows), "rows of relation {}", relation.relation);
    }
}

/// Everything in `part` is in `whole`; if they must be `alike`, then what only `whole` has is what an absent key stands for.
#[track_caller]
pub fn assert_within(place: &str, part: &Value, whole: &Value, alike: bool) {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            for (key, value) in part {
                let found = whole.get(key).unwrap_or_else(|| panic!("{place}: no {key}"));
                assert_within(&format!("{place}.{key}"), value, found, alike);
            }
            let empty = [json!(null), json!(0), json!(false), json!(""), json!([])];
            for (key, value) in whole.iter().filter(|(key, _)| alike && !part.contains_key(*key)) {
                assert!(empty.contains(value), "{place}: {key} is {value}");
            }
        }
        (Value::Array(part), Value::Array(whole)) => {
            assert_eq!(part.len(), whole.len(), "{place}");
            for (number, (part, whole)) in part.iter().zip(whole).enumerate() {
                assert_within(&format!("{place}[{number}]"), part, whole, alike);
            }
        }
        _ => assert_eq!(part, whole, "{place}"),
    }
}

/// As JSON, with byte strings as hexadecimal digits.
fn to_json(value: &impl Serialize) -> Value {
    fn converted(value: ciborium::Value) -> Value {
        match value {
            ciborium::Value::Bytes(bytes) => json!(hex(&bytes)),
            ciborium::Value::Array(items) => items.into_iter().map(converted).collect(),
            ciborium::Value::Map(items) => {
                let items = items.into_iter();
                let items = items.map(|(key, value)| (key.into_text().unwrap(), converted(value)));
                Value::Object(items.collect())
            }
            other => serde_json::to_value(other).unwrap(),
        }
    }
    converted(ciborium::Value::serialized(value).unwrap())
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Rows as the decoder prints them.
pub fn printed_rows(copy: &[u8], is_binary: bool) -> Vec<String> {
    if !is_binary {
        let lines = copy.split_inclusive(|b| *b == b'\n');
        return lines.map(|line| text(line.strip_suffix(b"\n").unwrap())).collect();
    }
    let (mut rows, mut rest) = (Vec::new(), copy);
    while let Some((count, fields)) = rest.split_first_chunk::<2>() {
        rest = fields;
        let values: Vec<String> = (0..i16::from_be_bytes(*count)).map(|_| field(&mut rest)).collect();
        rows.push(values.join("\t"));
    }
    rows
}

/// Takes a field of COPY's binary format off the front.
fn field(rest: &mut &[u8]) -> String {
    let (length, value) = rest.split_first_chunk::<4>().unwrap();
    *rest = value;
    let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
        return "\\N".to_owned();
    };
    let (value, after) = value.split_at(length);
    *rest = after;
    hex(value)
}

fn text(bytes: &[u8]) -> String {
    let mut printed = String::new();
    for chunk in bytes.utf8_chunks() {
        printed += chunk.valid();
        printed.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    printed
}
