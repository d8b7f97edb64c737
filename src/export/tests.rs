//! Whole exports of small archives.

use std::path::Path;

use super::*;
use crate::archive::{ArchiveWriter, PartialFile};
use crate::codec::{Compression, RowSplitter, encode};
use crate::job::Job;
use crate::model::{Kind, Source};
use crate::select::pattern::{PatternError, RelationPattern};

/// A table as columns and chunks of COPY text.
struct Table {
    name: &'static str,
    columns: Vec<CopyColumn>,
    chunks: Vec<String>,
}

fn column(name: &str, type_oid: u32) -> CopyColumn {
    CopyColumn {
        name: name.to_owned(),
        type_oid,
        ..CopyColumn::default()
    }
}

/// An archive of partitions of `s.t`.
fn archive(folder: &Path, encoding: &str, tables: &[Table]) -> Archive {
    let mut catalog = Catalog::default();
    let entry = |id, kind: Kind, name: &str, depends_on: Vec<u32>, parent| Entry {
        id,
        kind,
        section: kind.section(),
        schema: Some("s".to_owned()),
        name: name.to_owned(),
        identity: format!("s.{name}"),
        create: vec![format!("CREATE {kind} s.{name}")],
        depends_on,
        parent,
        ..Entry::default()
    };
    catalog.entries.push(entry(1, Kind::Table, "t", vec![], None));
    for (table, number) in tables.iter().zip(1..) {
        let id = 2 * number;
        catalog.entries.push(entry(id, Kind::Table, table.name, vec![], None));
        catalog
            .entries
            .push(entry(id + 1, Kind::TableAttach, table.name, vec![1, id], Some(id)));
        catalog.relations.push(Relation {
            id: number,
            entry: Some(id),
            schema: "s".to_owned(),
            name: table.name.to_owned(),
            columns: table.columns.clone(),
            ..Relation::default()
        });
    }
    let path = folder.join("a.pgark");
    let file = PartialFile::create(&path, true).unwrap();
    let source = Source {
        encoding: encoding.to_owned(),
        ..Source::default()
    };
    let mut writer = ArchiveWriter::create(file.sink().unwrap(), &source).unwrap();
    writer.catalog(&catalog).unwrap();
    for (table, relation) in tables.iter().zip(1..) {
        for chunk in &table.chunks {
            let mut splitter = RowSplitter::new(table.columns.iter().filter(|c| !c.generated).count());
            splitter.push(chunk.as_bytes()).unwrap();
            writer
                .chunk(relation, encode(&splitter.take(), None, Compression::Zstd(1)).unwrap())
                .unwrap();
        }
        writer.relation_end(relation, 1).unwrap();
    }
    writer.finish().unwrap();
    file.commit(true).unwrap();
    Archive::open(&path).unwrap()
}

/// Two partitions, whose columns are in other orders.
fn partitions() -> Vec<Table> {
    let computed = CopyColumn {
        generated: true,
        ..column("twice", 23)
    };
    vec![
        Table {
            name: "one",
            columns: vec![column("id", 23), column("text", 25), computed],
            chunks: vec!["1\tit's \\\\\n2\t\\N\n".to_owned(), "3\t\n".to_owned()],
        },
        Table {
            name: "two",
            columns: vec![column("text", 25), column("id", 23)],
            chunks: vec!["a\\nb\t4\n".to_owned()],
        },
    ]
}

fn options(format: Format) -> ExportOptions {
    ExportOptions {
        format,
        columns: None,
        header: true,
        with_definition: false,
        jobs: 3,
    }
}

fn exported(archive: &Archive, options: &ExportOptions) -> Result<(String, Exported), ExportError> {
    let table = OneTable::choose(archive.catalog(), &RelationPattern::parse("t", "").unwrap())?;
    let mut out = Vec::new();
    let done = run(archive, &table, options, &mut out, &Job::new())?;
    assert_eq!(done.bytes, out.len() as u64);
    Ok((String::from_utf8(out).unwrap(), done))
}

