//! One side of a comparison: an archive, or a live database read in one snapshot.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::archive::{Archive, ManifestRelation};
use crate::codec::{BINARY_END, BINARY_HEAD, CodecError, CopyFormat, Digester};
use crate::compare::{CompareError, Content, limit};
use crate::connect::{Interrupt, Params};
use crate::dump::formats;
use crate::dump::readers::{RowSink, read_all};
use crate::dump::tasks::{self, ReadTask};
use crate::dump::{DumpError, Live, ReadOptions};
use crate::model::entry::SequenceState;
use crate::model::{Catalog, Relation, RelationId};
use crate::plan::filter::Filter;
use crate::progress::Progress;

/// Where a side is.
pub enum Place {
    Archive(PathBuf),
    Live(Box<Params>),
}

/// A side that has been opened.
pub enum Side {
    Archive {
        archive: Box<Archive>,
        /// The part of the archive's catalog that the filter takes.
        catalog: Box<Catalog>,
        /// The positions of the sequences in that part.
        sequences: Vec<SequenceState>,
    },
    Live(Box<Live>),
}

/// Opens a side and reads its catalog.
pub fn open(
    place: &Place,
    filter_for: &dyn Fn(&str) -> Result<Filter, DumpError>,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Side, CompareError> {
    Ok(match place {
        Place::Archive(path) => {
            let archive = Box::new(Archive::open(path)?);
            let filter = filter_for(&archive.source().database)?;
            let catalog = Box::new(limit::catalog(archive.catalog(), &filter).map_err(DumpError::from)?);
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
            Side::Live(Box::new(Live::open(params, &options, filter_for, interrupt, progress)?))
        }
    })
}

impl Side {
    pub fn catalog(&self) -> &Catalog {
        match self {
            Self::Archive { catalog, .. } => catalog,
            Self::Live(live) => &live.catalog,
        }
    }

    /// Digests are there already, made in the order of columns that the catalog has.
    pub fn is_hashed(&self) -> bool {
        matches!(self, Self::Archive { .. })
    }

    /// Whether the rows can be had in binary format: an archive has them in one of the two.
    pub fn gives_binary(&self, relation: &Relation) -> bool {
        match self {
            Self::Archive { .. } => relation.binary,
            Self::Live(live) => formats::is_safe(relation, &live.source.encoding),
        }
    }

    /// Its tables were too many to be locked all at once.
    pub fn has_brief_locks(&self) -> bool {
        matches!(self, Self::Live(live) if live.snapshot.brief_locks)
    }

    /// Major version of the server that printed the definitions.
    pub fn major(&self) -> u32 {
        let source = match self {
            Self::Archive { archive, .. } => archive.source(),
            Self::Live(live) => &live.source,
        };
        source.server_version_num / 10_000
    }

    pub fn sequences(&self) -> Result<Vec<SequenceState>, CompareError> {
        Ok(match self {
            Self::Archive { sequences, .. } => sequences.clone(),
            Self::Live(live) => live.sequences()?,
        })
    }

    /// Digests and sizes of the relations given; their column order is what the caller wants.
    pub fn digests(
        &mut self,
        relations: &[Relation],
        jobs: usize,
        interrupt: &Interrupt,
        progress: &Progress,
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
                        progress.stage(format!("hashing {} as text", stored.label()));
                        digests.insert(stored.id, text_content(archive, stored, interrupt)?);
                    }
                }
                Ok(digests)
            }
            Self::Live(live) => live_digests(live, relations, jobs, interrupt, progress),
        }
    }
}

/// The digest and the size that binary rows have as text.
fn text_content(archive: &Archive, relation: &Relation, interrupt: &Interrupt) -> Result<Content, CompareError> {
    let not_text = |source| {
        CompareError::Dump(DumpError::Stream {
            relation: relation.label(),
            source,
        })
    };
    let types = relation
        .value_types()
        .ok_or_else(|| not_text(CodecError::UnknownTypes))?;
    let chunks = archive.manifest().relation(relation.id).map(|r| &r.chunks[..]);
    chunks
        .unwrap_or_default()
        .par_iter()
        .map(|chunk| {
            if interrupt.stopped() {
                return Err(DumpError::Interrupted.into());
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
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<HashMap<RelationId, Content>, CompareError> {
    progress.stage("hashing rows");
    let sizes = tasks::sizes(&live.snapshot, relations)?;
    let tasks = tasks::all(&mut live.snapshot, relations, &sizes, &live.source.encoding, jobs)?;
    let digests: Arc<Mutex<HashMap<RelationId, Content>>> = Arc::default();
    for relation in relations {
        digests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(relation.id, Content::default());
    }
    let sink = || DigestSink {
        digester: Digester::new(CopyFormat::Text, 0),
        total: Arc::clone(&digests),
        progress,
        raw_bytes: 0,
    };
    // Sessions that were lost and replaced do not change what is found.
    let _ = read_all(&mut live.snapshot, tasks, jobs, sink, interrupt, progress)?;
    let digests = std::mem::take(&mut *digests.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(digests)
}

/// Hashes one session's rows.
struct DigestSink<'a> {
    digester: Digester,
    total: Arc<Mutex<HashMap<RelationId, Content>>>,
    progress: &'a Progress,
    raw_bytes: u64,
}

impl RowSink for DigestSink<'_> {
    fn begin(&mut self, task: &ReadTask) -> Result<(), DumpError> {
        self.digester = Digester::new(task.copy_format, task.columns);
        self.raw_bytes = 0;
        Ok(())
    }

    fn data(&mut self, task: &ReadTask, data: &[u8]) -> Result<(), DumpError> {
        self.raw_bytes += data.len() as u64;
        self.digester.push(data).map_err(|source| DumpError::Stream {
            relation: task.label.clone(),
            source,
        })
    }

    fn end(&mut self, task: &ReadTask, counted: u64) -> Result<(), DumpError> {
        let digester = std::mem::replace(&mut self.digester, Digester::new(CopyFormat::Text, 0));
        let digest = digester.finish().map_err(|source| DumpError::Stream {
            relation: task.label.clone(),
            source,
        })?;
        if digest.rows != counted {
            return Err(DumpError::RowCount {
                relation: task.label.clone(),
                received: digest.rows,
                counted,
            });
        }
        self.progress.chunk(digest.rows, self.raw_bytes);
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        let around = match task.copy_format {
            CopyFormat::Text => 0,
            CopyFormat::Binary => BINARY_HEAD.len() + BINARY_END.len(),
        };
        let bytes = self.raw_bytes.saturating_sub(around as u64);
        total.entry(task.relation).or_default().merge(Content { digest, bytes });
        Ok(())
    }
}
