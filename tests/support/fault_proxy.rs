//! A proxy between the program and a server that fails on purpose, at a place that a test names.
//!
//! It listens on a unix socket or on TCP, hands every byte on as it is, and follows the protocol just far enough to know
//! messages, statements and COPY data: so "connection 3, after 40,000 bytes of its rows" is the same place in each run.
//! Connections are numbered from 1 in the order of their arrival; requests to cancel are handed on and have no number. Of a
//! dump 1 is the control session, 2 the leader, the others are its further data sessions.
//!
//! ```text
//! let proxy = FaultProxy::start(&scratch, &server, vec![Fault::cut(At::Total(Side::Server, 100_000))]);
//! run(&["dump", &proxy.conninfo("shop"), ..]);
//! assert_eq!(proxy.report().done.len(), 1);
//! ```

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pgark::internals::server::Server;
use socket2::{Domain, SockAddr, Socket, Type};

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Client,
    Server,
}

/// Where a fault is. `None` for a connection means whichever comes there first.
#[derive(Clone, Debug)]
pub enum At {
    /// After so many bytes of all connections together.
    Total(Side, u64),
    /// After so many bytes of one connection, its startup included.
    Bytes(usize, Side, u64),
    /// After so many bytes of rows (the bodies of CopyData) of all connections together.
    TotalRows(Side, u64),
    /// After so many bytes of rows of one connection.
    Rows(Option<usize>, Side, u64),
    /// At the message with this tag that is the so-manieth of its connection, from 1.
    Message(Option<usize>, Side, u8, u64, Place),
    /// Before the so-manieth statement of a connection, from 1, that begins so.
    Statement(Option<usize>, &'static str, u64),
    /// At a statement that begins like the second, right after one that begins like the first: before it (`Client`) or,
    /// when it has reached the server, before its answer (`Server`).
    After(&'static str, &'static str, Side),
}

/// Which part of a message still passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Before,
    /// Its header and half of its body.
    Inside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Both sides see the connection end.
    Cut,
    /// The client sees the connection reset (TCP alone; else as `Cut`).
    Reset,
    /// All connections are cut, and no new ones are taken.
    CutAll,
    /// Nothing passes for so long, either way; then it goes on.
    Delay(Duration),
    /// Nothing passes for so long, then the connection is cut.
    StallThenCut(Duration),
}

#[derive(Clone, Debug)]
pub struct Fault {
    pub at: At,
    pub deed: Deed,
    /// So often. A place on "any" connection happens once on each, one of a total after each further so many bytes.
    pub times: u64,
}

impl Fault {
    pub fn new(at: At, deed: Deed) -> Fault {
        Fault { at, deed, times: 1 }
    }

    pub fn cut(at: At) -> Fault {
        Fault::new(at, Deed::Cut)
    }

    pub fn always(self) -> Fault {
        Fault {
            times: u64::MAX,
            ..self
        }
    }

    pub fn times(self, times: u64) -> Fault {
        Fault { times, ..self }
    }
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    #[default]
    Startup,
    /// Between statements.
    Idle,
    Query,
    /// From CopyInResponse or CopyOutResponse to CopyDone.
    Copy,
    /// From CopyDone to ReadyForQuery.
    CopyEnd,
}

/// What has passed on one connection.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    pub phase: Phase,
    pub client_bytes: u64,
    pub server_bytes: u64,
    pub client_rows: u64,
    pub server_rows: u64,
    /// The statement sent last.
    pub statement: String,
    /// The one before.
    previous: String,
    messages: HashMap<(Side, u8), u64>,
    statements: HashMap<usize, u64>,
}

impl Passed {
    pub fn messages(&self, from: Side, tag: u8) -> u64 {
        self.messages.get(&(from, tag)).copied().unwrap_or(0)
    }
}

/// A fault that has happened.
#[derive(Clone, Debug)]
pub struct Done {
    /// Its place in the plan.
    pub fault: usize,
    pub connection: usize,
    pub phase: Phase,
    pub statement: String,
    /// What had passed on the connection by then.
    pub client_bytes: u64,
    pub server_bytes: u64,
    /// Connections by then, and the server's rows on all of them.
    pub connections: usize,
    pub rows: u64,
}

