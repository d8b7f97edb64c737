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
mod candidate;
mod label;
mod policy;
mod reason;
mod rules;
#[cfg(test)]
mod tests;

pub use calendar::Tier;
pub use candidate::{Candidate, Condition, Scope, Series};
pub use label::{LabelPattern, LabelPatternError};
pub use policy::{EXAMPLE, Keys, Policy, PolicyError};
pub use reason::{Delete, Keep, Verdict};
pub use rules::decide;
