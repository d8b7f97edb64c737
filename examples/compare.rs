//! Compares an archive with a database: `cargo run --example compare -- shop.pgark postgres:///copy`

// A program of its own reads its arguments and prints.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(conninfo)) = (args.next(), args.next()) else {
        return Err("usage: compare FILE CONNINFO".into());
    };
    let archive = pgark::Archive::open(&file)?;
    let database = pgark::Database::connect_as_psql_would(&conninfo, |name| std::env::var(name).ok())?;
    let report = pgark::compare(&archive, &database).jobs(2).run()?;
    for difference in &report.differences {
        println!("{difference}");
    }
    println!("{}", if report.is_equal() { "equal" } else { "different" });
    Ok(())
}
