//! Decides which snapshots of a repository stay and which go, each with the reasons. Pure: [`decide`] is a function of
//! (snapshots, policy, now).
//!
//! # The rules
//!
//! Each *series* is decided for itself: the snapshots of the same database, in the same environment, of the same
//! server, with the same content ([`SnapshotScope`]). Otherwise the nightly dump of one server's `app` would take the place of
//! another's, or a dump of two tables that of the whole database.
//!
//! Only *good* snapshots, which are complete and verified, count. A snapshot stays when any one rule says so:
//!
//! - `Tier`: the newest snapshot of each of the newest N stretches of the calendar (UTC) that have any. While there
//!   are fewer than N such stretches, the oldest snapshot stays too: it will be the oldest of a full tier.
//! - `keep_within D`: snapshots not older than D before the newest good one, so that nothing expires when backups stop.
//! - `keep_label PATTERN`: snapshots with such a label, in any state, if there is an archive.
//! - `keep_min`: that many of the newest good snapshots of every series, whatever the policy.
//! - Pinned snapshots, those that are being written, and those dated in the future by more than clocks may differ. The
//!   last take no part in any rule.
//!
//! A snapshot that is not verified, is partial or damaged, or lacks its archive takes the place of no other. It goes
//! only when there is a newer good one *and* every rule would let it go if it were one more good snapshot. So it stays
//! as long as it would if nothing were wrong with it.
//!
//! The remains of a failed or killed create go with age (`keep_failed`). So does the snapshot of a state that a
//! rollback replaced (`keep_safety`), but not while it is newer than every good snapshot: until then nothing else holds
//! that state.
//!
//! Of a retired database only pinned snapshots, those with a label that is kept, and those that are being written stay.
//! All others go together, `keep_retired` after the database was retired.
//!
//! It follows that more rules never delete more, and that deciding again about the kept snapshots deletes nothing more.

mod calendar;
mod candidate;
mod label;
mod policy;
mod reason;
mod rules;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use calendar::Tier;
pub(crate) use candidate::{Candidate, Condition, Series, SnapshotScope};
pub(crate) use label::LabelPattern;
#[cfg(test)]
pub(crate) use policy::EXAMPLE;
pub(crate) use policy::{Keys, Policy, PolicyError};
pub(crate) use reason::{Delete, Keep, Verdict};
pub(crate) use rules::decide;
