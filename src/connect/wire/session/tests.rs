//! Data sessions against a scripted server on the other end of a socket pair.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;
use std::time::Duration;

use super::*;
use crate::connect::control::byte_budget::REST_WITHIN;
use crate::connect::control::opening::Opening;
use crate::connect::dial::attempt::Attempt;
use crate::connect::dial::stream::Encryption;
use crate::connect::dial::transport::Socket;
use crate::connect::wire::startup::start;
use crate::connect::{ConnSpec, SmallCopy, resolve};

const READY: &[u8] = b"Z\0\0\0\x05I";
const COPY_OUT: &[u8] = b"H\0\0\0\x09\0\0\x01\0\0";
const COPY_IN: &[u8] = b"G\0\0\0\x09\0\0\x01\0\0";

fn msg(tag: u8, payload: &[u8]) -> Vec<u8> {
    frame(tag, &[payload]).unwrap()
}

fn error_message(severity: &str, code: &str) -> Vec<u8> {
    msg(b'E', format!("S{severity}\0V{severity}\0C{code}\0Mno\0\0").as_bytes())
}

fn read_message(stream: &mut UnixStream) -> Option<(u8, Vec<u8>)> {
    let mut header = [0; 5];
    stream.read_exact(&mut header).ok()?;
    let [tag, length @ ..] = header;
    let mut payload = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut payload).ok()?;
    Some((tag, payload))
}

fn read_startup(stream: &mut UnixStream) -> Vec<u8> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut payload = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut payload).unwrap();
    payload
}

fn params(text: &str) -> Params {
    let spec = ConnSpec {
        target: Some(format!("host=/fake {text}")),
        ..ConnSpec::default()
    };
    resolve(&spec, &|_| None, Some("me"), None).unwrap().params
}

/// A session past its start, and the server's script on a thread of its own.
fn session<T: Send + 'static>(script: impl FnOnce(&mut UnixStream) -> T + Send + 'static) -> (Wire, JoinHandle<T>) {
    let (client, mut server) = UnixStream::pair().unwrap();
    let mut inbox = Inbox::new();
    inbox.set_established();
    let transport = Transport::plain(Socket::Unix(client));
    let wire = Wire {
        line: transport.line(),
        transport,
        inbox,
        params: params(""),
        parameters: HashMap::new(),
        asides: Default::default(),
        backend_pid: 1,
        cancel_key: Vec::new(),
        status: TransactionStatus::Idle,
        is_patient: true,
        broken: None,
    };
    wire.transport.set_read_timeout(Some(REST_WITHIN)).unwrap();
    (wire, std::thread::spawn(move || script(&mut server)))
}

/// A server that answers the first statement with fixed bytes and then closes.
fn answering(bytes: Vec<u8>) -> (Wire, JoinHandle<()>) {
    session(move |server| {
        read_message(server);
        server.write_all(&bytes).unwrap();
    })
}

fn log_in(text: &str, script: impl FnOnce(&mut UnixStream) + Send + 'static) -> Result<Wire, ConnectError> {
    let (client, mut server) = UnixStream::pair().unwrap();
    let server = std::thread::spawn(move || script(&mut server));
    let params = params(text);
    let attempt = Attempt {
        params: &params,
        host: &params.hosts[0],
        address: None,
        encryption: Encryption::Plain,
        opening: &Opening::begin(&params),
        plain: std::cell::Cell::new(true),
    };
    let transport = Transport::plain(Socket::Unix(client));
    let result = start(&attempt, transport, None, Some(Duration::from_secs(5)));
    server.join().unwrap();
    result.map(|(wire, _)| wire)
}

/// Answers the statement that every session begins with.
fn empty_search_path(server: &mut UnixStream) {
    let (tag, sql) = read_message(server).unwrap();
    assert_eq!(tag, b'Q');
    assert!(String::from_utf8(sql).unwrap().contains("'search_path', ''"));
    server.write_all(&msg(b'C', b"SELECT 1\0")).unwrap();
    server.write_all(READY).unwrap();
}

