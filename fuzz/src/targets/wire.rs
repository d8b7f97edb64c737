//! Messages of a hostile server, over a socket: whatever it sends, from its first byte on or once a session stands, is
//! read or refused; rows of a COPY are the same one by one as in batches.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, LazyLock, Mutex};

use pgark::internals::connect::{ConnSpec, ConnectError, Params, Row, Wire, resolve};
use tempfile::TempDir;

use super::input::Input;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "wire",
    run,
    // A session's buffers and a runtime for dialling; buffers grow with what arrives.
    memory: |data| 8 * MIB + 64 * data.len(),
};

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (action, form) = (input.u8() % 8, input.u8());
    let mut script = match form & 1 {
        0 => input.rest().to_vec(),
        _ => messages(&mut input),
    };
    if action > 0 {
        script.splice(0..0, WELCOME.iter().copied());
    }
    let mut server = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match action {
        5 => {
            let one_by_one = server.with_session(&script, |wire| copy_out(wire, false));
            let in_batches = server.with_session(&script, |wire| copy_out(wire, true));
            match (one_by_one, in_batches) {
                (Ok(one_by_one), Ok(in_batches)) => assert!(one_by_one == in_batches),
                (Err(_), Err(_)) => {}
                (one_by_one, in_batches) => panic!("{one_by_one:?} but in batches {in_batches:?}"),
            }
        }
        _ => {
            let result = server.with_session(&script, |wire| act(wire, action));
            if let Err(error) = result {
                assert!(!error.to_string().is_empty());
                error.without_text();
            }
        }
    }
}

/// Whole messages: a tag, a length, and so many bytes of the input.
fn messages(input: &mut Input<'_>) -> Vec<u8> {
    let mut script = Vec::new();
    loop {
        let (tag, length) = (input.u8(), input.u8());
        if tag == 0 {
            return script;
        }
        let payload = input.bytes(length.into());
        script.push(tag);
        script.extend((payload.len() as u32 + 4).to_be_bytes());
        script.extend_from_slice(payload);
    }
}

fn act(wire: &mut Wire, action: u8) -> Result<(), ConnectError> {
    match action {
        0 | 1 => wire.execute("SELECT 1"),
        2 => wire.query("SELECT 1").map(|rows| rows.iter().for_each(look)),
        3 => wire.copy_in("COPY t FROM STDIN")?.finish().map(drop),
        4 => {
            let mut copy = wire.copy_in("COPY t FROM STDIN")?;
            copy.send(b"1\n")?;
            copy.fill(|out| {
                out.extend_from_slice(b"2\n");
                true
            })?;
            copy.abort("because")
        }
        // Left in the middle.
        6 => {
            let mut copy = wire.copy_out("COPY t TO STDOUT")?;
            copy.next().map(drop)
        }
        _ => {
            let mut copy = wire.copy_in("COPY t FROM STDIN")?;
            copy.send(&[b'x'; 200_000])
        }
    }?;
    let (status, broken) = (wire.transaction_status(), wire.is_broken());
    assert!(!format!("{status:?}{broken}{:?}", wire.parameter("client_encoding")).is_empty());
    // Whatever it left behind.
    wire.execute("SELECT 2")
}

/// Reads a value as everything that it might be.
fn look(row: &Row) {
    for column in ["a", "b", "?column?"] {
        let _ = (row.opt(column), row.bool(column), row.oid(column), row.int(column));
        let _ = (
            row.float(column),
            row.char(column),
            row.array_with_nulls(column),
            row.vector(column),
        );
    }
}

/// The data, and the server's count of rows.
fn copy_out(wire: &mut Wire, in_batches: bool) -> Result<(Vec<u8>, u64), ConnectError> {
    let mut copy = wire.copy_out("COPY t TO STDOUT")?;
    let mut data = Vec::new();
    if in_batches {
        while let Some(batch) = copy.next_batch()? {
            batch.for_each(|piece| data.extend_from_slice(piece));
        }
    } else {
        while let Some(piece) = copy.next()? {
            data.extend_from_slice(piece);
        }
    }
    Ok((data, copy.rows()))
}

/// Authentication, a report, a key; ready; the answer to what every session begins with; ready.
pub const WELCOME: &[u8] =
    b"R\0\0\0\x08\0\0\0\0S\0\0\0\x19client_encoding\0UTF8\0K\0\0\0\x0c\0\0\0\x09\0\0\0\x01Z\0\0\0\x05I\
    C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I";

static SERVER: LazyLock<Mutex<Server>> = LazyLock::new(|| Mutex::new(Server::start()));

/// A server that says what it is told to on each connection, whatever it hears, and closes its side.
struct Server {
    params: Params,
    script: Arc<Mutex<Vec<u8>>>,
    _folder: TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket can be bound");
        let script = Arc::new(Mutex::new(Vec::new()));
        let to_say = Arc::clone(&script);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else { continue };
                let script = std::mem::take(&mut *to_say.lock().expect("nobody panics with it"));
                // The client may go away whenever it likes.
                let _ = connection.write_all(&script);
                let _ = connection.shutdown(std::net::Shutdown::Write);
                let _ = std::io::copy(&mut Read::by_ref(&mut connection), &mut std::io::sink());
            }
        });
        let spec = ConnSpec {
            target: Some(format!(
                "host={} user=me password=geheim connect_timeout=20",
                folder.path().display()
            )),
            ..ConnSpec::default()
        };
        let params = resolve(&spec, &|_| None, None, None).expect("they are good").params;
        Self {
            params,
            script,
            _folder: folder,
        }
    }

    /// Connects to the server that follows the script.
    fn with_session<T>(
        &mut self,
        script: &[u8],
        session: impl FnOnce(&mut Wire) -> Result<T, ConnectError>,
    ) -> Result<T, ConnectError> {
        *self.script.lock().expect("nobody panics with it") = script.to_vec();
        session(&mut Wire::connect(&self.params)?)
    }
}
