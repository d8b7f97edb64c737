//! Single rows back into their table, and tables under other names: one transaction, which changes all or nothing.

use std::time::Duration;

use crate::exporting::{HOSTILE, content};
use crate::kit::{Folder, filled, json, present, restore, run, says, value};
use crate::support::Database;
use crate::support::program::{Run, command};

/// A table with everything that a recovered row meets on the target.
const SHOP: &str = "
CREATE EXTENSION citext;
CREATE TABLE customers (id int PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 5);
CREATE TABLE orders (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int REFERENCES customers, total numeric(10,2) NOT NULL,
  note citext, twice numeric GENERATED ALWAYS AS (total * 2) STORED);
INSERT INTO orders (customer, total, note) SELECT g % 5 + 1, g, 'Note ' || g FROM generate_series(1, 1000) g;
CREATE TABLE seen (what text);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (TG_OP || NEW.id); RETURN NEW; END';
CREATE TRIGGER tell AFTER INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TABLE lost (id int);
INSERT INTO lost VALUES (7), (9);
CREATE TABLE keyless (a int, b text);
INSERT INTO keyless VALUES (1, 'a'), (2, NULL);
CREATE TABLE visit (n int, gone int, day date NOT NULL, PRIMARY KEY (day)) PARTITION BY RANGE (day);
CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO ('2024-01-01');
CREATE TABLE visit_new (day date NOT NULL, n int, gone int);
ALTER TABLE visit ATTACH PARTITION visit_new DEFAULT;
INSERT INTO visit SELECT g, NULL, '2023-06-01'::date + g * 40 FROM generate_series(1, 10) g;
";

struct Shop {
    source: Database,
    archive: String,
    _folder: Folder,
}

impl Shop {
    fn new(major: u32, format: &str) -> Shop {
        let (folder, source) = (Folder::new(), filled(major, "rows", SHOP));
        let archive = folder.dump(&source, "a.pgark", &["--copy-format", format]);
        source.session().execute("TRUNCATE seen");
        Shop {
            source,
            archive,
            _folder: folder,
        }
    }

    fn restore(&self, options: &[&str]) -> Run {
        restore(&self.archive, &self.source, options)
    }

    fn execute(&self, sql: &str) {
        self.source.session().execute(sql);
    }

    fn value(&self, sql: &str) -> String {
        value(&self.source, sql)
    }

    /// A restore that fails, says so and leaves everything as it was.
    #[track_caller]
    fn fails(&self, options: &[&str], parts: &[&str]) {
        let all = || {
            let tables = ["orders", "seen", "customers", "keyless", "visit"];
            (tables.map(|table| content(&self.source, table)), present(&self.source))
        };
        let before = all();
        let run = self.restore(options).expect_code(1);
        says(&run.stderr, parts);
        assert_eq!(all(), before);
    }
}

/// (inserted, replaced, skipped) of a run with --json.
fn counts(run: &Run) -> (u64, u64, u64) {
    let report = json(run);
    let number = |name: &str| report["tables"][0][name].as_u64().expect("number");
    (number("inserted"), number("replaced"), number("skipped"))
}