/// What the proxy has seen and done.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Connection 1 comes first.
    pub connections: Vec<Passed>,
    pub cancels: u64,
    pub done: Vec<Done>,
}

impl Report {
    pub fn total(&self, from: Side) -> u64 {
        let bytes = |passed: &Passed| match from {
            Side::Client => passed.client_bytes,
            Side::Server => passed.server_bytes,
        };
        self.connections.iter().map(bytes).sum()
    }

    pub fn rows(&self, from: Side) -> u64 {
        let bytes = |passed: &Passed| match from {
            Side::Client => passed.client_rows,
            Side::Server => passed.server_rows,
        };
        self.connections.iter().map(bytes).sum()
    }
}

/// Its connections end with it.
pub struct FaultProxy {
    state: Arc<State>,
    host: String,
    port: u16,
    listener: Socket,
    _folder: tempfile::TempDir,
}

struct State {
    server: SockAddr,
    inner: Mutex<Inner>,
    released: Condvar,
}

#[derive(Default)]
struct Inner {
    plan: Vec<Fault>,
    report: Report,
    /// How often each fault has happened.
    happened: Vec<u64>,
    /// Client and server of each connection that has not ended.
    sockets: Vec<Option<(Socket, Socket)>>,
    /// Connections on which nothing passes.
    held: Vec<bool>,
    refuses: bool,
}

const PORT: u16 = 5432;
const CANCEL: u32 = 80_877_102;
const ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];

impl FaultProxy {
    /// Behind a unix socket in a folder of its own.
    pub fn start(scratch: &Path, server: &Server, plan: Vec<Fault>) -> FaultProxy {
        let folder = tempfile::tempdir_in(scratch).expect("folder");
        let path = folder.path().join(format!(".s.PGSQL.{PORT}"));
        let listener = Socket::new(Domain::UNIX, Type::STREAM, None).expect("socket");
        listener.bind(&SockAddr::unix(path).expect("path")).expect("bind");
        let host = folder.path().display().to_string();
        FaultProxy::listen(listener, host, PORT, folder, server, plan)
    }

    /// On TCP, where a connection can be reset.
    pub fn start_tcp(scratch: &Path, server: &Server, plan: Vec<Fault>) -> FaultProxy {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("socket");
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        listener.bind(&any.into()).expect("bind");
        let bound = listener.local_addr().expect("address").as_socket().expect("TCP");
        let folder = tempfile::tempdir_in(scratch).expect("folder");
        FaultProxy::listen(listener, bound.ip().to_string(), bound.port(), folder, server, plan)
    }

    fn listen(
        listener: Socket,
        host: String,
        port: u16,
        folder: tempfile::TempDir,
        server: &Server,
        plan: Vec<Fault>,
    ) -> FaultProxy {
        listener.listen(64).expect("listen");
        let socket = server.socket_dir().join(format!(".s.PGSQL.{}", server.port()));
        let inner = Inner {
            happened: vec![0; plan.len()],
            plan,
            ..Inner::default()
        };
        let state = Arc::new(State {
            server: SockAddr::unix(socket).expect("path"),
            inner: Mutex::new(inner),
            released: Condvar::new(),
        });
        let accepting = Arc::clone(&state);
        let waiting = listener.try_clone().expect("socket");
        thread::spawn(move || {
            while let Ok((client, _)) = waiting.accept() {
                let state = Arc::clone(&accepting);
                thread::spawn(move || state.serve(client).ok());
            }
        });
        FaultProxy {
            state,
            host,
            port,
            listener,
            _folder: folder,
        }
    }

    pub fn conninfo(&self, database: &str) -> String {
        let (host, port) = (&self.host, self.port);
        format!("host={host} port={port} user=postgres dbname={database}")
    }

    pub fn report(&self) -> Report {
        self.state.lock().report.clone()
    }

    /// How many faults have happened.
    pub fn faults(&self) -> usize {
        self.state.lock().report.done.len()
    }

