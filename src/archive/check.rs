//! Checks values read from an archive against what the format promises about them. Pure.

use std::collections::HashMap;

use crate::archive::error::{Fault, Finding};
use crate::codec::{CopyFormat, DecodedChunk};
use crate::format::header::HEADER_BYTES;
use crate::format::limits::MAX_COLUMNS;
use crate::format::record::RECORD_HEADER_BYTES;
use crate::format::{
    ArchiveId, ChunkRef, Digest, Manifest, RecordHeader, RecordKind, RecordRef, RelationEnd, RowDigest, Trailer,
};
use crate::model::ident::unquote_ident;
use crate::model::mentions::RoleMention;
use crate::model::{Catalog, Entry, Relation, SequenceState};

/// Checks that ids are positions, references are in range, and dependencies point backwards. A catalog that passes can
/// be ordered and indexed without further checks.
pub(crate) fn catalog(catalog: &Catalog) -> Result<(), Fault> {
    let entries = catalog.entries.len() as u64;
    let relations = catalog.relations.len() as u64;
    for (entry, position) in catalog.globals.iter().zip(1u32..) {
        if let Some(found) = [
            (entry.id != position).then_some(entry.id),
            entry.depends_on.first().copied(),
            entry.parent,
        ]
        .into_iter()
        .flatten()
        .next()
        {
            return Err(Fault::EntryReference {
                entry: position,
                what: "reference of a global",
                found: found.into(),
            });
        }
    }
    for entry in catalog.globals.iter().chain(&catalog.entries) {
        role_mentions(entry)?;
    }
    for (entry, position) in catalog.entries.iter().zip(1u32..) {
        let out_of_range = |what, found: u32| Fault::EntryReference {
            entry: position,
            what,
            found: found.into(),
        };
        if entry.id != position {
            return Err(out_of_range("id", entry.id));
        }
        if let Some(bad) = entry.depends_on.iter().find(|id| **id == 0 || **id >= position) {
            return Err(out_of_range("dependency", *bad));
        }
        if let Some(bad) = entry
            .parent
            .filter(|id| *id == 0 || u64::from(*id) > entries || *id == position)
        {
            return Err(out_of_range("parent", bad));
        }
    }
    for (relation, position) in catalog.relations.iter().zip(1u32..) {
        let out_of_range = |what, found| Fault::RelationReference {
            relation: position,
            what,
            found,
        };
        if relation.id != position {
            return Err(out_of_range("id", relation.id.into()));
        }
        if relation.columns.len() > MAX_COLUMNS {
            return Err(out_of_range("number of columns", relation.columns.len() as u64));
        }
        if let Some(bad) = relation.entry.filter(|id| *id == 0 || u64::from(*id) > entries) {
            return Err(out_of_range("entry", bad.into()));
        }
        if let Some(bad) = relation
            .references
            .iter()
            .find(|id| **id == 0 || u64::from(**id) > relations)
        {
            return Err(out_of_range("referenced relation", (*bad).into()));
        }
    }
    Ok(())
}

/// Checks that mentions are in order and do not overlap, and that each is a quoted name.
fn role_mentions(entry: &Entry) -> Result<(), Fault> {
    let mut previous: Option<&RoleMention> = None;
    for mention in &entry.roles {
        let follows = previous.is_none_or(|previous| {
            let (before, here) = ((previous.list, previous.statement), (mention.list, mention.statement));
            before < here || (before == here && previous.offset.saturating_add(previous.length) <= mention.offset)
        });
        let is_name = || entry.mentioned(mention).and_then(unquote_ident).is_some();
        if !follows || !is_name() {
            return Err(Fault::EntryReference {
                entry: entry.id,
                what: "mention of a role",
                found: mention.offset.into(),
            });
        }
        previous = Some(mention);
    }
    Ok(())
}

/// Checks that sequences belong to entries of the catalog, or to none (0).
pub(crate) fn sequences(states: &[SequenceState], entries: usize) -> Result<(), Fault> {
    match states.iter().find(|s| s.entry as usize > entries) {
        None => Ok(()),
        Some(bad) => Err(Fault::EntryReference {
            entry: bad.entry,
            what: "sequence's entry",
            found: bad.entry.into(),
        }),
    }
}

/// Checks that fields without use for the record's kind are zero.
pub(crate) fn header_fields(header: &RecordHeader) -> Result<(), Fault> {
    let zero = |what, found| match found {
        0 => Ok(()),
        found => Err(Fault::Number {
            what,
            found,
            expected: 0,
        }),
    };
    match header.kind {
        RecordKind::Chunk => return Ok(()),
        RecordKind::LargeObjects => return Err(Fault::ReservedKind { kind: header.kind }),
        RecordKind::RelationEnd => {}
        _ => {
            zero("the relation of the record", header.relation.into())?;
            zero("the row count of the record", header.rows)?;
        }
    }
    zero("the chunk number of the record", header.chunk.into())
}

