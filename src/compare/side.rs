//! One side of a comparison: an archive, or a live database read in one snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::archive::{Archive, ManifestRelation};
use crate::codec::{CodecError, RowDigest};
use crate::compare::error::CompareError;
use crate::compare::{default_privileges, limit};
use crate::connect::Params;
use crate::job::{Job, Stop};
use crate::live::contents::formats;
use crate::live::rows::digests;
use crate::live::{Content, Live, ReadOptions};
use crate::model::entry::SequenceState;
use crate::model::{Catalog, Relation, RelationId};
use crate::plan::choose::filter::Filter;
use crate::select::pattern::PatternError;
use crate::version::Version;

/// Where a side is.
pub enum Place {
    /// An archive that has been opened.
    Archive(Arc<Archive>),
    /// How to connect to a live database.
    Live(Box<Params>),
}

/// A side that has been opened.
pub(super) enum Side {
    Archive {
        archive: Arc<Archive>,
        /// The part of the archive's catalog that the filter takes.
        catalog: Box<Catalog>,
        /// The positions of the sequences in that part.
        sequences: Vec<SequenceState>,
    },
    Live(Box<Live>),
}

/// Opens a side and reads its catalog.
pub(super) fn open(
    place: &Place,
    filter_for: &dyn Fn(&str) -> Result<Filter, PatternError>,
    job: &Job,
) -> Result<Side, CompareError> {
    let mut side = match place {
        Place::Archive(archive) => {
            let archive = Arc::clone(archive);
            let filter = filter_for(&archive.source().database)?;
            let catalog = Box::new(limit::catalog(archive.catalog(), &filter)?);
            let sequences = limit::sequences(archive.sequences(), &catalog, &filter);
            Side::Archive {
                archive,
                catalog,
                sequences,
            }
        }
        Place::Live(params) => {
            let options = ReadOptions {
                brief_locks: true,
                ..ReadOptions::default()
            };
            Side::Live(Box::new(Live::open(params, &options, filter_for, job)?))
        }
    };
    default_privileges::in_one_order(side.catalog_mut());
    Ok(side)
}

impl Side {
    pub(super) fn catalog(&self) -> &Catalog {
        match self {
            Self::Archive { catalog, .. } => catalog,
            Self::Live(live) => &live.catalog,
        }
    }

    pub(super) fn catalog_mut(&mut self) -> &mut Catalog {
        match self {
            Self::Archive { catalog, .. } => catalog,
            Self::Live(live) => &mut live.catalog,
        }
    }

    /// The first superuser of the server, where it is known.
    pub(super) fn bootstrap_superuser(&self) -> Option<String> {
        let whole = match self {
            Self::Archive { archive, .. } => archive.catalog(),
            Self::Live(live) => &live.catalog,
        };
        whole.bootstrap_superuser.clone()
    }

    /// Whether the digests exist already, made with the columns in the catalog's order.
    pub(super) fn is_hashed(&self) -> bool {
        matches!(self, Self::Archive { .. })
    }

    /// Whether the rows can be read in binary format. An archive has them in one format only.
    pub(super) fn gives_binary(&self, relation: &Relation) -> bool {
        match self {
            Self::Archive { .. } => relation.binary,
            Self::Live(live) => formats::is_safe(relation, &live.source.encoding),
        }
    }

    /// Whether the side had too many tables to lock all at once.
    pub(super) fn has_brief_locks(&self) -> bool {
        matches!(self, Self::Live(live) if live.snapshot.brief_locks)
    }

    /// Major version of the server that printed the definitions.
    pub(super) fn major(&self) -> u32 {
        let source = match self {
            Self::Archive { archive, .. } => archive.source(),
            Self::Live(live) => &live.source,
        };
        Version(source.server_version_num).major()
    }

    pub(super) fn sequences(&self) -> Result<Vec<SequenceState>, CompareError> {
        Ok(match self {
            Self::Archive { sequences, .. } => sequences.clone(),
            Self::Live(live) => live.sequences()?,
        })
    }

    /// Digests and sizes of `relations`, whose columns are in the order that the caller wants.
    pub(super) fn digests(
        &mut self,
        relations: &[Relation],
        jobs: usize,
        job: &Job,
    ) -> Result<HashMap<RelationId, Content>, CompareError> {
        match self {
            Self::Archive { archive, .. } => {
                let stored = archive.manifest().relations.iter();
                let content = |r: &ManifestRelation| Content {
                    digest: r.digest(),
                    bytes: r.raw_bytes,
                };
                let mut digests: HashMap<RelationId, Content> = stored.map(|r| (r.relation, content(r))).collect();
                for wanted in relations.iter().filter(|r| !r.binary) {
                    let stored = archive.catalog().relation(wanted.id).filter(|r| r.binary);
                    if let Some(stored) = stored {
                        job.progress.stage(format!("hashing {} as text", stored.label()));
                        digests.insert(stored.id, text_content(archive, stored, &job.stop)?);
                    }
                }
                Ok(digests)
            }
            Self::Live(live) => {
                job.progress.stage("hashing rows");
                live_digests(live, relations, jobs, job)
            }
        }
    }

    /// Whether the digest of the generated values is available; an archive may lack it.
    pub(super) fn knows_generated(&self, relation: RelationId) -> bool {
        match self {
            Self::Archive { archive, .. } => archive.manifest().generated_sum(relation).is_some(),
            Self::Live(_) => true,
        }
    }

    /// Digests of rows with their generated values.
    pub(super) fn generated(
        &mut self,
        relations: &[Relation],
        jobs: usize,
        job: &Job,
    ) -> Result<HashMap<RelationId, RowDigest>, CompareError> {
        match self {
            Self::Archive { archive, .. } => {
                let stored = |r: &Relation| Some((r.id, archive.manifest().generated_sum(r.id)?));
                Ok(relations.iter().filter_map(stored).collect())
            }
            Self::Live(_) if relations.is_empty() => Ok(HashMap::new()),
            Self::Live(live) => {
                job.progress.stage("hashing generated values");
                let contents = live_digests(live, relations, jobs, job)?;
                Ok(contents.into_iter().map(|(id, content)| (id, content.digest)).collect())
            }
        }
    }
}

/// The digest and the size of binary rows after they have been turned into text.
fn text_content(archive: &Archive, relation: &Relation, stop: &Stop) -> Result<Content, CompareError> {
    let not_text = |source| CompareError::Chunk {
        relation: relation.label(),
        source,
    };
    let types = relation
        .value_types()
        .ok_or_else(|| not_text(CodecError::UnknownTypes))?;
    let chunks = archive.manifest().relation(relation.id).map(|r| &r.chunks[..]);
    chunks
        .unwrap_or_default()
        .par_iter()
        .map(|chunk| {
            if stop.stopped() {
                return Err(CompareError::Interrupted);
            }
            let text = archive.chunk(chunk)?.into_text(&types).map_err(not_text)?;
            Ok(Content {
                digest: text.digest(),
                bytes: text.raw_bytes(),
            })
        })
        .try_reduce(Content::default, |mut all, chunk| {
            all.merge(chunk);
            Ok(all)
        })
}

fn live_digests(
    live: &mut Live,
    relations: &[Relation],
    jobs: usize,
    job: &Job,
) -> Result<HashMap<RelationId, Content>, CompareError> {
    let encoding = &live.source.encoding;
    // Warnings about replaced sessions are dropped, because they do not change the findings.
    let (digests, _) = digests::read(&mut live.snapshot, relations, encoding, jobs, job)?;
    Ok(digests)
}
