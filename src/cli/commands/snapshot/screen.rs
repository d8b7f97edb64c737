//! Lists and facts of snapshots for people, in 100 columns. Pure: the time is an argument.

use indicatif::HumanCount;
use jiff::Timestamp;

use crate::cli::terminal::output::{bytes, count, table, utc};
use crate::model::ident::sanitize;
use crate::model::short::{short, short_bytes};
use crate::repository::{DrillVerdict, Snapshot, SnapshotKind, State};

/// The width of every screen.
pub(crate) const WIDTH: usize = 100;
/// Younger snapshots are highlighted.
const RECENT_SECONDS: i64 = 24 * 3600;
const LABEL_WIDTH: usize = 24;
const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";
/// How many tables `show` lists, the biggest first.
const TABLES: usize = 40;

/// The time since `then` in one unit: `3m`, `5h`, `12d`, `3w`, `2y`.
pub(crate) fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - then.as_second();
    match seconds {
        i64::MIN..0 => "future".to_owned(),
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        172_800..1_209_600 => format!("{}d", seconds / 86_400),
        1_209_600..63_072_000 => format!("{}w", seconds / 604_800),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

/// A number in at most five characters: `1.2M`.
pub(crate) fn short_count(number: u64) -> String {
    match number {
        0..10_000 => HumanCount(number).to_string(),
        _ => short(number, 1000.0, ""),
    }
}

/// The first characters of a text, with a mark if there are more.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    match text.chars().count() <= width {
        true => text.to_owned(),
        false => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Month, day and time, or the date in another year: `12:34` alone would mislead.
fn short_time(at: Timestamp, now: Timestamp) -> String {
    let year = |t: Timestamp| t.strftime("%Y").to_string();
    match year(at) == year(now) {
        true => at.strftime("%m-%d %H:%M").to_string(),
        false => at.strftime("%Y-%m-%d").to_string(),
    }
}

fn kind(kind: SnapshotKind) -> &'static str {
    match kind {
        SnapshotKind::Full => "full",
        SnapshotKind::Schema => "schema",
        SnapshotKind::Selection => "part",
    }
}

/// The last check of every byte, and the last sample if it is later.
fn verified(state: &State, now: Timestamp) -> String {
    if let Some(damage) = state.damage() {
        return format!("{} BAD", age(damage.at, now));
    }
    let whole = state.fully_verified_at;
    let sample = state
        .last_sample()
        .filter(|sample| whole.is_none_or(|at| sample.at > at));
    let sample = sample.map(|sample| format!("{} {}", age(sample.at, now), sample.depth));
    match (whole.map(|at| age(at, now)), sample) {
        (None, None) => "never".to_owned(),
        (Some(text), None) | (None, Some(text)) => text,
        (Some(whole), Some(sample)) => format!("{whole}, {sample}"),
    }
}

fn drilled(state: &State, now: Timestamp) -> String {
    match &state.drilled {
        None => "never".to_owned(),
        Some(DrillVerdict { at, good: false, .. }) => format!("{} BAD", age(*at, now)),
        Some(DrillVerdict { at, .. }) => age(*at, now),
    }
}

