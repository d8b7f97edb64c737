//! The record of a snapshot: the JSON file beside its archive, final once the snapshot is made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RepositoryError;
use crate::archive::Archive;
use crate::model::{Missing, NotCovered};

/// The version of the records that this pgark writes.
pub(crate) const FORMAT: u32 = 1;

/// The label of a snapshot that a rollback takes of what it replaces.
pub(crate) const SAFETY_LABEL: &str = "emergency_pre_rollback";

/// The progress of making a snapshot, as its maker wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Status {
    /// Begun. If nobody holds the record's lock, it never ended.
    #[default]
    Running,
    /// Everything that was asked for is in it, and it was verified.
    Complete,
    /// Something that was asked for could not be read; the record lists it.
    Partial,
    /// Ended by an error; `error` says which.
    Failed,
}

/// How much of a database a snapshot contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SnapshotKind {
    /// The whole database.
    #[default]
    Full,
    /// Definitions without rows.
    Schema,
    /// What filters chose.
    Selection,
}

impl SnapshotKind {
    /// How much of a database a dump with these options takes. The options are spelled as in the archive.
    pub fn of_options(options: &[String]) -> Self {
        const WHOLE: [&str; 6] = [
            "copy-format",
            "role-passwords",
            "statistics",
            "large-objects",
            "role",
            "skip-unreadable",
        ];
        let name = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
        let narrowing = || options.iter().map(name).filter(|n| !WHOLE.contains(&n.as_str()));
        if narrowing().next().is_none() {
            Self::Full
        } else if narrowing().all(|name| name == "schema-only") {
            Self::Schema
        } else {
            Self::Selection
        }
    }
}

impl std::fmt::Display for SnapshotKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Full => "full",
            Self::Schema => "schema",
            Self::Selection => "selection",
        })
    }
}

/// Rows of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SnapshotTable {
    pub schema: String,
    pub name: String,
    pub rows: u64,
    /// Bytes of COPY data.
    pub raw_bytes: u64,
    pub stored_bytes: u64,
    /// Content digest, as `pgark show` prints it.
    pub digest: String,
    /// Rows were left out on purpose.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rows_left_out: bool,
}

/// The facts about a snapshot. Unknown keys are skipped, so that later versions may add fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Record {
    /// [`FORMAT`] of the pgark that wrote the record.
    pub format: u32,
    /// `YYYYMMDDTHHMMSSZ_label`, the beginning of the names of its files.
    pub id: String,
    /// The user's name for it; see [`check_label`].
    pub label: String,
    /// The user's reason for it.
    pub purpose: Option<String>,
    /// Where the database is used, e.g. `production`, as the user says.
    pub environment: Option<String>,
    /// How far its making came.
    pub status: Status,
    /// How much of the database was asked for.
    pub kind: SnapshotKind,
    /// Taken by a rollback of what it was about to replace: such a snapshot is never `latest` and not counted by
    /// retention.
    pub safety: bool,
    /// Name of the database.
    pub database: String,
    /// As the server prints it; empty until the archive is complete.
    pub server_version: String,
    /// The server's identifier, if the role may read it.
    pub system_identifier: Option<u64>,
    /// Version of the pgark that made it.
    pub tool_version: String,
    /// The dump options that shaped the content, as `name=value`.
    pub options: Vec<String>,
    /// When its create began, by the clock of the host.
    pub started_at: Timestamp,
    /// When the server took the snapshot, by its clock.
    pub taken_at: Option<Timestamp>,
    /// When its making ended, well or not, by the clock of the host; `None` until then.
    pub finished_at: Option<Timestamp>,
    /// How long dump and verification took.
    pub seconds: f64,
    /// `pg_database_size` before the dump.
    pub database_bytes: Option<u64>,
    /// The server counted the rows of every table before they were read.
    pub rows_counted: bool,
    /// Bytes of the archive.
    pub bytes: u64,
    /// Bytes of COPY data of all rows, pieces of large objects too.
    pub raw_bytes: u64,
    /// Rows of tables, without pieces of large objects.
    pub rows: u64,
    /// Entries of the archive, without globals.
    pub entries: u64,
    /// Large objects in the archive.
    pub large_objects: u64,
    /// The id in the archive's header.
    pub archive_id: String,
    /// The digest over all of the archive's content.
    pub root_digest: String,
    /// The tables with their rows, without large objects.
    pub tables: Vec<SnapshotTable>,
    /// Objects of the database that pgark does not carry.
    pub not_covered: Vec<NotCovered>,
    /// What was asked for and could not be read.
    pub partial: Vec<Missing>,
    /// The warnings of the dump.
    pub warnings: Vec<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// The command that restores it.
    pub restore: Option<String>,
    /// The last entry of the history when the record was written: (number, hash).
    pub history: Option<(u64, String)>,
}

