//! The screens of a rollback: before the question, after a success, after a failure.

use jiff::Timestamp;

use super::args::Args;
use crate::cli::commands::compare;
use crate::cli::commands::restore_lines::{path_lines, paths_json};
use crate::cli::commands::snapshot::screen;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::output;
use crate::cli::terminal::output::{bytes, count};
use crate::connect::without_passwords;
use crate::model::ident::sanitize;
use crate::repository::{Repository, Snapshot};
use crate::snapshot::rollback::{Failed, Fate, Method, ReplacedDatabase, Rollback, RollbackReport, Slot};
use crate::snapshot::smoke::SmokeResult;
use crate::snapshot::{SnapshotError, Stopped, quoted};

/// What the rollback would do.
pub(super) fn plan(snapshot: &Snapshot, target: &ReplacedDatabase, method: Method, now: Timestamp) -> String {
    let record = &snapshot.record;
    let mut text = String::new();
    let mut fact = |name: &str, value: String| text.push_str(&format!("{name:<10} {}\n", sanitize(&value)));
    fact(
        "back to",
        format!("{}, {} old, verified", record.id, screen::age(record.time(), now)),
    );
    if let Some(purpose) = &record.purpose {
        fact("purpose", purpose.clone());
    }
    fact(
        "holds",
        format!(
            "{} tables, {} rows, {} of database {}",
            count(record.tables.len() as u64),
            count(record.rows),
            bytes(record.raw_bytes),
            record.database
        ),
    );
    fact(
        "replaces",
        match target.exists {
            true => format!(
                "database {}: {} tables, {}, {} sessions connected",
                target.database,
                count(target.tables),
                target.bytes.map_or("of unknown size".to_owned(), bytes),
                count(target.sessions)
            ),
            false => format!("nothing: there is no database {}", target.database),
        },
    );
    fact("by", method.to_string());
    for (name, remark) in remarks(target, method) {
        fact(name, remark);
    }
    text
}

/// Surprising facts about it, each with one word for its subject.
pub(super) fn remarks(target: &ReplacedDatabase, method: Method) -> Vec<(&'static str, String)> {
    let mut list = Vec::new();
    if let (Method::Transaction, Some(why)) = (method, &target.no_swap) {
        list.push((
            "because",
            format!("{why}; so it is restored in place, and writers wait until the end"),
        ));
    }
    if !target.slots.is_empty() {
        let name = |slot: &Slot| match slot.active {
            true => format!("{} (in use)", slot.name),
            false => slot.name.clone(),
        };
        let names: Vec<String> = target.slots.iter().map(name).collect();
        let then = match method {
            Method::Swap => {
                "they stay with the old database, which is kept for them, and their readers will not find them under the \
                 old name: make new slots in the new database, and begin its subscribers anew"
            }
            Method::Transaction => {
                "they stay, and their readers get all restored rows as new ones: subscribers have to be emptied first"
            }
        };
        list.push((
            "slots",
            format!("logical replication slots {}: {then}", names.join(", ")),
        ));
    }
    if !target.subscriptions.is_empty() {
        let names: Vec<&str> = target.subscriptions.iter().map(|s| s.name.as_str()).collect();
        list.push(("receives", format!(
            "subscriptions {}: they stay with the old database, which is kept for them, and go on there; the snapshot's come \
             back disabled",
            names.join(", ")
        )));
    }
    list
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Swap => "swap",
        Method::Transaction => "transaction",
    }
}

/// A rollback that ended, for printing.
pub(super) struct Shown<'a> {
    pub args: &'a Args,
    pub repository: &'a Repository,
    pub snapshot: &'a Snapshot,
    pub rollback: &'a Rollback<'a>,
    pub safety: Option<&'a str>,
    pub seconds: f64,
}

