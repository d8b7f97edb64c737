//! Archives for the other tests, made in memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use pgark::archive::{ArchiveId, ArchiveWriter, Summary};
use pgark::codec::{BINARY_END, BINARY_HEAD, Compression, CopyFormat, Digester, Splitter, encode};
use pgark::model::entry::CopyColumn;
use pgark::model::{Catalog, Entry, Kind, PageRange, Relation, SequenceState, Source};

/// A sink that several owners can look at.
#[derive(Clone, Default)]
pub struct SharedSink(Arc<Mutex<Vec<u8>>>);

impl SharedSink {
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for SharedSink {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The COPY data of one relation, in chunks; in binary format each chunk is a whole stream.
#[derive(Clone, Debug)]
pub struct Table {
    pub columns: usize,
    pub chunks: Vec<Vec<u8>>,
}

impl Table {
    pub fn copy_format(&self) -> CopyFormat {
        match self.chunks.first().is_some_and(|chunk| chunk.starts_with(&BINARY_HEAD)) {
            true => CopyFormat::Binary,
            false => CopyFormat::Text,
        }
    }
}

/// A stream in COPY's binary format.
pub fn binary(rows: &[Vec<Option<Vec<u8>>>]) -> Vec<u8> {
    let mut stream = BINARY_HEAD.to_vec();
    for row in rows {
        stream.extend((row.len() as i16).to_be_bytes());
        for value in row {
            stream.extend(value.as_ref().map_or(-1, |v| v.len() as i32).to_be_bytes());
            stream.extend(value.as_deref().unwrap_or_default());
        }
    }
    stream.extend(BINARY_END);
    stream
}

pub fn source() -> Source {
    Source {
        server_version_num: 180000,
        server_version: "18.0".into(),
        database: "shop".into(),
        encoding: "UTF8".into(),
        system_identifier: Some(7_000_000_000_000_000_001),
        lsn: Some("0/16B3748".into()),
        taken_at_micros: 1_750_000_000_000_000,
        tool_version: "0.1.0".into(),
        options: vec!["jobs=2".into()],
        label: Some("before migration".into()),
        jobs: 2,
        ..Source::default()
    }
}

pub fn catalog(tables: &[Table]) -> Catalog {
    let mut catalog = Catalog::default();
    for (table, id) in tables.iter().zip(1u32..) {
        catalog.entries.push(Entry {
            id,
            kind: Kind::Table,
            schema: Some("public".into()),
            name: format!("t{id}"),
            identity: format!("public.t{id}"),
            create: vec![format!("CREATE TABLE public.t{id} ()")],
            depends_on: (1..id).collect(),
            ..Entry::default()
        });
        let column = |n| CopyColumn {
            name: format!("c{n}"),
            type_name: "text".into(),
            ..CopyColumn::default()
        };
        catalog.relations.push(Relation {
            id,
            entry: Some(id),
            schema: "public".into(),
            name: format!("t{id}"),
            columns: (0..table.columns).map(column).collect(),
            binary: table.copy_format() == CopyFormat::Binary,
            ..Relation::default()
        });
    }
    catalog
}

pub fn sequences() -> Vec<SequenceState> {
    vec![SequenceState {
        entry: 0,
        schema: "public".into(),
        name: "s".into(),
        last_value: i64::MIN,
        is_called: true,
    }]
}

pub fn id() -> ArchiveId {
    ArchiveId(*b"an archive's id.")
}

/// Writes an archive of these tables, their chunks by turns.
pub fn write(tables: &[Table], compression: Compression, checkpoint_interval: u64) -> (Vec<u8>, Summary) {
    write_as(
        id(),
        &source(),
        &catalog(tables),
        tables,
        compression,
        checkpoint_interval,
    )
}

/// The same with another id, source and catalog.
pub fn write_as(
    id: ArchiveId,
    source: &Source,
    catalog: &Catalog,
    tables: &[Table],
    compression: Compression,
    checkpoint_interval: u64,
) -> (Vec<u8>, Summary) {
    let sink = SharedSink::default();
    let mut writer = ArchiveWriter::create_with_id(Box::new(sink.clone()), source, id).unwrap();
    writer.set_checkpoint_interval(checkpoint_interval);
    writer.catalog(catalog).unwrap();
    let turns = tables.iter().map(|t| t.chunks.len()).max().unwrap_or(0);
    for turn in 0..turns {
        for (table, relation) in tables.iter().zip(1u32..) {
            let Some(data) = table.chunks.get(turn) else { continue };
            let mut splitter = Splitter::new(table.copy_format(), table.columns);
            splitter.push(data).unwrap();
            let pages = (turn > 0).then_some(PageRange {
                first: 8192 * turn as u32,
                end: None,
            });
            let chunk = encode(&splitter.take(), pages, compression).unwrap();
            assert_eq!(writer.chunk(relation, chunk).unwrap(), turn as u32);
        }
    }
    writer.sequences(&sequences()).unwrap();
    for (_, relation) in tables.iter().zip(1u32..) {
        writer.relation_end(relation, relation).unwrap();
    }
    // What is generated is the same again after each row.
    for relation in catalog.relations.iter().filter_map(Relation::with_generated) {
        let mut digester = Digester::new(CopyFormat::Text, 2);
        for chunk in &tables[relation.id as usize - 1].chunks {
            for row in std::str::from_utf8(chunk).unwrap().lines() {
                digester.push(format!("{row}\t{row}\n").as_bytes()).unwrap();
            }
        }
        writer.generated(relation.id, digester.finish().unwrap());
    }
    let summary = writer.finish().unwrap();
    (sink.bytes(), summary)
}

/// A generator of repeatable numbers (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// Several kinds of tables, some MB of COPY data in all.
pub fn varied_tables(rows: usize) -> Vec<Table> {
    let mut numbers = Numbers(7);
    let mut chunks_of = |row: &dyn Fn(&mut Numbers, usize) -> String| -> Vec<Vec<u8>> {
        let mut chunks = vec![Vec::new(); 4];
        for n in 0..rows {
            chunks[n * 4 / rows].extend_from_slice(row(&mut numbers, n).as_bytes());
        }
        chunks
    };
    let ledger = chunks_of(&|r, n| format!("{n}\t{}\t{}\t\\N\tsome words {}\n", r.below(1000), r.next(), n % 7));
    let random = chunks_of(&|r, _| format!("{:016x}{:016x}\n", r.next(), r.next()));
    let empty_rows = chunks_of(&|_, _| "\n".to_owned());
    vec![
        Table {
            columns: 5,
            chunks: ledger,
        },
        Table {
            columns: 1,
            chunks: random,
        },
        Table {
            columns: 0,
            chunks: empty_rows,
        },
        Table {
            columns: 2,
            chunks: Vec::new(),
        },
    ]
}
