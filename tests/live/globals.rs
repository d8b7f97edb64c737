//! Roles, memberships, settings, tablespaces and privileges on parameters from one server to another, properties of a
//! database, and other names for roles. Servers of their own: roles belong to a whole server.

use crate::kit::{Folder, says};
use crate::support::program::{Run, pgark};
use crate::support::session::Session;
use crate::support::start;
use pgark::archive::Archive;
use pgark::internals::server::{Server, ServerOptions};

/// Names that need quoting in every way.
const ODD: &str = r#"Odd "q" \ 'a' =ü"#;

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn superuser(server: &Server) -> Session {
    Session::open(&server.conninfo("postgres"))
}

fn fill(server: &Server) {
    let mut session = superuser(server);
    let odd = quoted(ODD);
    let mut run = |sql: &str| session.execute(&sql.replace("ODD", &odd));
    run(
        "CREATE ROLE ODD LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS NOINHERIT CONNECTION LIMIT 7 VALID UNTIL '2031-02-03 04:05:06+01'",
    );
    run("COMMENT ON ROLE ODD IS 'it''s \\ odd'");
    run("CREATE ROLE \"Upper\" SUPERUSER VALID UNTIL 'infinity'");
    run("CREATE ROLE app");
    run("CREATE ROLE boss");
    run("CREATE ROLE worker LOGIN PASSWORD 'canary-secret'");
    run("GRANT app TO boss WITH ADMIN OPTION");
    run("GRANT pg_monitor TO worker");
    if server.major() >= 16 {
        run("GRANT app TO ODD WITH ADMIN OPTION, INHERIT FALSE GRANTED BY boss");
        run("GRANT app TO worker WITH SET FALSE GRANTED BY ODD");
        run("GRANT app TO worker");
    } else {
        run("GRANT app TO ODD WITH ADMIN OPTION");
        run("GRANT app TO worker");
    }
    run("ALTER ROLE ODD SET search_path = \"$user\", public, \"A \"\"b\"\"\"");
    run("ALTER ROLE ODD SET DateStyle = 'ISO, DMY'");
    run("ALTER ROLE worker SET role = ODD");
    run("ALTER ROLE ALL SET lock_timeout = '5min'");
    if server.major() >= 15 {
        run("SET allow_in_place_tablespaces = on");
        run("CREATE TABLESPACE \"In place\" OWNER boss LOCATION ''");
        run("ALTER TABLESPACE \"In place\" SET (random_page_cost = 1.5, seq_page_cost = 2)");
        run("GRANT CREATE ON TABLESPACE \"In place\" TO ODD WITH GRANT OPTION");
        run("COMMENT ON TABLESPACE \"In place\" IS 'here'");
        run("GRANT SET ON PARAMETER work_mem TO ODD");
        run("GRANT SET, ALTER SYSTEM ON PARAMETER my.setting TO boss WITH GRANT OPTION");
    }
    run("CREATE DATABASE \"Src db\" TEMPLATE template0 OWNER ODD CONNECTION LIMIT 9");
    run("ALTER DATABASE \"Src db\" SET timezone = 'Asia/Tokyo'");
    run("ALTER ROLE worker IN DATABASE \"Src db\" SET search_path = 'x y', pg_catalog");
    run("COMMENT ON DATABASE \"Src db\" IS 'db''s'");
    run("REVOKE CONNECT ON DATABASE \"Src db\" FROM PUBLIC");
    run("GRANT CREATE ON DATABASE \"Src db\" TO worker WITH GRANT OPTION");
    drop(session);
    let mut session = Session::open(&server.conninfo("Src db"));
    let mut run = |sql: &str| session.execute(&sql.replace("ODD", &odd));
    run("CREATE TABLE t (i int)");
    run("INSERT INTO t VALUES (1), (2)");
    run("ALTER TABLE t OWNER TO ODD");
    run("GRANT SELECT ON t TO app");
    run("ALTER TABLE t ENABLE ROW LEVEL SECURITY");
    run("CREATE POLICY p ON t TO ODD, worker USING (true)");
    run("ALTER DEFAULT PRIVILEGES FOR ROLE ODD GRANT SELECT ON TABLES TO boss");
}

