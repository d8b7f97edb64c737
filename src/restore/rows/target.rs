//! The table that takes recovered rows, as the target has it.

use crate::connect::{ConnectError, Wire};
use crate::model::entry::CopyColumn;
use crate::model::ident::{self, quote_ident, quote_literal};
use crate::restore::error::RestoreError;
use crate::restore::rows::error::{RestoreRowsError, refused};
use crate::restore::rows::options::OnConflict;

/// A table of the target.
#[derive(Debug)]
pub(super) struct TargetTable {
    /// Quoted and qualified.
    pub name: String,
    columns: Vec<Column>,
    /// The columns of each unique key, the primary key first.
    keys: Vec<Vec<String>>,
}

#[derive(Debug)]
struct Column {
    name: String,
    /// Computed by the server.
    generated: bool,
    /// An identity column that only OVERRIDING writes to.
    always: bool,
}

impl TargetTable {
    /// Reads what the target knows of the table.
    pub(super) fn read(wire: &mut Wire, (schema, name): (&str, &str)) -> Result<Self, RestoreError> {
        let found = read(wire, schema, name);
        let name = ident::qualified(schema, name);
        let found = found.map_err(refused(format!("read about {name}")))?;
        let (kind, columns, keys) = found.ok_or_else(|| RestoreRowsError::NoTarget { table: name.clone() })?;
        if !matches!(kind, 'r' | 'p' | 'f') {
            return Err(RestoreRowsError::NotATable { table: name }.into());
        }
        Ok(Self { name, columns, keys })
    }

    /// The target's columns that the archive lacks: they get their defaults.
    ///
    /// # Errors
    /// The archive has columns that cannot be written on the target.
    pub(super) fn defaults(&self, archived: &[&CopyColumn]) -> Result<Vec<String>, RestoreRowsError> {
        let there = |name: &str| self.columns.iter().find(|c| c.name == name);
        let names = |lacks: &dyn Fn(Option<&Column>) -> bool| -> String {
            let wrong = archived.iter().filter(|c| lacks(there(&c.name)));
            wrong.map(|c| quote_ident(&c.name)).collect::<Vec<_>>().join(", ")
        };
        let table = || self.name.clone();
        let missing = names(&|column| column.is_none());
        if !missing.is_empty() {
            return Err(RestoreRowsError::NoColumns {
                table: table(),
                columns: missing,
            });
        }
        let computed = names(&|column| column.is_some_and(|c| c.generated));
        if !computed.is_empty() {
            return Err(RestoreRowsError::Computed {
                table: table(),
                columns: computed,
            });
        }
        let not_archived = |c: &&Column| !c.generated && archived.iter().all(|a| a.name != c.name);
        let defaults = self.columns.iter().filter(not_archived);
        Ok(defaults.map(|c| c.name.clone()).collect())
    }

    /// The columns of the key by which rows are replaced; the archive has all of them.
    pub(super) fn key(&self, archived: &[&CopyColumn]) -> Result<&[String], RestoreRowsError> {
        let has = |name: &String| archived.iter().any(|c| c.name == *name);
        let key = self.keys.iter().find(|key| key.iter().all(has));
        let key = key.ok_or_else(|| RestoreRowsError::NoKey {
            table: self.name.clone(),
        })?;
        let not_in_key = |c: &&Column| c.always && has(&c.name) && !key.contains(&c.name);
        match self.columns.iter().find(not_in_key) {
            Some(column) => Err(RestoreRowsError::AlwaysIdentity {
                table: self.name.clone(),
                column: quote_ident(&column.name),
            }),
            None => Ok(key),
        }
    }

    /// The statement that inserts all rows of `source`, a table of the session with the same columns.
    pub(super) fn insert(
        &self,
        archived: &[&CopyColumn],
        source: &str,
        conflict: OnConflict,
    ) -> Result<String, RestoreRowsError> {
        let names: Vec<String> = archived.iter().map(|c| quote_ident(&c.name)).collect();
        let names = names.join(", ");
        let list = if names.is_empty() {
            String::new()
        } else {
            format!(" ({names})")
        };
        let conflict = match conflict {
            OnConflict::Error => String::new(),
            OnConflict::Skip => " ON CONFLICT DO NOTHING".to_owned(),
            OnConflict::Replace => {
                let key = self.key(archived)?;
                let set = |c: &&&CopyColumn| !key.contains(&c.name);
                let mut columns: Vec<&str> = archived.iter().filter(set).map(|c| c.name.as_str()).collect();
                if columns.is_empty() {
                    // There are only key columns, so a replacement changes nothing: one of them is set to itself.
                    columns = key.iter().map(String::as_str).take(1).collect();
                }
                let set = columns.iter().map(|name| quote_ident(name));
                let set: Vec<String> = set.map(|name| format!("{name} = EXCLUDED.{name}")).collect();
                format!(" ON CONFLICT ({}) DO UPDATE SET {}", quoted(key), set.join(", "))
            }
        };
        Ok(format!(
            "INSERT INTO {}{list} OVERRIDING SYSTEM VALUE SELECT {names} FROM {source}{conflict}",
            self.name
        ))
    }

    /// The query that counts the target's rows with keys that `source` has, and locks them.
    pub(super) fn count_present(&self, archived: &[&CopyColumn], source: &str) -> Result<String, RestoreRowsError> {
        let key = self.key(archived)?.iter().map(|name| quote_ident(name));
        let equal: Vec<String> = key.map(|name| format!("there.{name} = new.{name}")).collect();
        Ok(format!(
            "SELECT pg_catalog.count(*) AS count FROM (SELECT FROM {} AS there JOIN {source} AS new ON {} FOR UPDATE OF there) \
             AS locked",
            self.name,
            equal.join(" AND ")
        ))
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quote_ident(name)).collect();
    names.join(", ")
}