fn rows_come_back(major: u32, format: &str) {
    let shop = Shop::new(major, format);
    let good = content(&shop.source, "orders");
    shop.execute(
        "ALTER TABLE orders DISABLE TRIGGER tell; DELETE FROM orders WHERE id IN (7, 9); \
                  UPDATE orders SET note = 'spoilt' WHERE id = 8; ALTER TABLE orders ENABLE TRIGGER tell",
    );
    let these = "id IN (7, 8, 9)";
    shop.fails(
        &["-t", "orders", "--where", these],
        &[
            "cannot insert into public.orders: duplicate key",
            "detail: Key (id)=(8) already exists.",
        ],
    );
    let plan = shop
        .restore(&["-t", "orders", "--where", these, "--plan"])
        .expect_code(0);
    says(
        &plan.stdout,
        &[
            "would insert 3 of 1,000 rows of public.orders into public.orders, of which 1 are there",
            "nothing is changed",
        ],
    );
    assert_eq!(shop.value("SELECT count(*) FROM orders"), "998");
    let skip = ["-t", "orders", "--where", these, "--on-conflict", "skip", "--json"];
    assert_eq!(counts(&shop.restore(&skip).expect_code(0)), (2, 0, 1));
    assert_eq!(shop.value("SELECT note FROM orders WHERE id = 8"), "spoilt");
    let replace = ["-t", "orders", "--where", these, "--on-conflict", "replace", "--json"];
    assert_eq!(counts(&shop.restore(&replace).expect_code(0)), (0, 3, 0));
    assert_eq!(content(&shop.source, "orders"), good);
    let told = "SELECT string_agg(what, ' ' ORDER BY what) FROM seen";
    assert_eq!(shop.value(told), "INSERT7 INSERT9 UPDATE7 UPDATE8 UPDATE9");
    // All rows, into a table that has lost some.
    shop.execute("DELETE FROM orders WHERE id > 500");
    let all = shop.restore(&["-t", "orders", "--on-conflict", "skip"]).expect_code(0);
    says(
        &all.stdout,
        &["all 1,000 rows of public.orders: 500 inserted, 500 skipped"],
    );
    assert_eq!(content(&shop.source, "orders"), good);
}

#[test]
fn rows_come_back_into_their_table() {
    rows_come_back(18, "auto");
}

#[test]
fn rows_come_back_into_their_table_on_13() {
    rows_come_back(13, "text");
}

#[test]
fn a_condition_is_one_expression_and_nothing_else() {
    let shop = Shop::new(18, "auto");
    let skip = |condition: &str| {
        let options = [
            "-t",
            "orders",
            "--where",
            condition,
            "--on-conflict",
            "skip",
            "--plan",
            "--json",
        ];
        let run = shop.restore(&options).expect_code(0);
        json(&run)["tables"][0]["matched"].as_u64().expect("number")
    };
    assert_eq!(skip("id = 3 -- and so on"), 1);
    assert_eq!(skip("/* ) */ id = 3 OR note = ')' || $x$ ( $x$"), 1);
    assert_eq!(skip("orders.id = 3\nOR\n\"id\" = 4"), 2);
    // Names are found as in psql: the operators of citext, and other tables.
    assert_eq!(skip("note = 'NOTE 5'"), 1);
    assert_eq!(skip("id IN (SELECT id FROM lost)"), 2);
    assert_eq!(skip("false"), 0);
    assert_eq!(skip("NULL"), 0);
    for attack in [
        "true; DROP TABLE orders",
        "true); DROP TABLE orders; --",
        "true); DROP TABLE orders; SELECT (true",
        "true) OR (true",
        "true) UNION ALL SELECT id, customer, total, note FROM orders WHERE (true",
        "true UNION ALL SELECT 1, 2, 3, '4'",
        "true ORDER BY id",
        "true LIMIT 1",
        "true;",
        "(true",
        "true)",
        "true /*",
        "note = 'x",
        "note = $x$",
        "\"id",
        "id = $1",
        "",
        "-- nothing",
        "id",
        "twice = 4",
        "nothing = 1",
        "true) INTO (x",
        "(WITH x AS (DELETE FROM orders RETURNING 1) SELECT true FROM x)",
    ] {
        shop.fails(
            &["-t", "orders", "--where", attack, "--on-conflict", "replace"],
            &["not a condition on public.orders"],
        );
    }
}

