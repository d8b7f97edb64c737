//! A repository: labelled snapshots in one place, with their records, states and history.
//!
//! ```text
//! repository.json              format and id; its lock is the repository's
//! snapshots/ID.pgark           the archive
//! snapshots/ID.json            Record: the facts; begun before the archive, completed after it
//! snapshots/ID.state.json      State: pinned, verified, drilled
//! log/NNNNNNNN.json            History
//! retired.json                Retirements
//! underway/                    drills that have not dropped their databases yet
//! drills/, trash/, policy.toml, hooks.toml
//! ```
//!
//! Everything about a repository is inside it, so a copied folder works. A reader of an archive holds a shared lock on
//! its file ([`Lease`]); moving a snapshot away needs an exclusive one. The maker of a snapshot holds a lock on its
//! record, so that a record without a lock is known to be abandoned.

mod archives;
mod at_once;
pub mod drills;
mod error;
pub mod health;
pub mod history;
pub mod hooks;
mod leftovers;
mod listing;
mod objects;
mod opened;
pub mod pending;
pub mod prune;
pub mod record;
pub mod reference;
pub mod retired;
mod settle;
pub mod state;
pub mod trash;
mod verifying;

pub use archives::Lease;
pub use drills::Underway;
pub use error::RepositoryError;
pub use history::{Action, History, HistoryEvent, Outcome, Who};
pub use hooks::{HookConfig, Occasion};
pub use leftovers::Leftovers;
pub use listing::{Snapshot, Standing};
pub use objects::archive_name;
pub use opened::Repository;
pub use pending::{Change, Pending};
pub use record::{Record, SAFETY_LABEL, SnapshotKind, Status};
pub use state::{Depth, DrillVerdict, State, Verification};
pub use verifying::Checked;
