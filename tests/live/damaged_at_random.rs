//! Restores of randomly damaged archives: what is reported as restored is right, what is not is named.
//!
//! `PGARK_DAMAGED=10000` is the long run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use pgark::Job;
use pgark::archive::{Archive, ArchiveStream};
use pgark::internals::restore::input::Input;
use pgark::internals::restore::{self, RestoreOptions, RestoreReport};

use crate::kit::{Folder, filled};
use crate::support::Database;
use crate::support::mutate::{Numbers, at_random, count, parts, peak_memory};
use crate::support::session::{Session, params};

/// Tables with keys and without, in one chunk and in several, in text and binary, with what hangs on them.
const SCRIPT: &str = "\
CREATE TABLE a (id int PRIMARY KEY, word text);
INSERT INTO a SELECT g, 'word ' || g FROM generate_series(1, 200) g;
CREATE TABLE b (id serial PRIMARY KEY, a int REFERENCES a, path tsquery);
INSERT INTO b (a, path) SELECT g, ('p' || g)::tsquery FROM generate_series(1, 50) g;
CREATE TABLE c (x float8, y timestamptz, z jsonb);
INSERT INTO c SELECT g / 3.0, timestamptz 'epoch' + g * interval '1 hour', jsonb_build_object('n', g) FROM generate_series(1, 90) g;
CREATE TABLE empty (id int);
CREATE INDEX c_x ON c (x);
CREATE VIEW v AS SELECT a.word, b.id FROM a JOIN b ON a.id = b.a;
SELECT lo_from_bytea(17, 'some bytes of a large object');
";

const TABLES: [&str; 4] = ["a", "b", "c", "empty"];

/// A digest of each table that is there, of the large object and of the sequence.
fn contents(session: &mut Session) -> BTreeMap<String, String> {
    let there = session.query(
        "SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'public' AND c.relkind = 'r'",
    );
    let names: Vec<String> = there.iter().map(|row| row.string("name").expect("name")).collect();
    let mut contents = BTreeMap::new();
    for name in names {
        assert!(TABLES.contains(&name.as_str()), "a table that nobody made: {name}");
        let sql = format!(
            "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS value FROM public.{name} t"
        );
        contents.insert(name.clone(), session.value(&sql));
    }
    let object =
        "SELECT coalesce(md5(string_agg(data, '' ORDER BY pageno)), '') AS value FROM pg_catalog.pg_largeobject";
    contents.insert("large objects".to_owned(), session.value(object));
    contents
}

fn clear(session: &mut Session) {
    session.execute("SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    session.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
}

/// Restores in this process, so that its memory is what is measured.
fn restore(path: &Path, target: &str, piped: bool, skip_damaged: bool) -> Result<RestoreReport, String> {
    let input = if piped {
        let file = fs::File::open(path).expect("archive");
        let stream = ArchiveStream::new(file, "the pipe").map_err(|error| error.to_string())?;
        Input::Pipe(Box::new(stream))
    } else {
        Input::File(Arc::new(Archive::open(path).map_err(|error| error.to_string())?))
    };
    let mut options = RestoreOptions::default();
    options.jobs = 2;
    options.skip_damaged = skip_damaged && !piped;
    restore::run(input, &params(target), &options, &Job::new()).map_err(|error| error.to_string())
}

/// Is the table, or the large objects, among what the report does not vouch for?
fn is_named(report: &RestoreReport, table: &str) -> bool {
    let names = |text: &str| text == table || text.strip_prefix("public.") == Some(table);
    report.failures.iter().any(|failure| names(failure.what.identity()))
        || report.skipped.iter().any(|skipped| names(skipped.what.identity()))
        || report.damaged.iter().any(|damaged| names(&damaged.name))
}

#[derive(Debug, Default)]
struct Tally {
    unchanged: u32,
    refused_unopened: u32,
    refused_later: u32,
    with_findings: u32,
    around_damage: u32,
    equal: u32,
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.unchanged += other.unchanged;
        self.refused_unopened += other.refused_unopened;
        self.refused_later += other.refused_later;
        self.with_findings += other.with_findings;
        self.around_damage += other.around_damage;
        self.equal += other.equal;
    }
}

