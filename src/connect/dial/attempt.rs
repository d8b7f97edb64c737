//! Which hosts, addresses and TLS modes are tried in which order, and what ends the search.
//!
//! libpq's rules: a refused connection moves on to the next address, a refused session ends the
//! search; `allow` and `prefer` try the other mode when the server refuses the first one.

use std::cell::Cell;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use crate::connect::ConnectError;
use crate::connect::control::opening::{GivenUp, Opening};
use crate::connect::dial::stream;
use crate::connect::dial::stream::{Encryption, Stream};
use crate::connect::params::resolved::{Host, Params, Pin, SessionAttrs, SslMode};

/// One way to reach one server.
pub(in crate::connect) struct Attempt<'a> {
    pub(in crate::connect) params: &'a Params,
    pub(in crate::connect) host: &'a Host,
    pub(in crate::connect) address: Option<SocketAddr>,
    pub(in crate::connect) encryption: Encryption,
    pub(in crate::connect) opening: &'a Opening,
    /// Set once the stream turns out to be plain: the server may decline the offer of TLS.
    pub(in crate::connect) plain: Cell<bool>,
}

impl Attempt<'_> {
    pub(in crate::connect) fn target(&self) -> String {
        self.params.describe_host(self.host)
    }

    /// Waits for a step of the attempt, as long as the parameters and the operation allow.
    pub(in crate::connect) async fn within<T>(
        &self,
        step: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        let limited = async {
            match self.params.connect_timeout {
                Some(limit) => tokio::time::timeout(limit, step)
                    .await
                    .unwrap_or_else(|_| Err(self.timed_out())),
                None => step.await,
            }
        };
        let waited = self.opening.wait(limited).await;
        waited.unwrap_or_else(|GivenUp| Err(given_up(self.params)))
    }

    /// Dials, as long as [`Attempt::within`] allows.
    pub(in crate::connect) async fn dial(&self) -> Result<Stream, ConnectError> {
        let dialling = stream::dial(self.params, self.host, self.address, self.encryption);
        self.within(dialling).await
    }

    pub(in crate::connect) fn timed_out(&self) -> ConnectError {
        ConnectError::Timeout {
            target: self.target(),
            seconds: self.params.connect_timeout.unwrap_or_default().as_secs(),
        }
    }
}

/// A session, and whether it is encrypted.
pub(in crate::connect) struct Opened<S> {
    pub(in crate::connect) session: S,
    pub(in crate::connect) encrypted: bool,
}

/// What `target_session_attrs` looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect) struct Role {
    pub(in crate::connect) in_recovery: bool,
    pub(in crate::connect) read_only: bool,
}

/// How often a server that has no session free is tried again: it still counts a session that has just ended for a
/// moment.
const MORE_ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(150);

/// A statement whose one row says what [`Role`] needs.
pub(in crate::connect) const ROLE_QUERY: &str = "SELECT pg_catalog.pg_is_in_recovery() AS in_recovery, \
     pg_catalog.current_setting('transaction_read_only') AS read_only";

impl Role {
    pub(in crate::connect) fn from_row(row: &crate::connect::Row) -> Result<Role, ConnectError> {
        let in_recovery = row.bool("in_recovery")?;
        Ok(Role {
            in_recovery,
            read_only: in_recovery || row.text("read_only")? == "on",
        })
    }

    fn suits(self, wanted: SessionAttrs) -> bool {
        match wanted {
            SessionAttrs::Any => true,
            SessionAttrs::ReadWrite => !self.read_only,
            SessionAttrs::ReadOnly => self.read_only,
            SessionAttrs::Primary => !self.in_recovery,
            SessionAttrs::Standby | SessionAttrs::PreferStandby => self.in_recovery,
        }
    }
}

fn given_up(params: &Params) -> ConnectError {
    ConnectError::GivenUp {
        target: params.describe(),
    }
}

