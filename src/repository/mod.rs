//! A repository: labelled snapshots in one place, with what is known about them.
//!
//! ```text
//! repository.json              what it is; its lock
//! snapshots/ID.pgark           the archive
//! snapshots/ID.json            Record: the facts; begun before the archive, complete after it
//! snapshots/ID.state.json      State: pinned, verified, drilled
//! log/NNNNNNNN.json            History
//! retired.json                Retirements
//! underway/                    drills that have not cleared up yet
//! drills/, trash/, policy.toml, hooks.toml
//! ```
//!
//! Nothing about a repository is kept anywhere else: a copied folder works. Whoever reads an archive holds a shared
//! lock on its file ([`Lease`]); whoever takes a snapshot away needs it alone. A record that is being made is locked by
//! its maker, so that one without an owner is known to have been given up.

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
pub use history::{Action, Event, History, Outcome, Who};
pub use hooks::{HookConfig, Occasion};
pub use leftovers::Leftovers;
pub use listing::{Snapshot, Standing};
pub use objects::{archive_name, json, read, record_name, state_name};
pub use opened::Repository;
pub use pending::{Change, Pending};
pub use record::{Kind, Record, SAFETY_LABEL, Status, Table};
pub use state::{Depth, Drilled, State, Verification};
pub use verifying::Checked;
