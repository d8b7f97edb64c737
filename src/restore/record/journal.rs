//! The journal: what a restore has done, recorded in the target, so that another run can continue it.
//!
//! ```text
//! schema pgark_restore_<key>   key: a hash of the archive and of the options
//!   attempt          one row: which restore the record belongs to
//!   done             a row for each entry that was created and each COPY that was stored
//!   done_unlogged    the same for rows of unlogged tables: a crash of the server empties both
//! ```
//!
//! A row is written in the transaction that it records: whatever ends, pgark, a session or the server, both are there
//! or neither is. The schema is made before anything else is changed and dropped when all is done. Rows of foreign
//! tables are the exception: their server commits by itself, a moment before the record is committed.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use crate::archive::ArchiveId;
use crate::connect::{ConnectError, Control, Row};
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::{EntryId, RelationId};
use crate::restore::error::RestoreError;
use crate::restore::options::RestoreOptions;
use crate::restore::record::terms;

/// The prefix of the names of all these schemas.
const PREFIX: &str = "pgark_restore_";
/// Digits of the hash that ends the name: 128 bits, so that no two restores share a name.
const KEY_DIGITS: usize = 32;

/// The words before the form number in the schema's comment.
const FORM_IS: &str = ", form ";

/// The record of another restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// The name of its schema.
    pub name: String,
    /// The version of pgark that made it, if its form of record differs from this version's.
    pub made_by: Option<String>,
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.made_by {
            None => f.write_str(&self.name),
            Some(version) => write!(
                f,
                "{} (made by another version, pgark {version}, which alone can go on with it)",
                self.name
            ),
        }
    }
}

/// The record of one restore: one archive and one set of options in one database.
#[derive(Clone, Debug)]
pub struct Journal {
    /// The key of its advisory locks: a positive int4.
    pub key: u32,
    name: String,
    schema: String,
    archive: ArchiveId,
    terms: String,
}

/// What earlier runs of a restore have done.
#[derive(Debug, Default)]
pub struct Done {
    entries: HashMap<EntryId, Extent>,
    rows: HashMap<RelationId, Stored>,
    /// Old objects were dropped, if that was asked for.
    pub cleaned: bool,
    /// The server has crashed since, so unlogged tables are empty.
    pub crashed: bool,
}

/// What a database has recorded about a restore.
#[derive(Debug)]
pub enum Found {
    Nothing,
    Record(Done),
    /// The record's schema exists, but a crash of the server emptied it.
    Lost,
}

/// How much of an entry was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything but perhaps its owner.
    Definition,
    /// The object, perhaps without some of its settings, comments and labels.
    Bare,
}

/// Rows of a relation that are in the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub rows: u64,
    pub chunks: BTreeSet<u32>,
}

/// Makes the statements that record the rows of one relation.
#[derive(Clone, Debug)]
pub struct RowsRecord {
    table: String,
    relation: RelationId,
}

impl RowsRecord {
    /// The statement that records chunks. They have been stored, or are stored in the same transaction.
    pub fn chunks(&self, rows: u64, chunks: impl Iterator<Item = u32>) -> String {
        let chunks: Vec<String> = chunks.map(|chunk| chunk.to_string()).collect();
        self.insert(&rows.to_string(), &chunks.join(","))
    }

    /// An upper bound for the bytes of the statement that records one chunk.
    pub fn most_bytes(&self) -> usize {
        const AROUND: usize = "INSERT INTO  VALUES ('rows', , , '{}')".len();
        const NUMBERS: usize = "4294967295".len() + "18446744073709551615".len() + "4294967295".len();
        self.table.len() + AROUND + NUMBERS
    }

    /// The statement that subtracts rows which were sent and not stored.
    pub fn less(&self, rows: u64) -> String {
        self.insert(&format!("-{rows}"), "")
    }

    fn insert(&self, rows: &str, chunks: &str) -> String {
        let Self { table, relation } = self;
        format!("INSERT INTO {table} VALUES ('rows', {relation}, {rows}, '{{{chunks}}}')")
    }
}