#[test]
fn a_target_that_does_not_take_the_rows_stays_as_it_was() {
    let shop = Shop::new(18, "auto");
    let rows = |shop: &Shop, table: &str, action: &str, parts: &[&str]| {
        shop.fails(&["-t", table, "--on-conflict", action], parts);
    };
    rows(&shop, "keyless", "replace", &["public.keyless has no primary key"]);
    rows(&shop, "*", "skip", &["matches more than one table"]);
    assert_eq!(
        counts(
            &shop
                .restore(&["-t", "keyless", "--on-conflict", "skip", "--json"])
                .expect_code(0)
        ),
        (2, 0, 0)
    );
    // A key that rows refer to must be there.
    shop.execute("DELETE FROM orders; DELETE FROM customers WHERE id = 2");
    rows(
        &shop,
        "orders",
        "error",
        &["violates foreign key", "detail: Key (customer)=(2) is not present"],
    );
    shop.execute(
        "INSERT INTO customers VALUES (2); ALTER TABLE orders ADD added text DEFAULT 'new', DROP COLUMN twice",
    );
    let more = shop
        .restore(&["-t", "orders", "--where", "id = 1", "--on-conflict", "error"])
        .expect_code(0);
    says(&more.stdout, &["defaults in what the archive lacks: added"]);
    assert_eq!(shop.value("SELECT added FROM orders"), "new");
    shop.execute("ALTER TABLE orders RENAME total TO \"Sum\"");
    rows(
        &shop,
        "orders",
        "skip",
        &["public.orders of the target lacks columns that the archive has: total"],
    );
    shop.execute("ALTER TABLE orders ADD total numeric GENERATED ALWAYS AS (id) STORED");
    rows(
        &shop,
        "orders",
        "skip",
        &["the target computes columns of public.orders", "total"],
    );
    // A trigger that keeps rows out is a finding.
    shop.execute(
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
                  CREATE TRIGGER keep BEFORE INSERT ON keyless FOR EACH ROW EXECUTE FUNCTION keep()",
    );
    let kept = shop.restore(&["-t", "keyless", "--where", "a = 1"]).expect_code(3);
    says(
        &kept.stdout,
        &["1 of 2 rows of public.keyless: 0 inserted, 1 kept out by a trigger or rule"],
    );
    rows(&shop, "visit_none", "skip", &["no table in the archive matches"]);
    shop.execute("DROP TABLE orders");
    says(
        &shop.restore(&["-t", "orders", "--where", "true"]).expect_code(1).stderr,
        &["the target has no table public.orders"],
    );
    shop.execute("CREATE VIEW orders AS SELECT 1 AS id");
    says(
        &shop.restore(&["-t", "orders", "--where", "true"]).expect_code(1).stderr,
        &["is no table"],
    );
    let usage = shop
        .restore(&["-t", "orders", "--where", "true", "--clean"])
        .expect_code(2);
    says(&usage.stderr, &["cannot be used with"]);
}

#[test]
fn partitions_are_one_table() {
    let shop = Shop::new(18, "auto");
    let good = content(&shop.source, "visit");
    shop.execute("DELETE FROM visit WHERE n IN (1, 10); UPDATE visit SET gone = 1 WHERE n = 2");
    let replace = [
        "-t",
        "visit",
        "--where",
        "n IN (1, 2, 10)",
        "--on-conflict",
        "replace",
        "--json",
    ];
    assert_eq!(counts(&shop.restore(&replace).expect_code(0)), (2, 1, 0));
    assert_eq!(content(&shop.source, "visit"), good);
    shop.restore(&["-t", "visit", "--into", "other.visit"]).expect_code(0);
    let columns = |from: &str| format!("SELECT string_agg((n, gone, day)::text, ' ' ORDER BY n) FROM {from}");
    assert_eq!(shop.value(&columns("other.visit")), shop.value(&columns("visit")));
}

