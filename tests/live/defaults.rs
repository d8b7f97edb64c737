//! What a server has by default, where nobody changed it, is no difference between two servers.

use crate::kit::{Folder, restore, run, says, value};
use crate::support::{Database, debians_server, server};
use pgark::internals::server::Server;

/// Dumps `source`, restores it into a new database on `target`, and compares archive and source with it.
fn moved(source: &Database, target: &'static Server, options: &[&str]) -> Database {
    let (folder, copy) = (Folder::new(), Database::on(target, "defaults_copy", "UTF8"));
    let archive = folder.dump(source, "a.pgark", &[]);
    restore(&archive, &copy, options).expect_code(0);
    run(&["compare", &archive, &copy.conninfo()], &[]).expect_code(0);
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    run(&["compare", &copy.conninfo(), &archive], &[]).expect_code(0);
    copy
}

fn on(server: &'static Server, script: &str) -> Database {
    let database = Database::on(server, "defaults", "UTF8");
    database.run_script(script).unwrap_or_else(|error| panic!("{error}"));
    database
}

/// Makes the roles of a test in this order, which their oids tell.
fn roles(server: &Server, names: &[&str]) {
    let mut session = crate::support::session::Session::open(&server.conninfo("postgres"));
    for name in names {
        let _ = session.try_execute(&format!("CREATE ROLE {name}"));
    }
}

#[test]
fn default_privileges_do_not_depend_on_the_order_in_which_roles_were_made() {
    let (a, b, c) = ("pgark_default_a", "pgark_default_b", "pgark_default_c");
    let (here, there, newest) = (server(15), debians_server(), server(18));
    roles(here, &[a, b, c]);
    roles(there, &[c, b, a]);
    roles(newest, &[b, c, a]);
    let script = format!(
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {c}, {a}, {b}; \
         ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {b} WITH GRANT OPTION; \
         ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {a}, {c}; \
         ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; \
         CREATE TABLE t (id serial); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         GRANT SELECT ON t TO {c}; GRANT UPDATE (id) ON t TO {b}, {a}"
    );
    let source = on(here, &script);
    for target in [there, newest] {
        moved(&source, target, &[]);
    }
    moved(&on(there, &script), here, &[]);
    // A change is still seen.
    let changed = on(
        there,
        &script.replace(&format!("TO {c}, {a}, {b}"), &format!("TO {a}, {b}")),
    );
    let seen = run(&["compare", &source.conninfo(), &changed.conninfo()], &[]).expect_code(3);
    says(&seen.stdout, &["DEFAULT PRIVILEGES"]);
}

#[test]
fn a_privilege_that_came_later_is_no_difference() {
    let script = "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM postgres; \
                  ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO pgark_reader; \
                  ALTER DEFAULT PRIVILEGES FOR ROLE pgark_owner REVOKE ALL ON TABLES FROM pgark_owner; \
                  CREATE TABLE partly (a int); REVOKE SELECT ON partly FROM postgres; \
                  CREATE TABLE nothing (a int); REVOKE ALL ON nothing FROM postgres; \
                  CREATE TABLE all_of_it (a int); GRANT ALL ON all_of_it TO pgark_writer WITH GRANT OPTION; \
                  CREATE TABLE a_column (a int); GRANT ALL (a) ON a_column TO pgark_writer";
    for (from, to) in [(15, 18), (13, 18), (16, 17), (18, 18)] {
        let copy = moved(&on(server(from), script), server(to), &[]);
        let listed = "SELECT relacl::text ~ 'postgres=awdDxt' FROM pg_class WHERE relname = 'partly'";
        assert_eq!(value(&copy, listed), "true");
    }
    let (older, newer) = (
        on(server(15), script),
        on(server(18), &script.replace("REVOKE SELECT", "REVOKE UPDATE")),
    );
    let seen = run(&["compare", &older.conninfo(), &newer.conninfo()], &[]).expect_code(3);
    says(&seen.stdout, &["DEFAULT PRIVILEGES postgres", "TABLE public.partly"]);
}

#[test]
fn the_schema_public_that_nobody_changed_is_the_same_everywhere() {
    let script = "CREATE TABLE t (a int); INSERT INTO t VALUES (1)";
    for (from, to) in [(15, 13), (18, 13), (18, 14), (13, 15), (14, 18)] {
        moved(&on(server(from), script), server(to), &[]);
    }
    let granted = on(
        server(16),
        &format!("{script}; GRANT USAGE ON SCHEMA public TO pgark_reader"),
    );
    moved(&granted, server(13), &[]);
}

#[test]
fn a_change_of_the_schema_public_is_told() {
    let changes = [
        "ALTER SCHEMA public OWNER TO pgark_owner",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; REVOKE USAGE ON SCHEMA public FROM PUBLIC",
        "GRANT CREATE ON SCHEMA public TO pgark_writer",
        "COMMENT ON SCHEMA public IS 'ours'",
    ];
    let newer = on(server(15), "");
    for change in changes {
        let older = on(server(13), change);
        for sides in [[&newer, &older], [&older, &newer]] {
            let seen = run(&["compare", &sides[0].conninfo(), &sides[1].conninfo()], &[]).expect_code(3);
            assert!(seen.stdout.contains("SCHEMA public"), "{change}: {}", seen.stdout);
        }
    }
}
