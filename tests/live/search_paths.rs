//! Functions that name other objects without their schemas: what calls them is restored with the `search_path` that
//! the source had, and said.

use pgark::version::Version;

use crate::kit::{self, Folder, filled, json, restore, says, value};
use crate::pipe::restore_bytes;
use crate::support::Database;
use crate::support::program::pgark;

/// A column, a check and a domain that call such functions; `app` is in the path of the database.
const SCRIPT: &str = r#"
create schema app;
create function app.part(v text) returns text language sql immutable as $$ select translate(v, 'äöü', 'aou') $$;
create function app.slug(v text) returns text language plpgsql immutable strict
  as $$ begin return trim(both '-' from regexp_replace(lower(part(v)), '[^a-z0-9]+', '-', 'gi')); end $$;
create function public.enc(b bytea) returns text language sql immutable strict as $$ select encode(b, 'hex') $$;
create function public.enc(u uuid) returns text language sql immutable strict
  as $$ select enc(decode(replace(u::text, '-', ''), 'hex')) $$;
create function app.is_known(c text) returns boolean language plpgsql immutable
  as $$ begin return part(c) in ('a', 'b'); end $$;
create domain app.code as text check (app.is_known(value));
create table public.items (id int primary key, name text, slug text generated always as (app.slug(name)) stored);
create table public.things (id uuid primary key default gen_random_uuid(), short text generated always as (enc(id)) stored);
create table public.uses (id int, c app.code, check (app.is_known(c)));
create view public.slugs as select id, app.slug(name) as slug from public.items;
"#;

const ROWS: &str = "
insert into public.items (id, name) select g, 'Größe Nr. ' || g from generate_series(1, 2000) g;
insert into public.things select from generate_series(1, 30000);
insert into public.uses values (1, 'a'), (2, 'b');
";

/// Before 17 they are built with the path of the session; later servers know one path alone, here and at the source.
const BUILT: &str = "
create index on public.items (app.slug(name));
create index on public.things (public.enc(id));
create materialized view public.summary as select app.slug(name) as slug from public.items where id < 10;
create unique index on public.summary (slug);
";

/// With the path in the database's settings, and the archive's rows as they must come back.
fn source(major: u32, what: &str) -> Database {
    let database = filled(major, what, SCRIPT);
    let alter = format!("ALTER DATABASE \"{}\" SET search_path = app, public", database.name());
    database.session().execute(&alter);
    let mut session = database.session();
    session.execute("RESET search_path");
    session.execute(ROWS);
    if major < 17 {
        session.execute(BUILT);
    }
    database
}

fn is_equal(a: &Database, b: &Database) {
    pgark(["compare", &a.conninfo(), &b.conninfo()]).expect_code(0);
    let slugs = "select string_agg(slug, ',' order by id) from public.items";
    assert_eq!(value(a, slugs), value(b, slugs));
}

#[test]
fn what_a_function_does_not_find_is_looked_for_where_the_source_had_it() {
    for major in Version::MAJORS {
        let (source, folder) = (source(major, "paths"), Folder::new());
        let archive = folder.dump(&source, "a.pgark", &[]);
        let target = Database::create(major, "paths_copy");
        let run = restore(&archive, &target, &["-j", "2", "--json"]).expect_code(0);
        says(
            &run.stderr,
            &["a function needs a search_path", "app, public was used for"],
        );
        let report = json(&run);
        let used = report["search_paths"].as_array().expect("list");
        assert!(used.iter().all(|used| used["search_path"] == "app, public"), "{report}");
        let used: Vec<&str> = used.iter().filter_map(|used| used["what"].as_str()).collect();
        let rows = ["rows of public.items", "rows of public.things", "rows of public.uses"];
        let built = [
            "INDEX public.items_slug_idx",
            "INDEX public.things_enc_idx",
            "MATERIALIZED VIEW DATA public.summary",
        ];
        let expected = built.iter().filter(|_| major < 17).chain(&rows);
        assert!(
            expected.into_iter().all(|what| used.contains(what)),
            "{major}: {used:?}"
        );
        is_equal(&source, &target);
        // From a pipe, and by one session.
        let piped = Database::create(major, "paths_piped");
        let bytes = std::fs::read(&archive).expect("archive");
        let output = restore_bytes(&bytes, &piped.conninfo());
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        is_equal(&source, &piped);
    }
}

