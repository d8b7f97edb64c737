//! Hooks as a shell runs them.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use super::{Facts, HookOptions, Notifier, Tell};
use crate::repository::{Occasion, Outcome, Repository, Who};

/// The hooks, and a list of the notices that they send.
fn told(folder: &TempDir, file: &str, success: &[&str], failure: &[&str]) -> (Notifier, Arc<Mutex<Vec<String>>>) {
    let repository = Repository::open_or_create(folder.path()).unwrap();
    fs::write(folder.path().join("hooks.toml"), file).unwrap();
    let list = |commands: &[&str]| commands.iter().map(|c| (*c).to_owned()).collect();
    let options = HookOptions {
        on_success: list(success),
        on_failure: list(failure),
        ..HookOptions::default()
    };
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let tell: Tell = Arc::new(move |notice| heard.lock().unwrap().push(notice.to_string()));
    (Notifier::load(&repository, &Who::default(), &options, &tell), told)
}

fn hooks(folder: &TempDir, file: &str, success: &[&str], failure: &[&str]) -> Notifier {
    told(folder, file, success, failure).0
}

fn facts(occasion: Occasion, outcome: Outcome) -> Facts {
    Facts::new(occasion, outcome, 0.0)
}

fn to(folder: &TempDir, name: &str) -> String {
    format!("'{}'", folder.path().join(name).display())
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn a_hook_gets_the_facts_as_json_and_in_its_environment() {
    let folder = tempfile::tempdir().unwrap();
    let command = format!(
        "cat > {}; echo \"$PGARK_ACTION $PGARK_OUTCOME $PGARK_SNAPSHOT\" > {}",
        to(&folder, "facts"),
        to(&folder, "environment")
    );
    let facts = Facts {
        snapshot_id: Some("20260131T120000Z_a".into()),
        database: Some("shop".into()),
        error: Some("cannot reach postgres://me:hunter2@h/db\u{1b}[31m".into()),
        ..facts(Occasion::Create, Outcome::Failed)
    };
    assert!(hooks(&folder, "", &["false"], &[&command]).after(&facts).is_empty());
    let text = read(&folder, "facts");
    assert!(!text.contains("hunter2") && text.ends_with("}\n"), "{text}");
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["action"], "create");
    assert_eq!(document["outcome"], "failure");
    assert_eq!(document["snapshot"], "20260131T120000Z_a");
    assert_eq!(document["database"], "shop");
    assert!(document["error"].as_str().unwrap().starts_with("cannot reach"));
    assert_eq!(document["repository"], folder.path().display().to_string());
    assert_eq!(read(&folder, "environment"), "create failure 20260131T120000Z_a\n");
}

#[test]
fn those_of_the_file_run_before_those_of_the_options() {
    let folder = tempfile::tempdir().unwrap();
    let log = to(&folder, "log");
    let file = format!("[drill]\non_success = \"echo 1 >> {log}\"\non_failure = \"echo 2 >> {log}\"\n");
    let hooks = hooks(
        &folder,
        &file,
        &[&format!("echo 3 >> {log}")],
        &[&format!("echo 4 >> {log}")],
    );
    hooks.after(&facts(Occasion::Drill, Outcome::Done));
    hooks.after(&facts(Occasion::Drill, Outcome::Findings));
    hooks.after(&facts(Occasion::Health, Outcome::Done));
    assert_eq!(read(&folder, "log"), "1\n3\n2\n4\n3\n");
}

#[test]
fn a_hook_that_fails_is_noted_and_the_next_one_runs() {
    let folder = tempfile::tempdir().unwrap();
    let next = format!("touch {}", to(&folder, "next"));
    let hooks = hooks(
        &folder,
        "",
        &["echo to me; exit 7", "kill -9 $$", "exec /no/such/program", &next],
        &[],
    );
    let notes = hooks.after(&facts(Occasion::Rollback, Outcome::Done));
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes[0].ends_with("failed with exit code 7"), "{notes:?}");
    assert!(notes[1].ends_with("was ended by signal 9"), "{notes:?}");
    assert!(folder.path().join("next").exists());
}

#[test]
fn a_hook_that_takes_too_long_is_ended_with_all_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let command = format!(
        "trap '' TERM; (trap '' TERM; sleep 8; touch {}) & wait; sleep 8",
        to(&folder, "late")
    );
    let hooks = hooks(&folder, "timeout_seconds = 1", &[&command], &[]);
    let started = Instant::now();
    let notes = hooks.after(&facts(Occasion::Create, Outcome::Done));
    assert!(notes[0].ends_with("was ended after 1 s"), "{notes:?}");
    assert!(started.elapsed().as_secs() < 7);
    assert!(!folder.path().join("late").exists());
}

#[test]
fn what_a_hook_leaves_running_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let notes = hooks(&folder, "", &["sleep 5 & true"], &[]).after(&facts(Occasion::Create, Outcome::Done));
    assert!(notes.is_empty() && started.elapsed().as_secs() < 4);
}

#[test]
fn a_hook_need_not_read_and_may_say_much() {
    let folder = tempfile::tempdir().unwrap();
    let mut facts = facts(Occasion::Health, Outcome::Findings);
    facts.detail = Value::String("x".repeat(1 << 20));
    let hooks = hooks(&folder, "", &[], &["head -c 3000000 /dev/zero; exit 0"]);
    assert!(hooks.after(&facts).is_empty());
}

#[test]
fn a_file_that_cannot_be_read_keeps_nobody_from_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let command = format!("echo ran > {}", to(&folder, "ran"));
    let (notifier, told) = told(&folder, "[backup]\n", &[&command], &[]);
    assert!(notifier.broken().is_some_and(|why| why.contains("hooks.toml")));
    assert!(notifier.after(&facts(Occasion::Create, Outcome::Done)).is_empty());
    assert_eq!(read(&folder, "ran"), "ran\n");
    let told = told.lock().unwrap();
    assert!(
        told[0].starts_with("warning: cannot read the hooks in") && told[0].ends_with("no hook of it runs"),
        "{told:?}"
    );
}

#[test]
fn what_a_hook_prints_is_told_without_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let (notifier, told) = told(&folder, "", &["echo postgres://me:hunter2@h/db; exit 3"], &[]);
    notifier.after(&facts(Occasion::Create, Outcome::Done));
    let told = told.lock().unwrap();
    assert_eq!(told[0], "hook: postgres://me:***@h/db");
    assert!(
        told[1].starts_with("warning: the hook `echo") && told[1].ends_with("failed with exit code 3"),
        "{told:?}"
    );
}

#[test]
fn a_hook_has_the_variables_of_its_caller_but_for_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::open_or_create(folder.path()).unwrap();
    let options = HookOptions {
        on_success: vec![format!("env > {}", to(&folder, "variables"))],
        environment: [
            ("PGPASSWORD", "hunter2"),
            ("URL", "postgres://me:hunter2@h/db"),
            ("KEPT", "postgres://me@h/db"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec(),
        ..HookOptions::default()
    };
    let tell: Tell = Arc::new(|_| ());
    Notifier::load(&repository, &Who::default(), &options, &tell).after(&facts(Occasion::Create, Outcome::Done));
    let variables = read(&folder, "variables");
    assert!(
        variables.contains("KEPT=postgres://me@h/db\n") && variables.contains("PGARK_ACTION=create\n"),
        "{variables}"
    );
    assert!(
        !variables.contains("hunter2") && !variables.contains("HOME="),
        "{variables}"
    );
}
