//! Hooks: commands that run after a create, a drill, a health check and a rollback, with the facts as JSON on their
//! stdin.
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

pub(crate) use notice::{Notice, Tell};

/// The version of the document that a hook reads. It is raised when a field goes or changes its meaning.
const SCHEMA_VERSION: u32 = 1;

/// The caller's hooks, in addition to those of the repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct HookOptions {
    /// Commands that run after a success.
    pub on_success: Vec<String>,
    /// Commands that run after anything else.
    pub on_failure: Vec<String>,
    /// The time limit of each hook; `None` for the repository's limit.
    pub timeout: Option<Duration>,
    /// The environment of hooks, e.g. that of the process. Variables with a password are left out.
    pub environment: Vec<(OsString, OsString)>,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub occasion: Occasion,
    /// For hooks everything but [`Outcome::Done`] is a failure.
    pub outcome: Outcome,
    /// The id of the snapshot that it is about, if any.
    pub snapshot_id: Option<String>,
    pub database: Option<String>,
    pub error: Option<String>,
    pub seconds: f64,
    /// Facts of this occasion alone: the snapshot's record, a drill's report, the findings.
    pub detail: Value,
}

impl Facts {
    pub(crate) fn new(occasion: Occasion, outcome: Outcome, seconds: f64) -> Self {
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

/// The name of the outcome in the document.
fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "success",
        Outcome::Findings => "findings",
        Outcome::Begun | Outcome::Failed => "failure",
        Outcome::Interrupted => "interrupted",
    }
}

/// Runs the hooks of a repository and those of its caller.
pub(crate) struct Notifier {
    repository: PathBuf,
    host: String,
    config: HookConfig,
    /// Why the repository's file could not be read.
    broken: Option<String>,
    options: HookOptions,
    tell: Tell,
}

impl Notifier {
    /// Reads `hooks.toml` of the repository, if there is one. An unusable file causes a warning at once, but prevents
    /// no backup: see [`Notifier::broken`].
    pub(crate) fn load(repository: &Repository, who: &Who, options: &HookOptions, tell: &Tell) -> Self {
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

    /// Why the repository's hooks could not be read. A health check makes this a finding.
    pub(crate) fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// Runs the hooks for `facts`. Those that failed cause warnings, and are returned for the history.
    pub(crate) fn after(&self, facts: &Facts) -> Vec<String> {
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

    /// The commands to run: those of the file, then those of the options.
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

    /// The facts as one JSON object on one line.
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

/// Stands for a name that the system does not give.
const UNKNOWN: &str = "?";

#[cfg(test)]
mod tests;