/// What the server says of its globals, as text that two servers can be compared by; `all` asks for what older majors lack.
fn described(server: &Server, major: u32) -> Vec<String> {
    let options = if major >= 16 && server.major() >= 16 {
        "a.inherit_option, a.set_option, pg_get_userbyid(a.grantor)"
    } else {
        "1"
    };
    let mut queries = vec![
        "SELECT row(r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, \
         r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil, shobj_description(r.oid, 'pg_authid'))::text AS v \
         FROM pg_roles r WHERE r.rolname !~ '^pg_'"
            .to_owned(),
        format!(
            "SELECT DISTINCT row(pg_get_userbyid(a.roleid), pg_get_userbyid(a.member), {admin}, {options})::text AS v \
             FROM pg_auth_members a WHERE pg_get_userbyid(a.member) !~ '^pg_'",
            admin = if options == "1" {
                "(SELECT bool_or(o.admin_option) FROM pg_auth_members o WHERE (o.roleid, o.member) = (a.roleid, a.member))"
            } else {
                "a.admin_option"
            },
        ),
        "SELECT row(coalesce(pg_get_userbyid(nullif(s.setrole, 0)), 'all'), \
         (SELECT d.datname FROM pg_database d WHERE d.oid = s.setdatabase), s.setconfig)::text AS v FROM pg_db_role_setting s"
            .to_owned(),
        "SELECT row(t.spcname, pg_get_userbyid(t.spcowner), t.spcoptions, (SELECT array_agg(x::text ORDER BY x::text COLLATE \"C\") FROM unnest(t.spcacl) x), shobj_description(t.oid, 'pg_tablespace'), \
         pg_tablespace_location(t.oid) !~ '^/')::text AS v FROM pg_tablespace t WHERE t.spcname !~ '^pg_'"
            .to_owned(),
        "SELECT row(d.datname, pg_get_userbyid(d.datdba), d.datconnlimit, d.datistemplate, (SELECT array_agg(x::text ORDER BY x::text COLLATE \"C\") FROM unnest(d.datacl) x), \
         shobj_description(d.oid, 'pg_database'))::text AS v FROM pg_database d WHERE d.datname = 'Src db'"
            .to_owned(),
    ];
    if major >= 15 && server.major() >= 15 {
        queries.push("SELECT row(p.parname, (SELECT array_agg(x::text ORDER BY x::text COLLATE \"C\") FROM unnest(p.paracl) x))::text AS v FROM pg_parameter_acl p".to_owned());
    }
    let mut session = superuser(server);
    session.execute("SET timezone = 'UTC'");
    let mut lines: Vec<String> = queries
        .iter()
        .flat_map(|sql| session.query(sql))
        .map(|row| row.string("v").expect("text"))
        .collect();
    lines.sort();
    lines
}

fn dump(server: &Server, database: &str, file: &str, options: &[&str]) -> Run {
    let from = server.conninfo(database);
    let first = ["dump", &from, "-o", file];
    pgark(first.iter().chain(options))
}

fn restore(file: &str, server: &Server, options: &[&str]) -> Run {
    let to = server.conninfo("postgres");
    let first = ["restore", file, "-d", &to];
    pgark(first.iter().chain(options))
}

fn move_between(from: u32, to: u32, code: i32) -> Run {
    let (source, target) = (
        start(from, &ServerOptions::default()),
        start(to, &ServerOptions::default()),
    );
    fill(&source);
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    dump(&source, "Src db", &file, &[]).expect_code(0);
    // Without globals its roles are missing, and nothing is made.
    let run = restore(&file, &target, &["--create"]).expect_code(1);
    says(&run.stderr, &["role"]);
    let run = restore(&file, &target, &["--create", "--globals"]).expect_code(code);
    assert_eq!(
        described(&source, from.min(to)),
        described(&target, from.min(to)),
        "{}",
        run.stderr
    );
    let (a, b) = (source.conninfo("Src db"), target.conninfo("Src db"));
    // The schema `public` of an older server belongs to another role.
    if from <= to {
        pgark(["compare", &a, &b]).expect_code(0);
    }
    // Again: what is there is no error.
    let file = folder.file("globals.pgark");
    dump(&source, "postgres", &file, &["--globals"]).expect_code(0);
    restore(&file, &target, &[]).expect_code(1);
    restore(&file, &target, &["--globals"]).expect_code(code);
    assert_eq!(described(&source, from.min(to)), described(&target, from.min(to)));
    run
}

#[test]
fn globals_of_13() {
    move_between(13, 13, 0);
}

#[test]
fn globals_of_15() {
    move_between(15, 15, 0);
}

#[test]
fn globals_of_16() {
    move_between(16, 16, 0);
}

#[test]
fn globals_of_18() {
    move_between(18, 18, 0);
}

#[test]
fn globals_move_from_13_to_18() {
    move_between(13, 18, 0);
}

#[test]
fn globals_that_an_older_server_cannot_hold_are_listed() {
    let run = move_between(18, 13, 3);
    says(
        &run.stderr,
        &[
            "cannot be held by PostgreSQL 13: PARAMETER PRIVILEGES work_mem: privileges on parameters (needs 15)",
            "without SET FALSE of a membership (needs 16)",
        ],
    );
}

