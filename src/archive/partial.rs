//! A file that gets its name only when it is complete.
//!
//! A process that is killed leaves the hidden file. The file lacks its trailer, because
//! [`crate::archive::ArchiveWriter::finish`] appends the trailer only after everything before it is durable. Between
//! the trailer and the final name there is only the sync of one block. A kill in that moment leaves a complete archive
//! under a hidden name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::archive::error::ArchiveError;

/// A file written beside its final path as `.NAME.<pid>.<n>.partial`, readable by its owner
/// only. Dropping it removes it; [`PartialFile::commit`] makes it durable and gives it its name.
pub struct PartialFile {
    file: File,
    partial: PathBuf,
    target: PathBuf,
    committed: bool,
}

static SERIAL: AtomicU32 = AtomicU32::new(0);

impl PartialFile {
    /// Creates the file. `replace` allows `path` to exist; otherwise that is an error, here and at
    /// the commit.
    pub fn create(path: &Path, replace: bool) -> Result<Self, ArchiveError> {
        if fs::metadata(path).is_ok_and(|m| !m.is_file()) {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
            return Err(write_error(path, source));
        }
        let exists = fs::symlink_metadata(path).is_ok();
        if exists && !replace {
            return Err(ArchiveError::Exists {
                name: path.display().to_string(),
            });
        }
        let Some(name) = path.file_name() else {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "not a file name");
            return Err(write_error(path, source));
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        hidden.push(format!(".{}.{serial}.partial", std::process::id()));
        let partial = path.with_file_name(hidden);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&partial).map_err(|e| write_error(path, e))?;
        Ok(Self {
            file,
            partial,
            target: path.to_owned(),
            committed: false,
        })
    }

    /// The path of the bytes until the commit.
    pub fn partial_path(&self) -> &Path {
        &self.partial
    }

    /// A second handle on the file, for a writer that wants to own its sink. Its `flush` makes the written bytes
    /// durable.
    pub fn sink(&self) -> Result<Box<dyn Write + Send>, ArchiveError> {
        let file = self.file.try_clone().map_err(|e| write_error(&self.target, e))?;
        Ok(Box::new(DurableSink(file)))
    }

    /// Syncs the file, gives it its name and syncs the directory. If only that last step fails, the file stays: it is
    /// complete, and the file that it replaced is gone. Without `replace`, a file that appeared under the name
    /// meanwhile is left as it is, and this one is removed.
    pub fn commit(mut self, replace: bool) -> Result<(), ArchiveError> {
        let target = self.target.clone();
        self.file.sync_all().map_err(|e| write_error(&target, e))?;
        self.name_file(replace)?;
        self.committed = true;
        sync_directory(&target).map_err(|source| ArchiveError::Folder {
            name: target.display().to_string(),
            source,
        })
    }

    fn name_file(&self, replace: bool) -> Result<(), ArchiveError> {
        if !replace {
            // Unlike a rename, a hard link never replaces a file.
            match fs::hard_link(&self.partial, &self.target) {
                // The archive has its name; a second name left behind is no reason to fail.
                Ok(()) => {
                    let _ = fs::remove_file(&self.partial);
                    return Ok(());
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(ArchiveError::Exists {
                        name: self.target.display().to_string(),
                    });
                }
                // The file system has no hard links: look whether the name is free, then rename.
                Err(_) if fs::symlink_metadata(&self.target).is_ok() => {
                    return Err(ArchiveError::Exists {
                        name: self.target.display().to_string(),
                    });
                }
                Err(_) => {}
            }
        }
        fs::rename(&self.partial, &self.target).map_err(|e| write_error(&self.target, e))
    }
}

impl Write for PartialFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.file.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file whose `flush` is a sync.
struct DurableSink(File);

impl Write for DurableSink {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.committed {
            // Nobody would learn of a failure here; the name shows that the file is partial.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

fn write_error(path: &Path, source: io::Error) -> ArchiveError {
    ArchiveError::Write {
        name: path.display().to_string(),
        source,
    }
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_committed_file_has_its_name_and_mode_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pgark");
        let file = PartialFile::create(&path, false).unwrap();
        assert!(names(dir.path())[0].starts_with(".a.pgark."));
        file.sink().unwrap().write_all(b"data").unwrap();
        file.commit(false).unwrap();
        assert_eq!(names(dir.path()), ["a.pgark"]);
        assert_eq!(fs::read(&path).unwrap(), b"data");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_dropped_file_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        drop(PartialFile::create(&dir.path().join("a"), false).unwrap());
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn existing_files_are_replaced_only_when_asked() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let early = PartialFile::create(&path, false).unwrap();
        fs::write(&path, b"old").unwrap();
        assert!(matches!(
            PartialFile::create(&path, false),
            Err(ArchiveError::Exists { .. })
        ));
        assert!(matches!(early.commit(false), Err(ArchiveError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let mut late = PartialFile::create(&path, true).unwrap();
        late.write_all(b"new").unwrap();
        late.commit(true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn directories_and_missing_directories_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        assert!(PartialFile::create(dir.path(), true).is_err());
        assert!(PartialFile::create(&dir.path().join("none/a"), false).is_err());
        assert!(PartialFile::create(Path::new("/"), true).is_err());
    }
}
