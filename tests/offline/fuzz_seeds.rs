//! What each fuzz target begins with: the vectors and what is in them, and a few texts by hand.

use pgark::codec;
use pgark::format::{ChunkHead, CompressionId, RecordHeader, RecordKind, Scan, ScanItem, scan};

use crate::fuzz_regressions::targets::{chunk, print, record, wire};
use crate::sample;
use crate::vector_list::{Vector, binary_table, number_table, vectors};

/// The seeds of all targets, by their names.
pub struct Seeds {
    vectors: Vec<Vector>,
    records: Vec<(RecordHeader, Vec<u8>)>,
}

impl Seeds {
    pub fn new() -> Self {
        let vectors = vectors();
        let records = vectors.iter().flat_map(|vector| records(&vector.bytes)).collect();
        Self { vectors, records }
    }

    pub fn of(&self, target: &str) -> Vec<Vec<u8>> {
        match target {
            "structures" | "archive" | "salvage" => self.vectors.iter().map(|vector| vector.bytes.clone()).collect(),
            "record" => self.metadata(|kind, cbor| {
                let at = record::KINDS.iter().position(|known| *known == kind)?;
                Some([&[at as u8], cbor].concat())
            }),
            "catalog" => self.metadata(|kind, cbor| {
                let wanted = kind == RecordKind::Catalog;
                wanted.then(|| [&[0, 0, 5], cbor].concat())
            }),
            "chunk" => self.chunks(),
            "column" => self.columns(),
            "splitter" => texts()
                .iter()
                .map(|(columns, text)| [&[*columns, 2, 1], text.as_bytes()].concat())
                .collect(),
            "binary_splitter" => streams()
                .iter()
                .map(|(columns, stream)| [&[0, *columns, 40, 2], &stream[..]].concat())
                .chain([vec![1, 2, 5, 1, 3, 1, b'a', 0xff, 0, 2, b'b', b'c', 1, b'd', 0]])
                .collect(),
            "round_trip" => {
                let texts = texts();
                let texts = texts
                    .iter()
                    .map(|(columns, text)| [&[*columns, 0, 1, 9], text.as_bytes()].concat());
                let streams = streams();
                let streams = (streams.iter())
                    .map(|(columns, stream)| [&[*columns, 1, 0, 200], &stream[codec::BINARY_HEAD.len()..]].concat());
                texts.chain(streams).collect()
            }
            "print" => values(),
            "array" => ARRAYS.iter().map(|text| [&[1, 1], text.as_bytes()].concat()).collect(),
            "connection" => connections(),
            "pattern" => PATTERNS
                .iter()
                .map(|text| [&[2], &b"t1"[..], text.as_bytes()].concat())
                .collect(),
            "wire" => sessions(),
            other => panic!("target {other} has no seeds"),
        }
    }

    fn metadata(&self, seed: impl Fn(RecordKind, &[u8]) -> Option<Vec<u8>>) -> Vec<Vec<u8>> {
        let metadata = self.records.iter().filter(|(header, _)| header.raw_bytes < 1 << 16);
        metadata
            .filter_map(|(header, payload)| seed(header.kind, &codec::decompress(payload, header.raw_bytes).ok()?))
            .collect()
    }

    fn chunk_records(&self) -> impl Iterator<Item = &(RecordHeader, Vec<u8>)> {
        self.records
            .iter()
            .filter(|(header, _)| header.kind == RecordKind::Chunk)
    }

    fn chunks(&self) -> Vec<Vec<u8>> {
        let as_it_is = |(header, payload): &(RecordHeader, Vec<u8>)| {
            let facts = [header.rows as u32, header.raw_bytes as u32]
                .map(u32::to_le_bytes)
                .concat();
            [&[0], &facts[..], payload].concat()
        };
        let made = [
            vec![1, 1, 0, 0, 1, 0, 0, 0, 2, 0, b'a', b'\n'],
            vec![1, 2, 0, 1, 1, 1, 0, 10, 0, 5, 0, 0, 0, 0, 1, b'x'],
        ];
        self.chunk_records().map(as_it_is).chain(made).collect()
    }