/// Checks that a record header describes a chunk as the manifest does.
pub(crate) fn chunk_header(header: &RecordHeader, chunk: &ChunkRef) -> Result<(), Fault> {
    let differs = |what| Err(Fault::ManifestDiffers { what });
    match () {
        _ if header.kind != RecordKind::Chunk => differs("kind"),
        _ if header.sequence != chunk.sequence => differs("sequence number"),
        _ if header.relation != chunk.relation => differs("relation"),
        _ if header.chunk != chunk.chunk => differs("chunk number"),
        _ if header.rows != chunk.rows => differs("row count"),
        _ if header.raw_bytes != chunk.raw_bytes => differs("raw length"),
        _ if header.stored_bytes != chunk.stored_bytes => differs("stored length"),
        _ => Ok(()),
    }
}

/// Checks that a record header describes a record as the manifest does.
pub(crate) fn record_header(header: &RecordHeader, record: &RecordRef) -> Result<(), Fault> {
    let differs = |what| Err(Fault::ManifestDiffers { what });
    match () {
        _ if header.kind as u8 != record.kind => differs("kind"),
        _ if header.sequence != record.sequence => differs("sequence number"),
        _ if header.relation != record.relation => differs("relation"),
        _ if header.raw_bytes != record.raw_bytes => differs("raw length"),
        _ if header.stored_bytes != record.stored_bytes => differs("stored length"),
        _ => Ok(()),
    }
}

/// Checks a manifest against itself, the trailer and the catalog. Without faults, its records tile the archive without
/// a gap and all its sums are right.
pub(crate) fn manifest(
    manifest: &Manifest,
    id: ArchiveId,
    trailer: &Trailer,
    catalog: Option<&Catalog>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |relation: Option<u32>, what: Fault| {
        findings.push(Finding {
            record: None,
            kind: Some(RecordKind::Manifest),
            offset: trailer.manifest_offset,
            relation,
            chunk: None,
            what,
        });
    };
    if manifest.archives[..] != [id] {
        find(None, Fault::ManifestDiffers { what: "archive id" });
    }
    if let Err(fault) = tiling(manifest, trailer) {
        find(None, fault);
    }
    for fault in totals(manifest) {
        find(None, fault);
    }
    if !manifest.records.is_sorted_by_key(|r| r.sequence) {
        find(
            None,
            Fault::ManifestDiffers {
                what: "order of records",
            },
        );
    }
    let mut ends = HashMap::new();
    for end in manifest
        .records
        .iter()
        .filter(|r| r.kind == RecordKind::RelationEnd as u8)
    {
        if ends.insert(end.relation, end.sequence).is_some() {
            find(
                Some(end.relation),
                Fault::Repeated {
                    kind: RecordKind::RelationEnd,
                },
            );
        }
    }
    let mut previous = 0;
    for relation in &manifest.relations {
        let id = relation.relation;
        if id <= previous {
            find(
                Some(id),
                Fault::ManifestDiffers {
                    what: "order of relations",
                },
            );
        }
        previous = id;
        for fault in relation_totals(relation) {
            find(Some(id), fault);
        }
        if catalog.is_some_and(|c| c.relation(id).is_none()) {
            find(Some(id), Fault::UnknownRelation { relation: id });
        }
        match ends.remove(&id) {
            None => find(Some(id), Fault::RelationNotEnded { relation: id }),
            Some(end) if relation.chunks.iter().any(|c| c.sequence > end) => {
                find(Some(id), Fault::RelationEnded { relation: id });
            }
            Some(_) => {}
        }
    }
    if let Some(extra) = ends.into_keys().min() {
        find(Some(extra), Fault::ManifestDiffers { what: "relations" });
    }
    if let Some(catalog) = catalog {
        for relation in catalog.relations.iter().filter(|r| !r.data_excluded) {
            if manifest.relation(relation.id).is_none() {
                find(Some(relation.id), Fault::RelationNotEnded { relation: relation.id });
            }
        }
    }
    findings
}

/// Checks that records, by sequence number, follow each other from the header to the manifest.
fn tiling(manifest: &Manifest, trailer: &Trailer) -> Result<(), Fault> {
    let chunks = manifest.chunks().map(|c| (c.sequence, c.offset, c.stored_bytes));
    let records = manifest.records.iter().map(|r| (r.sequence, r.offset, r.stored_bytes));
    let mut all: Vec<_> = chunks.chain(records).collect();
    all.sort_unstable();
    let mut expected_offset = HEADER_BYTES as u64;
    for ((sequence, offset, stored), expected) in all.iter().zip(0u64..) {
        number("a sequence number in the manifest", *sequence, expected)?;
        number("an offset in the manifest", *offset, expected_offset)?;
        // An offset past the end of any file is wrong anyway, and the next comparison finds that.
        expected_offset = expected_offset
            .saturating_add(RECORD_HEADER_BYTES as u64)
            .saturating_add(*stored);
    }
    number("the manifest's offset", trailer.manifest_offset, expected_offset)?;
    number("the number of records", trailer.records, all.len() as u64 + 1)
}

