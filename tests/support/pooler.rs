//! A connection pooler in miniature: what pgbouncer and its like do with sessions, and nothing else.
//!
//! It listens on a unix socket, speaks just enough of the protocol to see where a transaction ends, and hands the
//! connections to servers on between its clients. COPY FROM is not understood.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use pgark::internals::server::Server;

/// How connections to the servers are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// A client keeps its connection.
    Session,
    /// Each transaction gets the connection that was given back last.
    LastUsed,
    /// Each transaction gets the connection that has been free for the longest time.
    InTurn,
}

/// Lives as long as the process; its socket vanishes with its folder.
pub struct Pooler {
    folder: tempfile::TempDir,
}

struct Pool {
    pooling: Pooling,
    sockets: Vec<PathBuf>,
    opened: AtomicUsize,
    free: Mutex<VecDeque<Backend>>,
}

/// A connection to a server, and what the server said when it began.
struct Backend {
    stream: UnixStream,
    greeting: Vec<u8>,
}

const PORT: u16 = 5432;
const CANCEL: u32 = 80_877_102;
const ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];
/// So that taking turns is more than handing the same connection on.
const AT_LEAST: usize = 3;

impl Pooler {
    /// Between clients and `servers`; with several of them each new connection goes to the next one.
    pub fn start(pooling: Pooling, scratch: &Path, servers: &[&Server]) -> Pooler {
        let folder = tempfile::tempdir_in(scratch).expect("folder");
        let socket = |folder: &Path, port: u16| folder.join(format!(".s.PGSQL.{port}"));
        let listener = UnixListener::bind(socket(folder.path(), PORT)).expect("socket");
        let pool = Arc::new(Pool {
            pooling,
            sockets: servers.iter().map(|s| socket(s.socket_dir(), s.port())).collect(),
            opened: AtomicUsize::new(0),
            free: Mutex::default(),
        });
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let pool = Arc::clone(&pool);
                // A client that goes away in the middle takes its connection with it.
                thread::spawn(move || pool.serve(client).ok());
            }
        });
        Pooler { folder }
    }

    pub fn conninfo(&self, database: &str) -> String {
        let host = self.folder.path().display();
        format!("host={host} port={PORT} user=postgres dbname={database}")
    }
}

impl Pool {
    fn serve(&self, mut client: UnixStream) -> io::Result<()> {
        let startup = loop {
            let packet = packet(&mut client)?;
            match u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]) {
                CANCEL => return Ok(()),
                code if ENCRYPTION.contains(&code) => client.write_all(b"N")?,
                _ => break packet,
            }
        };
        if self.pooling == Pooling::InTurn {
            let mut free = self.free.lock().expect("pool");
            while free.len() < AT_LEAST {
                free.push_back(self.open(&startup)?);
            }
        }
        let mut kept = Some(self.take(&startup)?);
        client.write_all(&kept.as_ref().expect("connection").greeting)?;
        loop {
            if self.pooling != Pooling::Session
                && let Some(backend) = kept.take()
            {
                self.free.lock().expect("pool").push_back(backend);
            }
            let mut message = message(&mut client)?;
            let mut backend = match kept.take() {
                Some(backend) => backend,
                None => self.take(&startup)?,
            };
            loop {
                if message[0] == b'X' {
                    return Ok(());
                }
                backend.stream.write_all(&message)?;
                // Answers are complete after a query and after Sync alone.
                if matches!(message[0], b'Q' | b'S') && answer(&mut backend.stream, &mut client)? == b'I' {
                    break;
                }
                message = self::message(&mut client)?;
            }
            kept = Some(backend);
        }
    }

    fn take(&self, startup: &[u8]) -> io::Result<Backend> {
        let free = {
            let mut free = self.free.lock().expect("pool");
            match self.pooling {
                Pooling::Session => None,
                Pooling::LastUsed => free.pop_back(),
                Pooling::InTurn => free.pop_front(),
            }
        };
        free.map_or_else(|| self.open(startup), Ok)
    }

    /// The server trusts everybody: after the startup packet comes its greeting.
    fn open(&self, startup: &[u8]) -> io::Result<Backend> {
        let number = self.opened.fetch_add(1, Ordering::SeqCst);
        let mut stream = UnixStream::connect(&self.sockets[number % self.sockets.len()])?;
        stream.write_all(startup)?;
        let mut greeting = Vec::new();
        answer(&mut stream, &mut greeting)?;
        Ok(Backend { stream, greeting })
    }
}

/// Passes messages on up to ReadyForQuery; the state of the transaction then.
fn answer(from: &mut impl Read, to: &mut impl Write) -> io::Result<u8> {
    loop {
        let message = message(from)?;
        to.write_all(&message)?;
        if message[0] == b'Z' {
            return Ok(message[5]);
        }
    }
}

/// A message with its tag.
fn message(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut tag = [0];
    from.read_exact(&mut tag)?;
    let mut message = tag.to_vec();
    message.append(&mut packet(from)?);
    Ok(message)
}

/// A length, which counts itself, and what follows.
fn packet(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut packet = length.to_vec();
    packet.resize((u32::from_be_bytes(length) as usize).max(4), 0);
    from.read_exact(&mut packet[4..])?;
    Ok(packet)
}
