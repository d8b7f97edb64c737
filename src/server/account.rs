//! The account that a server runs as: PostgreSQL refuses to run as root.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::ThrowawayError;

/// The user that a server runs as in place of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Name in the user table.
    pub name: String,
    /// Its id; not 0 if [`Account::needed`] gave it.
    pub uid: u32,
    /// The user's group in the user table.
    pub gid: u32,
}

impl Account {
    /// `None` if the caller may run servers; else an unprivileged user of this machine.
    pub fn needed() -> Result<Option<Account>, ThrowawayError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let path = Path::new("/etc/passwd");
        let table = fs::read_to_string(path).map_err(ThrowawayError::io("read", path))?;
        choose(&table).map(Some).ok_or(ThrowawayError::NoAccount)
    }

    /// Makes `command` run as this user.
    pub fn apply(account: Option<&Account>, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        if let Some(account) = account {
            // The standard library also drops supplementary groups when it changes the user from root.
            command.uid(account.uid).gid(account.gid);
        }
    }
}

fn choose(table: &str) -> Option<Account> {
    ["postgres", "_postgres", "nobody"].into_iter().find_map(|wanted| {
        table.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| *name == wanted)?;
            let uid = fields.nth(1)?.parse().ok().filter(|uid| *uid != 0)?;
            let gid = fields.next()?.parse().ok()?;
            Some(Account {
                name: name.to_owned(),
                uid,
                gid,
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_is_preferred_and_root_never_chosen() {
        let table = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\npostgres:x:101:104:a,b:/:/bin/sh\n";
        assert_eq!(
            choose(table),
            Some(Account {
                name: "postgres".into(),
                uid: 101,
                gid: 104
            })
        );
        let table = "postgres:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n";
        assert_eq!(
            choose(table),
            Some(Account {
                name: "nobody".into(),
                uid: 65534,
                gid: 65533
            })
        );
        assert_eq!(choose("root:x:0:0::/root:/bin/sh\nbroken\nnobody:x"), None);
    }
}
