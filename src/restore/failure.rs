//! What a restore lists when it goes on: what failed, and what was not tried because of that.

use crate::connect::{ConnectError, ServerError};
use crate::model::kind::Kind;
use crate::model::{Catalog, Entry, EntryId};
use crate::restore::refused::Lesser;

/// One entry or table that could not be restored.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot restore {kind} {identity}: {cause}")]
pub struct Failure {
    pub kind: String,
    pub identity: String,
    /// The statement that failed, shortened; absent for rows.
    pub statement: Option<String>,
    pub cause: String,
    /// The server's own fields, when the server said no.
    pub server: Option<ServerError>,
}

impl Failure {
    /// The server had no room left for locks.
    pub fn is_lock_table_full(&self) -> bool {
        self.server.as_ref().is_some_and(ServerError::is_lock_table_full)
    }

    pub fn of_server(kind: Kind, identity: &str, statement: Option<&str>, error: &ConnectError) -> Self {
        // Statistics are samples of the rows, which messages do not show.
        let shown = statement.filter(|_| kind != Kind::StatisticsData);
        Self {
            kind: kind.label().to_owned(),
            identity: identity.to_owned(),
            statement: shown.map(shorten),
            cause: error.to_string(),
            server: error.server().cloned(),
        }
    }

    /// Of a statement of an entry, which is not shown when the entry holds secrets; nor is what the
    /// server says it was doing.
    pub fn of_entry(entry: &Entry, statement: Option<&str>, error: &ConnectError) -> Self {
        let shown = statement.filter(|_| !entry.secret);
        let mut failure = Self::of_server(entry.kind, &entry.identity, shown, error);
        if let Some(server) = failure.server.as_mut().filter(|_| entry.secret) {
            server.context = None;
        }
        failure
    }

    /// The object is there, but belongs to the restoring role, or lacks a setting, comment or label.
    pub fn of_lesser(entry: &Entry, lesser: &Lesser) -> Self {
        let (what, refused) = match lesser {
            Lesser::Owner(refused) => ("OWNER", refused),
            Lesser::Extra(refused) => ("SETTING", refused),
        };
        let mut failure = Self::of_entry(entry, refused.statement.as_deref(), &refused.error);
        failure.kind = format!("{what} OF {}", entry.kind);
        failure
    }

    pub fn of_analyze(statement: &str, error: &ConnectError) -> Self {
        let of = statement.trim_start_matches("ANALYZE ").trim_start_matches("ONLY ");
        Self {
            kind: "ANALYZE OF".to_owned(),
            identity: of.to_owned(),
            statement: Some(statement.to_owned()),
            cause: error.to_string(),
            server: error.server().cloned(),
        }
    }

    /// Something that a statement or rows call did not find a name, under no `search_path` that was tried.
    pub fn is_of_path(&self) -> bool {
        self.server.as_ref().is_some_and(ServerError::is_not_found_within)
    }

    /// Rows that a foreign key refused.
    pub fn is_of_order(&self) -> bool {
        let refused = |server: &ServerError| server.sqlstate == "23503";
        self.kind == "TABLE DATA" && self.server.as_ref().is_some_and(refused)
    }

    pub fn of_rows(relation: &str, cause: String, server: Option<ServerError>) -> Self {
        Self {
            kind: "TABLE DATA".to_owned(),
            identity: relation.to_owned(),
            statement: None,
            cause,
            server,
        }
    }
}

/// One entry that was not tried because something it needs failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub kind: String,
    pub identity: String,
    pub because: String,
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

/// Kind and name of an entry, for readers.
pub fn name(catalog: &Catalog, id: EntryId) -> String {
    catalog.entry(id).map_or_else(String::new, Entry::label)
}
