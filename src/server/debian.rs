//! Fetches the newest minor of the server in this Debian release, from Debian's packages, without installing it.
//!
//! Security updates may bring what no pinned package has, so the version is not pinned: apt says which one is served,
//! and checks what arrives against the signed lists of the distribution. The packages are unpacked into the cache,
//! together with libraries that this machine lacks. A small script for each program tells it where the libraries are.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::fetch::{fetch_error, missing, move_into_place, run, scratch};
use super::programs::Origin;
use super::unpack::unpack_deb;
use super::{Account, Places, Programs, ServerEvent, ThrowawayError};

/// The command that gives apt newer lists of packages.
pub const REFRESH: &str = "apt-get update";

/// The package that depends on the major that a release of Debian serves.
const META: &str = "postgresql";
/// The programs that starting a server needs.
const NEEDED: &[&str] = &["initdb", "postgres"];

/// The newest server that apt serves, from the cache or fetched into it.
///
/// # Errors
/// [`ThrowawayError::Fetch`] if there is no apt, or if its lists lack the server or name a version that is gone;
/// [`REFRESH`] mends the lists.
pub fn programs(places: &Places, tell: &mut dyn FnMut(ServerEvent)) -> Result<Programs, ThrowawayError> {
    let apt = Apt::find(places)?;
    let major = apt.major()?;
    let package = format!("postgresql-{major}");
    let version = apt.candidate(&package)?;
    let cache = places.cache_folder(Account::needed()?.is_some())?;
    let folder = cache.join(format!("debian-{package}-{version}-{}", std::env::consts::ARCH));
    let bin = folder.join("bin");
    if !folder.is_dir() {
        tell(ServerEvent::Fetching {
            package: format!("{package}={version}"),
            program: "apt-get",
            folder: cache.clone(),
        });
        let scratch = scratch(&cache)?;
        let unpacked = apt.unpack(scratch.path(), &package, &version, tell)?;
        make_scripts(&unpacked, &format!("usr/lib/postgresql/{major}/bin"))?;
        move_into_place(&unpacked, &folder)?;
    }
    Programs::at(bin.clone(), Origin::Fetched)
        .filter(|programs| programs.major == major)
        .ok_or_else(|| ThrowawayError::Program {
            program: bin.join("postgres"),
            reason: "it does not run on this machine".to_owned(),
        })
}

/// Paths of apt's programs.
struct Apt {
    get: PathBuf,
    cache: PathBuf,
    dpkg_deb: PathBuf,
}

impl Apt {
    fn find(places: &Places) -> Result<Self, ThrowawayError> {
        let find = |name| places.on_path(name).ok_or_else(|| missing(name, META));
        Ok(Self {
            get: find("apt-get")?,
            cache: find("apt-cache")?,
            dpkg_deb: find("dpkg-deb")?,
        })
    }

    /// The major that this release serves.
    fn major(&self) -> Result<u32, ThrowawayError> {
        let said = self.ask(META, &["depends", META])?;
        major_of(&said).ok_or_else(|| unlisted(META))
    }

    /// The version that apt would install now.
    fn candidate(&self, package: &str) -> Result<String, ThrowawayError> {
        let said = self.ask(package, &["policy", package])?;
        candidate_of(&said).ok_or_else(|| unlisted(package))
    }

    fn ask(&self, package: &str, arguments: &[&str]) -> Result<String, ThrowawayError> {
        let mut command = plain(&self.cache);
        command.args(arguments);
        run("apt-cache", package, command).map_err(refreshable)
    }

    /// Downloads the server, the client programs and missing libraries into `scratch`, and unpacks them.
    fn unpack(
        &self,
        scratch: &Path,
        package: &str,
        version: &str,
        tell: &mut dyn FnMut(ServerEvent),
    ) -> Result<PathBuf, ThrowawayError> {
        let client = package.replacen("postgresql", "postgresql-client", 1);
        let mut wanted = vec![format!("{package}={version}"), format!("{client}={version}")];
        let mut command = plain(&self.get);
        command.args(["-qq", "--print-uris", "-y", "--no-install-recommends", "install"]);
        command.arg(&wanted[0]);
        wanted.extend(libraries(&run("apt-get", package, command).map_err(refreshable)?));

        let packed = scratch.join("packed");
        fs::create_dir(&packed).map_err(ThrowawayError::io("create the folder", &packed))?;
        let mut command = plain(&self.get);
        command.args(["-qq", "download"]).args(&wanted).current_dir(&packed);
        run("apt-get", package, command).map_err(refreshable)?;

        tell(ServerEvent::Unpacking {
            package: wanted.join(" "),
        });
        let unpacked = scratch.join("unpacked");
        fs::create_dir(&unpacked).map_err(ThrowawayError::io("create the folder", &unpacked))?;
        for entry in fs::read_dir(&packed).map_err(ThrowawayError::io("read", &packed))? {
            let file = entry.map_err(ThrowawayError::io("read", &packed))?.path();
            self.unpack_one(&file, &unpacked)?;
        }
        Ok(unpacked)
    }

    fn unpack_one(&self, file: &Path, target: &Path) -> Result<(), ThrowawayError> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let failed = |reason: String| fetch_error("dpkg-deb", &name, reason);
        let mut command = plain(&self.dpkg_deb);
        command.arg("--fsys-tarfile").arg(file);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let tar = child.stdout.take().ok_or_else(|| failed("no output".to_owned()))?;
        let unpacked = unpack_deb(tar, &name, target);
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        unpacked?;
        match status.success() {
            true => Ok(()),
            false => Err(failed(status.to_string())),
        }
    }
}

/// A command with messages in English, because they are parsed.
fn plain(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C").stdin(Stdio::null());
    command
}

