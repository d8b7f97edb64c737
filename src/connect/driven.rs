//! A control session on tokio-postgres, behind blocking calls.
//!
//! The stream is dialled here, TLS included; tokio-postgres only starts the session on it. One
//! background thread drives the connection, so that an idle session still answers the server.

use std::future::{Future, Ready, ready};
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_postgres::config::{self, SslMode, SslNegotiation};
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::tls::{self, TlsConnect, TlsStream};
use tokio_postgres::{CancelToken, Client, SimpleQueryMessage, SimpleQueryRow};

use super::attempt::{self, Attempt, Opened, ROLE_QUERY, Role};
use super::dial;
use super::error::ServerError;
use super::line::Line;
use super::params::ChannelBinding;
use super::watch::Watched;
use super::wire::closed;
use super::{Canceller, ConnectError, Params, Row};

/// How long a closing session may take to say goodbye, and a lost one to say why.
const GOODBYE: Duration = Duration::from_millis(500);

/// A session that a background thread drives.
pub(super) struct Driven {
    client: Option<Client>,
    driver: Option<JoinHandle<()>>,
    /// Why the connection ended, once it has.
    end: Arc<Mutex<Option<ConnectError>>>,
    cancel_token: CancelToken,
    line: Line,
    params: Params,
    runtime: Option<Runtime>,
}

struct Session {
    client: Client,
    line: Line,
    driver: JoinHandle<()>,
    end: Arc<Mutex<Option<ConnectError>>>,
}

