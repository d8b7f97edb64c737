//! The bytes of an archive: fixed structures, indexes and limits, as `format-spec/README.md` defines them.
//!
//! Pure: slices in, values out. No IO, no compression, no database model.

#![cfg_attr(
    not(test),
    deny(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::cast_lossless
    )
)]

pub mod bytes;
pub mod cbor;
pub mod chunk;
pub mod digest;
pub mod error;
pub mod header;
pub mod index;
pub mod limits;
pub mod record;
pub mod scan;
pub mod trailer;

pub use chunk::{ChunkHead, ColumnHead, CompressionId, CopyFormat, Encoding};
pub use digest::{ArchiveId, Digest, RowDigest};
pub use error::FormatError;
pub use header::{FORMAT_VERSION, Header};
pub use index::{Checkpoint, ChunkRef, GeneratedSum, Manifest, ManifestRelation, RecordRef, RelationEnd};
pub use record::{RecordHeader, RecordKind};
pub use scan::{Scan, ScanItem, Scanner, View};
pub use trailer::Trailer;
