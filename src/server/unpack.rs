//! Unpacks packages without trusting their content.
//!
//! Only plain files and folders with plain relative names are accepted. Links of an npm package come from a list in it
//! and must stay inside the package; links of a Debian package must lead to a file beside them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use super::ThrowawayError;

/// The most bytes that a package may unpack to.
const MAX_UNPACKED_BYTES: u64 = 1 << 30;

/// The only folder of a package that is kept.
const KEPT: &str = "package/native";

/// Unpacks the content of `package/native` in the gzipped tar `packed` into the empty folder `target`. `name` is for
/// messages.
pub(crate) fn unpack_npm(packed: &Path, name: &str, target: &Path) -> Result<(), ThrowawayError> {
    let file = File::open(packed).map_err(ThrowawayError::io("open", packed))?;
    let mut left = MAX_UNPACKED_BYTES;
    each_entry(flate2::read::GzDecoder::new(file), packed, |entry, path| {
        let plain = plain_relative(path).ok_or_else(|| unsafe_entry(name, path))?;
        let Ok(kept) = plain.strip_prefix(KEPT) else {
            return Ok(());
        };
        let to = target.join(kept);
        match entry.header().entry_type() {
            tar::EntryType::Directory => create_folder(&to),
            tar::EntryType::Regular => write_file(entry, &to, name, &mut left),
            _ => Err(unsafe_entry(name, path)),
        }
    })?;
    link(name, target)
}

/// Unpacks the files of a Debian package that a server needs into the folder `target`, which may hold those of other
/// packages. `tar` is the output of `dpkg-deb --fsys-tarfile`; `name` is for messages.
pub(crate) fn unpack_deb(tar: impl Read, name: &str, target: &Path) -> Result<(), ThrowawayError> {
    let mut left = MAX_UNPACKED_BYTES;
    each_entry(tar, Path::new(name), |entry, path| {
        if path == Path::new("./") || path == Path::new(".") {
            return Ok(());
        }
        let plain = plain_relative(path).ok_or_else(|| unsafe_entry(name, path))?;
        if !is_of_server(&plain) {
            return Ok(());
        }
        let to = target.join(&plain);
        match entry.header().entry_type() {
            tar::EntryType::Directory => create_folder(&to),
            tar::EntryType::Regular => write_file(entry, &to, name, &mut left),
            tar::EntryType::Symlink => {
                let link = entry.link_name().map_err(ThrowawayError::io("unpack", name))?;
                let link = link.ok_or_else(|| unsafe_entry(name, path))?;
                let beside = plain_relative(&link).filter(|link| link.components().count() == 1);
                create_folder(to.parent().ok_or_else(|| unsafe_entry(name, path))?)?;
                std::os::unix::fs::symlink(beside.ok_or_else(|| unsafe_entry(name, path))?, &to)
                    .map_err(ThrowawayError::io("link", &to))
            }
            _ => Err(unsafe_entry(name, path)),
        }
    })
}

