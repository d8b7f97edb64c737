//! Exclusion constraints of partitions that are made with their parent's.
//!
//! A key of a partition is made by itself and attached. An exclusion cannot be: only the newest servers attach its
//! index, while all servers make it when the parent's is added. The server then chooses its name, and copies the
//! properties of the parent's index.

use crate::ddl::Statements;
use crate::ddl::text::{drops, options, settings};
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::objects::relation::{ExclusionPart, Index};

/// Gives the parts of an exclusion constraint their names; `index` is the quoted and qualified name of the constraint's
/// index. Parts with another name first get one that no constraint has, because the server may have chosen the name of
/// another part.
pub(super) fn rename(index: &str, parts: &[ExclusionPart]) -> Option<String> {
    let wanted = parts
        .iter()
        .map(|part| format!("({}, {})", quote_literal(&part.relation), quote_literal(&part.name)));
    let wanted = wanted.collect::<Vec<_>>().join(", ");
    let block = format!(
        "DECLARE part record; \
         BEGIN FOR part IN \
         SELECT k.oid, k.conrelid::pg_catalog.regclass AS relation, k.conname AS made, wanted.name \
         FROM (VALUES {wanted}) AS wanted(relation, name) \
         JOIN pg_catalog.pg_constraint k ON k.conrelid = pg_catalog.to_regclass(wanted.relation) AND k.contype = 'x' \
         AND pg_catalog.pg_partition_root(k.conindid) = {index}::pg_catalog.regclass AND k.conname <> wanted.name \
         LOOP EXECUTE pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', \
         part.relation, part.made, 'pgark_' || part.oid); END LOOP; \
         FOR part IN \
         SELECT k.conrelid::pg_catalog.regclass AS relation, k.conname AS made, wanted.name \
         FROM (VALUES {wanted}) AS wanted(relation, name) \
         JOIN pg_catalog.pg_constraint k ON k.conrelid = pg_catalog.to_regclass(wanted.relation) AND k.contype = 'x' \
         AND pg_catalog.pg_partition_root(k.conindid) = {index}::pg_catalog.regclass AND k.conname <> wanted.name \
         LOOP EXECUTE pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', \
         part.relation, part.made, part.name); END LOOP; END",
        index = quote_literal(index)
    );
    (!parts.is_empty()).then(|| format!("DO LANGUAGE plpgsql {}", quote_literal(&block)))
}

/// The statements that make one of them. `add` is the statement that would add it by itself; it runs only if the
/// parent's constraint has not made the part. `index` and `parent` are the indexes of the two.
pub(super) fn render(relation: &str, name: &str, add: &str, of: (&str, &Index), parent: &Index) -> Statements {
    let (index_name, index) = of;
    let missing = format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = {}::pg_catalog.regclass \
         AND k.conname = {} AND k.contype = 'x' AND k.conparentid <> 0)",
        quote_literal(relation),
        quote_literal(name)
    );
    let mut statements = Statements {
        create: vec![drops::only_if(&missing, add)],
        ..Statements::default()
    };
    if index.tablespace != parent.tablespace {
        statements.create.push(to_default_tablespace(index_name));
    }
    settings::surround(&mut statements, index.tablespace.as_deref(), None);
    if index.options != parent.options {
        let name_of = |option: &String| quote_ident(option.split('=').next().unwrap_or_default());
        let gone: Vec<String> = parent.options.iter().map(name_of).collect();
        if !gone.is_empty() {
            let gone = gone.join(", ");
            statements
                .create
                .push(format!("ALTER INDEX {index_name} RESET ({gone})"));
        }
        options::set("INDEX", index_name, &index.options, &[], &mut statements.create);
    }
    statements
}

/// Moves the index to the `default_tablespace` of that time, so that a restore without tablespaces moves nothing.
fn to_default_tablespace(index: &str) -> String {
    let block = format!(
        "BEGIN EXECUTE pg_catalog.format({}, COALESCE(\
         NULLIF(pg_catalog.current_setting('default_tablespace'), ''), \
         (SELECT t.spcname::pg_catalog.text FROM pg_catalog.pg_database d \
         JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace \
         WHERE d.datname = pg_catalog.current_database()))); END",
        quote_literal(&format!("ALTER INDEX {} SET TABLESPACE %I", index.replace('%', "%%")))
    );
    format!("DO LANGUAGE plpgsql {}", quote_literal(&block))
}