#[test]
fn tables_are_made_under_other_names() {
    let (folder, source) = (Folder::new(), filled(18, "into", HOSTILE));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let table = r#""Sch""ema"."T 'x\ y""#;
    let into = |options: &[&str]| restore(&archive, &source, options);
    let made = into(&["-t", table, "--into", r#"New."Copy;""#]).expect_code(0);
    says(
        &made.stdout,
        &[
            "made new.\"Copy;\" with all 5 rows",
            "without generated columns: twice",
            "without keys",
        ],
    );
    let columns = r#"id, "te""xt, \", c, b, ok, n, f8, f4, d, ts, iv, a, aa, r, j, jb, m, u"#;
    let digest = |table: &str| {
        value(
            &source,
            &format!("SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM (SELECT {columns} FROM {table}) t"),
        )
    };
    assert_eq!(digest(r#"new."Copy;""#), digest(table));
    let shape = |table: &str| {
        value(
            &source,
            &format!(
                "SELECT string_agg(attname || format_type(atttypid, atttypmod) || attnotnull, ',' ORDER BY attnum) \
                 FROM pg_attribute WHERE attrelid = $a${table}$a$::regclass AND attnum > 0 AND attname <> 'twice'"
            ),
        )
    };
    assert_eq!(shape(r#"new."Copy;""#), shape(table));
    let again = into(&["-t", table, "--into", r#"new."Copy;""#]).expect_code(1);
    says(&again.stderr, &["the target has new.\"Copy;\" already"]);
    let plan = into(&["-n", "public", "--into", "before", "--plan"]).expect_code(0);
    says(
        &plan.stdout,
        &["would make before.ticket with all 2 rows", "nothing is changed"],
    );
    into(&["-n", "public", "--into", "before"]).expect_code(0);
    for table in ["one", "nothing", "ticket", "visit_new", "\"visit old\""] {
        assert_eq!(
            content(&source, &format!("before.{table}")),
            content(&source, &format!("public.{table}"))
        );
    }
    // One that is there is in the way of all.
    source
        .session()
        .execute("CREATE SCHEMA half; CREATE TABLE half.visit_new ()");
    let half = into(&["-n", "public", "--into", "half"]).expect_code(1);
    says(&half.stderr, &["the target has half.visit_new already"]);
    assert_eq!(
        value(
            &source,
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'half'::regnamespace"
        ),
        "1"
    );
    let some = into(&[
        "-t",
        "ticket",
        "--into",
        "some.tickets",
        "--where",
        "price > 2.6",
        "--json",
    ])
    .expect_code(0);
    assert_eq!(counts(&some), (1, 0, 0));
    let lacking = Database::create(18, "into_lacking");
    let typeless = restore(&archive, &lacking, &["-t", table, "--into", "a.b"]).expect_code(1);
    says(
        &typeless.stderr,
        &[
            "the target has no type",
            r#"which column m of "Sch""ema"."T 'x\ y" is of"#,
        ],
    );
    assert_eq!(
        value(&lacking, "SELECT count(*) FROM pg_namespace WHERE nspname = 'a'"),
        "0"
    );
    for wrong in [
        &["--into", "x.y"][..],
        &["-t", "one", "-n", "public", "--into", "x"],
        &["-t", "one", "--into", "a.b.c"],
    ] {
        run(&["restore", &archive, "-d", &source.conninfo()], wrong).expect_code(1);
    }
}

#[test]
fn a_snapshot_gives_its_rows_by_label() {
    let (folder, source) = (Folder::new(), filled(18, "of_snapshot", SHOP));
    let (repo, conninfo) = (folder.file("repo"), source.conninfo());
    run(
        &["snapshot", "create", &conninfo, "--repo", &repo, "--label", "before"],
        &["-q"],
    )
    .expect_code(0);
    source
        .session()
        .execute("UPDATE keyless SET b = 'spoilt'; DELETE FROM keyless WHERE a = 2");
    let of = ["before", "--repo", &repo, "-t", "keyless"];
    let csv = run(&["export"], &[&of[..], &["--format", "csv"]].concat()).expect_code(0);
    assert_eq!(csv.stdout, "a,b\n1,a\n2,\n");
    let rows = [&of[..], &["-d", &conninfo, "--where", "a = 2"]].concat();
    run(&["restore"], &rows).expect_code(0);
    assert_eq!(
        value(&source, "SELECT string_agg(keyless::text, ' ') FROM keyless"),
        "(1,spoilt) (2,)"
    );
    let log = run(&["log", "--repo", &repo], &[]).expect_code(0);
    says(&log.stdout, &["1 rows of public.keyless into public.keyless"]);
}

#[test]
fn an_interrupt_rolls_everything_back() {
    let shop = Shop::new(18, "auto");
    let before = content(&shop.source, "keyless");
    let conninfo = shop.source.conninfo();
    let slow = "pg_sleep(30) IS NOT NULL";
    let child = command([
        "restore",
        &shop.archive,
        "-d",
        &conninfo,
        "-t",
        "keyless",
        "--where",
        slow,
    ])
    .spawn();
    let mut child = child.expect("restore");
    let sleeping =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE TEMP TABLE%' AND wait_event = 'PgSleep'";
    for _ in 0..200 {
        if shop.value(sleeping) == "1" {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(shop.value(sleeping), "1");
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .expect("signal");
    assert_eq!(child.wait().expect("end").code(), Some(130));
    assert_eq!(content(&shop.source, "keyless"), before);
}