#[test]
fn a_session_starts_and_remembers_what_the_server_reports() {
    let wire = log_in("dbname=d application_name=app options='-c a=b'", |server| {
        let startup = read_startup(server);
        assert_eq!(
            startup,
            b"\0\x03\0\0user\0me\0database\0d\0client_encoding\0UTF8\0application_name\0app\0options\0-c a=b\0\0"
        );
        server.write_all(&msg(b'R', &[0; 4])).unwrap();
        server.write_all(&msg(b'S', b"client_encoding\0UTF8\0")).unwrap();
        server.write_all(&msg(b'S', b"server_version\x0018.1\0")).unwrap();
        server.write_all(&msg(b'N', b"SNOTICE\0Mhello\0\0")).unwrap();
        server
            .write_all(&msg(b'K', &[0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8]))
            .unwrap();
        server.write_all(READY).unwrap();
        empty_search_path(server);
    })
    .unwrap();
    assert_eq!(wire.parameter("server_version"), Some("18.1"));
    assert_eq!(wire.parameter("nonesuch"), None);
    assert_eq!(wire.backend_pid(), 9);
    assert_eq!(wire.cancel_key, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(wire.transaction_status(), TransactionStatus::Idle);
}

#[test]
fn passwords_are_sent_as_asked() {
    log_in("password=geheim", |server| {
        read_startup(server);
        server.write_all(&msg(b'R', &[0, 0, 0, 3])).unwrap();
        assert_eq!(read_message(server), Some((b'p', b"geheim\0".to_vec())));
        server.write_all(&msg(b'R', &[0; 4])).unwrap();
        server.write_all(READY).unwrap();
        empty_search_path(server);
    })
    .unwrap();
    log_in("password=geheim", |server| {
        read_startup(server);
        server.write_all(&msg(b'R', &[0, 0, 0, 5, 1, 2, 3, 4])).unwrap();
        let (_, answer) = read_message(server).unwrap();
        assert!(answer.starts_with(b"md5") && answer.len() == 36);
        server.write_all(&msg(b'R', &[0; 4])).unwrap();
        server.write_all(READY).unwrap();
        empty_search_path(server);
    })
    .unwrap();
}

#[test]
fn each_way_to_fail_a_login_has_its_own_error() {
    fn ask(text: &str, request: &'static [u8]) -> ConnectError {
        let result = log_in(text, move |server| {
            read_startup(server);
            let _ = server.write_all(&msg(b'R', request));
            let mut rest = Vec::new();
            let _ = server.read_to_end(&mut rest);
        });
        result.err().unwrap()
    }
    for code in [3, 5, 10] {
        let request: &'static [u8] = match code {
            3 => &[0, 0, 0, 3],
            5 => &[0, 0, 0, 5, 1, 2, 3, 4],
            _ => b"\0\0\0\x0aSCRAM-SHA-256\0\0",
        };
        let error = ask("", request);
        assert!(matches!(error, ConnectError::PasswordRequired { .. }), "{error}");
        assert!(error.wants_password());
        // Without TLS there is nothing to bind to.
        let error = ask("password=x channel_binding=require", request);
        assert!(matches!(error, ConnectError::Auth { .. }), "{error}");
    }
    let error = ask("channel_binding=require", &[0, 0, 0, 0]);
    assert!(matches!(error, ConnectError::Auth { .. }), "{error}");
    assert_eq!(
        ask("", &[0, 0, 0, 7]).to_string(),
        "cannot connect to `/fake:5432/me`: the server asks for GSSAPI authentication, which pgark does not support"
    );
    let error = ask("password=x", b"\0\0\0\x0aOAUTHBEARER\0\0");
    assert!(error.to_string().contains("SASL (OAUTHBEARER)"), "{error}");
    let error = ask("password=x", b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0\0");
    assert!(matches!(error, ConnectError::UnsupportedAuth { .. }), "{error}");
    let error = ask("password=x", &[0, 0, 0, 5, 1]);
    assert!(matches!(error, ConnectError::Auth { .. }), "{error}");
    let error = ask("", &[0]);
    assert!(matches!(error, ConnectError::Protocol(_)), "{error}");
}

#[test]
fn a_server_that_skips_its_proof_is_not_believed() {
    let result = log_in("password=x", |server| {
        read_startup(server);
        server.write_all(&msg(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0")).unwrap();
        read_message(server);
        server.write_all(&msg(b'R', &[0; 4])).unwrap();
    });
    let error = result.err().unwrap();
    assert_eq!(
        error.to_string(),
        "protocol violation: `/fake:5432/me`: unexpected authentication request 0"
    );
}

#[test]
fn a_refused_session_names_its_target() {
    let result = log_in("dbname=d", |server| {
        read_startup(server);
        server.write_all(&error_message("FATAL", "3D000")).unwrap();
    });
    let error = result.err().unwrap();
    assert_eq!(error.sqlstate(), Some("3D000"));
    assert_eq!(
        error.to_string(),
        "cannot connect to `/fake:5432/d`: no (SQLSTATE 3D000)"
    );
}

#[test]
fn a_silent_server_is_given_up_on() {
    let (client, server) = UnixStream::pair().unwrap();
    let params = params("connect_timeout=1");
    let attempt = Attempt {
        params: &params,
        host: &params.hosts[0],
        address: None,
        encryption: Encryption::Plain,
        opening: &Opening::begin(&params),
        plain: std::cell::Cell::new(true),
    };
    let transport = Transport::plain(Socket::Unix(client));
    let error = start(&attempt, transport, None, Some(Duration::from_millis(50)))
        .err()
        .unwrap();
    assert!(matches!(error, ConnectError::Timeout { .. }), "{error}");
    drop(server);
}

#[test]
fn rows_come_back_and_notices_do_not_disturb() {
    let mut bytes = msg(b'N', b"SNOTICE\0Mx\0\0");
    bytes.extend(msg(
        b'T',
        b"\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0",
    ));
    bytes.extend(msg(b'D', b"\0\x01\0\0\0\x02hi"));
    bytes.extend(msg(b'S', b"search_path\0\0"));
    bytes.extend(msg(b'D', b"\0\x01\xff\xff\xff\xff"));
    bytes.extend(msg(b'A', b"\0\0\0\x01ch\0\0"));
    bytes.extend(msg(b'C', b"SELECT 2\0"));
    bytes.extend_from_slice(b"Z\0\0\0\x05T");
    let (mut wire, server) = answering(bytes);
    let rows = wire.query("SELECT").unwrap();
    assert_eq!(rows[0].text("a").unwrap(), "hi");
    assert_eq!(rows[1].opt("a").unwrap(), None);
    assert_eq!(wire.parameter("search_path"), Some(""));
    assert_eq!(wire.transaction_status(), TransactionStatus::InTransaction);
    server.join().unwrap();
}

#[test]
fn copy_out_is_complete_only_after_all_three_endings() {
    let mut bytes = COPY_OUT.to_vec();
    bytes.extend(msg(b'd', b"1\n"));
    bytes.extend(msg(b'd', b"2\n"));
    bytes.extend(msg(b'c', b""));
    bytes.extend(msg(b'C', b"COPY 2\0"));
    bytes.extend_from_slice(READY);
    for end in 0..=bytes.len() {
        let (mut wire, server) = answering(bytes[..end].to_vec());
        let result = wire.copy_out("COPY").and_then(|mut out| {
            let mut data = Vec::new();
            while let Some(batch) = out.next_batch()? {
                batch.for_each(|piece| data.extend_from_slice(piece));
            }
            assert!(matches!(out.next(), Ok(None)));
            Ok((data, out.rows()))
        });
        server.join().unwrap();
        if end == bytes.len() {
            assert_eq!(result.unwrap(), (b"1\n2\n".to_vec(), 2));
            assert!(!wire.is_broken());
        } else {
            let error = result.unwrap_err();
            assert!(matches!(error, ConnectError::Io(_)), "at {end}: {error}");
            assert!(wire.is_broken());
            let again = wire.execute("SELECT 1").unwrap_err();
            assert!(matches!(again, ConnectError::Unusable { .. }));
        }
    }
}

#[test]
fn an_error_after_data_fails_the_copy_and_keeps_the_session() {
    let mut bytes = COPY_OUT.to_vec();
    bytes.extend(msg(b'd', b"1\n"));
    bytes.extend(error_message("ERROR", "22012"));
    bytes.extend_from_slice(b"Z\0\0\0\x05E");
    let (mut wire, server) = answering(bytes);
    let mut out = wire.copy_out("COPY").unwrap();
    assert_eq!(out.next().unwrap(), Some(&b"1\n"[..]));
    assert_eq!(out.next().unwrap_err().sqlstate(), Some("22012"));
    // Never the ordinary end.
    assert!(out.next().is_err());
    drop(out);
    assert!(!wire.is_broken());
    assert_eq!(wire.transaction_status(), TransactionStatus::Failed);
    server.join().unwrap();
}

#[test]
fn an_error_after_a_batch_is_never_the_end_of_the_rows() {
    let mut bytes = COPY_OUT.to_vec();
    bytes.extend(msg(b'd', b"1\n"));
    bytes.extend(msg(b'd', b"2\n"));
    bytes.extend(msg(b'N', b"SNOTICE\0\0"));
    bytes.extend(msg(b'd', b"3\n"));
    bytes.extend(error_message("ERROR", "22012"));
    bytes.extend_from_slice(b"Z\0\0\0\x05E");
    let (mut wire, server) = answering(bytes);
    let mut out = wire.copy_out("COPY").unwrap();
    let mut data = Vec::new();
    let error = loop {
        match out.next_batch() {
            Ok(Some(batch)) => batch.for_each(|row| data.extend_from_slice(row)),
            Ok(None) => panic!("the COPY has failed"),
            Err(error) => break error,
        }
    };
    assert_eq!((&data[..], error.sqlstate()), (&b"1\n2\n3\n"[..], Some("22012")));
    assert!(out.next_batch().is_err());
    drop(out);
    assert!(!wire.is_broken());
    server.join().unwrap();
}

#[test]
fn endings_out_of_order_are_violations() {
    let done = msg(b'c', b"");
    let complete = msg(b'C', b"COPY 0\0");
    let wrong_tag = msg(b'C', b"SELECT 0\0");
    for parts in [
        vec![&complete[..], READY],
        vec![&done, READY],
        vec![&done, &wrong_tag, READY],
        vec![&done, &done, &complete, READY],
        vec![&done, &complete, &complete, READY],
        vec![READY],
        vec![b"d\0\0\0\x03"],
        vec![b"d\x7f\xff\xff\xff"],
        vec![b"?\0\0\0\x04"],
    ] {
        let mut bytes = COPY_OUT.to_vec();
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        let (mut wire, server) = answering(bytes);
        let mut out = wire.copy_out("COPY").unwrap();
        let error = out.next().unwrap_err();
        assert!(matches!(error, ConnectError::Protocol(_)), "{parts:?}: {error}");
        assert!(out.next().is_err());
        server.join().unwrap();
    }
}

#[test]
fn an_abandoned_copy_out_leaves_the_session_unusable() {
    let mut bytes = COPY_OUT.to_vec();
    bytes.extend(msg(b'd', b"1\n"));
    let (mut wire, server) = answering(bytes);
    wire.copy_out("COPY").unwrap().next().unwrap();
    assert_eq!(
        wire.execute("SELECT 1").unwrap_err().to_string(),
        "this session can no longer be used: it was left in the middle of a COPY"
    );
    server.join().unwrap();
}

/// What a server sends for one COPY of one row.
fn copied(row: &[u8]) -> Vec<u8> {
    let mut bytes = COPY_OUT.to_vec();
    bytes.extend(msg(b'd', row));
    bytes.extend(msg(b'c', b""));
    bytes.extend(msg(b'C', b"COPY 1\0"));
    bytes.extend_from_slice(READY);
    bytes
}

#[test]
fn queued_statements_are_answered_one_by_one() {
    let mut failed = error_message("ERROR", "42P01");
    failed.extend_from_slice(READY);
    let mut done = msg(b'C', b"SAVEPOINT\0");
    done.extend_from_slice(READY);
    let answers = [done.clone(), copied(b"1\n"), failed, copied(b"2\n"), done].concat();
    let (mut wire, server) = answering(answers);
    let mut queue = wire
        .queue(&["SAVEPOINT a", "COPY b", "COPY c", "COPY d", "RELEASE a"])
        .unwrap();
    queue.execute().unwrap();
    let mut rows = Vec::new();
    for _ in 0..3 {
        match queue.copy_out() {
            Err(error) => assert_eq!(error.sqlstate(), Some("42P01")),
            Ok(mut copy) => {
                while let Some(piece) = copy.next().unwrap() {
                    rows.extend_from_slice(piece);
                }
            }
        }
    }
    queue.execute().unwrap();
    assert!(queue.execute().is_err(), "there is no sixth statement");
    drop(queue);
    assert_eq!(rows, b"1\n2\n");
    assert!(!wire.is_broken());
    server.join().unwrap();
}

/// The other side reads a statement only when its last answer has gone out, and answers at length.
#[test]
fn a_queue_of_any_length_never_waits_for_a_server_that_does_not_read() {
    const STATEMENTS: usize = 400;
    let (mut wire, server) = session(|server| {
        for _ in 0..STATEMENTS {
            assert!(read_message(server).is_some());
            server.write_all(&copied(&[b'x'; 300_000])).unwrap();
        }
    });
    let long = format!("COPY {}", "c".repeat(3_000));
    let statements = vec![long.as_str(); STATEMENTS];
    let mut queue = wire.queue(&statements).unwrap();
    for _ in 0..STATEMENTS {
        let mut copy = queue.copy_out().unwrap();
        let mut bytes = 0;
        while let Some(piece) = copy.next().unwrap() {
            bytes += piece.len();
        }
        assert_eq!(bytes, 300_000);
    }
    drop(queue);
    assert!(!wire.is_broken());
    server.join().unwrap();
}

#[test]
fn a_queue_that_is_left_leaves_the_session_unusable() {
    let (mut wire, server) = answering(copied(b"1\n"));
    drop(wire.queue(&["COPY a", "COPY b"]).unwrap());
    assert!(!wire.is_broken(), "nothing has been sent yet");
    let mut queue = wire.queue(&["COPY a", "COPY b"]).unwrap();
    queue.copy_out().unwrap().next().unwrap();
    drop(queue);
    let error = wire.execute("SELECT 1").unwrap_err();
    assert!(matches!(error, ConnectError::Unusable { .. }), "{error}");
    drop(wire);
    server.join().unwrap();
}

/// Reads CopyData until something else comes; the data, and that message.
fn read_copy(server: &mut UnixStream) -> (Vec<u8>, Option<(u8, Vec<u8>)>) {
    let mut data = Vec::new();
    loop {
        match read_message(server) {
            Some((b'd', payload)) => data.extend(payload),
            other => return (data, other),
        }
    }
}

#[test]
fn copy_in_sends_everything_in_order() {
    let (mut wire, server) = session(|server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
        let (data, end) = read_copy(server);
        assert_eq!(end, Some((b'c', Vec::new())));
        server.write_all(&msg(b'C', b"COPY 7\0")).unwrap();
        server.write_all(READY).unwrap();
        data
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    let mut expected = Vec::new();
    for size in [1, 0, 100, 127 * 1024, 128 * 1024, 128 * 1024 + 1, 5, 700 * 1024, 3] {
        let data: Vec<u8> = (0..size).map(|at: u32| (at % 251) as u8).collect();
        copy.send(&data).unwrap();
        expected.extend(data);
    }
    assert_eq!(copy.finish().unwrap(), 7);
    assert_eq!(server.join().unwrap(), expected);
    assert!(!wire.is_broken());
}

#[test]
fn copy_in_goes_on_while_the_server_floods_and_does_not_read() {
    let (mut wire, server) = session(|server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
        // Far more than both socket buffers hold, before a single byte of data is read.
        let notice = msg(b'N', format!("SNOTICE\0M{}\0\0", "x".repeat(1000)).as_bytes());
        for _ in 0..20_000 {
            server.write_all(&notice).unwrap();
        }
        let (data, end) = read_copy(server);
        assert_eq!(end.unwrap().0, b'c');
        server.write_all(&msg(b'C', b"COPY 1\0")).unwrap();
        server.write_all(READY).unwrap();
        data.len()
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    let data = vec![b'x'; 300_000];
    for _ in 0..20 {
        copy.send(&data).unwrap();
    }
    assert_eq!(copy.finish().unwrap(), 1);
    assert_eq!(server.join().unwrap(), 6_000_000);
}

#[test]
fn copy_in_notices_an_error_and_never_cuts_a_message() {
    let (mut wire, server) = session(|server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
        read_message(server);
        server.write_all(&error_message("ERROR", "22P02")).unwrap();
        server.write_all(READY).unwrap();
        // As the real one does: skips what is left of the COPY up to the next statement.
        let (_, next) = read_copy(server);
        assert_eq!(next, Some((b'Q', b"SELECT 1\0".to_vec())));
        server.write_all(READY).unwrap();
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    let data = vec![b'x'; 1_000_000];
    let error = loop {
        if let Err(error) = copy.send(&data) {
            break error;
        }
    };
    assert_eq!(error.sqlstate(), Some("22P02"));
    assert!(copy.send(b"more").is_err());
    assert!(copy.finish().is_err());
    wire.execute("SELECT 1").unwrap();
    server.join().unwrap();
}

#[test]
fn an_error_at_the_end_is_the_result() {
    let (mut wire, server) = session(|server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
        assert_eq!(read_copy(server).1.unwrap().0, b'c');
        server.write_all(&error_message("ERROR", "23505")).unwrap();
        server.write_all(READY).unwrap();
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    copy.send(b"1\n").unwrap();
    assert_eq!(copy.finish().unwrap_err().sqlstate(), Some("23505"));
    assert!(!wire.is_broken());
    server.join().unwrap();
}

#[test]
fn an_aborted_copy_leaves_the_session_ready() {
    let (mut wire, server) = session(|server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
        assert_eq!(read_copy(server).1, Some((b'f', b"bad chunk\0".to_vec())));
        server.write_all(&error_message("ERROR", "57014")).unwrap();
        server.write_all(READY).unwrap();
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    copy.send(b"1\n").unwrap();
    copy.abort("bad chunk").unwrap();
    assert!(!wire.is_broken());
    server.join().unwrap();
}

#[test]
fn a_dropped_copy_fails_it_and_never_completes_it() {
    let (mut wire, server) = session(|server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
        read_copy(server)
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    copy.send(b"1\n").unwrap();
    drop(copy);
    assert!(matches!(wire.execute("SELECT 1"), Err(ConnectError::Unusable { .. })));
    drop(wire);
    let (_, end) = server.join().unwrap();
    assert_eq!(end.map(|(tag, _)| tag), Some(b'f'));
}

#[test]
fn a_dropped_copy_does_not_block_on_a_server_that_does_not_read() {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let (mut wire, server) = session(move |server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
        wait.recv().unwrap();
        read_copy(server).1
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    // Fill the socket, leaving no room for CopyFail.
    while copy.fill_socket_directly() {}
    drop(copy);
    drop(wire);
    release.send(()).unwrap();
    assert_ne!(server.join().unwrap().map(|(tag, _)| tag), Some(b'c'));
}

#[test]
fn a_server_that_dies_is_noticed_in_both_directions() {
    let (mut wire, server) = session(|server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
        read_message(server);
        server.write_all(&error_message("FATAL", "57P01")).unwrap();
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    let data = vec![b'x'; 200_000];
    let error = loop {
        if let Err(error) = copy.send(&data) {
            break error;
        }
    };
    assert_eq!(error.sqlstate(), Some("57P01"), "{error}");
    assert!(error.is_fatal());
    drop(copy);
    assert!(wire.is_broken());
    server.join().unwrap();

    let (mut wire, server) = session(|server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    let error = loop {
        if let Err(error) = copy.send(&data) {
            break error;
        }
    };
    assert!(matches!(error, ConnectError::Io(_)), "{error}");
    server.join().unwrap();
}

#[test]
fn statements_that_are_no_copy_are_told_apart() {
    let complete = msg(b'C', b"SELECT 0\0");
    let (mut wire, server) = answering([&complete, READY].concat());
    let error = wire.copy_out("SELECT 1").err().unwrap();
    assert!(matches!(error, ConnectError::Protocol(_)), "{error}");
    assert!(!wire.is_broken());
    server.join().unwrap();
    let (mut wire, server) = answering([&error_message("ERROR", "42P01")[..], READY].concat());
    assert_eq!(wire.copy_in("COPY").err().unwrap().sqlstate(), Some("42P01"));
    assert!(!wire.is_broken());
    server.join().unwrap();
}

#[test]
fn a_statement_with_a_nul_byte_is_not_sent() {
    let (mut wire, server) = session(read_message);
    assert!(wire.execute("SELECT 1\0; DROP TABLE x").is_err());
    assert!(!wire.is_broken());
    drop(wire);
    assert_eq!(server.join().unwrap().unwrap().0, b'X');
}

#[test]
fn what_is_no_postgresql_server_is_said_so() {
    let result = log_in("", |server| {
        read_startup(server);
        server.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let error = result.err().unwrap().to_string();
    assert!(
        error.starts_with("protocol violation: `/fake:5432/me`: message `H`"),
        "{error}"
    );
}

#[test]
fn sessions_can_move_to_other_threads() {
    fn sendable<T: Send>() {}
    fn shareable<T: Send + Sync>() {}
    sendable::<Wire>();
    shareable::<Canceller>();
    shareable::<Params>();
    shareable::<crate::connect::Control>();
    shareable::<ConnectError>();
}

const IN_TRANSACTION: &[u8] = b"Z\0\0\0\x05T";
const FAILED: &[u8] = b"Z\0\0\0\x05E";

/// A server that reads so many Sync or CopyDone messages and then sends fixed bytes.
fn answering_all(ends: usize, answers: &[&[u8]]) -> (Wire, JoinHandle<Vec<u8>>) {
    let answers = answers.concat();
    session(move |server| {
        let mut tags = Vec::new();
        while tags.iter().filter(|tag| matches!(tag, b'S' | b'c')).count() < ends {
            tags.push(read_message(server).expect("a message").0);
        }
        server.write_all(&answers).unwrap();
        tags
    })
}

fn small_copy(first: Option<&str>, data: &str) -> SmallCopy {
    SmallCopy {
        first: first.map(str::to_owned),
        sql: "COPY t".to_owned(),
        data: data.as_bytes().to_vec(),
    }
}

#[test]
fn a_statement_in_the_message_of_a_copy_is_answered_first() {
    let (inserted, done) = (msg(b'C', b"INSERT 0 1\0"), msg(b'C', b"COPY 2\0"));
    let no = error_message("ERROR", "42P01");
    let (mut wire, server) = answering_all(
        3,
        &[&inserted, COPY_IN, &done, READY, &no, READY, &inserted, &no, READY],
    );
    let copy = || small_copy(Some("INSERT"), "1\n2\n");
    let results = wire.copy_in_each(&[copy(), copy(), copy()]);
    let stored: Vec<Option<u64>> = results.iter().map(|r| r.as_ref().ok().copied()).collect();
    assert_eq!(stored, [Some(2), None, None]);
    assert_eq!(server.join().unwrap(), b"QdcQdcQdc");
}

#[test]
fn small_copies_go_in_one_round_trip_and_fail_alone() {
    let done = msg(b'C', b"COPY 2\0");
    let no = error_message("ERROR", "23514");
    let (mut wire, server) = answering_all(
        4,
        &[
            COPY_IN, &done, READY, &no, READY, COPY_IN, &no, READY, COPY_IN, &done, READY,
        ],
    );
    let copy = |data: &str| small_copy(None, data);
    let results = wire.copy_in_each(&[copy("1\n2\n"), copy("3\n"), copy(""), copy("4\n5\n")]);
    let stored: Vec<Option<u64>> = results.iter().map(|r| r.as_ref().ok().copied()).collect();
    assert_eq!(stored, [Some(2), None, None, Some(2)]);
    assert_eq!(server.join().unwrap(), b"QdcQdcQcQdc");
    assert!(!wire.is_broken());
}

#[test]
fn small_copies_after_a_lost_session_are_not_taken_for_stored() {
    let done = msg(b'C', b"COPY 2\0");
    let fatal = error_message("FATAL", "57P01");
    let (mut wire, server) = answering_all(3, &[COPY_IN, &done, READY, &fatal]);
    let copy = || small_copy(None, "1\n");
    let results = wire.copy_in_each(&[copy(), copy(), copy()]);
    assert_eq!(results.len(), 2);
    assert!(results[0].is_ok() && matches!(&results[1], Err(ConnectError::Server(_))));
    assert!(wire.is_broken());
    server.join().unwrap();
    // A count before the server has taken the data is no count.
    let (mut wire, server) = answering_all(1, &[&done, READY]);
    assert!(wire.copy_in_each(&[copy()])[0].is_err());
    server.join().unwrap();
}

#[test]
fn batches_after_one_that_left_its_transaction_open_have_no_result() {
    let complete = msg(b'C', b"OK\0");
    let (no, refused) = (error_message("ERROR", "42P07"), error_message("ERROR", "25P02"));
    let (mut wire, server) = answering_all(
        4,
        &[
            &complete, &complete, READY, &complete, &no, FAILED, &refused, FAILED, &refused, FAILED,
        ],
    );
    let results = wire.pipeline_each(&[vec!["a", "b"], vec!["c", "d"], vec!["e"], vec!["f"]]);
    assert_eq!(results.len(), 2);
    assert!(results[0].is_ok());
    assert!(matches!(&results[1], Err((1, ConnectError::Server(_)))));
    assert!(wire.in_transaction() && !wire.is_broken());
    server.join().unwrap();
}

#[test]
fn batches_that_failed_outside_a_transaction_let_the_next_run() {
    let complete = msg(b'C', b"OK\0");
    let no = error_message("ERROR", "42501");
    let (mut wire, server) = answering_all(3, &[&no, READY, &complete, READY, &complete, IN_TRANSACTION]);
    let results = wire.pipeline_each(&[vec!["a"], vec!["b"], vec!["c"]]);
    let well: Vec<bool> = results.iter().map(Result::is_ok).collect();
    assert_eq!(well, [false, true, true]);
    server.join().unwrap();
}

#[test]
fn batches_that_are_too_long_for_one_round_trip_are_left_for_the_next() {
    let complete = msg(b'C', b"OK\0");
    let (mut wire, server) = answering_all(2, &[&complete, READY, &complete, READY]);
    let long = "x".repeat(40_000);
    let results = wire.pipeline_each(&[vec!["a"], vec![&long], vec![&long], vec!["b"]]);
    assert_eq!(results.len(), 2);
    server.join().unwrap();
    let (mut wire, server) = answering_all(1, &[&complete, READY]);
    assert_eq!(wire.pipeline_each(&[vec!["a"], vec!["\0"], vec!["b"]]).len(), 1);
    server.join().unwrap();
    assert!(wire.pipeline_each(&[]).is_empty());
}

#[test]
fn copy_in_takes_what_is_written_in_place() {
    let (mut wire, server) = session(|server| {
        read_message(server);
        server.write_all(COPY_IN).unwrap();
        let (data, end) = read_copy(server);
        assert_eq!(end, Some((b'c', Vec::new())));
        server.write_all(&msg(b'C', b"COPY 3\0")).unwrap();
        server.write_all(READY).unwrap();
        data
    });
    let mut copy = wire.copy_in("COPY").unwrap();
    let mut expected = Vec::new();
    for size in [3, 0, 64 * 1024, 500_000, 1] {
        let more = copy.fill(|message| {
            message.resize(message.len() + size, b'y');
            size > 1
        });
        assert_eq!(more.unwrap(), size > 1);
        expected.resize(expected.len() + size, b'y');
    }
    assert_eq!(copy.finish().unwrap(), 3);
    assert!(server.join().unwrap() == expected);
}

#[test]
fn the_rest_of_a_message_is_not_waited_for_for_ever() {
    // As much as is here, then nothing more on a connection that stays.
    for part in [&b"D\0\0\x10\0abc"[..], b"D\0", b"d\x3f\0\0\0abc"] {
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let (mut wire, server) = session(move |server| {
            read_message(server);
            server.write_all(COPY_OUT).unwrap();
            server.write_all(part).unwrap();
            let _ = wait.recv();
        });
        let error = wire.copy_out("COPY").and_then(|mut copy| {
            while copy.next()?.is_some() {}
            Ok(())
        });
        let error = error.unwrap_err();
        assert!(error.to_string().contains("in the middle of a message"), "{error}");
        assert!(wire.is_broken());
        drop(done);
        server.join().unwrap();
    }
}

#[test]
fn an_answer_may_be_long_in_coming() {
    let (mut wire, server) = session(|server| {
        read_message(server);
        std::thread::sleep(3 * REST_WITHIN);
        server.write_all(&msg(b'C', b"SELECT 0\0")).unwrap();
        server.write_all(READY).unwrap();
    });
    wire.execute("SELECT").unwrap();
    server.join().unwrap();
}
