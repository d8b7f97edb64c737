//! The reads of a dump or a comparison: one COPY each, biggest tables first.

use std::collections::HashMap;

use crate::live::error::{ReadError, doing};
use crate::live::open::session::single;
use crate::live::open::snapshot::SharedSnapshot;
use crate::live::rows::large_objects;
use crate::live::rows::task::{ReadTask, Sizes, copy_options, format_of};
use crate::model::entry::{Relation, RelationId};
use crate::model::{PageRange, ident};
use crate::plan::cut::ranges::{Cutting, TableSize, condition};

/// A table of more pages is read alone.
const SMALL_PAGES: u64 = 16;

/// Reads the sizes of those relations that are heaps and whose rows are wanted; other kinds of storage have no size
/// here. Measuring takes a lock. So relations are not measured if their rows are not read, as they may be unlocked, or
/// if somebody else holds or awaits ACCESS EXCLUSIVE on them.
pub(crate) fn sizes(snapshot: &SharedSnapshot, relations: &[Relation]) -> Result<Sizes, ReadError> {
    let control = &snapshot.control;
    let failed = doing("cannot read the tables' sizes");
    let mut sizes = Sizes::new();
    let wanted: Vec<&Relation> = relations.iter().filter(|r| !r.data_excluded).collect();
    for batch in wanted.chunks(10_000) {
        let oids: Vec<String> = batch.iter().map(|r| r.oid.to_string()).collect();
        // pg_relation_size gives NULL for a table that is gone. It gets no size, and reading it fails.
        let rows = control
            .query(&format!(
                "SELECT c.oid AS oid, h.bytes / b.bytes AS heap, \
                   CASE WHEN c.reltoastrelid = 0 OR h.bytes = 0 THEN 0 ELSE \
                     COALESCE(pg_catalog.pg_relation_size(c.reltoastrelid), 0) / b.bytes END AS toast, \
                   b.bytes AS bytes \
                 FROM (SELECT u.o FROM pg_catalog.unnest('{{{}}}'::pg_catalog.oid[]) AS u(o) \
                   WHERE u.o NOT IN (SELECT l.relation FROM pg_catalog.pg_locks l \
                     WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.database = \
                       (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())) \
                   OFFSET 0) AS src(o) \
                 JOIN pg_catalog.pg_class c ON c.oid = src.o \
                 JOIN pg_catalog.pg_am a ON a.oid = c.relam AND a.amname = 'heap', \
                 LATERAL (SELECT pg_catalog.pg_relation_size(c.oid) AS bytes) h, \
                 (SELECT pg_catalog.current_setting('block_size')::pg_catalog.int8 AS bytes) b \
                 WHERE c.relkind = 'r' AND h.bytes IS NOT NULL",
                oids.join(",")
            ))
            .map_err(&failed)?;
        for row in &rows {
            let number = |column| row.int(column).map(|n| n.max(0) as u64).map_err(&failed);
            let size = TableSize {
                heap_pages: number("heap")?,
                toast_pages: number("toast")?,
                page_bytes: number("bytes")?,
            };
            sizes.insert(row.oid("oid").map_err(&failed)?, size);
        }
    }
    snapshot.check_measured(relations)?;
    Ok(sizes)
}

/// The reads of all wanted rows of `relations`, biggest first.
pub(crate) fn all(
    snapshot: &mut SharedSnapshot,
    relations: &[Relation],
    sizes: &Sizes,
    encoding: &str,
    jobs: usize,
) -> Result<Vec<ReadTask>, ReadError> {
    let mut tasks = plan(relations, sizes, encoding, cutting(snapshot, jobs)?);
    for relation in relations.iter().filter(|r| r.large_objects && !r.data_excluded) {
        tasks.append(&mut large_objects::tasks(snapshot, relation, sizes, encoding)?);
    }
    biggest_first(&mut tasks);
    Ok(tasks)
}

