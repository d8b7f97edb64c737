//! Threads that rather read much at once than soon.
//!
//! A server sends COPY data 8 KiB at a time, and on a busy machine the reader that it wakes takes its CPU at once, for as little as that.
//! A thread of Linux's batch policy (`sched(7)`) does not: it gets as much CPU time as before, but begins when its turn comes.
//!
//! Only threads that read have it; what it saves, and that it does not starve them: `docs/decisions/005-wake-ups-of-readers.md`.

/// Gives the current thread the batch policy, for as long as it lives. Threads and processes that it starts
/// inherit it. Nothing happens on systems without such a policy, where the kernel refuses, and when somebody gave the
/// process another policy than the usual one.
pub fn read_in_batches() {
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
            // Without it reading is slower, not wrong.
            let _ = set_thread_priority_and_policy(thread_native_id(), priority, BATCH);
        }
    }

    /// The niceness that the thread has: the policy cannot be set without it.
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
