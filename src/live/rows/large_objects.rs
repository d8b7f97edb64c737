//! How large objects are read: as rows, each of which is a piece of an object's content.
//!
//! An object of `size` bytes gives one row (oid, position, data) per [`PIECE_BYTES`] that hold a byte other than zero,
//! and one for the piece with its last byte, which says where the object ends. An empty object gives none. The data
//! reach to the end of the piece or of the object. So equal content gives equal rows, however the server stores it and
//! however it is read:
//!
//! - A role that may read `pg_largeobject` reads that table by page ranges, like any other. Most of its rows are
//!   pieces; the others are made into pieces: pages of zeros, short pages in the middle, a page without bytes behind
//!   the last one.
//! - Other roles use `lo_get`, and so does every role where the server's pages have another size.

use crate::catalog::large_objects::{readable_as_table, sizes};
use crate::codec::CopyFormat;
use crate::connect::Control;
use crate::live::error::{ReadError, doing};
use crate::live::open::snapshot::SharedSnapshot;
use crate::live::rows::task::{ReadTask, Sizes, copy_options, format_of};
use crate::model::PageRange;
use crate::model::entry::Relation;
use crate::model::objects::large_objects;
use crate::model::objects::large_objects::PIECE_BYTES;
use crate::plan::cut::object_ranges::{ObjectRange, gather};
use crate::plan::cut::ranges::{RANGE_BYTES, condition, cut};

const TABLE: &str = "pg_catalog.pg_largeobject";

/// Bytes of one call of `lo_get`; many pieces, so that a hole costs little.
const CALL_BYTES: u64 = 128 * PIECE_BYTES;

/// Upper limit for the objects of one read, which keeps its statement short.
const OBJECTS_PER_READ: usize = 2_000;

/// The relation that holds all pieces, with the number of pages to read.
pub(crate) fn relation(control: &Control) -> Result<Relation, ReadError> {
    let failed = doing("cannot read the size of the large objects");
    let sql = format!(
        "SELECT pg_catalog.pg_relation_size('{TABLE}') / pg_catalog.current_setting('block_size')::pg_catalog.int8 AS v"
    );
    let rows = control.query(&sql).map_err(&failed)?;
    let pages = rows.first().map_or(Ok(0), |row| row.int("v")).map_err(&failed)?;
    Ok(Relation {
        pages: pages.max(0) as u64,
        ..large_objects::relation()
    })
}

/// The reads of all pieces. `table_sizes` are the measured sizes of tables.
pub(crate) fn tasks(
    snapshot: &mut SharedSnapshot,
    relation: &Relation,
    table_sizes: &Sizes,
    encoding: &str,
) -> Result<Vec<ReadTask>, ReadError> {
    let control = &snapshot.control;
    let as_table = readable_as_table(control).map_err(doing("cannot read the privileges on large objects"))?;
    if !as_table {
        let sizes =
            sizes(control, &snapshot.skipped_objects).map_err(doing("cannot read the sizes of the large objects"))?;
        let reads = gather(&sizes, CALL_BYTES, RANGE_BYTES, OBJECTS_PER_READ);
        let task = |ranges: &Vec<ObjectRange>| {
            let bytes: u64 = ranges.iter().map(|range| range.end - range.start).sum();
            let copy = copy_statement(&through_functions(ranges), format_of(relation), encoding);
            task(relation, None, copy, None, bytes / 8192)
        };
        return Ok(reads.iter().map(task).collect());
    }
    // A rewrite of the table would move its rows to other pages, so none may happen between two reads. The leader holds
    // this lock throughout, like the other locks of a dump, and the other sessions never wait for it.
    snapshot.lock(TABLE).map_err(doing("cannot lock the large objects"))?;
    let size = table_sizes.get(&relation.oid).copied();
    let ranges = match size {
        Some(size) if snapshot.version.has_tid_range_scan() => cut(size),
        _ => vec![None],
    };
    let pages = size.map_or(relation.pages, |size| size.heap_pages) / ranges.len() as u64;
    let task = |range: &Option<PageRange>| {
        let lock = Some(format!("LOCK TABLE {TABLE} IN ACCESS SHARE MODE NOWAIT"));
        task(
            relation,
            *range,
            copy_statement(&from_table(*range), format_of(relation), encoding),
            lock,
            pages,
        )
    };
    Ok(ranges.iter().map(task).collect())
}

fn task(relation: &Relation, range: Option<PageRange>, copy: String, lock: Option<String>, pages: u64) -> ReadTask {
    ReadTask {
        relation: relation.id,
        label: relation.label(),
        range,
        copy,
        lock,
        // No check is needed, because this table is locked throughout.
        table: None,
        foreign: None,
        pages: pages.max(1),
        small: false,
        columns: relation.copy_columns().count(),
        copy_format: format_of(relation),
    }
}

