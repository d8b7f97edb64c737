//! The content of a finished archive, in numbers.

use crate::format::{ArchiveId, Digest, Manifest, RowDigest};
use crate::model::RelationId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub archive_id: ArchiveId,
    pub root_digest: Digest,
    /// Size of the whole archive.
    pub bytes: u64,
    pub rows: u64,
    /// Bytes of COPY data of all rows.
    pub raw_bytes: u64,
    /// Bytes of chunk payloads.
    pub stored_bytes: u64,
    pub relations: Vec<RelationSummary>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationSummary {
    pub relation: RelationId,
    pub digest: RowDigest,
    pub rows: u64,
    pub raw_bytes: u64,
    pub stored_bytes: u64,
    pub chunks: u64,
    pub streams: u32,
}

impl Summary {
    pub(crate) fn new(archive_id: ArchiveId, manifest: &Manifest, root_digest: Digest, bytes: u64) -> Self {
        let relations = manifest.relations.iter().map(|r| RelationSummary {
            relation: r.relation,
            digest: r.digest(),
            rows: r.rows,
            raw_bytes: r.raw_bytes,
            stored_bytes: r.stored_bytes,
            chunks: r.chunks.len() as u64,
            streams: r.streams,
        });
        Self {
            archive_id,
            root_digest,
            bytes,
            rows: manifest.rows,
            raw_bytes: manifest.raw_bytes,
            stored_bytes: manifest.stored_bytes,
            relations: relations.collect(),
        }
    }
}
