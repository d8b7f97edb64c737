//! Names that look like SQL, paths, options and terminal commands: nothing breaks out of where it stands.
//! (That they come back the same is shown for random names in [`crate::quoting`].)

use std::fs;

use crate::kit::{Folder, value};
use crate::support::Database;
use crate::support::program::{Run, pgark};

const NAMES: [&str; 14] = [
    "x\"; DROP TABLE canary; --",
    "x'; DROP TABLE canary; --",
    "x\n; DROP TABLE canary;\n--",
    "$$; DROP TABLE canary; $$",
    "\\'; DROP TABLE canary; --",
    "*/ DROP TABLE canary; /*",
    "%s%n%1$s",
    "../../../etc/passwd",
    "/etc/passwd\r",
    "--output=owned",
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{7f}",
    "\u{202e}desrever\u{2066}\u{200b}",
    "\\.\\N\t{}",
    "ÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜ",
];

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Nothing that a terminal obeys or that hides what follows; JSON where it was asked for.
fn check(run: Run, codes: &[i32]) -> Run {
    let all = format!("{}{}", run.stdout, run.stderr);
    let unfit = |c: &char| {
        c.is_control() && *c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(all.chars().find(unfit), None, "{}: {all:?}", run.command);
    assert!(codes.contains(&run.code), "{}: {} {all}", run.command, run.code);
    if run.command.contains("--json") && run.code != 1 {
        let value: Result<serde_json::Value, _> = serde_json::from_str(&run.stdout);
        assert!(value.is_ok(), "{}: {}", run.command, run.stdout);
    }
    run
}

#[test]
fn names_stay_names() {
    let source = Database::create(18, "hostile_names");
    let mut session = source.session();
    session.execute("CREATE TABLE canary (id int); INSERT INTO canary VALUES (1)");
    for name in NAMES {
        let (quoted, text) = (quoted(name), literal(name));
        for sql in [
            format!("CREATE SCHEMA {quoted}"),
            format!(
                "CREATE TABLE {quoted}.{quoted} ({quoted} text PRIMARY KEY DEFAULT {text}, CONSTRAINT {quoted} CHECK ({quoted} <> ''))"
            ),
            format!("INSERT INTO {quoted}.{quoted} VALUES ({text})"),
            format!("COMMENT ON TABLE {quoted}.{quoted} IS {text}"),
            format!("CREATE VIEW {quoted}.v AS SELECT {quoted} FROM {quoted}.{quoted}"),
            format!(
                "CREATE FUNCTION {quoted}.{quoted}() RETURNS text LANGUAGE sql AS {}",
                literal(&format!("SELECT {text}"))
            ),
            format!("CREATE TYPE {quoted}.e AS ENUM ({text})"),
            format!("CREATE PUBLICATION {quoted} FOR TABLE {quoted}.{quoted}"),
        ] {
            session.execute(&sql);
        }
    }
    session.execute(&format!(
        "SELECT lo_from_bytea(5, 'x'); COMMENT ON LARGE OBJECT 5 IS {}",
        literal(NAMES[2])
    ));

    let folder = Folder::new();
    let own = folder.path("own");
    fs::create_dir(&own).expect("folder");
    let (file, fixed) = (folder.file("own/a.pgark"), folder.file("own/fixed.pgark"));
    let from = source.conninfo();
    let label = format!("--label={}", NAMES[10]);
    check(pgark(["dump", &from, "-o", &file, &label, "--json", "-q"]), &[0]);
    let copy = Database::create(18, "hostile_names_copy");
    let to = copy.conninfo();
    for args in [
        &["show", &file][..],
        &["show", &file, "--json"],
        &["show", &file, "--list"],
        &["verify", &file, "--json"],
        &["salvage", &file, "-o", &fixed, "--json"],
        &["restore", &file, "-d", &to, "--plan"],
        &["restore", &file, "-d", &to, "--plan", "--json"],
        &["restore", &file, "-d", &to, "--json"],
    ] {
        check(pgark(args), &[0]);
    }
    assert_eq!(value(&copy, "SELECT count(*) FROM canary"), "1");
    check(pgark(["compare", &from, &to, "--json"]), &[0]);

    // Names in what goes wrong: differences, what is in the way, what is damaged, what a pattern does not find.
    let mut changed = copy.session();
    for name in NAMES {
        changed.execute(&format!(
            "DELETE FROM {0}.{0}; COMMENT ON TABLE {0}.{0} IS 'other'",
            quoted(name)
        ));
    }
    check(pgark(["compare", &file, &to]), &[3]);
    check(pgark(["compare", &file, &to, "--json"]), &[3]);
    check(pgark(["restore", &file, "-d", &to]), &[1]);
    check(pgark(["restore", &file, "-d", &to, "--clean", "--json"]), &[0, 3]);
    for name in NAMES {
        let pattern = format!("--table={}", quoted(name));
        check(
            pgark([
                "dump",
                &from,
                "-o",
                "-",
                "--schema-only",
                &pattern,
                "--exclude-schema=*",
            ]),
            &[0, 1],
        );
        check(
            pgark(["dump", name, "-h", "/nowhere", "-o", &folder.file("no")]),
            &[1, 2],
        );
        check(pgark(["verify", name]), &[1, 2]);
    }
    let mut bytes = fs::read(&file).expect("archive");
    let middle = bytes.len() / 2;
    bytes[middle - 3000..middle + 3000]
        .iter_mut()
        .for_each(|byte| *byte ^= 1);
    let broken = folder.file("own/broken.pgark");
    fs::write(&broken, bytes).expect("broken archive");
    check(pgark(["verify", &broken]), &[3]);
    check(
        pgark(["restore", &broken, "-d", &to, "--clean", "--skip-damaged", "--json"]),
        &[1, 3],
    );
    // The list goes back in.
    let list = check(pgark(["show", &file, "--list"]), &[0]).stdout;
    fs::write(folder.path("own/list"), list).expect("list");
    let again = Database::create(18, "hostile_names_list");
    let args = [
        "restore",
        &file,
        "-d",
        &again.conninfo(),
        "-L",
        &folder.file("own/list"),
        "--json",
    ];
    check(pgark(args), &[0]);
    assert_eq!(value(&again, "SELECT count(*) FROM canary"), "1");
    assert_eq!(value(&source, "SELECT count(*) FROM canary"), "1");
    // No file but those that were asked for.
    let mut files: Vec<_> = fs::read_dir(&own)
        .expect("folder")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    files.sort();
    assert_eq!(files, ["a.pgark", "broken.pgark", "fixed.pgark", "list"]);
}
