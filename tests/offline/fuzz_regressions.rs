//! What the fuzz targets do, on stable: over their seeds, over inputs that once showed a fault, and over a few changes of
//! whole archives.
//!
//! `tests/fuzz-cases/TARGET/NAME` is such an input. `PGARK_WRITE_SEEDS=FOLDER cargo test --test offline fuzz` also writes
//! the seeds, to `FOLDER/TARGET/`: `fuzz/seed` does that. `PGARK_FUZZED=5000` tries more changes than the usual few.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::fuzz_seeds::Seeds;
use crate::sample::Numbers;

#[path = "../../fuzz/src/targets/mod.rs"]
pub mod targets;

use targets::{Target, mutate};

const FEW: u32 = 30;

/// Says of which target and input it is when something does not hold.
fn run(target: &Target, name: &str, data: &[u8]) {
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(data)));
    assert!(result.is_ok(), "target {}, input {name}", target.name);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn fuzz_seeds_hold() {
    let write_to = std::env::var_os("PGARK_WRITE_SEEDS");
    let seeds = Seeds::new();
    for target in targets::ALL {
        let of_target = seeds.of(target.name);
        assert!(!of_target.is_empty());
        for (number, seed) in of_target.iter().enumerate() {
            run(target, &format!("seed {number}"), seed);
            assert!((target.memory)(seed) > 0);
            if let Some(folder) = &write_to {
                let folder = Path::new(folder).join(target.name);
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join(format!("seed-{number}")), seed).unwrap();
            }
        }
    }
}

#[test]
fn fuzz_cases_hold() {
    let known: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
    for folder in fs::read_dir(root().join("tests/fuzz-cases")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap();
        let at = known.iter().position(|known| *known == name);
        let target = targets::ALL[at.unwrap_or_else(|| panic!("no target {name}"))];
        for case in fs::read_dir(&folder).unwrap() {
            let path = case.unwrap().path();
            run(target, &path.display().to_string(), &fs::read(&path).unwrap());
        }
    }
}

#[test]
fn fuzz_targets_are_all_programs() {
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    let programs = manifest.matches("[[bin]]").count();
    assert_eq!(programs, targets::ALL.len());
    let readme = fs::read_to_string(root().join("fuzz/README.md")).unwrap();
    for target in targets::ALL {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{}.rs\"", target.name)));
        assert!(root().join(format!("fuzz/fuzz_targets/{}.rs", target.name)).is_file());
        assert!(readme.contains(&format!("| `{}` |", target.name)), "{}", target.name);
    }
}

#[test]
fn fuzz_changes_of_archives_hold() {
    let rounds = std::env::var("PGARK_FUZZED").map_or(FEW, |rounds| rounds.parse().unwrap());
    let seeds = Seeds::new().of("archive");
    let whole = targets::ALL
        .into_iter()
        .filter(|target| matches!(target.name, "archive" | "salvage"));
    let whole: Vec<_> = whole.collect();
    for round in 0..rounds {
        let mut numbers = Numbers(round.into());
        let mut change_bytes = |bytes: &mut Vec<u8>, _: usize| match bytes.len() {
            0 => bytes.push(0),
            length => bytes[numbers.below(length)] = numbers.next() as u8,
        };
        let seed = &seeds[round as usize % seeds.len()];
        let changed = mutate::mutate(seed, 1 << 15, round, &mut change_bytes);
        let twice = mutate::mutate(&changed, 1 << 15, !round, &mut change_bytes);
        for data in [changed, twice] {
            for target in &whole {
                run(target, &format!("round {round}"), &data);
            }
        }
    }
}
