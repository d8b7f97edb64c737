//! A control session on tokio-postgres, behind blocking calls.
//!
//! The stream is dialled here, TLS included; tokio-postgres only starts the session on it. One
//! background thread drives the connection, so that an idle session still answers the server.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_postgres::config::{self, SslMode, SslNegotiation};
use tokio_postgres::{CancelToken, Client, SimpleQueryMessage, SimpleQueryRow};

use crate::connect::control::byte_budget::Watched;
use crate::connect::control::client::{Dialled, from_client};
use crate::connect::control::hang_up::{Line, closed};
use crate::connect::dial::attempt;
use crate::connect::dial::attempt::{Attempt, Opened, ROLE_QUERY, Role};
use crate::connect::dial::stream;
use crate::connect::params::resolved::ChannelBinding;
use crate::connect::{Canceller, ConnectError, Params, Row};

/// How long a closing session may take to say goodbye, and a lost one to say why.
const GOODBYE: Duration = Duration::from_millis(500);

/// A session that a background thread drives.
pub(in crate::connect) struct Driven {
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
    pub(in crate::connect) fn connect(params: &Params) -> Result<Self, ConnectError> {
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
    pub(in crate::connect) fn params(&self) -> &Params {
        &self.params
    }

    pub(in crate::connect) fn query(&self, sql: &str) -> Result<Vec<Row>, ConnectError> {
        self.block_on(|client| rows_of(client, sql))
    }

    /// One round trip.
    pub(in crate::connect) fn query_all(&self, sql: &[String]) -> Result<Vec<Vec<Row>>, ConnectError> {
        self.block_on(|client| futures::future::try_join_all(sql.iter().map(|statement| rows_of(client, statement))))
    }

    pub(in crate::connect) fn execute(&self, sql: &str) -> Result<(), ConnectError> {
        self.block_on(|client| async move {
            client
                .batch_execute(sql)
                .await
                .map_err(|error| from_client(error, None))
        })
    }

    pub(in crate::connect) fn canceller(&self) -> Canceller {
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

    /// Why the connection ended; this says more than the error of the request that found it closed. Waits for the
    /// driver, which closes the requests before it records the reason.
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

    pub(in crate::connect) fn check_open(&self) -> Result<(), ConnectError> {
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
    let stream = stream::dial(params, attempt.host, attempt.address, attempt.encryption).await?;
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