impl Done {
    pub fn entry(&self, id: EntryId) -> Option<Extent> {
        self.entries.get(&id).copied()
    }

    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Which rows of a relation are in the target already.
    pub fn stored(&self, relation: RelationId) -> Option<&Stored> {
        self.rows.get(&relation)
    }

    pub fn has_chunk(&self, relation: RelationId, chunk: u32) -> bool {
        self.stored(relation)
            .is_some_and(|stored| stored.chunks.contains(&chunk))
    }
}

impl Journal {
    /// The record of a restore of this archive with these options. Its name does not depend on the database.
    pub fn new(archive: ArchiveId, options: &RestoreOptions) -> Self {
        let terms = terms::text(options);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&archive.0).update(terms.as_bytes());
        let hash = hasher.finalize();
        let name = format!("{PREFIX}{}", &hash.to_hex()[..KEY_DIGITS]);
        let [a, b, c, d, ..] = *hash.as_bytes();
        Self {
            key: u32::from_be_bytes([a, b, c, d]) >> 1,
            schema: quote_ident(&name),
            name,
            archive,
            terms,
        }
    }

    /// The schema's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Looks for the record in a database.
    ///
    /// # Errors
    /// [`RestoreError::ForeignRecord`] for a schema of this name that another role made: its tables could be traps.
    pub fn find(&self, control: &Control) -> Result<Found, RestoreError> {
        let failed = |source| RestoreError::Server {
            doing: "cannot read the record of an earlier restore".to_owned(),
            source,
        };
        let own = format!(
            "SELECT n.nspowner = r.oid AND (SELECT pg_catalog.count(*) = 3 FROM pg_catalog.pg_class c \
               WHERE c.relnamespace = n.oid AND c.relname IN ('attempt', 'done', 'done_unlogged') \
                 AND c.relkind = 'r' AND c.relowner = r.oid AND NOT c.relhasrules AND NOT c.relhastriggers \
                 AND NOT c.relrowsecurity) AS own \
             FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.rolname = CURRENT_USER \
             WHERE n.nspname = {}",
            quote_literal(&self.name)
        );
        match control.query(&own).map_err(failed)?.first() {
            None => Ok(Found::Nothing),
            Some(row) if row.bool("own").map_err(failed)? => self.read(control).map_err(failed),
            Some(_) => Err(RestoreError::ForeignRecord {
                schema: self.name.clone(),
            }),
        }
    }

    fn read(&self, control: &Control) -> Result<Found, ConnectError> {
        let schema = &self.schema;
        let all = format!("(SELECT * FROM {schema}.done UNION ALL SELECT * FROM {schema}.done_unlogged) AS d");
        let answers = control.query_all(&[
            format!("SELECT pg_catalog.count(*) AS rows FROM {schema}.attempt a"),
            format!("SELECT d.what, d.id FROM {all} WHERE d.what <> 'rows'"),
            format!(
                "SELECT d.id, pg_catalog.sum(d.rows)::pg_catalog.int8 AS rows FROM {all} WHERE d.what = 'rows' GROUP BY d.id"
            ),
            format!("SELECT d.id, pg_catalog.unnest(d.chunks) AS chunk FROM {all} WHERE d.what = 'rows'"),
        ])?;
        let [attempt, entries, rows, chunks] = &answers[..] else {
            return Ok(Found::Lost);
        };
        let begun = attempt.first().map(|row| row.int("rows")).transpose()?;
        if begun != Some(1) {
            return Ok(Found::Lost);
        }
        let mut done = Done {
            crashed: true,
            ..Done::default()
        };
        for row in entries {
            let id = row.oid("id")?;
            match row.text("what")? {
                "cleaned" => done.cleaned = true,
                "begun" => done.crashed = false,
                what => {
                    let extent = if what == "entry" {
                        Extent::Definition
                    } else {
                        Extent::Bare
                    };
                    done.entries.insert(id, extent);
                }
            }
        }
        for row in rows {
            let stored = done.rows.entry(row.oid("id")?).or_default();
            stored.rows = row.int("rows")?.max(0) as u64;
        }
        for row in chunks {
            let stored = done.rows.entry(row.oid("id")?).or_default();
            stored.chunks.insert(row.oid("chunk")?);
        }
        Ok(Found::Record(done))
    }

    /// Makes an empty record. A target that publishes all its tables would also publish this one, to subscribers that
    /// do not have it: there it is unlogged, and a crash of the server empties it.
    pub fn create(&self, control: &Control) -> Result<(), ConnectError> {
        let published = "SELECT EXISTS (SELECT FROM pg_catalog.pg_publication p WHERE p.puballtables) AS v";
        let published = control.query(published)?.first().map(|row| row.bool("v")).transpose()?;
        let logged = if published == Some(true) { "UNLOGGED " } else { "" };
        let schema = &self.schema;
        let columns = "(what pg_catalog.text, id pg_catalog.int8, rows pg_catalog.int8, chunks pg_catalog.int4[])";
        let comment = comment(env!("CARGO_PKG_VERSION"));
        self.quietly(
            control,
            &[
                format!("CREATE SCHEMA {schema}"),
                format!("COMMENT ON SCHEMA {schema} IS {}", quote_literal(&comment)),
                format!(
                    "CREATE {logged}TABLE {schema}.attempt (archive pg_catalog.text, terms pg_catalog.text, \
                     begun pg_catalog.timestamptz DEFAULT pg_catalog.now())"
                ),
                format!("CREATE {logged}TABLE {schema}.done {columns}"),
                format!("CREATE UNLOGGED TABLE {schema}.done_unlogged {columns}"),
                format!(
                    "INSERT INTO {schema}.attempt VALUES ({}, {})",
                    quote_literal(&self.archive.to_string()),
                    quote_literal(&self.terms)
                ),
                format!("INSERT INTO {schema}.done_unlogged VALUES ('begun', 0)"),
            ],
        )
    }

    /// Drops the record and its schema, but nothing that somebody else may have put there.
    pub fn drop(&self, control: &Control) -> Result<(), ConnectError> {
        let schema = &self.schema;
        let tables = ["attempt", "done", "done_unlogged"].map(|table| format!("{schema}.{table}"));
        let statements = [
            format!("DROP TABLE {}", tables.join(", ")),
            format!("DROP SCHEMA {schema}"),
        ];
        self.quietly(control, &statements)
    }

    /// Runs statements in one transaction, hidden from event triggers as far as the role may hide them. A trigger that
    /// logs changes would make the database differ from the archive; one that forbids them would keep the record there.
    fn quietly(&self, control: &Control, statements: &[String]) -> Result<(), ConnectError> {
        let triggers = "SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger t WHERE t.evtenabled <> 'D') AS v";
        let triggers = control.query(triggers)?.first().map(|row| row.bool("v")).transpose()?;
        let all = statements.join("; ");
        if triggers != Some(true) {
            return control.execute(&all);
        }
        let silence = if control.server_version().has_event_triggers_setting() {
            "SET LOCAL event_triggers = off"
        } else {
            "SET LOCAL session_replication_role = replica"
        };
        let quiet = control.execute(&format!("BEGIN; {silence}; {all}; COMMIT"));
        match quiet {
            Err(error) if !error.is_fatal() => {
                control.execute("ROLLBACK")?;
                control.execute(&all)
            }
            other => other,
        }
    }

    /// The statement that records an entry.
    pub fn entry(&self, id: EntryId, extent: Extent) -> String {
        let what = match extent {
            Extent::Definition => "entry",
            Extent::Bare => "bare",
        };
        format!("INSERT INTO {}.done VALUES ('{what}', {id})", self.schema)
    }

    /// The statement that records that old objects were dropped.
    pub fn cleaned(&self) -> String {
        format!("INSERT INTO {}.done VALUES ('cleaned', 0)", self.schema)
    }

    /// Makes the statements that record rows of a relation.
    pub fn rows(&self, relation: RelationId, unlogged: bool) -> RowsRecord {
        let table = if unlogged { "done_unlogged" } else { "done" };
        RowsRecord {
            table: format!("{}.{table}", self.schema),
            relation,
        }
    }

    /// The records of other restores in this database.
    pub fn others(&self, control: &Control) -> Result<Vec<Other>, ConnectError> {
        let sql = format!(
            "SELECT n.nspname::pg_catalog.text AS name, pg_catalog.obj_description(n.oid, 'pg_namespace') AS comment \
             FROM pg_catalog.pg_namespace n WHERE n.nspname ~ '^{PREFIX}[0-9a-f]{{{KEY_DIGITS}}}$' ORDER BY n.nspname"
        );
        let other = |row: &Row| -> Result<Other, ConnectError> {
            let made_by = row.opt_string("comment")?.and_then(|comment| other_version(&comment));
            let name = row.string("name")?;
            Ok(Other { name, made_by })
        };
        let rows = control.query(&sql)?;
        let mut others: Vec<Other> = rows.iter().map(other).collect::<Result<_, _>>()?;
        others.retain(|other| other.name != self.name);
        Ok(others)
    }
}

