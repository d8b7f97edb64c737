//! COPY data to a complete archive and back.
#![no_main]

use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};

use libfuzzer_sys::fuzz_target;
use pgark::archive::{ArchiveStream, ArchiveWriter, Event, VerifyOptions, verify_bytes};
use pgark::codec::{Compression, RowSplitter, encode};
use pgark::model::entry::CopyColumn;
use pgark::model::{Catalog, Relation, Source};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fuzz_target!(|input: (u8, bool, u8, &[u8])| {
    let (columns, plain, size, data) = input;
    let columns = usize::from(columns % 5);
    let mut splitter = RowSplitter::new(columns);
    let compression = if plain { Compression::None } else { Compression::Zstd(1) };
    let mut chunks = Vec::new();
    for piece in data.chunks(usize::from(size) * 8 + 1) {
        if splitter.push(piece).is_err() {
            return;
        }
        chunks.push(encode(&splitter.take(), None, compression).unwrap());
    }
    let rows_end = data.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let columns = vec![CopyColumn::default(); columns];
    let catalog = Catalog { relations: vec![Relation { id: 1, columns, ..Relation::default() }], ..Catalog::default() };
    let sink = Sink::default();
    let mut writer = ArchiveWriter::create(Box::new(sink.clone()), &Source::default()).unwrap();
    writer.set_checkpoint_interval(2000);
    writer.catalog(&catalog).unwrap();
    for chunk in chunks {
        writer.chunk(1, chunk).unwrap();
    }
    writer.relation_end(1, 1).unwrap();
    writer.finish().unwrap();
    let bytes = sink.0.lock().unwrap().clone();
    assert!(verify_bytes(&bytes, "fuzz", VerifyOptions { jobs: 1 }, &|_, _| ()).unwrap().is_good());
    let mut text = Vec::new();
    let mut stream = ArchiveStream::new(Cursor::new(bytes), "fuzz").unwrap();
    while let Some(event) = stream.next().unwrap() {
        if let Event::Chunk(chunk) = event {
            chunk.decode().unwrap().write_copy_data(&mut text);
        }
    }
    assert_eq!(text, data[..rows_end]);
});
