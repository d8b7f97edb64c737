//! COPY data to a complete archive and back: the same bytes.

use std::io::Cursor;

use pgark::archive::{ArchiveStream, ArchiveWriter, StreamEvent};
use pgark::codec::{BINARY_END, BINARY_HEAD, Compression, CopyFormat, Splitter, encode};
use pgark::model::entry::CopyColumn;
use pgark::model::{Catalog, Relation, Source};

use super::archive::verified;
use super::input::Input;
use super::sample::Sink;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "round_trip",
    run,
    memory: |data| 32 * MIB + 64 * data.len(),
};

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let columns = usize::from(input.u8() % 5);
    let copy_format = match input.u8() % 2 {
        0 => CopyFormat::Text,
        _ => CopyFormat::Binary,
    };
    let compression = match input.u8() % 3 {
        0 => Compression::None,
        1 => Compression::Zstd(1),
        _ => Compression::Zstd(9),
    };
    let size = usize::from(input.u8()) * 8 + 1;
    let rows = input.rest();
    let stream = match copy_format {
        CopyFormat::Text => rows.to_vec(),
        CopyFormat::Binary => [&BINARY_HEAD[..], rows].concat(),
    };
    let Some(written) = archive(&stream, columns, copy_format, compression, size) else {
        return;
    };
    assert!(verified(&written).expect("it is an archive").is_good());
    let mut read = Vec::new();
    let mut events = ArchiveStream::new(Cursor::new(written), "fuzz").expect("verify found it good");
    while let Some(event) = events.next().expect("verify found it good") {
        if let StreamEvent::Chunk(chunk) = event {
            chunk.decode().expect("verify found it good").write_copy_data(&mut read);
        }
    }
    match copy_format {
        CopyFormat::Text => {
            let end = rows.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
            assert!(read == rows[..end]);
        }
        CopyFormat::Binary => {
            assert!(rows.starts_with(&read));
            let rest = &rows[read.len()..];
            assert!(rest.is_empty() || rest == BINARY_END || !rest.starts_with(&BINARY_END));
        }
    }
}

/// The archive of a stream that comes in pieces of `size`, each a chunk; `None` when it is no COPY data.
fn archive(
    stream: &[u8],
    columns: usize,
    copy_format: CopyFormat,
    compression: Compression,
    size: usize,
) -> Option<Vec<u8>> {
    let mut splitter = Splitter::new(copy_format, columns);
    let mut chunks = Vec::new();
    for piece in stream.chunks(size) {
        splitter.push(piece).ok()?;
        chunks.push(encode(&splitter.take(), None, compression).expect("it is within the limits"));
    }
    let relation = Relation {
        id: 1,
        columns: vec![CopyColumn::default(); columns],
        binary: copy_format == CopyFormat::Binary,
        ..Relation::default()
    };
    let catalog = Catalog {
        relations: vec![relation],
        ..Catalog::default()
    };
    let sink = Sink::default();
    let written = || -> Result<(), pgark::archive::ArchiveError> {
        let mut writer = ArchiveWriter::create(Box::new(sink.clone()), &Source::default())?;
        writer.set_checkpoint_interval(2000);
        writer.catalog(&catalog)?;
        for chunk in chunks {
            writer.chunk(1, chunk)?;
        }
        writer.relation_end(1, 1)?;
        writer.finish().map(drop)
    };
    written().expect("the sink takes everything");
    Some(sink.bytes())
}
