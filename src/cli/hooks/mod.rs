//! Commands that run after `create`, `drill`, `health` and `rollback`, with the facts as JSON on their standard input.
//!
//! They come from `hooks.toml` of the repository ([`config`]) and from `--on-success` and `--on-failure`. What a hook
//! prints goes to standard error. A hook that fails is a warning: it changes neither the outcome nor the exit code, and
//! hides no error. A hook gets no password: not in the facts, not in its environment.

mod config;
mod process;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, without_passwords};
use crate::cli::output;
use crate::model::ident::sanitize;
pub use config::Action;
use config::{Commands, Config};

/// Of the document that a hook reads. A number is added when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// The options of the commands that have hooks.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct HookOptions {
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

/// How it ended; every one but the first is a failure to a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Findings,
    Failure,
    Interrupted,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Findings => "findings",
            Self::Failure => "failure",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for Outcome {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::Success,
            Exit::Findings => Self::Findings,
            Exit::Failed | Exit::Usage => Self::Failure,
            Exit::Interrupted => Self::Interrupted,
        }
    }
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Facts {
    pub action: Action,
    pub outcome: Outcome,
    /// The id of the snapshot that it is about, where there is one.
    pub snapshot_id: Option<String>,
    pub database: Option<String>,
    pub error: Option<String>,
    pub seconds: f64,
    /// What only this action tells: the snapshot's record, a drill's report, the findings.
    pub detail: Value,
}

impl Facts {
    pub fn new(action: Action, outcome: Outcome, seconds: f64) -> Self {
        Self {
            action,
            outcome,
            snapshot_id: None,
            database: None,
            error: None,
            seconds,
            detail: Value::Null,
        }
    }

    /// The facts of how a command ended: its exit, or the failure that it will print.
    pub fn of(action: Action, result: &Result<Exit, Failure>, seconds: f64) -> Self {
        match result {
            Ok(exit) => Self::new(action, (*exit).into(), seconds),
            Err(failure) => Self {
                error: Some(failure.text()),
                ..Self::new(action, failure.exit().into(), seconds)
            },
        }
    }
}

/// The hooks of one run of the program.
#[derive(Debug)]
pub struct Hooks {
    repository: PathBuf,
    config: Config,
    /// Why the file could not be read.
    broken: Option<String>,
    options: HookOptions,
}

impl Hooks {
    /// Reads `hooks.toml` of the repository, where there is one. One that cannot be used is told of at once, and keeps nobody
    /// from a backup: see [`Hooks::result`].
    pub fn load(repository: &Path, options: &HookOptions) -> Self {
        let (config, broken) = match config::read(repository) {
            Ok(config) => (config, None),
            Err(why) => (Config::default(), Some(why)),
        };
        if let Some(why) = &broken {
            eprintln!("warning: {}; no hook of it runs", sanitize(why));
        }
        Self {
            repository: repository.to_owned(),
            config,
            broken,
            options: options.clone(),
        }
    }

    /// The result of a command whose hooks these are: what went well is a finding where the hooks could not be read.
    pub fn result(&self, result: Result<Exit, Failure>) -> Result<Exit, Failure> {
        match (&self.broken, result) {
            (Some(why), Ok(Exit::Done)) => {
                eprintln!("warning: done, but {}", sanitize(why));
                Ok(Exit::Findings)
            }
            (_, result) => result,
        }
    }

    /// Runs what is to be run after `facts`. Hooks that failed are told of on standard error, and returned, for the
    /// history.
    pub fn after(&self, facts: &Facts) -> Vec<String> {
        let commands = self.commands(facts);
        if commands.is_empty() {
            return Vec::new();
        }
        let document = self.document(facts);
        let environment = [
            ("PGARK_ACTION", facts.action.name().to_owned()),
            ("PGARK_OUTCOME", facts.outcome.name().to_owned()),
            ("PGARK_SNAPSHOT", facts.snapshot_id.clone().unwrap_or_default()),
        ];
        let limit = self.limit(facts.action);
        let failed = commands.iter().filter_map(|command| {
            let failure = process::run(command, &document, &environment, limit).err()?;
            let note = sanitize(&without_passwords(&format!("the hook `{command}` {failure}")));
            eprintln!("warning: {note}");
            Some(note)
        });
        failed.collect()
    }

    /// Those of the file, then those of the options.
    fn commands(&self, facts: &Facts) -> Vec<String> {
        let of_action = self.config.of(facts.action);
        let (Commands(mut commands), given) = match facts.outcome {
            Outcome::Success => (of_action.on_success, &self.options.on_success),
            _ => (of_action.on_failure, &self.options.on_failure),
        };
        commands.extend(given.iter().cloned());
        commands
    }

    fn limit(&self, action: Action) -> Duration {
        let given = self.options.hook_timeout.map(Duration::from_secs);
        given.unwrap_or_else(|| self.config.of(action).timeout)
    }

    /// One JSON object on one line.
    fn document(&self, facts: &Facts) -> String {
        let repository = std::path::absolute(&self.repository).unwrap_or_else(|_| self.repository.clone());
        let facts = json!({
            "schema_version": SCHEMA_VERSION,
            "action": facts.action.name(),
            "outcome": facts.outcome.name(),
            "snapshot": facts.snapshot_id,
            "database": facts.database,
            "error": facts.error.as_deref().map(without_passwords),
            "seconds": facts.seconds,
            "host": whoami::hostname().ok(),
            "repository": repository.display().to_string(),
            "pgark_version": env!("CARGO_PKG_VERSION"),
            "detail": facts.detail,
        });
        let mut text = output::escaped(&facts.to_string());
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests;
