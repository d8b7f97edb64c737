//! The story of a migration as the README tells it: its commands, run one by one as they stand there.

use crate::kit::{Folder, filled, json, run};
use crate::support::Database;
use crate::support::program::{Run, command};

const APP: &str = "\
CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10, 2) NOT NULL CHECK (price >= 0));
INSERT INTO products SELECT i, 'product ' || i, i * 0.99 FROM generate_series(1, 200) i;
CREATE TABLE sales (id bigserial PRIMARY KEY, product int NOT NULL REFERENCES products, at timestamptz NOT NULL);
INSERT INTO sales (product, at) SELECT 1 + i % 200, timestamptz '2026-01-01' + i * interval '1 min' FROM generate_series(1, 3000) i;
CREATE VIEW turnover AS SELECT product, count(*) * price AS total FROM sales JOIN products p ON p.id = product GROUP BY product, price;
";
const MIGRATION: &str = "\
ALTER TABLE products ADD COLUMN currency text NOT NULL DEFAULT 'EUR';
UPDATE products SET price = 0;
DROP VIEW turnover;
";

/// The commands of the README's story, with the exit codes that their comments name.
fn story() -> Vec<(Vec<String>, i32)> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README");
    let (_, section) = readme.split_once("## A migration that goes wrong").expect("section");
    let (_, block) = section.split_once("```sh\n").expect("block");
    let (block, _) = block.split_once("\n```").expect("end");
    let command = |line: &str| {
        let (command, comment) = line.split_once('#').unwrap_or((line, ""));
        let code = comment
            .trim()
            .strip_prefix("exit code ")
            .map_or(0, |c| c[..1].parse().expect("code"));
        (words(command), code)
    };
    block.lines().map(command).collect()
}

/// Words as a shell splits them, with double quotes alone.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('"').enumerate() {
        match number % 2 {
            1 => words.push(part.to_owned()),
            _ => words.extend(part.split_whitespace().map(str::to_owned)),
        }
    }
    words
}

/// As in a shell whose PG variables name the server.
fn execute(database: &Database, words: &[String]) -> Run {
    let server = database.server();
    let mut command = command(words);
    command
        .env("PGHOST", server.socket_dir())
        .env("PGPORT", server.port().to_string())
        .env("PGUSER", server.user());
    let output = command.output().expect("run pgark");
    Run {
        command: format!("pgark {}", words.join(" ")),
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn the_story_of_the_readme_goes_as_it_is_told() {
    let (folder, database) = (Folder::new(), filled(18, "app", APP));
    let repo = folder.file("R");
    let mut told = Vec::new();
    for (words, code) in story() {
        let named = |word: &String| match word.as_str() {
            "app" => database.name().to_owned(),
            "R" => repo.clone(),
            other => other.to_owned(),
        };
        let words: Vec<String> = words.iter().map(named).collect();
        match words.split_first() {
            Some((program, rest)) if program == "pgark" => {
                told.push((rest[0].clone(), execute(&database, rest).expect_code(code)));
            }
            Some((program, _)) if program == "psql" => database.run_script(MIGRATION).expect("migration"),
            other => panic!("{other:?}"),
        }
    }
    let said = |command: &str| {
        let of_command: Vec<&Run> = told
            .iter()
            .filter(|(name, _)| name == command)
            .map(|(_, run)| run)
            .collect();
        of_command
    };
    let diffs = said("diff");
    for part in ["currency", "turnover", "products", "changed"] {
        assert!(
            diffs[0].stdout.contains(part),
            "`{part}` is not in\n{}",
            diffs[0].stdout
        );
    }
    assert!(diffs[1].stdout.contains("equal"), "{}", diffs[1].stdout);
    let listed = json(said("snapshot")[1]);
    let labels: Vec<&str> = listed
        .as_array()
        .expect("list")
        .iter()
        .filter_map(|s| s["label"].as_str())
        .collect();
    assert_eq!(labels, ["emergency_pre_rollback", "before-migration"]);
    assert!(
        said("prune")[0].stdout.contains("nothing was deleted"),
        "{}",
        said("prune")[0].stdout
    );
    let log = &said("log")[0].stdout;
    for part in ["create", "rollback", "drill", "the migration lost all prices"] {
        assert!(log.contains(part), "`{part}` is not in\n{log}");
    }
    let proved = json(&run(&["snapshot", "show", "latest", "--repo", &repo, "--json"], &[]).expect_code(0));
    assert_eq!(proved["state"]["drilled"]["good"], true);
}
