//! The keywords of connection strings that pgark knows, and their raw values.

use std::collections::BTreeMap;

/// An error in the parameters that the user gave. Never carries a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsError {
    /// Neither pgark nor libpq knows it.
    #[error("unknown connection parameter `{keyword}`")]
    UnknownKeyword {
        /// As it was given.
        keyword: String,
    },
    /// libpq knows it, pgark does not; ignoring it could weaken the connection.
    #[error("connection parameter `{keyword}` is not supported")]
    UnsupportedKeyword {
        /// One of libpq's keywords.
        keyword: &'static str,
    },
    /// Also a value that is right by itself and not together with another one.
    #[error("invalid value `{value}` for `{keyword}`: expected {expected}")]
    Value {
        /// The parameter, also when an environment variable gave the value.
        keyword: &'static str,
        /// As it was given.
        value: String,
        /// The values that are allowed, in words.
        expected: &'static str,
    },
    /// A keyword has no value, or a value with blanks is not quoted.
    #[error("missing `=` after `{word}` in the connection string")]
    MissingEquals {
        /// The word, percent-decoded in a URI.
        word: String,
    },
    /// The word that is wrong may be a part of the password.
    #[error(
        "a word of the connection string is not understood; it is not shown, for there is a password: a value with blanks \
         is quoted, `password='two words'`, and in a URI `@`, `/`, `?`, `#` and `&` are percent-encoded"
    )]
    NearPassword,
    /// Found in strings of `keyword=value` pairs, not in URIs.
    #[error("the quoted value of `{keyword}` does not end")]
    UnterminatedQuote {
        /// As it was given; nothing of the value is shown.
        keyword: String,
    },
    /// The scheme, an IPv6 address or a parameter is malformed.
    #[error("invalid connection URI: {reason}")]
    Uri {
        /// What is wrong, as a clause.
        reason: &'static str,
    },
    /// A `%` without two hexadecimal digits, an encoded NUL, or bytes that are not UTF-8.
    #[error("invalid percent-encoding in the connection URI")]
    PercentEncoding,
    /// A list of addresses or ports does not fit the list of hosts.
    #[error("{found} values of `{keyword}` for {hosts} hosts")]
    CountMismatch {
        /// `hostaddr` or `port`.
        keyword: &'static str,
        /// The number of its values.
        found: usize,
        /// The number of hosts. A single port is for all of them.
        hosts: usize,
    },
    /// Anybody can have a certificate from these roots, so that the host name must be checked too.
    #[error("sslmode `{sslmode}` is too weak for sslrootcert `system`: use `verify-full`")]
    WeakSystemRoots {
        /// The mode that was given.
        sslmode: &'static str,
    },
    /// The server would take it for the end of the value.
    #[error("connection parameters must not contain a NUL byte: `{keyword}`")]
    Nul {
        /// The parameter, also when an environment variable gave the value.
        keyword: &'static str,
    },
    /// The user of the operating system is not known either.
    #[error("no user name: give one with -U, PGUSER or in the connection string")]
    NoUser,
}

/// Keywords that pgark understands.
const KNOWN: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "user",
    "dbname",
    "password",
    "passfile",
    "sslmode",
    "sslrootcert",
    "sslsni",
    "sslnegotiation",
    "connect_timeout",
    "application_name",
    "fallback_application_name",
    "options",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "target_session_attrs",
    "channel_binding",
    "client_encoding",
    "gssencmode",
    "sslcompression",
    "load_balance_hosts",
];

/// Keywords of libpq that would change which server is trusted or reached.
const UNSUPPORTED: &[&str] = &[
    "service",
    "servicefile",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslkeylogfile",
    "requiressl",
    "requirepeer",
    "require_auth",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "min_protocol_version",
    "max_protocol_version",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "replication",
    "scram_client_key",
    "scram_server_key",
    "oauth_issuer",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_scope",
];

/// Values by keyword, as written; later ones replace earlier ones.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::connect) struct Settings(BTreeMap<&'static str, String>);

impl Settings {
    pub(in crate::connect) fn set(&mut self, keyword: &str, value: String) -> Result<(), ParamsError> {
        if let Some(&keyword) = KNOWN.iter().find(|known| **known == keyword) {
            if value.contains('\0') {
                return Err(ParamsError::Nul { keyword });
            }
            self.0.insert(keyword, value);
            return Ok(());
        }
        match UNSUPPORTED.iter().find(|known| **known == keyword) {
            Some(&keyword) => Err(ParamsError::UnsupportedKeyword { keyword }),
            None => Err(ParamsError::UnknownKeyword {
                keyword: keyword.to_owned(),
            }),
        }
    }

    /// The value as written; an empty one is present and hides every weaker source.
    pub(in crate::connect) fn get(&self, keyword: &str) -> Option<&str> {
        self.0.get(keyword).map(String::as_str)
    }

    /// Takes over the values of `weaker` that are not set here.
    pub(in crate::connect) fn fill_from(&mut self, weaker: &Settings) {
        for (keyword, value) in &weaker.0 {
            self.0.entry(keyword).or_insert_with(|| value.clone());
        }
    }
}