    /// The columns of the chunks that have a right head.
    fn columns(&self) -> Vec<Vec<u8>> {
        let mut seeds = Vec::new();
        for (header, payload) in self.chunk_records() {
            let Ok(head) = ChunkHead::decode(payload, header.rows, header.raw_bytes) else {
                continue;
            };
            let mut rest = &payload[ChunkHead::encoded_bytes(head.columns.len())..];
            for column in head.columns {
                let (stored, after) = rest.split_at(column.stored_bytes as usize);
                rest = after;
                let encoded = match column.compression {
                    CompressionId::None => stored.to_vec(),
                    CompressionId::Zstd => match codec::decompress(stored, column.encoded_bytes.min(1 << 16)) {
                        Ok(encoded) => encoded,
                        Err(_) => continue,
                    },
                };
                let known = chunk::BINARY.iter().position(|known| *known == column.encoding);
                let encoding = known.unwrap_or(chunk::BINARY.len()) as u8;
                let facts = [header.rows as u32, column.raw_bytes as u32]
                    .map(u32::to_le_bytes)
                    .concat();
                seeds.push([&[encoding, 0, 0, 9], &facts[..], &encoded].concat());
            }
        }
        seeds
    }
}

fn records(archive: &[u8]) -> Vec<(RecordHeader, Vec<u8>)> {
    Scan::new(archive, None)
        .filter_map(|item| match item {
            ScanItem::Record { offset, header } => {
                let payload = scan::payload(archive, offset, &header).to_vec();
                Some((header, payload))
            }
            _ => None,
        })
        .collect()
}

/// COPY data in text format, and how many columns it has.
fn texts() -> Vec<(u8, String)> {
    let texts = [
        (0, "\n\n"),
        (1, "\\N\nx\n\n\\\\.\n"),
        (1, "a\n\\.\n"),
        (3, "1\ta\\tb\t\\N\n2\t\t\n"),
        (2, "a\tb\nc\td\nbegun\t"),
        (2, "too\tmany\tvalues\n"),
    ];
    let long = (
        4,
        format!("{}\t\t1234567\t{}\n", "v".repeat(300), "w".repeat(40)).repeat(3),
    );
    texts
        .map(|(columns, text)| (columns, text.to_owned()))
        .into_iter()
        .chain([long])
        .collect()
}

/// COPY data in binary format, and how many columns it has.
fn streams() -> Vec<(u8, Vec<u8>)> {
    let some = |text: &str| Some(text.as_bytes().to_vec());
    let rows = vec![vec![some("1"), None], vec![some(""), some("abcdefgh")]];
    let mut streams = vec![
        (0, sample::binary(&[vec![], vec![]])),
        (2, sample::binary(&rows)),
        (1, sample::binary(&vec![vec![some("2024-01-01")]; 30])),
    ];
    for table in [binary_table(), number_table()] {
        streams.extend(
            table
                .chunks
                .into_iter()
                .take(2)
                .map(|chunk| (table.columns as u8, chunk)),
        );
    }
    streams
}

/// A value of each width of each scalar, and arrays, ranges and multiranges of one.
fn values() -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    for scalar in 0..print::SCALARS.len() as u8 {
        for width in [0, 1, 2, 4, 6, 8, 10, 12, 16, 24, 32] {
            let value = vec![1; width];
            let length = (width as u32).to_be_bytes();
            let one = 1u32.to_be_bytes();
            let array = [&one, &[0; 4], &one, &one, &one, &length, &value[..]].concat();
            let range = [&[2], &length[..], &value, &length, &value].concat();
            let multirange = [&one, &(range.len() as u32).to_be_bytes(), &range[..]].concat();
            values.extend([
                [&[0, scalar], &value[..]].concat(),
                [&[1, scalar], &array[..]].concat(),
                [&[2, scalar], &range[..]].concat(),
                [&[3, scalar], &multirange[..]].concat(),
            ]);
        }
    }
    // 12.34, NaN, and a number of two digits with a weight.
    let numerics = [
        [0, 2, 0, 0, 0, 0, 0, 2, 0, 12, 13, 72],
        [0, 0, 0, 0, 192, 0, 0, 0, 0, 0, 0, 0],
    ];
    values.extend(numerics.map(|value| [&[0, 8], &value[..]].concat()));
    // A word of a text search vector at a place.
    values.push([&[0, 33, 0, 0, 0, 1], &b"cat"[..], &[0, 0, 1, 0, 3]].concat());
    values
}

const ARRAYS: [&str; 9] = [
    "{}",
    "{a,b}",
    r#"{"a,b","c\"d","e\\f","",NULL,"NULL"}"#,
    r#"{=r/joe,"\"a b\"=U*/joe",SELECT*,INSERT}"#,
    "[-1:1]={1,2,3}",
    "{ a , \"b\" }",
    "{SELECT,UPDATE,o'x,E\\\\,x;y}",
    "{{a},{b}}",
    "[0:1",
];

