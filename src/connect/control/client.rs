//! Hands a dialled stream to tokio-postgres, and translates the errors of tokio-postgres into ours.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::tls::{self, TlsConnect, TlsStream};

use crate::connect::ConnectError;
use crate::connect::control::hang_up::closed;
use crate::connect::dial::attempt::Attempt;
use crate::connect::error::ErrorResponse;

/// Translates an error; `attempt` is given while the session is being opened.
pub(in crate::connect) fn from_client(error: tokio_postgres::Error, attempt: Option<&Attempt<'_>>) -> ConnectError {
    if let Some(error) = error.as_db_error() {
        let error = Box::new(ErrorResponse {
            severity: match error.parsed_severity() {
                Some(severity) => severity.to_string(),
                None => error.severity().to_owned(),
            },
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            context: error.where_().map(str::to_owned),
            position: match error.position() {
                Some(ErrorPosition::Original(position)) => Some(*position),
                _ => None,
            },
        });
        return match attempt {
            Some(attempt) => ConnectError::Rejected {
                target: attempt.target(),
                error,
            },
            None => ConnectError::Server(error),
        };
    }
    let text = error.to_string();
    let is_closed = error.is_closed();
    let source = error.into_source();
    let io = match source.map(|source| source.downcast::<io::Error>()) {
        _ if is_closed => Ok(closed()),
        Some(Ok(error)) if error.kind() == io::ErrorKind::UnexpectedEof || is_cut(&error) => Ok(closed()),
        Some(Ok(error)) => Ok(*error),
        Some(Err(source)) => Err(source.to_string()),
        None => Err(text.clone()),
    };
    match (io, attempt) {
        // postgres-protocol reports malformed messages as I/O errors of its own.
        (Ok(error), attempt) if error.kind() == io::ErrorKind::InvalidInput => ConnectError::Protocol(match attempt {
            Some(attempt) => format!("{}: {error}", attempt.target()),
            None => error.to_string(),
        }),
        (Ok(error), Some(attempt)) if text.starts_with("authentication error") => ConnectError::Auth {
            target: attempt.target(),
            reason: error.to_string(),
        },
        (Ok(source), Some(attempt)) => ConnectError::Dial {
            target: attempt.target(),
            source,
        },
        (Ok(error), None) => ConnectError::Io(error),
        (Err(reason), Some(attempt)) => opening_failed(attempt, &text, reason),
        (Err(_), None) => ConnectError::Protocol(text),
    }
}

/// Whether the stream ended in the middle of a message. Such an error has no kind of its own.
fn is_cut(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Other && error.to_string() == "bytes remaining on stream"
}

/// An error while a session is opened. tokio-postgres tells these errors apart by text only.
fn opening_failed(attempt: &Attempt<'_>, text: &str, reason: String) -> ConnectError {
    let target = attempt.target();
    match reason.as_str() {
        "password missing" => ConnectError::PasswordRequired { target },
        "unsupported authentication method" => ConnectError::UnsupportedAuth {
            target,
            method: "GSSAPI, SSPI or Kerberos".to_owned(),
        },
        "unsupported SASL mechanism" => ConnectError::UnsupportedAuth {
            target,
            method: "SASL".to_owned(),
        },
        "server did not use channel binding" => ConnectError::Auth {
            target,
            reason: "channel binding is required, and the server did not use it".to_owned(),
        },
        _ if text.starts_with("authentication error") => ConnectError::Auth { target, reason },
        _ => ConnectError::Protocol(format!("{target}: {text}")),
    }
}

/// Hands a stream whose handshake is done to tokio-postgres as its TLS stream.
pub(in crate::connect) struct Dialled {
    pub(in crate::connect) binding: Option<Vec<u8>>,
}

/// A stream with the channel binding data of its handshake.
pub(in crate::connect) struct Bound<S> {
    stream: S,
    binding: Option<Vec<u8>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsConnect<S> for Dialled {
    type Stream = Bound<S>;
    type Error = io::Error;
    type Future = Ready<io::Result<Bound<S>>>;

    fn connect(self, stream: S) -> Self::Future {
        ready(Ok(Bound {
            stream,
            binding: self.binding,
        }))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Bound<S> {
    fn channel_binding(&self) -> tls::ChannelBinding {
        match &self.binding {
            Some(data) => tls::ChannelBinding::tls_server_end_point(data.clone()),
            None => tls::ChannelBinding::none(),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bound<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bound<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
