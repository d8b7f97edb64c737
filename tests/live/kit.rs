//! What the tests of options share: an archive in a folder of its own, and short ways to ask.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::support::program::{Run, pgark};
use crate::support::{Database, places};
use pgark::archive::{Archive, ChunkRef};

/// A scratch folder that vanishes with its archives.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir_in(places().scratch).expect("scratch folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    /// Dumps `database` with `options` into the archive `name`; its path.
    #[track_caller]
    pub fn dump(&self, database: &Database, name: &str, options: &[&str]) -> String {
        let file = self.file(name);
        let from = database.conninfo();
        run(&["dump", &from, "-o", &file], options).expect_code(0);
        file
    }
}

/// A new database filled by a script.
#[track_caller]
pub fn filled(major: u32, what: &str, script: &str) -> Database {
    let database = Database::create(major, what);
    database.run_script(script).unwrap_or_else(|error| panic!("{error}"));
    database
}

pub fn run(first: &[&str], then: &[&str]) -> Run {
    pgark(first.iter().chain(then))
}

/// Restores `archive` into `target` with `options`.
pub fn restore(archive: &str, target: &Database, options: &[&str]) -> Run {
    run(&["restore", archive, "-d", &target.conninfo()], options)
}

/// Names of the relations whose rows an archive holds, `schema.name`, sorted.
pub fn relations(archive: &str) -> Vec<String> {
    let archive = Archive::open(archive.as_ref()).expect("archive");
    let with_rows = archive.catalog().relations.iter().filter(|r| !r.data_excluded);
    let mut names: Vec<String> = with_rows.map(|r| format!("{}.{}", r.schema, r.name)).collect();
    names.sort();
    names
}

/// A chunk's rows as COPY text, whatever format they are stored in.
pub fn copy_text(archive: &Archive, chunk: &ChunkRef) -> String {
    let relation = archive.catalog().relation(chunk.relation).expect("relation");
    let types = relation.value_types().unwrap_or_default();
    let rows = archive.chunk(chunk).expect("chunk").into_text(&types).expect("text");
    let mut text = Vec::new();
    rows.write_copy_data(&mut text);
    String::from_utf8(text).expect("UTF-8")
}

/// `KIND identity` of every entry of an archive.
pub fn entries(archive: &str) -> Vec<String> {
    let archive = Archive::open(archive.as_ref()).expect("archive");
    archive
        .catalog()
        .entries
        .iter()
        .map(|e| format!("{} {}", e.kind, e.identity))
        .collect()
}

/// Waits for a minute at most.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The only value that a query gives in `database`.
pub fn value(database: &Database, sql: &str) -> String {
    database
        .session()
        .value(&format!("SELECT ({sql})::pg_catalog.text AS value"))
}

/// Names of the tables, views and sequences of a database outside the system's schemas, joined by spaces.
pub fn present(database: &Database) -> String {
    value(
        database,
        "SELECT coalesce(string_agg(n.nspname || '.' || c.relname, ' ' ORDER BY n.nspname, c.relname COLLATE \"C\"), '') \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')",
    )
}

/// The one line of JSON that a command printed.
#[track_caller]
pub fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error} in the output of {}: {}", run.command, run.stdout))
}

#[track_caller]
pub fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}