type Found = (char, Vec<Column>, Vec<Vec<String>>);

fn read(wire: &mut Wire, schema: &str, name: &str) -> Result<Option<Found>, ConnectError> {
    let rows = wire.query(&format!(
        "SELECT c.oid, c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = {} AND c.relname = {}",
        quote_literal(schema),
        quote_literal(name)
    ))?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (oid, kind) = (row.oid("oid")?, row.char("relkind")?);
    let columns = wire.query(&format!(
        "SELECT a.attname, a.attgenerated <> '' AS generated, a.attidentity = 'a' AS always \
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    ))?;
    let column = |row: &crate::connect::Row| {
        Ok(Column {
            name: row.string("attname")?,
            generated: row.bool("generated")?,
            always: row.bool("always")?,
        })
    };
    // Only keys by whose columns ON CONFLICT can find a conflict.
    let keys = wire.query(&format!(
        "SELECT ARRAY(SELECT a.attname::pg_catalog.text \
             FROM pg_catalog.unnest((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k(number, place) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.place) AS columns \
         FROM pg_catalog.pg_index i WHERE i.indrelid = {oid} AND i.indisunique AND i.indisvalid AND i.indimmediate \
           AND NOT i.indisexclusion AND i.indpred IS NULL AND i.indexprs IS NULL \
         ORDER BY NOT i.indisprimary, i.indexrelid"
    ))?;
    Ok(Some((
        kind,
        columns.iter().map(column).collect::<Result<_, ConnectError>>()?,
        keys.iter().map(|row| row.array("columns")).collect::<Result<_, _>>()?,
    )))
}

/// Refuses if the table exists; returns whether its schema does.
pub(super) fn is_schema_there(wire: &mut Wire, schema: &str, name: &str) -> Result<bool, RestoreError> {
    let label = ident::qualified(schema, name);
    let asked = wire.query(&format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = {schema}) AS schema, \
           EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = {schema} AND c.relname = {name}) AS relation",
        schema = quote_literal(schema),
        name = quote_literal(name)
    ));
    let found = asked.and_then(|rows| match rows.first() {
        Some(row) => Ok((row.bool("schema")?, row.bool("relation")?)),
        None => Ok((false, false)),
    });
    match found.map_err(refused(format!("look for {label}")))? {
        (_, true) => Err(RestoreRowsError::Exists { table: label }.into()),
        (schema, false) => Ok(schema),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(keys: &[&[&str]]) -> TargetTable {
        let column = |name: &str, generated, always| Column {
            name: name.to_owned(),
            generated,
            always,
        };
        TargetTable {
            name: "s.\"T\"".to_owned(),
            columns: vec![
                column("id", false, false),
                column("Na\"me", false, false),
                column("twice", true, false),
                column("n", false, true),
                column("added", false, false),
            ],
            keys: keys
                .iter()
                .map(|key| key.iter().map(|c| (*c).to_owned()).collect())
                .collect(),
        }
    }

    fn columns(names: &[&str]) -> Vec<CopyColumn> {
        let column = |name: &&str| CopyColumn {
            name: (*name).to_owned(),
            ..CopyColumn::default()
        };
        names.iter().map(column).collect()
    }

    #[test]
    fn rows_are_inserted_by_the_names_of_columns() {
        let archived = columns(&["id", "Na\"me"]);
        let archived: Vec<&CopyColumn> = archived.iter().collect();
        let target = target(&[&["other"], &["id"]]);
        let insert = |conflict| target.insert(&archived, "pg_temp.x", conflict).unwrap();
        let plain =
            "INSERT INTO s.\"T\" (id, \"Na\"\"me\") OVERRIDING SYSTEM VALUE SELECT id, \"Na\"\"me\" FROM pg_temp.x";
        assert_eq!(insert(OnConflict::Error), plain);
        assert_eq!(insert(OnConflict::Skip), format!("{plain} ON CONFLICT DO NOTHING"));
        let update = "ON CONFLICT (id) DO UPDATE SET \"Na\"\"me\" = EXCLUDED.\"Na\"\"me\"";
        assert_eq!(insert(OnConflict::Replace), format!("{plain} {update}"));
        assert_eq!(target.defaults(&archived).unwrap(), ["n", "added"]);
        let none = target.insert(&[], "pg_temp.x", OnConflict::Skip).unwrap();
        assert_eq!(
            none,
            "INSERT INTO s.\"T\" OVERRIDING SYSTEM VALUE SELECT  FROM pg_temp.x ON CONFLICT DO NOTHING"
        );
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let refused = |names: &[&str], keys: &[&[&str]]| {
            let archived = columns(names);
            let archived: Vec<&CopyColumn> = archived.iter().collect();
            let target = target(keys);
            let key = target
                .defaults(&archived)
                .and_then(|_| target.key(&archived).map(<[String]>::len));
            key.unwrap_err().to_string()
        };
        assert!(refused(&["id", "gone", "A"], &[]).ends_with("that the archive has: gone, \"A\""));
        assert!(refused(&["id", "twice"], &[]).contains("computes columns"));
        assert!(refused(&["id"], &[&["Na\"me"]]).contains("no primary key"));
        assert!(refused(&["id", "n"], &[&["id"]]).contains("identity column n"));
    }
}
