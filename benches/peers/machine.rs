//! Where, when and with what it was measured.

use std::fs;

use super::cluster::{Cluster, SETTINGS};
use super::options::Options;
use super::peer::Peer;

pub fn head(cluster: &Cluster, peer: Option<&Peer>, options: &Options) -> String {
    let peer = match peer {
        Some(peer) => format!("pg_dump and pg_restore {} (`-Z {}`, `-Fd`)", peer.version, peer.method),
        None => "no peer".to_owned(),
    };
    let settings: Vec<String> = SETTINGS
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    format!(
        "\nMachine: {}, {} cores, {:.0} GB of memory; {}, files on `{}`, load before {}.\n\
         Programs: pgark {}; {peer}; PostgreSQL {} (fsync = off, {}).\n\
         Options: `{}` (scale {}, {} small tables, {} rounds, {} with these).\n\
         Ratios are pgark / peer: **median** (least..greatest) of paired runs. Beside them medians of wall and of CPU (client + server), \
         and the largest peak of memory (anonymous part).",
        processor(),
        std::thread::available_parallelism().map_or(0, usize::from),
        memory() / 1e9,
        date(),
        cluster.file_system(),
        load(),
        env!("CARGO_PKG_VERSION"),
        cluster.server().programs().version,
        settings.join(", "),
        arguments.join(" "),
        options.scale,
        options.tables,
        options.runs,
        options.small_runs,
    )
}

pub fn foot() -> String {
    format!("\nLoad after: {}.", load())
}

fn date() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn processor() -> String {
    let model = field("/proc/cpuinfo", "model name");
    model.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Bytes; 0 where it is not told.
fn memory() -> f64 {
    let total = field("/proc/meminfo", "MemTotal");
    let kilobytes = total.and_then(|text| text.trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) * 1024.0
}

/// Runnable processes of the last minute: what else the machine had to do.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .filter(|text| !text.is_empty())
        .unwrap_or("unknown")
        .to_owned()
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