    /// Cuts a connection now; whether there was one.
    pub fn cut(&self, connection: usize) -> bool {
        let was = self.state.lock().cut(connection);
        self.state.released.notify_all();
        was
    }

    /// Cuts every connection now, and takes no new ones.
    pub fn cut_all(&self) {
        self.state.lock().cut_all();
        self.state.released.notify_all();
    }

    /// Whether new connections are refused.
    pub fn refuse(&self, refuses: bool) {
        self.state.lock().refuses = refuses;
    }

    /// Lets nothing pass on a connection until it is released.
    pub fn hold(&self, connection: usize) {
        self.state.lock().hold(connection);
    }

    pub fn release(&self) {
        self.state.lock().held.fill(false);
        self.state.released.notify_all();
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.cut_all();
        // Wakes the thread that waits for connections.
        let _ = self.listener.shutdown(Shutdown::Both);
    }
}

impl Inner {
    fn cut(&mut self, connection: usize) -> bool {
        let Some((client, server)) = self.end(connection) else {
            return false;
        };
        // Whatever is gone already stays gone.
        let (_, _) = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
        true
    }

    /// A socket that is closed with nothing to linger for is reset, unless it has been shut down for writing.
    fn reset(&mut self, connection: usize) {
        if let Some((client, server)) = self.end(connection) {
            let _ = client.set_linger(Some(Duration::ZERO));
            let (_, _) = (client.shutdown(Shutdown::Read), server.shutdown(Shutdown::Both));
        }
    }

    fn end(&mut self, connection: usize) -> Option<(Socket, Socket)> {
        let ended = self.sockets.get_mut(connection.wrapping_sub(1))?.take();
        self.held[connection - 1] = false;
        ended
    }

    fn cut_all(&mut self) {
        self.refuses = true;
        for connection in 1..=self.sockets.len() {
            self.cut(connection);
        }
    }

    fn hold(&mut self, connection: usize) {
        if let Some(held) = self.held.get_mut(connection.wrapping_sub(1)) {
            *held = true;
        }
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One connection, from its first packet to its end.
    fn serve(self: Arc<Self>, mut client: Socket) -> io::Result<()> {
        if self.lock().refuses {
            return Ok(());
        }
        let startup = loop {
            let packet = packet(&mut client)?;
            match u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]) {
                code if ENCRYPTION.contains(&code) => client.write_all(b"N")?,
                CANCEL => return self.cancel(client, &packet),
                _ => break packet,
            }
        };
        let mut server = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        server.connect(&self.server)?;
        let number = {
            let mut inner = self.lock();
            if inner.refuses {
                return Ok(());
            }
            inner.sockets.push(Some((client.try_clone()?, server.try_clone()?)));
            inner.held.push(false);
            inner.report.connections.push(Passed::default());
            inner.sockets.len()
        };
        let mut up = Pump::new(Arc::clone(&self), number, Side::Client);
        let mut down = Pump::new(Arc::clone(&self), number, Side::Server);
        let (from_server, to_client) = (server.try_clone()?, client.try_clone()?);
        let answers = thread::spawn(move || down.run(from_server, to_client));
        if up.pass_startup(&startup, &mut server) {
            up.run(client, server);
        }
        let _ = answers.join();
        Ok(())
    }

    fn cancel(&self, mut client: Socket, packet: &[u8]) -> io::Result<()> {
        self.lock().report.cancels += 1;
        let mut server = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        server.connect(&self.server)?;
        server.write_all(packet)?;
        // The server hangs up when it has passed the request on.
        io::copy(&mut server, &mut client).map(drop)
    }
}

/// One direction of one connection.
struct Pump {
    state: Arc<State>,
    number: usize,
    from: Side,
    frames: Frames,
}

impl Pump {
    fn new(state: Arc<State>, number: usize, from: Side) -> Pump {
        Pump {
            state,
            number,
            from,
            frames: Frames::default(),
        }
    }