fn connections() -> Vec<Vec<u8>> {
    let texts = [
        "shop",
        "host=db.example port=5433 dbname='my db' user=me password=p\\'w",
        "postgresql://me:p%40w@h1:5432,h2:5433/db?sslmode=verify-full&target_session_attrs=read-write",
        "postgres://%2Ftmp/db",
        "postgresql://[::1]:5432/db?connect_timeout=5&options=-c%20a%3Db",
        "hostaddr=127.0.0.1 sslmode=require channel_binding=require keepalives=1 keepalives_idle=5",
        "h1,h2,/tmp",
        "user=me = x",
    ];
    let files = [
        "",
        "# note\nh1:5432:db:me:one\n*:*:*:me:two\n",
        "\\:\\:1:*:a\\\\b:me:p\\:w\\\n*:*:*:*:x",
    ];
    let seed = |(way, text): (usize, &str)| {
        let length = (text.len() as u16).to_le_bytes();
        let file = files[way % files.len()];
        [&[way as u8], &length[..], text.as_bytes(), file.as_bytes()].concat()
    };
    let ways = (0..16).step_by(5);
    ways.flat_map(|way| texts.map(|text| (way, text))).map(seed).collect()
}

const PATTERNS: [&str; 12] = [
    "t*",
    "public.t?",
    "\"T 1\".\"a\"\"b\"",
    "db.public.t1",
    "(a|b){2}.x",
    "[a-z]+$",
    "f(integer, IN text)",
    "include table sales.*\n# note\nexclude table_data \"a\nb\"\n",
    "1 TABLE t1 ; chosen\nr1 TABLE DATA t1\n; none\n",
    "a=b",
    "\"a=\"\"b\"=\"c\"",
    "*.*",
];

/// What a server says: the action, whether messages are made of it, and the bytes.
fn sessions() -> Vec<Vec<u8>> {
    fn message(tag: u8, payload: &[u8]) -> Vec<u8> {
        [&[tag, payload.len() as u8], payload].concat()
    }
    let ready = message(b'Z', b"I");
    let error = message(b'E', b"SERROR\0VERROR\0C42601\0Mno\0P12\0\0");
    let fatal = message(b'E', b"SFATAL\0VFATAL\0C57P01\0Mgone\0\0");
    let columns = message(b'T', b"\0\x02a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0b\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");
    let row = message(b'D', b"\0\x02\0\0\0\x05{1,2}\xff\xff\xff\xff");
    let data = [message(b'd', b"1\ta\n"), message(b'd', b""), message(b'd', b"2\t\\N\n")].concat();
    let out = message(b'H', b"\0\0\x02\0\0\0\0");
    let into = message(b'G', b"\x01\0\x01\0\x01");
    let notices = [
        message(b'N', b"SNOTICE\0Mhello\0\0"),
        message(b'A', b"\0\0\0\x01x\0\0"),
        message(b'S', b"a\0b\0"),
    ]
    .concat();
    let bodies = [
        [
            message(b'C', b"SELECT 1\0"),
            ready.clone(),
            message(b'C', b"SELECT 1\0"),
            ready.clone(),
        ]
        .concat(),
        [columns, row.clone(), row, message(b'C', b"SELECT 2\0"), ready.clone()].concat(),
        [
            notices.clone(),
            out.clone(),
            data.clone(),
            message(b'c', b""),
            message(b'C', b"COPY 2\0"),
            ready.clone(),
        ]
        .concat(),
        [out, data, error.clone(), ready.clone()].concat(),
        [into.clone(), message(b'C', b"COPY 2\0"), ready.clone()].concat(),
        [into, error.clone(), ready.clone()].concat(),
        [notices, error, ready].concat(),
        fatal.clone(),
    ];
    let mut seeds = Vec::new();
    for action in 1..8 {
        seeds.extend(bodies.iter().map(|body| [&[action, 1], &body[..]].concat()));
    }
    // From the first byte on: each way to log in.
    let scram = message(b'R', b"\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
    let first = message(b'R', b"\0\0\0\x0br=nonce,s=c2FsdA==,i=4096");
    let last = message(b'R', b"\0\0\0\x0cv=dmVyaWZpZXI=");
    let md5 = message(b'R', b"\0\0\0\x05salt");
    let clear = message(b'R', b"\0\0\0\x03");
    let done = message(b'R', b"\0\0\0\0");
    let starts = [
        [scram, first, last].concat(),
        [md5, done.clone()].concat(),
        [clear, done].concat(),
        fatal,
    ];
    seeds.extend(starts.map(|start| [&[0, 1], &start[..]].concat()));
    seeds.push([&[0, 0], wire::WELCOME].concat());
    seeds
}
