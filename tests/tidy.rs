//! Holds the architecture: which module may use which, and what every source file must and must not have.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

mod tidy {
    pub mod counts;
    pub mod graph;
    pub mod source;
}

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tidy::graph::{Arrow, Graph, circles};
use tidy::{counts, source};

/// Module, then what it may use. Arrows go one way only: no module may appear before those it uses.
const LAYERS: &[(&str, &[&str])] = &[
    (EVERYBODYS, &[]),
    ("model", &[]),
    ("job", &[]),
    ("read_at", &[]),
    ("format", &["model"]),
    ("connect", &["job"]),
    ("server", &[]),
    ("ddl", &["model"]),
    ("select", &["model"]),
    ("plan", &["model", "select"]),
    ("codec", &["format", "model"]),
    ("catalog", &["connect", "model"]),
    ("archive", &["read_at", "format", "codec", "model", "job"]),
    ("storage", &["archive", "job"]),
    ("export", &["select", "codec", "archive", "model", "job"]),
    (
        "live",
        &["select", "plan", "catalog", "ddl", "connect", "codec", "model", "job"],
    ),
    (
        "dump",
        &["live", "select", "plan", "connect", "codec", "archive", "model", "job"],
    ),
    (
        "restore",
        &[
            "select", "plan", "catalog", "connect", "codec", "archive", "model", "job",
        ],
    ),
    (
        "compare",
        // A live side is read as a dump reads it.
        &["live", "select", "plan", "connect", "codec", "archive", "model", "job"],
    ),
    ("repository", &["storage", "archive", "model", "select", "plan", "job"]),
    (
        "snapshot",
        &[
            "model",
            "connect",
            "server",
            "select",
            "plan",
            "codec",
            "archive",
            "dump",
            "restore",
            "compare",
            "job",
            "storage",
            "repository",
        ],
    ),
    (
        "error",
        &[
            "archive",
            "compare",
            "connect",
            "dump",
            "export",
            "select",
            "plan",
            "repository",
            "restore",
            "server",
            "snapshot",
        ],
    ),
    (
        "facade",
        &[
            "live",
            "connect",
            "select",
            "plan",
            "archive",
            "dump",
            "restore",
            "compare",
            "job",
            "repository",
            "snapshot",
            "error",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "format",
            "connect",
            "server",
            "ddl",
            "select",
            "plan",
            "codec",
            "catalog",
            "archive",
            "live",
            "dump",
            "export",
            "restore",
            "compare",
            "job",
            "storage",
            "repository",
            "snapshot",
            "error",
        ],
    ),
    // For the tests alone; nothing may use it.
    (
        "internals",
        &[
            "compare",
            "connect",
            "ddl",
            "live",
            "plan",
            "repository",
            "restore",
            "server",
            "snapshot",
        ],
    ),
];

/// The lowest module, which every other may use.
const EVERYBODYS: &str = "version";

/// Only here may `unsafe` be: a mapped file cannot be had without it.
const UNSAFE_ALLOWED: &[&str] = &["src/read_at/mapped.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below `folder`, relative to the root.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.strip_prefix(root()).expect("below the root").to_owned());
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

type NumberedLine = (usize, String);

/// The files of `src/` with their numbered lines of code: no comments, and nothing of test modules.
fn product_code() -> &'static [(PathBuf, Vec<NumberedLine>)] {
    static CODE: OnceLock<Vec<(PathBuf, Vec<NumberedLine>)>> = OnceLock::new();
    CODE.get_or_init(|| {
        rust_files("src")
            .into_iter()
            .filter(|path| !is_test(path))
            .map(|path| {
                let text = read(&path);
                let lines = source::code_lines(&text).into_iter();
                let lines = lines.map(|(number, line)| (number, line.to_owned())).collect();
                (path, lines)
            })
            .collect()
    })
}

fn graph() -> &'static Graph {
    static GRAPH: OnceLock<Graph> = OnceLock::new();
    GRAPH.get_or_init(|| Graph::of("src/lib.rs", &|path| fs::read_to_string(root().join(path)).ok()))
}

/// Whether the file is a test module's, or of the folder of one.
fn is_test(path: &Path) -> bool {
    let tests = &graph().test_files;
    tests.contains(path)
        || path
            .ancestors()
            .any(|above| tests.contains(&above.with_extension("rs")))
}

/// The arrows between files of the same top module.
fn arrows_within_modules() -> Vec<Arrow> {
    let mut arrows = graph().arrows();
    arrows.retain(|arrow| module(&arrow.from) == module(&arrow.to));
    arrows
}

/// The module that a file of `src/` belongs to; `None` for `lib.rs`, `main.rs`.
fn module(path: &Path) -> Option<String> {
    let part = path.components().nth(1)?.as_os_str().to_string_lossy().into_owned();
    let name = part.trim_end_matches(".rs").to_owned();
    (name != "lib" && name != "main").then_some(name)
}

