//! Connection parameters, resolved: typed values that a session can be opened with.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::connect::params::secret::Secret;
use crate::job::Stop;

/// Everything needed to open one more session to the same server.
#[derive(Clone)]
pub struct Params {
    pub(in crate::connect) hosts: Vec<Host>,
    pub(in crate::connect) user: String,
    pub(in crate::connect) dbname: String,
    pub(in crate::connect) tls: TlsSettings,
    /// Per address; absent means to wait without limit.
    pub(in crate::connect) connect_timeout: Option<Duration>,
    pub(in crate::connect) application_name: Option<String>,
    /// Command-line options for the server, e.g. `-c work_mem=1GB`.
    pub(in crate::connect) options: Option<String>,
    pub(in crate::connect) keepalives: Keepalives,
    pub(in crate::connect) session_attrs: SessionAttrs,
    /// Of data sessions; control sessions use UTF8 where the database declares an encoding.
    pub(in crate::connect) client_encoding: String,
    /// The stop that ends every wait for the server.
    pub(in crate::connect) stop: Option<Stop>,
}

/// One place to try.
#[derive(Clone, Debug)]
pub(in crate::connect) struct Host {
    pub(in crate::connect) name: HostName,
    pub(in crate::connect) port: u16,
    pub(in crate::connect) password: Option<Secret>,
    /// The address and TLS mode that worked before, so that further sessions use exactly these.
    pub(in crate::connect) pin: Option<Pin>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) enum HostName {
    /// The folder of a unix socket; one that begins with `@` is in Linux's abstract namespace.
    Socket(PathBuf),
    Tcp {
        /// Looked up unless `address` is given; the name on a certificate.
        name: String,
        address: Option<IpAddr>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect) struct Pin {
    /// Absent for a unix socket.
    pub(in crate::connect) address: Option<SocketAddr>,
    pub(in crate::connect) encrypted: bool,
}

#[derive(Clone)]
pub(in crate::connect) struct TlsSettings {
    pub(in crate::connect) mode: SslMode,
    pub(in crate::connect) roots: Roots,
    pub(in crate::connect) send_server_name: bool,
    /// Starts with the handshake instead of asking first.
    pub(in crate::connect) direct: bool,
    pub(in crate::connect) channel_binding: ChannelBinding,
    /// Built once, by the first session that needs it.
    pub(in crate::connect) cache: Arc<crate::connect::dial::tls_cache::ConfigCache>,
}

/// Where trusted certificates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::connect) enum Roots {
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
        pub(crate) enum $name { $($variant),+ }

        impl $name {
            pub(in crate::connect) const EXPECTED: &'static str = $expected;

            pub(in crate::connect) fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// As written in connection strings.
            #[allow(dead_code, reason = "errors name only some of these settings")]
            pub(crate) fn name(self) -> &'static str {
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
pub(in crate::connect) struct Keepalives {
    pub(in crate::connect) enabled: bool,
    pub(in crate::connect) idle: Option<Duration>,
    pub(in crate::connect) interval: Option<Duration>,
    pub(in crate::connect) count: Option<u32>,
    pub(in crate::connect) user_timeout: Option<Duration>,
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
    /// The same parameters, with a limit on the time to connect if the user has set none.
    pub fn patient_for(&self, limit: Duration) -> Self {
        let mut params = self.clone();
        params.connect_timeout.get_or_insert(limit);
        params
    }

    /// The role to log in as.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The database to connect to; the user's name if none was given.
    pub fn database(&self) -> &str {
        &self.dbname
    }

    /// Whether every host has a password to send, should its server ask.
    pub fn has_password(&self) -> bool {
        self.hosts.iter().all(|host| host.password.is_some())
    }

    /// The same server and another database; the password stays.
    pub fn with_database(&self, dbname: &str) -> Params {
        Params {
            dbname: dbname.to_owned(),
            ..self.clone()
        }
    }

    /// The same parameters with this password for every host, e.g. one that the user typed.
    pub fn with_password(&self, password: &str) -> Params {
        let mut params = self.clone();
        for host in &mut params.hosts {
            host.password = Secret::new(password);
        }
        params
    }

    /// The same parameters with another encoding in which data sessions send and receive; `encoding` is a name that the
    /// server knows.
    pub fn with_client_encoding(&self, encoding: &str) -> Params {
        Params {
            client_encoding: encoding.to_owned(),
            ..self.clone()
        }
    }

    /// The same parameters for sessions of an operation. A few seconds after the operation has been ended, every wait
    /// for the server ends, from looking up the host to clearing up.
    pub fn with_stop(&self, stop: &Stop) -> Params {
        Params {
            stop: Some(stop.clone()),
            ..self.clone()
        }
    }

    /// The same parameters for sessions that belong to no operation.
    pub(in crate::connect) fn without_stop(&self) -> Params {
        Params {
            stop: None,
            ..self.clone()
        }
    }

    /// The same parameters, with at most `limit` to connect to each address; a shorter limit of the user stays.
    pub fn with_connect_timeout(&self, limit: Duration) -> Params {
        Params {
            connect_timeout: Some(self.connect_timeout.map_or(limit, |own| own.min(limit))),
            ..self.clone()
        }
    }

    /// The same parameters, with the name that `pg_stat_activity` shows.
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
    pub(in crate::connect) fn describe_host(&self, host: &Host) -> String {
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
    pub(in crate::connect) fn socket_path(&self) -> Option<PathBuf> {
        match &self.name {
            HostName::Socket(folder) => Some(folder.join(format!(".s.PGSQL.{}", self.port))),
            HostName::Tcp { .. } => None,
        }
    }
}
