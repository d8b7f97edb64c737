//! The figures in the text format of Prometheus, for the textfile collector of node_exporter.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>. Each time is there twice: as a time, which stays
//! right however old the file is, and as an age when the file was written.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::Timestamp;

use crate::repository::health::{Figures, Health};

/// Everybody may read the file: node_exporter runs as another user.
const MODE: u32 = 0o644;

struct Metric<'a> {
    name: &'static str,
    help: &'static str,
    /// Each with its labels besides the repository, and its value.
    samples: Vec<(Vec<(&'static str, &'a str)>, f64)>,
}

/// All metrics as text. The label `repository` tells several repositories apart.
pub(super) fn metrics(health: &Health, repository: &str, now: Timestamp) -> String {
    let mut text = String::new();
    for metric in list(health, now) {
        if metric.samples.is_empty() {
            continue;
        }
        let Metric { name, help, samples } = metric;
        text.push_str(&format!("# HELP pgark_{name} {help}\n# TYPE pgark_{name} gauge\n"));
        for (labels, value) in samples {
            let all = std::iter::once(("repository", repository)).chain(labels);
            let all: Vec<String> = all
                .map(|(key, value)| format!("{key}=\"{}\"", escaped(value)))
                .collect();
            text.push_str(&format!("pgark_{name}{{{}}} {value}\n", all.join(",")));
        }
    }
    text
}

fn list(health: &Health, now: Timestamp) -> Vec<Metric<'_>> {
    let of_each = |value: &dyn Fn(&Figures) -> Option<f64>| -> Vec<_> {
        let one = |figures| Some((labels(figures), value(figures)?));
        health.figures.iter().filter_map(one).collect()
    };
    let seconds = |at: Timestamp| at.as_second() as f64;
    let metric = |name, help, samples| Metric { name, help, samples };
    let newest = |value: fn(&Figures) -> f64| of_each(&move |f| f.taken_at.map(|_| value(f)));
    let drilled = |value: fn(&crate::repository::DrillVerdict) -> f64| of_each(&move |f| f.drilled.as_ref().map(value));
    let whole = |value: f64| vec![(Vec::new(), value)];
    vec![
        metric(
            "snapshot_timestamp_seconds",
            "When the newest complete snapshot was taken.",
            of_each(&|f| f.taken_at.map(seconds)),
        ),
        metric(
            "snapshot_age_seconds",
            "How old the newest complete snapshot was when this was written.",
            of_each(&|f| f.taken_at.map(|at| seconds(now) - seconds(at))),
        ),
        metric(
            "snapshot_bytes",
            "Size of the newest complete snapshot.",
            newest(|f| f.amount.bytes as f64),
        ),
        metric(
            "snapshot_rows",
            "Rows of the newest complete snapshot.",
            newest(|f| f.amount.rows as f64),
        ),
        metric(
            "snapshots",
            "Snapshots that there are, in whatever state.",
            of_each(&|f| Some(f.snapshots as f64)),
        ),
        metric(
            "healthy",
            "1 if nothing was found wrong with the backups of a database.",
            of_each(&|f| Some(flag(f.good))),
        ),
        metric(
            "verified_timestamp_seconds",
            "When a snapshot was last verified and found good, every byte of it.",
            of_each(&|f| f.verified_at.map(seconds)),
        ),
        metric(
            "drill_timestamp_seconds",
            "When the last drill was.",
            drilled(|d| d.at.as_second() as f64),
        ),
        metric(
            "drill_good",
            "1 if the last drill proved its snapshot.",
            drilled(|d| flag(d.good)),
        ),
        metric(
            "drill_restore_seconds",
            "How long the restore of the last drill took.",
            drilled(|d| d.seconds),
        ),
        metric(
            "repository_free_bytes",
            "What is free where the repository is.",
            whole(health.space.free as f64),
        ),
        metric(
            "repository_total_bytes",
            "How large the place is that the repository is in.",
            whole(health.space.total as f64),
        ),
        metric(
            "health_findings",
            "How many things were found wrong.",
            whole(health.findings() as f64),
        ),
        metric(
            "health_timestamp_seconds",
            "When this was written.",
            whole(seconds(now)),
        ),
    ]
}

fn labels(figures: &Figures) -> Vec<(&'static str, &str)> {
    let environment = figures.subject.environment.as_deref();
    let environment = environment.map(|name| ("environment", name));
    std::iter::once(("database", figures.subject.database.as_str()))
        .chain(environment)
        .collect()
}

fn flag(good: bool) -> f64 {
    if good { 1.0 } else { 0.0 }
}

/// A label's value, escaped for its quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Replaces the file as a whole: a reader sees either the old or the new one.
pub(super) fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // The collector reads every file whose name ends with `.prom`, so the temporary name must not.
    let mut file = tempfile::Builder::new()
        .prefix(".pgark")
        .suffix(".partial")
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(MODE))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::DrillVerdict;
    use crate::repository::health::{Amount, Check, Subject, What};
    use crate::storage::Space;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn health() -> Health {
        let figures = |database: &str, environment: Option<&str>| Figures {
            subject: Subject {
                database: database.to_owned(),
                environment: environment.map(str::to_owned),
            },
            snapshots: 3,
            ..Figures::default()
        };
        let drilled = DrillVerdict {
            at: at("2026-11-20T00:00:00Z"),
            good: true,
            seconds: 12.5,
            report: String::new(),
        };
        Health {
            checks: vec![Check {
                good: false,
                subject: None,
                what: What::Files { whole: 0 },
            }],
            figures: vec![
                Figures {
                    good: true,
                    taken_at: Some(at("2026-11-22T02:00:00Z")),
                    amount: Amount {
                        bytes: 5 << 40,
                        rows: 1_234_567_890,
                    },
                    verified_at: Some(at("2026-11-22T02:10:00Z")),
                    drilled: Some(drilled),
                    ..figures("app", Some("production"))
                },
                figures("a \"b\\c\"\nd", None),
            ],
            space: Space {
                free: 5 << 30,
                total: 100 << 30,
            },
        }
    }

    #[test]
    fn the_metrics_are_as_they_were_looked_at() {
        let text = metrics(&health(), "/backup", at("2026-11-22T12:00:00Z"));
        crate::cli::testing::assert_screen("prometheus", &text);
    }

    #[test]
    fn the_file_is_whole_and_everybody_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pgark.prom");
        for text in ["one\n", "two\n"] {
            write(&path, text).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("none/pgark.prom"), "").is_err());
    }
}
