//! Keeps account of the records of one archive in the order in which they are written or streamed.
//!
//! The writer makes its manifest from this account. A reader in one pass makes a manifest of its own and compares.

use std::collections::BTreeMap;

use crate::archive::check::{self, Shape};
use crate::archive::error::Fault;
use crate::format::digest::SumBytes;
use crate::format::{
    ArchiveId, ChunkRef, Manifest, ManifestRelation, RecordHeader, RecordKind, RecordRef, RelationEnd, RowDigest,
};
use crate::model::{Catalog, RelationId};

#[derive(Default)]
pub(crate) struct Ledger {
    next_sequence: u64,
    shapes: Vec<Shape>,
    /// Relations whose rows the archive must hold.
    expected: Vec<RelationId>,
    relations: BTreeMap<RelationId, Account>,
    records: Vec<RecordRef>,
    done: bool,
}

struct Account {
    manifest: ManifestRelation,
    ended: bool,
}

impl Ledger {
    /// Takes the catalog, which must have been checked.
    pub(super) fn catalog(&mut self, catalog: &Catalog) {
        self.shapes = catalog.relations.iter().map(Shape::of).collect();
        self.expected = catalog
            .relations
            .iter()
            .filter(|r| !r.data_excluded)
            .map(|r| r.id)
            .collect();
    }

    /// The shape of a relation's rows.
    pub(super) fn shape(&self, relation: RelationId) -> Result<Shape, Fault> {
        let position = (relation as usize).checked_sub(1);
        position
            .and_then(|p| self.shapes.get(p))
            .copied()
            .ok_or(Fault::UnknownRelation { relation })
    }

    /// Rows of a relation so far.
    pub(super) fn rows(&self, relation: RelationId) -> u64 {
        self.relations.get(&relation).map_or(0, |account| account.manifest.rows)
    }

    /// Fails unless this record may come next.
    pub(super) fn admit(&mut self, header: &RecordHeader) -> Result<(), Fault> {
        check::number("the sequence number of the record", header.sequence, self.next_sequence)?;
        check::header_fields(header)?;
        let expected = match self.next_sequence {
            0 => Some(RecordKind::Source),
            1 => Some(RecordKind::Catalog),
            _ => None,
        };
        match (expected, header.kind) {
            (Some(expected), found) if found != expected => return Err(Fault::Order { found, expected }),
            (None, kind @ (RecordKind::Source | RecordKind::Catalog)) => return Err(Fault::Repeated { kind }),
            (None, kind) if self.done => return Err(Fault::Repeated { kind }),
            _ => {}
        }
        self.done = header.kind == RecordKind::Manifest;
        self.next_sequence += 1;
        Ok(())
    }

    /// Counts the next chunk of its relation.
    pub(super) fn chunk(&mut self, chunk: ChunkRef) -> Result<(), Fault> {
        let account = self.account(chunk.relation)?;
        check::number(
            "the number of the chunk",
            chunk.chunk.into(),
            account.manifest.chunks.len() as u64,
        )?;
        let mut digest = account.manifest.digest();
        digest.merge(chunk.digest());
        account.manifest.rows = digest.rows;
        account.manifest.row_sum = digest.sum_bytes();
        account.manifest.raw_bytes = account.manifest.raw_bytes.saturating_add(chunk.raw_bytes);
        account.manifest.stored_bytes = account.manifest.stored_bytes.saturating_add(chunk.stored_bytes);
        account.manifest.chunks.push(chunk);
        Ok(())
    }

    /// The number that a relation's next chunk has.
    pub(super) fn next_chunk(&mut self, relation: RelationId) -> Result<u32, Fault> {
        let chunks = self.account(relation)?.manifest.chunks.len();
        u32::try_from(chunks).map_err(|_| Fault::Number {
            what: "the number of chunks",
            found: chunks as u64,
            expected: u32::MAX.into(),
        })
    }

    /// Ends a relation, and gives the record to write about it.
    pub(super) fn end(&mut self, relation: RelationId, streams: u32) -> Result<RelationEnd, Fault> {
        let chunks = self.next_chunk(relation)?;
        let account = self.account(relation)?;
        account.ended = true;
        account.manifest.streams = streams;
        let m = &account.manifest;
        Ok(RelationEnd {
            relation,
            rows: m.rows,
            row_sum: m.row_sum,
            chunks,
            raw_bytes: m.raw_bytes,
            stored_bytes: m.stored_bytes,
            streams,
        })
    }

    /// Ends a relation, and checks that the archive's record about it is right.
    pub(super) fn check_end(&mut self, read: &RelationEnd) -> Result<(), Fault> {
        let seen = self.end(read.relation, read.streams)?;
        check_end(read, &seen)
    }

    pub(super) fn record(&mut self, record: RecordRef) {
        self.records.push(record);
    }

    /// The manifest of everything so far. Fails if something is still missing.
    pub(super) fn manifest(&self, id: ArchiveId) -> Result<Manifest, Fault> {
        let open = self.relations.values().find(|a| !a.ended).map(|a| a.manifest.relation);
        let absent = self
            .expected
            .iter()
            .copied()
            .find(|id| !self.relations.contains_key(id));
        if let Some(relation) = open.or(absent) {
            return Err(Fault::RelationNotEnded { relation });
        }
        let relations: Vec<_> = self.relations.values().map(|a| a.manifest.clone()).collect();
        let sum = |f: fn(&ManifestRelation) -> u64| relations.iter().fold(0u64, |sum, r| sum.saturating_add(f(r)));
        Ok(Manifest {
            archives: vec![id],
            records: self.records.clone(),
            rows: sum(|r| r.rows),
            raw_bytes: sum(|r| r.raw_bytes),
            stored_bytes: sum(|r| r.stored_bytes),
            relations,
            generated: Vec::new(),
        })
    }

    fn account(&mut self, relation: RelationId) -> Result<&mut Account, Fault> {
        self.shape(relation)?;
        let account = self.relations.entry(relation).or_insert_with(|| Account {
            manifest: ManifestRelation {
                relation,
                rows: 0,
                row_sum: SumBytes::default(),
                raw_bytes: 0,
                stored_bytes: 0,
                streams: 0,
                chunks: Vec::new(),
            },
            ended: false,
        });
        match account.ended {
            true => Err(Fault::RelationEnded { relation }),
            false => Ok(account),
        }
    }
}

/// Checks that a relation's end as read agrees with the sums of its chunks.
pub(crate) fn check_end(read: &RelationEnd, seen: &RelationEnd) -> Result<(), Fault> {
    check::number(
        "the relation's number of chunks",
        read.chunks.into(),
        seen.chunks.into(),
    )?;
    check::number("the relation's row count", read.rows, seen.rows)?;
    check::number("the relation's raw length", read.raw_bytes, seen.raw_bytes)?;
    check::number("the relation's stored length", read.stored_bytes, seen.stored_bytes)?;
    let sum = |end: &RelationEnd| RowDigest::from_parts(end.rows, end.row_sum).sum;
    check::row_sum("the relation's rows", sum(read), sum(seen))
}
