//! Writes, reads and verifies archives: one `.pgark` file or stream each.
//!
//! [`ArchiveWriter`] appends to any sink; [`PartialFile`] is a sink that becomes a file with its final name only on
//! success. [`Archive`] reads a complete archive by ranges of a [`ReadAt`](crate::read_at::ReadAt), a file in place;
//! [`ArchiveStream`] reads a pipe in one pass. [`verify()`] lists all faults of an archive, complete or not, and
//! [`Salvage`] makes a new one of its intact parts.

#![cfg_attr(
    not(test),
    deny(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::cast_lossless
    )
)]

mod check;
mod counts;
mod error;
mod ledger;
mod metadata;
mod partial;
mod reader;
mod records;
mod salvage;
mod stream;
mod summary;
mod verify;
mod walk;
mod window;
mod writer;

pub use crate::format::{ArchiveId, ChunkRef, Digest, Manifest, ManifestRelation, RecordKind, RelationEnd, RowDigest};
pub use error::{ArchiveError, Fault, Finding};
pub use partial::PartialFile;
pub use reader::Archive;
pub use salvage::{Loss, Salvage};
pub use stream::{ArchiveStream, StreamEvent, StreamedChunk};
pub use summary::{RelationSummary, Summary};
pub use verify::{VerifyOptions, VerifyReport, verify, verify_bytes, verify_over};
pub use writer::ArchiveWriter;