impl Record {
    /// A record for a snapshot that is about to be made.
    pub fn begun(label: &str, started_at: Timestamp) -> Result<Self, RepositoryError> {
        check_label(label)?;
        Ok(Self {
            format: FORMAT,
            id: id(label, started_at),
            label: label.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at,
            ..Self::default()
        })
    }

    /// Copies what the archive says about itself.
    pub fn describe(&mut self, archive: &Archive) {
        let (source, manifest, catalog) = (archive.source(), archive.manifest(), archive.catalog());
        self.database = source.database.clone();
        self.server_version = source.server_version.clone();
        self.system_identifier = source.system_identifier;
        self.tool_version = source.tool_version.clone();
        self.purpose = source.purpose.clone();
        self.environment = source.environment.clone();
        self.options = source.options.clone();
        self.taken_at = Timestamp::from_microsecond(source.taken_at_micros).ok();
        self.bytes = archive.bytes();
        self.raw_bytes = manifest.raw_bytes;
        self.entries = catalog.entries.len() as u64;
        self.large_objects = catalog.large_objects();
        self.archive_id = archive.id().to_string();
        self.root_digest = archive.root_digest().to_string();
        let tables = catalog.relations.iter().filter(|r| !r.large_objects);
        self.tables = tables
            .map(|relation| {
                let stored = manifest.relation(relation.id);
                SnapshotTable {
                    schema: relation.schema.clone(),
                    name: relation.name.clone(),
                    rows: stored.map_or(0, |r| r.rows),
                    raw_bytes: stored.map_or(0, |r| r.raw_bytes),
                    stored_bytes: stored.map_or(0, |r| r.stored_bytes),
                    digest: stored.map(|r| r.digest().to_string()).unwrap_or_default(),
                    rows_left_out: relation.data_excluded,
                }
            })
            .collect();
        self.rows = self.tables.iter().map(|t| t.rows).sum();
        self.not_covered = catalog.not_covered.clone();
        self.partial = catalog.partial.clone();
        self.warnings = catalog.warnings.clone();
    }

    /// The time that dates and orders the snapshot: when its create began, by the clock of the host.
    pub fn time(&self) -> Timestamp {
        self.started_at
    }
}

/// `YYYYMMDDTHHMMSSZ_label`.
pub(crate) fn id(label: &str, at: Timestamp) -> String {
    format!("{}_{label}", at.strftime("%Y%m%dT%H%M%SZ"))
}

/// The time and label of an id; `None` if it is not an id.
pub(crate) fn parse_id(id: &str) -> Option<(Timestamp, &str)> {
    let (time, label) = id.split_once('_')?;
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
    check_label(label).ok()?;
    Some((time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(), label))
}

/// The most bytes of a label.
const MAX_LABEL_BYTES: usize = 64;

/// Checks a label: it is part of a file name, and must not look like another kind of reference.
pub(crate) fn check_label(label: &str) -> Result<(), RepositoryError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let why = if label.is_empty() {
        "it is empty"
    } else if label.len() > MAX_LABEL_BYTES {
        "it has more than 64 characters"
    } else if !label.chars().all(plain) {
        "only letters, digits, `.`, `_` and `-` can be in it"
    } else if label.starts_with(['.', '-']) {
        "it begins with `.` or `-`"
    } else if label == "latest" {
        "that is the newest complete snapshot"
    } else if label.chars().all(|c| c.is_ascii_digit()) {
        "a number is an index"
    } else if label.ends_with(".pgark") {
        "it looks like a file"
    } else if label.ends_with(".state") {
        "its record would have the name of another snapshot's state"
    } else {
        return Ok(());
    };
    Err(RepositoryError::Label {
        label: label.to_owned(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_time_and_label() {
        let at: Timestamp = "2026-11-22T04:05:06.789Z".parse().unwrap();
        let record = Record::begun("before_migration-1.2", at).unwrap();
        assert_eq!(record.id, "20261122T040506Z_before_migration-1.2");
        let (time, label) = parse_id(&record.id).unwrap();
        assert_eq!(
            (time.to_string().as_str(), label),
            ("2026-11-22T04:05:06Z", "before_migration-1.2")
        );
        for bad in [
            "",
            "x",
            "20261122T040506Z",
            "20261122T040506Z_",
            "20261322T040506Z_x",
            "a_b",
        ] {
            assert!(parse_id(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn labels_are_no_other_references() {
        for bad in [
            "",
            "latest",
            "12",
            "-x",
            ".x",
            "a b",
            "a/b",
            "ü",
            "x.pgark",
            &"x".repeat(65),
        ] {
            assert!(Record::begun(bad, Timestamp::UNIX_EPOCH).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_record_survives_its_json_and_unknown_keys() {
        let mut record = Record::begun("x", Timestamp::UNIX_EPOCH).unwrap();
        record.history = Some((3, "abc".into()));
        let mut json = serde_json::to_value(&record).unwrap();
        json["later"] = 1.into();
        assert_eq!(serde_json::from_value::<Record>(json).unwrap(), record);
    }
}
