//! The columns of TPC-H and of a table of events, as COPY BINARY's fields and as COPY text.

use std::fmt::Display;

use pgark::codec::CHUNK_TARGET_BYTES;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, OrderGenerator, PartGenerator, PartSuppGenerator, SupplierGenerator,
};

pub struct Table {
    pub name: &'static str,
    pub rows: usize,
    pub columns: Vec<Column>,
}

pub struct Column {
    pub name: &'static str,
    kind: Kind,
    pub fields: Vec<u8>,
    /// Each value and a newline.
    pub text: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Kind {
    Int2,
    Int4,
    Int8,
    Bool,
    Date,
    Timestamp,
    Uuid,
    Float8,
    Numeric,
    Text,
    /// `character(n)`
    Padded(usize),
    Jsonb,
}

use Kind::{Bool, Date, Float8, Int2, Int4, Int8, Jsonb, Numeric, Padded, Text, Timestamp, Uuid};

pub fn tables() -> Vec<Table> {
    vec![
        table(
            "lineitem",
            &[
                ("orderkey", Int8),
                ("partkey", Int4),
                ("suppkey", Int4),
                ("linenumber", Int4),
                ("quantity", Numeric),
                ("extendedprice", Numeric),
                ("discount", Numeric),
                ("tax", Numeric),
                ("returnflag", Padded(1)),
                ("linestatus", Padded(1)),
                ("shipdate", Date),
                ("commitdate", Date),
                ("receiptdate", Date),
                ("shipinstruct", Padded(25)),
                ("shipmode", Padded(10)),
                ("comment", Text),
            ],
            bars(LineItemGenerator::new(0.2, 1, 1).iter()),
        ),
        table(
            "orders",
            &[
                ("orderkey", Int8),
                ("custkey", Int4),
                ("orderstatus", Padded(1)),
                ("totalprice", Numeric),
                ("orderdate", Date),
                ("orderpriority", Padded(15)),
                ("clerk", Padded(15)),
                ("shippriority", Int4),
                ("comment", Text),
            ],
            bars(OrderGenerator::new(0.2, 1, 1).iter()),
        ),
        table(
            "partsupp",
            &[
                ("partkey", Int4),
                ("suppkey", Int4),
                ("availqty", Int4),
                ("supplycost", Numeric),
                ("comment", Text),
            ],
            bars(PartSuppGenerator::new(0.2, 1, 1).iter()),
        ),
        table(
            "customer",
            &[
                ("custkey", Int4),
                ("name", Text),
                ("address", Text),
                ("nationkey", Int4),
                ("phone", Padded(15)),
                ("acctbal", Numeric),
                ("mktsegment", Padded(10)),
                ("comment", Text),
            ],
            bars(CustomerGenerator::new(0.4, 1, 1).iter()),
        ),
        table(
            "part",
            &[
                ("partkey", Int4),
                ("name", Text),
                ("mfgr", Padded(25)),
                ("brand", Padded(10)),
                ("type", Text),
                ("size", Int4),
                ("container", Padded(10)),
                ("retailprice", Numeric),
                ("comment", Text),
            ],
            bars(PartGenerator::new(0.4, 1, 1).iter()),
        ),
        table(
            "supplier",
            &[
                ("suppkey", Int4),
                ("name", Padded(25)),
                ("address", Text),
                ("nationkey", Int4),
                ("phone", Padded(15)),
                ("acctbal", Numeric),
                ("comment", Text),
            ],
            bars(SupplierGenerator::new(0.05, 1, 1).iter()),
        ),
        table(
            "events",
            &[
                ("id", Int8),
                ("at", Timestamp),
                ("at second", Timestamp),
                ("customer", Int4),
                ("uuid v4", Uuid),
                ("uuid v7", Uuid),
                ("random", Float8),
                ("price", Float8),
                ("jsonb", Jsonb),
                ("kind", Text),
                ("url", Text),
                ("active", Bool),
                ("sparse", Int4),
                ("level", Int2),
                ("balance", Numeric),
            ],
            (0..).map(event),
        ),
    ]
}

/// The benchmark's own form ends every field with a bar.
fn bars(rows: impl Iterator<Item = impl Display>) -> impl Iterator<Item = Vec<String>> {
    rows.map(|row| {
        row.to_string()
            .trim_end_matches('|')
            .split('|')
            .map(str::to_owned)
            .collect()
    })
}

fn table(name: &'static str, columns: &[(&'static str, Kind)], rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut columns: Vec<Column> = columns
        .iter()
        .map(|(name, kind)| Column {
            name,
            kind: *kind,
            fields: Vec::new(),
            text: Vec::new(),
        })
        .collect();
    let (mut count, mut bytes) = (0, 0);
    for row in rows {
        for (column, text) in columns.iter_mut().zip(&row) {
            column.push(text);
        }
        count += 1;
        bytes += row.iter().map(|text| text.len() + 1).sum::<usize>();
        if bytes >= CHUNK_TARGET_BYTES {
            break;
        }
    }
    Table {
        name,
        rows: count,
        columns,
    }
}

const NULL: &str = "\\N";

