//! The documented exit codes.
//!
//! A dump that loses a data connection continues over a new one and ends normally, with a warning. A dump that loses
//! the leader, the control session or the server fails. After [`Exit::Failed`] and [`Exit::Interrupted`] there is no
//! file, with one exception: a complete archive with its final name, in a folder that could not be synced.

use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    Usage,
    /// Finished, with findings: differences, damage, objects that could not be carried.
    Findings,
    Interrupted,
}

impl Exit {
    /// [`Exit::Findings`] if there are any, else [`Exit::Done`].
    pub fn with_findings(any: bool) -> Self {
        if any { Self::Findings } else { Self::Done }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Findings => 3,
            Exit::Interrupted => 130,
        })
    }
}
