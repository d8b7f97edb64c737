//! A blocking byte stream to a server: TCP or unix socket, with or without TLS.
//!
//! Reads block; the `try_` calls never do, whatever the socket's mode.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::net::{RecvFlags, SendFlags};
use tokio_rustls::rustls::ClientConnection;

use crate::connect::control::hang_up::Line;

/// TLS records are read from the socket through a buffer of this size.
const TLS_READ_BYTES: usize = 64 * 1024;

pub(in crate::connect) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

pub(in crate::connect) struct Transport {
    socket: Socket,
    tls: Option<Box<Tls>>,
}

struct Tls {
    session: ClientConnection,
    /// Bytes from the socket that rustls has not taken yet.
    raw: Vec<u8>,
    raw_start: usize,
    raw_end: usize,
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Socket::Tcp(socket) => socket.as_fd(),
            Socket::Unix(socket) => socket.as_fd(),
        }
    }
}

impl Socket {
    fn recv(&self, buf: &mut [u8], flags: RecvFlags) -> io::Result<usize> {
        loop {
            match rustix::net::recv(self, &mut *buf, flags) {
                Err(rustix::io::Errno::INTR) => {}
                result => return Ok(result?.0),
            }
        }
    }

    fn send(&self, buf: &[u8], flags: SendFlags) -> io::Result<usize> {
        loop {
            match rustix::net::send(self, buf, flags | SendFlags::NOSIGNAL) {
                Err(rustix::io::Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }
}

/// The socket as rustls wants it.
struct Half<'a> {
    socket: &'a Socket,
    wait: bool,
}

impl Write for Half<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let flags = if self.wait {
            SendFlags::empty()
        } else {
            SendFlags::DONTWAIT
        };
        self.socket.send(buf, flags)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Tls {
    /// Plain text if there is some, else reads more from the socket.
    fn read(&mut self, socket: &Socket, buf: &mut [u8], wait: bool) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // A stream that ends without TLS's close message has still ended: PostgreSQL's own messages say whether
                // anything is missing.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                result => return result,
            }
            if self.raw_start == self.raw_end {
                let flags = if wait { RecvFlags::empty() } else { RecvFlags::DONTWAIT };
                self.raw_end = socket.recv(&mut self.raw, flags)?;
                self.raw_start = 0;
            }
            let mut pending = &self.raw[self.raw_start..self.raw_end];
            // An empty slice is how rustls learns about the end of the stream.
            let taken = self.session.read_tls(&mut pending)?;
            self.raw_start += taken;
            let outcome = self.session.process_new_packets();
            // Sends alerts and key updates. A failure to send them shows on the next write.
            while self.session.wants_write() {
                let mut half = Half { socket, wait: false };
                if self.session.write_tls(&mut half).is_err() {
                    break;
                }
            }
            outcome.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }

    /// Sends finished records; `WouldBlock` when some stay.
    fn flush(&mut self, socket: &Socket, wait: bool) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut Half { socket, wait })?;
        }
        Ok(())
    }
}

impl Transport {
    pub(in crate::connect) fn plain(socket: Socket) -> Transport {
        Transport { socket, tls: None }
    }

    /// `session` has finished its handshake.
    pub(in crate::connect) fn tls(socket: TcpStream, session: ClientConnection) -> Transport {
        Transport {
            socket: Socket::Tcp(socket),
            tls: Some(Box::new(Tls {
                session,
                raw: vec![0; TLS_READ_BYTES],
                raw_start: 0,
                raw_end: 0,
            })),
        }
    }

    pub(in crate::connect) fn line(&self) -> Line {
        Line::of(&self.socket)
    }

    pub(in crate::connect) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match &self.socket {
            Socket::Tcp(socket) => socket.set_read_timeout(timeout),
            Socket::Unix(socket) => socket.set_read_timeout(timeout),
        }
    }

    /// Blocks until there is something; 0 at the end of the stream.
    pub(in crate::connect) fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            Some(tls) => tls.read(&self.socket, buf, true),
            None => self.socket.recv(buf, RecvFlags::empty()),
        }
    }

    /// As [`Transport::read`], but `WouldBlock` when nothing is there.
    pub(in crate::connect) fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            Some(tls) => tls.read(&self.socket, buf, false),
            None => self.socket.recv(buf, RecvFlags::DONTWAIT),
        }
    }

    /// Blocks until everything is handed to the kernel.
    pub(in crate::connect) fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            while !bytes.is_empty() {
                let sent = self.socket.send(bytes, SendFlags::empty())?;
                bytes = &bytes[sent..];
            }
            return Ok(());
        };
        while !bytes.is_empty() {
            let taken = tls.session.writer().write(bytes)?;
            bytes = &bytes[taken..];
            tls.flush(&self.socket, true)?;
        }
        Ok(())
    }

    /// Takes as many bytes as fit now; `WouldBlock` when none do. Later calls send what TLS has taken,
    /// [`Transport::try_flush`] at the latest.
    pub(in crate::connect) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.socket.send(bytes, SendFlags::DONTWAIT);
        };
        tls.flush(&self.socket, false)?;
        let taken = tls.session.writer().write(bytes)?;
        match tls.flush(&self.socket, false) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(taken),
        }
    }

    /// Sends bytes that were taken earlier; `WouldBlock` when some of them have not left yet.
    pub(in crate::connect) fn try_flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            Some(tls) => tls.flush(&self.socket, false),
            None => Ok(()),
        }
    }

    /// Waits until the socket can be read or written, for `limit` at most.
    pub(in crate::connect) fn wait_ready(&self, limit: Duration) -> io::Result<()> {
        let mut polled = [PollFd::new(&self.socket, PollFlags::IN | PollFlags::OUT)];
        let limit = limit.try_into().ok();
        match rustix::event::poll(&mut polled, limit.as_ref()) {
            Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends the stream in both directions, so that the server notices at once.
    pub(in crate::connect) fn shutdown(&self) {
        // An error means that the connection is already gone.
        let _ = match &self.socket {
            Socket::Tcp(socket) => socket.shutdown(Shutdown::Both),
            Socket::Unix(socket) => socket.shutdown(Shutdown::Both),
        };
    }
}
