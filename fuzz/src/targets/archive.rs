//! Whole archives: from a file, as a stream and to verify they are judged alike.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::LazyLock;

use pgark::Job;
use pgark::archive::{
    Archive, ArchiveError, ArchiveStream, Fault, RecordKind, StreamEvent, VerifyOptions, VerifyReport, verify_bytes,
};
use pgark::format::{Scan, ScanItem, scan};
use tempfile::TempDir;

use super::{MIB, Target, forge};

pub const TARGET: Target = Target {
    name: "archive",
    run: judge,
    memory,
};

pub(super) const ONE: VerifyOptions = VerifyOptions::with_jobs(1);

/// Metadata are all held at once, chunks one after the other. The values of few bytes of CBOR take many bytes: at most a
/// container for eight of them, of an [`pgark::model::Entry`]'s size. A column's encoding can stand for 64 MiB.
pub(super) fn memory(data: &[u8]) -> usize {
    let (mut metadata, mut chunk) = (0, 0);
    for item in Scan::new(data, None) {
        match item {
            ScanItem::Record { header, .. } if header.kind == RecordKind::Chunk => chunk = header.raw_bytes.max(chunk),
            ScanItem::Record { offset, header } => {
                metadata += forge::content_bytes(&header, scan::payload(data, offset, &header));
            }
            _ => {}
        }
    }
    let chunk = chunk.min(128 << 20) as usize;
    64 * MIB + 64 * data.len() + 4 * chunk + 160 * metadata as usize
}

/// Holds the readers against each other.
pub(super) fn judge(data: &[u8]) {
    let verified = verified(data);
    let good = verified.as_ref().is_ok_and(VerifyReport::is_good);
    let streamed = stream(data);
    let opened = open(data);
    match (&streamed, &opened) {
        (Ok(streamed), Ok(opened)) => assert_eq!(streamed, opened),
        (Err(_), Err(_)) => assert!(!good),
        _ => panic!("as a stream {streamed:?}, from a file {opened:?}, verified {verified:?}"),
    }
    // Only verify hashes the rows, and looks into checkpoints, which nothing needs where there is a manifest.
    if let (Ok(_), Ok(report)) = (&streamed, &verified) {
        for finding in &report.findings {
            let of_checkpoint = finding.kind == Some(RecordKind::Checkpoint);
            assert!(
                of_checkpoint || matches!(finding.what, Fault::RowSum { .. }),
                "{finding:?}"
            );
        }
        assert!(report.complete);
    }
}

pub(super) fn verified(data: &[u8]) -> Result<VerifyReport, ArchiveError> {
    let report = verify_bytes(data, "fuzz", ONE, &Job::new())?;
    assert!(report.findings.iter().all(|finding| !finding.to_string().is_empty()));
    Ok(report)
}

/// The rows in all, and the COPY data of the chunks by relation and number.
type Read = (u64, Vec<(u32, u32, u64)>);

pub(super) fn stream(data: &[u8]) -> Result<Read, ArchiveError> {
    let mut stream = ArchiveStream::new(Cursor::new(data.to_vec()), "fuzz")?;
    let mut read = Read::default();
    while let Some(event) = stream.next()? {
        match event {
            StreamEvent::Chunk(chunk) => {
                let decoded = chunk.decode()?;
                read.0 += decoded.rows();
                read.1.push((chunk.relation, chunk.chunk, decoded.raw_bytes()));
            }
            StreamEvent::End(summary) => assert_eq!(summary.rows, read.0),
            _ => {}
        }
    }
    read.1.sort_unstable();
    Ok(read)
}

fn open(data: &[u8]) -> Result<Read, ArchiveError> {
    let archive = Archive::open(&file(data))?;
    let mut read = Read::default();
    for chunk in archive.manifest().chunks() {
        let decoded = archive.chunk(chunk)?;
        read.0 += decoded.rows();
        read.1.push((chunk.relation, chunk.chunk, decoded.raw_bytes()));
    }
    read.1.sort_unstable();
    Ok(read)
}

/// A file with these bytes.
pub(super) fn file(data: &[u8]) -> PathBuf {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder can be made"));
    // Tests run beside each other.
    let path = FOLDER.path().join(format!("{:?}.pgark", std::thread::current().id()));
    std::fs::write(&path, data).expect("a file can be written");
    path
}