fn totals(manifest: &Manifest) -> Vec<Fault> {
    let sum = |f: fn(&crate::format::ManifestRelation) -> u64| {
        manifest.relations.iter().fold(0u64, |sum, r| sum.saturating_add(f(r)))
    };
    [
        number("the archive's row count", manifest.rows, sum(|r| r.rows)),
        number("the archive's raw length", manifest.raw_bytes, sum(|r| r.raw_bytes)),
        number(
            "the archive's stored length",
            manifest.stored_bytes,
            sum(|r| r.stored_bytes),
        ),
    ]
    .into_iter()
    .filter_map(Result::err)
    .collect()
}

fn relation_totals(relation: &crate::format::ManifestRelation) -> Vec<Fault> {
    let mut digest = RowDigest::default();
    let (mut raw, mut stored) = (0u64, 0u64);
    let mut faults = Vec::new();
    for (chunk, position) in relation.chunks.iter().zip(0u64..) {
        digest.merge(chunk.digest());
        raw = raw.saturating_add(chunk.raw_bytes);
        stored = stored.saturating_add(chunk.stored_bytes);
        faults.extend(number("the archive of a chunk", chunk.archive.into(), 0).err());
        faults.extend(
            number(
                "the relation of a chunk",
                chunk.relation.into(),
                relation.relation.into(),
            )
            .err(),
        );
        faults.extend(number("the number of a chunk", chunk.chunk.into(), position).err());
    }
    if !relation.chunks.is_sorted_by_key(|c| c.sequence) {
        faults.push(Fault::ManifestDiffers {
            what: "order of chunks",
        });
    }
    faults.extend(number("the relation's row count", relation.rows, digest.rows).err());
    faults.extend(number("the relation's raw length", relation.raw_bytes, raw).err());
    faults.extend(number("the relation's stored length", relation.stored_bytes, stored).err());
    faults.extend(row_sum("the relation's rows", relation.digest().sum, digest.sum).err());
    faults
}

pub(crate) fn number(what: &'static str, found: u64, expected: u64) -> Result<(), Fault> {
    match found == expected {
        true => Ok(()),
        false => Err(Fault::Number { what, found, expected }),
    }
}

pub(crate) fn row_sum(what: &'static str, found: u128, expected: u128) -> Result<(), Fault> {
    match found == expected {
        true => Ok(()),
        false => Err(Fault::RowSum { what, found, expected }),
    }
}

pub(crate) fn blake3(payload: &[u8], expected: Digest) -> Result<(), Fault> {
    let found = Digest(*blake3::hash(payload).as_bytes());
    match found == expected {
        true => Ok(()),
        false => Err(Fault::Digest {
            what: "the BLAKE3 of the payload",
            found,
            expected,
        }),
    }
}

/// The shape of a relation's rows, which is the same in all its chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub columns: usize,
    pub copy_format: CopyFormat,
}

impl Shape {
    pub(super) fn of(relation: &Relation) -> Self {
        Self {
            columns: relation.copy_columns().count(),
            copy_format: match relation.binary {
                true => CopyFormat::Binary,
                false => CopyFormat::Text,
            },
        }
    }

    pub(super) fn of_chunk(chunk: &DecodedChunk) -> Self {
        Self {
            columns: chunk.columns(),
            copy_format: chunk.copy_format(),
        }
    }

    /// Checks a chunk against its relation.
    pub(super) fn check(self, relation: Self) -> Result<(), Fault> {
        number(
            "the number of columns of the chunk",
            self.columns as u64,
            relation.columns as u64,
        )?;
        number(
            "the COPY format of the chunk",
            self.copy_format as u64,
            relation.copy_format as u64,
        )
    }
}

/// Checks that a decoded chunk has the shape of its relation, and describes itself as the manifest does.
pub(crate) fn decoded_chunk(decoded: &DecodedChunk, relation: Shape, chunk: &ChunkRef) -> Result<(), Fault> {
    Shape::of_chunk(decoded).check(relation)?;
    row_sum("the chunk's rows", decoded.declared_digest().sum, chunk.digest().sum)?;
    match decoded.pages() == chunk.pages() {
        true => Ok(()),
        false => Err(Fault::ManifestDiffers { what: "page range" }),
    }
}

/// Checks that a relation end agrees with its record header.
pub(crate) fn end_header(end: &RelationEnd, header: &RecordHeader) -> Result<(), Fault> {
    number(
        "the relation of the record",
        header.relation.into(),
        end.relation.into(),
    )?;
    number("the row count of the record", header.rows, end.rows)
}

/// Checks that a relation end agrees with the manifest.
pub(crate) fn relation_end(end: &RelationEnd, header: &RecordHeader, manifest: &Manifest) -> Result<(), Fault> {
    end_header(end, header)?;
    let relation = manifest.relation(end.relation).ok_or(Fault::Unlisted)?;
    number(
        "the relation's number of chunks",
        end.chunks.into(),
        relation.chunks.len() as u64,
    )?;
    number("the relation's row count", end.rows, relation.rows)?;
    number("the relation's raw length", end.raw_bytes, relation.raw_bytes)?;
    number("the relation's stored length", end.stored_bytes, relation.stored_bytes)?;
    number(
        "the relation's number of streams",
        end.streams.into(),
        relation.streams.into(),
    )?;
    row_sum("the relation's rows", end.digest().sum, relation.digest().sum)
}