/// Tries everything that the parameters allow. Returns the session and the parameters pinned to it.
pub(in crate::connect) fn connect_any<S>(
    params: &Params,
    open: impl Fn(&Attempt<'_>) -> Result<Opened<S>, ConnectError>,
    role: impl Fn(&mut S) -> Result<Role, ConnectError>,
) -> Result<(S, Params), ConnectError> {
    let opening = Opening::begin(params);
    let mut connected = connect_one_of(params, &opening, &open, &role);
    for _ in 0..MORE_ATTEMPTS {
        if !matches!(&connected, Err(error) if error.lacks_connections()) || opening.is_over() {
            break;
        }
        std::thread::sleep(PAUSE);
        connected = connect_one_of(params, &opening, &open, &role);
    }
    match connected {
        // A connection that this side ended looks like one that the server ended.
        Err(_) if opening.is_over() => Err(given_up(params)),
        connected => connected,
    }
}

fn connect_one_of<S>(
    params: &Params,
    opening: &Opening,
    open: &impl Fn(&Attempt<'_>) -> Result<Opened<S>, ConnectError>,
    role: &impl Fn(&mut S) -> Result<Role, ConnectError>,
) -> Result<(S, Params), ConnectError> {
    let passes: &[SessionAttrs] = match params.session_attrs {
        SessionAttrs::PreferStandby => &[SessionAttrs::PreferStandby, SessionAttrs::Any],
        ref only => std::slice::from_ref(only),
    };
    let mut errors = Vec::new();
    for &wanted in passes {
        errors.clear();
        'hosts: for host in &params.hosts {
            let addresses = match stream::addresses(host, opening) {
                Ok(addresses) => addresses,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            for address in addresses {
                if opening.is_over() {
                    return Err(given_up(params));
                }
                let mut opened = match open_address(params, host, address, opening, open) {
                    Ok(opened) => opened,
                    Err(error) if ends_search(&error) => return Err(error),
                    Err(error) => {
                        errors.push(error);
                        continue;
                    }
                };
                if wanted != SessionAttrs::Any && !role(&mut opened.session)?.suits(wanted) {
                    errors.push(ConnectError::SessionAttrs {
                        target: params.describe_host(host),
                        wanted: params.session_attrs.name(),
                    });
                    continue 'hosts;
                }
                let pin = Pin {
                    address,
                    encrypted: opened.encrypted,
                };
                let mut pinned = params.clone();
                pinned.hosts = vec![Host {
                    pin: Some(pin),
                    ..host.clone()
                }];
                pinned.session_attrs = SessionAttrs::Any;
                return Ok((opened.session, pinned));
            }
        }
    }
    Err(summary(errors))
}

/// One error for all attempts. Two addresses of one name often fail alike; that is reported once.
fn summary(errors: Vec<ConnectError>) -> ConnectError {
    let mut distinct: Vec<ConnectError> = Vec::new();
    for error in errors {
        let text = error.to_string();
        if !distinct.iter().any(|seen| seen.to_string() == text) {
            distinct.push(error);
        }
    }
    match distinct.len() {
        1 => distinct.remove(0),
        _ => ConnectError::AllHosts(distinct),
    }
}

/// Tries the modes of `sslmode` at one address, in libpq's order.
fn open_address<S>(
    params: &Params,
    host: &Host,
    address: Option<SocketAddr>,
    opening: &Opening,
    open: &impl Fn(&Attempt<'_>) -> Result<Opened<S>, ConnectError>,
) -> Result<Opened<S>, ConnectError> {
    let attempt = |encryption| {
        let attempt = Attempt {
            params,
            host,
            address,
            encryption,
            opening,
            plain: Cell::new(encryption == Encryption::Plain),
        };
        (open(&attempt), attempt.plain.get())
    };
    if address.is_none() {
        return attempt(Encryption::Plain).0;
    }
    if let Some(pin) = host.pin {
        return attempt(if pin.encrypted {
            Encryption::Required
        } else {
            Encryption::Plain
        })
        .0;
    }
    let (first, second) = match params.tls.mode {
        SslMode::Disable => (Encryption::Plain, None),
        SslMode::Allow => (Encryption::Plain, Some(Encryption::Required)),
        SslMode::Prefer => (Encryption::Offered, Some(Encryption::Plain)),
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => (Encryption::Required, None),
    };
    let (result, plain) = attempt(first);
    match (result, second) {
        (Err(error), Some(second)) if other_mode_may_help(&error) && plain != (second == Encryption::Plain) => {
            attempt(second).0.map_err(|other| more_telling(error, other))
        }
        (result, _) => result,
    }
}

fn other_mode_may_help(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::Rejected { .. } | ConnectError::Tls { .. } | ConnectError::Auth { .. }
    )
}

/// Of the two modes' errors, the one that is not merely "no entry for this mode" or "no TLS here".
fn more_telling(first: ConnectError, second: ConnectError) -> ConnectError {
    const INVALID_AUTHORIZATION: &str = "28000";
    match (&first, &second) {
        (_, ConnectError::Rejected { error, .. }) if error.sqlstate == INVALID_AUTHORIZATION => first,
        (ConnectError::Rejected { error, .. }, _) if error.sqlstate != INVALID_AUTHORIZATION => first,
        (_, ConnectError::TlsRefused { .. }) => first,
        _ => second,
    }
}

/// Whether the search ends here: this host was reached and refused.
fn ends_search(error: &ConnectError) -> bool {
    const CANNOT_CONNECT_NOW: &str = "57P03";
    match error {
        ConnectError::Rejected { error, .. } => error.sqlstate != CANNOT_CONNECT_NOW,
        ConnectError::PasswordRequired { .. }
        | ConnectError::UnsupportedAuth { .. }
        | ConnectError::Auth { .. }
        | ConnectError::RootCertificates { .. }
        | ConnectError::SystemRoots { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
