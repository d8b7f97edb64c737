//! Errors of a connection, with the server's fields kept apart.

use std::io;
use std::path::PathBuf;

/// An error of a connection or of a statement sent over it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server refused a statement.
    #[error("{0}")]
    Server(Box<ErrorResponse>),
    /// The connection broke or was closed, by either side; or the system lacks what a connection needs.
    #[error("connection lost: {0}")]
    Io(#[source] io::Error),
    /// The server sent something that the protocol does not allow here.
    #[error("protocol violation: {0}")]
    Protocol(String),

    /// Name resolution failed.
    #[error("cannot find the address of host `{host}`: {source}")]
    Resolve {
        /// As the parameters name it.
        host: String,
        /// The resolver's error.
        source: io::Error,
    },
    /// No connection at all: refused, unreachable, no such socket.
    #[error("cannot connect to {target}: {source}")]
    Dial {
        /// Host, port and database, in backquotes.
        target: String,
        /// The system's error; [`io::ErrorKind::InvalidData`] if what answers does not speak the protocol.
        source: io::Error,
    },
    /// `connect_timeout` passed, or 5 s for a request to cancel.
    #[error("cannot connect to {target}: no answer within {seconds} s")]
    Timeout {
        /// Host, port and database, in backquotes.
        target: String,
        /// The limit, cut to whole seconds.
        seconds: u64,
    },
    /// The operation was ended before the server had opened the session.
    #[error("cannot connect to {target}: given up, because the operation was ended")]
    GivenUp {
        /// All hosts with their ports, and the database, in backquotes.
        target: String,
    },
    /// The server answered and refused the session: wrong password, no such database, too many clients.
    #[error("cannot connect to {target}: {error}")]
    Rejected {
        /// Host, port and database, in backquotes.
        target: String,
        /// The server's reason.
        error: Box<ErrorResponse>,
    },
    /// The server asks for a password and none was given: ask the user and try again.
    #[error("cannot connect to {target}: the server asks for a password and none was given")]
    PasswordRequired {
        /// Host, port and database, in backquotes.
        target: String,
    },
    /// Supported are no proof at all, clear text, MD5 and SCRAM-SHA-256.
    #[error("cannot connect to {target}: the server asks for {method} authentication, which pgark does not support")]
    UnsupportedAuth {
        /// Host, port and database, in backquotes.
        target: String,
        /// The method's name, with the mechanisms if it is SASL.
        method: String,
    },
    /// The exchange of proofs failed on this side, e.g. the server did not know the password's verifier.
    #[error("cannot connect to {target}: authentication failed: {reason}")]
    Auth {
        /// Host, port and database, in backquotes.
        target: String,
        /// What failed, as a clause.
        reason: String,
    },
    /// `sslmode` demands TLS and the server does not speak it.
    #[error("cannot connect to {target}: the server does not support TLS, which sslmode `{sslmode}` demands")]
    TlsRefused {
        /// Host, port and database, in backquotes.
        target: String,
        /// The mode, as it is written in parameters.
        sslmode: &'static str,
    },
    /// The handshake failed, most often because the certificate did not pass.
    #[error("cannot connect to {target}: TLS: {reason}")]
    Tls {
        /// Host, port and database, in backquotes.
        target: String,
        /// What failed, as a clause.
        reason: String,
    },
    /// The file of root certificates is missing or unreadable.
    #[error("cannot read root certificates `{}`: {reason}", path.display())]
    RootCertificates {
        /// The file of `sslrootcert`, or the default one in the home.
        path: PathBuf,
        /// What is wrong with it, as a clause.
        reason: String,
    },
    /// With `sslrootcert=system`: none is installed or readable.
    #[error("cannot find the system's root certificates: {reason}")]
    SystemRoots {
        /// The first error, or that none is installed.
        reason: String,
    },
    /// The session works but is not of the kind that `target_session_attrs` asks for.
    #[error("{target} is not the `{wanted}` server that target_session_attrs asks for")]
    SessionAttrs {
        /// Host, port and database, in backquotes.
        target: String,
        /// The value of the parameter.
        wanted: &'static str,
    },
    /// Every host failed, in the order they were tried; at least two.
    #[error("{}", join_errors(.0))]
    AllHosts(Vec<ConnectError>),

    /// Found by a [`Mark`](super::Mark).
    #[error("statements of one session reach different server processes")]
    Pooled,
    /// Two of them were answered by servers that were started at different moments.
    #[error("sessions with the same parameters reach different servers")]
    Scattered,

    /// The session was left in the middle of a COPY, or lost its connection earlier.
    #[error("this session can no longer be used: {reason}")]
    Unusable {
        /// What happened to the session, as a clause about `it`.
        reason: &'static str,
    },

    /// The code asks for a column that its query does not have.
    #[error("column `{column}` is not in the result")]
    NoColumn {
        /// The name that was asked for.
        column: String,
    },
    /// The code takes for never NULL what the server gave as NULL.
    #[error("column `{column}` is null")]
    Null {
        /// The column's name.
        column: String,
    },
    /// The server gave a value that is no text, though the session is to receive UTF-8.
    #[error("column `{column}` is not valid UTF-8")]
    NotUtf8 {
        /// The column's name.
        column: String,
    },
    /// The text of a value has another form than its type should have.
    #[error("column `{column}` should be {expected}, found `{found}`")]
    Value {
        /// The column's name.
        column: String,
        /// The form, with its article.
        expected: &'static str,
        /// The first 80 characters, with `..` if there are more.
        found: String,
    },
}

