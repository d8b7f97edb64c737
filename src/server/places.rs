//! The folders in which server programs are looked up, fetched programs are kept, and clusters are made.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::ThrowawayError;

/// The folders for finding, fetching and starting servers. The caller reads the environment, not this module.
#[derive(Clone, Debug)]
pub struct Places {
    /// Folders of `PATH`, in order.
    pub path: Vec<PathBuf>,
    /// Where fetched server programs are kept.
    pub cache: Option<PathBuf>,
    /// Where clusters are made.
    pub scratch: PathBuf,
}

/// Longest scratch folder that leaves room for `/pgark-XXXXXX/.s.PGSQL.NNNNN.lock` in a socket address.
const MAX_SCRATCH_BYTES: usize = 60;

impl Places {
    /// Reads `PATH`, `PGARK_CACHE`, `XDG_CACHE_HOME`, `HOME` and `TMPDIR` through `variable`, e.g.
    /// `|name| std::env::var_os(name)`.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let absolute = |name| set(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let path = set("PATH")
            .map(|value| std::env::split_paths(&value).collect())
            .unwrap_or_default();
        let cache = absolute("PGARK_CACHE")
            .or_else(|| absolute("XDG_CACHE_HOME").map(|path| path.join("pgark")))
            .or_else(|| absolute("HOME").map(|path| path.join(".cache/pgark")));
        let scratch = absolute("TMPDIR")
            .filter(|path| path.as_os_str().len() <= MAX_SCRATCH_BYTES && path.is_dir())
            .unwrap_or_else(|| PathBuf::from("/tmp"));
        Places { path, cache, scratch }
    }

    /// The cache folder, created if it does not exist. If `foreign_user` is set, the programs will run as another user
    /// than the caller; then a cache below a closed folder (`/root`) is replaced by one that everybody may read.
    ///
    /// # Errors
    /// [`ThrowawayError::UntrustedCache`] if another user could change its content.
    pub fn cache_folder(&self, foreign_user: bool) -> Result<PathBuf, ThrowawayError> {
        let mut candidates: Vec<PathBuf> = self.cache.iter().cloned().collect();
        if foreign_user {
            candidates.retain(|path| open_to_all(path));
            candidates.push(PathBuf::from("/var/cache/pgark"));
            candidates.push(PathBuf::from("/var/tmp/pgark-cache-0"));
        }
        let mut failure = ThrowawayError::NoCache;
        for path in candidates {
            match make_trusted(&path) {
                Ok(()) => return Ok(path),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// The executable file `name` in the first folder of `PATH` that has one.
    pub fn on_path(&self, name: &str) -> Option<PathBuf> {
        self.path
            .iter()
            .map(|folder| folder.join(name))
            .find(|file| is_executable(file))
    }
}

pub(super) fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether everybody may enter all existing folders on the way to `path`.
pub(super) fn open_to_all(path: &Path) -> bool {
    path.ancestors().all(|folder| match fs::metadata(folder) {
        Ok(meta) => !meta.is_dir() || meta.permissions().mode() & 0o001 != 0,
        Err(_) => true,
    })
}

fn make_trusted(path: &Path) -> Result<(), ThrowawayError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .map_err(ThrowawayError::io("create the folder", path))?;
    let meta = fs::symlink_metadata(path).map_err(ThrowawayError::io("read", path))?;
    let user = rustix::process::geteuid().as_raw();
    if !meta.is_dir() || meta.uid() != user || meta.permissions().mode() & 0o022 != 0 {
        return Err(ThrowawayError::UntrustedCache { path: path.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pairs: &[(&str, &str)]) -> Places {
        Places::from_variables(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.into()))
    }

    #[test]
    fn own_cache_setting_comes_before_the_common_ones() {
        let all = [("PGARK_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")];
        assert_eq!(places(&all).cache, Some("/a".into()));
        assert_eq!(places(&all[1..]).cache, Some("/b/pgark".into()));
        assert_eq!(places(&all[2..]).cache, Some("/c/.cache/pgark".into()));
        assert_eq!(places(&[("PGARK_CACHE", ""), ("HOME", "relative")]).cache, None);
    }

    #[test]
    fn long_temporary_folders_give_way_to_a_short_one() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let long = folder.path().join("x".repeat(MAX_SCRATCH_BYTES));
        fs::create_dir(&long).expect("folder");
        assert_eq!(
            places(&[("TMPDIR", &long.to_string_lossy())]).scratch,
            Path::new("/tmp")
        );
    }

    #[test]
    fn a_cache_that_others_may_write_is_refused() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let cache = folder.path().join("cache");
        fs::create_dir(&cache).expect("folder");
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).expect("permissions");
        let error = places(&[("PGARK_CACHE", &cache.to_string_lossy())])
            .cache_folder(false)
            .unwrap_err();
        assert!(matches!(error, ThrowawayError::UntrustedCache { .. }), "{error}");
    }

    #[test]
    fn closed_folders_are_noticed() {
        let folder = tempfile::tempdir().expect("temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("permissions");
        assert!(!open_to_all(&folder.path().join("a/b")));
        assert!(open_to_all(Path::new("/usr/bin")));
    }
}