fn cutting(snapshot: &SharedSnapshot, jobs: usize) -> Result<Cutting, ReadError> {
    if snapshot.version.has_tid_range_scan() {
        return Ok(Cutting::Pages);
    }
    // The owner's estimate of how much the server's caches hold.
    let sql =
        "SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('effective_cache_size'))::pg_catalog.text AS v";
    let memory = single(&snapshot.control, sql)?;
    Ok(Cutting::Scans {
        sessions: jobs as u64,
        memory_bytes: memory.parse().unwrap_or(0),
    })
}

/// Sets the relations' pages to the measured sizes.
pub(crate) fn set_pages(relations: &mut [Relation], sizes: &Sizes) {
    for relation in relations {
        if let Some(size) = sizes.get(&relation.oid) {
            relation.pages = size.heap_pages + size.toast_pages;
        }
    }
}

/// The reads for all relations whose rows are wanted and that can have any. A heap without pages has no rows that the
/// snapshot sees.
pub(crate) fn plan(relations: &[Relation], sizes: &Sizes, encoding: &str, cutting: Cutting) -> Vec<ReadTask> {
    let mut tasks = Vec::new();
    for relation in relations.iter().filter(|r| !r.data_excluded && !r.large_objects) {
        let size = sizes.get(&relation.oid).copied();
        if size.is_some_and(|size| size.heap_pages == 0) {
            continue;
        }
        let ranges = match size {
            Some(size) if relation.filter.as_deref().is_none_or(str::is_empty) => cutting.cut(size),
            _ => vec![None],
        };
        let all_pages = size.map_or(relation.pages, |s| s.heap_pages + s.toast_pages).max(1);
        let pages = all_pages / ranges.len() as u64;
        let label = ident::qualified(&relation.schema, &relation.name);
        let foreign = relation.foreign_server.as_ref().map(|_| relation.oid);
        for range in &ranges {
            let mut task = ReadTask {
                relation: relation.id,
                label: label.clone(),
                range: *range,
                copy: copy_statement(relation, &label, *range, encoding),
                lock: foreign
                    .is_none()
                    .then(|| format!("LOCK TABLE {label} IN ACCESS SHARE MODE NOWAIT")),
                pages: pages.max(1),
                small: size.is_some() && range.is_none() && pages <= SMALL_PAGES,
                columns: relation.copy_columns().count(),
                copy_format: format_of(relation),
                table: foreign.is_none().then_some(relation.oid),
                foreign,
            };
            task.small &= task.query().is_none();
            tasks.push(task);
        }
    }
    biggest_first(&mut tasks);
    tasks
}

fn biggest_first(tasks: &mut [ReadTask]) {
    let totals: HashMap<RelationId, u64> = tasks.iter().fold(HashMap::new(), |mut totals, task| {
        *totals.entry(task.relation).or_insert(0) += task.pages;
        totals
    });
    // The sort is stable, so that the ranges of one table stay in page order.
    tasks.sort_by_key(|task| std::cmp::Reverse(totals[&task.relation]));
}

