//! Printed binary values equal a server's own text, byte by byte, on every major.
//!
//! Scalars and arrays come from random bytes, which are loaded with COPY BINARY; ranges, multiranges, domains and enums are
//! made of them by the server. Each column is then read in both formats.

mod generate;

use std::collections::HashMap;

use crate::support::Database;
use crate::support::session::Session;
use generate::{Random, SCALARS, Server, push_field};
use pgark::codec::print::{print, print_copy};
use pgark::model::ValueType;
use pgark::model::value_type::UserType;
use pgark::version::Version;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// A session as a dump has them, in a new database.
fn open(database: &Database) -> Session {
    let mut session = database.session();
    for setting in
        pgark::internals::live::open::session::settings(Version::first_of(database.major()), &Default::default())
    {
        session.execute(&setting);
    }
    session.execute("SET TimeZone = 'UTC'");
    session.execute("SET search_path = public");
    session
}

fn read(session: &mut Session, sql: &str) -> Vec<u8> {
    let mut data = Vec::new();
    let mut copy = session
        .wire()
        .copy_out(sql)
        .unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
    while let Some(piece) = copy.next().unwrap_or_else(|error| panic!("{error}\nin: {sql}")) {
        data.extend_from_slice(piece);
    }
    data
}

fn load(session: &mut Session, table: &str, values: impl Iterator<Item = Vec<Option<Vec<u8>>>>) {
    let mut data = SIGNATURE.to_vec();
    for row in values {
        data.extend((row.len() as i16).to_be_bytes());
        row.iter().for_each(|field| push_field(field.as_deref(), &mut data));
    }
    data.extend((-1_i16).to_be_bytes());
    let sql = format!("COPY {table} FROM STDIN (FORMAT binary)");
    let mut copy = session
        .wire()
        .copy_in(&sql)
        .unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
    let sent = copy.send(&data).and_then(|()| copy.finish());
    sent.unwrap_or_else(|error| panic!("{error}\nin: {sql}"));
}

/// The fields of a binary COPY of one column.
fn fields(data: &[u8]) -> Vec<Option<&[u8]>> {
    let mut rest = data.strip_prefix(SIGNATURE).expect("signature");
    let mut fields = Vec::new();
    loop {
        let (columns, after) = rest.split_first_chunk().expect("columns");
        if i16::from_be_bytes(*columns) == -1 {
            assert!(after.is_empty());
            return fields;
        }
        assert_eq!(*columns, [0, 1]);
        let (length, after) = after.split_first_chunk().expect("length");
        let length = i32::from_be_bytes(*length);
        let (field, after) = after.split_at(length.max(0) as usize);
        fields.push((length >= 0).then_some(field));
        rest = after;
    }
}

/// How many values of the query's only column there were; all of them print as the server prints them.
#[track_caller]
fn agrees(session: &mut Session, value_type: &ValueType, query: &str) -> usize {
    let text = read(session, &format!("COPY ({query}) TO STDOUT (FORMAT text)"));
    let binary = read(session, &format!("COPY ({query}) TO STDOUT (FORMAT binary)"));
    let fields = fields(&binary);
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(fields.len(), lines.len(), "{query}");
    let mut printed = Vec::new();
    for (field, line) in fields.iter().zip(lines) {
        printed.clear();
        match field {
            None => printed.extend_from_slice(b"\\N"),
            Some(field) => print_copy(value_type, field, &mut printed).unwrap_or_else(|error| {
                panic!(
                    "{value_type}: {error}\nbytes: {field:02x?}\ntext: {}",
                    line.escape_ascii()
                )
            }),
        }
        let is = printed.escape_ascii().to_string();
        let expected = line.strip_suffix(b"\n").expect("newline").escape_ascii().to_string();
        assert!(
            is == expected,
            "{value_type}\nprinted: {is}\nserver:  {expected}\nbytes: {field:02x?}"
        );
    }
    fields.len()
}

/// What `resolve` says of the column `v` of `table`.
fn column_type(session: &mut Session, table: &str) -> Option<ValueType> {
    let users = user_types(session);
    let sql = format!(
        "SELECT atttypid AS value FROM pg_catalog.pg_attribute WHERE attrelid = '{table}'::pg_catalog.regclass AND attname = 'v'"
    );
    ValueType::resolve(session.value(&sql).parse().expect("oid"), &users)
}

