//! Checks every byte of an archive, and shows how far it is: `cargo run --example verify -- shop.pgark`

// A program of its own reads its arguments and prints.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(file) = std::env::args().nth(1) else {
        return Err("usage: verify FILE".into());
    };
    let archive = pgark::Archive::open(&file)?;
    let job = pgark::Job::new();
    let report = std::thread::scope(|scope| {
        let check = scope.spawn(|| archive.verify_under(&job).map_err(|error| error.to_string()));
        while !check.is_finished() {
            std::thread::sleep(Duration::from_millis(50));
            let progress = job.progress();
            let (done, total) = (progress.done.load(Relaxed), progress.total.load(Relaxed));
            eprint!("\r{done} of {total} bytes");
        }
        eprintln!();
        check.join().expect("the check does not panic")
    })?;
    for finding in &report.findings {
        println!("{finding}");
    }
    match report.is_good() {
        true => println!("{file}: good, {} rows", report.rows),
        false => return Err(format!("{file} is damaged").into()),
    }
    Ok(())
}