/// Sessions that restore side by side, each into a database of its own.
const SIDE_BY_SIDE: usize = 8;

/// The good archive, another one, and what the good one has.
struct Fixture {
    folder: Folder,
    good: Vec<u8>,
    other: Vec<u8>,
    right: BTreeMap<String, String>,
}

impl Fixture {
    fn new() -> Fixture {
        let source = filled(18, "damaged_source", SCRIPT);
        let other = filled(18, "damaged_other", &SCRIPT.replace("'word '", "'other '"));
        let folder = Folder::new();
        let read = |database: &Database, name: &str| fs::read(folder.dump(database, name, &["-j1"])).expect("archive");
        Fixture {
            good: read(&source, "good.pgark"),
            other: read(&other, "other.pgark"),
            right: contents(&mut source.session()),
            folder,
        }
    }

    /// Most random damage shows as soon as an archive is opened: half of it is kept to the rows.
    fn damaged(&self, seed: u64, numbers: &mut Numbers) -> (String, Vec<u8>) {
        if numbers.below(2) == 0 {
            return at_random(&self.good, &self.other, seed);
        }
        let parts = parts(&self.good);
        let chunks: Vec<_> = parts.iter().filter(|part| part.is_chunk()).collect();
        let range = chunks[numbers.below(chunks.len())].range.clone();
        let at = range.start + numbers.below(range.len());
        let mut bytes = self.good.clone();
        bytes[at] ^= 1 << numbers.below(8);
        (format!("seed {seed}: flip in a chunk at {at}"), bytes)
    }

    fn try_one(&self, seed: u64, path: &Path, target: &Database, session: &mut Session, tally: &mut Tally) {
        let mut numbers = Numbers(seed ^ 0x5eed);
        let (what, bytes) = self.damaged(seed, &mut numbers);
        fs::write(path, &bytes).expect("damaged archive");
        let (piped, skip) = (numbers.below(3) == 0, numbers.below(2) == 0);
        let what = format!("{what} piped {piped}, skip {skip}");
        tally.unchanged += u32::from(bytes == self.good);
        if !piped && Archive::open(path).is_err() {
            // Before the target is even looked at.
            assert!(restore(path, "host=/nowhere", piped, skip).is_err(), "{what}");
            tally.refused_unopened += 1;
            return;
        }
        match restore(path, &target.conninfo(), piped, skip) {
            Ok(report) if report.is_clean() => {
                assert_eq!(contents(session), self.right, "{what}: a wrong load");
                tally.equal += 1;
            }
            Ok(report) => {
                let found = contents(session);
                for (table, digest) in &self.right {
                    let is_right = found.get(table) == Some(digest);
                    assert!(
                        is_right || is_named(&report, table),
                        "{what}: {table} is wrong, {report:?}"
                    );
                }
                tally.with_findings += 1;
                tally.around_damage += u32::from(!report.damaged.is_empty());
            }
            Err(error) => {
                assert!(!error.is_empty(), "{what}");
                tally.refused_later += 1;
            }
        }
        clear(session);
    }
}

#[test]
fn nothing_wrong_is_loaded_from_a_randomly_damaged_archive() {
    let fixture = Fixture::new();
    let (before, next) = (peak_memory(), AtomicU64::new(0));
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for number in 0..SIDE_BY_SIDE {
            let (fixture, next, tally) = (&fixture, &next, &tally);
            scope.spawn(move || {
                let target = Database::create(18, "damaged_target");
                let mut session = target.session();
                let path = fixture.folder.path(&format!("damaged-{number}.pgark"));
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= count(40) {
                        break;
                    }
                    let mut own = Tally::default();
                    fixture.try_one(seed, &path, &target, &mut session, &mut own);
                    let mut tally = tally.lock().expect("tally");
                    tally.add(&own);
                    if seed % 250 == 249 {
                        println!("{seed}: {tally:?}, peak memory {} KiB", peak_memory());
                    }
                }
            });
        }
    });
    println!(
        "{:?}, peak memory {} KiB, {before} KiB before",
        tally.lock().expect("tally"),
        peak_memory()
    );
}
