//! Planner statistics as calls of the functions that exist for them since 18.

use crate::model::Kind;
use crate::model::entry::Entry;
use crate::model::ident::{dollar_quote, qualified, quote_literal};
use crate::model::needs_version::{Limit, On, Otherwise};
use crate::model::objects::planner_statistics::{Argument, RelationStatistics, StatisticsColumn};
use crate::version::{Version, since};

/// An entry without ids. `version` is the source's. Every statement is an extra, so that the statistics of one column
/// do not depend on those of another.
pub(crate) fn entry(statistics: &RelationStatistics, version: Version) -> Entry {
    let name = [
        argument("version", "integer", &version.0.to_string()),
        argument("schemaname", "text", &statistics.schema),
        argument("relname", "text", &statistics.name),
    ];
    let mut create = vec![call("pg_restore_relation_stats", &name, &[], &statistics.values)];
    for column in &statistics.columns {
        let which = match &column.column {
            StatisticsColumn::Name(name) => argument("attname", "text", name),
            StatisticsColumn::Number(number) => argument("attnum", "smallint", &number.to_string()),
        };
        let inherited = argument("inherited", "boolean", &column.inherited.to_string());
        create.push(call(
            "pg_restore_attribute_stats",
            &name,
            &[which, inherited],
            &column.values,
        ));
    }
    let kind = Kind::StatisticsData;
    Entry {
        kind,
        schema: Some(statistics.schema.clone()),
        name: statistics.name.clone(),
        identity: qualified(&statistics.schema, &statistics.name),
        section: kind.section(),
        pass: kind.pass(),
        extras: (0..create.len() as u32).collect(),
        create,
        limits: vec![Limit::since(
            since::RESTORED_STATISTICS,
            On::Entry,
            "planner statistics",
            Otherwise::Refuse,
        )],
        ..Entry::default()
    }
}

fn argument(name: &str, type_name: &str, value: &str) -> String {
    format!(
        "{}, {}::pg_catalog.{}",
        quote_literal(name),
        quote_literal(value),
        catalog_type(type_name)
    )
}

/// The name in `pg_catalog` of a type with a standard name, which is not there.
fn catalog_type(name: &str) -> &str {
    match name {
        "integer" => "int4",
        "smallint" => "int2",
        "boolean" => "bool",
        "real" => "float4",
        "real[]" => "float4[]",
        other => other,
    }
}

/// A call that fails if the function returns `false`, which means that it took only a part; the error undoes that part.
fn call(function: &str, name: &[String], which: &[String], values: &[Argument]) -> String {
    let values = values.iter().map(|a| argument(a.name, a.type_name, &a.value));
    let arguments: Vec<String> = name.iter().chain(which).cloned().chain(values).collect();
    let body = format!(
        "BEGIN IF NOT pg_catalog.{function}({}) THEN \
         RAISE EXCEPTION 'the server does not take all of these statistics'; END IF; END",
        arguments.join(", ")
    );
    format!("DO LANGUAGE plpgsql {}", dollar_quote(&body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objects::planner_statistics::ColumnStatistics;

    #[test]
    fn every_value_is_a_literal_of_its_type() {
        let statistics = RelationStatistics {
            schema: "s".to_owned(),
            name: "it's".to_owned(),
            values: vec![Argument {
                name: "reltuples",
                type_name: "real",
                value: "-1".to_owned(),
            }],
            columns: vec![ColumnStatistics {
                column: StatisticsColumn::Number(2),
                inherited: true,
                values: Vec::new(),
            }],
            ..RelationStatistics::default()
        };
        let entry = entry(&statistics, Version(130_005));
        assert!(entry.create[0].contains(
            "pg_restore_relation_stats('version', '130005'::pg_catalog.int4, 'schemaname', 's'::pg_catalog.text, \
             'relname', 'it''s'::pg_catalog.text, 'reltuples', '-1'::pg_catalog.float4)"
        ));
        assert!(entry.create[1].contains("'attnum', '2'::pg_catalog.int2, 'inherited', 'true'::pg_catalog.bool)"));
        assert_eq!(entry.extras, [0, 1]);
        assert!(!entry.limits[0].allows(Version::first_of(17)));
    }
}