impl ConnectError {
    /// The server's own error, of a statement or of a refused session.
    pub fn server(&self) -> Option<&ErrorResponse> {
        match self {
            ConnectError::Server(error) | ConnectError::Rejected { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Five characters, e.g. `23505`.
    pub fn sqlstate(&self) -> Option<&str> {
        self.server().map(|error| error.sqlstate.as_str())
    }

    /// Whether asking the user for a password may help: a server asked for one and none was given.
    pub fn wants_password(&self) -> bool {
        match self {
            ConnectError::PasswordRequired { .. } => true,
            ConnectError::AllHosts(errors) => errors.iter().any(ConnectError::wants_password),
            _ => false,
        }
    }

    /// The same error without the server's own texts: these may repeat parts of the statement, and a password in it.
    pub fn without_text(self) -> Self {
        match self {
            ConnectError::Server(error) => ConnectError::Server(Box::new(error.without_text())),
            other => other,
        }
    }

    /// There is no database of that name.
    pub fn lacks_database(&self) -> bool {
        self.sqlstate() == Some("3D000")
    }

    /// The role, the database or the server has no connection left.
    pub fn lacks_connections(&self) -> bool {
        self.sqlstate() == Some("53300")
    }

    /// The server has no room left for locks. The server translates its message, but not the name of the setting in it.
    pub fn is_lock_table_full(&self) -> bool {
        self.server().is_some_and(ErrorResponse::is_lock_table_full)
    }

    /// Whether the session was lost for an external reason, so that a new session may succeed: the network failed, or
    /// somebody ended the server's process. False where the server ended the session because of its work, or would end
    /// the next one too.
    pub fn is_lost(&self) -> bool {
        match self {
            ConnectError::Io(_) => true,
            // The connection was lost while the session was being opened.
            ConnectError::Dial { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
            ),
            ConnectError::Server(error) => error.is_lost_connection(),
            ConnectError::AllHosts(errors) => errors.iter().all(ConnectError::is_lost),
            _ => false,
        }
    }

    /// Whether another attempt at the same session may succeed a little later: the session was lost, or the server
    /// cannot be reached, has no session free, or is just starting or stopping.
    pub fn may_pass(&self) -> bool {
        match self {
            ConnectError::Dial { .. } | ConnectError::Timeout { .. } => true,
            ConnectError::Rejected { error, .. } => matches!(error.sqlstate.as_str(), "53300" | "57P03" | "57P01"),
            ConnectError::AllHosts(errors) => errors.iter().any(ConnectError::may_pass),
            error => error.is_lost(),
        }
    }

    /// A name was not found, either in the statement or in something that the statement calls.
    pub fn is_not_found(&self) -> bool {
        !self.is_fatal() && self.server().is_some_and(ErrorResponse::is_not_found)
    }

    /// Whether the session is gone, so that no further statement can work on it.
    pub fn is_fatal(&self) -> bool {
        match self {
            ConnectError::Server(error) => matches!(error.severity.as_str(), "FATAL" | "PANIC"),
            ConnectError::NoColumn { .. }
            | ConnectError::Null { .. }
            | ConnectError::NotUtf8 { .. }
            | ConnectError::Value { .. } => false,
            _ => true,
        }
    }
}

fn join_errors(errors: &[ConnectError]) -> String {
    let texts: Vec<String> = errors.iter().map(ConnectError::to_string).collect();
    texts.join("; ")
}

/// An ErrorResponse, field by field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (SQLSTATE {sqlstate})")]
pub struct ErrorResponse {
    /// Not translated: `ERROR`, `FATAL` or `PANIC`.
    pub severity: String,
    /// Five characters, e.g. `23505`; empty if the server sent none.
    pub sqlstate: String,
    /// One line mostly, in the server's language.
    pub message: String,
    /// More about the cause, in the server's language.
    pub detail: Option<String>,
    /// What to do about it, in the server's language.
    pub hint: Option<String>,
    /// The CONTEXT lines, e.g. the COPY line that failed.
    pub context: Option<String>,
    /// 1-based character position in the statement.
    pub position: Option<u32>,
}

/// SQLSTATEs of names that are not found: of a schema, table, column, function or operator, type or other object. The
/// last one is what a function body in another language turns such an error into.
const NOT_FOUND: [&str; 6] = ["3F000", "42P01", "42703", "42883", "42704", "38000"];

impl ErrorResponse {
    /// See [`ConnectError::is_not_found`].
    pub fn is_not_found(&self) -> bool {
        NOT_FOUND.contains(&self.sqlstate.as_str())
    }

    /// Whether the name that is not found is in something that the statement calls. The statement's own names are then
    /// found, or it has none.
    pub fn is_not_found_within(&self) -> bool {
        self.is_not_found() && self.context.is_some()
    }

    /// See [`ConnectError::is_lock_table_full`].
    pub fn is_lock_table_full(&self) -> bool {
        let names_setting = |hint: &String| hint.contains("max_locks_per_transaction");
        self.sqlstate == "53200" && self.hint.as_ref().is_some_and(names_setting)
    }

    /// The session was ended from outside: a connection exception, or an administrator's command or a crash.
    fn is_lost_connection(&self) -> bool {
        let is_ended = matches!(self.severity.as_str(), "FATAL" | "PANIC");
        is_ended && (self.sqlstate.starts_with("08") || matches!(self.sqlstate.as_str(), "57P01" | "57P02"))
    }

    fn without_text(self) -> ErrorResponse {
        ErrorResponse {
            severity: self.severity,
            sqlstate: self.sqlstate,
            message: "the server refused a statement that holds secrets; its message is not shown".to_owned(),
            detail: None,
            hint: None,
            context: None,
            position: None,
        }
    }

    /// Reads the fields of an ErrorResponse. Text before the session's encoding is settled may be in
    /// any encoding, so that bytes outside UTF-8 are replaced, never refused.
    pub(super) fn parse(mut body: &[u8]) -> ErrorResponse {
        let mut error = ErrorResponse {
            severity: String::new(),
            sqlstate: String::new(),
            message: String::new(),
            detail: None,
            hint: None,
            context: None,
            position: None,
        };
        let mut localized = String::new();
        while let Some((&field, rest)) = body.split_first() {
            if field == 0 {
                break;
            }
            let end = memchr::memchr(0, rest).unwrap_or(rest.len());
            let text = String::from_utf8_lossy(&rest[..end]).into_owned();
            body = rest.get(end + 1..).unwrap_or_default();
            match field {
                b'S' => localized = text,
                b'V' => error.severity = text,
                b'C' => error.sqlstate = text,
                b'M' => error.message = text,
                b'D' => error.detail = Some(text),
                b'H' => error.hint = Some(text),
                b'W' => error.context = Some(text),
                b'P' => error.position = text.parse().ok(),
                _ => {}
            }
        }
        if error.severity.is_empty() {
            error.severity = localized;
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_an_error_response_are_kept_apart() {
        let body = b"SFEHLER\0VERROR\0C23505\0Mdouble\0Dthe key\0Hlook\0WCOPY t, line 3\0P17\0Fx.c\0\0";
        let error = ErrorResponse::parse(body);
        assert_eq!(error.severity, "ERROR");
        assert_eq!(error.sqlstate, "23505");
        assert_eq!(error.message, "double");
        assert_eq!(error.detail.as_deref(), Some("the key"));
        assert_eq!(error.hint.as_deref(), Some("look"));
        assert_eq!(error.context.as_deref(), Some("COPY t, line 3"));
        assert_eq!(error.position, Some(17));
        assert_eq!(error.to_string(), "double (SQLSTATE 23505)");
    }

    #[test]
    fn a_session_is_lost_by_what_ends_it_from_outside() {
        let said = |severity: &str, state: &str| {
            let body = format!("V{severity}\0C{state}\0Mgone\0\0");
            ConnectError::Server(Box::new(ErrorResponse::parse(body.as_bytes()))).is_lost()
        };
        assert!(said("FATAL", "57P01") && said("FATAL", "57P02") && said("FATAL", "08006"));
        // A cancelled query, a conflict on a standby, no memory.
        assert!(!said("ERROR", "57014") && !said("FATAL", "40001") && !said("ERROR", "53200"));
        assert!(!said("ERROR", "08006"));
        let dial = |kind: io::ErrorKind| ConnectError::Dial {
            target: String::new(),
            source: kind.into(),
        };
        assert!(dial(io::ErrorKind::UnexpectedEof).is_lost());
        let refused = dial(io::ErrorKind::ConnectionRefused);
        assert!(!refused.is_lost() && refused.may_pass());
    }

    #[test]
    fn nothing_of_the_servers_words_stays() {
        let body = b"VERROR\0C08001\0Mbad hunter2\0Dhunter2\0Hhunter2\0Whunter2\0\0";
        let error = ConnectError::Server(Box::new(ErrorResponse::parse(body))).without_text();
        assert!(!format!("{error:?} {error}").contains("hunter2"));
        assert_eq!(error.sqlstate(), Some("08001"));
    }

    #[test]
    fn a_cut_error_response_gives_what_is_there() {
        let body = b"SFATAL\0C28P01\0Mwrong \xff passwo";
        for end in 0..=body.len() {
            ErrorResponse::parse(&body[..end]);
        }
        let error = ErrorResponse::parse(body);
        assert_eq!(error.severity, "FATAL");
        assert_eq!(error.message, "wrong \u{fffd} passwo");
    }
}
