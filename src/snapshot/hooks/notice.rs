//! Messages for the user who waits while hooks run.

use std::sync::Arc;

/// A message for the user who waits for an operation; safe to show.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Notice<'a> {
    Warning(&'a str),
    /// A line that a hook has printed.
    Hook(&'a str),
}

impl std::fmt::Display for Notice<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Warning(text) => write!(f, "warning: {text}"),
            Self::Hook(line) => write!(f, "hook: {line}"),
        }
    }
}

/// Receives notices, from several threads.
pub(crate) type Tell = Arc<dyn Fn(&Notice) + Send + Sync>;
