//! Tests of the archive format that need no server: properties, damage, vectors.

mod damage;
mod round_trip;
mod sample;
