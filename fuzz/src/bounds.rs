//! Memory and CPU time of one input, held to a bound.
//!
//! An allocation beyond the bound aborts where it is made, so that the stack shows who asked for it. Only Rust's
//! allocations are counted; what zstd allocates in C is bounded by `-rss_limit_mb` alone.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time, which other programs on the machine do not change. Wall time is bounded by `-timeout`.
const MAX_CPU: Duration = Duration::from_secs(10);

static LIVE: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Runs `body` and aborts when at any moment it has more than `memory` bytes more than before, or takes too long.
pub fn hold(memory: usize, body: impl FnOnce()) {
    let start = cpu();
    LIMIT.store(LIVE.load(Relaxed).saturating_add(memory), Relaxed);
    body();
    LIMIT.store(usize::MAX, Relaxed);
    let taken = cpu().saturating_sub(start);
    assert!(taken <= MAX_CPU, "the input took {taken:?} of CPU time");
}

fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// The system's allocator, counting what is live.
pub struct Counting;

fn add(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    let limit = LIMIT.load(Relaxed);
    if live > limit {
        LIMIT.store(usize::MAX, Relaxed);
        eprintln!(
            "an allocation of {bytes} bytes makes {live} bytes, over the input's limit by {}",
            live - limit
        );
        std::process::abort();
    }
}

fn remove(bytes: usize) {
    LIVE.fetch_sub(bytes, Relaxed);
}

// Safety: everything is the system allocator's work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        remove(layout.size());
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size);
        remove(layout.size());
        unsafe { System.realloc(at, layout, size) }
    }
}
