//! Archives on disk: a file of pgark's, a folder of pg_dump's.

use std::fs;
use std::path::Path;

use super::Failure;

/// Bytes of the file, or of all files in the folder.
pub fn size(path: &Path) -> Result<u64, Failure> {
    let said = |error: std::io::Error| format!("{}: {error}", path.display());
    let meta = fs::metadata(path).map_err(said)?;
    if !meta.is_dir() {
        return Ok(meta.len());
    }
    fs::read_dir(path)
        .map_err(said)?
        .map(|entry| size(&entry.map_err(said)?.path()))
        .sum()
}

/// What is not there is as good as removed.
pub fn remove(path: &Path) -> Result<(), Failure> {
    let result = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", path.display())),
        _ => Ok(()),
    }
}
