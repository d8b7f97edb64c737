//! Fills a database with TPC-H tables, for measuring by hand:
//! `cargo bench --bench load_tpch -- -d 'host=/tmp dbname=tpch user=postgres' --scale 0.2`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods
)]

#[path = "../tests/support/session.rs"]
#[allow(dead_code)]
mod session;
#[path = "../tests/support/tpch.rs"]
mod tpch;

fn main() {
    let mut scale = 0.1;
    let mut conninfo = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-d" => conninfo = args.next(),
            "--scale" => {
                scale = args
                    .next()
                    .and_then(|value| value.parse().ok())
                    .expect("--scale takes a number");
            }
            // What `cargo bench` itself passes.
            "--bench" => {}
            other => panic!("unknown argument `{other}`"),
        }
    }
    let Some(conninfo) = conninfo else {
        println!("load_tpch: nothing to do without `-d CONNINFO` of an empty database [--scale N]");
        return;
    };
    let start = std::time::Instant::now();
    let rows = tpch::load(session::Session::open(&conninfo).wire(), scale).unwrap_or_else(|error| panic!("{error}"));
    println!("{rows} rows in {:.1} s", start.elapsed().as_secs_f64());
}