fn names_after(line: &str, start: &str) -> Vec<String> {
    line.match_indices(start)
        .filter(|(at, _)| !line[..*at].ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == '$'))
        .map(|(at, _)| {
            line[at + start.len()..]
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect()
        })
        .collect()
}

#[track_caller]
fn assert_none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn modules_use_only_the_layers_below_them() {
    let mut wrong = Vec::new();
    for (path, lines) in product_code() {
        let Some(module) = module(path) else { continue };
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!(
                "{}: module `{module}` is not in the layer table",
                path.display()
            ));
            continue;
        };
        for (number, line) in lines {
            for used in names_after(line, "crate::") {
                if used != module && used != EVERYBODYS && !allowed.contains(&used.as_str()) {
                    wrong.push(format!(
                        "{}:{number}: `{module}` may not use `crate::{used}`",
                        path.display()
                    ));
                }
            }
        }
    }
    // `super::` leads out of a module as well.
    for (path, number, used) in graph().tops_named() {
        let allowed = module(path).and_then(|own| LAYERS.iter().find(|(name, _)| *name == own));
        if let Some((module, allowed)) = allowed
            && used != *module
            && used != EVERYBODYS
            && !allowed.contains(&used.as_str())
        {
            wrong.push(format!("{}:{number}: `{module}` may not use `{used}`", path.display()));
        }
    }
    assert_none("uses that the layer table does not allow", wrong);
}

#[test]
fn the_layer_table_names_the_modules_in_order() {
    let mut seen = BTreeSet::new();
    for (module, uses) in LAYERS {
        for used in *uses {
            assert!(seen.contains(used), "`{module}` comes before `{used}`, which it uses");
        }
        seen.insert(*module);
        let path = root().join("src").join(module);
        assert!(
            path.is_dir() || path.with_extension("rs").is_file(),
            "there is no module `{module}`"
        );
    }
}

#[test]
fn no_files_of_a_module_form_a_circle() {
    let arrows = arrows_within_modules();
    let found = circles(&arrows);
    let mut largest: BTreeMap<String, usize> = graph()
        .files()
        .into_iter()
        .filter_map(|file| Some((module(file)?, 1)))
        .collect();
    let mut wrong = Vec::new();
    for circle in &found {
        let of = circle
            .first()
            .and_then(|file| module(file))
            .expect("a circle is of a module");
        let size = largest.entry(of).or_default();
        *size = circle.len().max(*size);
        wrong.push(format!("{} files use each other in a circle:", circle.len()));
        wrong.extend(within(&arrows, circle));
    }
    for (module, size) in largest {
        println!(
            "{module}: {}",
            if size == 1 {
                "no circle".to_owned()
            } else {
                format!("a circle of {size} files")
            }
        );
    }
    assert_none("circles of files", wrong);
}

/// The arrows among `files`, each pair of files once.
fn within(arrows: &[Arrow], files: &BTreeSet<&Path>) -> Vec<String> {
    let mut pairs = BTreeMap::new();
    for arrow in arrows {
        if files.contains(arrow.from.as_path()) && files.contains(arrow.to.as_path()) {
            pairs.entry((&arrow.from, &arrow.to)).or_insert(arrow);
        }
    }
    pairs
        .into_values()
        .map(|arrow| {
            format!(
                "    {}:{} uses {}: {}",
                arrow.from.display(),
                arrow.line,
                arrow.to.display(),
                arrow.path
            )
        })
        .collect()
}

#[test]
fn files_use_nothing_of_the_modules_that_contain_them() {
    let mut wrong = Vec::new();
    for arrow in arrows_within_modules() {
        if graph().above(&arrow.from).contains(&arrow.to.as_path()) {
            wrong.push(format!(
                "{}:{} uses {}: {}",
                arrow.from.display(),
                arrow.line,
                arrow.to.display(),
                arrow.path
            ));
        }
    }
    assert_none(
        "definitions in the file of a module that the files of that module use; move them to a file of their own",
        wrong,
    );
}