fn user_types(session: &mut Session) -> HashMap<u32, UserType> {
    let multiranges = session.query("SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = 'pg_catalog.pg_range'::pg_catalog.regclass AND attname = 'rngmultitypid'");
    let multirange = if multiranges.is_empty() {
        ""
    } else {
        "UNION ALL SELECT rngmultitypid, 'm', rngtypid FROM pg_catalog.pg_range"
    };
    let sql = format!(
        "SELECT oid, kind, base FROM (SELECT oid, typtype AS kind, typbasetype AS base FROM pg_catalog.pg_type WHERE typtype IN ('d', 'e')
         UNION ALL SELECT rngtypid, 'r', rngsubtype FROM pg_catalog.pg_range {multirange}) AS types WHERE oid >= 16384"
    );
    let rows = session.query(&sql);
    let of = |row: &pgark::internals::connect::Row| {
        let base = row.oid("base").expect("base");
        let user = match row.char("kind").expect("kind") {
            'e' => UserType::Enum,
            'd' => UserType::Domain(base),
            'r' => UserType::Range(base),
            _ => UserType::Multirange(base),
        };
        (row.oid("oid").expect("oid"), user)
    };
    rows.iter().map(of).collect()
}

/// Creates the table and says of what type its column is.
fn table(session: &mut Session, name: &str, definition: &str) -> ValueType {
    session.execute(&format!("CREATE TABLE {name} (n serial, v {definition})"));
    column_type(session, name).unwrap_or_else(|| panic!("{definition} is not decoded"))
}

fn generated(major: u32, rows: u64) {
    let database = Database::create(major, "values");
    let mut session = open(&database);
    let mut random = Random::new(u64::from(major));
    let server = Server { major };
    for &(name, oid, make) in SCALARS {
        let value_type = table(&mut session, name, &format!("pg_catalog.{name}"));
        let mut value = |_| vec![(!random.one_in(30)).then(|| make(&mut random, server))];
        load(&mut session, &format!("{name}(v)"), (0..rows).map(&mut value));
        assert_eq!(
            agrees(&mut session, &value_type, &format!("SELECT v FROM {name}")),
            rows as usize
        );

        let arrays = format!("{name}_arrays");
        let value_type = table(&mut session, &arrays, &format!("pg_catalog.{name}[]"));
        let mut array = |_| vec![Some(generate::array(&mut random, server, oid, make))];
        load(&mut session, &format!("{arrays}(v)"), (0..rows / 4).map(&mut array));
        agrees(&mut session, &value_type, &format!("SELECT v FROM {arrays}"));
    }
    made_by_the_server(&mut session, major);
}

/// Types that only the server can make values of: by their definition, and a query that gives them as `v`.
const MADE: &[(&str, &str)] = &[
    ("bpchar(12)", "SELECT left(v, 12) AS v FROM text WHERE v IS NOT NULL"),
    ("varchar", "SELECT v FROM text"),
    ("varchar[]", "SELECT v FROM text_arrays"),
    ("name", "SELECT left(v, 15)::name AS v FROM text"),
    ("name[]", "SELECT ARRAY[left(v, 15)::name, NULL] AS v FROM text"),
    ("refcursor", "SELECT v::refcursor AS v FROM text"),
    ("bit(9)", "SELECT v::bit(9) AS v FROM varbit"),
    ("bit(9)[]", "SELECT ARRAY[v::bit(9), NULL] AS v FROM varbit"),
    (
        "jsonpath",
        "SELECT format('$.a[*] ? (@ == %s).\"x\\\\y\"', to_json(n))::jsonpath AS v FROM int4",
    ),
    (
        "jsonpath[]",
        "SELECT ARRAY[format('strict $[%s to last]', n)::jsonpath, NULL] AS v FROM int4",
    ),
    ("int4range", "RANGE(int4range, int4, '[)')"),
    ("int8range", "RANGE(int8range, int8, '[)')"),
    ("numrange", "RANGE(numrange, numeric, '[]')"),
    ("tsrange", "RANGE(tsrange, timestamp, '(]')"),
    ("tstzrange", "RANGE(tstzrange, timestamptz, '()')"),
    ("daterange", "RANGE(daterange, date, '[)')"),
    ("of_floats", "RANGE(of_floats, float8, '[]')"),
    ("of_intervals", "RANGE(of_intervals, interval, '[)')"),
    ("of_networks", "RANGE(of_networks, inet, '[]')"),
    (
        "of_arrays",
        "SELECT of_arrays(least(a.v, b.v), greatest(a.v, b.v)) AS v FROM int4_arrays a JOIN int4_arrays b ON a.n = b.n - 1",
    ),
    (
        "of_ranges",
        "SELECT of_ranges(least(a.v, b.v), greatest(a.v, b.v)) AS v FROM made_tsrange a JOIN made_tsrange b ON a.n = b.n - 1",
    ),
    (
        "tsrange[]",
        "SELECT ARRAY[a.v, NULL, b.v] AS v FROM made_tsrange a JOIN made_tsrange b ON a.n = b.n - 1",
    ),
    (
        "numrange[]",
        "SELECT ARRAY[ARRAY[a.v], ARRAY[b.v]] AS v FROM made_numrange a JOIN made_numrange b ON a.n = b.n - 1",
    ),
    ("mood", "SELECT (enum_range(NULL::mood))[1 + n % 7] AS v FROM int4"),
    ("moody", "SELECT (enum_range(NULL::mood))[1 + n % 7] AS v FROM int4"),
    ("amounts", "SELECT v FROM numeric_arrays"),
    ("amount", "SELECT v FROM numeric"),
    ("lengthy", "SELECT v FROM text"),
    ("spans", "SELECT v FROM made_tsrange"),
];

