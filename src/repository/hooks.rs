//! `hooks.toml`: which commands run on which occasion. This module reads the file; `snapshot::hooks` runs the commands.
//!
//! ```toml
//! timeout_seconds = 30                       # 60 unless given
//! on_failure = "mail -s 'pgark failed' ops@example.com"
//!
//! [create]                                   # replaces what stands above
//! on_success = ["curl -fsS --retry 3 https://hc.example.com/1234", "logger -t pgark"]
//! ```
//!
//! What stands above all tables holds for every occasion; what `[create]`, `[drill]`, `[health]` or `[rollback]` gives
//! replaces it there. Unknown keys are errors, because a misspelt hook would never run. It is also an error if others
//! may write or replace the file, because its commands run as the user who runs pgark.

use std::fs::Metadata;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::Repository;

/// The file's name in the repository's folder.
const FILE: &str = "hooks.toml";
/// The most bytes that are read as a file of hooks.
const MAX_BYTES: u64 = 1 << 20;
const DEFAULT_SECONDS: u64 = 60;

/// The occasions on which hooks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Create,
    Drill,
    Health,
    Rollback,
}

impl Occasion {
    /// The name that hooks get, and that the table in the file has.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Drill => "drill",
            Self::Health => "health",
            Self::Rollback => "rollback",
        }
    }
}

/// The content of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookConfig {
    #[serde(default)]
    timeout_seconds: Option<u64>,
    #[serde(default)]
    on_success: Option<Commands>,
    #[serde(default)]
    on_failure: Option<Commands>,
    #[serde(default)]
    create: Table,
    #[serde(default)]
    drill: Table,
    #[serde(default)]
    health: Table,
    #[serde(default)]
    rollback: Table,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    timeout_seconds: Option<u64>,
    #[serde(default)]
    on_success: Option<Commands>,
    #[serde(default)]
    on_failure: Option<Commands>,
}

/// One command, or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Commands(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a command, or a list of commands")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Commands {
    fn from(given: OneOrMany) -> Self {
        Self(match given {
            OneOrMany::One(command) => vec![command],
            OneOrMany::Many(commands) => commands,
        })
    }
}

/// What the file says about one occasion.
#[derive(Debug, PartialEq, Eq)]
pub struct HooksOf {
    pub timeout: Duration,
    pub on_success: Commands,
    pub on_failure: Commands,
}

impl HookConfig {
    /// The commands for an occasion, and the time limit of each.
    pub fn of(&self, occasion: Occasion) -> HooksOf {
        let table = match occasion {
            Occasion::Create => &self.create,
            Occasion::Drill => &self.drill,
            Occasion::Health => &self.health,
            Occasion::Rollback => &self.rollback,
        };
        let either = |own: &Option<Commands>, general: &Option<Commands>| {
            own.as_ref().or(general.as_ref()).cloned().unwrap_or_default()
        };
        let seconds = table.timeout_seconds.or(self.timeout_seconds);
        HooksOf {
            timeout: Duration::from_secs(seconds.unwrap_or(DEFAULT_SECONDS)),
            on_success: either(&table.on_success, &self.on_success),
            on_failure: either(&table.on_failure, &self.on_failure),
        }
    }
}

impl Repository {
    /// The hooks of this repository; none without a file.
    ///
    /// # Errors
    /// Why the file cannot be used, in words.
    pub fn hooks(&self) -> Result<HookConfig, String> {
        match self.storage().local() {
            Some(folder) => read(folder.root()),
            // Who else may write the hooks is known only for files.
            None => Ok(HookConfig::default()),
        }
    }
}

fn read(repository: &Path) -> Result<HookConfig, String> {
    let path = repository.join(FILE);
    let cannot = |error: &dyn std::fmt::Display| format!("cannot read the hooks in `{}`: {error}", path.display());
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HookConfig::default()),
        Err(error) => return Err(cannot(&error)),
    };
    let meta = |meta: std::io::Result<Metadata>| meta.map_err(|error| cannot(&error));
    let user = rustix::process::geteuid().as_raw();
    for (what, meta) in [
        ("it", meta(file.metadata())?),
        ("its folder", meta(std::fs::metadata(repository))?),
    ] {
        if let Some(why) = others_write(&meta, user) {
            return Err(cannot(&format!("{what} {why}; its commands would run as you")));
        }
    }
    let mut text = String::new();
    file.take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| cannot(&error))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(cannot(&"it is longer than a MiB"));
    }
    parse(&text).map_err(|error| cannot(&error))
}