/// Prints how the code stands: `cargo test --test tidy counts -- --nocapture`.
#[test]
fn counts_of_the_code() {
    let arrows = arrows_within_modules();
    let climbs: BTreeSet<(&Path, &Path)> = arrows
        .iter()
        .filter(|arrow| graph().above(&arrow.from).contains(&arrow.to.as_path()))
        .map(|arrow| (arrow.from.as_path(), arrow.to.as_path()))
        .collect();
    let (mut public, mut undocumented, mut long) = (0, 0, Vec::new());
    for path in graph().files() {
        let counts = counts::count(&source::tokens(&read(path)));
        public += counts.public;
        undocumented += counts.undocumented;
        let long_here = counts.long_functions.into_iter();
        long.extend(long_here.map(|(name, lines)| format!("{}: {name}, {lines} lines", path.display())));
    }
    println!("files: {}", graph().files().len());
    println!(
        "files in the largest circle: {}",
        circles(&arrows).first().map_or(0, BTreeSet::len)
    );
    println!(
        "arrows up, from a file to one of a module that contains it: {}",
        climbs.len()
    );
    println!("public items: {public}, of which {undocumented} have no documentation");
    println!("functions over {} lines: {}", counts::LONG_FUNCTION, long.len());
    for function in long {
        println!("    {function}");
    }
    assert!(public > 1000, "the counts see only {public} public items");
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "benches", "fuzz/fuzz_targets"] {
        for path in rust_files(folder) {
            if !read(&path).starts_with("//! ") {
                wrong.push(path.display().to_string());
            }
        }
    }
    assert_none("files that do not begin with `//!`", wrong);
}

#[test]
fn what_cannot_be_told_ends_nothing() {
    // A macro reaches the modules that are declared after it.
    let text = read(Path::new("src/cli/mod.rs"));
    let own = text.find("macro_rules! eprintln").expect("its own eprintln!");
    assert!(own < text.find("\nmod ").expect("modules"));
}

#[test]
fn imports_are_explicit() {
    let mut wrong = Vec::new();
    for (path, lines) in product_code() {
        for (number, line) in lines {
            let line = line.trim();
            let glob = line.starts_with("use ") && line.contains("::*")
                || line.starts_with("pub use ") && line.contains("::*");
            if glob || line.contains("crate::{") {
                wrong.push(format!("{}:{number}: {line}", path.display()));
            }
        }
    }
    assert_none("imports that hide what is used", wrong);
}

#[test]
fn unsafe_stays_where_it_must_be() {
    let mut wrong = Vec::new();
    for (path, lines) in product_code() {
        if UNSAFE_ALLOWED
            .iter()
            .any(|allowed| path.as_path() == Path::new(allowed))
        {
            continue;
        }
        for (number, line) in lines {
            let uses = [
                "unsafe {",
                "unsafe fn",
                "unsafe impl",
                "unsafe trait",
                "unsafe extern",
                "#[unsafe(",
            ];
            if uses.iter().any(|word| line.contains(word)) {
                wrong.push(format!("{}:{number}: {line}", path.display()));
            }
        }
    }
    assert_none("unsafe code", wrong);
}

/// Numbers as `server_version_num` has them, written out.
fn version_numbers(line: &str) -> Vec<&str> {
    line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| {
            let number: Option<u32> = word.replace('_', "").parse().ok();
            number.is_some_and(|number| (130_000..200_000).contains(&number) && number % 10_000 < 100)
        })
        .collect()
}

/// Whether a major is compared with a number, or a version is cut into its parts.
fn takes_versions_apart(line: &str) -> bool {
    let compared = line.match_indices("major").any(|(at, word)| {
        let rest = line[at + word.len()..].trim_start_matches("()").trim_start();
        let number = rest.trim_start_matches(['<', '>', '=', '!']);
        number.len() < rest.len() && number.trim_start().starts_with(|letter: char| letter.is_ascii_digit())
    });
    compared || line.contains("version") && (line.contains("/ 10_000") || line.contains("/ 10000"))
}

#[test]
fn versions_of_postgresql_are_numbers_in_one_file_alone() {
    let mut wrong = Vec::new();
    for (path, lines) in product_code() {
        if path == Path::new("src/version.rs") {
            continue;
        }
        for (number, line) in lines {
            if !version_numbers(line).is_empty() || takes_versions_apart(line) {
                wrong.push(format!("{}:{number}: {}", path.display(), line.trim()));
            }
        }
    }
    assert_none("versions told by their numbers instead of a name of `version`", wrong);
}

#[test]
fn versions_told_by_their_numbers_are_seen() {
    for line in [
        "if v >= 140_000 {",
        "17_0000 =>",
        "Version(150_020)",
        "x.major() >= 14",
        "version / 10_000 < 3",
    ] {
        assert!(
            !version_numbers(line).is_empty() || takes_versions_apart(line),
            "{line}"
        );
    }
    for line in [
        "120_000",
        "140_150",
        "major: 18",
        "u64::from(high / 10_000)",
        "let majors = 13;",
        "x1140_000",
    ] {
        assert!(
            version_numbers(line).is_empty() && !takes_versions_apart(line),
            "{line}"
        );
    }
}

