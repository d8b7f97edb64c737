//! The options of commands with hooks, and the notices of hooks on standard error.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::terminal::exit::Exit;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::progress_bar::Shown;
use crate::model::ident::sanitize;
use crate::snapshot::Audit;
use crate::snapshot::hooks::{HookOptions, Tell};

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct HookArgs {
    /// Run CMD with /bin/sh afterwards if it went well, with the facts as JSON on its standard input
    #[arg(long, value_name = "CMD", help_heading = "Hooks")]
    pub on_success: Vec<String>,
    /// Run CMD with /bin/sh afterwards if it did not
    #[arg(long, value_name = "CMD", help_heading = "Hooks")]
    pub on_failure: Vec<String>,
    /// What a hook may take, in seconds, before it is ended [default: 60, or what hooks.toml says]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400), help_heading = "Hooks")]
    pub hook_timeout: Option<u64>,
}

impl HookArgs {
    /// The hooks, with the environment of this process.
    pub(crate) fn options(&self) -> HookOptions {
        HookOptions {
            on_success: self.on_success.clone(),
            on_failure: self.on_failure.clone(),
            timeout: self.hook_timeout.map(Duration::from_secs),
            environment: std::env::vars_os().collect(),
        }
    }
}

/// Prints notices to standard error, after ending the display that is `shown`.
pub(crate) fn tell(shown: &Shown) -> Tell {
    let shown = shown.clone();
    Arc::new(move |notice| {
        shown.end();
        eprintln!("{notice}");
    })
}

/// The result of a command with hooks. If the repository's hooks could not be read, a success becomes a finding.
pub(crate) fn result(audit: &Audit, result: Result<Exit, CommandFailure>) -> Result<Exit, CommandFailure> {
    match (audit.notifier().broken(), result) {
        (Some(why), Ok(Exit::Done)) => {
            eprintln!("warning: done, but {}", sanitize(why));
            Ok(Exit::Findings)
        }
        (_, result) => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::{Repository, Who};

    #[test]
    fn hooks_that_cannot_be_read_are_a_finding_of_what_went_well() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::open_or_create(folder.path()).unwrap();
        std::fs::write(folder.path().join("hooks.toml"), "[backup]\n").unwrap();
        let audit = Audit::new(&repository, Who::default());
        let exit = |exit| result(&audit, Ok(exit)).unwrap_or_else(|failure| panic!("{}", failure.text()));
        assert_eq!((exit(Exit::Done), exit(Exit::Failed)), (Exit::Findings, Exit::Failed));
        assert!(result(&audit, Err(CommandFailure::local("x"))).is_err());
    }
}
