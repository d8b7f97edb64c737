//! A hot standby of a throwaway server: a copy of its files that follows it over its socket.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;

use super::run::{command, tail};
use super::{Account, Places, Server, ServerOptions, ThrowawayError};

/// The settings with which a server can be copied and followed.
pub const PRIMARY_SETTINGS: &[(&str, &str)] = &[("wal_level", "replica"), ("max_wal_senders", "4")];

impl Server {
    /// Starts a hot standby of this server, which must run with [`PRIMARY_SETTINGS`]. The program `pg_basebackup` makes
    /// the copy; it may be of a later major. The standby is stopped like any other server, and keeps running without
    /// the primary.
    pub fn start_standby(
        &self,
        pg_basebackup: &Path,
        places: &Places,
        options: &ServerOptions,
    ) -> Result<Server, ThrowawayError> {
        let mut options = options.clone();
        let followed = self.conninfo("replication");
        let own = PRIMARY_SETTINGS
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let own = own.chain([("hot_standby", "on".to_owned()), ("primary_conninfo", followed)]);
        let own = own.map(|(name, value)| (name.to_owned(), value));
        options.settings.splice(0..0, own);
        Server::launch(self.programs(), places, &options, |folder, account| {
            self.copy(pg_basebackup, folder, account)
        })
    }

    fn copy(&self, pg_basebackup: &Path, folder: &Path, account: Option<&Account>) -> Result<(), ThrowawayError> {
        let data = folder.join("data");
        // Runs as the caller, who may read programs and sockets that the server's user may not.
        let output = command(pg_basebackup, folder, None)
            .arg("-h")
            .arg(self.socket_dir())
            .args(["-p", &self.port().to_string(), "-U", self.user(), "-w"])
            .args(["-X", "stream", "-c", "fast", "-D"])
            .arg(&data)
            .output();
        let failed = |reason| ThrowawayError::Program {
            program: pg_basebackup.to_owned(),
            reason,
        };
        let output = output.map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            let said = tail(&String::from_utf8_lossy(&output.stderr));
            return Err(failed(format!("{}: {said}", output.status)));
        }
        let signal = data.join("standby.signal");
        fs::write(&signal, "").map_err(ThrowawayError::io("create", signal))?;
        match account {
            Some(account) => give_away(&data, account),
            None => Ok(()),
        }
    }
}

/// Makes `account` the owner of `path` and everything below it.
fn give_away(path: &Path, account: &Account) -> Result<(), ThrowawayError> {
    chown(path, Some(account.uid), Some(account.gid)).map_err(ThrowawayError::io("give away", path))?;
    let kind = fs::symlink_metadata(path).map_err(ThrowawayError::io("look at", path))?;
    if !kind.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(ThrowawayError::io("list", path))? {
        let entry = entry.map_err(ThrowawayError::io("list", path))?;
        give_away(&entry.path(), account)?;
    }
    Ok(())
}