    fn run(&mut self, mut from: Socket, mut to: Socket) {
        let mut buffer = vec![0; 64 << 10];
        let mut pending = Vec::new();
        while let Ok(bytes @ 1..) = from.read(&mut buffer) {
            pending.extend_from_slice(&buffer[..bytes]);
            match self.pass(&pending, &mut to) {
                Some(passed) => drop(pending.drain(..passed)),
                None => break,
            }
        }
        // The other side hears of the end as well, after what came before it.
        self.await_release();
        self.state.lock().cut(self.number);
    }

    /// The first packet has no tag. Whether the connection goes on.
    fn pass_startup(&mut self, packet: &[u8], to: &mut Socket) -> bool {
        self.frames.body = packet.len() as u64;
        self.pass(packet, to).is_some()
    }

    /// Hands bytes on, and lets the faults among them happen. How many there were: not those of a message whose beginning
    /// has not come whole. `None` when the connection has ended.
    fn pass(&mut self, data: &[u8], to: &mut Socket) -> Option<usize> {
        let mut passed = 0;
        loop {
            self.await_release();
            let (piece, fault) = self.next_piece(&data[passed..]);
            to.write_all(piece).ok()?;
            passed += piece.len();
            match fault {
                Some(deed) if !self.happen(deed) => return None,
                Some(_) => {}
                None => return Some(passed),
            }
        }
    }

