//! The result of a drill for a terminal of 100 columns. Pure; everything from outside is sanitised.

use crate::cli::commands::snapshot::screen::shortened;
use crate::cli::terminal::output::{count, table};
use crate::model::ident::sanitize;
use crate::snapshot::drill::DrillReport;

const WIDTH: usize = 100;
/// The most findings on the screen; the report has more.
const MAX_FINDINGS: usize = 20;

/// The screen. `name` is the report's name in the repository.
pub(super) fn render(report: &DrillReport, name: &str) -> String {
    let line = |text: String| shortened(&sanitize(&text), WIDTH);
    let place = match report.throwaway {
        true => "a throwaway server".to_owned(),
        false => report.server.clone(),
    };
    let mut lines = vec![
        line(format!(
            "drill of {}, database {}",
            report.snapshot, report.source_database
        )),
        line(format!("on {place}, scratch database {}", report.database)),
        String::new(),
    ];
    let mut rows = vec![["  step", "seconds", "result"].map(str::to_owned).to_vec()];
    for phase in &report.phases {
        rows.push(vec![
            format!("  {}", sanitize(&phase.name)),
            format!("{:.1}", phase.seconds),
            sanitize(&phase.what),
        ]);
    }
    let steps = table(&rows, &[false, true, false]);
    lines.extend(steps.lines().map(|step| shortened(step, WIDTH)));
    let found = findings(report);
    if !found.is_empty() {
        lines.push(String::new());
        lines.extend(found.into_iter().map(|finding| line(format!("  ! {finding}"))));
    }
    let mut notes: Vec<String> = report.notes.clone();
    notes.extend(
        report
            .leftovers
            .iter()
            .map(|name| format!("{name} is left over from a drill that was killed: drop it")),
    );
    if report.kept {
        notes.push(format!("the scratch database {} is still there", report.database));
    }
    if !notes.is_empty() {
        lines.push(String::new());
        lines.extend(notes.into_iter().map(|note| line(format!("  note: {note}"))));
    }
    lines.push(String::new());
    let verdict = match report.proven {
        true => "proven: restored, equal".to_owned(),
        false if report.wrong() == 1 => "not proven: 1 finding".to_owned(),
        false => format!("not proven: {} findings", count(report.wrong())),
    };
    lines.push(line(format!("{verdict}, {:.1} s; report {name}", report.seconds)));
    lines.join("\n")
}

fn findings(report: &DrillReport) -> Vec<String> {
    let checks = report.smoke.iter().filter_map(|check| {
        let why = check.failure.as_ref()?;
        Some(format!(
            "smoke check of line {}: {why}: {}",
            check.line, check.statement
        ))
    });
    let mut all: Vec<String> = checks.chain(report.findings.iter().cloned()).collect();
    all.truncate(MAX_FINDINGS);
    let more = report.wrong().saturating_sub(all.len() as u64);
    if more > 0 {
        all.push(format!("{} more", count(more)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::assert_screen;
    use crate::snapshot::drill::{Phase, Smoke, page};

    fn report(proven: bool) -> DrillReport {
        let phase = |name: &str, seconds, what: &str| Phase {
            name: name.into(),
            seconds,
            what: what.into(),
        };
        DrillReport {
            schema_version: 1,
            snapshot: "20260301T020000Z_nightly".into(),
            source_database: "app".into(),
            source_version: "18.4".into(),
            root_digest: "d199c2cd94a9".into(),
            at: "2026-03-02T03:00:00Z".parse().unwrap(),
            proven,
            seconds: 75.25,
            restore_seconds: 61.5,
            server: "spare.example.com:5432/postgres".into(),
            throwaway: false,
            database: "pgark_drill_20260302_030000_a1b2c3d4e5f6".into(),
            kept: false,
            entries: 412,
            rows: 12_345_678,
            phases: vec![
                phase("create database", 0.21, ""),
                phase("restore", 61.5, "412 entries, 12345678 rows"),
                phase("compare", 13.1, "equal: 412 objects, 57 tables"),
                phase("smoke checks", 0.3, "2 of 2 passed"),
                phase("drop database", 0.14, ""),
            ],
            findings: Vec::new(),
            finding_count: 0,
            smoke: Vec::new(),
            notes: Vec::new(),
            leftovers: Vec::new(),
            tool_version: "0.1.0".into(),
        }
    }

    fn failed() -> DrillReport {
        let mut report = report(false);
        report.phases[2].what = "3 differences".into();
        report.findings = vec![
            "definition of FUNCTION public.total(integer) differs".into(),
            "rows of public.orders differ: 5000 in A, 4963 in B".into(),
            format!("rows only in A: public.evil\u{1b}[31m{}", "x".repeat(100)),
        ];
        report.finding_count = 40;
        report.smoke = vec![Smoke {
            line: 3,
            statement: "SELECT count(*) > 1000\nFROM orders".into(),
            rows: 1,
            seconds: 0.1,
            failure: Some("the answer is false".into()),
        }];
        report.notes = vec!["owners and privileges were left out, because the server has no roles app, <b>".into()];
        report.leftovers = vec!["pgark_drill_20260101_030000_000000000000".into()];
        report.kept = true;
        report
    }

    #[test]
    fn a_drill_fits_the_terminal() {
        for (name, report) in [("drill_proven", report(true)), ("drill_not_proven", failed())] {
            let text = render(&report, "drills/20260301T020000Z_nightly-20260302T030000Z.json");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
            assert!(!text.contains('\u{1b}'));
            assert_screen(name, &text);
        }
    }

    #[test]
    fn a_page_runs_nothing_and_needs_nothing() {
        let html = page(&failed());
        assert!(html.starts_with("<!DOCTYPE html>") && html.contains("Not proven"));
        for banned in ["<script", "<b>", "http://", "https://", "src=", "\u{1b}"] {
            assert!(!html.contains(banned), "{banned}");
        }
        assert!(html.contains("&lt;b&gt;") && html.contains("and 37 more"));
        assert!(page(&report(true)).contains("Proven"));
    }
}
