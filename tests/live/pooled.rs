//! Poolers and balancers between pgark and the server: found out before anything is read or changed.

use crate::kit::{Folder, filled, present, restore, run, says};
use crate::support::pooler::{Pooler, Pooling};
use crate::support::{Database, places, server};

const TABLES: &str = "CREATE TABLE a (id int); INSERT INTO a SELECT generate_series(1, 1000); \
     CREATE TABLE b AS TABLE a; CREATE TABLE c AS TABLE a;";

const MOVED: &[&str] = &["different server processes", "pooler in session mode"];

fn transactions_are_pooled(major: u32, pooling: Pooling) {
    let (folder, source) = (Folder::new(), filled(major, "pooled", TABLES));
    let pooler = Pooler::start(pooling, &places().scratch, &[source.server()]);
    let from = pooler.conninfo(source.name());
    for options in [&["-j1"], &["-j4"]] {
        let ended = run(&["dump", &from, "-o", &folder.file("never.pgark")], options).expect_code(1);
        says(&ended.stderr, MOVED);
        assert!(!folder.path("never.pgark").exists());
    }
    says(
        &run(&["compare", &from, &source.conninfo()], &[]).expect_code(1).stderr,
        MOVED,
    );

    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(major, "pooled_target");
    let pooler = Pooler::start(pooling, &places().scratch, &[target.server()]);
    for options in [&["-j1"], &["-j4"]] {
        let ended = run(&["restore", &archive, "-d", &pooler.conninfo(target.name())], options);
        says(&ended.expect_code(1).stderr, MOVED);
        assert_eq!(present(&target), "");
    }
    restore(&archive, &target, &[]).expect_code(0);
}

#[test]
fn a_pooler_that_hands_on_the_last_connection_is_found_out_on_13() {
    transactions_are_pooled(13, Pooling::LastUsed);
}

#[test]
fn a_pooler_that_hands_on_the_last_connection_is_found_out_on_18() {
    transactions_are_pooled(18, Pooling::LastUsed);
}

#[test]
fn a_pooler_that_hands_on_connections_in_turn_is_found_out_on_13() {
    transactions_are_pooled(13, Pooling::InTurn);
}

#[test]
fn a_pooler_that_hands_on_connections_in_turn_is_found_out_on_18() {
    transactions_are_pooled(18, Pooling::InTurn);
}

#[test]
fn a_pooler_in_session_mode_does_no_harm() {
    let (folder, source) = (Folder::new(), filled(18, "session_pooled", TABLES));
    let pooler = Pooler::start(Pooling::Session, &places().scratch, &[source.server()]);
    let (from, file) = (pooler.conninfo(source.name()), folder.file("a.pgark"));
    run(&["dump", &from, "-o", &file, "-j4"], &[]).expect_code(0);
    run(&["compare", &file, &source.conninfo()], &[]).expect_code(0);
}

/// Each session is whole, but they belong to different servers.
#[test]
fn sessions_that_reach_several_servers_are_found_out() {
    let folder = Folder::new();
    let source = filled(18, "balanced", TABLES);
    let archive = folder.dump(&source, "a.pgark", &[]);
    let pooler = Pooler::start(Pooling::Session, &places().scratch, &[server(18), server(17)]);
    let place = pooler.conninfo("postgres");
    let expected = ["reach different servers", "connect to one server"];
    let ended = run(&["dump", &place, "-o", &folder.file("never.pgark")], &["-j4"]);
    says(&ended.expect_code(1).stderr, &expected);
    assert!(!folder.path("never.pgark").exists());
    let ended = run(&["restore", &archive, "-d", &place], &[]);
    says(&ended.expect_code(1).stderr, &expected);
}
