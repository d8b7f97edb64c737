//! Tables in Markdown.

use super::cases::{Row, Runs, Sizes};
use super::process::Sample;

/// Median, least and greatest.
pub struct Spread {
    pub median: f64,
    least: f64,
    greatest: f64,
}

/// `None` when there is nothing to take a median of.
pub fn spread(mut values: Vec<f64>) -> Option<Spread> {
    values.sort_by(f64::total_cmp);
    let (least, greatest) = (*values.first()?, *values.last()?);
    let middle = values.len() / 2;
    let median = if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    };
    Some(Spread {
        median,
        least,
        greatest,
    })
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "**{:.2}** ({:.2}..{:.2})", self.median, self.least, self.greatest)
    }
}

/// One line for each tool that pgark is compared with.
pub fn cases(rows: &[Row]) -> String {
    let mut text = String::new();
    if !rows.is_empty() {
        text.push_str("\n| what | -j | wall, ratio | client CPU, ratio | with server's CPU, ratio | pgark | peer |\n|---|---|---|---|---|---|---|\n");
    }
    for row in rows {
        let Some((own, peers)) = row.runs.split_first() else {
            continue;
        };
        if peers.is_empty() {
            text.push_str(&format!("| {} | {} | | | | {} | |\n", row.what, row.jobs, cell(own)));
        }
        for peer in peers {
            let ratio = |of: &dyn Fn(&Sample) -> Option<f64>| {
                let pairs = own.samples.iter().zip(&peer.samples);
                let ratios = pairs.filter_map(|(own, peer)| Some(of(own)? / of(peer).filter(|value| *value > 0.0)?));
                spread(ratios.collect()).map_or_else(String::new, |spread| spread.to_string())
            };
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} | {} | {} |\n",
                row.what,
                row.jobs,
                ratio(&|sample| Some(sample.wall)),
                ratio(&|sample| sample.cpu),
                ratio(&|sample| Some(sample.cpu? + sample.server_cpu?)),
                cell(own),
                format_args!("{}: {}", peer.tool.method(), cell(peer))
            ));
        }
    }
    text
}

/// Medians of one tool's runs.
fn cell(runs: &Runs) -> String {
    let median = |of: &dyn Fn(&Sample) -> Option<f64>| spread(runs.samples.iter().filter_map(of).collect());
    let mut text = String::new();
    if let Some(wall) = median(&|sample| Some(sample.wall)) {
        text.push_str(&format!("{:.2} s", wall.median));
    }
    if let Some(cpu) = median(&|sample| sample.cpu) {
        text.push_str(&format!(", CPU {:.2} s", cpu.median));
    }
    if let Some(cpu) = median(&|sample| sample.server_cpu) {
        text.push_str(&format!(" + {:.2} s", cpu.median));
    }
    if let Some(resident) = largest(runs, |sample| sample.resident) {
        text.push_str(&format!(", {} MB", megabytes(resident)));
    }
    if let Some(anonymous) = largest(runs, |sample| sample.anonymous) {
        text.push_str(&format!(" ({} anon.)", megabytes(anonymous)));
    }
    text
}

pub fn largest(runs: &Runs, of: impl Fn(&Sample) -> Option<u64>) -> Option<u64> {
    runs.samples.iter().filter_map(of).max()
}

pub fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

pub fn sizes(rows: &[Sizes]) -> String {
    let mut text = String::from("\n| archive of | size | ratio pgark / it |\n|---|---|---|\n");
    for row in rows {
        let Some((_, own)) = row.sizes.first() else { continue };
        for (tool, size) in &row.sizes {
            text.push_str(&format!(
                "| {}, {} | {:.1} MB | {:.2} |\n",
                row.what,
                tool.name(),
                *size as f64 / 1e6,
                *own as f64 / *size as f64
            ));
        }
    }
    text
}
