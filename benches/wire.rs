//! Throughput of reading COPY data off a socket, in bytes of rows: pgark's data session beside the socket alone.
//!
//! A thread plays the server on a unix socket and sends messages that were made beforehand, in pieces of 8 KiB as PostgreSQL
//! does or in large ones. `socket alone` reads the same bytes and looks at none of them: what it takes is the kernel's, the rest
//! is what walking the messages costs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pgark::internals::connect::{ConnSpec, Wire, resolve};

/// Rows that one COPY sends.
const ROWS: usize = 400_000;
/// Bytes of one row: COPY text sends each in a message of its own.
const ROW_BYTES: usize = 120;
const READ_BYTES: usize = 256 << 10;

fn message(tag: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len() + 4).expect("short messages");
    [&[tag], length.to_be_bytes().as_slice(), payload].concat()
}

/// What a server answers to `COPY .. TO STDOUT`: a message for each row, and the end.
fn copy_answer() -> Vec<u8> {
    let mut answer = message(b'H', &[0, 0, 1, 0, 0]);
    let mut row = [b'x'; ROW_BYTES];
    row[ROW_BYTES - 1] = b'\n';
    for _ in 0..ROWS {
        answer.extend(message(b'd', &row));
    }
    answer.extend(message(b'c', b""));
    answer.extend(message(b'C', format!("COPY {ROWS}\0").as_bytes()));
    answer.extend(message(b'Z', b"I"));
    answer
}

/// What it answers to a statement that is not a COPY: the row that says whether it is a standby, whatever was asked.
fn other_answer() -> Vec<u8> {
    let mut described = 2u16.to_be_bytes().to_vec();
    let mut values = 2u16.to_be_bytes().to_vec();
    for (name, value) in [("in_recovery", "f"), ("read_only", "off")] {
        described.extend(name.as_bytes());
        // No table, type text, any length, text format.
        described.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0, 0]);
        values.extend(u32::try_from(value.len()).expect("short values").to_be_bytes());
        values.extend(value.as_bytes());
    }
    [
        message(b'T', &described),
        message(b'D', &values),
        message(b'C', b"SELECT 1\0"),
        message(b'Z', b"I"),
    ]
    .concat()
}

/// Serves one session until it ends.
fn serve(mut socket: UnixStream, answer: &[u8], piece: usize) -> io::Result<()> {
    let mut length = [0; 4];
    socket.read_exact(&mut length)?;
    skip(&mut socket, u32::from_be_bytes(length) - 4)?;
    socket.write_all(&message(b'R', &[0; 4]))?;
    for report in [
        "server_version\x0018.0\0",
        "client_encoding\0UTF8\0",
        "integer_datetimes\0on\0",
    ] {
        socket.write_all(&message(b'S', report.as_bytes()))?;
    }
    socket.write_all(&message(b'K', &[0; 8]))?;
    socket.write_all(&message(b'Z', b"I"))?;
    loop {
        let mut head = [0; 5];
        socket.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let text = skip(&mut socket, length - 4)?;
        match (head[0], text.starts_with(b"COPY")) {
            (b'Q', true) => answer.chunks(piece).try_for_each(|piece| socket.write_all(piece))?,
            (b'Q', false) => socket.write_all(&other_answer())?,
            _ => return Ok(()),
        }
    }
}

fn skip(socket: &mut UnixStream, length: u32) -> io::Result<Vec<u8>> {
    let mut text = vec![0; length as usize];
    socket.read_exact(&mut text).map(|()| text)
}

fn listen(folder: &Path, answer: &Arc<Vec<u8>>, piece: usize) {
    let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).expect("a socket in a new folder");
    let answer = Arc::clone(answer);
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            // A client that goes away is the end of a measurement.
            let _ = serve(socket, &answer, piece);
        }
    });
}

fn connect(folder: &Path) -> Wire {
    let spec = ConnSpec {
        target: Some(format!("host={} user=bench dbname=bench", folder.display())),
        ..ConnSpec::default()
    };
    let params = resolve(&spec, &|_| None, None, None).expect("a good connection string");
    Wire::connect(&params.params).expect("the thread answers")
}

/// Reads as many bytes as the answer has, from a socket that speaks no protocol.
fn socket_alone(answer: &[u8], piece: usize) {
    let (mut near, mut far) = UnixStream::pair().expect("a pair of sockets");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            answer
                .chunks(piece)
                .try_for_each(|piece| far.write_all(piece))
                .expect("it is read to its end");
        });
        let mut buffer = vec![0; READ_BYTES];
        while near.read(&mut buffer).expect("it is written to its end") > 0 {
            black_box(&buffer);
        }
    });
}

fn wire(c: &mut Criterion) {
    let answer = Arc::new(copy_answer());
    let mut group = c.benchmark_group("wire");
    group
        .throughput(Throughput::Bytes((ROWS * ROW_BYTES) as u64))
        .sample_size(20)
        .measurement_time(Duration::from_secs(3));
    for piece in [8 << 10, 128 << 10] {
        let folder = tempfile::tempdir().expect("a new folder");
        listen(folder.path(), &answer, piece);
        let mut session = connect(folder.path());
        group.bench_function(format!("COPY out, sent by {} KiB", piece >> 10), |b| {
            b.iter(|| {
                let mut copy = session.copy_out("COPY t TO STDOUT").expect("the thread answers");
                while let Some(row) = copy.next().expect("a whole answer") {
                    black_box(row);
                }
                assert_eq!(copy.rows(), ROWS as u64);
            });
        });
        group.bench_function(format!("socket alone, sent by {} KiB", piece >> 10), |b| {
            b.iter(|| socket_alone(&answer, piece));
        });
    }
    group.finish();
}

criterion_group!(benches, wire);
criterion_main!(benches);