impl Driven {
    /// Connects, tries hosts and TLS modes as libpq would, and pins what worked.
    pub(super) fn connect(params: &Params) -> Result<Self, ConnectError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("pgark-control")
            .enable_all()
            .build()
            .map_err(ConnectError::Io)?;
        let open = |attempt: &Attempt<'_>| runtime.block_on(attempt.within(open(attempt)));
        let role = |session: &mut Session| {
            let rows = runtime.block_on(rows_of(&session.client, ROLE_QUERY))?;
            match rows.first() {
                Some(row) => Role::from_row(row),
                None => Err(ConnectError::Protocol("no row about the server's role".to_owned())),
            }
        };
        let (session, pinned) = attempt::connect_any(params, open, role)?;
        Ok(Driven {
            cancel_token: session.client.cancel_token(),
            client: Some(session.client),
            driver: Some(session.driver),
            end: session.end,
            line: session.line,
            params: pinned,
            runtime: Some(runtime),
        })
    }

    /// Pinned to the server, address and TLS mode that this session uses.
    pub(super) fn params(&self) -> &Params {
        &self.params
    }

    pub(super) fn query(&self, sql: &str) -> Result<Vec<Row>, ConnectError> {
        self.block_on(|client| rows_of(client, sql))
    }

    /// One round trip.
    pub(super) fn query_all(&self, sql: &[String]) -> Result<Vec<Vec<Row>>, ConnectError> {
        self.block_on(|client| futures::future::try_join_all(sql.iter().map(|statement| rows_of(client, statement))))
    }

    pub(super) fn execute(&self, sql: &str) -> Result<(), ConnectError> {
        self.block_on(|client| async move {
            client
                .batch_execute(sql)
                .await
                .map_err(|error| from_client(error, None))
        })
    }

    pub(super) fn canceller(&self) -> Canceller {
        Canceller::with_token(&self.params, self.cancel_token.clone(), self.line.severer())
    }

    fn block_on<'a, T, F>(&'a self, call: impl FnOnce(&'a Client) -> F) -> Result<T, ConnectError>
    where
        F: Future<Output = Result<T, ConnectError>> + 'a,
    {
        let (Some(client), Some(runtime)) = (&self.client, &self.runtime) else {
            return Err(ConnectError::Io(closed()));
        };
        runtime
            .block_on(call(client))
            .map_err(|error| match error {
                ConnectError::Io(_) => self.end_reason().unwrap_or(error),
                other => other,
            })
            .map_err(|error| self.explained(error))
    }

    /// The connection's own end says more than the request that found it closed. Waits for the driver, which closes
    /// the requests before it says why.
    fn end_reason(&self) -> Option<ConnectError> {
        let deadline = Instant::now() + GOODBYE;
        while self.driver.as_ref().is_some_and(|driver| !driver.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(GOODBYE / 100);
        }
        self.end.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn explained(&self, error: ConnectError) -> ConnectError {
        match error {
            ConnectError::Io(error) => ConnectError::Io(self.line.explain(error)),
            other => other,
        }
    }

    pub(super) fn check_open(&self) -> Result<(), ConnectError> {
        match &self.client {
            Some(client) if !client.is_closed() => Ok(()),
            _ => Err(self.end_reason().unwrap_or_else(|| ConnectError::Io(closed()))),
        }
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        // Without its client the driver says goodbye to the server and ends.
        drop(self.client.take());
        if let (Some(runtime), Some(driver)) = (self.runtime.take(), self.driver.take()) {
            runtime.block_on(async {
                let _ = tokio::time::timeout(GOODBYE, driver).await;
            });
            runtime.shutdown_background();
        }
    }
}

async fn open(attempt: &Attempt<'_>) -> Result<Opened<Session>, ConnectError> {
    let params = attempt.params;
    let stream = dial::dial(params, attempt.host, attempt.address, attempt.encryption).await?;
    let encrypted = stream.encrypted();
    attempt.plain.set(!encrypted);
    let binding = stream.channel_binding();
    let line = stream.line();
    attempt.opening.hold(&line);

    let mut config = tokio_postgres::Config::new();
    config
        .user(&params.user)
        .dbname(&params.dbname)
        .channel_binding(match params.tls.channel_binding {
            ChannelBinding::Disable => config::ChannelBinding::Disable,
            ChannelBinding::Prefer => config::ChannelBinding::Prefer,
            ChannelBinding::Require => config::ChannelBinding::Require,
        });
    // The handshake is done: `Direct` makes tokio-postgres take the stream as it is.
    if encrypted {
        config
            .ssl_mode(SslMode::Require)
            .ssl_negotiation(SslNegotiation::Direct);
    } else {
        config.ssl_mode(SslMode::Disable);
    }
    if let Some(password) = &attempt.host.password {
        config.password(password.expose());
    }
    if let Some(options) = &params.options {
        config.options(options);
    }
    if let Some(name) = &params.application_name {
        config.application_name(name);
    }
    let (client, connection) = config
        .connect_raw(Watched::new(stream), Dialled { binding })
        .await
        .map_err(|error| from_client(error, Some(attempt)))?;

    let end = Arc::new(Mutex::new(None));
    let driver = tokio::spawn({
        let end = end.clone();
        async move {
            if let Err(error) = connection.await {
                let error = from_client(error, None);
                *end.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        }
    });
    Ok(Opened {
        session: Session {
            client,
            line,
            driver,
            end,
        },
        encrypted,
    })
}

/// Copies each row as it comes, so that an answer is never held twice.
async fn rows_of(client: &Client, sql: &str) -> Result<Vec<Row>, ConnectError> {
    let failed = |error| from_client(error, None);
    let mut messages = pin!(client.simple_query_raw(sql).await.map_err(failed)?);
    let mut names: Arc<[String]> = Arc::from([]);
    let mut rows = Vec::new();
    while let Some(message) = messages.try_next().await.map_err(failed)? {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                names = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            SimpleQueryMessage::Row(row) => rows.push(copy_row(&names, &row)?),
            _ => {}
        }
    }
    Ok(rows)
}

fn copy_row(names: &Arc<[String]>, row: &SimpleQueryRow) -> Result<Row, ConnectError> {
    let mut values = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let value = row.try_get(index);
        values.push(value.map_err(|_| ConnectError::NotUtf8 { column: name.clone() })?);
    }
    Row::new(names.clone(), values.into_iter())
}

/// `attempt` is given while the session is being opened.
pub(super) fn from_client(error: tokio_postgres::Error, attempt: Option<&Attempt<'_>>) -> ConnectError {
    if let Some(error) = error.as_db_error() {
        let error = Box::new(ServerError {
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

/// The stream ended in the middle of a message, which has no kind of its own.
fn is_cut(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Other && error.to_string() == "bytes remaining on stream"
}

/// tokio-postgres tells these apart by text only.
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
pub(super) struct Dialled {
    pub(super) binding: Option<Vec<u8>>,
}

/// A stream with the channel binding data of its handshake.
pub(super) struct Bound<S> {
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
