//! Random grants and revokes by several roles come back as the same lists.

use std::collections::BTreeSet;

use crate::kit::{Folder, restore};
use crate::support::Database;
use crate::support::program::pgark;
use crate::support::session::Session;

/// Small and repeatable: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const ROLES: &[&str] = &[
    "pgark_p1",
    "pgark_p2",
    "\"pgark P\"\"3\"",
    "pgark_owner",
    "pgark_reader",
];

const OBJECTS: &[(&str, &[&str])] = &[
    (
        "TABLE t",
        &[
            "SELECT",
            "INSERT",
            "UPDATE",
            "DELETE",
            "TRUNCATE",
            "REFERENCES",
            "TRIGGER",
            "ALL",
        ],
    ),
    ("TABLE v", &["SELECT", "INSERT", "ALL"]),
    (
        "TABLE t ",
        &[
            "SELECT (a)",
            "UPDATE (a, \"B\")",
            "INSERT (\"B\")",
            "REFERENCES (a)",
            "ALL (a)",
        ],
    ),
    ("SEQUENCE s", &["USAGE", "SELECT", "UPDATE", "ALL"]),
    ("SCHEMA x", &["USAGE", "CREATE", "ALL"]),
    ("FUNCTION f(integer)", &["EXECUTE"]),
    ("PROCEDURE p(integer)", &["EXECUTE"]),
    ("FUNCTION agg(integer)", &["EXECUTE"]),
    ("TYPE e", &["USAGE"]),
    ("DOMAIN d", &["USAGE"]),
    ("LANGUAGE plpgsql", &["USAGE"]),
    ("FUNCTION pg_sleep(double precision)", &["EXECUTE"]),
];

