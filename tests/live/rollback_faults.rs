//! A rollback says of the database what is so, whatever fails, and never does something else because of it.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::kit::{filled, json, run, says, wait_until};
use crate::rollbacks::{APP, Broken};
use crate::support::fault_proxy::{At, Deed, Fault, FaultProxy, Side};
use crate::support::places;
use crate::support::program::{Run, command};

/// Connection number 1 is the one to the database `postgres`.
#[test]
fn a_connection_that_fails_does_not_change_the_method() {
    let app = Broken::new("rollback_refused");
    let proxy = FaultProxy::start(
        &places().scratch,
        app.database.server(),
        vec![Fault::cut(At::Bytes(1, Side::Client, 20))],
    );
    let to = proxy.conninfo(app.database.name());
    let emergency = ["rollback", "-d", &to, "--repo", &app.repo, "--emergency", "-q"];
    let failed = run(&emergency, &[]).expect_code(1);
    assert_eq!(proxy.faults(), 1);
    says(&failed.stderr, &["cannot connect to", "postgres"]);
    app.is_broken();
    // Not a word of another method when it can be had again.
    let done = json(&run(&emergency, &["--json"]).expect_code(0));
    assert_eq!((&done["method"], &done["state"]), (&"swap".into(), &"replaced".into()));
    app.is_back();
}

/// What is asked right before the commit, by both methods.
const NUMBER: &str = "SELECT pg_catalog.pg_current_xact_id()";

fn rolling_back<'a>(app: &'a Broken, to: &'a str) -> [&'a str; 8] {
    let snapshot = "before-migration";
    ["rollback", snapshot, "-d", to, "--repo", &app.repo, "--yes", "--json"]
}

fn at_the_commit(app: &Broken, method: &str, side: Side) -> Run {
    let fault = Fault::cut(At::After(NUMBER, "COMMIT", side));
    let proxy = FaultProxy::start(&places().scratch, app.database.server(), vec![fault]);
    let to = proxy.conninfo(app.database.name());
    let first = rolling_back(app, &to);
    let run = run(&first, &["--method", method]);
    assert_eq!(proxy.faults(), 1, "{}", run.stderr);
    run
}

fn log(app: &Broken) -> String {
    run(&["log", "--repo", &app.repo], &[]).expect_code(0).stdout
}

#[test]
fn a_connection_that_is_lost_at_the_commit_is_asked_about() {
    for method in ["swap", "transaction"] {
        let app = Broken::of(filled(15, &format!("rollback_commit_{method}"), APP));
        let failed = at_the_commit(&app, method, Side::Client).expect_code(1);
        says(
            &failed.stderr,
            &["the database is as it was", "which the server has not done"],
        );
        let facts = json(&failed);
        assert_eq!(
            (&facts["state"], facts["error"].is_string()),
            (&"as_it_was".into(), true)
        );
        says(&log(&app), &["the database is as it was"]);
        app.is_broken();
        // The server has done it, so it goes on to its end.
        let facts = json(&at_the_commit(&app, method, Side::Server).expect_code(0));
        assert_eq!((&facts["state"], &facts["equal"]), (&"replaced".into(), &true.into()));
        app.is_back();
        assert_eq!(app.beside(), "");
    }
}

#[test]
fn what_cannot_be_known_is_said() {
    let app = Broken::new("rollback_unknown");
    let fault = Fault::new(At::After(NUMBER, "COMMIT", Side::Server), Deed::CutAll);
    let proxy = FaultProxy::start(&places().scratch, app.database.server(), vec![fault]);
    let to = proxy.conninfo(app.database.name());
    let first = rolling_back(&app, &to);
    let mut rolling = command(first.iter().chain(&["--method", "transaction"]));
    let rolling = rolling
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rollback");
    wait_until("no fault", || proxy.faults() == 1);
    // The user waits no longer.
    kill_process(Pid::from_child(&rolling), Signal::INT).expect("signal");
    let output = rolling.wait_with_output().expect("wait");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(facts["state"], "unknown");
    let transaction = facts["transaction"].as_str().expect("number");
    let question = format!("SELECT pg_catalog.pg_xact_status('{transaction}'::pg_catalog.xid8)");
    says(&stderr, &["is not known", &question, "undo it with"]);
    says(&log(&app), &["is not known", &question]);
    // As it said, the server can tell.
    let status = app.database.session().value(&format!("{question} AS value"));
    assert_eq!(status, "committed");
    app.is_back();
}

#[test]
fn what_is_stopped_after_the_commit_has_been_replaced() {
    for (method, state, said) in [
        ("transaction", "replaced", "the database has been replaced"),
        ("swap", "as_it_was", "the database is as it was"),
    ] {
        let app = Broken::new(&format!("rollback_stopped_{method}"));
        let checks = app.folder.path("checks.sql");
        std::fs::write(&checks, "SELECT pg_sleep(60) IS NOT NULL").expect("checks");
        let (to, file) = (app.database.conninfo(), checks.to_string_lossy().into_owned());
        let first = rolling_back(&app, &to);
        let mut rolling = command(first.iter().chain(&["--method", method, "--smoke-sql", &file]));
        let rolling = rolling
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("rollback");
        let mut admin = crate::support::session::Session::open(&app.database.server().conninfo("postgres"));
        let sleeping = format!(
            "SELECT (count(*) > 0)::text AS value FROM pg_stat_activity \
             WHERE query LIKE '%pg_sleep(60)%' AND datname LIKE '{}%'",
            app.database.name()
        );
        wait_until("nobody sleeps", || admin.value(&sleeping) == "true");
        kill_process(Pid::from_child(&rolling), Signal::INT).expect("signal");
        let output = rolling.wait_with_output().expect("wait");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        says(&stderr, &[said]);
        says(&log(&app), &[said]);
        let facts: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(facts["state"], state);
        match method {
            "swap" => app.is_broken(),
            _ => app.is_back(),
        }
    }
}