/// As [`MADE`], from 14 on.
const MADE_14: &[(&str, &str)] = &[
    (
        "nummultirange",
        "SELECT nummultirange(a.v, b.v) AS v FROM made_numrange a JOIN made_numrange b ON a.n = b.n - 1",
    ),
    (
        "tsmultirange",
        "SELECT tsmultirange(a.v, b.v) AS v FROM made_tsrange a JOIN made_tsrange b ON a.n = b.n - 1",
    ),
    (
        "int4multirange",
        "SELECT int4multirange(a.v, b.v) AS v FROM made_int4range a JOIN made_int4range b ON a.n = b.n - 1",
    ),
    (
        "int8multirange",
        "SELECT int8multirange(a.v, b.v) AS v FROM made_int8range a JOIN made_int8range b ON a.n = b.n - 1",
    ),
    (
        "tstzmultirange",
        "SELECT tstzmultirange(a.v, b.v) AS v FROM made_tstzrange a JOIN made_tstzrange b ON a.n = b.n - 1",
    ),
    (
        "datemultirange",
        "SELECT datemultirange(a.v, b.v) AS v FROM made_daterange a JOIN made_daterange b ON a.n = b.n - 1",
    ),
    (
        "tsmultirange[]",
        "SELECT ARRAY[v, '{}', NULL] AS v FROM made_tsmultirange",
    ),
    (
        "of_arrays_multirange",
        "SELECT of_arrays_multirange(a.v, b.v) AS v FROM made_of_arrays a JOIN made_of_arrays b ON a.n = b.n - 1",
    ),
    (
        "over_multi",
        "SELECT over_multi(least(a.v, b.v), greatest(a.v, b.v)) AS v FROM made_tsmultirange a JOIN made_tsmultirange b ON a.n = b.n - 1",
    ),
];

const TYPES: &[&str] = &[
    "CREATE TYPE mood AS ENUM ('ok', '', 'not so well', 'NULL', E'tab\\tback\\\\slash', '\"{,}', 'jå')",
    "CREATE DOMAIN moody AS mood",
    "CREATE DOMAIN amounts AS numeric[]",
    "CREATE DOMAIN amount AS numeric",
    "CREATE DOMAIN text_of_any_length AS text",
    "CREATE DOMAIN lengthy AS text_of_any_length",
    "CREATE DOMAIN spans AS tsrange",
    "CREATE TYPE of_floats AS RANGE (subtype = float8)",
    "CREATE TYPE of_intervals AS RANGE (subtype = interval)",
    "CREATE TYPE of_networks AS RANGE (subtype = inet)",
    "CREATE TYPE of_arrays AS RANGE (subtype = int4[])",
    "CREATE TYPE of_ranges AS RANGE (subtype = tsrange)",
];