    fn await_release(&self) {
        let mut inner = self.state.lock();
        while inner.held[self.number - 1] {
            inner = self.state.released.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The bytes before the next fault, counted as passed.
    fn next_piece<'a>(&mut self, data: &'a [u8]) -> (&'a [u8], Option<Deed>) {
        let state = Arc::clone(&self.state);
        let mut inner = state.lock();
        let mut end = 0;
        while let Some(step) = self.frames.step(&data[end..]) {
            let begun = self.begun(&mut inner, &step);
            if let Some(fault) = begun {
                return (&data[..end], Some(self.note(&mut inner, fault)));
            }
            let (allowed, fault) = self.allowed(&inner, &step);
            let taken = self.frames.take(&data[end..end + allowed]);
            self.count(&mut inner, &step, allowed as u64);
            if let Some((tag, body)) = taken {
                self.finished(&mut inner, tag, &body);
            }
            end += allowed;
            if let Some(fault) = fault {
                return (&data[..end], Some(self.note(&mut inner, fault)));
            }
        }
        (&data[..end], None)
    }

    /// A fault before the message that begins here.
    fn begun(&mut self, inner: &mut Inner, step: &Step) -> Option<usize> {
        let Step::Header { tag, text } = step else { return None };
        // Looked at again after the fault, if the connection goes on.
        if std::mem::replace(&mut self.frames.seen, true) {
            return None;
        }
        let number = {
            let passed = &mut inner.report.connections[self.number - 1];
            let count = passed.messages.entry((self.from, *tag)).or_insert(0);
            *count += 1;
            *count
        };
        let mut found = None;
        for index in 0..inner.plan.len() {
            let (wanted, hit) = match inner.plan[index].at {
                At::Message(wanted, from, of, at, Place::Before) => {
                    (wanted, from == self.from && of == *tag && at == number)
                }
                At::Statement(wanted, start, at) if self.from == Side::Client => {
                    let is = text.as_ref().is_some_and(|text| text.starts_with(start));
                    let passed = &mut inner.report.connections[self.number - 1];
                    let count = passed.statements.entry(index).or_insert(0);
                    *count += u64::from(is);
                    (wanted, is && *count == at)
                }
                At::After(first, then, Side::Client) if self.from == Side::Client => {
                    let passed = &inner.report.connections[self.number - 1];
                    let is = text.as_ref().is_some_and(|text| text.starts_with(then));
                    (None, is && passed.statement.starts_with(first))
                }
                At::After(first, then, Side::Server) if self.from == Side::Server => {
                    let passed = &inner.report.connections[self.number - 1];
                    let is = passed.phase == Phase::Query && passed.statement.starts_with(then);
                    (None, is && passed.previous.starts_with(first))
                }
                _ => continue,
            };
            let due = hit && self.concerns(wanted) && inner.happened[index] < inner.plan[index].times;
            if due {
                found.get_or_insert(index);
            }
        }
        found
    }

    fn concerns(&self, wanted: Option<usize>) -> bool {
        wanted.is_none_or(|wanted| wanted == self.number)
    }

    /// How many bytes of a step pass, and the fault that comes then.
    fn allowed(&self, inner: &Inner, step: &Step) -> (usize, Option<usize>) {
        let bytes = step.bytes();
        let rows = matches!(step, Step::Body { tag: b'd', .. });
        let passed = &inner.report.connections[self.number - 1];
        let mine = self.bytes_of(passed);
        let mut first = (bytes, None);
        for (index, fault) in inner.plan.iter().enumerate() {
            let happened = inner.happened[index];
            if happened >= fault.times {
                continue;
            }
            let left = match fault.at {
                At::Total(from, at) if from == self.from => (at * (happened + 1)).checked_sub(inner.report.total(from)),
                At::TotalRows(from, at) if from == self.from && rows => {
                    (at * (happened + 1)).checked_sub(inner.report.rows(from))
                }
                At::Bytes(wanted, from, at) if from == self.from && wanted == self.number => at.checked_sub(mine.0),
                At::Rows(wanted, from, at) if from == self.from && rows && self.concerns(wanted) => {
                    at.checked_sub(mine.1)
                }
                At::Message(wanted, from, tag, at, Place::Inside)
                    if from == self.from && self.concerns(wanted) && passed.messages(from, tag) == at =>
                {
                    step.half_of(tag)
                }
                _ => None,
            };
            // A place that lies behind already was passed before the fault was due.
            if let Some(left) = left.filter(|left| *left > 0 && *left <= first.0 as u64)
                && (first.1.is_none() || left < first.0 as u64)
            {
                first = (left as usize, Some(index));
            }
        }
        first
    }

    fn bytes_of(&self, passed: &Passed) -> (u64, u64) {
        match self.from {
            Side::Client => (passed.client_bytes, passed.client_rows),
            Side::Server => (passed.server_bytes, passed.server_rows),
        }
    }

    fn count(&self, inner: &mut Inner, step: &Step, bytes: u64) {
        let passed = &mut inner.report.connections[self.number - 1];
        let rows = match step {
            Step::Body { tag: b'd', .. } => bytes,
            _ => 0,
        };
        let (all, of_rows) = match self.from {
            Side::Client => (&mut passed.client_bytes, &mut passed.client_rows),
            Side::Server => (&mut passed.server_bytes, &mut passed.server_rows),
        };
        *all += bytes;
        *of_rows += rows;
    }

    /// A whole message has passed.
    fn finished(&self, inner: &mut Inner, tag: u8, text: &str) {
        let passed = &mut inner.report.connections[self.number - 1];
        passed.phase = match (self.from, tag) {
            (Side::Server, b'Z') => Phase::Idle,
            (Side::Server, b'G' | b'H') => Phase::Copy,
            (_, b'c' | b'f') => Phase::CopyEnd,
            (Side::Client, b'Q') => {
                passed.previous = std::mem::replace(&mut passed.statement, text.to_owned());
                Phase::Query
            }
            _ => return,
        };
    }

    fn note(&self, inner: &mut Inner, fault: usize) -> Deed {
        inner.happened[fault] += 1;
        let passed = &inner.report.connections[self.number - 1];
        let done = Done {
            fault,
            connection: self.number,
            phase: passed.phase,
            statement: passed.statement.clone(),
            client_bytes: passed.client_bytes,
            server_bytes: passed.server_bytes,
            connections: inner.report.connections.len(),
            rows: inner.report.rows(Side::Server),
        };
        inner.report.done.push(done);
        inner.plan[fault].deed
    }

    /// Whether the connection goes on.
    fn happen(&self, deed: Deed) -> bool {
        match deed {
            Deed::Cut => {
                self.state.lock().cut(self.number);
                false
            }
            Deed::Reset => {
                self.state.lock().reset(self.number);
                false
            }
            Deed::CutAll => {
                self.state.lock().cut_all();
                self.state.released.notify_all();
                false
            }
            Deed::Delay(time) => {
                self.stall(time);
                true
            }
            Deed::StallThenCut(time) => {
                self.stall(time);
                self.state.lock().cut(self.number);
                false
            }
        }
    }

    /// Nothing passes the other way either.
    fn stall(&self, time: Duration) {
        self.state.lock().hold(self.number);
        thread::sleep(time);
        self.state.lock().held[self.number - 1] = false;
        self.state.released.notify_all();
    }
}

/// Where in the messages of one direction the stream is.
#[derive(Default)]
struct Frames {
    header: Vec<u8>,
    /// Bytes of the body that are still to come, and how long it is.
    body: u64,
    length: u64,
    tag: u8,
    /// The beginning of a statement.
    text: Vec<u8>,
    /// That the message at hand begins has been noted.
    seen: bool,
}

/// What comes next of a stream: never more than one message's header or the rest of its body.
enum Step {
    /// With the beginning of the statement, if it is one.
    Header { tag: u8, text: Option<String> },
    /// The rest of a header that a fault has cut.
    Part { bytes: usize },
    Body {
        tag: u8,
        bytes: usize,
        /// Of the body, before these.
        passed: u64,
        length: u64,
    },
}

const HEADER: usize = 5;
/// What is kept of a statement.
const TEXT: usize = 200;

impl Step {
    fn bytes(&self) -> usize {
        match self {
            Step::Header { .. } => HEADER,
            Step::Part { bytes } | Step::Body { bytes, .. } => *bytes,
        }
    }