/// The papers beside the code: Markdown below the root and in `docs`, and what else names paths.
fn papers() -> Vec<PathBuf> {
    let mut papers = vec![PathBuf::from("src/lib.rs"), PathBuf::from("justfile")];
    let mut open = vec![root().join("docs")];
    let here = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("folder");
        entries.map(|entry| entry.expect("entry").path()).collect()
    };
    let mut found = here(root());
    while let Some(next) = open.pop() {
        for path in here(&next) {
            match path.is_dir() {
                true => open.push(path),
                false => found.push(path),
            }
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    papers.extend(
        found
            .iter()
            .map(|path| path.strip_prefix(root()).expect("below the root").to_owned()),
    );
    papers
}

#[test]
fn paths_in_the_papers_exist() {
    let tops = ["src/", "tests/", "benches/", "format-spec/", "fuzz/", ".ci/", "docs/"];
    let mut papers = papers();
    for paper in [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs/new-major.md",
        "docs/decisions/README.md",
    ] {
        assert!(papers.contains(&PathBuf::from(paper)), "no {paper}");
    }
    papers.extend(
        ["format-spec/README.md", "format-spec/CHANGES.md"]
            .map(PathBuf::from)
            .into_iter()
            .filter(|path| root().join(path).exists()),
    );
    let mut wrong = Vec::new();
    for paper in papers {
        for quoted in read(&paper).split('`').skip(1).step_by(2) {
            let path = quoted.split([' ', '#', ':']).next().unwrap_or_default();
            let plain = !path.contains(['*', '<', '{', '$']);
            if plain && tops.iter().any(|top| path.starts_with(top)) && !root().join(path).exists() {
                wrong.push(format!("{}: `{path}`", paper.display()));
            }
        }
    }
    // Decisions are linked from the code's docs, too.
    for path in rust_files("src") {
        for quoted in read(&path).split('`').filter(|quoted| quoted.starts_with("docs/")) {
            if !root().join(quoted).exists() {
                wrong.push(format!("{}: `{quoted}`", path.display()));
            }
        }
    }
    assert_none("paths that do not exist", wrong);
}

#[test]
fn every_decision_is_linked_from_the_code() {
    let code: String = rust_files("src").iter().map(|path| read(path)).collect();
    let decisions = papers().into_iter().filter(|path| path.starts_with("docs/decisions"));
    let unlinked = decisions
        .map(|path| path.display().to_string())
        .filter(|path| path != "docs/decisions/README.md" && !code.contains(&format!("`{path}`")))
        .collect();
    assert_none("decisions that no module names", unlinked);
}

#[test]
fn the_oldest_rust_is_the_same_everywhere() {
    let manifest = read(Path::new("Cargo.toml"));
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .expect("rust-version in Cargo.toml")
        .trim_matches('"');
    let setup = read(Path::new(".ci/setup"));
    assert!(
        setup.contains(&format!("({version} or newer)")),
        ".ci/setup asks for another Rust than Cargo.toml's {version}"
    );
}

#[test]
fn every_case_is_run() {
    // The runner takes every `.sql` file of the folder; anything else there would never run.
    let folder = root().join("tests/live/cases");
    let strays = fs::read_dir(folder)
        .expect("folder of cases")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "sql"))
        .map(|path| path.display().to_string())
        .collect();
    assert_none("files that no test runs", strays);
}

#[test]
fn the_terminal_writes_no_history_and_runs_no_hooks() {
    // Whoever uses the library without it is to leave the same trace.
    let engine = [
        ".append(",
        ".append_all(",
        ".appender",
        "HistoryEvent::new(",
        "HistoryEvent {",
        "Notifier::load(",
        ".hooks()",
        "process::Command",
    ];
    let mut wrong = Vec::new();
    let cli = product_code().iter().filter(|(path, _)| path.starts_with("src/cli"));
    for (path, lines) in cli {
        for (number, line) in lines {
            for word in engine.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}:{number}: {word}", path.display()));
            }
        }
    }
    assert_none("effects that belong to the engine", wrong);
}

/// Names and versions of the packages that a build with `features` is made of, pgark among them.
fn packages(features: &[&str]) -> BTreeSet<String> {
    let tree = [
        "tree",
        "--locked",
        "--offline",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--no-dedupe",
    ];
    let output = std::process::Command::new(env!("CARGO"))
        .args(tree)
        .args(features)
        .current_dir(root())
        .output()
        .expect("cargo tree");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let package = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    lines.lines().map(package).filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_archive_alone_is_a_small_build() {
    let (alone, whole) = (packages(&["--no-default-features"]), packages(&[]));
    println!(
        "packages: {} of the archive alone, {} of the whole",
        alone.len(),
        whole.len()
    );
    let heavy = ["clap ", "tokio ", "tokio-postgres ", "rustls ", "indicatif ", "jiff "];
    let found = alone
        .iter()
        .filter(|package| heavy.iter().any(|name| package.starts_with(name)));
    assert_none("packages that the archive must do without", found.cloned().collect());
    assert!(alone.len() <= 50, "{}:\n{alone:?}", alone.len());
}
