//! Tests of the archive format that need no server: properties, damage, vectors.

mod coverage;
mod damage;
mod forged;
mod round_trip;
mod salvage;
mod sample;
mod second_columns;
mod second_decoder;
mod vectors;
