//! Connection parameters, resolved: typed values that a session can be opened with.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::interrupt::Interrupt;
use super::secret::Secret;

/// Everything needed to open one more session to the same server.
#[derive(Clone)]
pub struct Params {
    pub(super) hosts: Vec<Host>,
    pub(super) user: String,
    pub(super) dbname: String,
    pub(super) tls: TlsSettings,
    /// Per address; absent means to wait without limit.
    pub(super) connect_timeout: Option<Duration>,
    pub(super) application_name: Option<String>,
    /// Command-line options for the server, e.g. `-c work_mem=1GB`.
    pub(super) options: Option<String>,
    pub(super) keepalives: Keepalives,
    pub(super) session_attrs: SessionAttrs,
    /// Of data sessions; control sessions use UTF8 where the database declares an encoding.
    pub(super) client_encoding: String,
    /// What ends every wait for the server.
    pub(super) interrupt: Option<Interrupt>,
}

/// One place to try.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) name: HostName,
    pub(super) port: u16,
    pub(super) password: Option<Secret>,
    /// What worked before, so that further sessions do exactly the same.
    pub(super) pin: Option<Pin>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HostName {
    /// The folder of a unix socket; one that begins with `@` is in Linux's abstract namespace.
    Socket(PathBuf),
    Tcp {
        /// Looked up unless `address` is given; the name on a certificate.
        name: String,
        address: Option<IpAddr>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pin {
    /// Absent for a unix socket.
    pub(super) address: Option<SocketAddr>,
    pub(super) encrypted: bool,
}

#[derive(Clone)]
pub(super) struct TlsSettings {
    pub(super) mode: SslMode,
    pub(super) roots: Roots,
    pub(super) send_server_name: bool,
    /// Starts with the handshake instead of asking first.
    pub(super) direct: bool,
    pub(super) channel_binding: ChannelBinding,
    /// Built once, by the first session that needs it.
    pub(super) cache: Arc<super::tls_cache::ConfigCache>,
}

/// Where trusted certificates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// Given by name, or found at its default place.
    File(PathBuf),
    System,
    /// The default file is not there; this is where it was looked for.
    Missing(PathBuf),
}

macro_rules! keyword_enum {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $($variant:ident => $text:literal),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub(super) const EXPECTED: &'static str = $expected;

            pub(super) fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// As written in connection strings.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

keyword_enum!(
    /// How TLS is used, with libpq's meanings.
    SslMode,
    "disable, allow, prefer, require, verify-ca or verify-full",
    Disable => "disable", Allow => "allow", Prefer => "prefer",
    Require => "require", VerifyCa => "verify-ca", VerifyFull => "verify-full"
);

keyword_enum!(
    /// Whether SCRAM must be tied to the TLS channel.
    ChannelBinding,
    "disable, prefer or require",
    Disable => "disable", Prefer => "prefer", Require => "require"
);

keyword_enum!(
    /// Which server of several is acceptable.
    SessionAttrs,
    "any, read-write, read-only, primary, standby or prefer-standby",
    Any => "any", ReadWrite => "read-write", ReadOnly => "read-only",
    Primary => "primary", Standby => "standby", PreferStandby => "prefer-standby"
);

/// TCP keepalive; absent values are the operating system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keepalives {
    pub(super) enabled: bool,
    pub(super) idle: Option<Duration>,
    pub(super) interval: Option<Duration>,
    pub(super) count: Option<u32>,
    pub(super) user_timeout: Option<Duration>,
}

impl Default for Keepalives {
    fn default() -> Self {
        Keepalives {
            enabled: true,
            idle: None,
            interval: None,
            count: None,
            user_timeout: None,
        }
    }
}

impl Params {
    /// The same, with a limit on connecting where the user has set none.
    pub fn patient_for(&self, limit: Duration) -> Self {
        let mut params = self.clone();
        params.connect_timeout.get_or_insert(limit);
        params
    }

    pub fn user(&self) -> &str {
        &self.user
    }

    pub fn database(&self) -> &str {
        &self.dbname
    }

    /// Whether every host has a password to send, should its server ask.
    pub fn has_password(&self) -> bool {
        self.hosts.iter().all(|host| host.password.is_some())
    }

    /// The same server, another database; the password stays.
    pub fn with_database(&self, dbname: &str) -> Params {
        Params {
            dbname: dbname.to_owned(),
            ..self.clone()
        }
    }

    /// A password for every host, e.g. typed by the user.
    pub fn with_password(&self, password: &str) -> Params {
        let mut params = self.clone();
        for host in &mut params.hosts {
            host.password = Secret::new(password);
        }
        params
    }

    /// The encoding in which data sessions send and receive; a name that the server knows.
    pub fn with_client_encoding(&self, encoding: &str) -> Params {
        Params {
            client_encoding: encoding.to_owned(),
            ..self.clone()
        }
    }

    /// Whose sessions belong to an operation: every wait for the server ends a few seconds after it was ended, from
    /// looking up the host to clearing up.
    pub fn with_interrupt(&self, interrupt: &Interrupt) -> Params {
        Params {
            interrupt: Some(interrupt.clone()),
            ..self.clone()
        }
    }

    /// As nobody's sessions.
    pub(super) fn without_interrupt(&self) -> Params {
        Params {
            interrupt: None,
            ..self.clone()
        }
    }

    /// At most so long for each address, or less where less was asked for.
    pub fn with_connect_timeout(&self, limit: Duration) -> Params {
        Params {
            connect_timeout: Some(self.connect_timeout.map_or(limit, |own| own.min(limit))),
            ..self.clone()
        }
    }

    /// What `pg_stat_activity` shows.
    pub fn with_application_name(&self, name: &str) -> Params {
        Params {
            application_name: Some(name.to_owned()),
            ..self.clone()
        }
    }

    /// `host:port/database` of every host, for messages; never a secret.
    pub fn describe(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(Host::describe).collect();
        format!("`{}/{}`", hosts.join(","), self.dbname)
    }

    /// `host:port/database` of one host.
    pub(super) fn describe_host(&self, host: &Host) -> String {
        format!("`{}/{}`", host.describe(), self.dbname)
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Params")
            .field("hosts", &self.hosts)
            .field("user", &self.user)
            .field("dbname", &self.dbname)
            .finish_non_exhaustive()
    }
}

impl Host {
    fn describe(&self) -> String {
        match &self.name {
            HostName::Socket(folder) => format!("{}:{}", folder.display(), self.port),
            HostName::Tcp { name, address } => match address {
                Some(address) if name.is_empty() => SocketAddr::new(*address, self.port).to_string(),
                _ if name.contains(':') => format!("[{name}]:{}", self.port),
                _ => format!("{name}:{}", self.port),
            },
        }
    }

    /// The socket's file, in its folder.
    pub(super) fn socket_path(&self) -> Option<PathBuf> {
        match &self.name {
            HostName::Socket(folder) => Some(folder.join(format!(".s.PGSQL.{}", self.port))),
            HostName::Tcp { .. } => None,
        }
    }
}
