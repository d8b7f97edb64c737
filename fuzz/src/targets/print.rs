//! Binary values: any bytes of any type are printed or refused, the same with COPY's escapes as without.

use pgark::codec::print::{print, print_copy};
use pgark::model::ValueType;

use super::input::Input;
use super::{KIB, MIB, Target};

pub const TARGET: Target = Target {
    name: "print",
    run,
    // Eight bytes of a numeric can say 147,000 digits, twice here, in a buffer that grows by doubling.
    memory: |data| MIB + data.len() * 128 * KIB,
};

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let value_type = value_type(&mut input);
    let value = input.rest();
    let mut text = Vec::new();
    let result = print(&value_type, value, &mut text);
    let mut copied = Vec::new();
    assert_eq!(print_copy(&value_type, value, &mut copied), result);
    if result.is_ok() {
        let mut escaped = Vec::new();
        assert_eq!(print_copy(&ValueType::Text, &text, &mut escaped), Ok(()));
        assert!(copied == escaped);
    } else {
        assert!(text.is_empty() && copied.is_empty());
    }
}

/// A type by two bytes: what it is in, and what it is.
pub(super) fn value_type(input: &mut Input<'_>) -> ValueType {
    let around = AROUND[usize::from(input.u8()) % AROUND.len()];
    let scalar = SCALARS[usize::from(input.u8()) % SCALARS.len()];
    format!("{around}{scalar}").parse().expect("both are known")
}

pub const AROUND: [&str; 8] = [
    "",
    "array ",
    "range ",
    "multirange ",
    "array range ",
    "array multirange ",
    "range array ",
    "multirange array ",
];

pub const SCALARS: [&str; 34] = [
    "bool",
    "int2",
    "int4",
    "int8",
    "oid",
    "xid8",
    "float4",
    "float8",
    "numeric",
    "text",
    "bytea",
    "uuid",
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "jsonb",
    "bits",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "pg_lsn",
    "tid",
    "point",
    "line",
    "lseg",
    "box",
    "path",
    "polygon",
    "circle",
    "tsvector",
];
