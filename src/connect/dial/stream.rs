//! Opens one byte stream to one address: socket, options, and TLS as asked.
//!
//! Both kinds of session dial here. A control session keeps the asynchronous stream; a data session
//! turns it into a blocking [`Transport`].

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::connect::ConnectError;
use crate::connect::control::hang_up::Line;
use crate::connect::control::opening::Opening;
use crate::connect::dial::channel_binding::tls_server_end_point;
use crate::connect::dial::tls;
use crate::connect::dial::transport::{Socket, Transport};
use crate::connect::params::resolved::{Host, HostName, Keepalives, Params};

/// Length 8, then the code that asks for TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::connect) enum Encryption {
    Plain,
    /// TLS if the server has it, else plain on the same connection.
    Offered,
    Required,
}

/// A connected stream, TLS handshake done.
pub(in crate::connect) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The addresses of a host in the order to try them; `None` is a unix socket.
pub(in crate::connect) fn addresses(host: &Host, opening: &Opening) -> Result<Vec<Option<SocketAddr>>, ConnectError> {
    if let Some(pin) = host.pin {
        return Ok(vec![pin.address]);
    }
    match &host.name {
        HostName::Socket(_) => Ok(vec![None]),
        HostName::Tcp {
            address: Some(address), ..
        } => Ok(vec![Some(SocketAddr::new(*address, host.port))]),
        HostName::Tcp { name, .. } => {
            let failed = |source| ConnectError::Resolve {
                host: name.clone(),
                source,
            };
            let given_up = |_| failed(io::ErrorKind::Interrupted.into());
            let found = opening.look_up(name, host.port).map_err(given_up)?.map_err(failed)?;
            let found: Vec<_> = found.into_iter().map(Some).collect();
            if found.is_empty() {
                return Err(failed(io::Error::other("no address")));
            }
            Ok(found)
        }
    }
}

pub(in crate::connect) async fn dial(
    params: &Params,
    host: &Host,
    address: Option<SocketAddr>,
    encryption: Encryption,
) -> Result<Stream, ConnectError> {
    let failed = |source| ConnectError::Dial {
        target: params.describe_host(host),
        source,
    };
    let Some(address) = address else {
        let path = host
            .socket_path()
            .ok_or_else(|| failed(io::Error::new(io::ErrorKind::InvalidInput, "no address")))?;
        let stream = UnixStream::connect(kernel_path(path)).await.map_err(failed)?;
        return Ok(Stream::Unix(stream));
    };
    let mut stream = TcpStream::connect(address).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    set_keepalive(&stream, &params.keepalives).map_err(failed)?;
    if encryption == Encryption::Plain {
        return Ok(Stream::Tcp(stream));
    }

    if !params.tls.direct {
        // Exactly one byte is read: anything that came with it, e.g. injected in plain text, must
        // meet the handshake.
        stream.write_all(&SSL_REQUEST).await.map_err(failed)?;
        let mut answer = [0];
        stream.read_exact(&mut answer).await.map_err(failed)?;
        match answer[0] {
            b'S' => {}
            b'N' if encryption == Encryption::Offered => return Ok(Stream::Tcp(stream)),
            b'N' => {
                return Err(ConnectError::TlsRefused {
                    target: params.describe_host(host),
                    sslmode: params.tls.mode.name(),
                });
            }
            _ => {
                return Err(failed(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "what answers there does not speak PostgreSQL's protocol",
                )));
            }
        }
    }

    let failed = |reason| ConnectError::Tls {
        target: params.describe_host(host),
        reason,
    };
    let name = tls::server_name(host).map_err(failed)?;
    let connector = TlsConnector::from(tls::client_config(&params.tls)?);
    let stream = connector
        .connect(name, stream)
        .await
        .map_err(|error| failed(tls::explain(&error)))?;
    if params.tls.direct && stream.get_ref().1.alpn_protocol() != Some(b"postgresql") {
        return Err(failed(
            "the server did not agree on the protocol `postgresql`".to_owned(),
        ));
    }
    Ok(Stream::Tls(Box::new(stream)))
}

/// The socket's path for the kernel: an abstract name of Linux is written with `@` and begins with NUL in the kernel.
fn kernel_path(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix('@')) {
        Some(name) => PathBuf::from(format!("\0{name}")),
        None => path,
    }
}

fn set_keepalive(stream: &TcpStream, keepalives: &Keepalives) -> io::Result<()> {
    let socket = SockRef::from(stream);
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(keepalives.user_timeout)?;
    if !keepalives.enabled {
        return Ok(());
    }
    socket.set_keepalive(true)?;
    let mut timing = TcpKeepalive::new();
    let mut any = false;
    if let Some(idle) = keepalives.idle {
        timing = timing.with_time(idle);
        any = true;
    }
    if let Some(interval) = keepalives.interval {
        timing = timing.with_interval(interval);
        any = true;
    }
    if let Some(count) = keepalives.count {
        timing = timing.with_retries(count);
        any = true;
    }
    if any {
        socket.set_tcp_keepalive(&timing)?;
    }
    Ok(())
}

impl Stream {
    pub(in crate::connect) fn line(&self) -> Line {
        match self {
            Stream::Tcp(stream) => Line::of(stream),
            Stream::Unix(stream) => Line::of(stream),
            Stream::Tls(stream) => Line::of(stream.get_ref().0),
        }
    }

    pub(in crate::connect) fn encrypted(&self) -> bool {
        matches!(self, Stream::Tls(_))
    }

    /// The `tls-server-end-point` data; absent without TLS.
    pub(in crate::connect) fn channel_binding(&self) -> Option<Vec<u8>> {
        let Stream::Tls(stream) = self else {
            return None;
        };
        let certificates = stream.get_ref().1.peer_certificates()?;
        tls_server_end_point(certificates.first()?)
    }

    /// The stream for blocking use. Must be called inside the runtime that dialled.
    pub(in crate::connect) fn into_blocking(self) -> io::Result<Transport> {
        let blocking = |stream: TcpStream| {
            let stream = stream.into_std()?;
            stream.set_nonblocking(false)?;
            Ok::<_, io::Error>(stream)
        };
        match self {
            Stream::Tcp(stream) => Ok(Transport::plain(Socket::Tcp(blocking(stream)?))),
            Stream::Unix(stream) => {
                let stream = stream.into_std()?;
                stream.set_nonblocking(false)?;
                Ok(Transport::plain(Socket::Unix(stream)))
            }
            Stream::Tls(stream) => {
                let (stream, session) = stream.into_inner();
                Ok(Transport::tls(blocking(stream)?, session))
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
