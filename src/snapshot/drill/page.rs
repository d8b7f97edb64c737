//! The report of a drill for people: one self-contained HTML file without scripts.

use super::report::DrillReport;
use crate::model::ident::sanitize;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
color:#1b1b1b}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.25rem .75rem .25rem 0;vertical-align:top;border-bottom:1px solid #ddd}\
td.n{text-align:right;white-space:nowrap}code{font:14px ui-monospace,monospace;overflow-wrap:anywhere}\
.good{color:#0a6b2d}.bad{color:#a80f0f}";

/// The report as HTML; everything that came from outside is escaped.
pub(crate) fn page(report: &DrillReport) -> String {
    let (class, verdict) = match report.proven {
        true => ("good", "Proven: it restores, and it is equal"),
        false => ("bad", "Not proven"),
    };
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Drill of {id}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Drill of <code>{id}</code></h1>\n<p class=\"{class}\"><strong>{verdict}</strong></p>\n",
        id = escaped(&report.snapshot)
    );
    html.push_str(&table("", &[], &facts(report)));
    let phases = report.phases.iter().map(|phase| {
        vec![
            escaped(&phase.name),
            format!("{:.1} s", phase.seconds),
            escaped(&phase.what),
        ]
    });
    html.push_str(&table(
        "Steps",
        &["step", "time", "result"],
        &phases.collect::<Vec<_>>(),
    ));
    html.push_str(&list("Findings", &findings(report)));
    let checks = report.smoke.iter().map(|check| {
        vec![
            check.line.to_string(),
            format!("<code>{}</code>", escaped(&check.statement)),
            match &check.failure {
                None => "<span class=\"good\">passed</span>".to_owned(),
                Some(why) => format!("<span class=\"bad\">{}</span>", escaped(why)),
            },
        ]
    });
    html.push_str(&table(
        "Smoke checks",
        &["line", "statement", "result"],
        &checks.collect::<Vec<_>>(),
    ));
    html.push_str(&list("Notes", &report.notes));
    html.push_str(&list("Left over from drills that were killed", &report.leftovers));
    html.push_str(&format!(
        "<p>pgark {}</p>\n</body>\n</html>\n",
        escaped(&report.tool_version)
    ));
    html
}

fn facts(report: &DrillReport) -> Vec<Vec<String>> {
    let server = match report.throwaway {
        true => "a throwaway server".to_owned(),
        false => report.server.clone(),
    };
    let scratch = match report.kept {
        true => format!("{} (still there)", report.database),
        false => report.database.clone(),
    };
    let fact = |name: &str, value: String| vec![name.to_owned(), escaped(&value)];
    vec![
        fact("Snapshot of", report.source_database.clone()),
        fact("From PostgreSQL", report.source_version.clone()),
        fact("Drilled at", report.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
        fact("On", server),
        fact("Scratch database", scratch),
        fact("Restored", format!("{} entries, {} rows", report.entries, report.rows)),
        fact("Restore took", format!("{:.1} s", report.restore_seconds)),
        fact("All took", format!("{:.1} s", report.seconds)),
        fact("Root digest", report.root_digest.clone()),
    ]
}

/// The findings that are named, and one line that counts the others.
pub(super) fn findings(report: &DrillReport) -> Vec<String> {
    let mut lines = report.findings.clone();
    let more = report.finding_count.saturating_sub(lines.len() as u64);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// A table with a title. The cells of `rows` must be escaped already.
fn table(title: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut html = heading(title);
    html.push_str("<table>\n");
    if !head.is_empty() {
        let cells: String = head.iter().map(|cell| format!("<th>{cell}</th>")).collect();
        html.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    for row in rows {
        let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        html.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    html.push_str("</table>\n");
    html
}

fn list(title: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let items: String = lines
        .iter()
        .map(|line| format!("<li>{}</li>\n", escaped(line)))
        .collect();
    format!("{}<ul>\n{items}</ul>\n", heading(title))
}

fn heading(title: &str) -> String {
    match title {
        "" => String::new(),
        title => format!("<h2>{title}</h2>\n"),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in sanitize(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let hostile = "<script>alert(1)</script> & \"x\" 'y' \u{202e}\u{1b}";
        let shown = escaped(hostile);
        assert!(!shown.contains(['<', '>', '"', '\'', '\u{202e}', '\u{1b}']), "{shown}");
        let html = list("Findings", &[hostile.to_owned()]);
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
        assert_eq!(table("Steps", &["a"], &[]), "");
    }
}
