//! What `pgark diff` shows of two archives, in 100 columns: the texts in `screens/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use pgark::archive::{ArchiveId, ArchiveWriter};
use pgark::codec::{Compression, RowSplitter, encode};
use pgark::model::entry::{CopyColumn, Owner, Privilege};
use pgark::model::{Catalog, Entry, Kind, Relation, SequenceState};
use tempfile::TempDir;

use crate::sample::{SharedSink, source};

/// What a database has: entries, rows of tables, positions of sequences.
#[derive(Default)]
struct Database {
    catalog: Catalog,
    rows: Vec<String>,
    sequences: Vec<SequenceState>,
}

impl Database {
    fn entry(&mut self, kind: Kind, identity: &str, create: &str) -> &mut Entry {
        let id = self.catalog.entries.len() as u32 + 1;
        self.catalog.entries.push(Entry {
            id,
            kind,
            schema: Some("public".into()),
            name: identity.rsplit('.').next().unwrap_or(identity).into(),
            identity: identity.into(),
            create: vec![create.into()],
            owner: Some(Owner {
                role: "app".into(),
                statement: format!("ALTER {kind} {identity} OWNER TO app"),
                also: Vec::new(),
            }),
            visible: true,
            ..Entry::default()
        });
        self.catalog.entries.last_mut().unwrap()
    }

    /// A table with a primary key on its first column; definitions are as a dump makes them.
    fn table(&mut self, name: &str, columns: &[(&str, &str)], rows: impl Iterator<Item = String>) {
        let list: Vec<String> = columns
            .iter()
            .map(|(name, kind)| format!("    {name} {kind}"))
            .collect();
        let create = format!("CREATE TABLE public.{name} (\n{}\n)", list.join(",\n"));
        let table = self.entry(Kind::Table, &format!("public.{name}"), &create).id;
        let (key, _) = columns[0];
        let add = format!("ALTER TABLE ONLY public.{name} ADD CONSTRAINT {name}_pkey PRIMARY KEY ({key})");
        self.entry(Kind::Constraint, &format!("public.{name}.{name}_pkey"), &add)
            .parent = Some(table);
        let column = |(name, kind): &(&str, &str)| CopyColumn {
            name: (*name).into(),
            type_name: (*kind).into(),
            ..CopyColumn::default()
        };
        self.catalog.relations.push(Relation {
            id: self.catalog.relations.len() as u32 + 1,
            entry: Some(table),
            schema: "public".into(),
            name: name.into(),
            columns: columns.iter().map(column).collect(),
            ..Relation::default()
        });
        self.rows.push(rows.map(|row| row + "\n").collect());
    }

    fn sequence(&mut self, name: &str, last_value: i64, is_called: bool) {
        let identity = format!("public.{name}");
        let entry = self
            .entry(Kind::Sequence, &identity, &format!("CREATE SEQUENCE {identity}"))
            .id;
        self.sequences.push(SequenceState {
            entry,
            schema: "public".into(),
            name: name.into(),
            last_value,
            is_called,
        });
    }

    fn write(&self, folder: &TempDir, file: &str, id: &[u8; 16]) -> PathBuf {
        let sink = SharedSink::default();
        let mut writer = ArchiveWriter::create_with_id(Box::new(sink.clone()), &source(), ArchiveId(*id)).unwrap();
        writer.catalog(&self.catalog).unwrap();
        for (relation, rows) in self.catalog.relations.iter().zip(&self.rows) {
            let mut splitter = RowSplitter::new(relation.columns.len());
            splitter.push(rows.as_bytes()).unwrap();
            let chunk = encode(&splitter.take(), None, Compression::Zstd(1)).unwrap();
            writer.chunk(relation.id, chunk).unwrap();
            writer.relation_end(relation.id, 1).unwrap();
        }
        writer.sequences(&self.sequences).unwrap();
        writer.finish().unwrap();
        let path = folder.path().join(file);
        std::fs::write(&path, sink.bytes()).unwrap();
        path
    }
}

fn before() -> Database {
    let mut shop = Database::default();
    shop.entry(
        Kind::Type,
        "public.mood",
        "CREATE TYPE public.mood AS ENUM (\n    'sad',\n    'ok'\n)",
    );
    shop.entry(
        Kind::Function,
        "public.total(integer)",
        "CREATE FUNCTION public.total(\"order\" integer) RETURNS numeric\n    LANGUAGE sql\n    \
         AS $$ SELECT sum(price)\n FROM public.items\n WHERE items.\"order\" = total.\"order\" $$",
    );
    let customers = (1..=1200).map(|n| format!("{n}\tcustomer {n}"));
    shop.table("customers", &[("id", "integer NOT NULL"), ("name", "text")], customers);
    shop.catalog.entries[2].privileges.push(Privilege {
        statement: "GRANT SELECT ON TABLE public.customers TO reader".into(),
        grantor: None,
        grantee: Some("reader".into()),
    });
    let orders = (1..=5000).map(|n| format!("{n}\t{}\topen", n % 1200 + 1));
    let columns = [("id", "bigint NOT NULL"), ("customer", "integer"), ("state", "text")];
    shop.table("orders", &columns, orders);
    shop.table(
        "legacy_import",
        &[("id", "integer NOT NULL")],
        (1..=3).map(|n| n.to_string()),
    );
    shop.table(
        "countries",
        &[("code", "text NOT NULL")],
        ["ch", "de"].map(str::to_owned).into_iter(),
    );
    shop.entry(
        Kind::View,
        "public.open_orders",
        "CREATE VIEW public.open_orders AS\n SELECT id FROM public.orders",
    );
    shop.sequence("orders_id_seq", 5000, true);
    shop
}

