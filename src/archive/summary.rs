//! The content of a finished archive, in numbers.

use crate::format::{ArchiveId, Digest, Manifest, RowDigest};
use crate::model::RelationId;

/// The content of a finished archive, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The id in the header.
    pub archive_id: ArchiveId,
    /// The digest of the header and the manifest, and so of everything.
    pub root_digest: Digest,
    /// Size of the whole archive.
    pub bytes: u64,
    /// Rows of all relations.
    pub rows: u64,
    /// Bytes of COPY data of all rows.
    pub raw_bytes: u64,
    /// Bytes of chunk payloads.
    pub stored_bytes: u64,
    /// The relations that have ended, by id.
    pub relations: Vec<RelationSummary>,
}

/// The rows of one relation, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelationSummary {
    /// Its id.
    pub relation: RelationId,
    /// The digest of all its rows.
    pub digest: RowDigest,
    /// Its rows.
    pub rows: u64,
    /// Bytes of COPY data.
    pub raw_bytes: u64,
    /// Bytes of chunk payloads.
    pub stored_bytes: u64,
    /// Its chunks.
    pub chunks: u64,
    /// How many connections or page ranges read its rows.
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
