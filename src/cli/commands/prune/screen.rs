//! The decisions of a prune, one line for each snapshot, in 100 columns. Pure: the time is an argument.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::cli::commands::snapshot::screen::{WIDTH, age, shortened};
use crate::cli::terminal::output::table;
use crate::cli::terminal::wrap::wrapped;
use crate::model::ident::sanitize;
use crate::model::short::short_bytes;
use crate::plan::retention::Policy;
use crate::repository::prune::{Decision, PruneVerdict, Pruning};

/// Enough characters of an id to recognize it and to find it by.
const ID_WIDTH: usize = 40;

/// The screen: one table for each database.
pub(super) fn screen(pruning: &Pruning, policy: &Policy, applied: bool, now: Timestamp) -> String {
    let mut text = wrapped(&format!("policy: {}", sanitize(&policy.to_string())), ", ", WIDTH).join("\n");
    text.push('\n');
    let mut databases: BTreeMap<&str, Vec<&Decision>> = BTreeMap::new();
    for decision in &pruning.decisions {
        let of = databases.entry(&decision.snapshot.record.database).or_default();
        of.push(decision);
    }
    for (database, decisions) in databases {
        let name = match database {
            "" => "of an unknown database".to_owned(),
            name => sanitize(name),
        };
        text.push_str(&format!("\n{name}\n{}", rows(&decisions, now)));
    }
    for (trashed, why) in &pruning.not_emptied {
        let line = format!("{} cannot be taken out of the trash: {why}", trashed.id);
        text.push_str(&format!("\n{}\n", sanitize(&line)));
    }
    text.push_str(&format!("\n{}\n", pruning.summary()));
    if !applied {
        text.push_str("nothing was deleted: `--apply` does it\n");
    }
    text
}

fn rows(decisions: &[&Decision], now: Timestamp) -> String {
    let heading = ["#", "snapshot", "kind", "age", "size", "verdict"].map(str::to_owned);
    let mut lines = vec![heading.to_vec()];
    lines.extend(decisions.iter().map(|decision| {
        let record = &decision.snapshot.record;
        vec![
            decision.snapshot.index.to_string(),
            shortened(&sanitize(&record.id), ID_WIDTH),
            record.kind.to_string(),
            age(record.time(), now),
            short_bytes(record.bytes),
            verdict(&decision.verdict).to_owned(),
        ]
    }));
    let facts = table(&lines, &[true, false, false, true, true, false]);
    let width = facts.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let whys = decisions.iter().map(|decision| {
        let why = sanitize(&reasons(&decision.verdict).join("; "));
        wrapped(&why, "; ", WIDTH.saturating_sub(width + 2))
    });
    let whys = std::iter::once(vec!["why".to_owned()]).chain(whys);
    let mut text = String::new();
    for (line, why) in facts.lines().zip(whys) {
        let mut before = line;
        for part in why {
            text.push_str(&format!("{before:width$}  {part}\n"));
            before = "";
        }
    }
    text
}

/// The decision about a snapshot in one word.
pub(super) fn verdict(verdict: &PruneVerdict) -> &'static str {
    match verdict {
        PruneVerdict::Keep(_) => "keep",
        PruneVerdict::Delete(_) => "delete",
        PruneVerdict::Held(_) => "held",
    }
}

/// All reasons for the decision about a snapshot.
pub(super) fn reasons(verdict: &PruneVerdict) -> Vec<String> {
    match verdict {
        PruneVerdict::Keep(reasons) => reasons.iter().map(ToString::to_string).collect(),
        PruneVerdict::Delete(reason) => vec![reason.to_string()],
        PruneVerdict::Held(hold) => vec![hold.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::age::Age;
    use crate::plan::retention::{Condition, Delete, Keep, Keys, Tier};
    use crate::repository::prune::{Hold, PruneVerdict};
    use crate::repository::record::{Record, SnapshotKind};
    use crate::repository::trash::Trashed;
    use crate::repository::{Snapshot, Standing, State};

    fn decision(index: usize, time: &str, label: &str, database: &str, bytes: u64, verdict: PruneVerdict) -> Decision {
        let mut record = Record::begun(label, time.parse().unwrap()).unwrap();
        record.database = database.to_owned();
        record.bytes = bytes;
        if label == "structure" {
            record.kind = SnapshotKind::Schema;
        }
        Decision {
            snapshot: Snapshot {
                index,
                record,
                state: State::default(),
                standing: Standing::Complete,
                unreadable: None,
            },
            verdict,
        }
    }

    fn tier(tier: Tier, number: u32, of: u32) -> Keep {
        let oldest = false;
        Keep::Tier {
            tier,
            number,
            of,
            oldest,
        }
    }

    fn pruning() -> Pruning {
        let newest = vec![
            Keep::Label {
                pattern: "release-*".to_owned(),
            },
            Keep::Minimum { number: 1, of: 1 },
            tier(Tier::Daily, 1, 14),
            tier(Tier::Weekly, 1, 12),
            tier(Tier::Monthly, 1, 12),
        ];
        let long = "before_the_migration_of_the_orders_to_the_new_partitions_by_year";
        let unverified = Keep::IfGood {
            condition: Condition::Unverified,
            rule: Box::new(tier(Tier::Weekly, 12, 12)),
        };
        let safety = Delete::Safety { age: Age::days(7) };
        let failed = Hold::Failed("`snapshots/x` cannot be renamed".to_owned());
        Pruning {
            decisions: vec![
                decision(
                    1,
                    "2026-11-22T02:00:00Z",
                    "release-1.4",
                    "app",
                    5 << 30,
                    PruneVerdict::Keep(newest),
                ),
                decision(
                    2,
                    "2026-11-21T02:00:00Z",
                    long,
                    "app",
                    5 << 30,
                    PruneVerdict::Delete(Delete::PastRules),
                ),
                decision(
                    3,
                    "2026-11-20T02:00:00Z",
                    "nightly",
                    "shop \u{1b}[31m",
                    77,
                    PruneVerdict::Keep(vec![Keep::Pinned]),
                ),
                decision(
                    4,
                    "2026-11-19T02:00:00Z",
                    "structure",
                    "app",
                    120_000,
                    PruneVerdict::Held(Hold::InUse),
                ),
                decision(
                    5,
                    "2026-11-18T02:00:00Z",
                    "nightly",
                    "app",
                    5 << 30,
                    PruneVerdict::Held(failed),
                ),
                decision(
                    6,
                    "2026-11-01T02:00:00Z",
                    "emergency_pre_rollback",
                    "app",
                    9 << 20,
                    PruneVerdict::Delete(safety),
                ),
                decision(
                    7,
                    "2024-11-01T02:00:00Z",
                    "nightly",
                    "app",
                    9 << 20,
                    PruneVerdict::Keep(vec![unverified]),
                ),
            ],
            emptied: vec![Trashed {
                id: "20261101T000000Z_old".to_owned(),
                note: None,
                record: None,
                bytes: 3 << 30,
            }],
            in_trash: 2,
            ..Pruning::default()
        }
    }

    #[test]
    fn the_screen_is_as_it_was_looked_at() {
        let policy = Keys::parse(crate::plan::retention::EXAMPLE)
            .and_then(Keys::policy)
            .unwrap();
        let text = screen(&pruning(), &policy, false, "2026-11-22T12:00:00Z".parse().unwrap());
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        crate::cli::testing::assert_screen("prune", &text);
    }
}