impl Column {
    fn push(&mut self, text: &str) {
        let padded;
        let text = match self.kind {
            Padded(width) => {
                padded = format!("{text:<width$}");
                &padded
            }
            _ => text,
        };
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'\n');
        if text == NULL {
            return self.fields.extend_from_slice(&(-1_i32).to_be_bytes());
        }
        let value = self.kind.binary(text);
        self.fields.extend_from_slice(&(value.len() as u32).to_be_bytes());
        self.fields.extend_from_slice(&value);
    }
}

impl Kind {
    fn binary(self, text: &str) -> Vec<u8> {
        let number = || text.parse::<i64>().expect("a number");
        match self {
            Int2 => (number() as i16).to_be_bytes().to_vec(),
            Int4 => (number() as i32).to_be_bytes().to_vec(),
            Int8 => number().to_be_bytes().to_vec(),
            Bool => vec![u8::from(text == "t")],
            Date => days(text).to_be_bytes().to_vec(),
            Timestamp => micros(text).to_be_bytes().to_vec(),
            Uuid => u128::from_str_radix(&text.replace('-', ""), 16)
                .expect("a uuid")
                .to_be_bytes()
                .to_vec(),
            Float8 => text.parse::<f64>().expect("a float").to_be_bytes().to_vec(),
            Numeric => numeric(text),
            Text | Padded(_) => text.as_bytes().to_vec(),
            Jsonb => [b"\x01", text.as_bytes()].concat(),
        }
    }
}

/// Days since 2000-01-01.
fn days(text: &str) -> i32 {
    let date: jiff::civil::Date = text.parse().expect("a date");
    (date - jiff::civil::date(2000, 1, 1)).get_days()
}

fn micros(text: &str) -> i64 {
    let at: jiff::Timestamp = text.parse().expect("a time");
    at.as_microsecond() - 946_684_800_000_000
}

/// A value as `numeric_send` writes it, of decimal text.
fn numeric(text: &str) -> Vec<u8> {
    let negative = text.starts_with('-');
    let (whole, fraction) = text.trim_start_matches('-').split_once('.').unwrap_or((text, ""));
    let scale = fraction.len();
    let whole = format!("{:0>1$}", whole, whole.len().next_multiple_of(4));
    let fraction = format!("{:0<1$}", fraction, scale.next_multiple_of(4));
    let digits: Vec<u16> = (whole.clone() + &fraction)
        .as_bytes()
        .chunks(4)
        .map(|four| String::from_utf8_lossy(four).parse().expect("four digits"))
        .collect();
    let first = digits.iter().position(|digit| *digit != 0);
    let last = digits.iter().rposition(|digit| *digit != 0);
    let (digits, weight) = match (first, last) {
        (Some(first), Some(last)) => (&digits[first..=last], whole.len() as i16 / 4 - 1 - first as i16),
        _ => (&[][..], 0),
    };
    let sign = if negative && !digits.is_empty() { 0x4000 } else { 0 };
    [digits.len() as u16, weight as u16, sign, scale as u16]
        .iter()
        .chain(digits)
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

/// splitmix64
fn noise(seed: u64) -> u64 {
    let z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

fn event(id: u64) -> Vec<String> {
    const KINDS: [&str; 8] = [
        "click", "view", "purchase", "refund", "login", "logout", "search", "error",
    ];
    let random = |which: u64| noise(id * 16 + which);
    let unit = |which| random(which) as f64 / u64::MAX as f64;
    let micros = 1_750_000_000_000_000 + id * 130_000 + random(0) % 260_000;
    let uuid = |high: u64, low: u64| {
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFFF,
            low >> 48 & 0x3FFF | 0x8000,
            low & 0xFFFF_FFFF_FFFF
        )
    };
    let time = |micros: u64| {
        jiff::Timestamp::from_microsecond(micros as i64)
            .expect("a time")
            .to_string()
    };
    vec![
        (1_000_000 + id).to_string(),
        time(micros),
        time(micros / 1_000_000 * 1_000_000),
        (random(1) % 100_000).to_string(),
        uuid(random(2) & !0xF000 | 0x4000, random(3)),
        uuid(((micros / 1000) << 16) | 0x7000 | (random(4) & 0xFFF), random(5)),
        unit(6).to_string(),
        format!("{:.2}", unit(7) * 500.0),
        format!(
            r#"{{"ip": "10.{}.{}.{}", "path": "/products/{}", "agent": "Mozilla/5.0", "duration": {}}}"#,
            random(8) % 4,
            random(8) >> 8 & 255,
            random(8) >> 16 & 255,
            random(9) % 5000,
            random(9) >> 20 & 4095
        ),
        KINDS[(unit(10) * unit(10) * 8.0) as usize].to_owned(),
        format!(
            "https://example.com/{}/{}",
            KINDS[(random(11) % 8) as usize],
            random(12) % 100_000
        ),
        if random(13) % 10 < 7 { "t" } else { "f" }.to_owned(),
        match random(14) % 50 {
            0 => (random(14) >> 8 & 0xFFFF).to_string(),
            _ => NULL.to_owned(),
        },
        (random(15) % 6 * 100).to_string(),
        format!("{}", (random(1) >> 20 & 0xF_FFFF) as f64 / 1000.0),
    ]
}