#[test]
fn passwords_come_only_when_asked_for() {
    let (source, target) = (
        start(18, &ServerOptions::default()),
        start(18, &ServerOptions::default()),
    );
    fill(&source);
    let verifier = superuser(&source).value("SELECT rolpassword AS value FROM pg_authid WHERE rolname = 'worker'");
    let folder = Folder::new();
    let (without, with) = (folder.file("without.pgark"), folder.file("with.pgark"));
    let holds = |file: &str| {
        let archive = Archive::open(file.as_ref()).expect("archive");
        serde_json::to_string(archive.catalog())
            .expect("JSON")
            .contains(&verifier)
    };
    dump(&source, "Src db", &without, &[]).expect_code(0);
    assert!(!holds(&without));
    dump(&source, "postgres", &with, &["--globals", "--role-passwords"]).expect_code(0);
    assert!(holds(&with));
    let mut said = String::new();
    for options in [&["--entries", "--json"][..], &["--entries"], &["--json"]] {
        let run = pgark(["show", &with].iter().chain(options)).expect_code(0);
        said.push_str(&run.stdout);
    }
    let run = restore(&with, &target, &["--globals"]).expect_code(0);
    said.push_str(&(run.stdout + &run.stderr));
    assert!(!said.contains(&verifier) && !said.contains("canary"));
    let sql = "SELECT rolpassword AS value FROM pg_authid WHERE rolname = 'worker'";
    assert_eq!(superuser(&target).value(sql), verifier);

    // Who may not read them is told so, and still gets the rest.
    superuser(&source).execute("CREATE ROLE reader LOGIN");
    let as_reader = format!(
        "{} user=reader",
        source.conninfo("postgres").replace("user=postgres", "")
    );
    let file = folder.file("reader.pgark");
    let run = pgark(["dump", &as_reader, "--globals", "--role-passwords", "-o", &file]).expect_code(1);
    says(&run.stderr, &["pg_authid"]);
    pgark(["dump", &as_reader, "--globals", "-o", &file]).expect_code(0);
}

#[test]
fn a_refused_verifier_is_not_repeated() {
    let (source, target) = (
        start(18, &ServerOptions::default()),
        start(18, &ServerOptions::default()),
    );
    fill(&source);
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    dump(&source, "postgres", &file, &["--globals", "--role-passwords"]).expect_code(0);
    superuser(&target).execute("CREATE ROLE weak LOGIN CREATEROLE");
    let to = format!("{} user=weak", target.conninfo("postgres").replace("user=postgres", ""));
    let run = pgark(["restore", &file, "-d", &to, "--globals"]).expect_code(3);
    assert!(
        !run.stderr.contains("SCRAM") && !run.stdout.contains("SCRAM"),
        "{}",
        run.stderr
    );
    says(&run.stderr, &["cannot restore ROLE \"Upper\""]);
}

#[test]
fn roles_get_other_names_everywhere() {
    let (source, target) = (
        start(18, &ServerOptions::default()),
        start(18, &ServerOptions::default()),
    );
    fill(&source);
    let folder = Folder::new();
    let file = folder.file("a.pgark");
    dump(&source, "Src db", &file, &[]).expect_code(0);
    let catalog = Archive::open(file.as_ref()).expect("archive").catalog().clone();
    assert!(!serde_json::to_string(&catalog).expect("JSON").contains("\\u0000"));

    let map = format!("{}=New \"owner\"", quoted(ODD));
    let run = restore(&file, &target, &["--create", "--globals", "--role-map", "nobody=app"]).expect_code(1);
    says(&run.stderr, &["names no role `nobody`"]);
    let run = restore(&file, &target, &["--create", "--globals", "--role-map", &map]).expect_code(1);
    says(&run.stderr, &["has no role"]);
    superuser(&target).execute("CREATE ROLE \"New \"\"owner\"\"\"");
    restore(&file, &target, &["--create", "--globals", "--role-map", &map]).expect_code(0);

    let left = superuser(&target).value(&format!(
        "SELECT count(*)::text AS value FROM pg_roles WHERE rolname = $q${ODD}$q$"
    ));
    assert_eq!(left, "0");
    let mut copy = Session::open(&target.conninfo("Src db"));
    let owner = copy.value("SELECT tableowner::text AS value FROM pg_tables WHERE tablename = 't'");
    assert_eq!(owner, "New \"owner\"");
    let roles = copy.value("SELECT array_to_string(roles, ',') AS value FROM pg_policies");
    assert!(roles.contains("New \"owner\"") && roles.contains("worker"), "{roles}");
    let defaults = copy.value("SELECT pg_get_userbyid(defaclrole)::text AS value FROM pg_default_acl");
    assert_eq!(defaults, "New \"owner\"");
    let members = copy.value(
        "SELECT count(*)::text AS value FROM pg_auth_members WHERE pg_get_userbyid(member) = 'New \"owner\"' \
         AND pg_get_userbyid(grantor) = 'boss'",
    );
    assert_eq!(members, "1");
}
