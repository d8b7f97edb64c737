//! `--repo`, and arguments that are an archive file or a snapshot of a repository.

use std::path::{Path, PathBuf};

use crate::archive::Archive;
use crate::cli::options::hooks;
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::progress_bar::Shown;
use crate::model::ident::sanitize;
use crate::repository::reference::{Found, Wanted};
use crate::repository::{Lease, Repository, RepositoryError, Snapshot, Who, archive_name};
use crate::snapshot::Audit;

/// Shown in the help of commands that take a REF.
pub(crate) const REFERENCES: &str = "\
A REF is an index as `pgark snapshot list` prints it (1 is the newest), an id or its unique beginning, a label (its
newest complete snapshot), or `latest` (the newest complete one of all of the database; where there is none, of a part
that has rows). `DATABASE/REF` or --database say of which database, where a label or `latest` fits several; what is
dated in the future is neither `latest` nor the newest of a label.
";

/// Which of several databases a REF is of.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct OfOptions {
    /// The REF is of a snapshot of this database, as `NAME/REF` says it, too
    #[arg(
        long = "database",
        id = "of_database",
        value_name = "NAME",
        help_heading = "Repository"
    )]
    pub database: Option<String>,
    /// The REF is of a snapshot of this environment
    #[arg(
        long = "env",
        id = "of_environment",
        value_name = "NAME",
        help_heading = "Repository"
    )]
    pub environment: Option<String>,
}

impl OfOptions {
    /// What to look up for `reference`.
    pub(crate) fn wanted<'a>(&'a self, reference: &'a str) -> Wanted<'a> {
        Wanted {
            database: self.database.as_deref(),
            environment: self.environment.as_deref(),
            ..Wanted::new(reference, jiff::Timestamp::now())
        }
    }
}

/// Finds a snapshot, and prints the notes about it.
pub(crate) fn find(repository: &Repository, wanted: &Wanted) -> Result<Snapshot, CommandFailure> {
    Ok(told(repository.find(wanted)?))
}

/// Prints the notes about a snapshot, and returns it.
pub(crate) fn told(found: Found) -> Snapshot {
    for note in &found.notes {
        eprintln!("note: {}", sanitize(note));
    }
    found.snapshot
}

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct RepoOptions {
    /// Repository of snapshots, a folder [default: PGARK_REPO]
    #[arg(long, value_name = "DIR", help_heading = "Repository")]
    pub repo: Option<PathBuf>,
}

impl RepoOptions {
    /// The repository's folder, if one was given.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        let named = || std::env::var_os("PGARK_REPO").filter(|value| !value.is_empty());
        self.repo.clone().or_else(|| named().map(PathBuf::from))
    }

    fn required(&self) -> Result<PathBuf, CommandFailure> {
        self.path().ok_or_else(|| {
            CommandFailure::with_hint(
                "no repository was given",
                "`--repo DIR` or PGARK_REPO names it; the first `pgark snapshot create` makes it",
            )
        })
    }

    pub(crate) fn open(&self) -> Result<Repository, CommandFailure> {
        Ok(Repository::open(&self.required()?)?)
    }

    /// Opens the repository, or makes one if the folder is empty or missing.
    pub(crate) fn open_or_create(&self) -> Result<Repository, CommandFailure> {
        Ok(Repository::open_or_create(&self.required()?)?)
    }

    /// Whether `argument` means a snapshot: always with `--repo`; with PGARK_REPO only if it neither is a file nor
    /// looks like one. `app/nightly` looks like a snapshot of a database, `./app` and `/app` look like files.
    pub(crate) fn is_reference(&self, argument: &Path) -> bool {
        let looks_like_a_file = || {
            let text = argument.to_string_lossy();
            text.starts_with(['/', '.']) || text.ends_with(".pgark") || text == "-" || argument.is_file()
        };
        self.repo.is_some() && argument != Path::new("-") || self.path().is_some() && !looks_like_a_file()
    }
}

/// A snapshot that is read. It stays in its place until this is dropped.
pub(crate) struct Held {
    pub repository: Repository,
    pub snapshot: Snapshot,
    _lease: Lease,
}

/// What an ARCHIVE argument names.
pub(crate) enum Named {
    File(PathBuf),
    Snapshot(Box<Held>),
}

impl Named {
    /// Opens the archive, without checking that it is the one of the record.
    pub(crate) fn open(&self) -> Result<Archive, CommandFailure> {
        Ok(match self {
            Self::File(path) => Archive::open(path)?,
            Self::Snapshot(held) => {
                let opened = held.repository.storage().open_archive(&held.archive_name());
                opened.map_err(RepositoryError::from)?
            }
        })
    }
}

impl Held {
    /// The name of its archive in the repository's storage.
    pub(crate) fn archive_name(&self) -> String {
        archive_name(self.snapshot.id())
    }
}

/// Finds the file or the snapshot that an argument means.
pub(crate) fn named(argument: &Path, options: &RepoOptions, of: &OfOptions) -> Result<Named, CommandFailure> {
    if !options.is_reference(argument) {
        if of.database.is_some() || of.environment.is_some() {
            let file = argument.display();
            return Err(CommandFailure::with_hint(
                format!("`--database` and `--env` say of which database a REF is, and `{file}` is a file"),
                "`--repo DIR` names the repository",
            ));
        }
        return Ok(Named::File(argument.to_owned()));
    }
    let repository = options.open()?;
    let snapshot = find(&repository, &of.wanted(&argument.to_string_lossy()))?;
    if !snapshot.has_archive() {
        return Err(not_usable(&snapshot));
    }
    let lease = repository.lease(snapshot.id())?;
    eprintln!(
        "snapshot {} of database {}",
        snapshot.id(),
        sanitize(&snapshot.record.database)
    );
    Ok(Named::Snapshot(Box::new(Held {
        repository,
        snapshot,
        _lease: lease,
    })))
}

/// Like [`named`], and opens the archive. A snapshot's archive must be the one of its record.
pub(crate) fn opened(
    argument: &Path,
    options: &RepoOptions,
    of: &OfOptions,
) -> Result<(Archive, Option<Held>), CommandFailure> {
    match named(argument, options, of)? {
        Named::File(path) => Ok((Archive::open(&path)?, None)),
        Named::Snapshot(held) => {
            let (archive, _) = held.repository.open_archive(&held.snapshot)?;
            Ok((archive, Some(*held)))
        }
    }
}

fn not_usable(snapshot: &Snapshot) -> CommandFailure {
    crate::repository::RepositoryError::NotUsable {
        id: snapshot.id().to_owned(),
        standing: snapshot.standing.to_string(),
    }
    .into()
}

/// The user and host that run this command.
fn who() -> Who {
    Who {
        os_user: whoami::username().unwrap_or_else(|_| "?".to_owned()),
        host: whoami::hostname().unwrap_or_else(|_| "?".to_owned()),
    }
}

/// The audit in whose name this command works with a repository.
pub(crate) fn audit(repository: &Repository) -> Audit<'_> {
    audit_beside(repository, &Shown::default())
}

/// Like [`audit`], for a command with a display `shown` meanwhile.
pub(crate) fn audit_beside<'a>(repository: &'a Repository, shown: &Shown) -> Audit<'a> {
    Audit::new(repository, who()).telling(hooks::tell(shown))
}