fn made_by_the_server(session: &mut Session, major: u32) {
    TYPES.iter().for_each(|sql| session.execute(sql));
    if major >= 14 {
        session.execute("CREATE TYPE over_multi AS RANGE (subtype = tsmultirange)");
    }
    let later = if major >= 14 { MADE_14 } else { &[] };
    for (definition, query) in MADE.iter().chain(later) {
        let name = format!("made_{}", definition.replace(['(', ')'], "").replace("[]", "_array"));
        let value_type = table(session, &name, definition);
        session.execute(&format!(
            "INSERT INTO {name} (v) SELECT v FROM ({}) AS made",
            in_full(query)
        ));
        assert!(
            agrees(session, &value_type, &format!("SELECT v FROM {name}")) >= 100,
            "{definition}"
        );
    }
}

/// `RANGE(type, subtype, bounds)` is a query for ranges of neighbouring values, some open, some empty.
fn in_full(query: &str) -> String {
    let Some(arguments) = query.strip_prefix("RANGE(").and_then(|rest| rest.strip_suffix(')')) else {
        return query.to_owned();
    };
    let [name, subtype, bounds] = arguments
        .splitn(3, ", ")
        .collect::<Vec<_>>()
        .try_into()
        .expect("arguments");
    format!(
        "SELECT CASE WHEN a.n % 13 = 0 THEN 'empty' ELSE {name}(least(a.v, b.v), \
         CASE WHEN a.n % 7 > 0 THEN greatest(a.v, b.v) END, {bounds}) END AS v \
         FROM {subtype} a LEFT JOIN {subtype} b ON b.n = a.n - a.n % 5"
    )
}

/// What the catalogs say of every type that is built in: no other type hides behind an oid, none is forgotten.
fn built_in(major: u32) {
    let database = Database::create(major, "built_in");
    let mut session = open(&database);
    let none = HashMap::new();
    let resolve = |oid| ValueType::resolve(oid, &none);
    let ranges: HashMap<u32, u32> = session
        .query("SELECT rngtypid, rngsubtype FROM pg_catalog.pg_range")
        .iter()
        .map(|row| (row.oid("rngtypid").expect("oid"), row.oid("rngsubtype").expect("oid")))
        .collect();
    let multiranges: HashMap<u32, u32> = if major < 14 {
        HashMap::new()
    } else {
        let rows = session.query("SELECT rngmultitypid, rngtypid FROM pg_catalog.pg_range");
        let pair = |row: &pgark::internals::connect::Row| {
            (
                row.oid("rngmultitypid").expect("oid"),
                row.oid("rngtypid").expect("oid"),
            )
        };
        rows.iter().map(pair).collect()
    };
    let types = session.query(
        "SELECT t.oid, t.typname, t.typtype, t.typelem, t.typdelim, t.typsend::text AS send, coalesce(e.typarray, 0) AS array_of_element
         FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem WHERE t.oid < 16384 AND t.typtype <> 'c'",
    );
    let mut scalars = 0;
    for row in types {
        let (oid, name) = (row.oid("oid").expect("oid"), row.string("typname").expect("name"));
        let element = row.oid("typelem").expect("element");
        let boxed = |of: Option<ValueType>| of.map(Box::new);
        let expected = if row.oid("array_of_element").expect("array") == oid {
            boxed(resolve(element)).map(ValueType::Array)
        } else if let Some(subtype) = ranges.get(&oid) {
            boxed(resolve(*subtype)).map(ValueType::Range)
        } else if let Some(range) = multiranges.get(&oid) {
            match resolve(*range) {
                Some(ValueType::Range(of)) => Some(ValueType::Multirange(of)),
                _ => None,
            }
        } else {
            scalars += usize::from(resolve(oid).is_some());
            if let Some(scalar) = resolve(oid) {
                let known = match scalar {
                    ValueType::Text => &["name", "text", "json", "bpchar", "varchar", "refcursor"][..],
                    ValueType::Oid => &["oid", "xid", "cid"],
                    ValueType::Bits => &["bit", "varbit"],
                    ValueType::Jsonb => &["jsonb", "jsonpath"],
                    _ => &[],
                };
                assert!(
                    known.contains(&name.as_str()) || known.is_empty() && scalar.to_string() == name,
                    "{oid} {name}"
                );
                let delimiter = if name == "box" { ';' } else { ',' };
                assert_eq!(row.char("typdelim").expect("delimiter"), delimiter, "{name}");
            }
            continue;
        };
        assert_eq!(resolve(oid), expected, "{oid} {name}");
    }
    assert_eq!(scalars, 43);
}

