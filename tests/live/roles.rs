//! `restore --role`: a login without rights of its own restores as a role that it is a member of.

use crate::kit::{Folder, filled, present, restore, run, says, value};
use crate::support::session::Session;
use crate::support::{Database, server};

/// Owned by one role, with privileges that others granted.
fn script(owner: &str) -> String {
    format!(
        "CREATE SCHEMA s AUTHORIZATION {owner};
         SET ROLE {owner};
         CREATE TABLE s.a (id int PRIMARY KEY, b text);
         CREATE TABLE s.b (id serial PRIMARY KEY, a int REFERENCES s.a);
         INSERT INTO s.a SELECT g, g::text FROM generate_series(1, 500) g;
         INSERT INTO s.b (a) SELECT g FROM generate_series(1, 500) g;
         CREATE VIEW s.v AS SELECT * FROM s.b;
         CREATE MATERIALIZED VIEW s.m AS SELECT count(*) FROM s.a;
         GRANT USAGE ON SCHEMA s TO pgark_reader, pgark_writer;
         GRANT SELECT ON s.a TO pgark_reader WITH GRANT OPTION;
         GRANT SELECT, UPDATE ON s.b TO pgark_writer;
         ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO pgark_reader;
         RESET ROLE;"
    )
}

/// A source, an empty target that `owner` may create in, and a login that is a member of `owner`.
struct Scene {
    folder: Folder,
    source: Database,
    target: Database,
    owner: String,
    login: String,
}

impl Scene {
    fn new(major: u32, what: &str) -> Scene {
        let source = Database::create(major, what);
        let (owner, login) = (format!("{}_owner", source.name()), format!("{}_login", source.name()));
        let mut session = source.session();
        // Membership alone: nothing is inherited.
        session.execute(&format!(
            "CREATE ROLE {owner}; CREATE ROLE {login} LOGIN NOINHERIT; GRANT {owner} TO {login}"
        ));
        source
            .run_script(&script(&owner))
            .unwrap_or_else(|error| panic!("{error}"));
        let target = Database::create(major, &format!("{what}_target"));
        session.execute(&format!("ALTER DATABASE \"{}\" OWNER TO {owner}", target.name()));
        Scene {
            folder: Folder::new(),
            source,
            target,
            owner,
            login,
        }
    }

    fn as_login(&self) -> String {
        self.target
            .conninfo()
            .replace("user=postgres", &format!("user={}", self.login))
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let (owner, login) = (&self.owner, &self.login);
        for database in [&self.source, &self.target] {
            let sql = format!("REASSIGN OWNED BY {owner} TO postgres; DROP OWNED BY {owner}, {login}");
            let _ = database.session().try_execute(&sql);
        }
        let _ = self
            .source
            .session()
            .try_execute(&format!("DROP ROLE {login}; DROP ROLE {owner}"));
    }
}

fn restores_as_owner(major: u32) {
    let scene = Scene::new(major, "as_owner");
    let archive = scene.folder.dump(&scene.source, "a.pgark", &[]);
    let target = scene.as_login();
    // What follows is due to the option alone.
    run(&["restore", &archive, "-d", &target], &[]).expect_code(3);
    assert_eq!(present(&scene.target), "");
    run(&["restore", &archive, "-d", &target], &["--role", &scene.owner, "-j4"]).expect_code(0);
    run(&["compare", &archive, &scene.target.conninfo()], &[]).expect_code(0);
    let again = ["--role", &scene.owner, "--clean", "--if-exists", "-j1", "--analyze"];
    run(&["restore", &archive, "-d", &target], &again).expect_code(0);
    run(&["compare", &archive, &scene.target.conninfo()], &[]).expect_code(0);
}

#[test]
fn a_member_of_the_owner_restores_as_the_owner_on_13() {
    restores_as_owner(13);
}

#[test]
fn a_member_of_the_owner_restores_as_the_owner_on_18() {
    restores_as_owner(18);
}