/// Calls `take` with each entry and its path in the tar. `from` is for messages.
fn each_entry<R: Read>(
    tar: R,
    from: &Path,
    mut take: impl FnMut(&mut tar::Entry<'_, R>, &Path) -> Result<(), ThrowawayError>,
) -> Result<(), ThrowawayError> {
    let mut tar = tar::Archive::new(tar);
    let broken = || ThrowawayError::io("unpack", from);
    for entry in tar.entries().map_err(broken())? {
        let mut entry = entry.map_err(broken())?;
        let path = entry.path().map_err(broken())?.into_owned();
        take(&mut entry, &path)?;
    }
    Ok(())
}

fn unsafe_entry(package: &str, path: &Path) -> ThrowawayError {
    ThrowawayError::UnsafeEntry {
        package: package.to_owned(),
        entry: path.display().to_string(),
    }
}

/// Programs, libraries and data. The library that compiles queries is left out: it is larger than all the rest, and the
/// server looks whether it is there before using it.
fn is_of_server(path: &Path) -> bool {
    let kept = ["lib", "usr/lib", "usr/share/postgresql"]
        .iter()
        .any(|folder| path.starts_with(folder) && path != Path::new(folder));
    let left_out = ["bitcode", "man", "pkgconfig", "llvmjit.so", "llvmjit_types.bc"];
    kept && !path.iter().any(|part| left_out.iter().any(|name| part == *name))
}

/// Writes a regular file that must not exist yet. `left` is how many bytes the package may still unpack to.
fn write_file<R: Read>(
    entry: &mut tar::Entry<'_, R>,
    to: &Path,
    name: &str,
    left: &mut u64,
) -> Result<(), ThrowawayError> {
    let broken = |error| ThrowawayError::Io {
        action: "unpack",
        path: name.into(),
        source: error,
    };
    create_folder(to.parent().unwrap_or(to))?;
    let executable = entry.header().mode().map_err(broken)? & 0o111 != 0;
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(if executable { 0o755 } else { 0o644 })
        .open(to)
        .map_err(ThrowawayError::io("create", to))?;
    let written = io::copy(&mut entry.take(left.saturating_add(1)), &mut out).map_err(broken)?;
    *left = left.checked_sub(written).ok_or_else(|| ThrowawayError::TooLarge {
        package: name.to_owned(),
        limit: MAX_UNPACKED_BYTES,
    })?;
    Ok(())
}

#[derive(serde::Deserialize)]
struct Link {
    /// The existing file, as `native/..`.
    source: PathBuf,
    /// The link to make, as `native/..`.
    target: PathBuf,
}

/// Makes the links that the package lists in `pg-symlinks.json`: npm packages cannot hold links.
fn link(name: &str, root: &Path) -> Result<(), ThrowawayError> {
    let list = root.join("pg-symlinks.json");
    let text = match fs::read(&list) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(ThrowawayError::Io {
                action: "read",
                path: list,
                source: error,
            });
        }
    };
    let links: Vec<Link> = serde_json::from_slice(&text).map_err(|error| ThrowawayError::Io {
        action: "read",
        path: list,
        source: error.into(),
    })?;
    for Link { source, target } in links {
        let inside = |path: &Path| plain_relative(path)?.strip_prefix("native").ok().map(Path::to_owned);
        let (Some(from), Some(to)) = (inside(&source), inside(&target)) else {
            let entry = format!("{} -> {}", target.display(), source.display());
            return Err(ThrowawayError::UnsafeEntry {
                package: name.to_owned(),
                entry,
            });
        };
        let up: PathBuf = to.components().skip(1).map(|_| Component::ParentDir).collect();
        let at = root.join(&to);
        create_folder(at.parent().unwrap_or(root))?;
        match std::os::unix::fs::symlink(up.join(&from), &at) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(ThrowawayError::Io {
                    action: "link",
                    path: at,
                    source: error,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

fn create_folder(path: &Path) -> Result<(), ThrowawayError> {
    fs::create_dir_all(path).map_err(ThrowawayError::io("create the folder", path))
}

/// The path without `.` components; `None` if it is absolute, empty or contains `..`.
fn plain_relative(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!plain.as_os_str().is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    type Item<'a> = (&'a str, tar::EntryType, &'a [u8], u32);

    fn packed(items: &[Item<'_>]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("file");
        let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
        for (path, kind, content, mode) in items {
            let mut header = tar::Header::new_gnu();
            // Written raw, because the crate refuses to write a path with `..`.
            header.as_gnu_mut().expect("gnu header").name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_mode(*mode);
            header.set_cksum();
            tar.append(&header, *content).expect("entry");
        }
        tar.into_inner().expect("tar").finish().expect("gzip")
    }

    #[test]
    fn programs_and_listed_links_arrive() {
        let links = br#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so"},
                         {"source":"native/lib/libpq.so.5.18","target":"native/bin/deep/libpq.so"}]"#;
        let file = packed(&[
            ("package/package.json", tar::EntryType::Regular, b"{}", 0o644),
            (
                "package/native/bin/postgres",
                tar::EntryType::Regular,
                b"program",
                0o777,
            ),
            (
                "package/native/lib/libpq.so.5.18",
                tar::EntryType::Regular,
                b"library",
                0o600,
            ),
            ("package/native/pg-symlinks.json", tar::EntryType::Regular, links, 0o644),
        ]);
        let target = tempfile::tempdir().expect("folder");
        unpack_npm(file.path(), "p", target.path()).expect("unpack");
        let mode = |name: &str| {
            fs::metadata(target.path().join(name))
                .expect("file")
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!((mode("bin/postgres"), mode("lib/libpq.so")), (0o755, 0o644));
        assert_eq!(
            fs::read(target.path().join("bin/deep/libpq.so")).expect("link"),
            b"library"
        );
        assert!(!target.path().join("package.json").exists());
    }

    #[test]
    fn entries_that_climb_or_link_are_refused() {
        for (path, kind) in [
            ("package/native/../../../evil", tar::EntryType::Regular),
            ("/package/native/evil", tar::EntryType::Regular),
            ("package/native/evil", tar::EntryType::Symlink),
            ("package/native/evil", tar::EntryType::Link),
        ] {
            let target = tempfile::tempdir().expect("folder");
            let file = packed(&[(path, kind, b"", 0o644)]);
            let error = unpack_npm(file.path(), "p", target.path()).unwrap_err();
            assert!(matches!(error, ThrowawayError::UnsafeEntry { .. }), "{path}: {error}");
        }
    }

    #[test]
    fn listed_links_may_not_leave_the_package() {
        for list in [
            r#"[{"source":"/etc/passwd","target":"native/lib/a"}]"#,
            r#"[{"source":"native/lib/a","target":"native/../../a"}]"#,
            r#"[{"source":"other/a","target":"native/a"}]"#,
        ] {
            let target = tempfile::tempdir().expect("folder");
            let file = packed(&[(
                "package/native/pg-symlinks.json",
                tar::EntryType::Regular,
                list.as_bytes(),
                0o644,
            )]);
            let error = unpack_npm(file.path(), "p", target.path()).unwrap_err();
            assert!(matches!(error, ThrowawayError::UnsafeEntry { .. }), "{list}: {error}");
        }
    }
}
