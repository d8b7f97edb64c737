//! The documented exit codes.

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
    /// [`Exit::Findings`] when there are any.
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
