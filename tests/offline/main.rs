//! Tests of the archive format that need no server: properties, damage, vectors.

mod coverage;
mod damage;
mod decoder;
mod forged;
mod golden;
mod judged_alike;
mod round_trip;
mod salvage;
mod sample;
mod vector_list;
mod vectors;
