//! Which snapshots of a repository stay and which go, each with the reasons. Pure: [`decide`] is a function of
//! (snapshots, policy, now).
//!
//! # The rules
//!
//! Each *series* is decided for itself: what was taken of the same database, in the same environment, of the same
//! server, with the same content ([`Scope`]). Otherwise the nightly dump of one server's `app` would take the place of
//! another's, or a dump of two tables that of the whole.
//!
//! Only *good* snapshots, complete and verified, count. A snapshot stays when any one rule says so:
//!
//! - [`Tier`]: the newest of each of the newest N stretches of the calendar (UTC) in which there are any. While there are
//!   fewer than N, the oldest snapshot stays too: it is the one that will be the oldest of a full tier.
//! - `keep_within D`: not older than D before the newest good one, so that nothing expires when backups stop.
//! - `keep_label PATTERN`: whatever its state, if there is an archive.
//! - The newest `keep_min` good ones of every series, whatever the policy.
//! - Pinned ones; those that are being written; those dated later than clocks may differ, which take no part in any rule.
//!
//! One that is not verified, is partial, damaged, or missing its archive takes nobody's place. It goes only when there is a newer
//! good one *and* every rule would let it go if it were the one more good snapshot: so it stays as long as it would
//! have if nothing were wrong with it.
//!
//! What a failed or killed create left (`keep_failed`) goes with age. So does what a rollback replaced (`keep_safety`), but not
//! while it is newer than every good snapshot: until then nothing else holds that state.
//!
//! Of a retired database only pinned ones, those with a label that is kept, and those that are being written stay; all others
//! go together, `keep_retired` after it was retired.
//!
//! So: more rules never delete more, and deciding again about what was kept deletes nothing more.

mod calendar;
mod label;
mod policy;
mod reason;
mod rules;
#[cfg(test)]
mod tests;

pub use calendar::Tier;
pub use label::{LabelPattern, LabelPatternError};
pub use policy::{EXAMPLE, Keys, Policy, PolicyError};
pub use reason::{Delete, Keep};
pub use rules::decide;

/// What the rules look at of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Unique; orders what was taken at the same moment.
    pub id: String,
    pub series: Series,
    pub label: String,
    /// Microseconds since the epoch, UTC.
    pub taken_at: i64,
    pub condition: Condition,
    pub pinned: bool,
    /// Taken by a rollback of what it replaced.
    pub safety: bool,
    /// Since when its database is retired, in microseconds since the epoch, UTC; absent while it is not.
    pub retired_at: Option<i64>,
}

/// Snapshots that can stand for one another.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    pub database: String,
    pub environment: Option<String>,
    /// System identifier of the cluster, where it is known.
    pub server: Option<u64>,
    pub scope: Scope,
}

/// What of a database a snapshot holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    #[default]
    Whole,
    Definitions,
    /// What these options chose.
    Selection(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Complete, and every byte was found right.
    Good,
    /// Complete, as far as is known.
    Unverified,
    /// Without something that was asked for.
    Partial,
    Damaged,
    /// Its archive is not there.
    Missing,
    /// Being written.
    Running,
    /// Its create was killed.
    Incomplete,
    /// Its create failed.
    Failed,
}

/// What becomes of a snapshot, and every reason for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// With at least one reason.
    Keep(Vec<Keep>),
    Delete(Delete),
}

impl Verdict {
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep(_))
    }
}