#[test]
fn a_path_that_is_given_is_used_for_all() {
    let (source, folder) = (source(16, "given_path"), Folder::new());
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(16, "given_path_copy");
    let wrong = restore(&archive, &target, &["--search-path", "app,,public"]).expect_code(1);
    says(&wrong.stderr, &["--search-path"]);
    assert_eq!(kit::present(&target), "");
    let run = restore(&archive, &target, &["--search-path", "app, public"]).expect_code(0);
    assert!(!run.stderr.contains("note:"), "{}", run.stderr);
    is_equal(&source, &target);
}

#[test]
fn snapshots_of_such_databases_are_proven_and_rolled_back_to() {
    for major in [13, 16, 18] {
        let (source, folder) = (source(major, "paths_back"), Folder::new());
        let before = value(&source, "select string_agg(slug, ',' order by id) from public.items");
        let (repo, to) = (folder.file("repo"), source.conninfo());
        pgark(["snapshot", "create", &to, "--repo", &repo, "--label", "good"]).expect_code(0);
        let server = source.server().conninfo("postgres");
        let drilled = pgark(["drill", "--repo", &repo, "-d", &server, "--json"]).expect_code(0);
        says(
            &json(&drilled)["notes"].to_string(),
            &["a function needs a search_path"],
        );
        for method in ["swap", "transaction"] {
            source
                .session()
                .execute("delete from public.items where id > 5; drop table public.uses");
            let to = source.conninfo();
            pgark([
                "rollback", "good", "-d", &to, "--repo", &repo, "--yes", "--method", method,
            ])
            .expect_code(0);
            let after = value(&source, "select string_agg(slug, ',' order by id) from public.items");
            assert!(before == after, "{method} on {major}");
        }
    }
}

#[test]
fn what_no_path_mends_is_mended_by_hand_and_resumed() {
    let script = "create schema hidden;
        create function hidden.part(v text) returns text language sql immutable as $$ select lower(v) $$;
        create function public.slug(v text) returns text language plpgsql immutable
          as $$ begin return part(v); end $$;
        create table public.items (id int primary key, name text, slug text generated always as (public.slug(name)) stored)";
    let (source, folder) = (filled(18, "mended", script), Folder::new());
    let mut session = source.session();
    session.execute("set search_path = hidden");
    session.execute("insert into public.items (id, name) select g, 'N' || g from generate_series(1, 100) g");
    let archive = folder.dump(&source, "a.pgark", &[]);
    let target = Database::create(18, "mended_copy");
    let run = restore(&archive, &target, &[]).expect_code(3);
    says(&run.stderr, &["public.items", "--search-path", "--resume"]);
    target
        .session()
        .execute("alter function public.slug(text) set search_path = hidden");
    restore(&archive, &target, &["--resume"]).expect_code(0);
    let rows = "select count(*) || ' ' || max(slug) from public.items";
    assert_eq!(value(&target, rows), "100 n99");
    assert_eq!(
        value(
            &target,
            "select count(*) from pg_constraint where conname = 'items_pkey'"
        ),
        "1"
    );
    assert_eq!(
        value(&target, "select count(*) from pg_namespace where nspname ~ '^pgark_'"),
        "0"
    );
    // The path that nobody has set, said outright, by a run that goes on.
    let target = Database::create(18, "said_copy");
    restore(&archive, &target, &[]).expect_code(3);
    restore(&archive, &target, &["--resume", "--search-path", "hidden"]).expect_code(0);
    pgark(["compare", &source.conninfo(), &target.conninfo()]).expect_code(0);
}