fn unlisted(package: &str) -> ThrowawayError {
    fetch_error(
        "apt-cache",
        package,
        format!("apt's lists have no such package; `{REFRESH}` brings them"),
    )
}

/// Adds a hint to an error: missing or old lists are the most common reason.
fn refreshable(error: ThrowawayError) -> ThrowawayError {
    match error {
        ThrowawayError::Fetch {
            program,
            package,
            reason,
        } => fetch_error(program, &package, format!("{reason}; `{REFRESH}` brings newer lists")),
        other => other,
    }
}

/// The major in the line `  Depends: postgresql-15`, here 15.
fn major_of(said: &str) -> Option<u32> {
    let mut packages = said.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    packages.find_map(|package| package.strip_prefix(META)?.strip_prefix('-')?.parse().ok())
}

/// The version in the line `  Candidate: 15.20-0+deb12u1`, if it can be a part of a file's name.
fn candidate_of(said: &str) -> Option<String> {
    let mut lines = said.lines();
    let version = lines.find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".+~-:".contains(c);
    (version.starts_with(|c: char| c.is_ascii_digit()) && version.chars().all(plain)).then(|| version.to_owned())
}

/// The libraries among the packages that `apt-get --print-uris install` lists: `'URI' name_version_arch.deb size ..`. A
/// server needs neither those of Perl nor those that compile queries.
fn libraries(said: &str) -> Vec<String> {
    let files = said.lines().filter_map(|line| line.split_whitespace().nth(1));
    let names = files.filter_map(|file| file.split_once('_')).map(|(name, _)| name);
    let is_library = |name: &&str| {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let other = name.ends_with("-perl") || name.ends_with("-dev") || name.starts_with("libllvm");
        plain && name.starts_with("lib") && !other
    };
    names.filter(is_library).map(str::to_owned).collect()
}

/// Writes a script into `bin` for each needed program in the folder `programs`.
fn make_scripts(root: &Path, programs: &str) -> Result<(), ThrowawayError> {
    let bin = root.join("bin");
    fs::create_dir(&bin).map_err(ThrowawayError::io("create the folder", &bin))?;
    let libraries: Vec<String> = library_folders(root)
        .iter()
        .map(|folder| format!("$root/{folder}"))
        .collect();
    let source = root.join(programs);
    for name in NEEDED {
        if !source.join(name).is_file() {
            return Err(ThrowawayError::Program {
                program: source.join(name),
                reason: "the package has no such program".to_owned(),
            });
        }
    }
    for entry in fs::read_dir(&source).map_err(ThrowawayError::io("read", &source))? {
        let entry = entry.map_err(ThrowawayError::io("read", &source))?;
        let name = entry.file_name();
        let Some(name) = name
            .to_str()
            .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        else {
            continue;
        };
        let text = format!(
            "#!/bin/sh\nroot=\"${{0%/*}}/..\"\nexport LD_LIBRARY_PATH=\"{}\"\nexec \"$root/{programs}/{name}\" \"$@\"\n",
            libraries.join(":")
        );
        let script = bin.join(name);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(&script)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(ThrowawayError::io("write", &script))?;
    }
    Ok(())
}

/// Folders below `root` that hold shared libraries, as Debian lays them out.
fn library_folders(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for parent in ["usr/lib", "lib"] {
        let Ok(entries) = fs::read_dir(root.join(parent)) else {
            continue;
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        found.extend(
            names
                .filter(|name| name.contains("-linux-"))
                .map(|name| format!("{parent}/{name}")),
        );
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_apt_says_is_understood() {
        assert_eq!(
            major_of("postgresql\n  Depends: postgresql-15\n  Suggests: postgresql-doc\n"),
            Some(15)
        );
        assert_eq!(major_of("postgresql\n  Depends: something\n"), None);
        let policy = "postgresql-15:\n  Installed: 15.18-0+deb12u1\n  Candidate: 15.20-0+deb12u1\n  Version table:\n";
        assert_eq!(candidate_of(policy).as_deref(), Some("15.20-0+deb12u1"));
        assert_eq!(candidate_of("x:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate_of("x:\n  Candidate: 1/../../x\n"), None);
    }

    #[test]
    fn only_libraries_that_a_server_needs_are_fetched() {
        let said = "'http://d/libpq5_15_amd64.deb' libpq5_15.20-0+deb12u1_amd64.deb 205248 \n\
                    'http://d/x' libjson-perl_4_all.deb 1 \n'http://d/x' libllvm14_14_amd64.deb 1\n\
                    'http://d/x' postgresql-common_248_all.deb 1\n'http://d/x' libxslt1.1_1_amd64.deb 1";
        assert_eq!(libraries(said), ["libpq5", "libxslt1.1"]);
    }

    #[test]
    fn a_script_finds_program_and_libraries_wherever_it_is() {
        let root = tempfile::tempdir().expect("folder");
        let programs = root.path().join("usr/lib/postgresql/15/bin");
        fs::create_dir_all(&programs).expect("folder");
        fs::create_dir_all(root.path().join("usr/lib/x86_64-linux-gnu")).expect("folder");
        for name in NEEDED {
            fs::write(programs.join(name), "#!/bin/sh\necho \"$LD_LIBRARY_PATH $1\"\n").expect("program");
            fs::set_permissions(programs.join(name), std::os::unix::fs::PermissionsExt::from_mode(0o755))
                .expect("mode");
        }
        make_scripts(root.path(), "usr/lib/postgresql/15/bin").expect("scripts");
        let script = root.path().join("bin/postgres");
        let output = Command::new(&script).arg("a b").output().expect("script");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            said.trim(),
            format!("{}/bin/../usr/lib/x86_64-linux-gnu a b", root.path().display())
        );
    }
}
