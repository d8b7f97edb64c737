//! Lists the tables of an archive with their rows, without a server and without any feature of the crate:
//! `cargo run --no-default-features --example read_archive -- shop.pgark`

// A program of its own reads its arguments and prints.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(file) = std::env::args().nth(1) else {
        return Err("usage: read_archive FILE".into());
    };
    let archive = pgark::archive::Archive::open(Path::new(&file))?;
    println!("{} of {}", archive.source().database, archive.source().server_version);
    for stored in &archive.manifest().relations {
        let table = &archive.catalog().relations[stored.relation as usize - 1];
        println!("{}.{}: {} rows", table.schema, table.name, stored.rows);
    }
    Ok(())
}
