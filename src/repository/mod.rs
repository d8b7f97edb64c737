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
pub(crate) mod drills;
mod error;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod hooks;
mod leftovers;
mod listing;
mod objects;
mod opened;
pub(crate) mod pending;
pub(crate) mod prune;
pub(crate) mod record;
pub(crate) mod reference;
pub(crate) mod retired;
mod settle;
pub(crate) mod state;
pub(crate) mod trash;
mod verifying;

pub(crate) use archives::Lease;
pub use drills::Underway;
pub use error::RepositoryError;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use history::Action;
pub(crate) use history::History;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use history::HistoryEvent;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use history::Outcome;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use history::Who;
pub(crate) use hooks::{HookConfig, Occasion};
pub(crate) use leftovers::Leftovers;
pub use listing::{Snapshot, Standing};
pub use objects::archive_name;
pub use opened::Repository;
pub(crate) use pending::{Change, Pending};
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use record::Status;
pub(crate) use record::{Record, SAFETY_LABEL, SnapshotKind};
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use state::Depth;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use state::State;
pub(crate) use state::{DrillVerdict, Verification};
pub(crate) use verifying::Checked;