    /// How far it is to the middle of a message of this kind.
    fn half_of(&self, wanted: u8) -> Option<u64> {
        match self {
            Step::Body {
                tag, passed, length, ..
            } if *tag == wanted => (length / 2).max(1).checked_sub(*passed),
            _ => None,
        }
    }
}

impl Frames {
    /// `None` when there are too few bytes to say.
    fn step(&self, data: &[u8]) -> Option<Step> {
        if data.is_empty() {
            return None;
        }
        if self.body > 0 {
            return Some(Step::Body {
                tag: self.tag,
                bytes: data.len().min(self.body as usize),
                passed: self.length.saturating_sub(self.body),
                length: self.length,
            });
        }
        if !self.header.is_empty() {
            let bytes = data.len().min(HEADER - self.header.len());
            return Some(Step::Part { bytes });
        }
        let (header, body) = data.split_first_chunk::<HEADER>()?;
        let is_statement = header[0] == b'Q';
        if is_statement && body.len() < body_length(header).min(TEXT as u64) as usize {
            return None;
        }
        Some(Step::Header {
            tag: header[0],
            text: is_statement.then(|| text(body)),
        })
    }

    /// Takes the bytes of a step; the message that they end.
    fn take(&mut self, data: &[u8]) -> Option<(u8, String)> {
        if self.body > 0 {
            if self.text.len() < TEXT && self.tag == b'Q' {
                self.text.extend_from_slice(&data[..data.len().min(TEXT)]);
            }
            self.body -= data.len() as u64;
        } else {
            self.header.extend_from_slice(data);
            let header = self.header.first_chunk::<HEADER>()?;
            self.length = body_length(header);
            (self.tag, self.body) = (header[0], self.length);
            self.header.clear();
        }
        (self.body == 0).then(|| {
            self.seen = false;
            let body = std::mem::take(&mut self.text);
            // The startup packet has none.
            (std::mem::take(&mut self.tag), text(&body))
        })
    }
}

fn body_length(header: &[u8; HEADER]) -> u64 {
    let [_, length @ ..] = *header;
    u64::from(u32::from_be_bytes(length)).saturating_sub(4)
}

fn text(body: &[u8]) -> String {
    let body = &body[..body.len().min(TEXT)];
    let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
    String::from_utf8_lossy(&body[..end]).into_owned()
}

/// A length, which counts itself, and what follows.
fn packet(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut packet = length.to_vec();
    packet.resize((u32::from_be_bytes(length) as usize).clamp(8, 1 << 16), 0);
    from.read_exact(&mut packet[4..])?;
    Ok(packet)
}
