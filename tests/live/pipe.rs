//! From server to server through a pipe, without a file.

use std::fs;
use std::io::{Read, Write};
use std::process::{Output, Stdio};
use std::thread;

use pgark::internals::server::sample;

use crate::support::program::{command, pgark};
use crate::support::{Database, places};

fn sample_database(major: u32, scale: f64) -> Database {
    let source = Database::create(major, "pipe");
    let mut session = source.session();
    for sql in sample::statements(scale) {
        session.execute(&sql);
    }
    source
}

/// Restores what `input` holds, as from a pipe.
pub fn restore_bytes(input: &[u8], target: &str) -> Output {
    restore_with(input, target, &[])
}

/// The same with more options.
pub fn restore_with(input: &[u8], target: &str, options: &[&str]) -> Output {
    let mut restore = command([&["restore", "-", "-d", target, "-j2", "--quiet"], options].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("restore");
    let mut pipe = restore.stdin.take().expect("pipe");
    thread::scope(|scope| {
        // A restore that has seen enough closes the pipe early.
        scope.spawn(move || pipe.write_all(input));
        restore.wait_with_output().expect("restore")
    })
}

fn between(from: u32, to: u32) {
    let source = sample_database(from, 0.02);
    let copy = Database::create(to, "pipe_copy");
    let mut dump = command(["dump", &source.conninfo(), "-o", "-", "-j2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("dump");
    let restore = command(["restore", "-", "-d", &copy.conninfo(), "-j2"])
        .stdin(dump.stdout.take().expect("pipe"))
        .output()
        .expect("restore");
    let mut said = String::new();
    dump.stderr
        .take()
        .expect("pipe")
        .read_to_string(&mut said)
        .expect("text");
    assert_eq!(dump.wait().expect("dump").code(), Some(0), "{said}");
    let errors = String::from_utf8_lossy(&restore.stderr);
    assert_eq!(restore.status.code(), Some(0), "{errors}");
    pgark(["compare", &source.conninfo(), &copy.conninfo()]).expect_code(0);
}

#[test]
fn a_database_moves_through_a_pipe_from_13_to_18() {
    between(13, 18);
}

#[test]
fn a_database_moves_through_a_pipe_from_18_to_18() {
    between(18, 18);
}

#[test]
fn a_pipe_that_ends_early_is_an_incomplete_archive() {
    let source = sample_database(18, 0.01);
    let folder = tempfile::tempdir_in(places().scratch).expect("folder");
    let archive = folder.path().join("a.pgark");
    pgark(["dump", &source.conninfo(), "-o", &archive.to_string_lossy()]).expect_code(0);
    let bytes = fs::read(&archive).expect("archive");
    let parts = [0, 60, bytes.len() / 2, bytes.len() * 9 / 10, bytes.len() - 1];
    for length in parts {
        let copy = Database::create(18, "pipe_cut");
        let output = restore_bytes(&bytes[..length], &copy.conninfo());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{length} bytes: {errors}");
        let expected = format!(
            "error: cannot read the archive: `standard input` is incomplete: it ends after {length} bytes without a trailer\n\
             hint: dump again, or keep what is whole with `pgark salvage`; an incomplete archive is never restored\n"
        );
        let expected = if length < 128 {
            expected.replace("cannot read the archive: ", "")
        } else {
            expected
        };
        assert_eq!(errors, expected);
    }
}

/// The reader of the pipe goes away: the dump says so and ends.
#[test]
fn a_dump_whose_reader_leaves_fails() {
    let source = sample_database(18, 0.01);
    let mut dump = command(["dump", &source.conninfo(), "-o", "-", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("dump");
    let mut pipe = dump.stdout.take().expect("pipe");
    pipe.read_exact(&mut [0; 100]).expect("the beginning");
    drop(pipe);
    let output = dump.wait_with_output().expect("dump");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(
        errors.lines().filter(|line| line.starts_with("error: ")).count(),
        1,
        "{errors}"
    );
    assert!(errors.contains("cannot write"), "{errors}");
}
