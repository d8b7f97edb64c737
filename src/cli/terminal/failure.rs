//! A command's failure: one line that says what failed, its causes, one hint, and the exit code.

use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::hints;
use crate::cli::terminal::interrupted::interrupted;
use crate::compare::CompareError;
use crate::connect::without_passwords;
use crate::dump::DumpError;
use crate::error::Error;
use crate::live::ReadError;
use crate::model::causes::chain;
use crate::model::ident::sanitize;
use crate::restore::error::RestoreError;
use crate::snapshot::Stopped;

/// Why a command failed.
pub(crate) enum CommandFailure {
    Library(Box<Error>),
    /// Something that only the command line does, e.g. reading a file or a password.
    Local {
        message: String,
        hint: Option<&'static str>,
    },
}

impl<E: Into<Error>> From<E> for CommandFailure {
    fn from(error: E) -> Self {
        Self::Library(Box::new(error.into()))
    }
}

impl CommandFailure {
    pub(crate) fn local(message: impl Into<String>) -> Self {
        Self::Local {
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn with_hint(message: impl Into<String>, hint: &'static str) -> Self {
        Self::Local {
            message: message.into(),
            hint: Some(hint),
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Library(error) if error.is_interrupt() => Exit::Interrupted,
            // A session ended by a signal may report any error.
            _ if interrupted() => Exit::Interrupted,
            Self::Library(_) | Self::Local { .. } => Exit::Failed,
        }
    }

    /// What failed and why, on one line, safe to show.
    pub(crate) fn text(&self) -> String {
        let message = match self {
            Self::Local { message, .. } => message.clone(),
            Self::Library(error) => chain(error.as_ref()),
        };
        sanitize(&without_passwords(&message))
    }

    /// The failure in the form that history and hooks get.
    pub(crate) fn stopped(&self) -> Stopped {
        Stopped {
            text: self.text(),
            interrupted: self.exit() == Exit::Interrupted,
        }
    }

    pub(crate) fn print(&self) {
        let hint = match self {
            Self::Local { hint, .. } => *hint,
            Self::Library(error) => hints::hint(error),
        };
        eprintln!("error: {}", self.text());
        if let Self::Library(error) = self {
            for line in details(error) {
                eprintln!("  {}", sanitize(&without_passwords(&line)));
            }
        }
        for hint in hint.into_iter().chain(self.resumption()) {
            eprintln!("hint: {}", sanitize(hint));
        }
    }

    /// Whether the role, the database or the server has no connection left.
    pub(crate) fn lacks_connections(&self) -> bool {
        self.text().contains("(SQLSTATE 53300)")
    }

    /// How to continue what was begun.
    fn resumption(&self) -> Option<&'static str> {
        match self {
            Self::Library(error) => hints::resumption(error),
            Self::Local { .. } => None,
        }
    }
}

/// The objects that the error is about, one line each.
fn details(error: &Error) -> Vec<String> {
    match error {
        Error::Dump(DumpError::Read(ReadError::Unreadable { objects }))
        | Error::Compare(CompareError::Read(ReadError::Unreadable { objects })) => {
            objects.iter().map(ToString::to_string).collect()
        }
        Error::Restore(RestoreError::Rows(error)) => {
            let said = error
                .server()
                .map(|server| [("detail", &server.detail), ("hint", &server.hint)]);
            let said = said.into_iter().flatten();
            said.filter_map(|(name, text)| Some(format!("{name}: {}", text.as_ref()?)))
                .collect()
        }
        _ => Vec::new(),
    }
}