/// The comment on the schema, for people and for other versions.
fn comment(version: &str) -> String {
    format!(
        "record of a restore that is not finished; `pgark restore --resume` goes on with it and drops it \
         (pgark {version}{FORM_IS}{})",
        terms::FORM
    )
}

/// The version that made a record with this comment; `None` if the form is this version's.
fn other_version(comment: &str) -> Option<String> {
    let (_, made_by) = comment.strip_suffix(')')?.rsplit_once("(pgark ")?;
    let (version, form) = made_by.rsplit_once(FORM_IS).unwrap_or((made_by, ""));
    (form != terms::FORM.to_string()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_of_one_archive_and_one_choice() {
        let options = RestoreOptions::default();
        let name = |archive, options: &RestoreOptions| Journal::new(ArchiveId([archive; 16]), options).name;
        let first = name(1, &options);
        assert!(
            first.starts_with(PREFIX) && first.len() == PREFIX.len() + KEY_DIGITS,
            "{first}"
        );
        assert_ne!(first, name(2, &options));
        let other = RestoreOptions {
            clean: true,
            ..options.clone()
        };
        assert_ne!(first, name(1, &other));
        let same = RestoreOptions {
            jobs: 7,
            exit_on_error: true,
            resume: true,
            ..options
        };
        assert_eq!(first, name(1, &same));
    }

    #[test]
    fn a_record_of_another_form_is_known_by_its_comment() {
        assert_eq!(other_version(&comment("9.8")), None);
        let before = "record of a restore that is not finished; `pgark restore --resume` goes on with it and drops it";
        assert_eq!(other_version(&format!("{before} (pgark 0.9)")).as_deref(), Some("0.9"));
        assert_eq!(
            other_version(&format!("{before} (pgark 9.9, form 999)")).as_deref(),
            Some("9.9")
        );
        assert_eq!(other_version("something else"), None);
    }

    #[test]
    fn rows_are_recorded_with_their_chunks() {
        let journal = Journal::new(ArchiveId([1; 16]), &RestoreOptions::default());
        let record = journal.rows(7, true);
        let sql = record.chunks(30, [2, 5].into_iter());
        assert!(sql.ends_with(".done_unlogged VALUES ('rows', 7, 30, '{2,5}')"), "{sql}");
        let longest = journal
            .rows(RelationId::MAX, true)
            .chunks(u64::MAX, [u32::MAX].into_iter());
        assert_eq!(longest.len(), record.most_bytes());
        assert!(record.less(4).ends_with(".done_unlogged VALUES ('rows', 7, -4, '{}')"));
    }
}