/// After a migration that went wrong.
fn after() -> Database {
    let mut shop = Database::default();
    shop.entry(
        Kind::Type,
        "public.mood",
        "CREATE TYPE public.mood AS ENUM (\n    'sad',\n    'ok',\n    'great'\n)",
    );
    shop.entry(
        Kind::Function,
        "public.total(integer)",
        "CREATE FUNCTION public.total(\"order\" integer) RETURNS numeric\n    LANGUAGE sql STABLE\n    \
         AS $$ SELECT sum(price * amount) FILTER (WHERE NOT cancelled) - coalesce(sum(discount), 0) + \
         coalesce(sum(shipping), 0)\n FROM public.items\n WHERE items.\"order\" = total.\"order\" $$",
    );
    let customers = (1..=1200).map(|n| format!("{n}\tcustomer {n}"));
    shop.table("customers", &[("id", "integer NOT NULL"), ("name", "text")], customers);
    let owner = shop.catalog.entries[2].owner.as_mut().unwrap();
    owner.role = "New Owner".into();
    shop.catalog.entries[2]
        .comments
        .push("COMMENT ON TABLE public.customers IS 'all of them'".into());
    let orders = (1..=5003).filter(|n| !(2000..2040).contains(n)).map(|n| match n {
        7 | 4999 => format!("{n}\t\\N\tlost\\ttab"),
        _ => format!("{n}\t{}\topen", n % 1200 + 1),
    });
    let columns = [("id", "bigint NOT NULL"), ("customer", "integer"), ("state", "text")];
    shop.table("orders", &columns, orders);
    let refunds = (1..=12).map(|n| format!("{n}\t\\N\t9.99"));
    let columns = [
        ("id", "integer NOT NULL"),
        ("reason", "text"),
        ("amount", "numeric(10,2)"),
    ];
    shop.table("refunds_of_cancelled_subscriptions_and_more", &columns, refunds);
    let countries = ["ch\tBern", "de\t\\N"].map(str::to_owned).into_iter();
    shop.table(
        "countries",
        &[("code", "text NOT NULL"), ("capital", "text")],
        countries,
    );
    shop.entry(
        Kind::View,
        "public.evil\u{1b}[31m",
        "CREATE VIEW \u{1b}]0;x\u{7} AS SELECT 1",
    );
    shop.sequence("orders_id_seq", 5003, true);
    shop.sequence("refunds_id_seq", 1, false);
    shop
}

struct Archives {
    folder: TempDir,
    before: PathBuf,
    after: PathBuf,
}

fn archives() -> Archives {
    let folder = tempfile::tempdir().unwrap();
    Archives {
        before: before().write(&folder, "before.pgark", b"what was before!"),
        after: after().write(&folder, "after.pgark", b"what is after it"),
        folder,
    }
}

/// Exit code and screen; the folder of the archives is left out.
fn screen(archives: &Archives, a: &Path, b: &Path, args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_pgark"))
        .current_dir(&archives.folder)
        .env_remove("PGARK_REPO")
        .arg("diff")
        .args([a.file_name().unwrap(), b.file_name().unwrap()])
        .args(args)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[track_caller]
fn assert_screen(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/offline/screens")
        .join(name);
    if std::env::var_os("PGARK_BLESS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    for line in found.lines() {
        assert!(line.chars().count() <= 100, "longer than 100 columns: {line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(found == expected, "{name}:\n{found}");
}

#[test]
fn a_diff_shows_objects_rows_and_sequences() {
    let archives = archives();
    let (code, text) = screen(&archives, &archives.before, &archives.after, &[]);
    assert_eq!(code, 3);
    assert_screen("diff.txt", &text);
    let (_, text) = screen(
        &archives,
        &archives.before,
        &archives.after,
        &["--sql", "--schema-only"],
    );
    assert_screen("diff_sql.txt", &text);
    let (_, text) = screen(&archives, &archives.before, &archives.after, &["--summary"]);
    assert_screen("diff_summary.txt", &text);
    let (code, text) = screen(&archives, &archives.after, &archives.after, &[]);
    assert_eq!(code, 0);
    assert_screen("diff_equal.txt", &text);
}

#[test]
fn a_diff_lists_the_keys_of_rows() {
    let archives = archives();
    let rows = |args: &[&str]| screen(&archives, &archives.before, &archives.after, args);
    let (code, text) = rows(&["--rows", "orders", "--limit", "5"]);
    assert_eq!(code, 3);
    assert_screen("diff_rows.txt", &text);
    // The columns that both sides have are equal.
    let (code, text) = rows(&["--rows", "public.countries"]);
    assert_eq!(code, 0);
    assert_screen("diff_rows_other_columns.txt", &text);
}

#[test]
fn a_diff_as_json_has_everything() {
    let archives = archives();
    let (code, text) = screen(&archives, &archives.before, &archives.after, &["--json"]);
    assert_eq!(code, 3);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&document["schema_version"], &document["equal"]),
        (&1.into(), &false.into())
    );
    let of = |list: &str| document[list].as_array().unwrap().len();
    assert_eq!((of("added"), of("removed"), of("tables")), (4, 3, 5));
    let orders = document["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["relation"] == "public.orders");
    let orders = orders.unwrap();
    assert_eq!(
        (&orders["a"]["rows"], &orders["b"]["rows"]),
        (&5000.into(), &4963.into())
    );
    assert_eq!(orders["changed"], true);
    let (_, text) = screen(
        &archives,
        &archives.before,
        &archives.after,
        &["--json", "--rows", "orders", "--limit", "0"],
    );
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let counts = serde_json::json!({ "only_in_a": 40, "only_in_b": 3, "changed": 2, "equal": 4958 });
    assert_eq!(document["counts"], counts);
    assert_eq!(document["only_in_a"].as_array().unwrap().len(), 0);
}
