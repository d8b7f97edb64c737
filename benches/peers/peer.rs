//! Finds PostgreSQL's own programs and what they can do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgark::internals::server::Places;
use pgark::internals::server::fetch::wheel_bin;
use pgark::version::Version;

use super::cluster::Cluster;
use super::options::Options;
use super::process;
use super::tool::Tool;
use super::{Failure, files};

/// A `pg_dump` and a `pg_restore` that go with the server.
pub struct Peer {
    pub bin: PathBuf,
    /// As it says it, e.g. `18.6`.
    pub version: String,
    /// What `-Z` takes: the first of [`METHODS`] that it was built with.
    pub method: &'static str,
}

/// In order of preference: zstd is what pgark uses itself.
const METHODS: &[&str] = &["zstd:1", "lz4:1", "gzip:1"];

impl Peer {
    /// The one that the options name, else the newest of this machine that can dump the server; `None` when there is none.
    pub fn find(options: &Options, cluster: &Cluster) -> Result<Option<Peer>, Failure> {
        let found = match &options.peer_bin {
            Some(bin) => Some(Peer::versioned(bin).ok_or_else(|| format!("no pg_dump runs in {}", bin.display()))?),
            None => {
                let all = folders().into_iter().filter_map(|bin| Peer::versioned(&bin));
                all.filter(|(_, version)| major(version) >= Some(cluster.server().major()))
                    // Of equals the first.
                    .reduce(|best, next| if major(&next.1) > major(&best.1) { next } else { best })
            }
        };
        let Some((bin, version)) = found else {
            return Ok(None);
        };
        let wanted = cluster.server().major();
        if major(&version) < Some(wanted) {
            return Err(format!(
                "pg_dump {version} in {} cannot dump PostgreSQL {wanted}",
                bin.display()
            ));
        }
        let mut said = String::new();
        for method in METHODS {
            let peer = Peer {
                bin: bin.clone(),
                version: version.clone(),
                method,
            };
            let archive = cluster.archive("probe");
            let tried = process::run(peer.tool(method).dump(cluster, "postgres", None, 1, &archive));
            files::remove(&archive)?;
            match tried {
                Ok(_) => return Ok(Some(peer)),
                Err(error) => said = error,
            }
        }
        Err(format!(
            "the peer compresses with none of {METHODS:?}; the last: {said}"
        ))
    }

    /// With `-Z method`.
    pub fn tool(&self, method: &'static str) -> Tool {
        Tool::Peer {
            bin: self.bin.clone(),
            method,
        }
    }

    fn versioned(bin: &Path) -> Option<(PathBuf, String)> {
        let output = Command::new(bin.join("pg_dump")).arg("--version").output().ok()?;
        let line = String::from_utf8(output.stdout).ok()?;
        let version = line.trim().strip_prefix("pg_dump (PostgreSQL) ")?;
        bin.join("pg_restore")
            .is_file()
            .then(|| (bin.to_owned(), version.to_owned()))
    }
}

/// `18.6 (Debian ..)`, `18beta1` -> 18.
fn major(version: &str) -> Option<u32> {
    version.parse().ok().map(Version::major)
}

/// PATH, where Debian and others install every major, and where the tests keep theirs.
fn folders() -> Vec<PathBuf> {
    let places = Places::from_variables(|name| std::env::var_os(name));
    let mut folders = places.path.clone();
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(installed.map(|entry| entry.path().join("bin")));
    folders.extend((Version::OLDEST.major()..=30).map(|major| PathBuf::from(format!("/usr/pgsql-{major}/bin"))));
    folders.extend(places.cache.as_deref().map(wheel_bin));
    folders
}