fn copy_statement(relation: &Relation, label: &str, range: Option<PageRange>, encoding: &str) -> String {
    let names: Vec<String> = relation.copy_columns().map(|c| ident::quote_ident(&c.name)).collect();
    let names = names.join(", ");
    let options = copy_options(format_of(relation), encoding);
    let filter = match &relation.foreign_server {
        Some(_) => Some(relation.filter.as_deref().unwrap_or_default()),
        None => relation.filter.as_deref(),
    };
    match (range, filter) {
        (None, None) if names.is_empty() => format!("COPY {label} TO STDOUT WITH {options}"),
        (None, None) => format!("COPY {label} ({names}) TO STDOUT WITH {options}"),
        (None, Some(filter)) => {
            let query = format!("SELECT {names} FROM ONLY {label} {filter}");
            format!("COPY ({}) TO STDOUT WITH {options}", query.trim_end())
        }
        // There is no filter to apply, because a table with one is never split into ranges.
        (Some(range), _) => {
            let condition = condition(range, "ctid");
            format!("COPY (SELECT {names} FROM ONLY {label} WHERE {condition}) TO STDOUT WITH {options}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::CopyColumn;

    fn relation(id: RelationId, names: &[&str]) -> Relation {
        let columns = names
            .iter()
            .map(|n| CopyColumn {
                name: (*n).into(),
                ..CopyColumn::default()
            })
            .collect::<Vec<_>>();
        Relation {
            id,
            oid: id,
            schema: "s".into(),
            name: format!("t{id}"),
            columns,
            ..Relation::default()
        }
    }

    #[test]
    fn big_tables_come_first_and_their_ranges_stay_in_page_order() {
        let relations = [relation(1, &["a"]), relation(2, &["a", "B"])];
        let big = TableSize {
            heap_pages: 20_000,
            toast_pages: 0,
            page_bytes: 8192,
        };
        let sizes = Sizes::from([(2, big)]);
        let tasks = plan(&relations, &sizes, "UTF8", Cutting::Pages);
        assert_eq!(tasks.iter().map(|t| t.relation).collect::<Vec<_>>(), [2, 2, 2, 1]);
        assert_eq!(
            tasks[1].copy,
            "COPY (SELECT a, \"B\" FROM ONLY s.t2 WHERE ctid >= '(8192,0)'::pg_catalog.tid \
             AND ctid < '(16384,0)'::pg_catalog.tid) TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')"
        );
        let one_scan = Cutting::Scans {
            sessions: 1,
            memory_bytes: u64::MAX,
        };
        assert_eq!(plan(&relations, &sizes, "UTF8", one_scan).len(), 2);
    }

    #[test]
    fn a_table_without_columns_has_no_column_list() {
        let tasks = plan(&[relation(1, &[])], &Sizes::new(), "UTF8", Cutting::Pages);
        assert_eq!(tasks[0].copy, "COPY s.t1 TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')");
    }

    #[test]
    fn a_foreign_table_is_read_by_a_query_and_never_locked() {
        let mut foreign = relation(7, &["a", "B"]);
        foreign.foreign_server = Some("far".to_owned());
        let tasks = plan(&[foreign], &Sizes::new(), "UTF8", Cutting::Pages);
        assert_eq!(
            tasks[0].copy,
            "COPY (SELECT a, \"B\" FROM ONLY s.t7) TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')"
        );
        assert_eq!((tasks[0].lock.clone(), tasks[0].foreign), (None, Some(7)));
    }

    #[test]
    fn generated_values_are_read_by_a_query() {
        let mut relation = relation(1, &["a", "twice"]);
        relation.columns[1].generated = true;
        let read = relation.with_generated().expect("a stored column");
        let copy = |size| {
            let sizes = Sizes::from([(1, size)]);
            plan(std::slice::from_ref(&read), &sizes, "UTF8", Cutting::Pages)[0]
                .copy
                .clone()
        };
        let size = |heap_pages| TableSize {
            heap_pages,
            toast_pages: 0,
            page_bytes: 8192,
        };
        let end = "TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')";
        assert_eq!(copy(size(1)), format!("COPY (SELECT a, twice FROM ONLY s.t1) {end}"));
        assert!(copy(size(20_000)).starts_with("COPY (SELECT a, twice FROM ONLY s.t1 WHERE ctid"));
        relation.columns[1].is_virtual = true;
        assert_eq!(relation.with_generated(), None);
    }

    #[test]
    fn a_heap_without_pages_is_not_read() {
        let (empty, size) = (relation(1, &["a"]), TableSize::default());
        let sizes = Sizes::from([(1, size)]);
        assert!(plan(std::slice::from_ref(&empty), &sizes, "UTF8", Cutting::Pages).is_empty());
        assert_eq!(plan(&[empty], &Sizes::new(), "UTF8", Cutting::Pages).len(), 1);
    }

    #[test]
    fn rows_that_are_not_wanted_are_not_read() {
        let mut unwanted = relation(1, &["a"]);
        unwanted.data_excluded = true;
        assert!(plan(&[unwanted], &Sizes::new(), "UTF8", Cutting::Pages).is_empty());
    }
}
