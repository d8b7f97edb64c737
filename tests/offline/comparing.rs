//! What a comparison says of an archive whose rows it cannot read.

use std::path::PathBuf;
use std::sync::Arc;

use pgark::Job;
use pgark::archive::{Archive, ArchiveId, ArchiveWriter};
use pgark::codec::{BINARY_END, BINARY_HEAD, Compression, CopyFormat, Splitter, encode};
use pgark::internals::compare::{self, CompareError, CompareOptions, Place};
use pgark::internals::plan::choose::filter::Filter;
use pgark::model::entry::CopyColumn;
use pgark::model::{Catalog, Relation, SequenceState, ValueType};
use tempfile::TempDir;

use crate::sample::{SharedSink, source};

/// An archive of one table with one column of type `integer`.
fn archive(folder: &TempDir, file: &str, copy_format: CopyFormat, data: &[u8]) -> Place {
    let relation = Relation {
        id: 1,
        schema: "public".into(),
        name: "t".into(),
        columns: vec![CopyColumn {
            name: "id".into(),
            type_name: "integer".into(),
            value_type: Some(ValueType::Int4),
            ..CopyColumn::default()
        }],
        binary: copy_format == CopyFormat::Binary,
        ..Relation::default()
    };
    let catalog = Catalog {
        relations: vec![relation],
        ..Catalog::default()
    };
    let sink = SharedSink::default();
    let mut writer = ArchiveWriter::create_with_id(Box::new(sink.clone()), &source(), ArchiveId([7; 16])).unwrap();
    writer.catalog(&catalog).unwrap();
    let mut splitter = Splitter::new(copy_format, 1);
    splitter.push(data).unwrap();
    let chunk = encode(&splitter.take(), None, Compression::None).unwrap();
    writer.chunk(1, chunk).unwrap();
    writer.relation_end(1, 1).unwrap();
    writer.sequences(&[] as &[SequenceState]).unwrap();
    writer.finish().unwrap();
    let path: PathBuf = folder.path().join(file);
    std::fs::write(&path, sink.bytes()).unwrap();
    Place::Archive(Arc::new(Archive::open(&path).unwrap()))
}

#[test]
fn a_chunk_that_is_not_what_its_columns_say_is_said_to_be_the_archives() {
    let folder = TempDir::new().unwrap();
    // One row with one field of three bytes.
    let row = [0, 1, 0, 0, 0, 3, 0, 0, 7];
    let binary = [&BINARY_HEAD[..], &row, &BINARY_END].concat();
    let a = archive(&folder, "a.pgark", CopyFormat::Binary, &binary);
    let b = archive(&folder, "b.pgark", CopyFormat::Text, b"7\n");
    let job = Job::new();
    let everything = |_: &str| Ok(Filter::default());
    let options = CompareOptions::default();
    let error = compare::run(&a, &b, &options, &everything, &job).unwrap_err();
    assert!(matches!(error, CompareError::Chunk { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "cannot read `public.t`: a chunk of the archive is not what its columns say"
    );
}