/// Why somebody other than this user and root could write commands there. In a folder with the sticky bit, others can
/// replace only their own files.
fn others_write(meta: &Metadata, user: u32) -> Option<String> {
    const STICKY: u32 = 0o1000;
    if meta.uid() != user && meta.uid() != 0 {
        return Some(format!(
            "belongs to the user with the number {}, who is neither you nor root: change its owner (chown)",
            meta.uid()
        ));
    }
    let writable = match (meta.mode() & 0o022, meta.is_dir() && meta.mode() & STICKY != 0) {
        (0, _) | (_, true) => return None,
        (0o020, _) => "its group",
        (0o002, _) => "everybody",
        _ => "its group and everybody",
    };
    Some(format!(
        "may be written by {writable}: take the right away (chmod go-w)"
    ))
}

fn parse(text: &str) -> Result<HookConfig, String> {
    let config: HookConfig = toml::from_str(text).map_err(|error| error.to_string())?;
    let tables = [&config.create, &config.drill, &config.health, &config.rollback];
    let times = tables.map(|table| table.timeout_seconds).into_iter();
    match times
        .chain([config.timeout_seconds])
        .flatten()
        .all(|s| (1..=86_400).contains(&s))
    {
        true => Ok(config),
        false => Err("timeout_seconds must be from 1 to 86400".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_action_says_stands_in_place_of_what_holds_for_all() {
        let config = parse(
            "timeout_seconds = 5\non_failure = 'a'\n\
             [create]\non_success = ['b', 'c']\n\
             [drill]\non_failure = []\ntimeout_seconds = 9\n",
        )
        .unwrap();
        let create = config.of(Occasion::Create);
        assert_eq!(create.on_success.0, ["b", "c"]);
        assert_eq!(
            (create.on_failure.0, create.timeout.as_secs()),
            (vec!["a".to_owned()], 5)
        );
        let drill = config.of(Occasion::Drill);
        assert_eq!((drill.on_failure, drill.timeout.as_secs()), (Commands::default(), 9));
        assert_eq!(config.of(Occasion::Health).on_failure.0, ["a"]);
        assert_eq!(HookConfig::default().of(Occasion::Rollback).timeout.as_secs(), 60);
    }

    #[test]
    fn what_is_spelled_wrong_is_an_error() {
        for wrong in [
            "on_sucess = 'x'",
            "[creat]\non_success = 'x'",
            "[create]\nonfailure = 'x'",
            "on_success = 1",
            "timeout_seconds = 0",
            "[drill]\ntimeout_seconds = 100000",
            "on_success = ",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_others_may_write_is_refused() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, "on_success = 'true'").unwrap();
        for (of_folder, of_file, refused) in [
            (0o700, 0o600, None),
            (0o755, 0o644, None),
            (0o1777, 0o644, None),
            (0o755, 0o664, Some("it may be written by its group")),
            (0o755, 0o646, Some("it may be written by everybody")),
            (0o775, 0o644, Some("its folder may be written by its group")),
            (
                0o777,
                0o644,
                Some("its folder may be written by its group and everybody"),
            ),
        ] {
            set_permissions(&file, Permissions::from_mode(of_file)).unwrap();
            set_permissions(folder.path(), Permissions::from_mode(of_folder)).unwrap();
            match (read(folder.path()), refused) {
                (Ok(config), None) => assert!(config.on_success.is_some()),
                (Err(error), Some(why)) => assert!(error.contains(why) && error.contains("hooks.toml"), "{error}"),
                (read, _) => panic!("{of_folder:o} {of_file:o}: {read:?}"),
            }
        }
        let meta = std::fs::metadata(&file).unwrap();
        let other = others_write(&meta, meta.uid().wrapping_add(1));
        assert_eq!(other.is_some(), meta.uid() != 0);
    }

    #[test]
    fn a_repository_without_the_file_has_no_hooks() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap().on_success.is_none());
        std::fs::write(folder.path().join(FILE), "x = 1").unwrap();
        assert!(read(folder.path()).unwrap_err().contains("hooks.toml"));
    }
}