/// Grants by other roles in between do not end the role of the session.
fn stays(major: u32) {
    let scene = Scene::new(major, "stays");
    let mut session = scene.source.session();
    session.execute("SET ROLE pgark_reader; GRANT SELECT ON s.a TO pgark_writer; RESET ROLE");
    session.execute(&format!("GRANT pgark_reader TO {}", scene.login));
    let archive = scene.folder.dump(&scene.source, "a.pgark", &[]);
    for target in [scene.as_login(), scene.target.conninfo()] {
        let options = ["--role", &scene.owner, "--clean", "--if-exists", "-j1"];
        run(&["restore", &archive, "-d", &target], &options).expect_code(0);
        run(&["compare", &archive, &scene.target.conninfo()], &[]).expect_code(0);
        // Nothing names an owner here: all is made by the role, also what comes after the grants.
        run(&["restore", &archive, "-d", &target, "--no-owner"], &options).expect_code(0);
        let owners = "SELECT string_agg(DISTINCT pg_get_userbyid(c.relowner)::text, ' ') \
             FROM pg_class c WHERE c.relnamespace = 's'::regnamespace";
        assert_eq!(value(&scene.target, owners), scene.owner);
    }
    session.execute(&format!("REVOKE pgark_reader FROM {}", scene.login));
}

#[test]
fn the_role_stays_when_others_grant_on_13() {
    stays(13);
}

#[test]
fn the_role_stays_when_others_grant_on_18() {
    stays(18);
}

#[test]
fn a_role_that_cannot_be_taken_stops_the_restore_before_it_begins() {
    for major in [13, 18] {
        let scene = Scene::new(major, "no_role");
        let archive = scene.folder.dump(&scene.source, "a.pgark", &[]);
        let absent = restore(&archive, &scene.target, &["--role", "no such role"]).expect_code(1);
        says(
            &absent.stderr,
            &["cannot become role `no such role`", "does not exist", "--role"],
        );
        let foreign = run(
            &["restore", &archive, "-d", &scene.as_login()],
            &["--role", "pgark_writer"],
        );
        says(
            &foreign.expect_code(1).stderr,
            &["cannot become role `pgark_writer`", "permission denied", "member"],
        );
        assert_eq!(present(&scene.target), "");
    }
}

/// The database belongs to the role that made it.
#[test]
fn a_database_is_created_by_the_role() {
    let scene = Scene::new(17, "creates");
    let archive = scene.folder.dump(&scene.source, "a.pgark", &[]);
    let (owner, login, name) = (&scene.owner, &scene.login, scene.source.name());
    let mut admin = Session::open(&server(18).conninfo("postgres"));
    admin.execute(&format!(
        "CREATE ROLE {owner} CREATEDB; CREATE ROLE {login} LOGIN NOINHERIT; GRANT {owner} TO {login}"
    ));
    let place = server(18)
        .conninfo("postgres")
        .replace("user=postgres", &format!("user={login}"));
    run(&["restore", &archive, "-d", &place, "--create"], &["-j2"]).expect_code(1);
    run(
        &["restore", &archive, "-d", &place, "--create", "--role", owner],
        // The source's database belongs to a role that this one is no member of.
        &["-j2", "--no-owner"],
    )
    .expect_code(0);
    let owns = admin.value(&format!(
        "SELECT pg_get_userbyid(datdba)::text AS value FROM pg_database WHERE datname = '{name}'"
    ));
    assert_eq!(owns, *owner);
    run(&["compare", &archive, &server(18).conninfo(name)], &[]).expect_code(0);
    admin.execute(&format!("DROP DATABASE \"{name}\""));
    admin.execute(&format!("DROP ROLE {login}; DROP ROLE {owner}"));
}

#[test]
fn a_dump_names_the_role_that_it_cannot_take() {
    let (folder, source) = (Folder::new(), filled(18, "dump_role", "CREATE TABLE t (id int)"));
    let ended = run(
        &["dump", &source.conninfo(), "-o", &folder.file("a.pgark")],
        &["--role", "no such role"],
    );
    says(&ended.expect_code(1).stderr, &["no such role", "does not exist"]);
    assert!(!folder.path("a.pgark").exists());
}
