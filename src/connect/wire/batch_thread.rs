//! A thread policy for readers that prefer much data at once to little data early.
//!
//! A server sends COPY data 8 KiB at a time. On a busy machine the reader that such a piece wakes takes the server's
//! CPU at once, for only 8 KiB. A thread of Linux's batch policy (`sched(7)`) does not: it gets as much CPU time as
//! before, but waits for its turn.
//!
//! Only threads that read have this policy. What it saves, and why it does not starve them:
//! `docs/decisions/005-wake-ups-of-readers.md`.

/// Gives the current thread the batch policy for the rest of its life. Threads and processes that it starts inherit the
/// policy. Nothing happens on systems without such a policy, where the kernel refuses it, or when the process already
/// has another policy than the usual one.
pub(crate) fn read_in_batches() {
    #[cfg(target_os = "linux")]
    linux::set_policy();
}

#[cfg(target_os = "linux")]
mod linux {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
    };

    const USUAL: ThreadSchedulePolicy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Other);
    pub(in crate::connect) const BATCH: ThreadSchedulePolicy =
        ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Batch);

    pub(in crate::connect) fn set_policy() {
        if thread_schedule_policy() == Ok(USUAL)
            && let Some(priority) = current_priority()
        {
            // If this fails, reading is slower but not wrong.
            let _ = set_thread_priority_and_policy(thread_native_id(), priority, BATCH);
        }
    }

    /// The thread's niceness, which has to be given to set the policy.
    fn current_priority() -> Option<ThreadPriority> {
        let niceness = rustix::process::getpriority_process(None).ok()?;
        (0..=u8::MAX)
            .filter_map(|value| ThreadPriorityValue::try_from(value).ok())
            .map(ThreadPriority::Crossplatform)
            .find(|priority| priority.to_posix(BATCH) == Ok(niceness))
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    mod policy {
        use crate::connect::wire::batch_thread::{linux, read_in_batches};
        use thread_priority::{
            ThreadPriority, set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
        };

        fn niceness() -> i32 {
            rustix::process::getpriority_process(None).unwrap()
        }

        /// In a thread of its own, because a thread keeps its policy.
        fn in_thread(test: impl FnOnce() + Send + 'static) {
            std::thread::spawn(test).join().unwrap();
        }

        #[test]
        fn only_the_thread_that_asks_changes() {
            let before = thread_schedule_policy();
            in_thread(|| {
                let usual = niceness();
                read_in_batches();
                assert_eq!(thread_schedule_policy(), Ok(linux::BATCH));
                assert_eq!(niceness(), usual);
            });
            assert_eq!(thread_schedule_policy(), before);
        }

        #[test]
        fn every_niceness_stays() {
            for steps in 0..=19 {
                in_thread(move || {
                    rustix::process::nice(steps).unwrap();
                    let usual = niceness();
                    read_in_batches();
                    assert_eq!((thread_schedule_policy(), niceness()), (Ok(linux::BATCH), usual));
                });
            }
        }

        #[test]
        fn another_policy_stays() {
            use thread_priority::{NormalThreadSchedulePolicy, ThreadSchedulePolicy};
            in_thread(|| {
                let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
                set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle).unwrap();
                read_in_batches();
                assert_eq!(thread_schedule_policy(), Ok(idle));
            });
        }
    }
}
