//! Reads the rows of `COPY .. TO STDOUT` over several sessions and drops them: the floor under a dump, to be set beside
//! `psql -c '..' >/dev/null`, for measuring by hand:
//! `cargo bench --bench copy_out -- -d 'host=/tmp dbname=tpch user=postgres' -j 2 'COPY lineitem TO STDOUT (FORMAT binary)' ..`.
//!
//! Statements are taken in order by whichever session is free.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

use std::sync::atomic::{AtomicUsize, Ordering};

#[path = "../tests/support/session.rs"]
#[allow(dead_code)]
mod session;

fn main() {
    let mut jobs = 1;
    let mut conninfo = None;
    let mut statements = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-d" => conninfo = args.next(),
            "-j" => jobs = args.next().and_then(|n| n.parse().ok()).expect("-j takes a number"),
            // What `cargo bench` itself passes.
            "--bench" => {}
            _ => statements.push(arg),
        }
    }
    let Some(conninfo) = conninfo else {
        println!("copy_out: nothing to do without `-d CONNINFO` and statements [-j N]");
        return;
    };
    let (next, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let start = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let mut session = session::Session::open(&conninfo);
                while let Some(sql) = statements.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut copy = session.wire().copy_out(sql).unwrap_or_else(|error| panic!("{error}"));
                    let mut sum = 0;
                    while let Some(batch) = copy.next_batch().unwrap_or_else(|error| panic!("{error}")) {
                        sum += batch.map(<[u8]>::len).sum::<usize>();
                    }
                    bytes.fetch_add(sum, Ordering::Relaxed);
                }
            });
        }
    });
    let (bytes, seconds) = (bytes.into_inner(), start.elapsed().as_secs_f64());
    println!("{bytes} bytes in {seconds:.2} s");
}
