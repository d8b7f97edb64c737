//! The two sides of a diff, found by their arguments.

use std::path::Path;
use std::sync::Arc;

use super::args::Args;
use crate::archive::Archive;
use crate::cli::options::repository::{Held, Named, named};
use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::output;
use crate::compare::Place;
use crate::connect::is_connection_string;
use crate::repository::RepositoryError;

pub(super) struct Sides {
    pub a: Side,
    pub b: Side,
}

/// One side of a diff.
pub(super) struct Side {
    pub place: Place,
    /// Its name for people.
    pub name: String,
    pub database: String,
    /// When its rows were read; `None` for a live side.
    pub taken_at_micros: Option<i64>,
    /// The id, if it is a snapshot.
    pub snapshot: Option<String>,
    /// Keeps a snapshot in its place.
    _held: Option<Held>,
}

impl Side {
    /// One line: its name, database and time.
    pub(super) fn line(&self) -> String {
        match self.taken_at_micros {
            Some(micros) => format!("{}: database {}, {}", self.name, self.database, output::utc(micros)),
            None => format!("{}: live", self.name),
        }
    }
}

pub(super) fn open(args: &Args) -> Result<Sides, CommandFailure> {
    Ok(Sides {
        a: side(&args.a, args)?,
        b: side(&args.b, args)?,
    })
}

fn side(text: &str, args: &Args) -> Result<Side, CommandFailure> {
    let path = Path::new(text);
    if is_connection_string(text) {
        return live(text, args);
    }
    if text.starts_with(['/', '.']) || text.ends_with(".pgark") {
        return file(path);
    }
    let Some(repository) = args.repository.path() else {
        return match path.is_file() || text.contains('/') {
            true => file(path),
            false => live(text, args),
        };
    };
    // The repository may come from PGARK_REPO. Whether the word is a file is looked up last.
    let options = crate::cli::options::repository::RepoOptions { repo: Some(repository) };
    match named(path, &options, &args.of) {
        Ok(found) => {
            let archive = found.open()?;
            match found {
                Named::File(_) => Ok(archived(archive, text.to_owned(), None)),
                Named::Snapshot(held) => Ok(archived(archive, held.snapshot.id().to_owned(), Some(*held))),
            }
        }
        Err(CommandFailure::Library(error)) if is_unknown(&error) => match path.is_file() {
            true => file(path),
            // `app/nightly` cannot mean a database.
            false if text.contains('/') => Err(CommandFailure::Library(error)),
            false => live(text, args),
        },
        Err(failure) => Err(failure),
    }
}

fn is_unknown(error: &crate::error::Error) -> bool {
    matches!(error, crate::error::Error::Repository(RepositoryError::Unknown { .. }))
}

fn file(path: &Path) -> Result<Side, CommandFailure> {
    Ok(archived(
        Archive::open(path)?,
        path.to_string_lossy().into_owned(),
        None,
    ))
}

fn archived(archive: Archive, name: String, held: Option<Held>) -> Side {
    Side {
        name,
        database: archive.source().database.clone(),
        taken_at_micros: Some(archive.source().taken_at_micros),
        place: Place::Archive(Arc::new(archive)),
        snapshot: held.as_ref().map(|held| held.snapshot.id().to_owned()),
        _held: held,
    }
}

fn live(text: &str, args: &Args) -> Result<Side, CommandFailure> {
    let params = args.options.params(Some(text))?;
    Ok(Side {
        name: params.describe().trim_matches('`').to_owned(),
        database: params.database().to_owned(),
        place: Place::Live(Box::new(params)),
        taken_at_micros: None,
        snapshot: None,
        _held: None,
    })
}
