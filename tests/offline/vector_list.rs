//! What `format-spec/vectors` holds: every record kind, every encoding and every class of damage, each as small as it can be.

use std::collections::HashMap;

use pgark::archive::ArchiveId;
use pgark::codec::{self, Compression};
use pgark::format::record::RECORD_HEADER_BYTES;
use pgark::format::{Header, RecordHeader, RecordKind, RelationEnd, Scan, ScanItem};
use pgark::model::entry::{CopyColumn, Drop, Missing, NotCovered, Owner, Privilege, Reference, Requirement};
use pgark::model::kind::{Pass, Section};
use pgark::model::mentions::{RoleMention, StatementList};
use pgark::model::needs_version::{Limit, On, Otherwise};
use pgark::model::{Catalog, Entry, Kind, Relation, Source};
use pgark::version::Version;
use serde::Serialize;

use crate::forged::{Records, forge, forge_from, position, set, value};
use crate::sample::{self, Table};

pub struct Vector {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

pub fn vectors() -> Vec<Vector> {
    let mut all = good();
    all.extend(broken());
    all.extend(lying());
    all.extend(lying_columns());
    all.into_iter().map(|(name, bytes)| Vector { name, bytes }).collect()
}

fn text_table(columns: usize, chunks: &[&str]) -> Table {
    Table {
        columns,
        chunks: chunks.iter().map(|c| c.as_bytes().to_vec()).collect(),
    }
}

fn small_tables() -> [Table; 5] {
    [
        text_table(3, &["1\talpha\t\\N\n2\t\tx\\ty\\\\z\n", "3\tü€𝄞\t\\\\x00ff\n"]),
        text_table(0, &["\n\n\n"]),
        text_table(1, &["\n\\N\n\\\\.\n"]),
        text_table(2, &[]),
        text_table(2, &[&"1000\tthe same words again and again\n".repeat(40)]),
    ]
}

fn in_zstd(tables: &[Table]) -> Vec<u8> {
    sample::write(tables, Compression::Zstd(1), 1 << 30).0
}

type Named = Vec<(&'static str, Vec<u8>)>;

fn good() -> Named {
    let (plain, _) = sample::write(&small_tables(), Compression::None, 1);
    let columnless = Table {
        columns: 0,
        chunks: vec![sample::binary(&[vec![], vec![]])],
    };
    vec![
        ("001-no-relations", in_zstd(&[])),
        ("002-zstd", in_zstd(&small_tables())),
        ("003-plain-with-pages-and-checkpoints", plain),
        ("008-binary", in_zstd(&[binary_table()])),
        ("009-binary-numbers", in_zstd(&[number_table(), columnless])),
        ("010-rows-of-many-lengths", in_zstd(&[row_lengths()])),
        ("011-rich-catalog", rich()),
        ("012-text-without-encoding", without_encoding()),
        ("013-unknown-and-absent-keys", other_keys()),
    ]
}

/// A column for each encoding of binary chunks, and rows of NULLs.
pub fn binary_table() -> Table {
    let mut numbers = sample::Numbers(3);
    let row = |n: u64| -> Vec<Option<Vec<u8>>> {
        let random = numbers.next();
        let price = match n {
            100 => numeric(&[], 0, 0xc000, 0),
            _ => numeric(
                &[1 + n as u16 * 37 % 9000, 500 + 100 * (n as u16 % 90)],
                0,
                if n.is_multiple_of(3) { 0x4000 } else { 0 },
                2,
            ),
        };
        let cities = ["Aachen", "Brugge", "Córdoba", "Delft", "Évora"];
        let mut words = String::new();
        for word in 0..3 + random % 5 {
            words += ["carefully ", "final ", "deposits ", "sleep ", "quickly "][(random >> (8 * word)) as usize % 5];
        }
        let noise: Vec<u8> = (0..5 + random % 9).map(|i| (random >> i) as u8 & 0x1f).collect();
        let uuid = [random.to_be_bytes(), numbers.next().to_be_bytes()].concat();
        vec![
            Some((n as i32 * 3 + 7).to_be_bytes().to_vec()),
            Some(price),
            Some(cities[random as usize % 5].into()),
            Some(format!("Customer#{:09}", random % 1_000_000).into_bytes()),
            Some((random as i32 as f64 / 100.0).to_be_bytes().to_vec()),
            Some(words.into_bytes()),
            Some([&uuid[..4], &[0; 8], &uuid[12..]].concat()),
            Some(b"the same".to_vec()),
            n.is_multiple_of(4).then(|| (random as i16).to_be_bytes().to_vec()),
            Some(noise),
            None,
        ]
    };
    let rows: Vec<_> = (0..256).map(row).collect();
    // So few rows are left as they are.
    let few = [vec![Some(b"\\N".to_vec()); 11], vec![None; 11]];
    Table {
        columns: 11,
        chunks: vec![sample::binary(&rows), sample::binary(&few)],
    }
}

/// PostgreSQL's binary form of a numeric.
fn numeric(digits: &[u16], weight: i16, sign: u16, scale: u16) -> Vec<u8> {
    let head = [digits.len() as u16, weight as u16, sign, scale];
    let words = head.iter().chain(digits);
    words.flat_map(|word| word.to_be_bytes()).collect()
}

/// Numbers in every form: differences, divisors, wide and narrow, scales of their own, others beside them.
pub fn number_table() -> Table {
    let mut numbers = sample::Numbers(5);
    let row = |n: u64| {
        let random = numbers.next();
        let decimal = match n % 3 {
            0 => numeric(&[1 + (random % 9000) as u16, 1 + (random >> 30) as u16 % 9999], 1, 0, 0),
            1 => numeric(&[7, 1000 * (1 + (random % 9) as u16)], 0, 0x4000, 1),
            _ => numeric(
                &[1 + (random % 9000) as u16, 1 + (random >> 20) as u16 % 9999],
                -1,
                0,
                8,
            ),
        };
        let float = match n {
            9 => f32::NAN,
            _ => (random as i16) as f32 / 10.0,
        };
        vec![
            // Differences with a divisor and a jump backwards.
            Some(
                (n as i64 * 4000 + (random % 2) as i64 * 1000 - 9_000_000_000)
                    .to_be_bytes()
                    .to_vec(),
            ),
            Some((random as i64).to_be_bytes().to_vec()),
            Some(decimal),
            Some(float.to_be_bytes().to_vec()),
            Some(vec![(random % 3) as u8]),
            // More entries than one byte counts.
            Some(format!("word number {}", (random % 300) * 7).into_bytes()),
            (!n.is_multiple_of(5)).then(|| format!("{:07}-{:03}", n * 31 % 9_999_999, random % 1000).into_bytes()),
        ]
    };
    let rows: Vec<_> = (0..800).map(row).collect();
    Table {
        columns: 7,
        chunks: vec![sample::binary(&rows)],
    }
}

/// A row of every length at which XXH3 changes its way.
fn row_lengths() -> Table {
    let lengths = [
        0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 64, 65, 96, 97, 128, 129, 160, 192, 239, 240, 241, 256, 257, 511, 512,
        513, 1023, 1024, 1025, 1088, 1089, 2049,
    ];
    let mut text = String::new();
    for length in lengths {
        text.extend(
            (0..length)
                .map(|i| char::from(b'!' + ((i * 7 + length) % 90) as u8))
                .map(|c| match c {
                    '\\' => '~',
                    other => other,
                }),
        );
        text.push('\n');
    }
    text_table(1, &[&text])
}

/// A catalog with something in every field.
fn rich() -> Vec<u8> {
    let some = |text: &str| Some(text.to_owned());
    let role = Entry {
        id: 1,
        kind: Kind::Role,
        name: "Ann".into(),
        identity: "\"Ann\"".into(),
        create: vec![
            "CREATE ROLE \"Ann\"".into(),
            "ALTER ROLE \"Ann\" PASSWORD 'canary'".into(),
        ],
        comments: vec!["COMMENT ON ROLE \"Ann\" IS 'all of it'".into()],
        secret: true,
        roles: vec![RoleMention {
            list: StatementList::Create,
            statement: 0,
            offset: 12,
            length: 5,
        }],
        ..Entry::default()
    };
    let schema = Entry {
        id: 1,
        kind: Kind::Schema,
        name: "s".into(),
        identity: "s".into(),
        create: vec!["CREATE SCHEMA s".into()],
        drop: Some(Drop {
            statement: "DROP SCHEMA s".into(),
            if_exists: "DROP SCHEMA IF EXISTS s".into(),
        }),
        ..Entry::default()
    };
    let table = Entry {
        id: 2,
        kind: Kind::Table,
        schema: some("s"),
        name: "t\n\"x".into(),
        identity: "s.\"t\n\"\"x\"".into(),
        create: vec![
            "CREATE TABLE s.\"t\n\"\"x\" (a int)".into(),
            "ALTER TABLE s.\"t\n\"\"x\" SET (x = 1)".into(),
        ],
        owner: Some(Owner {
            role: "Ann".into(),
            statement: "ALTER TABLE s.\"t\n\"\"x\" OWNER TO \"Ann\"".into(),
            also: vec!["SELECT 1".into()],
        }),
        privileges: vec![Privilege {
            statement: "GRANT SELECT ON s.\"t\n\"\"x\" TO PUBLIC".into(),
            grantor: some("Ann"),
            grantee: None,
        }],
        security_labels: vec!["SECURITY LABEL ON TABLE s.\"t\n\"\"x\" IS 'secret'".into()],
        depends_on: vec![1],
        requires: vec![
            Requirement::Role("Ann".into()),
            Requirement::Extension("hstore".into()),
            Requirement::Tablespace("fast".into()),
        ],
        visible: true,
        extras: vec![1],
        limits: vec![
            Limit::since(
                Version(140_000),
                On::Create(1),
                "something new",
                Otherwise::Use(vec!["SELECT 2".into()]),
            ),
            Limit::until(Version(170_000), On::Entry, "", Otherwise::Refuse),
            Limit::since(Version(150_000), On::Privilege(0), "grant", Otherwise::LeaveOut),
        ],
        ..Entry::default()
    };
    let objects = Entry {
        id: 3,
        kind: Kind::LargeObjects,
        name: "16400".into(),
        identity: "16400".into(),
        create: vec!["SELECT lo_create(16400), lo_create(16401)".into()],
        large_objects: vec![16400, 16401],
        ..Entry::default()
    };
    let key = Entry {
        id: 4,
        kind: Kind::ForeignKey,
        section: Section::PostData,
        pass: Pass::Last,
        schema: some("s"),
        name: "k".into(),
        identity: "s.t.k".into(),
        create: vec!["SELECT 3".into()],
        depends_on: vec![1, 2],
        parent: Some(2),
        absent: vec![Reference {
            kind: Kind::Table,
            schema: some("s"),
            name: "other".into(),
        }],
        ..Entry::default()
    };
    let column = |name: &str, type_name: &str, type_oid| CopyColumn {
        name: name.into(),
        type_name: type_name.into(),
        type_oid,
        ..CopyColumn::default()
    };
    let first = Relation {
        id: 1,
        entry: Some(2),
        schema: "s".into(),
        name: "t\n\"x".into(),
        columns: vec![
            CopyColumn {
                not_null: true,
                collation: some("pg_catalog.\"C\""),
                ..column("a", "text", 25)
            },
            CopyColumn {
                generated: true,
                ..column("doubled", "text", 25)
            },
        ],
        load_via_root: Some(("s".into(), "root".into())),
        filter: some("WHERE a > ''"),
        pages: 7,
        references: vec![1, 2],
        oid: 16384,
        foreign_server: some("far"),
        ..Relation::default()
    };
    let left_out = Relation {
        id: 2,
        schema: "s".into(),
        name: "left_out".into(),
        columns: vec![column("a", "integer", 23)],
        data_excluded: true,
        ..Relation::default()
    };
    let pieces = Relation {
        id: 3,
        schema: "pg_catalog".into(),
        name: "pg_largeobject".into(),
        columns: vec![
            column("loid", "oid", 26),
            column("position", "bigint", 20),
            column("data", "bytea", 17),
        ],
        large_objects: true,
        ..Relation::default()
    };
    let computed = Relation {
        id: 4,
        schema: "s".into(),
        name: "computed".into(),
        columns: vec![
            column("a", "text", 25),
            CopyColumn {
                generated: true,
                ..column("stored", "text", 25)
            },
            CopyColumn {
                generated: true,
                is_virtual: true,
                ..column("virtual", "text", 25)
            },
        ],
        ..Relation::default()
    };
    let catalog = Catalog {
        globals: vec![role],
        bootstrap_superuser: some("postgres"),
        entries: vec![schema, table, objects, key],
        relations: vec![first, left_out, pieces, computed],
        not_covered: vec![NotCovered {
            kind: "GALAXY".into(),
            names: vec!["andromeda".into()],
        }],
        partial: vec![Missing {
            kind: "TABLE".into(),
            name: "s.left_out".into(),
            what: "rows".into(),
            reason: "permission denied".into(),
        }],
        warnings: vec!["a loop was broken".into()],
    };
    let source = Source {
        locale_provider: "icu".into(),
        lc_collate: "C".into(),
        lc_ctype: "C".into(),
        locale: some("und"),
        icu_rules: some("&a < b"),
        purpose: some("test"),
        system_identifier: Some(u64::MAX),
        ..sample::source()
    };
    let tables = [
        text_table(1, &["x\n"]),
        text_table(1, &[]),
        text_table(3, &["16400\t0\t\\\\x6f6e65\n16401\t4096\t\\\\x00\n"]),
        text_table(1, &["x\n"]),
    ];
    sample::write_as(sample::id(), &source, &catalog, &tables, Compression::Zstd(1), 1 << 30).0
}

/// Bytes that are no UTF-8, in rows and (as code points of their own) in names.
fn without_encoding() -> Vec<u8> {
    let table = Table {
        columns: 1,
        chunks: vec![b"caf\xe9\n\xc3\xa9\xf0\x28\n".to_vec()],
    };
    let mut catalog = sample::catalog(std::slice::from_ref(&table));
    catalog.relations[0].name = "caf\u{10ffe9}".into();
    let source = Source {
        encoding: "SQL_ASCII".into(),
        ..sample::source()
    };
    sample::write_as(sample::id(), &source, &catalog, &[table], Compression::None, 1 << 30).0
}

/// What a newer version, and a much older one, would write.
fn other_keys() -> Vec<u8> {
    #[derive(Serialize)]
    struct Newer {
        database: &'static str,
        invented: HashMap<&'static str, (f64, Vec<Option<bool>>)>,
        /// As deep as it may be.
        deep: ciborium::Value,
    }
    let deep = (0..31).fold(ciborium::Value::Null, |inner, _| ciborium::Value::Array(vec![inner]));
    let newer = Newer {
        database: "x",
        invented: HashMap::from([("k", (1.5, vec![None, Some(true)]))]),
        deep,
    };
    forge(|records| set(&mut records[0], &newer), |_| ())
}

/// Files that something has happened to.
fn broken() -> Named {
    let whole = in_zstd(&small_tables());
    let empty = in_zstd(&[]);
    let records = records_of(&whole);
    let at = |kind, nth: usize| {
        let (offset, header) = records
            .iter()
            .filter(|(_, header)| header.kind == kind)
            .nth(nth)
            .unwrap();
        (
            *offset,
            *offset + RECORD_HEADER_BYTES,
            *offset + header.record_bytes() as usize,
        )
    };
    let (chunk, chunk_payload, chunk_end) = at(RecordKind::Chunk, 1);
    let (catalog, catalog_payload, _) = at(RecordKind::Catalog, 0);
    let (manifest, manifest_payload, trailer) = at(RecordKind::Manifest, 0);
    let cut = |length: usize| whole[..length].to_vec();
    let flipped = |byte: usize| {
        let mut bytes = whole.clone();
        bytes[byte] ^= 0x20;
        bytes
    };
    let header = |change: fn(&mut Header), then: fn(&mut [u8])| {
        let mut header = Header::new(sample::id());
        change(&mut header);
        let mut head = header.encode();
        then(&mut head);
        let crc = crc32fast::hash(&head[..124]).to_le_bytes();
        head[124..].copy_from_slice(&crc);
        [&head[..], &empty[128..]].concat()
    };
    let newer = |header: &mut Header| (header.format_version, header.reader_version) = (2, 2);
    let (other, _) = sample::write_as(
        ArchiveId(*b"another archive."),
        &sample::source(),
        &sample::catalog(&small_tables()),
        &small_tables(),
        Compression::Zstd(1),
        1 << 30,
    );
    let spliced = [&whole[..chunk], &other[chunk..chunk_end], &whole[chunk_end..]].concat();
    let twice = [&whole[..chunk_end], &whole[chunk..]].concat();
    let without = [&whole[..chunk], &whole[chunk_end..]].concat();
    let mut zeroed = whole.clone();
    zeroed[chunk..chunk_end].fill(0);
    vec![
        ("004-without-trailer", cut(trailer)),
        ("005-flipped-bit", flipped(whole.len() / 2)),
        ("006-newer-format", header(newer, |_| ())),
        ("007-not-an-archive", b"PGDMP\x01\x10\x00".to_vec()),
        ("020-empty-file", Vec::new()),
        ("021-cut-in-header", cut(100)),
        ("022-cut-behind-header", cut(128)),
        ("023-cut-in-record-header", cut(chunk + 20)),
        ("024-cut-in-payload", cut(chunk_payload + 20)),
        ("025-cut-in-manifest", cut(manifest_payload + 20)),
        ("026-cut-in-trailer", cut(whole.len() - 1)),
        ("030-flipped-in-header", flipped(20)),
        ("031-flipped-in-header-magic", flipped(1)),
        ("032-flipped-in-record-magic", flipped(chunk)),
        ("033-flipped-in-record-header", flipped(chunk + 40)),
        ("034-flipped-in-catalog", flipped(catalog_payload + 30)),
        ("035-flipped-in-manifest-header", flipped(manifest + 30)),
        ("036-flipped-in-manifest", flipped(manifest_payload + 30)),
        ("037-flipped-in-trailer", flipped(trailer + 60)),
        ("038-flipped-in-trailer-magic", flipped(trailer + 2)),
        ("039-flipped-in-catalog-header", flipped(catalog + 17)),
        ("040-bytes-behind-trailer", [&whole[..], b"more"].concat()),
        ("041-two-archives-joined", [&empty[..], &whole[..]].concat()),
        ("042-record-of-another-archive", spliced),
        ("043-record-twice", twice),
        ("044-record-missing", without),
        ("045-record-zeroed", zeroed),
        ("046-unknown-features", header(|header| header.features = 4, |_| ())),
        ("047-encrypted", header(|_| (), |head| head[40] = 1)),
        ("048-reserved-header-bytes", header(|_| (), |head| head[110] = 1)),
    ]
}

fn records_of(bytes: &[u8]) -> Vec<(usize, RecordHeader)> {
    let items = Scan::new(bytes, None);
    let records = items.filter_map(|item| match item {
        ScanItem::Record { offset, header } => Some((offset, header)),
        _ => None,
    });
    records.collect()
}

/// Archives whose checksums and digests are right, and something else is not.
fn lying() -> Named {
    let chunk = |records: &Records| position(records, RecordKind::Chunk, 1);
    let in_payload = |change: fn(&mut Vec<u8>)| {
        let changed = move |records: &mut Records| {
            let at = chunk(records);
            change(&mut records[at].1);
        };
        forge(changed, |_| ())
    };
    let catalog = |change: fn(&mut Catalog)| {
        let changed = move |records: &mut Records| {
            let mut catalog: Catalog = value(&records[1]);
            change(&mut catalog);
            set(&mut records[1], &catalog);
        };
        forge(changed, |_| ())
    };
    let records = |change: fn(&mut Records)| forge(change, |_| ());
    let end = |change: fn(&mut RelationEnd)| {
        let changed = move |records: &mut Records| {
            let at = position(records, RecordKind::RelationEnd, 1);
            let mut end: RelationEnd = value(&records[at]);
            change(&mut end);
            set(&mut records[at], &end);
        };
        forge(changed, |_| ())
    };
    let list_an_end_more = |m: &mut pgark::format::Manifest| {
        let mut end = m.records.last().unwrap().clone();
        end.sequence += 1;
        end.offset += 64 + end.stored_bytes;
        m.records.push(end);
    };
    let an_end_more = |records: &mut Records| {
        let mut end = records[position(records, RecordKind::RelationEnd, 3)].clone();
        end.0.sequence = 1000;
        records.push(end);
    };
    vec![
        ("050-total-of-rows", forge(|_| (), |m| m.rows += 1)),
        (
            "051-rows-of-a-relation",
            forge(|_| (), |m| (m.relations[0].rows, m.rows) = (5, 7)),
        ),
        (
            "052-row-sum-of-a-relation",
            forge(|_| (), |m| m.relations[0].row_sum.0[0] ^= 1),
        ),
        ("053-row-sum-in-a-relation-end", end(|end| end.row_sum.0[3] ^= 1)),
        ("054-rows-in-a-relation-end", end(|end| end.rows += 1)),
        (
            "055-other-rows-than-summed",
            in_payload(|p| *p.iter_mut().nth_back(1).unwrap() = b'!'),
        ),
        (
            "056-page-range",
            forge(|_| (), |m| m.relations[0].chunks[0].first_page = Some(5)),
        ),
        (
            "057-archive-of-a-chunk",
            forge(|_| (), |m| m.relations[0].chunks[0].archive = 1),
        ),
        ("060-catalog-before-source", records(|records| records.swap(0, 1))),
        ("061-chunks-swapped", records(|records| records.swap(2, 5))),
        (
            "062-chunk-behind-its-relations-end",
            records(|records| {
                let end = records.remove(position(records, RecordKind::RelationEnd, 1));
                records.insert(2, end);
            }),
        ),
        ("063-relation-ends-twice", forge(an_end_more, list_an_end_more)),
        (
            "064-relation-missing",
            forge(
                |records| drop(records.remove(position(records, RecordKind::RelationEnd, 3))),
                |m| drop(m.relations.pop()),
            ),
        ),
        (
            "065-reserved-kind",
            records(|records| {
                let at = position(records, RecordKind::SequenceState, 0);
                records[at].0.kind = RecordKind::LargeObjects;
            }),
        ),
        (
            "066-rows-in-a-sequence-state",
            records(|records| {
                let at = position(records, RecordKind::SequenceState, 0);
                records[at].0.rows = 1;
            }),
        ),
        ("070-unknown-copy-format", in_payload(|p| p[0] = 2)),
        ("071-unknown-chunk-flags", in_payload(|p| p[1] = 4)),
        ("072-unknown-encoding", in_payload(|p| p[32] = 12)),
        ("073-encoding-of-the-other-copy-format", in_payload(|p| p[32] = 2)),
        ("074-unknown-compression", in_payload(|p| p[33] = 2)),
        ("075-raw-length-of-a-column", in_payload(|p| p[36] += 1)),
        ("076-stored-length-of-a-column", in_payload(|p| p[52] += 1)),
        ("077-huge-length-of-a-column", in_payload(|p| p[58] = 0xff)),
        (
            "078-tab-in-a-value",
            in_payload(|p| *p.iter_mut().nth_back(1).unwrap() = b'\t'),
        ),
        ("079-too-few-values", in_payload(|p| *p.last_mut().unwrap() = b'x')),
        ("080-more-columns-than-the-head-has", in_payload(|p| p[2] = 200)),
        (
            "081-end-marker",
            forge(
                |records| {
                    let at = position(records, RecordKind::Chunk, 2);
                    let (header, payload) = &mut records[at];
                    header.raw_bytes = 3;
                    payload[36..40].copy_from_slice(&[3, 0, 0, 0]);
                    payload[44..48].copy_from_slice(&[3, 0, 0, 0]);
                    payload[52..56].copy_from_slice(&[3, 0, 0, 0]);
                    payload.truncate(60);
                    payload.extend(b"\\.\n");
                },
                |_| (),
            ),
        ),
        ("082-column-that-is-a-bomb", in_payload(bomb_in_a_column)),
        (
            "083-metadata-that-is-a-bomb",
            records(|records| {
                let (header, payload) = &mut records[0];
                payload.clear();
                codec::compress(&vec![b'x'; 16 << 20], 1, payload).unwrap();
                header.raw_bytes = 1000;
            }),
        ),
        (
            "084-metadata-shorter-than-declared",
            records(|records| records[0].0.raw_bytes += 1),
        ),
        (
            "085-metadata-longer-than-declared",
            records(|records| records[0].0.raw_bytes -= 1),
        ),
        (
            "086-metadata-nested-deeply",
            records(|records| {
                raw_metadata(records, &[vec![0xa1, 0x61, b'k'], vec![0x81; 32], vec![0xf6]].concat());
            }),
        ),
        (
            "087-metadata-of-indefinite-length",
            records(|records| raw_metadata(records, b"\xbf\xff")),
        ),
        (
            "088-metadata-with-a-tag",
            records(|records| raw_metadata(records, b"\xa1\x61k\xc1\x00")),
        ),
        (
            "089-metadata-of-too-many-maps",
            records(|records| {
                let head = [0xa1, 0x61, b'k', 0x99, 0x13, 0x88];
                raw_metadata(records, &[&head[..], &[0xa0; 5000]].concat());
            }),
        ),
        (
            "090-entry-depends-on-a-later-one",
            catalog(|c| c.entries[0].depends_on = vec![2]),
        ),
        ("091-entry-with-another-id", catalog(|c| c.entries[1].id = 1)),
        ("092-relation-of-no-entry", catalog(|c| c.relations[0].entry = Some(9))),
        (
            "093-fewer-columns-than-the-chunks",
            catalog(|c| drop(c.relations[0].columns.pop())),
        ),
        (
            "094-other-copy-format-than-the-chunks",
            catalog(|c| c.relations[0].binary = true),
        ),
    ]
}

/// 16 MiB in place of the chunk's first column, said to be 4 bytes.
fn bomb_in_a_column(payload: &mut Vec<u8>) {
    let mut bomb = Vec::new();
    codec::compress(&vec![b'\n'; 16 << 20], 1, &mut bomb).unwrap();
    let stored = u64::from_le_bytes(payload[52..60].try_into().unwrap()) as usize;
    payload[33] = 1;
    payload[52..60].copy_from_slice(&(bomb.len() as u64).to_le_bytes());
    let columns = 32 + 28 * usize::from(payload[2]);
    payload.splice(columns..columns + stored, bomb);
}

fn raw_metadata(records: &mut Records, cbor: &[u8]) {
    let (header, payload) = &mut records[0];
    header.raw_bytes = cbor.len() as u64;
    payload.clear();
    codec::compress(cbor, 1, payload).unwrap();
}

/// Numbers that are all `number`.
fn same(number: u64) -> Vec<u8> {
    [&[0, 0][..], &number.to_le_bytes()].concat()
}

/// Encoded columns of twelve fields that are not as encodings must be.
fn lying_columns() -> Named {
    const ROWS: u64 = 12;
    let rows = vec![vec![Some(vec![0; 4])]; ROWS as usize];
    let table = Table {
        columns: 1,
        chunks: vec![sample::binary(&rows)],
    };
    let base = sample::write(&[table], Compression::None, 1 << 30).0;
    // The one column's raw length is what its fields would have.
    let column = |encoding: u8, raw_bytes: u64, parts: &[&[u8]]| {
        let encoded = parts.concat();
        let changed = |records: &mut Records| {
            let at = position(records, RecordKind::Chunk, 1);
            let (header, payload) = &mut records[at];
            header.raw_bytes = raw_bytes + 2 * ROWS;
            payload.truncate(32);
            payload.extend([encoding, 0, 0, 0]);
            for length in [raw_bytes, encoded.len() as u64, encoded.len() as u64] {
                payload.extend(length.to_le_bytes());
            }
            payload.extend(&encoded);
        };
        forge_from(&base, changed, |_| ())
    };
    let huge = forge_from(
        &base,
        |records| {
            let at = position(records, RecordKind::Chunk, 1);
            let (header, payload) = &mut records[at];
            header.rows = 1 << 27;
            header.raw_bytes = 6 << 27;
            payload.truncate(36);
            for length in [4u64 << 27, 4, 4] {
                payload.extend(length.to_le_bytes());
            }
            payload[32] = 3;
            payload.extend([0xff; 4]);
        },
        |m| {
            m.relations[0].rows = 1 << 27;
            m.rows = 1 << 27;
        },
    );
    let (field, all) = (8 * ROWS, &[0][..]);
    let no_others = &[0; 4][..];
    let one_other = |place: u32| [&1u32.to_le_bytes()[..], &place.to_le_bytes(), &same(1), b"x"].concat();
    let dictionary = |entries: u32, places: u8| {
        let head = [&entries.to_le_bytes()[..], &same(4), &vec![b'e'; 4 * entries as usize]].concat();
        [head, vec![places; 3]].concat()
    };
    let digits = |mask: u64, number| [&[4][..], &mask.to_le_bytes(), b"a00b", &same(number)].concat();
    vec![
        (
            "100-presence-of-an-unknown-form",
            column(5, field, &[&[2, 4], &same(7)]),
        ),
        ("101-presence-of-more-rows", {
            let bitmap = [&[1][..], &[0xff; 2]].concat();
            column(5, field, &[&bitmap, &[4], &same(7)])
        }),
        (
            "102-numbers-of-an-unknown-form",
            column(5, field, &[all, &[4, 4, 0], &[0; 8]]),
        ),
        (
            "103-numbers-of-three-bits",
            column(5, field, &[all, &[4, 0, 3], &[0; 8], &[0; 6]]),
        ),
        (
            "104-numbers-that-are-cut-off",
            column(5, field, &[all, &[4, 0, 8], &[0; 8], &[0; 11]]),
        ),
        (
            "105-values-beyond-the-column",
            column(4, field, &[all, &same(4), &[b'v'; 47]]),
        ),
        (
            "106-values-of-huge-lengths",
            column(4, field, &[all, &same(u64::MAX), &[b'v'; 48]]),
        ),
        (
            "107-integers-of-three-bytes",
            column(5, 7 * ROWS, &[all, &[3], &same(7)]),
        ),
        ("108-planes-of-one-byte", column(6, 5 * ROWS, &[all, &[1], &[7; 12]])),
        (
            "109-decimals-of-scale-17",
            column(7, 14 * ROWS, &[all, &[17], &same(7), no_others]),
        ),
        (
            "110-dictionary-without-entries",
            column(8, field, &[all, &0u32.to_le_bytes(), &same(0)]),
        ),
        (
            "111-dictionary-with-too-many-entries",
            column(8, field, &[all, &dictionary(25, 0), &[0; 9]]),
        ),
        (
            "112-place-without-an-entry",
            column(8, field, &[all, &dictionary(3, 0xff)]),
        ),
        (
            "113-number-with-too-many-digits",
            column(9, field, &[all, &digits(6, 100)]),
        ),
        ("114-digits-behind-the-value", column(9, field, &[all, &digits(18, 10)])),
        ("115-digits-nowhere", column(9, field, &[all, &digits(0, 0)])),
        (
            "116-floats-of-scale-16",
            column(10, 12 * ROWS, &[all, &[8, 16], &same(7), no_others]),
        ),
        (
            "117-floats-of-two-bytes",
            column(10, 6 * ROWS, &[all, &[2, 1], &same(7), no_others]),
        ),
        (
            "118-other-at-no-place",
            column(10, 12 * ROWS, &[all, &[8, 1], &same(7), &one_other(12)]),
        ),
        ("119-terminated-too-often", column(11, 4 * ROWS, &[all, &[0; 13]])),
        ("120-terminated-too-late", column(11, 4 * ROWS, &[all, &[0; 12], b"x"])),
        (
            "121-bytes-behind-the-last-part",
            column(5, field, &[all, &[4], &same(7), b"x"]),
        ),
        ("122-constant-of-two-fields", column(3, field, &[&[0xff; 8]])),
        (
            "123-other-length-than-the-fields",
            column(5, field + 4, &[all, &[4], &same(7)]),
        ),
        ("124-more-rows-than-fit", column(5, 3 * ROWS, &[all, &[4], &same(7)])),
        (
            "125-fields-of-negative-length",
            column(2, 4 * ROWS, &[&[0xff, 0xff, 0xff, 0xfe].repeat(12)]),
        ),
        (
            "126-fields-that-are-cut-off",
            column(2, 4 * ROWS, &[&[0, 0, 0, 1].repeat(12)]),
        ),
        ("127-constant-that-is-a-bomb", huge),
        ("128-encoded-much-longer-than-its-fields", {
            // An entry that no place has.
            let lengths = [&[0, 16][..], &[0; 8], &4u16.to_le_bytes(), &5000u16.to_le_bytes()].concat();
            let entries = [&2u32.to_le_bytes()[..], &lengths, &[b'e'; 5004]].concat();
            column(8, field, &[all, &entries, &[0; 2]])
        }),
    ]
}
