//! A server that accepts connections and stops answering: a real one behind a proxy that falls silent as a whole, for good.
//!
//! From then on no session gets another byte, no new one an answer, and no request to cancel reaches anybody.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use pgark::internals::server::Server;

/// When it falls silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    Never,
    /// After so many messages of the server, in all sessions together; its answer to the wish for TLS is one.
    After(usize),
    /// It agrees to TLS, and says nothing more.
    InHandshake,
}

pub struct SilentServer {
    proxy: Arc<Proxy>,
    port: u16,
}

struct Proxy {
    server: PathBuf,
    silence: Silence,
    messages: AtomicUsize,
    is_silent: AtomicBool,
}

const TLS: u32 = 80_877_103;

impl SilentServer {
    pub fn start(server: &Server, silence: Silence) -> SilentServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let port = listener.local_addr().expect("address").port();
        let proxy = Arc::new(Proxy {
            server: server.socket_dir().join(format!(".s.PGSQL.{}", server.port())),
            silence,
            messages: AtomicUsize::new(0),
            is_silent: AtomicBool::new(false),
        });
        let serving = Arc::clone(&proxy);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let proxy = Arc::clone(&serving);
                thread::spawn(move || proxy.serve(client).ok());
            }
        });
        SilentServer { proxy, port }
    }

    pub fn conninfo(&self, database: &str) -> String {
        format!("host=127.0.0.1 port={} user=postgres dbname={database}", self.port)
    }

    pub fn is_silent(&self) -> bool {
        self.proxy.is_silent.load(SeqCst)
    }

    /// What the server has said so far.
    pub fn messages(&self) -> usize {
        self.proxy.messages.load(SeqCst)
    }
}

impl Proxy {
    fn serve(self: Arc<Self>, mut client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        if self.silence == Silence::After(0) {
            self.is_silent.store(true, SeqCst);
        }
        let mut head = [0; 8];
        client.read_exact(&mut head)?;
        if head[4..] == TLS.to_be_bytes() {
            self.may_speak();
            if self.silence == Silence::InHandshake {
                client.write_all(b"S")?;
                self.is_silent.store(true, SeqCst);
                park();
            }
            client.write_all(b"N")?;
            client.read_exact(&mut head)?;
        }
        if self.is_silent.load(SeqCst) {
            park();
        }
        let mut server = UnixStream::connect(&self.server)?;
        server.write_all(&head)?;
        let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
        let proxy = Arc::clone(&self);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                if !proxy.is_silent.load(SeqCst) && to.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
            // A server process whose client is gone holds up nobody.
            let _ = to.shutdown(match proxy.is_silent.load(SeqCst) {
                true => Shutdown::Both,
                false => Shutdown::Write,
            });
        });
        loop {
            let mut header = [0; 5];
            if server.read_exact(&mut header).is_err() {
                return client.shutdown(Shutdown::Both);
            }
            let [_, length @ ..] = header;
            let mut payload = vec![0; u32::from_be_bytes(length) as usize - 4];
            server.read_exact(&mut payload)?;
            self.may_speak();
            client.write_all(&[&header[..], &payload].concat())?;
        }
    }

    /// Counts a message; one too many is never sent.
    fn may_speak(&self) {
        let said = self.messages.fetch_add(1, SeqCst);
        if matches!(self.silence, Silence::After(most) if said >= most) {
            self.is_silent.store(true, SeqCst);
        }
        if self.is_silent.load(SeqCst) {
            park();
        }
    }
}

fn park() -> ! {
    loop {
        thread::park();
    }
}