const SETUP: &str = "
CREATE SCHEMA x; CREATE TABLE t (a int, \"B\" text); CREATE VIEW v AS SELECT * FROM t; CREATE SEQUENCE s;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p(int) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE agg(int) (SFUNC = int4pl, STYPE = int);
CREATE TYPE e AS ENUM ('a'); CREATE DOMAIN d AS int;
ALTER TABLE t OWNER TO pgark_owner; ALTER VIEW v OWNER TO pgark_owner; ALTER SCHEMA x OWNER TO pgark_owner;
ALTER FUNCTION f(int) OWNER TO pgark_owner; ALTER SEQUENCE s OWNER TO pgark_owner";

/// Every item of every list of user objects and of the system's objects used above, taken apart.
const ITEMS: &str = "
SELECT o.what || ': ' || COALESCE(g.rolname, 'PUBLIC') || ' ' || e.privilege_type || ' ' || e.is_grantable || ' by ' || b.rolname AS item
FROM (
  SELECT 'rel ' || c.relname AS what, COALESCE(c.relacl, acldefault(CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner)) AS acl
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT 'col ' || c.relname || '.' || a.attname, a.attacl FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attacl IS NOT NULL
  UNION ALL SELECT 'proc ' || p.proname, COALESCE(p.proacl, acldefault('f', p.proowner)) FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace OR p.proname = 'pg_sleep'
  UNION ALL SELECT 'type ' || t.typname, COALESCE(t.typacl, acldefault('T', t.typowner)) FROM pg_type t
    WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
  UNION ALL SELECT 'schema ' || n.nspname, COALESCE(n.nspacl, acldefault('n', n.nspowner)) FROM pg_namespace n WHERE n.nspname IN ('x', 'public')
  UNION ALL SELECT 'lang ' || l.lanname, COALESCE(l.lanacl, acldefault('l', l.lanowner)) FROM pg_language l WHERE l.lanname = 'plpgsql'
) AS o, aclexplode(o.acl) AS e
LEFT JOIN pg_roles g ON g.oid = e.grantee JOIN pg_roles b ON b.oid = e.grantor";

fn items(session: &mut Session) -> BTreeSet<String> {
    let rows = session.query(ITEMS);
    rows.iter().map(|row| row.string("item").expect("an item")).collect()
}

/// `GRANT` or `REVOKE` of something to somebody by somebody; the server may well refuse it.
fn statement(random: &mut Random) -> String {
    let (object, privileges) = OBJECTS[random.below(OBJECTS.len())];
    let privilege = random.pick(privileges);
    let role = if random.below(5) == 0 {
        "PUBLIC"
    } else {
        random.pick(ROLES)
    };
    let option = role != "PUBLIC" && random.below(2) == 0;
    match random.below(5) {
        0 => format!("REVOKE {privilege} ON {object} FROM {role} CASCADE"),
        1 if option => format!("REVOKE GRANT OPTION FOR {privilege} ON {object} FROM {role} CASCADE"),
        _ if option => format!("GRANT {privilege} ON {object} TO {role} WITH GRANT OPTION"),
        _ => format!("GRANT {privilege} ON {object} TO {role}"),
    }
}

fn survives(major: u32, seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let source = Database::create(major, &format!("grants_{seed}"));
    let mut session = source.session();
    for role in ROLES {
        let _ = session.try_execute(&format!("CREATE ROLE {role}"));
    }
    for setup in SETUP.split(';') {
        session.execute(setup);
    }
    let mut log = Vec::new();
    for _ in 0..120 {
        let sql = statement(&mut random);
        let by = random.pick(&[
            "pgark_owner",
            "pgark_owner",
            "pgark_p1",
            "pgark_p2",
            "\"pgark P\"\"3\"",
            "postgres",
        ]);
        let _ = session.try_execute(&format!("SET SESSION AUTHORIZATION {by}"));
        let _ = session.try_execute("SET search_path = public");
        if session.try_execute(&sql).is_ok() {
            log.push(format!("{by}: {sql}"));
        }
        session.execute("RESET SESSION AUTHORIZATION");
    }
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = Database::create(major, &format!("grants_{seed}_copy"));
    let run = restore(&archive, &copy, &[]);
    let (before, after) = (items(&mut session), items(&mut copy.session()));
    let differ: Vec<&String> = before.symmetric_difference(&after).collect();
    assert!(
        differ.is_empty() && run.code == 0,
        "PostgreSQL {major}, seed {seed}: {differ:#?}\n{}\nafter\n{}",
        run.stderr,
        log.join("\n")
    );
    pgark(["compare", &source.conninfo(), &copy.conninfo()]).expect_code(0);
}

#[test]
fn random_grants_by_several_roles_come_back() {
    for major in [13, 16, 18] {
        for seed in 1..=3 {
            survives(major, seed);
        }
    }
}

/// The grantor of the second grant lost the option that it was first made with, and kept another: the
/// list then has the second grant before the one that allows it.
#[test]
fn grants_are_made_in_an_order_that_their_chains_allow() {
    let source = Database::create(17, "chains");
    let mut session = source.session();
    for role in ["pgark_p1", "pgark_p2"] {
        let _ = session.try_execute(&format!("CREATE ROLE {role}"));
    }
    for sql in [
        "CREATE TABLE t (a int)",
        "GRANT SELECT ON t TO pgark_p1 WITH GRANT OPTION",
        "SET SESSION AUTHORIZATION pgark_p1",
        "GRANT SELECT ON t TO pgark_p2 WITH GRANT OPTION",
        "SET SESSION AUTHORIZATION pgark_p2",
        "GRANT SELECT ON t TO pgark_reader",
        "RESET SESSION AUTHORIZATION",
        "GRANT SELECT ON t TO pgark_p2 WITH GRANT OPTION",
        "REVOKE GRANT OPTION FOR SELECT ON t FROM pgark_p1 CASCADE",
    ] {
        session.execute(sql);
    }
    let list = session.value("SELECT relacl::text AS value FROM pg_class WHERE relname = 't'");
    let (late, early) = (list.find("pgark_p2=r*/postgres"), list.find("pgark_reader=r/pgark_p2"));
    assert!(
        late > early && early.is_some(),
        "the server orders its lists otherwise: {list}"
    );
    let folder = Folder::new();
    let archive = folder.dump(&source, "a.pgark", &[]);
    let copy = Database::create(17, "chains_copy");
    restore(&archive, &copy, &[]).expect_code(0);
    assert_eq!(items(&mut session), items(&mut copy.session()));
}
