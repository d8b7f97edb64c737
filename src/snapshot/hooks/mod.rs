//! Commands that run after a create, a drill, a look at the health and a rollback, with the facts as JSON on their standard input.
//!
//! They come from [`hooks.toml`](crate::repository::hooks) of the repository and from [`HookOptions`]. A hook that fails
//! is a warning: it changes neither the outcome nor the exit code, and hides no error. A hook gets no password: not in
//! the facts, not in its environment.

mod notice;
mod process;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::connect::without_passwords;
use crate::model::ident::sanitize;
use crate::model::json_text;
use crate::repository::hooks::Commands;
use crate::repository::{HookConfig, Occasion, Outcome, Repository, Who};

pub use notice::{Notice, Tell};

/// Of the document that a hook reads. A number is added when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// Hooks of the caller, beside those of the repository.
#[derive(Clone, Debug, Default)]
pub struct HookOptions {
    /// Commands that run when it went well.
    pub on_success: Vec<String>,
    /// Commands that run when it did not.
    pub on_failure: Vec<String>,
    /// What each hook may take; absent for what the repository says.
    pub timeout: Option<Duration>,
    /// The variables that hooks get, e.g. those of the process. What holds a password is left out.
    pub environment: Vec<(OsString, OsString)>,
}

/// What happened.
#[derive(Clone, Debug)]
pub struct Facts {
    pub occasion: Occasion,
    /// Every one but [`Outcome::Done`] is a failure to a hook.
    pub outcome: Outcome,
    /// The id of the snapshot that it is about, where there is one.
    pub snapshot_id: Option<String>,
    pub database: Option<String>,
    pub error: Option<String>,
    pub seconds: f64,
    /// What only this occasion tells: the snapshot's record, a drill's report, the findings.
    pub detail: Value,
}

impl Facts {
    pub fn new(occasion: Occasion, outcome: Outcome, seconds: f64) -> Self {
        Self {
            occasion,
            outcome,
            snapshot_id: None,
            database: None,
            error: None,
            seconds,
            detail: Value::Null,
        }
    }
}

/// The outcome as hooks are told it.
fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "success",
        Outcome::Findings => "findings",
        Outcome::Begun | Outcome::Failed => "failure",
        Outcome::Interrupted => "interrupted",
    }
}

/// Runs the hooks of a repository and those of its caller.
pub struct Notifier {
    repository: PathBuf,
    host: String,
    config: HookConfig,
    /// Why the file could not be read.
    broken: Option<String>,
    options: HookOptions,
    tell: Tell,
}

impl Notifier {
    /// Reads `hooks.toml` of the repository, where there is one. One that cannot be used is told of at once, and keeps nobody
    /// from a backup: see [`Notifier::broken`].
    pub fn load(repository: &Repository, who: &Who, options: &HookOptions, tell: &Tell) -> Self {
        let (config, broken) = match repository.hooks() {
            Ok(config) => (config, None),
            Err(why) => (HookConfig::default(), Some(why)),
        };
        if let Some(why) = &broken {
            tell(&Notice::Warning(&format!("{}; no hook of it runs", sanitize(why))));
        }
        Self {
            repository: PathBuf::from(repository.place()),
            host: who.host.clone(),
            config,
            broken,
            options: options.clone(),
            tell: Arc::clone(tell),
        }
    }

    /// Why the hooks of the repository could not be read: to whoever relies on them, that is a finding.
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// Runs what is to be run after `facts`. Hooks that failed are told of, and returned, for the history.
    pub fn after(&self, facts: &Facts) -> Vec<String> {
        let commands = self.commands(facts);
        if commands.is_empty() {
            return Vec::new();
        }
        let given = process::Given {
            input: &self.document(facts),
            environment: &self.options.environment,
            facts: &[
                ("PGARK_ACTION", facts.occasion.name().to_owned()),
                ("PGARK_OUTCOME", name(facts.outcome).to_owned()),
                ("PGARK_SNAPSHOT", facts.snapshot_id.clone().unwrap_or_default()),
            ],
            limit: self.limit(facts.occasion),
        };
        let failed = commands.iter().filter_map(|command| {
            let failure = process::run(command, &given, &self.tell).err()?;
            let note = sanitize(&without_passwords(&format!("the hook `{command}` {failure}")));
            (self.tell)(&Notice::Warning(&note));
            Some(note)
        });
        failed.collect()
    }

    /// Those of the file, then those of the options.
    fn commands(&self, facts: &Facts) -> Vec<String> {
        let of_occasion = self.config.of(facts.occasion);
        let (Commands(mut commands), given) = match facts.outcome {
            Outcome::Done => (of_occasion.on_success, &self.options.on_success),
            _ => (of_occasion.on_failure, &self.options.on_failure),
        };
        commands.extend(given.iter().cloned());
        commands
    }

    fn limit(&self, occasion: Occasion) -> Duration {
        self.options.timeout.unwrap_or_else(|| self.config.of(occasion).timeout)
    }

    /// One JSON object on one line.
    fn document(&self, facts: &Facts) -> String {
        let repository = std::path::absolute(&self.repository).unwrap_or_else(|_| self.repository.clone());
        let facts = json!({
            "schema_version": SCHEMA_VERSION,
            "action": facts.occasion.name(),
            "outcome": name(facts.outcome),
            "snapshot": facts.snapshot_id,
            "database": facts.database,
            "error": facts.error.as_deref().map(without_passwords),
            "seconds": facts.seconds,
            "host": Some(&self.host).filter(|host| *host != UNKNOWN),
            "repository": repository.display().to_string(),
            "pgark_version": env!("CARGO_PKG_VERSION"),
            "detail": facts.detail,
        });
        let mut text = json_text(&facts);
        text.push('\n');
        text
    }
}

/// What stands for a name that the system does not tell.
const UNKNOWN: &str = "?";

#[cfg(test)]
mod tests;
