//! Texts that a server prints, and bytes that it cannot have sent.

use proptest::prelude::*;

use super::*;

/// Bytes of the hexadecimal digits in `text`.
fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

fn printed(value_type: &ValueType, value: &[u8]) -> Result<String, PrintError> {
    let mut out = b"before ".to_vec();
    let result = print(value_type, value, &mut out);
    let text = String::from_utf8(out).expect("UTF-8");
    let text = text.strip_prefix("before ").expect("appended").to_owned();
    assert!(result.is_ok() || text.is_empty(), "{text} after an error");
    result.map(|()| text)
}

#[track_caller]
fn check(value_type: &str, value: &str, expected: &str) {
    let value_type = value_type.parse().expect("type");
    assert_eq!(printed(&value_type, &bytes(value)).as_deref(), Ok(expected));
}

#[track_caller]
fn refused(value_type: &str, value: &str) -> String {
    let value_type: ValueType = value_type.parse().expect("type");
    printed(&value_type, &bytes(value)).expect_err("refused").to_string()
}

#[test]
fn floats_have_the_digits_and_the_exponents_of_a_server() {
    for (value, expected) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (123456789012345.0, "123456789012345"),
        (999999999999999.9, "999999999999999.9"),
        (1e15, "1e+15"),
        (1234567890123456.0, "1.234567890123456e+15"),
        (9007199254740993.0, "9.007199254740992e+15"),
        (1e23, "9.999999999999999e+22"),
        (5.0_f64 * 0.5_f64.powi(44), "2.8421709430404007e-13"),
        (0.5_f64.powi(44), "5.684341886080802e-14"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (f64::NAN, "NaN"),
        (-f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ] {
        assert_eq!(
            printed(&ValueType::Float8, &value.to_be_bytes()).as_deref(),
            Ok(expected)
        );
    }
    for (value, expected) in [
        (1e5_f32, "100000"),
        (999999.0, "999999"),
        (1e6, "1e+06"),
        (0.3, "0.3"),
        (33554432.0, "3.3554432e+07"),
        (8589934592.0, "8.589935e+09"),
        (1e-45, "1e-45"),
        (f32::MAX, "3.4028235e+38"),
        (-0.0, "-0"),
    ] {
        assert_eq!(
            printed(&ValueType::Float4, &value.to_be_bytes()).as_deref(),
            Ok(expected)
        );
    }
}

#[test]
fn numerics_of_every_shape() {
    check("numeric", "0000 0000 0000 0000", "0");
    check("numeric", "0000 0000 0000 0003", "0.000");
    check("numeric", "0002 0000 0000 0002 0001 1388", "1.50");
    check("numeric", "0001 0002 4000 0000 0001", "-100000000");
    check("numeric", "0001 fffe 0000 0009 04d2", "0.000012340");
    check("numeric", "0002 0000 0000 0001 0001 1388", "1.5");
    check("numeric", "0000 0000 c000 0000", "NaN");
    check("numeric", "0000 0014 d000 0020", "Infinity");
    check("numeric", "0000 0014 f000 0020", "-Infinity");
    assert!(refused("numeric", "0001 0000 0000 0000 2710").contains("9999"));
    assert!(refused("numeric", "0000 0000 1234 0000").contains("sign"));
    assert!(refused("numeric", "0001 0000 c000 0000 0001").contains("sign"));
    assert!(refused("numeric", "0000 0000 0000 4000").contains("too many digits"));
    assert!(refused("numeric", "0002 0000 0000 0000 0001").contains("ends early"));
    assert!(refused("numeric", "0000 0000 0000 0000 00").contains("after its end"));
    let largest = printed(&ValueType::Numeric, &bytes("0001 7fff 0000 3fff 270f")).expect("valid");
    assert_eq!(largest.len(), 131_072 + 1 + 16_383);
}

#[test]
fn dates_and_times() {
    check("date", "00000000", "2000-01-01");
    check("date", "80000000", "-infinity");
    check("date", "7fffffff", "infinity");
    check("date", "fff4dbf9", "0001-01-01");
    check("date", "fff4dbf8", "0001-12-31 BC");
    check("date", "ffda97a7", "4714-11-24 BC");
    check("date", "7fda970c", "5874897-12-31");
    check("time", "000000141dd76000", "24:00:00");
    check("time", "00000000000f4241", "00:00:01.000001");
    check("timetz", "0000000000000000 00000000", "00:00:00+00");
    check("timetz", "0000000000000000 ffffb9b0", "00:00:00+05");
    check("timetz", "0000000000000000 00003f48", "00:00:00-04:30");
    check("timetz", "0000000000000000 ffffb9af", "00:00:00+05:00:01");
    check("timestamp", "8000000000000000", "-infinity");
    check("timestamp", "fffffffffffe7960", "1999-12-31 23:59:59.9");
    check("timestamptz", "0000000000000000", "2000-01-01 00:00:00+00");
    check("timestamptz", "fd0fe01e556f5200", "4710-05-11 11:37:03.875584+00 BC");
    assert!(refused("date", "ffda97a6").contains("out of range"));
    assert!(refused("date", "7fda970d").contains("out of range"));
    assert!(refused("date", "00").contains("1 bytes"));
    assert!(refused("time", "000000141dd76001").contains("out of range"));
    assert!(refused("time", "ffffffffffffffff").contains("out of range"));
    assert!(refused("timetz", "0000000000000000 0000e100").contains("out of range"));
    assert!(refused("timetz", "0000000000000000 80000000").contains("out of range"));
    assert!(refused("timestamp", "7fffffffffffffff 00").contains("9 bytes"));
    assert!(refused("timestamptz", "7ffffffffffffffe").contains("out of range"));
}

#[test]
fn intervals_of_mixed_signs() {
    check("interval", "0000000000000000 00000000 00000000", "00:00:00");
    check(
        "interval",
        "fffffffc93699120 00000003 0000000a",
        "10 mons 3 days -04:05:06.7",
    );
    check(
        "interval",
        "fffffffc93699120 00000003 fffffff2",
        "-1 years -2 mons +3 days -04:05:06.7",
    );
    check(
        "interval",
        "0000000000000001 ffffffff 00000001",
        "1 mon -1 days +00:00:00.000001",
    );
    check("interval", "0000000000000000 00000001 0000000c", "1 year 1 day");
    check(
        "interval",
        "8000000000000000 00000000 00000000",
        "-2562047788:00:54.775808",
    );
    check("interval", "7fffffffffffffff 7fffffff 7fffffff", "infinity");
    check("interval", "8000000000000000 80000000 80000000", "-infinity");
}

#[test]
fn addresses_are_shortened_as_a_server_does() {
    check("inet", "02 20 00 04 7f000001", "127.0.0.1");
    check("inet", "02 00 00 04 00000000", "0.0.0.0/0");
    check("cidr", "02 20 01 04 7f000001", "127.0.0.1/32");
    for (address, expected) in [
        ("0000 0000 0000 0000 0000 0000 0000 0000", "::"),
        ("0000 0000 0000 0000 0000 0000 0000 0001", "::1"),
        ("0000 0000 0000 0000 0000 0000 0000 0002", "::2"),
        ("0000 0000 0000 0000 0000 0000 0102 0304", "::1.2.3.4"),
        ("0000 0000 0000 0000 0000 ffff 0102 0304", "::ffff:1.2.3.4"),
        ("0000 0000 0000 0000 0000 fffe 0102 0304", "::fffe:102:304"),
        ("2001 0db8 0000 0000 0001 0000 0000 0001", "2001:db8::1:0:0:1"),
        ("2001 0000 0db8 0000 0001 0000 0a00 0000", "2001:0:db8:0:1:0:a00:0"),
        ("fe80 0000 0000 0000 0000 0000 0000 0000", "fe80::"),
    ] {
        check("inet", &format!("03 80 00 10 {address}"), expected);
        check("cidr", &format!("03 80 01 10 {address}"), &format!("{expected}/128"));
    }
    check("macaddr", "08002b010203", "08:00:2b:01:02:03");
    check("macaddr8", "08002bff fe010203", "08:00:2b:ff:fe:01:02:03");
    assert!(refused("inet", "02 21 00 04 7f000001").contains("netmask"));
    assert!(refused("inet", "04 20 00 04 7f000001").contains("family"));
    assert!(refused("inet", "03 20 00 04 7f000001").contains("family"));
    assert!(refused("inet", "02 20 00 04 7f0000").contains("ends early"));
}

#[test]
fn scalars_of_other_kinds() {
    check("bool", "01", "t");
    check("int2", "8000", "-32768");
    check("int8", "8000000000000000", "-9223372036854775808");
    check("oid", "ffffffff", "4294967295");
    check("xid8", "ffffffffffffffff", "18446744073709551615");
    check("pg_lsn", "0000000000000000", "0/0");
    check("pg_lsn", "0000001601b374d8", "16/1B374D8");
    check("tid", "0000000a 0003", "(10,3)");
    check("bytea", "00ff", "\\x00ff");
    check("bits", "00000003 bf", "101");
    check("bits", "00000000", "");
    check("jsonb", "01 7b7d", "{}");
    check(
        "uuid",
        "a0eebc999c0b4ef8bb6d6bb9bd380a11",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    );
    check("tsvector", "00000001 61275c00 0003 0001 4002 c003", "'a''\\\\':1,2C,3A");
    check("path", "00 00000001 3ff0000000000000 4000000000000000", "[(1,2)]");
    assert!(refused("bool", "02").contains("neither"));
    assert!(refused("jsonb", "02 7b7d").contains("version"));
    assert!(refused("jsonb", "").contains("ends early"));
    assert!(refused("bits", "7fffffff ff").contains("ends early"));
    assert!(refused("bits", "ffffffff").contains("negative"));
    assert!(refused("polygon", "0fffffff 00").contains("ends early"));
    assert!(refused("tsvector", "7fffffff 6100").contains("ends early"));
}

#[test]
fn arrays_and_their_quotes() {
    let header = |dimensions: &str| format!("{dimensions} 00000001 00000019");
    check("array int4", &header("00000000"), "{}");
    check("array int4", &format!("{} 00000000 00000001", header("00000001")), "{}");
    let shape = format!("{} 00000002 00000000 00000001 00000001", header("00000002"));
    check(
        "array int4",
        &format!("{shape} 00000004 00000007 ffffffff"),
        "[0:1][1:1]={{7},{NULL}}",
    );
    let three = format!("{} 00000003 00000001", header("00000001"));
    check(
        "array text",
        &format!("{three} 00000000 00000004 4e754c6c 00000001 22"),
        r#"{"","NuLl","\""}"#,
    );
    check(
        "array text",
        &format!("{three} 00000001 61 00000001 0b 00000001 7f"),
        "{a,\"\u{b}\",\u{7f}}",
    );
    check(
        "array bytea",
        &format!("{three} 00000000 ffffffff 00000001 0a"),
        r#"{"\\x",NULL,"\\x0a"}"#,
    );
    let box_ = "00000020 3ff0000000000000 3ff0000000000000 0000000000000000 0000000000000000";
    check(
        "array box",
        &format!("{three} {box_} {box_} {box_}"),
        "{(1,1),(0,0);(1,1),(0,0);(1,1),(0,0)}",
    );
    assert!(refused("array int4", &format!("{} 7fffffff 00000001", header("00000001"))).contains("impossible"));
    assert!(refused("array int4", &format!("{} 7ffffffe 00000001", header("00000001"))).contains("fewer"));
    assert!(refused("array int4", &header("00000007")).contains("impossible"));
    assert!(refused("array int4", &header("80000000")).contains("impossible"));
    assert!(refused("array int4", &format!("{} 80000000 00000001", header("00000001"))).contains("impossible"));
    let many = "00010000 00000001".repeat(6);
    assert!(refused("array int4", &format!("{} {many} 00000000", header("00000006"))).contains("fewer"));
    assert!(refused("array int4", &format!("{three} ffffffff ffffffff fffffffe")).contains("negative"));
    assert!(refused("array int4", &format!("{three} ffffffff ffffffff 00000001 00")).contains("int4"));
}

#[test]
fn ranges_and_multiranges() {
    check("range int4", "01", "empty");
    check("range int4", "18", "(,)");
    check("range int4", "02 00000004 00000001 00000004 00000005", "[1,5)");
    check(
        "range timestamp",
        "10 00000008 0000000000000000",
        "(\"2000-01-01 00:00:00\",)",
    );
    check("range text", "06 00000000 00000003 225c61", r#"["","""\\a"]"#);
    check("multirange int4", "00000000", "{}");
    check(
        "multirange int4",
        "00000002 00000001 01 00000009 08 00000004 00000005",
        "{empty,(,5)}",
    );
    assert!(refused("range int4", "20").contains("flags"));
    assert!(refused("range int4", "02 ffffffff").contains("NULL"));
    assert!(refused("range int4", "01 00").contains("after its end"));
    assert!(refused("multirange int4", "7fffffff").contains("ends early"));
}

#[test]
fn backslashes_and_control_characters_are_escaped_for_copy() {
    let copied = |value_type: &str, value: &str| {
        let mut out = Vec::new();
        let value_type = value_type.parse().expect("type");
        print_copy(&value_type, &bytes(value), &mut out).expect("valid");
        String::from_utf8(out).expect("UTF-8")
    };
    assert_eq!(
        copied("text", "07 08 09 0a 0b 0c 0d 0e 5c 7f 61"),
        "\u{7}\\b\\t\\n\\v\\f\\r\u{e}\\\\\u{7f}a"
    );
    assert_eq!(copied("bytea", "5c"), "\\\\x5c");
    assert_eq!(copied("jsonb", "01 225c6e22"), "\"\\\\n\"");
    let array = "00000001 00000000 00000019 00000001 00000001 00000001";
    assert_eq!(copied("array text", &format!("{array} 5c")), r#"{"\\\\"}"#);
    assert_eq!(copied("array bytea", &format!("{array} 5c")), r#"{"\\\\x5c"}"#);
    let range = "00000001 00000000 00000019 00000001 00000001 0000000d 10 00000008 0000000000000000";
    assert_eq!(
        copied("array range timestamp", range),
        r#"{"(\\"2000-01-01 00:00:00\\",)"}"#
    );
}

/// Escapes of escapes double at every level, but there are few levels.
#[test]
fn nested_types_stay_small() {
    let mut value = vec![b'\\'; 100];
    for _ in 0..5 {
        let mut outer = bytes("00000001 00000000 00000019 00000001 00000001");
        outer.extend((value.len() as i32).to_be_bytes());
        outer.extend(value);
        value = outer;
    }
    let nested = "array array array array array text".parse().expect("type");
    let text = printed(&nested, &value).expect("valid");
    assert!(text.len() < 2_usize.pow(5) * 200, "{}", text.len());
}

fn any_type() -> impl Strategy<Value = ValueType> {
    let names = [
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
    let containers = [
        "",
        "array ",
        "range ",
        "multirange ",
        "array range ",
        "array multirange range ",
    ];
    let scalar = proptest::sample::select(names.to_vec());
    (proptest::sample::select(containers.to_vec()), scalar)
        .prop_map(|(container, scalar)| format!("{container}{scalar}").parse().expect("type"))
}

/// Bytes with many small numbers, which now and then are lengths and counts that fit.
fn any_value() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => Just(0_u8), 2 => 0..20_u8, 2 => any::<u8>(), 1 => Just(0xff)];
    proptest::collection::vec(byte, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_bytes_are_printed_or_refused(value_type in any_type(), value in any_value()) {
        let mut out = b"x".to_vec();
        let result = print(&value_type, &value, &mut out);
        let mut copied = b"x".to_vec();
        prop_assert_eq!(print_copy(&value_type, &value, &mut copied), result);
        if result.is_err() {
            prop_assert_eq!((&out[..], &copied[..]), (&b"x"[..], &b"x"[..]));
        } else {
            let mut escaped = Vec::new();
            escape::push_escaped(&out, &mut escaped);
            prop_assert_eq!(copied, escaped);
        }
    }

    /// The shortest decimal reads back, even if the choice between halfway decimals was made again.
    #[test]
    fn floats_read_back(bits in any::<u64>(), fives in 0..24_u32, twos in 0..90) {
        let halfway = (5_u64.pow(fives) as f64) * 2_f64.powi(twos - 10) * (1 + bits % 64) as f64;
        for value in [f64::from_bits(bits), halfway, halfway.next_up(), halfway.next_down()] {
            let text = printed(&ValueType::Float8, &value.to_be_bytes()).expect("valid");
            let back: f64 = text.parse().expect("number");
            prop_assert!(back.to_bits() == value.to_bits() || value.is_nan() && back.is_nan(), "{}", text);
            let narrow = value as f32;
            let text = printed(&ValueType::Float4, &narrow.to_be_bytes()).expect("valid");
            let back: f32 = text.parse().expect("number");
            prop_assert!(back.to_bits() == narrow.to_bits() || narrow.is_nan() && back.is_nan(), "{}", text);
        }
    }
}