impl Shown<'_> {
    /// The command that goes back to the replaced state, over the same connection, without a password.
    fn undo(&self) -> Option<String> {
        let args = self.args;
        let given = match without_passwords(&args.dbname) == args.dbname {
            true => args.dbname.as_str(),
            false => self.rollback.target.database.as_str(),
        };
        let mut command = format!("pgark rollback {} -d {}", self.safety?, quoted(given));
        let options = [
            ("-h", &args.options.host),
            ("-p", &args.options.port),
            ("-U", &args.options.username),
        ];
        for (name, value) in options {
            if let Some(value) = value {
                command.push_str(&format!(" {name} {}", quoted(value)));
            }
        }
        command.push_str(&format!(" --repo {}", quoted(&self.repository.place())));
        Some(command)
    }

    /// The facts that every result has.
    fn json(&self, state: &str) -> serde_json::Map<String, serde_json::Value> {
        let target = &self.rollback.target;
        let slots = target.slots.iter().map(|s| {
            serde_json::json!({
                "name": s.name, "plugin": s.plugin, "active": s.active,
            })
        });
        let subscriptions = target.subscriptions.iter().map(|s| {
            serde_json::json!({
                "name": s.name, "enabled": s.enabled,
            })
        });
        let swap = self.rollback.method == Method::Swap;
        let facts = serde_json::json!({
            "database": target.database,
            "snapshot": self.snapshot.record.id,
            "safety_snapshot": self.safety,
            "state": state,
            "method": method_name(self.rollback.method),
            "method_because": target.no_swap.as_ref().filter(|_| !swap),
            "slots": slots.collect::<Vec<_>>(),
            "subscriptions": subscriptions.collect::<Vec<_>>(),
            "undo": self.undo(),
            "seconds": self.seconds,
        });
        match facts {
            serde_json::Value::Object(facts) => facts,
            _ => serde_json::Map::new(),
        }
    }

    /// Prints what led to the error, and the state of the database.
    pub(super) fn failed(&self, failed: &Failed) {
        match failed.error.as_ref() {
            SnapshotError::NotEqual { differences } => {
                for difference in differences {
                    eprintln!("{}", compare::text(difference));
                }
            }
            SnapshotError::SmokeFailed { results } => smoke_lines(results).iter().for_each(|line| eprintln!("{line}")),
            _ => {}
        }
        eprintln!("{}", sanitize(&failed.fate.to_string()));
        if let Some(id) = self.safety {
            eprintln!("the state before is saved as {}", sanitize(id));
        }
        if let (Some(undo), Fate::Replaced | Fate::Unknown { .. }) = (self.undo(), &failed.fate) {
            eprintln!("undo it with: {}", sanitize(&undo));
        }
        let transaction = match &failed.fate {
            Fate::Unknown { transaction } => Some(transaction.clone()),
            _ => None,
        };
        if self.args.json {
            let mut facts = self.json(failed.fate.name());
            let text = Stopped::new(failed.error.as_ref(), false).text;
            facts.insert("error".to_owned(), text.into());
            facts.insert("transaction".to_owned(), transaction.into());
            // The command ends with the failure, whether or not anybody reads this.
            let _ = output::json(&serde_json::Value::Object(facts));
        }
    }

    /// Prints what was done.
    pub(super) fn report(&self, report: &RollbackReport) -> Result<(), CommandFailure> {
        if self.args.json {
            let mut facts = self.json(Fate::Replaced.name());
            let more = serde_json::json!({
                "entries": report.entries,
                "rows": report.rows,
                "equal": report.differences.is_empty(),
                "differences": report.differences.iter().map(compare::json).collect::<Vec<_>>(),
                "smoke": report.smoke.iter().map(|s| serde_json::json!({
                    "line": s.line, "statement": s.statement, "seconds": s.seconds, "failure": s.failure,
                })).collect::<Vec<_>>(),
                "old_database": report.kept.as_ref().map(|(name, why)| serde_json::json!({ "name": name, "because": why })),
                "leftovers": report.leftovers,
                "search_paths": paths_json(&report.search_paths),
                "times": report.times.iter().map(|(phase, s)| (phase.to_string(), (*s).into()))
                    .collect::<serde_json::Map<String, serde_json::Value>>(),
            });
            if let serde_json::Value::Object(more) = more {
                facts.extend(more);
            }
            return output::json(&serde_json::Value::Object(facts));
        }
        for line in &report.leftovers {
            output::line(&sanitize(line))?;
        }
        for line in path_lines(&report.search_paths) {
            output::line(&sanitize(&line))?;
        }
        for difference in &report.differences {
            output::line(&compare::text(difference))?;
        }
        for line in smoke_lines(&report.smoke) {
            output::line(&line)?;
        }
        if self.rollback.method == Method::Transaction && !report.differences.is_empty() {
            output::line("(it is compared after the commit: what was written since then differs, too)")?;
        }
        let equal = match report.differences.len() {
            0 => "equal to the snapshot".to_owned(),
            found => format!("{found} differences from the snapshot"),
        };
        output::line(&format!(
            "database {} is back at {}: {} entries, {} rows, {equal}, {:.1} s",
            sanitize(&report.database),
            self.snapshot.record.id,
            count(report.entries),
            count(report.rows),
            self.seconds,
        ))?;
        if let Some((name, why)) = &report.kept {
            output::line(&format!(
                "the old database is kept as {}: {}",
                sanitize(name),
                sanitize(why)
            ))?;
        }
        match self.undo() {
            Some(undo) => output::line(&format!("undo it with: {}", sanitize(&undo))),
            None => Ok(()),
        }
    }
}

fn smoke_lines(results: &[SmokeResult]) -> Vec<String> {
    let line = |result: &SmokeResult| {
        let statement = screen::shortened(&result.statement.split_whitespace().collect::<Vec<_>>().join(" "), 60);
        let verdict = match &result.failure {
            None => "ok".to_owned(),
            Some(why) => format!("FAILED: {why}"),
        };
        sanitize(&format!("smoke check, line {}: {verdict}: {statement}", result.line))
    };
    results.iter().map(line).collect()
}
