//! Limits that end an operation early: time and bytes.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::job::Stop;
use crate::snapshot::SnapshotError;

/// Stops an operation that takes too long. When this is dropped, the limit no longer holds.
pub(super) struct Deadline {
    limit: Option<Duration>,
    passed: Arc<AtomicBool>,
    _done: Option<Sender<()>>,
}

impl Deadline {
    pub(super) fn start(limit: Option<Duration>, stop: &Stop) -> Result<Self, SnapshotError> {
        let passed = Arc::new(AtomicBool::new(false));
        let Some(time) = limit else {
            return Ok(Self {
                limit,
                passed,
                _done: None,
            });
        };
        let (done, waiting) = mpsc::channel::<()>();
        let (late, stop) = (Arc::clone(&passed), stop.clone());
        let watch = move || {
            if waiting.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                late.store(true, SeqCst);
                stop.stop_for_good();
            }
        };
        let thread = std::thread::Builder::new().name("deadline".into()).spawn(watch);
        thread.map_err(|source| SnapshotError::Thread {
            what: "a clock",
            source,
        })?;
        Ok(Self {
            limit,
            passed,
            _done: Some(done),
        })
    }

    /// Replaces the error of a stopped operation by that of the deadline, if the deadline is why it was stopped.
    pub(super) fn explain(&self, error: SnapshotError, stop: &Stop) -> SnapshotError {
        match self.check() {
            Err(late) if !stop.by_user() => late,
            _ => error,
        }
    }

    /// Fails once the time is over.
    ///
    /// # Errors
    /// [`SnapshotError::TimedOut`].
    pub(super) fn check(&self) -> Result<(), SnapshotError> {
        match self.limit {
            Some(limit) if self.passed.load(SeqCst) => Err(SnapshotError::TimedOut { limit }),
            _ => Ok(()),
        }
    }
}

/// A sink that takes at most a number of bytes.
pub(super) struct Bounded {
    sink: Box<dyn Write + Send>,
    left: u64,
    exceeded: Arc<AtomicBool>,
}

impl Bounded {
    /// `exceeded` is set when more than `limit` bytes are written.
    pub(super) fn new(sink: Box<dyn Write + Send>, limit: Option<u64>, exceeded: &Arc<AtomicBool>) -> Self {
        Self {
            sink,
            left: limit.unwrap_or(u64::MAX),
            exceeded: Arc::clone(exceeded),
        }
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            self.exceeded.store(true, SeqCst);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than --max-size"));
        }
        let written = self.sink.write(bytes)?;
        self.left = self.left.saturating_sub(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_sink_takes_what_it_may() {
        let exceeded = Arc::new(AtomicBool::new(false));
        let mut sink = Bounded::new(Box::new(io::sink()), Some(5), &exceeded);
        sink.write_all(b"12345").unwrap();
        assert!(!exceeded.load(SeqCst));
        assert!(sink.write_all(b"6").is_err());
        assert!(exceeded.load(SeqCst));
    }

    #[test]
    fn a_deadline_passes_unless_it_is_dropped() {
        let stop = Stop::default();
        drop(Deadline::start(Some(Duration::from_millis(1)), &stop).unwrap());
        let kept = Deadline::start(Some(Duration::from_millis(10)), &stop).unwrap();
        stop.sleep(Duration::from_secs(20));
        assert!(stop.stopped());
        assert!(matches!(kept.check(), Err(SnapshotError::TimedOut { .. })));
        let none = Deadline::start(None, &stop).unwrap();
        assert!(none.check().is_ok());
    }
}
