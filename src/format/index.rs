//! The CBOR values that index an archive: relation ends, checkpoints and the manifest.
//!
//! `format-spec/README.md` "Relation end", "Checkpoint" and "Manifest" list their keys.

use serde::{Deserialize, Serialize};

use crate::format::digest::{ArchiveId, Digest, RowDigest, SumBytes};
use crate::model::PageRange;

/// One chunk as the manifest describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRef {
    /// Position in [`Manifest::archives`]; always 0, this archive, in version 1.
    pub archive: u32,
    /// Position among the archive's records, from 0.
    pub sequence: u64,
    /// Offset of the record header.
    pub offset: u64,
    /// Id of the relation in the catalog.
    pub relation: u32,
    /// Position among the relation's chunks, from 0.
    pub chunk: u32,
    /// Rows of the chunk.
    pub rows: u64,
    /// Bytes of COPY data.
    pub raw_bytes: u64,
    /// Bytes of the stored payload.
    pub stored_bytes: u64,
    /// BLAKE3 of the stored payload.
    pub blake3: Digest,
    /// Sum of the rows' hashes.
    pub row_sum: SumBytes,
    /// First heap page that the rows were read from; absent if they were not read by page.
    pub first_page: Option<u32>,
    /// One past the last page; absent also for the last range of a table.
    pub end_page: Option<u32>,
}

impl ChunkRef {
    /// Number and sum of the rows.
    pub fn digest(&self) -> RowDigest {
        RowDigest::from_parts(self.rows, self.row_sum)
    }

    /// The heap pages that the rows were read from, if they were read by page.
    pub fn pages(&self) -> Option<PageRange> {
        self.first_page.map(|first| PageRange {
            first,
            end: self.end_page,
        })
    }
}

/// A record that is neither chunk nor manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRef {
    /// The id of its kind.
    pub kind: u8,
    /// Position among the archive's records, from 0.
    pub sequence: u64,
    /// Offset of the record header.
    pub offset: u64,
    /// Id of the relation in the catalog; 0 when the record belongs to none.
    pub relation: u32,
    /// Bytes of CBOR.
    pub raw_bytes: u64,
    /// Bytes of the stored payload.
    pub stored_bytes: u64,
    /// BLAKE3 of the stored payload.
    pub blake3: Digest,
}

/// Follows the last chunk of a relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationEnd {
    /// Id of the relation in the catalog.
    pub relation: u32,
    /// Rows of all chunks.
    pub rows: u64,
    /// Sum of the rows' hashes.
    pub row_sum: SumBytes,
    /// How many chunks it has.
    pub chunks: u32,
    /// Bytes of COPY data of all chunks.
    pub raw_bytes: u64,
    /// Stored payload bytes of all chunks.
    pub stored_bytes: u64,
    /// Number of connections or page ranges that read its rows.
    pub streams: u32,
}

impl RelationEnd {
    /// Number and sum of the rows.
    pub fn digest(&self) -> RowDigest {
        RowDigest::from_parts(self.rows, self.row_sum)
    }
}

/// Everything written since the last checkpoint, to find it again in a file without a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Offset of the checkpoint before this one.
    pub previous: Option<u64>,
    /// Chunks since then, in the order of the file.
    pub chunks: Vec<ChunkRef>,
    /// Other records since then, in the order of the file.
    pub records: Vec<RecordRef>,
}

/// A relation whose rows are in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestRelation {
    /// Id of the relation in the catalog.
    pub relation: u32,
    /// Rows of all chunks.
    pub rows: u64,
    /// Sum of the rows' hashes.
    pub row_sum: SumBytes,
    /// Bytes of COPY data of its chunks.
    pub raw_bytes: u64,
    /// Stored payload bytes of its chunks.
    pub stored_bytes: u64,
    /// As in its [`RelationEnd`].
    pub streams: u32,
    /// Its chunks, ascending by number.
    pub chunks: Vec<ChunkRef>,
}

impl ManifestRelation {
    /// Number and sum of the rows.
    pub fn digest(&self) -> RowDigest {
        RowDigest::from_parts(self.rows, self.row_sum)
    }
}

/// The digest of a relation's rows with the values of their stored generated columns, which no chunk holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedSum {
    /// Id of the relation in the catalog.
    pub relation: u32,
    /// Sum over the rows as COPY text, with these columns in their places.
    pub row_sum: SumBytes,
}

/// The last record: an index of everything in the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Archives that chunks may lie in; the first is this one, the only one in version 1.
    pub archives: Vec<ArchiveId>,
    /// Ascending by relation id.
    pub relations: Vec<ManifestRelation>,
    /// Every other record but the manifest itself, ascending by sequence number.
    pub records: Vec<RecordRef>,
    /// Rows of all relations.
    pub rows: u64,
    /// Bytes of COPY data of all relations.
    pub raw_bytes: u64,
    /// Stored payload bytes of all relations.
    pub stored_bytes: u64,
    /// Ascending by relation id. Relations without such columns are left out; archives of writers that did not read
    /// these values have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generated: Vec<GeneratedSum>,
}

impl Manifest {
    /// The relation with this id. Absent if its rows are not in the archive.
    pub fn relation(&self, id: u32) -> Option<&ManifestRelation> {
        let at = self.relations.binary_search_by_key(&id, |r| r.relation).ok()?;
        self.relations.get(at)
    }

    /// The digest of a relation's rows with their generated values, where the archive has it.
    pub fn generated_sum(&self, id: u32) -> Option<RowDigest> {
        let sum = self.generated.iter().find(|sum| sum.relation == id)?;
        let rows = self.relation(id)?.rows;
        Some(RowDigest::from_parts(rows, sum.row_sum))
    }

    /// The chunks of all relations, relation by relation.
    pub fn chunks(&self) -> impl Iterator<Item = &ChunkRef> {
        self.relations.iter().flat_map(|r| &r.chunks)
    }
}

/// The bytes that the root digest hashes before the header and the manifest.
pub const ROOT_CONTEXT: &[u8; 16] = b"pgark root v1\0\0\0";

/// The digest of a whole archive: BLAKE3 of [`ROOT_CONTEXT`], the archive header's bytes and the
/// manifest's CBOR, which in turn holds the digest of every other record.
pub fn root_digest(header: &[u8], manifest_cbor: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(ROOT_CONTEXT).update(header).update(manifest_cbor);
    Digest(*hasher.finalize().as_bytes())
}
