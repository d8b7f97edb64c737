//! A hostile server: a real one behind a proxy on a unix socket that changes what it says.
//!
//! Messages of the server pass through one by one. Where a trick's `when` holds, its `say` goes out in the message's
//! place, and `then` decides how it goes on. What the client says reaches the server as it is. The server and the trick
//! decide everything that happens, so that a run can be repeated.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pgark::internals::server::Server;

/// What is known of a session when a message of the server comes.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// 1 is the first session of all.
    pub session: usize,
    pub tag: u8,
    /// Messages of this tag in this session, this one included.
    pub nth: usize,
    /// ReadyForQuery has come so often before.
    pub ready: usize,
    /// CopyData messages of the running COPY TO, this one included.
    pub data: usize,
    pub in_copy_out: bool,
    pub in_copy_in: bool,
}

/// How it goes on behind a trick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    GoOn,
    Close,
    /// The same again, until the client has had enough.
    Repeat,
    /// Nothing more, and the connection stays.
    Wait,
}

type When = dyn Fn(&Seen, &[u8]) -> bool + Send + Sync;
type Say = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

pub struct Trick {
    when: Box<When>,
    say: Box<Say>,
    then: Then,
}

impl Trick {
    /// `when` gets what was seen and the message's payload, `say` the payload.
    pub fn new(
        when: impl Fn(&Seen, &[u8]) -> bool + Send + Sync + 'static,
        say: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
        then: Then,
    ) -> Trick {
        Trick {
            when: Box::new(when),
            say: Box::new(say),
            then,
        }
    }
}

/// A message of the server.
pub fn message(tag: u8, payload: &[u8]) -> Vec<u8> {
    claiming(tag, payload.len() as u32 + 4, payload)
}

/// A message that claims another length than it has.
pub fn claiming(tag: u8, length: u32, payload: &[u8]) -> Vec<u8> {
    [&[tag][..], &length.to_be_bytes(), payload].concat()
}

/// Lives as long as the process; its socket vanishes with its folder.
pub struct HostileServer {
    folder: tempfile::TempDir,
}

const PORT: u16 = 5432;
const CANCEL: u32 = 80_877_102;

impl HostileServer {
    pub fn start(scratch: &Path, server: &Server, trick: Trick) -> HostileServer {
        let folder = tempfile::tempdir_in(scratch).expect("folder");
        let socket = |folder: &Path, port: u16| folder.join(format!(".s.PGSQL.{port}"));
        let listener = UnixListener::bind(socket(folder.path(), PORT)).expect("socket");
        let proxy = Arc::new(Proxy {
            server: socket(server.socket_dir(), server.port()),
            trick,
            sessions: AtomicUsize::new(0),
        });
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let proxy = Arc::clone(&proxy);
                // A client that has had enough goes away.
                thread::spawn(move || proxy.serve(client).ok());
            }
        });
        HostileServer { folder }
    }

    pub fn conninfo(&self, database: &str) -> String {
        let host = self.folder.path().display();
        format!("host={host} port={PORT} user=postgres dbname={database}")
    }
}

struct Proxy {
    server: PathBuf,
    trick: Trick,
    sessions: AtomicUsize,
}

impl Proxy {
    fn serve(&self, mut client: UnixStream) -> io::Result<()> {
        let mut head = [0; 8];
        client.read_exact(&mut head)?;
        let mut server = UnixStream::connect(&self.server)?;
        server.write_all(&head)?;
        let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
        if head[4..] == CANCEL.to_be_bytes() {
            io::copy(&mut server, &mut client)?;
            return client.shutdown(Shutdown::Both);
        }
        let mut seen = Seen {
            session: self.sessions.fetch_add(1, Ordering::SeqCst) + 1,
            ..Seen::default()
        };
        let result = self.talk(&mut server, &mut client, &mut seen);
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
        result
    }

    fn talk(&self, server: &mut UnixStream, client: &mut UnixStream, seen: &mut Seen) -> io::Result<()> {
        let mut counts = [0_usize; 256];
        loop {
            let mut header = [0; 5];
            server.read_exact(&mut header)?;
            let [tag, length @ ..] = header;
            let mut payload = vec![0; u32::from_be_bytes(length) as usize - 4];
            server.read_exact(&mut payload)?;
            counts[usize::from(tag)] += 1;
            (seen.tag, seen.nth) = (tag, counts[usize::from(tag)]);
            match tag {
                b'H' => (seen.in_copy_out, seen.data) = (true, 0),
                b'G' => seen.in_copy_in = true,
                b'd' => seen.data += 1,
                _ => {}
            }
            if !(self.trick.when)(seen, &payload) {
                client.write_all(&[&header[..], &payload].concat())?;
            } else {
                let words = (self.trick.say)(&payload);
                client.write_all(&words)?;
                match self.trick.then {
                    Then::GoOn => {}
                    Then::Close => return Ok(()),
                    Then::Repeat => {
                        let many = words.repeat(1 + 100_000 / words.len().max(1));
                        loop {
                            client.write_all(&many)?;
                        }
                    }
                    Then::Wait => loop {
                        thread::park();
                    },
                }
            }
            if tag == b'Z' {
                seen.ready += 1;
                (seen.in_copy_out, seen.in_copy_in) = (false, false);
            }
        }
    }
}