fn copy_statement(query: &str, format: CopyFormat, encoding: &str) -> String {
    let options = copy_options(format, encoding);
    format!("COPY ({query}) TO STDOUT WITH {options}")
}

fn zeros(bytes: u64) -> String {
    format!("pg_catalog.decode(pg_catalog.repeat('00', {bytes}), 'hex')")
}

/// The rows of some pages of the table. Pages that are no whole piece are made into pieces, with a look at the object's
/// last page.
fn from_table(range: Option<PageRange>) -> String {
    let condition = range.map_or_else(String::new, |range| format!(" WHERE {}", condition(range, "p.ctid")));
    let zeros = zeros(PIECE_BYTES);
    format!(
        "SELECT p.loid, piece.position, piece.data
FROM {TABLE} p
JOIN pg_catalog.pg_largeobject_metadata m ON m.oid = p.loid
CROSS JOIN (SELECT {zeros} AS page) zeros
CROSS JOIN LATERAL (
  SELECT p.pageno::pg_catalog.int8 * {PIECE_BYTES} AS position, p.data
  WHERE pg_catalog.octet_length(p.data) = {PIECE_BYTES} AND p.data <> zeros.page
  UNION ALL
  SELECT evened.page * {PIECE_BYTES}, evened.data
  FROM (
    SELECT last.page AS last, LEAST(p.pageno, last.page) AS page,
      p.data || pg_catalog.substr(zeros.page, 1, CASE WHEN p.pageno < last.page THEN {PIECE_BYTES}
        ELSE (object.size - last.page * {PIECE_BYTES})::pg_catalog.int4 END - pg_catalog.octet_length(p.data)) AS data
    FROM (
      SELECT e.pageno::pg_catalog.int8 * {PIECE_BYTES} + pg_catalog.octet_length(e.data) AS size
      FROM {TABLE} e WHERE e.loid = p.loid ORDER BY e.pageno DESC LIMIT 1
    ) object
    CROSS JOIN LATERAL (SELECT (object.size - 1) / {PIECE_BYTES} AS page) last
    WHERE (pg_catalog.octet_length(p.data) < {PIECE_BYTES} OR p.data = zeros.page) AND object.size > 0
      AND (p.pageno <= last.page OR NOT EXISTS (
        SELECT FROM {TABLE} e WHERE e.loid = p.loid AND e.pageno = last.page))
  ) evened
  WHERE evened.page = evened.last OR evened.data <> zeros.page
) piece{condition}"
    )
}

/// The rows of parts of objects, read by functions that every role may call.
fn through_functions(ranges: &[ObjectRange]) -> String {
    let array = |value: fn(&ObjectRange) -> u64, element: &str| {
        let values: Vec<String> = ranges.iter().map(|range| value(range).to_string()).collect();
        format!("'{{{}}}'::pg_catalog.{element}[]", values.join(","))
    };
    let oids = array(|range| u64::from(range.oid), "oid");
    let starts = array(|range| range.start, "int8");
    let ends = array(|range| range.end, "int8");
    let sizes = array(|range| range.size, "int8");
    let (call_zeros, piece_zeros) = (zeros(CALL_BYTES), zeros(PIECE_BYTES));
    format!(
        "SELECT r.loid, piece.position, piece.data
FROM ROWS FROM (pg_catalog.unnest({oids}), pg_catalog.unnest({starts}), pg_catalog.unnest({ends}), \
pg_catalog.unnest({sizes})) AS r(loid, first, until, size)
CROSS JOIN (SELECT {call_zeros} AS call, {piece_zeros} AS piece) zeros
CROSS JOIN LATERAL pg_catalog.generate_series(r.first, r.until - 1, {CALL_BYTES}) AS call(position)
CROSS JOIN LATERAL (SELECT pg_catalog.lo_get(r.loid, call.position, {CALL_BYTES}) AS data OFFSET 0) got
CROSS JOIN LATERAL pg_catalog.generate_series(0, CASE WHEN got.data = zeros.call AND call.position + {CALL_BYTES} < r.size
  THEN -1 ELSE (pg_catalog.octet_length(got.data) - 1) / {PIECE_BYTES} END) AS n(number)
CROSS JOIN LATERAL (
  SELECT call.position + n.number * {PIECE_BYTES} AS position,
    pg_catalog.substr(got.data, n.number * {PIECE_BYTES} + 1, {PIECE_BYTES}) AS data OFFSET 0
) piece
WHERE piece.data <> zeros.piece OR piece.position + {PIECE_BYTES} >= r.size"
    )
}
