//! Why a repository cannot be used, or not in the way that was asked.

use crate::archive::ArchiveError;
use crate::plan::retention::PolicyError;
use crate::storage::StorageError;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    #[error(transparent)]
    Storage(StorageError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("{place} is not a pgark repository")]
    NotARepository { place: String },
    /// The folder holds other files, which must not be mixed with snapshots.
    #[error("{place} is neither empty nor a pgark repository")]
    NotEmpty { place: String },
    #[error("the repository {place} has format {found}; this pgark knows {known}")]
    Format { place: String, found: u32, known: u32 },
    #[error("cannot read `{name}`")]
    Json { name: String, source: serde_json::Error },
    #[error("`{name}` says that it is of `{says}`")]
    OtherId { name: String, says: String },
    #[error("`{label}` cannot be a label: {why}")]
    Label { label: String, why: &'static str },
    #[error("no snapshot `{reference}` in the repository{of}", of = of_database(.database))]
    Unknown {
        reference: String,
        database: Option<String>,
    },
    #[error("`{reference}` is the beginning of {count} ids: {first}, {second}{more}", more = if *.count > 2 { ", .." } else { "" })]
    Ambiguous {
        reference: String,
        count: usize,
        first: String,
        second: String,
    },
    /// For `latest` and labels, which must stand for something that can be restored.
    #[error("no complete snapshot `{reference}` in the repository{of}{more}", of = of_database(.database), more = after_colon(.but))]
    NoneComplete {
        reference: String,
        database: Option<String>,
        /// What exists instead.
        but: String,
    },
    #[error("`{reference}` fits snapshots of several databases: {}", .choices.join(", "))]
    SeveralDatabases { reference: String, choices: Vec<String> },
    #[error("`{reference}` fits snapshots of several environments: {}", .choices.join(", "))]
    SeveralEnvironments { reference: String, choices: Vec<String> },
    #[error("snapshot `{id}` is of database `{is_of}`, not of `{wanted}`")]
    OtherDatabase { id: String, is_of: String, wanted: String },
    #[error("snapshot `{id}` is {standing}")]
    NotUsable { id: String, standing: String },
    #[error("snapshot `{id}` is being changed by somebody else")]
    Busy { id: String },
    #[error("snapshot `{id}` is pinned")]
    Pinned { id: String },
    #[error("snapshot `{id}` is the newest good one of its database and kind")]
    NewestGood { id: String },
    #[error("`{name}` in the repository: {why}")]
    Policy { name: &'static str, why: String },
    #[error(transparent)]
    Retention(#[from] PolicyError),
    #[error("snapshot `{id}` is not in the trash")]
    NotInTrash { id: String },
    #[error("the history is broken at entry {number}: {what}")]
    History { number: u64, what: String },
    #[error("cannot find out {what}")]
    Unknowable { what: &'static str, source: std::io::Error },
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
