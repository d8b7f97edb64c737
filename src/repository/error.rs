//! Why a repository cannot be used, or not in the way that was asked.

use crate::archive::ArchiveError;
use crate::plan::retention::PolicyError;
use crate::storage::StorageError;

/// Why an operation on a repository was refused or did not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// An object could not be read or written. An error of an archive's bytes is [`RepositoryError::Archive`].
    #[error(transparent)]
    Storage(StorageError),
    /// An archive cannot be read or written, is damaged, or its verification was stopped.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The folder is missing, or has no `repository.json`.
    #[error("{place} is not a pgark repository")]
    NotARepository {
        /// The folder, as messages name it.
        place: String,
    },
    /// The folder holds other files, which must not be mixed with snapshots.
    #[error("{place} is neither empty nor a pgark repository")]
    NotEmpty {
        /// The folder, as messages name it.
        place: String,
    },
    /// Another version of pgark made the repository. Nothing of it but its mark has been read.
    #[error("the repository {place} has format {found}; this pgark knows {known}")]
    Format {
        /// The folder, as messages name it.
        place: String,
        /// What `repository.json` says.
        found: u32,
        /// The only format that this version reads.
        known: u32,
    },
    /// An object is not the JSON that is expected in it, or could not be turned into JSON.
    #[error("cannot read `{name}`")]
    Json {
        /// The object's name inside the repository.
        name: String,
        /// The parser's error, with line and column.
        source: serde_json::Error,
    },
    /// A record was copied or renamed by hand: its name and its content give different ids.
    #[error("`{name}` says that it is of `{says}`")]
    OtherId {
        /// The record's name inside the repository.
        name: String,
        /// The id in the record.
        says: String,
    },
    /// The label would be no part of a file name, or would look like another kind of reference.
    #[error("`{label}` cannot be a label: {why}")]
    Label {
        /// As it was given; when an archive is adopted, the whole id.
        label: String,
        /// The rule that it breaks, as a clause.
        why: &'static str,
    },
    /// Also when the reference names a database and another one is asked for.
    #[error("no snapshot `{reference}` in the repository{of}", of = of_database(.database))]
    Unknown {
        /// As it was given.
        reference: String,
        /// The database that was asked for beside the reference; absent when any would do.
        database: Option<String>,
    },
    /// Two or more snapshots fit, and the reference is neither a whole id nor a label.
    #[error("`{reference}` is the beginning of {count} ids: {first}, {second}{more}", more = if *.count > 2 { ", .." } else { "" })]
    Ambiguous {
        /// As it was given, without a database.
        reference: String,
        /// All snapshots that fit, at least 2.
        count: usize,
        /// A whole id.
        first: String,
        /// A whole id.
        second: String,
    },
    /// For `latest` and labels, which must stand for something that can be restored.
    #[error("no complete snapshot `{reference}` in the repository{of}{more}", of = of_database(.database), more = after_colon(.but))]
    NoneComplete {
        /// `latest` or the label.
        reference: String,
        /// The database that was asked for; absent when any would do.
        database: Option<String>,
        /// What exists instead.
        but: String,
    },
    /// Found for `latest` and labels when no database is given. Retired databases count only if all are.
    #[error("`{reference}` fits snapshots of several databases: {}", .choices.join(", "))]
    SeveralDatabases {
        /// `latest` or the label.
        reference: String,
        /// References that would be unique, in backquotes; the last may say how many more there are.
        choices: Vec<String>,
    },
    /// Found for `latest` and labels when no environment is given.
    #[error("`{reference}` fits snapshots of several environments: {}", .choices.join(", "))]
    SeveralEnvironments {
        /// `latest` or the label.
        reference: String,
        /// Options that would decide, in backquotes; the last may say how many more there are.
        choices: Vec<String>,
    },
    /// An id or an index is of one snapshot, whatever database is asked for beside it.
    #[error("snapshot `{id}` is of database `{is_of}`, not of `{wanted}`")]
    OtherDatabase {
        /// The snapshot's id.
        id: String,
        /// The database in its record.
        is_of: String,
        /// The database that was asked for.
        wanted: String,
    },
    /// The snapshot exists, and what is asked for is not possible with it as it is.
    #[error("snapshot `{id}` is {standing}")]
    NotUsable {
        /// The snapshot's id.
        id: String,
        /// What it is instead, as the end of a sentence: `in the trash`.
        standing: String,
    },
    /// A process holds a lock on its files, or it is still being made. Nothing of it was changed.
    #[error("snapshot `{id}` is being changed by somebody else")]
    Busy {
        /// The snapshot's id.
        id: String,
    },
    /// It is not deleted, not even by force.
    #[error("snapshot `{id}` is pinned")]
    Pinned {
        /// The snapshot's id.
        id: String,
    },
    /// It is deleted by force only.
    #[error("snapshot `{id}` is the newest good one of its database and kind")]
    NewestGood {
        /// The snapshot's id.
        id: String,
    },
    /// A file that people write, `policy.toml`, has something that is not understood.
    #[error("`{name}` in the repository: {why}")]
    Policy {
        /// The file's name inside the repository.
        name: &'static str,
        /// A sentence without its capital.
        why: String,
    },
    /// The policy cannot be applied to these snapshots. Nothing was deleted.
    #[error(transparent)]
    Retention(#[from] PolicyError),
    /// Neither there nor on its way there.
    #[error("snapshot `{id}` is not in the trash")]
    NotInTrash {
        /// As it was given.
        id: String,
    },
    /// The first broken place; entries after it are not trusted either.
    #[error("the history is broken at entry {number}: {what}")]
    History {
        /// The entry's number, counted from 1.
        number: u64,
        /// What is wrong with the entry, as a clause about `it`.
        what: String,
    },
    /// The system could not list the folder, or has no random numbers.
    #[error("cannot find out {what}")]
    Unknowable {
        /// As the object of `find out`.
        what: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
}

impl From<StorageError> for RepositoryError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Archive(error) => Self::Archive(error),
            error => Self::Storage(error),
        }
    }
}

fn of_database(database: &Option<String>) -> String {
    database
        .as_ref()
        .map_or_else(String::new, |name| format!(" of database `{name}`"))
}

fn after_colon(text: &str) -> String {
    match text.is_empty() {
        true => String::new(),
        false => format!(": {text}"),
    }
}
