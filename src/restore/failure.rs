//! What a restore lists when it continues: what failed, and what was not tried because of that.

use std::fmt;

use crate::connect::{ConnectError, ErrorResponse};
use crate::model::kind::Kind;
use crate::model::{Catalog, Entry, EntryId, Relation, RelationId, SequenceState, ident};
use crate::restore::refused::Lesser;

/// What a failure concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// An entry of the archive, or something about it.
    Entry {
        id: EntryId,
        kind: Kind,
        identity: String,
        part: Part,
    },
    /// The rows of a table.
    Rows { relation: RelationId, name: String },
    /// The position of a sequence.
    Position { name: String },
    /// The schema that records the restore.
    Record { schema: String },
    /// Statistics that the server gathers.
    Statistics { of: String },
}

/// The part of an entry that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Its definition: without it the object does not exist.
    Definition,
    Owner,
    /// A setting, comment or label.
    Setting,
    Privileges,
}

impl Subject {
    /// The definition of an entry.
    pub fn entry(entry: &Entry) -> Self {
        Self::part(entry, Part::Definition)
    }

    pub fn part(entry: &Entry, part: Part) -> Self {
        Self::Entry {
            id: entry.id,
            kind: entry.kind,
            identity: entry.identity.clone(),
            part,
        }
    }

    pub fn rows(relation: &Relation) -> Self {
        Self::Rows {
            relation: relation.id,
            name: relation.label(),
        }
    }

    /// E.g. `TABLE`, `TABLE DATA`, `OWNER OF TABLE`.
    pub fn kind(&self) -> String {
        match self {
            Self::Entry { kind, part, .. } => match part {
                Part::Definition => kind.label().to_owned(),
                Part::Owner => format!("OWNER OF {kind}"),
                Part::Setting => format!("SETTING OF {kind}"),
                Part::Privileges => format!("PRIVILEGES OF {kind}"),
            },
            Self::Rows { .. } | Self::Position { .. } => "TABLE DATA".to_owned(),
            Self::Record { .. } => Kind::Schema.label().to_owned(),
            Self::Statistics { .. } => "ANALYZE OF".to_owned(),
        }
    }

    /// The name, quoted and qualified.
    pub fn identity(&self) -> &str {
        match self {
            Self::Entry { identity, .. } => identity,
            Self::Rows { name, .. } | Self::Position { name } => name,
            Self::Record { schema } => schema,
            Self::Statistics { of } => of,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.identity())
    }
}

/// Something that could not be restored.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot restore {what}: {cause}")]
#[non_exhaustive]
pub struct Failure {
    /// The object with the part of it, the rows, or whatever else could not be restored.
    pub what: Subject,
    /// The statement that failed, shortened; absent for rows.
    pub statement: Option<String>,
    /// The server's message, or another reason.
    pub cause: String,
    /// The fields of the server's error, if the server refused it.
    pub server: Option<ErrorResponse>,
}

impl Failure {
    fn new(what: Subject, statement: Option<&str>, error: &ConnectError) -> Self {
        Self {
            what,
            statement: statement.map(shorten),
            cause: error.to_string(),
            server: error.server().cloned(),
        }
    }

    /// A failed statement of an entry. When the entry holds secrets, neither the statement is shown nor the context
    /// that the server gives.
    pub fn of_entry(entry: &Entry, statement: Option<&str>, error: &ConnectError) -> Self {
        Self::of_part(entry, Part::Definition, statement, error)
    }

    /// As [`Failure::of_entry`], for one part. Planner statistics are not shown either: they hold values of rows.
    pub fn of_part(entry: &Entry, part: Part, statement: Option<&str>, error: &ConnectError) -> Self {
        // Statistics contain samples of the rows, and messages do not show rows.
        let shown = statement.filter(|_| !entry.secret && entry.kind != Kind::StatisticsData);
        let mut failure = Self::new(Subject::part(entry, part), shown, error);
        if let Some(server) = failure.server.as_mut().filter(|_| entry.secret) {
            server.context = None;
        }
        failure
    }

    /// The object exists, but still belongs to the restoring role, or lacks a setting, comment or label.
    pub fn of_lesser(entry: &Entry, lesser: &Lesser) -> Self {
        let (part, refused) = match lesser {
            Lesser::Owner(refused) => (Part::Owner, refused),
            Lesser::Extra(refused) => (Part::Setting, refused),
        };
        Self::of_part(entry, part, refused.statement.as_deref(), &refused.error)
    }

    /// A failure of the record that the restore keeps in the target.
    pub fn of_record(schema: &str, error: &ConnectError) -> Self {
        let schema = schema.to_owned();
        Self::new(Subject::Record { schema }, None, error)
    }

    /// An ANALYZE that failed; it changes nothing about the restored objects.
    pub fn of_analyze(statement: &str, error: &ConnectError) -> Self {
        let of = statement.trim_start_matches("ANALYZE ").trim_start_matches("ONLY ");
        let of = of.to_owned();
        Self {
            statement: Some(statement.to_owned()),
            ..Self::new(Subject::Statistics { of }, None, error)
        }
    }

    /// Rows that could not be loaded; `server` is absent if the server did not refuse them.
    pub fn of_rows(relation: &Relation, cause: String, server: Option<ErrorResponse>) -> Self {
        Self {
            what: Subject::rows(relation),
            statement: None,
            cause,
            server,
        }
    }

    /// A sequence that was made, and whose position could not be set.
    pub fn of_position(sequence: &SequenceState, error: &ConnectError) -> Self {
        let name = ident::qualified(&sequence.schema, &sequence.name);
        Self::new(Subject::Position { name }, None, error)
    }

    /// Whether the server had no room left for locks.
    pub fn is_lock_table_full(&self) -> bool {
        self.server.as_ref().is_some_and(ErrorResponse::is_lock_table_full)
    }

    /// Whether a function that a statement or rows call did not find a name under any `search_path` that was tried.
    pub fn is_of_path(&self) -> bool {
        self.server.as_ref().is_some_and(ErrorResponse::is_not_found_within)
    }

    /// Whether a foreign key refused the rows.
    pub fn is_of_order(&self) -> bool {
        let refused = |server: &ErrorResponse| server.sqlstate == "23503";
        matches!(self.what, Subject::Rows { .. }) && self.server.as_ref().is_some_and(refused)
    }

    /// Whether an extension could not be made.
    pub fn is_of_extension(&self) -> bool {
        matches!(
            self.what,
            Subject::Entry {
                kind: Kind::Extension,
                part: Part::Definition,
                ..
            }
        )
    }
}

/// Why something was not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// This failed, and the skipped thing needs it, directly or through others.
    Failed(Subject),
    /// The target cannot have what it needs; found before anything was changed.
    Lacking(String),
    /// It depends on itself through others.
    Loop,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(what) => write!(f, "{what} failed"),
            Self::Lacking(why) => f.write_str(why),
            Self::Loop => f.write_str("its dependencies form a loop"),
        }
    }
}

/// Something that was not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// As in [`Failure`].
    pub what: Subject,
    /// The first cause in the chain of what it needs.
    pub because: Cause,
}

/// At most this many characters of a statement are shown.
const SHOWN: usize = 300;

fn shorten(statement: &str) -> String {
    if statement.chars().count() <= SHOWN {
        return statement.to_owned();
    }
    let mut text: String = statement.chars().take(SHOWN).collect();
    text.push_str(" ..");
    text
}

/// Kind and name of an entry of the catalog, for readers.
pub(crate) fn name(catalog: &Catalog, id: EntryId) -> String {
    let entry = catalog.entry(id);
    entry.expect("what is told of was selected from this catalog").label()
}
