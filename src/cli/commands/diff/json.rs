//! A diff as JSON.

use serde_json::{Value, json};

use super::changes::{Changed, Changes, Lone, has_changed};
use super::screen::statements;
use super::sides::{Side, Sides};
use crate::cli::commands::compare::not_compared;
use crate::compare::{CompareReport, ComparedTable, Content};

pub(super) fn document(sides: &Sides, report: &CompareReport, changes: &Changes, seconds: f64) -> Value {
    let objects = |pick: fn(&super::changes::KindChanges<'_>) -> Vec<Value>| -> Vec<Value> {
        changes.kinds.iter().flat_map(pick).collect()
    };
    json!({
        "schema_version": 1,
        "equal": report.is_equal(),
        "a": side(&sides.a),
        "b": side(&sides.b),
        "objects": report.objects,
        "added": objects(|kind| kind.added.iter().map(|lone| self::lone(kind.kind, lone)).collect()),
        "removed": objects(|kind| kind.removed.iter().map(|lone| self::lone(kind.kind, lone)).collect()),
        "changed": objects(|kind| kind.changed.iter().map(|changed| self::changed(kind.kind, changed)).collect()),
        "tables": report.tables.iter().map(table).collect::<Vec<_>>(),
        "sequences": changes.sequences.iter().map(|sequence| json!({
            "sequence": sequence.name, "a": position(sequence.a), "b": position(sequence.b),
        })).collect::<Vec<_>>(),
        "not_compared": not_compared(report),
        "seconds": seconds,
    })
}

/// The facts about one side.
pub(super) fn side(side: &Side) -> Value {
    json!({
        "name": side.name,
        "snapshot": side.snapshot,
        "database": side.database,
        "live": side.taken_at_micros.is_none(),
        "taken_at": side.taken_at_micros.map(crate::cli::terminal::output::utc),
    })
}

fn lone(kind: &str, lone: &Lone) -> Value {
    json!({ "kind": kind, "identity": lone.identity, "sql": lone.entry.map(statements) })
}

fn changed(kind: &str, changed: &Changed) -> Value {
    let aspects = changed.aspects.iter();
    let aspects: Vec<Value> = aspects
        .map(|aspect| json!({ "what": aspect.name, "a": aspect.a, "b": aspect.b }))
        .collect();
    json!({ "kind": kind, "identity": changed.identity, "differences": aspects })
}

fn table(table: &ComparedTable) -> Value {
    let content = |content: &Option<Content>| {
        content
            .as_ref()
            .map(|c| json!({ "rows": c.digest.rows, "bytes": c.bytes, "digest": c.digest.to_string() }))
    };
    json!({
        "relation": table.relation,
        "a": content(&table.a),
        "b": content(&table.b),
        "changed": has_changed(table),
        "same_columns": table.comparable,
    })
}

fn position(at: Option<(i64, bool)>) -> Option<Value> {
    at.map(|(last_value, is_called)| json!({ "last_value": last_value, "is_called": is_called }))
}
