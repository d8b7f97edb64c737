//! Archives made in memory, and where they are written to.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use pgark::archive::ArchiveWriter;
use pgark::codec::{BINARY_END, BINARY_HEAD, Compression, CopyFormat, Splitter, encode};
use pgark::model::entry::CopyColumn;
use pgark::model::{Catalog, Entry, Kind, PageRange, Relation, SequenceState, Source};

use super::forge::{ID, Parts};

/// A sink that several owners can look at.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("no writer panics").clone()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Two small archives with records of every kind, one plain and one compressed.
pub static SAMPLES: LazyLock<[Parts; 2]> =
    LazyLock::new(|| [sample(Compression::None), sample(Compression::Zstd(1))].map(|bytes| Parts::read(&bytes)));

fn sample(compression: Compression) -> Vec<u8> {
    let binary = |values: &[&[u8]]| {
        let mut stream = BINARY_HEAD.to_vec();
        for value in values {
            stream.extend(1i16.to_be_bytes());
            stream.extend((value.len() as i32).to_be_bytes());
            stream.extend_from_slice(value);
        }
        stream.extend(BINARY_END);
        stream
    };
    let numbers: Vec<[u8; 4]> = (0..60).map(|n: i32| (n * n).to_be_bytes()).collect();
    let numbers: Vec<&[u8]> = numbers.iter().map(|n| &n[..]).collect();
    let tables = [
        (
            2,
            CopyFormat::Text,
            vec![b"1\ta\n2\t\\N\n".to_vec(), b"3\tc\n".to_vec()],
        ),
        (
            1,
            CopyFormat::Binary,
            vec![binary(&numbers), binary(&[&b"abcd"[..]; 9])],
        ),
        (1, CopyFormat::Text, vec![]),
    ];
    let mut catalog = Catalog::default();
    for ((columns, format, _), id) in tables.iter().zip(1u32..) {
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
        catalog.relations.push(Relation {
            id,
            entry: Some(id),
            schema: "public".into(),
            name: format!("t{id}"),
            columns: vec![CopyColumn::default(); *columns],
            binary: *format == CopyFormat::Binary,
            ..Relation::default()
        });
    }
    let sink = Sink::default();
    let state = SequenceState {
        entry: 0,
        schema: "public".into(),
        name: "s".into(),
        last_value: 7,
        is_called: true,
    };
    let write = || -> Result<(), Box<dyn std::error::Error>> {
        let mut writer = ArchiveWriter::create_with_id(Box::new(sink.clone()), &Source::default(), ID)?;
        writer.set_checkpoint_interval(300);
        writer.catalog(&catalog)?;
        for ((columns, format, chunks), relation) in tables.iter().zip(1..) {
            for data in chunks {
                let mut splitter = Splitter::new(*format, *columns);
                splitter.push(data)?;
                writer.chunk(
                    relation,
                    encode(&splitter.take(), Some(PageRange { first: 0, end: None }), compression)?,
                )?;
            }
        }
        writer.sequences(&[state])?;
        for (_, relation) in tables.iter().zip(1..) {
            writer.relation_end(relation, 1)?;
        }
        writer.finish()?;
        Ok(())
    };
    write().expect("it is a small archive");
    sink.bytes()
}
