//! Runs one command to its end and measures it: wall, CPU, memory.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::Failure;

/// What one run took. Absent is what this system does not tell.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Seconds.
    pub wall: f64,
    /// Seconds of user and system time, of the process and its children.
    pub cpu: Option<f64>,
    /// Seconds of user and system time of the server meanwhile.
    pub server_cpu: Option<f64>,
    /// Bytes: sum over its processes of the largest resident size of each.
    pub resident: Option<u64>,
    /// Bytes: the largest sum over its processes of anonymous memory that was seen.
    pub anonymous: Option<u64>,
    pub stdout: String,
}

/// Unit of times in `/proc/PID/stat`: the same on every architecture that servers run on.
const TICKS_PER_SECOND: f64 = 100.0;

/// Time between two looks at memory.
const LOOK: Duration = Duration::from_millis(10);

/// Runs `command`; anything but exit code 0 is an error that has its standard error.
pub fn run(mut command: Command) -> Result<Sample, Failure> {
    let line = format!("{command:?}");
    let failed = |reason: String| format!("{line}\n{reason}");
    let io = |error: std::io::Error| failed(error.to_string());
    let (mut stdout, mut stderr) = (tempfile::tempfile().map_err(io)?, tempfile::tempfile().map_err(io)?);
    command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone().map_err(io)?)
        .stderr(stderr.try_clone().map_err(io)?);
    let ended = AtomicBool::new(false);
    let started = Instant::now();
    let mut child = command.spawn().map_err(io)?;
    let pid = child.id();
    let sample = std::thread::scope(|scope| {
        let memory = scope.spawn(|| watch(pid, &ended));
        // Left as a zombie: its times are read before it is reaped.
        let wait = waitid(
            WaitId::Pid(Pid::from_child(&child)),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        );
        let wall = started.elapsed().as_secs_f64();
        let cpu = cpu(pid);
        ended.store(true, Ordering::Relaxed);
        let (resident, anonymous) = memory.join().unwrap_or_default();
        wait.map(|_| Sample {
            wall,
            cpu: cpu.map(|times| times.own + times.children),
            server_cpu: None,
            resident,
            anonymous,
            stdout: String::new(),
        })
    });
    let status = child.wait().map_err(io)?;
    let sample = sample.map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        return Err(failed(format!("{status}\n{}{}", text(&mut stdout), text(&mut stderr))));
    }
    Ok(Sample {
        stdout: text(&mut stdout),
        ..sample
    })
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    // What cannot be read back is as good as nothing said.
    let _ = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Seconds of user and system time.
pub struct Times {
    pub own: f64,
    /// Of the children that have ended and were waited for.
    pub children: f64,
}

/// Times of a process so far, of one that has ended too while nobody has waited for it.
pub fn cpu(pid: u32) -> Option<Times> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may hold anything but ends with the last bracket; then come the state and ten more fields.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: Option<Vec<f64>> = fields.get(11..15)?.iter().map(|field| field.parse().ok()).collect();
    let [user, system, children_user, children_system] = ticks?[..] else {
        return None;
    };
    Some(Times {
        own: (user + system) / TICKS_PER_SECOND,
        children: (children_user + children_system) / TICKS_PER_SECOND,
    })
}

/// Looks at the memory of `pid` and its children until it has `ended`: resident and anonymous.
fn watch(pid: u32, ended: &AtomicBool) -> (Option<u64>, Option<u64>) {
    let mut largest: HashMap<u32, u64> = HashMap::new();
    let mut anonymous = None;
    while !ended.load(Ordering::Relaxed) {
        let mut sum = None;
        for process in with_children(pid) {
            let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
            if let (Some(peak), Some(now)) = (kilobytes(&status, "VmHWM:"), kilobytes(&status, "RssAnon:")) {
                let known = largest.entry(process).or_default();
                *known = peak.max(*known);
                *sum.get_or_insert(0) += now;
            }
        }
        anonymous = anonymous.max(sum);
        std::thread::sleep(LOOK);
    }
    let resident = (!largest.is_empty()).then(|| largest.values().sum());
    (resident, anonymous)
}

fn with_children(pid: u32) -> impl Iterator<Item = u32> {
    std::iter::once(pid).chain(children(pid))
}

/// Both peers and the server fork from their main thread only.
pub fn children(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    children
        .split_whitespace()
        .filter_map(|child| child.parse().ok())
        .collect()
}

fn kilobytes(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}