#[test]
fn partitions_become_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path(), "UTF8", &partitions());
    let (csv, done) = exported(&archive, &options(Format::Csv)).unwrap();
    assert_eq!(csv, "id,text\n1,it's \\\n2,\n3,\"\"\n4,\"a\nb\"\n");
    assert_eq!((done.rows, done.columns.join(" ").as_str()), (4, "id text"));
    let (json, _) = exported(&archive, &options(Format::JsonLines)).unwrap();
    assert!(
        json.ends_with("{\"id\":3,\"text\":\"\"}\n{\"id\":4,\"text\":\"a\\nb\"}\n"),
        "{json}"
    );
    let some = ExportOptions {
        columns: Some(vec!["text".into(), "id".into()]),
        header: false,
        ..options(Format::Csv)
    };
    assert_eq!(
        exported(&archive, &some).unwrap().0,
        "it's \\,1\n,2\n\"\",3\n\"a\nb\",4\n"
    );
    let (sql, _) = exported(&archive, &options(Format::Sql)).unwrap();
    assert!(
        sql.starts_with("BEGIN;\nSET LOCAL client_encoding = 'UTF8';\n"),
        "{sql}"
    );
    let rows = "INSERT INTO s.t (id, text) OVERRIDING SYSTEM VALUE VALUES\n  (1, 'it''s \\'),\n  (2, NULL);\n";
    assert!(
        sql.contains(rows) && sql.ends_with("  (4, 'a\nb');\nCOMMIT;\n"),
        "{sql}"
    );
}

#[test]
fn definitions_stand_around_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path(), "UTF8", &partitions());
    let whole = ExportOptions {
        with_definition: true,
        ..options(Format::Sql)
    };
    let (sql, _) = exported(&archive, &whole).unwrap();
    let places: Vec<_> = [
        "CREATE TABLE s.t;",
        "CREATE TABLE s.one;",
        "CREATE TABLE ATTACH s.two;",
        "INSERT",
    ]
    .map(|text| sql.find(text))
    .into();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?} in {sql}");
}

#[test]
fn columns_that_cannot_be_had_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path(), "UTF8", &partitions());
    let with = |names: &[&str]| {
        let columns = Some(names.iter().map(|name| (*name).to_owned()).collect());
        let options = ExportOptions {
            columns,
            ..options(Format::Csv)
        };
        exported(&archive, &options).unwrap_err().to_string()
    };
    assert_eq!(with(&["none"]), "s.t has no column `none`; it has id, text");
    assert!(with(&["twice"]).contains("is generated"));
    assert!(with(&["id", "id"]).contains("named twice"));
}

#[test]
fn names_and_rows_are_in_one_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let tables = |name: &str| {
        vec![Table {
            name: "one",
            columns: vec![column(name, 25)],
            chunks: vec!["x\n".to_owned()],
        }]
    };
    let latin = archive(folder.path(), "LATIN1", &tables("plain"));
    assert!(exported(&latin, &options(Format::Sql)).unwrap().0.contains("'LATIN1'"));
    assert!(matches!(
        exported(&latin, &options(Format::JsonLines)),
        Err(ExportError::NotUtf8 { .. })
    ));
    let named = archive(folder.path(), "EUC_JP", &tables("日"));
    let bare = ExportOptions {
        header: false,
        ..options(Format::Csv)
    };
    assert!(matches!(
        exported(&named, &options(Format::Csv)),
        Err(ExportError::Encoding { .. })
    ));
    assert_eq!(exported(&named, &bare).unwrap().0, "x\n");
}

#[test]
fn damage_and_interrupts_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let good = archive(folder.path(), "UTF8", &partitions());
    let chunk = good.manifest().relation(1).unwrap().chunks[1].clone();
    let path = folder.path().join("damaged.pgark");
    let mut bytes = std::fs::read(folder.path().join("a.pgark")).unwrap();
    bytes[chunk.offset as usize + crate::format::record::RECORD_HEADER_BYTES + 8] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let damaged = Archive::open(&path).unwrap();
    let error = exported(&damaged, &options(Format::Csv)).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot export s.one: ") && error.contains("(chunk 1 of relation 1)"),
        "{error}"
    );
    let table = OneTable::choose(good.catalog(), &RelationPattern::parse("s.t", "").unwrap()).unwrap();
    let job = Job::new();
    job.stop();
    let stopped = run(&good, &table, &options(Format::Csv), &mut Vec::new(), &job);
    assert!(matches!(stopped, Err(ExportError::Interrupted)));
    let several = OneTable::choose(good.catalog(), &RelationPattern::parse("*", "").unwrap());
    assert!(matches!(several, Err(PatternError::Several { .. })));
}

#[test]
fn a_row_larger_than_a_piece_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let huge = "x".repeat(3 << 20);
    let tables = vec![Table {
        name: "one",
        columns: vec![column("id", 23), column("text", 25)],
        chunks: vec![format!("1\ta\n2\t{huge}\n3\tb\n") + &"4\tc\n".repeat(3000)],
    }];
    let archive = archive(folder.path(), "UTF8", &tables);
    let (csv, done) = exported(&archive, &options(Format::Csv)).unwrap();
    assert_eq!(done.rows, 3003);
    assert!(csv == format!("id,text\n1,a\n2,{huge}\n3,b\n") + &"4,c\n".repeat(3000));
}
