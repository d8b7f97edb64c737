//! Which objects and rows the options of `dump` and `restore` choose.

use crate::kit::{Folder, entries, filled, present, relations, restore, run, says, value};
use crate::support::Database;

const SHOP: &str = r#"
CREATE SCHEMA sales;
CREATE SCHEMA "Mixed Case";
CREATE TYPE sales.mood AS ENUM ('sad', 'glad');
CREATE FUNCTION sales.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE sales.customers (id int PRIMARY KEY, name text);
CREATE TABLE sales.orders (id serial PRIMARY KEY, customer int REFERENCES sales.customers,
    mood sales.mood, total numeric CHECK (total >= 0));
CREATE INDEX orders_total ON sales.orders (total);
CREATE TRIGGER orders_touch BEFORE INSERT ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.touch();
CREATE TABLE sales.audit_1 (t text);
CREATE TABLE sales.audit_2 (t text);
CREATE TABLE public.items (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
CREATE TABLE public."Upper" (a int);
CREATE TABLE public.upper (a int);
CREATE TABLE "Mixed Case"."Odd.Name" (a int);
CREATE TABLE "Mixed Case".orders (a int);
CREATE VIEW public.glad AS SELECT id FROM sales.orders WHERE mood = 'glad';
INSERT INTO sales.customers VALUES (1, 'one'), (2, 'two');
INSERT INTO sales.orders (customer, mood, total) SELECT 1 + g % 2, 'glad', g FROM generate_series(1, 7) g;
INSERT INTO sales.audit_1 VALUES ('x');
INSERT INTO sales.audit_2 VALUES ('y');
INSERT INTO public.items (name) VALUES ('a'), ('b'), ('c');
"#;

#[test]
fn dump_takes_what_the_patterns_choose() {
    let (folder, shop) = (Folder::new(), filled(13, "choose", SHOP));
    let of = |options: &[&str]| {
        let file = folder.dump(&shop, "a.pgark", &[options, &["--overwrite"]].concat());
        relations(&file).join(" ")
    };
    let sales = "sales.audit_1 sales.audit_2 sales.customers sales.orders";
    assert_eq!(of(&["-n", "sales"]), sales);
    assert_eq!(of(&["-n", "s?les"]), sales);
    assert_eq!(
        of(&["-n", "SALES", "-T", "sales.audit*"]),
        "sales.customers sales.orders"
    );
    assert_eq!(of(&["-n", "\"Mixed Case\""]), "Mixed Case.Odd.Name Mixed Case.orders");
    assert_eq!(
        of(&["-N", "sales", "-N", "\"Mixed*\"", "-N", "\"Mixed Case\""]),
        "public.Upper public.items public.upper"
    );
    // Unquoted names fold to lower case, quoted ones are taken as they are.
    assert_eq!(of(&["-t", "UPPER"]), "public.upper");
    assert_eq!(of(&["-t", "\"Upper\""]), "public.Upper");
    assert_eq!(of(&["-t", "\"Mixed Case\".\"Odd.Name\""]), "Mixed Case.Odd.Name");
    // Two tables are called orders, but neither is in the search path.
    assert_eq!(of(&["-t", "*.orders"]), "Mixed Case.orders sales.orders");
    assert_eq!(of(&["-t", "sales.audit_[12]"]), "sales.audit_1 sales.audit_2");
    assert_eq!(
        of(&["-t", "items", "-t", "sales.customers"]),
        "public.items sales.customers"
    );
    // `-t` chooses by itself: `-N` does not take it away, `-T` does.
    assert_eq!(
        of(&["-t", "sales.audit*", "-N", "sales", "-T", "sales.audit_2"]),
        "sales.audit_1"
    );
}

#[test]
fn a_pattern_without_a_match_ends_a_dump_and_leaves_no_file() {
    let (folder, shop) = (Folder::new(), filled(13, "nomatch", SHOP));
    let file = folder.file("a.pgark");
    for (option, pattern) in [
        ("-t", "orders"),
        ("-t", "sales.nothing"),
        ("-n", "nothing"),
        ("-t", "\"open"),
    ] {
        let run = run(&["dump", &shop.conninfo(), "-o", &file, option, pattern], &[]).expect_code(1);
        says(&run.stderr, &["error: ", pattern]);
        assert_eq!(
            std::fs::read_dir(folder.path("")).expect("folder").count(),
            0,
            "{pattern}"
        );
    }
    // Excluding nothing is no mistake.
    folder.dump(
        &shop,
        "a.pgark",
        &["-T", "nothing", "-N", "nothing", "--exclude-table-data", "nothing"],
    );
}

#[test]
fn dump_takes_the_parts_that_are_asked_for() {
    let (folder, shop) = (Folder::new(), filled(18, "parts", SHOP));
    let without = folder.dump(&shop, "without.pgark", &["--exclude-table-data", "sales.audit*"]);
    assert_eq!(
        relations(&without).join(" "),
        "Mixed Case.Odd.Name Mixed Case.orders public.Upper public.items public.upper sales.customers sales.orders"
    );
    assert!(entries(&without).contains(&"TABLE sales.audit_1".to_owned()));
    let schema = folder.dump(&shop, "schema.pgark", &["--schema-only"]);
    assert_eq!(relations(&schema), Vec::<String>::new());
    let data = folder.dump(&shop, "data.pgark", &["--data-only"]);
    assert_eq!(entries(&data), Vec::<String>::new());
    assert_eq!(relations(&data).len(), 9);

    // The two together are the whole.
    let copy = Database::create(18, "parts_copy");
    restore(&schema, &copy, &[]).expect_code(0);
    assert_eq!(value(&copy, "SELECT count(*) FROM sales.orders"), "0");
    restore(&data, &copy, &[]).expect_code(0);
    run(&["compare", &shop.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    run(
        &["dump", &shop.conninfo(), "-o", "-", "--schema-only", "--data-only"],
        &[],
    )
    .expect_code(2);
}

#[test]
fn restore_takes_a_table_with_its_parts_and_needs() {
    let (folder, shop) = (Folder::new(), filled(13, "table", SHOP));
    let archive = folder.dump(&shop, "a.pgark", &[]);
    let copy = Database::create(13, "table_copy");
    let run = restore(&archive, &copy, &["-t", "sales.orders"]).expect_code(0);
    says(
        &run.stderr,
        &["left out: FK CONSTRAINT", "orders_customer_fkey", "sales.customers"],
    );
    assert_eq!(present(&copy), "sales.orders sales.orders_id_seq");
    assert_eq!(value(&copy, "SELECT count(*) FROM sales.orders"), "7");
    assert_eq!(
        value(
            &copy,
            "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'sales'::regnamespace"
        ),
        "orders_pkey orders_total"
    );
    assert_eq!(
        value(
            &copy,
            "SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE conrelid = 'sales.orders'::regclass AND contype IN ('c', 'f', 'p')"
        ),
        "orders_pkey orders_total_check"
    );
    assert_eq!(
        value(
            &copy,
            "SELECT string_agg(tgname, ' ') FROM pg_trigger WHERE NOT tgisinternal"
        ),
        "orders_touch"
    );
    assert_eq!(
        value(&copy, "SELECT typname FROM pg_type WHERE typname = 'mood'"),
        "mood"
    );
    assert_eq!(
        value(&copy, "SELECT pg_get_serial_sequence('sales.orders', 'id')"),
        "sales.orders_id_seq"
    );
    assert_eq!(value(&copy, "SELECT nextval('sales.orders_id_seq')"), "8");

    // Later the other table: what is there serves, and nothing is created twice.
    restore(&archive, &copy, &["-t", "sales.customers"]).expect_code(0);
    assert_eq!(value(&copy, "SELECT count(*) FROM sales.customers"), "2");
    let again = restore(&archive, &copy, &["-t", "sales.customers"]).expect_code(1);
    says(&again.stderr, &["sales.customers", "--clean"]);
    assert_eq!(value(&copy, "SELECT count(*) FROM sales.customers"), "2");
}

#[test]
fn restore_takes_schemas_and_views() {
    let (folder, shop) = (Folder::new(), filled(18, "schema", SHOP));
    let archive = folder.dump(&shop, "a.pgark", &[]);
    let copy = Database::create(18, "schema_copy");
    restore(&archive, &copy, &["-n", "\"Mixed Case\""]).expect_code(0);
    assert_eq!(present(&copy), "Mixed Case.Odd.Name Mixed Case.orders");
    restore(
        &archive,
        &copy,
        &["-N", "public", "-N", "\"Mixed Case\"", "-T", "audit*"],
    )
    .expect_code(0);
    assert_eq!(
        present(&copy),
        "Mixed Case.Odd.Name Mixed Case.orders sales.customers sales.orders sales.orders_id_seq"
    );
    let missing = restore(&archive, &copy, &["-t", "nothing"]).expect_code(1);
    says(&missing.stderr, &["no table in the archive matches pattern `nothing`"]);
    // A view brings the table that it reads, without its rows.
    let other = Database::create(18, "view_copy");
    restore(&archive, &other, &["-t", "glad"]).expect_code(0);
    assert_eq!(value(&other, "SELECT count(*) FROM glad"), "0");
}

const LINKED: &str = "
CREATE TABLE zoo (id int PRIMARY KEY);
CREATE TABLE animal (id serial PRIMARY KEY, zoo int NOT NULL REFERENCES zoo, parent int REFERENCES animal);
CREATE TABLE a_visit (id int GENERATED BY DEFAULT AS IDENTITY (START 100 INCREMENT 5), animal int REFERENCES animal);
INSERT INTO zoo SELECT generate_series(1, 50);
INSERT INTO animal (zoo, parent) SELECT 1 + g % 50, nullif(g, 500) + CASE WHEN g < 500 THEN 1 END FROM generate_series(1, 500) g;
INSERT INTO a_visit (animal) SELECT g FROM generate_series(1, 500) g;
";

#[test]
fn rows_follow_definitions_whose_foreign_keys_exist() {
    let (folder, source) = (Folder::new(), filled(18, "linked", LINKED));
    let archive = folder.dump(&source, "a.pgark", &[]);
    for jobs in ["1", "4"] {
        let copy = Database::create(18, "linked_copy");
        restore(&archive, &copy, &["--schema-only", "-j", jobs]).expect_code(0);
        assert_eq!(
            value(&copy, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"),
            "3"
        );
        assert_eq!(value(&copy, "SELECT nextval('animal_id_seq')"), "1");
        restore(&archive, &copy, &["--data-only", "-j", jobs]).expect_code(0);
        run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
        assert_eq!(value(&copy, "SELECT nextval('animal_id_seq')"), "501");
        assert_eq!(value(&copy, "SELECT nextval('a_visit_id_seq')"), "2600");
    }
}

#[test]
fn a_cycle_of_foreign_keys_is_reported_when_it_stands_in_the_way() {
    let script = "
        CREATE TABLE egg (id int PRIMARY KEY, hen int);
        CREATE TABLE hen (id int PRIMARY KEY, egg int REFERENCES egg);
        INSERT INTO egg VALUES (1, 1);
        INSERT INTO hen VALUES (1, 1);
        ALTER TABLE egg ADD CONSTRAINT egg_hen FOREIGN KEY (hen) REFERENCES hen;
    ";
    let (folder, source) = (Folder::new(), filled(13, "cycle", script));
    let archive = folder.dump(&source, "a.pgark", &[]);
    // Definitions after rows: no problem.
    let copy = Database::create(13, "cycle_copy");
    restore(&archive, &copy, &[]).expect_code(0);
    run(&["compare", &source.conninfo(), &copy.conninfo()], &[]).expect_code(0);
    // Rows into existing keys: neither table can be first.
    let copy = Database::create(13, "cycle_copy");
    restore(&archive, &copy, &["--schema-only"]).expect_code(0);
    let run = restore(&archive, &copy, &["--data-only", "-j", "1"]).expect_code(3);
    says(&run.stderr, &["TABLE DATA", "23503", "foreign key"]);
}

#[test]
fn data_only_needs_its_tables() {
    let (folder, source) = (Folder::new(), filled(13, "needs", LINKED));
    let archive = folder.dump(&source, "a.pgark", &[]);
    let empty = Database::create(13, "needs_copy");
    let run = restore(&archive, &empty, &["--data-only"]).expect_code(1);
    says(&run.stderr, &["the target has no table", "public.zoo", "hint"]);
    let plan = restore(&archive, &empty, &["--data-only", "--plan"]).expect_code(3);
    says(&plan.stdout, &["missing on the target: table public.zoo"]);
}
