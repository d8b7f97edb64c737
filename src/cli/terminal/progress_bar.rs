//! Progress with rate and ETA on a terminal, nothing elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::job::{Job, Progress};
use crate::model::ident::sanitize;

const TICK: Duration = Duration::from_millis(150);

/// Shows the progress of a job on standard error until it is dropped.
pub(crate) struct Display {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Display {
    /// `verb` says what is being done, e.g. `dump`. Nothing is shown unless standard error is a terminal.
    pub(crate) fn start(verb: &'static str, job: &Job, quiet: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        if quiet || !std::io::stderr().is_terminal() {
            return Self { stop, thread: None };
        }
        let stopped = Arc::clone(&stop);
        let progress = Arc::clone(&job.progress);
        let thread = std::thread::Builder::new()
            .name("progress".into())
            .spawn(move || draw(verb, &progress, &stopped))
            .ok();
        Self { stop, thread }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // A failed display does not make the command fail.
            let _ = thread.join();
        }
    }
}

/// A display that ends before anything else is printed.
#[derive(Clone, Default)]
pub(crate) struct Shown(Arc<Mutex<Option<Display>>>);

impl Shown {
    pub(crate) fn show(&self, display: Display) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(display);
    }

    pub(crate) fn end(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

fn draw(verb: &str, progress: &Progress, stop: &AtomicBool) {
    let style = "{prefix:>8} [{bar:28}] {percent:>3}%  {wide_msg}";
    let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style.progress_chars("=> "));
    bar.set_prefix(verb.to_owned());
    let started = Instant::now();
    let mut moving_since = None;
    while !stop.load(Relaxed) {
        let (done, total) = (progress.done.load(Relaxed), progress.total.load(Relaxed));
        if progress.raw_bytes.load(Relaxed) > 0 && moving_since.is_none() {
            moving_since = Some(Instant::now());
        }
        bar.set_length(total.max(1));
        bar.set_position(done.min(total));
        bar.set_message(message(progress, moving_since.unwrap_or(started), done, total));
        bar.tick();
        std::thread::sleep(TICK);
    }
    bar.finish_and_clear();
}

fn message(progress: &Progress, since: Instant, done: u64, total: u64) -> String {
    let raw = progress.raw_bytes.load(Relaxed);
    let seconds = since.elapsed().as_secs_f64();
    let stage = sanitize(&progress.current_stage());
    let stage: String = stage.chars().take(40).collect();
    if raw == 0 {
        return stage;
    }
    let rate = HumanBytes((raw as f64 / seconds.max(0.001)) as u64);
    let rows = HumanCount(progress.rows.load(Relaxed));
    let mut text = format!("{} {rows} rows  {rate}/s", HumanBytes(raw));
    if done > 0 && total > done {
        let left = seconds * (total - done) as f64 / done as f64;
        text.push_str(&format!("  ETA {}", clock(left)));
    }
    if !stage.is_empty() {
        text.push_str("  ");
        text.push_str(&stage);
    }
    text
}

/// A duration as `m:ss` or `h:mm:ss`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round().clamp(0.0, 1e9) as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_short() {
        assert_eq!(clock(9.4), "0:09");
        assert_eq!(clock(3_725.0), "1:02:05");
        assert_eq!(clock(f64::INFINITY), "277777:46:40");
    }
}
