//! Cancels what a session is running, over a connection of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_postgres::CancelToken;

use crate::connect::control::client::{Dialled, from_client};
use crate::connect::control::hang_up::Severer;
use crate::connect::dial::stream;
use crate::connect::dial::stream::{Encryption, Stream};
use crate::connect::{ConnectError, Params};
use crate::job::{Severable, Stoppable};

/// Limit of time for everything together: connecting, sending, and waiting for the server to hang up.
const TIMEOUT: Duration = Duration::from_secs(5);
const CANCEL_REQUEST_CODE: u32 = 80_877_102;

/// Cancels whatever a session is running, from any thread.
#[derive(Clone)]
pub struct Canceller {
    /// Pinned to the session's server, address and TLS mode.
    params: Params,
    key: Key,
    severer: Severer,
}

#[derive(Clone)]
enum Key {
    /// For a session of tokio-postgres, which does not give its secret away.
    Token(Box<CancelToken>),
    Own {
        pid: u32,
        secret: Arc<[u8]>,
    },
}

impl Canceller {
    pub(in crate::connect) fn with_token(params: &Params, token: CancelToken, severer: Severer) -> Canceller {
        Canceller {
            params: params.without_stop(),
            key: Key::Token(Box::new(token)),
            severer,
        }
    }

    pub(in crate::connect) fn with_key(params: &Params, pid: u32, secret: Vec<u8>, severer: Severer) -> Canceller {
        Canceller {
            params: params.without_stop(),
            key: Key::Own {
                pid,
                secret: secret.into(),
            },
            severer,
        }
    }

    /// Asks the server to cancel, and returns once the server has taken the request, within a few seconds. Only the
    /// session itself can tell whether something was running and noticed the request.
    pub fn cancel(&self) -> Result<(), ConnectError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ConnectError::Io)?;
        runtime.block_on(async {
            tokio::time::timeout(TIMEOUT, self.send()).await.unwrap_or_else(|_| {
                Err(ConnectError::Timeout {
                    target: self.params.describe(),
                    seconds: TIMEOUT.as_secs(),
                })
            })
        })
    }

    async fn send(&self) -> Result<(), ConnectError> {
        let Some((host, pin)) = self.params.hosts.first().and_then(|host| Some((host, host.pin?))) else {
            return Err(ConnectError::Protocol("a session that is not pinned".to_owned()));
        };
        let encryption = if pin.encrypted {
            Encryption::Required
        } else {
            Encryption::Plain
        };
        let mut stream = stream::dial(&self.params, host, pin.address, encryption).await?;
        match &self.key {
            Key::Token(token) => token
                .cancel_query_raw(&mut stream, Dialled { binding: None })
                .await
                .map_err(|error| from_client(error, None))?,
            Key::Own { pid, secret } => stream
                .write_all(&request(*pid, secret))
                .await
                .map_err(ConnectError::Io)?,
        }
        wait_for_end(&mut stream).await;
        Ok(())
    }
}

impl Severable for Canceller {
    fn is_of_use(&self) -> bool {
        self.severer.is_of_use()
    }

    fn sever(&self) {
        self.severer.sever();
    }
}

impl Stoppable for Canceller {
    fn cancel(&self) {
        // Best effort: a session that is gone needs no cancel.
        let _ = Canceller::cancel(self);
    }
}

/// Waits until the server closes the connection, which it does once it has passed the request on. An unclean close
/// counts too.
async fn wait_for_end(stream: &mut Stream) {
    let _ = stream.flush().await;
    let mut byte = [0];
    while let Ok(1..) = stream.read(&mut byte).await {}
}

fn request(pid: u32, secret: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(12 + secret.len());
    message.extend_from_slice(&(12 + secret.len() as u32).to_be_bytes());
    message.extend_from_slice(&CANCEL_REQUEST_CODE.to_be_bytes());
    message.extend_from_slice(&pid.to_be_bytes());
    message.extend_from_slice(secret);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_request_carries_a_key_of_any_length() {
        assert_eq!(
            request(1, &[1, 2, 3, 4]),
            [0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 1, 2, 3, 4]
        );
        assert_eq!(request(1, &[9; 32]).len(), 44);
    }
}
