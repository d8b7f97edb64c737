//! Planner statistics: `pg_class` and `pg_stats`.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::bulk;
use crate::connect::{ConnectError, Row};
use crate::model::objects::planner_statistics::{Argument, ColumnStatistics, RelationStatistics, StatisticsColumn};
use crate::model::{Address, Class};
use crate::version::{Version, since};

/// The columns of `pg_class` that hold statistics: (argument, SQL type, the version that brought it).
const OF_RELATION: &[Known] = &[
    ("relpages", "integer", Version::OLDEST),
    ("reltuples", "real", Version::OLDEST),
    ("relallvisible", "integer", Version::OLDEST),
    ("relallfrozen", "integer", since::ALL_FROZEN_PAGES),
];

/// The columns of `pg_stats`: (argument, SQL type, the version that brought it).
const OF_COLUMN: &[Known] = &[
    ("null_frac", "real", Version::OLDEST),
    ("avg_width", "integer", Version::OLDEST),
    ("n_distinct", "real", Version::OLDEST),
    ("most_common_vals", "text", Version::OLDEST),
    ("most_common_freqs", "real[]", Version::OLDEST),
    ("histogram_bounds", "text", Version::OLDEST),
    ("correlation", "real", Version::OLDEST),
    ("most_common_elems", "text", Version::OLDEST),
    ("most_common_elem_freqs", "real[]", Version::OLDEST),
    ("elem_count_histogram", "real[]", Version::OLDEST),
    ("range_length_histogram", "text", since::RANGE_STATISTICS),
    ("range_empty_frac", "real", since::RANGE_STATISTICS),
    ("range_bounds_histogram", "text", since::RANGE_STATISTICS),
];

/// The statistics of the scope's relations and their indexes, by oid. A relation that was never
/// analyzed has values and no columns.
pub(crate) fn read(scope: &Scope) -> Result<Vec<RelationStatistics>, ConnectError> {
    let mut found = Vec::new();
    let mut position: HashMap<u32, usize> = HashMap::new();
    for row in &bulk::query(scope, |relations| relation_query(scope, relations))? {
        let oid = row.oid("oid")?;
        let mut needs = vec![Address::new(Class::Relation, oid)];
        if let Some(table) = row.opt_oid("table_oid")? {
            needs.push(Address::new(Class::Relation, table));
            needs.push(Address::new(Class::MatviewRefresh, table));
        }
        if let Some(constraint) = row.opt_oid("constraint_oid")? {
            needs.push(Address::new(Class::Constraint, constraint));
        }
        needs.push(Address::new(Class::MatviewRefresh, oid));
        position.insert(oid, found.len());
        found.push(RelationStatistics {
            oid,
            schema: row.string("nspname")?,
            name: row.string("relname")?,
            needs,
            values: arguments(scope, OF_RELATION, row)?,
            columns: Vec::new(),
        });
    }
    for row in &bulk::query(scope, |relations| column_query(scope, relations))? {
        let Some(relation) = position.get(&row.oid("oid")?).and_then(|at| found.get_mut(*at)) else {
            continue;
        };
        let column = if row.bool("is_index")? {
            StatisticsColumn::Number(row.int("attnum")?)
        } else {
            StatisticsColumn::Name(row.string("attname")?)
        };
        relation.columns.push(ColumnStatistics {
            column,
            inherited: row.bool("inherited")?,
            values: arguments(scope, OF_COLUMN, row)?,
        });
    }
    Ok(found)
}

fn arguments(scope: &Scope, known: &[Known], row: &Row) -> Result<Vec<Argument>, ConnectError> {
    let mut arguments = Vec::new();
    for (name, type_name, since) in known {
        if scope.version < *since {
            continue;
        }
        if let Some(value) = row.opt_string(name)? {
            arguments.push(Argument { name, type_name, value });
        }
    }
    Ok(arguments)
}

type Known = (&'static str, &'static str, Version);

/// The relations of the scope that can be analyzed, and their indexes.
fn relations_with_indexes(relations: &str) -> String {
    format!(
        "(SELECT src.o, NULL::pg_catalog.oid AS table_oid FROM pg_catalog.unnest({relations}) AS src(o)
          UNION ALL SELECT i.indexrelid, i.indrelid FROM pg_catalog.unnest({relations}) AS src(o)
          JOIN pg_catalog.pg_index i ON i.indrelid = src.o) AS r"
    )
}

fn relation_query(scope: &Scope, relations: &str) -> String {
    // Until 13, no tuples meant empty or unknown; since 14 it means empty.
    let tuples = bulk::since(
        scope,
        since::UNCOUNTED_TUPLES,
        "c.reltuples",
        "CASE WHEN c.reltuples = 0 THEN -1::pg_catalog.float4 ELSE c.reltuples END",
    );
    let frozen = bulk::since(scope, since::ALL_FROZEN_PAGES, ", c.relallfrozen::pg_catalog.text", "");
    format!(
        "SELECT c.oid, n.nspname, c.relname, r.table_oid, k.oid AS constraint_oid,
           c.relpages::pg_catalog.text, ({tuples})::pg_catalog.text AS reltuples,
           c.relallvisible::pg_catalog.text{frozen}
         FROM {} JOIN pg_catalog.pg_class c ON c.oid = r.o
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_catalog.pg_constraint k
           ON k.conindid = c.oid AND k.conrelid = r.table_oid AND k.contype IN ('p', 'u', 'x')
         WHERE c.relkind IN ('r', 'p', 'm', 'f', 'i', 'I') ORDER BY c.oid",
        relations_with_indexes(relations)
    )
}

fn column_query(scope: &Scope, relations: &str) -> String {
    // A pair whose lengths differ would make the target read past one of them (CVE-2026-6575).
    let paired = |values: &str, frequencies: &str, column: &str| {
        format!(
            "CASE WHEN pg_catalog.array_length(s.{values}, 1) = pg_catalog.array_length(s.{frequencies}, 1)
               AND pg_catalog.array_ndims(s.{values}) = 1 THEN s.{column}::pg_catalog.text END AS {column}"
        )
    };
    let columns: Vec<String> = OF_COLUMN
        .iter()
        .filter(|(_, _, since)| scope.version >= *since)
        .map(|(name, ..)| match *name {
            "most_common_vals" | "most_common_freqs" => paired("most_common_vals", "most_common_freqs", name),
            _ => format!("s.{name}::pg_catalog.text"),
        })
        .collect();
    format!(
        "SELECT c.oid, s.attname::pg_catalog.text AS attname, a.attnum, s.inherited,
           c.relkind IN ('i', 'I') AS is_index, {}
         FROM {} JOIN pg_catalog.pg_class c ON c.oid = r.o
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
         ORDER BY c.oid, a.attnum, s.inherited",
        columns.join(", "),
        relations_with_indexes(relations)
    )
}