/// Values that are too large to make thousands of.
fn large(major: u32) {
    let database = Database::create(major, "large");
    let mut session = open(&database);
    for (definition, query) in [
        ("numeric", "SELECT ('-1e131071'::numeric + '1e-16383'::numeric) AS v"),
        ("numeric[]", "SELECT ARRAY['9e131071', '1e-16383']::numeric[] AS v"),
        ("text", "SELECT repeat(E'x\\\\\\n', 300000) AS v"),
        (
            "text[]",
            "SELECT ARRAY(SELECT E'\"\\\\' || i FROM generate_series(1, 100000) AS i) AS v",
        ),
        ("bytea", "SELECT decode(repeat('00ff', 300000), 'hex') AS v"),
        ("bit varying", "SELECT repeat('10', 300000)::bit varying AS v"),
        ("jsonb", "SELECT jsonb_agg(i) AS v FROM generate_series(1, 100000) AS i"),
        (
            "tsvector",
            "SELECT to_tsvector('simple', string_agg(i::text, ' ')) AS v FROM generate_series(1, 20000) AS i",
        ),
    ] {
        let name = definition.replace([' ', '[', ']'], "_");
        let value_type = table(&mut session, &name, definition);
        session.execute(&format!("INSERT INTO {name} (v) {query}"));
        assert_eq!(agrees(&mut session, &value_type, &format!("SELECT v FROM {name}")), 1);
    }
}

/// Bounds of text are quoted by the server's locale; those of other types never need one.
#[test]
fn ranges_of_text_are_not_decoded() {
    let database = Database::create(18, "text_ranges");
    let mut session = open(&database);
    session.execute("CREATE TYPE of_text AS RANGE (subtype = text)");
    session.execute("CREATE TABLE t (v of_text)");
    assert_eq!(column_type(&mut session, "t"), None);
}

/// The array's header and escapes go through the encoding of the server, the text through that of the client.
#[test]
fn text_in_the_servers_own_encoding() {
    for encoding in ["LATIN1", "EUC_JP", "SQL_ASCII"] {
        let database = Database::encoded(16, "encoded", encoding);
        let mut session = open(&database);
        session.execute(&format!("SET client_encoding = '{encoding}'"));
        session.execute("CREATE TABLE t (v text[])");
        session.execute(
            "INSERT INTO t SELECT ARRAY[convert_from(v, current_setting('server_encoding')), 'x y', NULL] \
             FROM (VALUES ('\\xa4a2a1f5'::bytea), ('\\xa4a15c20'), ('\\x5ca4a2')) AS bytes(v)",
        );
        let value_type = column_type(&mut session, "t").expect("decoded");
        assert_eq!(agrees(&mut session, &value_type, "SELECT v FROM t"), 3);
    }
}

/// `print` gives what COPY's escapes give back.
#[test]
fn without_the_escapes_of_copy_it_is_the_text_itself() {
    let database = Database::create(18, "unescaped");
    let mut session = open(&database);
    let mut random = Random::new(7);
    session.execute("CREATE TABLE t (n serial, v text[])");
    let mut array = |_| {
        vec![Some(generate::array(&mut random, Server { major: 18 }, 25, |r, _| {
            generate::text(r)
        }))]
    };
    load(&mut session, "t(v)", (0..500).map(&mut array));
    let rows = session.query("SELECT v::text AS value FROM t ORDER BY n");
    let binary = read(
        &mut session,
        "COPY (SELECT v FROM t ORDER BY n) TO STDOUT (FORMAT binary)",
    );
    let value_type = ValueType::Array(Box::new(ValueType::Text));
    for (row, field) in rows.iter().zip(fields(&binary)) {
        let mut printed = Vec::new();
        print(&value_type, field.expect("not NULL"), &mut printed).expect("valid");
        assert_eq!(String::from_utf8_lossy(&printed), row.text("value").expect("value"));
    }
    assert_eq!(rows.len(), 500);
}

macro_rules! on_every_major {
    ($($name:ident: $major:literal),*) => {$(
        #[test]
        fn $name() {
            built_in($major);
            generated($major, 2000);
            large($major);
        }
    )*};
}

on_every_major!(as_13_prints: 13, as_14_prints: 14, as_15_prints: 15, as_16_prints: 16, as_17_prints: 17, as_18_prints: 18);
