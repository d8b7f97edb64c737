//! Where a restore's archive comes from: a file, read at any place, or a pipe, read once from front to back.

use std::collections::HashMap;
use std::sync::Arc;

use crate::archive::{Archive, ArchiveId, ArchiveStream, StreamEvent};
use crate::model::{Catalog, RelationId, Source};
use crate::restore::error::RestoreError;
use crate::restore::options::RestoreOptions;

/// An archive to restore from.
pub enum Input {
    /// Read at any place, by several sessions at once.
    File(Arc<Archive>),
    /// Read once, in the order in which it was written.
    Pipe(Box<ArchiveStream>),
}

impl Input {
    /// The archive's source and catalog. From a pipe this can be asked for only once.
    pub fn catalog(&mut self) -> Result<(Source, Catalog), RestoreError> {
        match self {
            Self::File(archive) => Ok((archive.source().clone(), archive.catalog().clone())),
            Self::Pipe(stream) => {
                let head = (stream.next()?, stream.next()?);
                let (Some(StreamEvent::Source(source)), Some(StreamEvent::Catalog(catalog))) = head else {
                    return Err(RestoreError::NoCatalog);
                };
                Ok((source, catalog))
            }
        }
    }

    /// The id in the archive's header.
    pub fn id(&self) -> ArchiveId {
        match self {
            Self::File(archive) => archive.id(),
            Self::Pipe(stream) => stream.id(),
        }
    }

    /// The archive, if it is a file.
    pub fn archive(&self) -> Option<Arc<Archive>> {
        match self {
            Self::File(archive) => Some(Arc::clone(archive)),
            Self::Pipe(_) => None,
        }
    }

    /// COPY bytes per relation: from a file as the manifest says, from a pipe as the dump expected.
    pub fn weights(&self, catalog: &Catalog) -> HashMap<RelationId, u64> {
        match self {
            Self::File(archive) => archive
                .manifest()
                .relations
                .iter()
                .map(|r| (r.relation, r.raw_bytes))
                .collect(),
            Self::Pipe(_) => catalog
                .relations
                .iter()
                .map(|r| (r.id, r.pages.saturating_mul(8192)))
                .collect(),
        }
    }
}

/// The archive's source and catalog, without the parts of entries that the user does not want.
pub(crate) fn head(input: &mut Input, options: &RestoreOptions) -> Result<(Source, Catalog), RestoreError> {
    let (source, mut catalog) = input.catalog()?;
    let without = &options.filter.without;
    catalog.globals.retain(|entry| !without.kind(entry.kind));
    for entry in catalog.globals.iter_mut().chain(&mut catalog.entries) {
        without.strip(entry);
    }
    catalog.not_covered.retain(|kind| !without.uncarried(&kind.kind));
    Ok((source, catalog))
}