/// The list in the given order. `highlight` is for a terminal.
pub(crate) fn list(snapshots: &[Snapshot], now: Timestamp, highlight: bool) -> String {
    let heading = [
        "#", "label", "taken", "age", "kind", "size", "rows", "status", "verified", "drilled",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for snapshot in snapshots {
        let record = &snapshot.record;
        let pin = if snapshot.state.pinned { "*" } else { "" };
        let or_nothing = |number: u64, text: String| if number == 0 { "-".to_owned() } else { text };
        rows.push(vec![
            snapshot.index.to_string(),
            format!("{}{pin}", shortened(&sanitize(&record.label), LABEL_WIDTH - 1)),
            short_time(record.time(), now),
            age(record.time(), now),
            kind(record.kind).to_owned(),
            or_nothing(record.bytes, short_bytes(record.bytes)),
            or_nothing(record.rows, short_count(record.rows)),
            snapshot.standing.to_string(),
            verified(&snapshot.state, now),
            drilled(&snapshot.state, now),
        ]);
    }
    let aligned = [true, false, false, true, false, true, true, false, true, true];
    let text = table(&rows, &aligned);
    let mut lines = text.lines();
    let mut out = format!("{}\n", lines.next().unwrap_or_default());
    for (snapshot, line) in snapshots.iter().zip(lines) {
        let is_recent = (0..RECENT_SECONDS).contains(&(now.as_second() - snapshot.record.time().as_second()));
        match highlight && is_recent {
            true => out.push_str(&format!("{BOLD}{line}{PLAIN}\n")),
            false => out.push_str(&format!("{line}\n")),
        }
        out.push_str(&format!("{}\n", shortened(&below(snapshot, now), WIDTH)));
    }
    out.push_str("times are UTC; * is pinned\n");
    out
}

/// What does not fit into the line: id, database, environment, purpose, and why it failed.
fn below(snapshot: &Snapshot, now: Timestamp) -> String {
    let record = &snapshot.record;
    let mut text = format!("    {}", record.id);
    if !record.database.is_empty() {
        text.push_str(&format!("  {}", record.database));
    }
    if let Some(environment) = &record.environment {
        text.push_str(&format!(" ({environment})"));
    }
    if snapshot.is_future(now) {
        text.push_str("  dated in the future: never latest");
    }
    let why = snapshot.unreadable.as_ref().or(record.error.as_ref());
    if let Some(more) = why.or(record.purpose.as_ref()) {
        text.push_str(&format!("  {more}"));
    }
    sanitize(&text)
}

/// All facts about one snapshot.
pub(crate) fn show(snapshot: &Snapshot, now: Timestamp) -> String {
    let (record, state) = (&snapshot.record, &snapshot.state);
    let mut out = String::new();
    let mut fact = |name: &str, value: String| {
        let value = sanitize(&value);
        out.push_str(format!("{name:<12} {value}").trim_end());
        out.push('\n');
    };
    let at = |time: Timestamp| match time > now {
        true => format!("{} (in the future)", utc(time.as_microsecond())),
        false => format!("{} ({} ago)", utc(time.as_microsecond()), age(time, now)),
    };
    let pinned = if state.pinned { ", pinned" } else { "" };
    fact("snapshot", format!("{} (#{})", record.id, snapshot.index));
    fact("status", format!("{}, {}{pinned}", snapshot.standing, record.kind));
    if record.safety {
        fact("safety", "taken by a rollback of what it replaced".to_owned());
    }
    for (name, value) in [
        ("unreadable", &snapshot.unreadable),
        ("error", &record.error),
        ("purpose", &record.purpose),
        ("environment", &record.environment),
    ] {
        if let Some(value) = value {
            fact(name, value.clone());
        }
    }
    fact("database", record.database.clone());
    if !record.server_version.is_empty() {
        fact("server", format!("PostgreSQL {}", record.server_version));
    }
    fact("taken", at(record.time()));
    fact("duration", format!("{:.1} s", record.seconds));
    if !record.options.is_empty() {
        fact("options", record.options.join(" "));
    }
    fact("written by", format!("pgark {}", record.tool_version));
    if let Some(size) = record.database_bytes {
        fact("was on disk", bytes(size));
    }
    if record.bytes > 0 {
        fact(
            "size",
            format!("{} raw, {} stored", bytes(record.raw_bytes), bytes(record.bytes)),
        );
        let counted = if record.rows_counted {
            ", as the server counted them"
        } else {
            ""
        };
        fact("rows", format!("{}{counted}", count(record.rows)));
        fact("root digest", record.root_digest.clone());
    }
    fact(
        "verified",
        match (state.last_full(), state.fully_verified_at) {
            (Some(v), _) if !v.good => format!("NOT GOOD: {} findings {}", v.findings, at(v.at)),
            (_, Some(whole)) => format!("{}, every byte", at(whole)),
            (_, None) => "never".to_owned(),
        },
    );
    if let Some(sample) = state.last_sample() {
        fact(
            "sampled",
            match sample.good {
                true => format!("{}, {}", at(sample.at), sample.depth),
                false => format!(
                    "NOT GOOD: {} findings {}, {}",
                    sample.findings,
                    at(sample.at),
                    sample.depth
                ),
            },
        );
    }
    fact(
        "drilled",
        match &state.drilled {
            None => "never".to_owned(),
            Some(d) if d.good => format!("{}, restored in {:.1} s", at(d.at), d.seconds),
            Some(d) => format!("FAILED: {}", at(d.at)),
        },
    );
    if let Some(drilled) = &state.drilled {
        fact("report", drilled.report.clone());
    }
    if let Some(command) = &record.restore {
        fact("restore", command.clone());
    }
    if !record.tables.is_empty() {
        out.push('\n');
        out.push_str(&tables(snapshot));
    }
    for kind in &record.not_covered {
        let names = sanitize(&kind.names.join(", "));
        out.push_str(&format!("not covered: {} {names}\n", sanitize(&kind.kind)));
    }
    for missing in &record.partial {
        out.push_str(&format!("not in the snapshot: {}\n", sanitize(&missing.to_string())));
    }
    for warning in &record.warnings {
        out.push_str(&format!("warning: {}\n", sanitize(warning)));
    }
    out
}

fn tables(snapshot: &Snapshot) -> String {
    const NAME_WIDTH: usize = 40;
    let mut tables: Vec<_> = snapshot.record.tables.iter().collect();
    tables.sort_by_key(|t| std::cmp::Reverse(t.raw_bytes));
    let mut rows = vec![["table", "rows", "raw", "stored", "digest"].map(str::to_owned).to_vec()];
    for t in tables.iter().take(TABLES) {
        let name = shortened(&sanitize(&format!("{}.{}", t.schema, t.name)), NAME_WIDTH);
        rows.push(match t.rows_left_out {
            true => vec![name, "left out".to_owned()],
            false => vec![
                name,
                count(t.rows),
                bytes(t.raw_bytes),
                bytes(t.stored_bytes),
                t.digest.chars().take(12).collect(),
            ],
        });
    }
    let mut text = table(&rows, &[false, true, true, true, false]);
    if tables.len() > TABLES {
        text.push_str(&format!(
            "and {} smaller tables (--json has all)\n",
            tables.len() - TABLES
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::assert_screen;
    use crate::repository::record::SnapshotTable;
    use crate::repository::record::parse_id;
    use crate::repository::{Depth, Record, Standing, Status, Verification};

    #[test]
    fn ages_have_one_unit() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let ago = |seconds: i64| age(Timestamp::from_second(now.as_second() - seconds).unwrap(), now);
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (7200, "2h"),
            (47 * 3600, "47h"),
            (2 * 86_400, "2d"),
            (20 * 86_400, "2w"),
            (800 * 86_400, "2y"),
            (-1, "future"),
        ] {
            assert_eq!(ago(seconds), text);
        }
    }

    #[test]
    fn numbers_are_short() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1024, "1.0k"),
            (123 << 20, "123M"),
            (1023 << 10, "1023k"),
        ] {
            assert_eq!(short_bytes(number), text);
        }
        for (number, text) in [
            (9_999, "9,999"),
            (12_345, "12.3k"),
            (999_990, "1.0M"),
            (1_234_567_890, "1.2G"),
        ] {
            assert_eq!(short_count(number), text);
        }
        assert_eq!(shortened("abcdef", 4), "abc…");
    }

    fn snapshot(index: usize, id: &str, change: impl FnOnce(&mut Snapshot)) -> Snapshot {
        let (started_at, label) = parse_id(id).unwrap();
        let mut snapshot = Snapshot {
            index,
            record: Record {
                id: id.to_owned(),
                label: label.to_owned(),
                started_at,
                database: "app".to_owned(),
                server_version: "18.4".to_owned(),
                tool_version: "0.1.0".to_owned(),
                bytes: 5 << 30,
                raw_bytes: 33 << 30,
                rows: 123_456_789,
                rows_counted: true,
                database_bytes: Some(47 << 30),
                seconds: 312.5,
                root_digest: "ab".repeat(32),
                ..Record::default()
            },
            state: State::default(),
            standing: Standing::Complete,
            unreadable: None,
        };
        snapshot.state.verify(Verification {
            at: started_at,
            depth: Depth::Full,
            good: true,
            findings: 0,
        });
        change(&mut snapshot);
        snapshot
    }

    fn drilled(at: &str, good: bool) -> Option<DrillVerdict> {
        Some(DrillVerdict {
            at: at.parse().unwrap(),
            good,
            seconds: 401.25,
            report: "drills/20261121T030000Z_nightly-20261121T040000Z.json".to_owned(),
        })
    }

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn some() -> Vec<Snapshot> {
        vec![
            snapshot(1, "20261122T115800Z_a-label-that-is-longer-than-its-column", |s| {
                s.record.status = Status::Running;
                s.standing = Standing::Running;
                (s.record.bytes, s.record.rows) = (0, 0);
                s.state = State::default();
            }),
            snapshot(2, "20261122T030000Z_nightly", |s| {
                s.record.environment = Some("production".to_owned());
                s.record.purpose =
                    Some("what every night takes, and a purpose that is too long for one line".to_owned());
            }),
            snapshot(3, "20261121T030000Z_nightly", |s| {
                s.standing = Standing::Failed;
                s.record.error = Some("cannot connect to `db\u{1b}[31m:5432/app`: connection refused".to_owned());
                (s.record.bytes, s.record.rows) = (0, 0);
                s.state = State::default();
            }),
            snapshot(4, "20261120T030000Z_before-migration", |s| {
                s.state.pinned = true;
                s.state.drilled = drilled("2026-11-21T04:00:00Z", true);
                s.state.verify(Verification {
                    at: now(),
                    depth: Depth::Sample(5.0),
                    good: true,
                    findings: 0,
                });
            }),
            snapshot(5, "20241120T030000Z_structure", |s| {
                s.record.kind = SnapshotKind::Schema;
                s.standing = Standing::Damaged;
                s.unreadable = Some("its record cannot be read".to_owned());
                s.state.drilled = drilled("2024-11-21T04:00:00Z", false);
                s.state.verify(Verification {
                    at: now(),
                    depth: Depth::Full,
                    good: false,
                    findings: 2,
                });
            }),
        ]
    }

    #[track_caller]
    fn assert_fits(name: &str, text: &str) {
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(WIDTH), "{name} has a line of {widest:?}");
        assert_screen(name, text);
    }

    #[test]
    fn the_list_looks_as_it_was_looked_at() {
        assert_fits("list", &list(&some(), now(), false));
        let highlighted = list(&some(), now(), true);
        assert_eq!(highlighted.matches(BOLD).count(), 2);
    }

    #[test]
    fn a_snapshot_looks_as_it_was_looked_at() {
        let whole = snapshot(4, "20261120T030000Z_before-migration", |s| {
            s.state = some()[3].state.clone();
            s.record.purpose = Some("adds invoices".to_owned());
            s.record.restore = Some("pgark restore 20261120T030000Z_before-migration --repo /backup -d app".to_owned());
            s.record.tables = (1..=42)
                .map(|n: u64| SnapshotTable {
                    schema: "public".to_owned(),
                    name: format!("table_{n:02}"),
                    rows: n * 1000,
                    raw_bytes: n << 20,
                    stored_bytes: n << 18,
                    digest: "0123456789abcdef".repeat(2),
                    rows_left_out: n == 41,
                })
                .collect();
            s.record.warnings = vec!["something odd".to_owned()];
        });
        assert_fits("show", &show(&whole, now()));
        assert_fits("show_damaged", &show(&some()[4], now()));
    }
}
