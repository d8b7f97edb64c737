//! Every encoding against values of every kind, extremes and bytes that nobody encoded.

use proptest::collection::vec;
use proptest::prelude::*;

use super::choose::{self, Way};
use super::fields::Column;
use super::output::Output;
use super::{Space, check_fields, decode, encode};
use crate::codec::{Compression, decompress};
use crate::format::limits::MAX_ENCODED_COLUMN_RAW_BYTES;
use crate::format::{CompressionId, Encoding};

const WAYS: [Way; 12] = [
    Way::Plain,
    Way::Planes,
    Way::Dictionary,
    Way::Integers { differences: false },
    Way::Integers { differences: true },
    Way::Decimals { differences: false },
    Way::Decimals { differences: true },
    Way::Digits { differences: false },
    Way::Digits { differences: true },
    Way::Floats { differences: false },
    Way::Floats { differences: true },
    Way::Terminated,
];

const ENCODINGS: [Encoding; 11] = [
    Encoding::DelimitedText,
    Encoding::Fields,
    Encoding::Constant,
    Encoding::Plain,
    Encoding::Integers,
    Encoding::Planes,
    Encoding::Decimals,
    Encoding::Dictionary,
    Encoding::Digits,
    Encoding::Floats,
    Encoding::Terminated,
];

fn fields<V: AsRef<[u8]>>(values: impl IntoIterator<Item = Option<V>>) -> Vec<u8> {
    let mut fields = Vec::new();
    for value in values {
        match value {
            None => fields.extend_from_slice(&super::fields::NULL),
            Some(value) => {
                fields.extend_from_slice(&(value.as_ref().len() as u32).to_be_bytes());
                fields.extend_from_slice(value.as_ref());
            }
        }
    }
    fields
}

/// A value as `numeric_send` writes it.
fn numeric(digits: &[u16], weight: i16, sign: u16, scale: u16) -> Vec<u8> {
    let head = [digits.len() as u16, weight as u16, sign, scale];
    head.iter().chain(digits).flat_map(|word| word.to_be_bytes()).collect()
}

/// The encoded bytes give the fields, and nothing for any other shape.
#[track_caller]
fn assert_decodes(encoding: Encoding, encoded: &[u8], rows: usize, fields: &[u8]) {
    let others = assert_gives(encoding, encoded, rows, fields);
    assert!(others.is_empty(), "{encoding:?} also reads as {others:?}");
}

/// The encoded bytes give the fields. Returns the neighbouring shapes (rows, bytes of fields) for which they read too.
///
/// The shape of a column stands in the manifest and not in its bytes, so chance may make them another column for other
/// rows: a byte more for the bitmap shifts all that follows. What reads for another shape still has that shape.
#[track_caller]
fn assert_gives(encoding: Encoding, encoded: &[u8], rows: usize, fields: &[u8]) -> Vec<(usize, usize)> {
    let mut out = b"something before".to_vec();
    assert_eq!(
        decode(encoding, encoded, rows as u64, fields.len() as u64, &mut out),
        Ok(()),
        "{encoding:?}"
    );
    assert!(out == fields, "{encoding:?} gives other bytes");
    let mut others = vec![
        (rows + 1, fields.len()),
        (rows, fields.len() + 1),
        (rows, fields.len().wrapping_sub(1)),
    ];
    others.retain(|&(rows, raw_bytes)| {
        let reads = decode(encoding, encoded, rows as u64, raw_bytes as u64, &mut out).is_ok();
        if reads {
            check_fields(&out, rows as u64, raw_bytes as u64).unwrap();
        }
        reads
    });
    others
}

/// Round-trips the values by the chosen way and by every way that takes them; returns these ways.
#[track_caller]
fn round_trip<V: AsRef<[u8]>>(values: &[Option<V>]) -> Vec<Way> {
    let (ways, others) = every_way(values);
    assert!(others.is_empty(), "also reads as {others:?}");
    ways
}

/// As [`round_trip`], and the other shapes for which the bytes of a way read too.
#[track_caller]
fn every_way<V: AsRef<[u8]>>(values: &[Option<V>]) -> (Vec<Way>, Vec<(usize, usize)>) {
    let fields = fields(values.iter().map(Option::as_ref));
    let rows = values.len();
    let mut space = Space::default();
    let encoded = encode(&fields, rows, None, &mut space).unwrap();
    let mut others = assert_gives(encoded.encoding, encoded.bytes(), rows, &fields);
    let chosen = encoded.chosen;
    let again = encode(&fields, rows, chosen, &mut space).unwrap();
    others.extend(assert_gives(again.encoding, again.bytes(), rows, &fields));
    let column = Column::read(&fields, rows).unwrap();
    let (mut scratch, mut out) = (Vec::new(), Output::default());
    let fits = |way: &Way| {
        let fits = choose::encode_as(*way, &column, &mut scratch, &mut out).is_some();
        if fits {
            others.extend(assert_gives(way.encoding(), &out.bytes, rows, &fields));
        }
        fits
    };
    (WAYS.into_iter().filter(fits).collect(), others)
}

fn all<V>(values: impl IntoIterator<Item = V>) -> Vec<Option<V>> {
    values.into_iter().map(Some).collect()
}

fn encodings(ways: &[Way]) -> Vec<Encoding> {
    let mut found: Vec<Encoding> = ways.iter().map(|way| way.encoding()).collect();
    found.dedup();
    found
}

#[test]
fn integers_wrap_around_without_loss() {
    let extremes = [
        i64::MIN,
        i64::MAX,
        0,
        -1,
        1,
        i64::MIN,
        i64::MIN + 1,
        i64::MAX - 1,
        i64::MAX,
    ];
    let ways = round_trip(&all(extremes.map(i64::to_be_bytes)));
    assert!(ways.contains(&Way::Integers { differences: true }));
    for ends in [[i64::MIN, i64::MAX], [i64::MAX, i64::MIN], [i64::MIN, i64::MIN]] {
        round_trip(&all(ends.map(i64::to_be_bytes)));
    }
    round_trip(&all([i32::MIN, i32::MAX, -1, i32::MIN].map(i32::to_be_bytes)));
    round_trip(&all([i16::MIN, i16::MAX, 0].map(i16::to_be_bytes)));
    round_trip(&all((0..=255_u8).map(|byte| [byte])));
}

#[test]
fn regular_numbers_take_no_room() {
    let mut space = Space::default();
    let sequence = fields((0..5000_i64).map(|n| Some((n * 86_400_000_000 - 3).to_be_bytes())));
    let encoded = encode(&sequence, 5000, None, &mut space).unwrap();
    assert_eq!(encoded.encoding, Encoding::Integers);
    assert!(encoded.bytes().len() < 40);
    assert_decodes(encoded.encoding, encoded.bytes(), 5000, &sequence);
    let names = fields((1..=5000).map(|n| Some(format!("Customer#{n:09}"))));
    let encoded = encode(&names, 5000, None, &mut space).unwrap();
    assert_eq!(encoded.encoding, Encoding::Digits);
    assert!(encoded.bytes().len() < 70);
}

#[test]
fn floats_are_kept_bit_by_bit() {
    let floats = [
        0.0,
        -0.0,
        1.5,
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE / 3.0,
        f64::MAX,
    ];
    round_trip(&all(floats.map(f64::to_be_bytes)));
    round_trip(&all(floats.map(|float| (float as f32).to_be_bytes())));
}

#[test]
fn numerics_of_every_shape_come_back() {
    let special = [0xC000, 0xD000, 0xF000].map(|sign| numeric(&[], 0, sign, 0));
    // 0, 0.00, 12.34, -0.0001, 10000, 1e20, 1e-8, 1e131071, the least and the most of 64 bits, one digit more.
    let numbers = vec![
        numeric(&[], 0, 0, 0),
        numeric(&[], 0, 0, 2),
        numeric(&[12, 3400], 0, 0, 2),
        numeric(&[1], -1, 0x4000, 4),
        numeric(&[1], 1, 0, 0),
        numeric(&[1], 5, 0, 0),
        numeric(&[1], -2, 0, 8),
        numeric(&[922, 3372, 368, 5477, 5807], 4, 0, 0),
        numeric(&[922, 3372, 368, 5477, 5808], 4, 0x4000, 0),
        numeric(&[9, 2233, 7203, 6854, 7758, 700], 3, 0, 7),
        numeric(&[9, 2233, 7203, 6854, 7758, 800], 3, 0, 7),
        numeric(&[9999, 9999, 9999, 9999], 3, 0, 0),
        numeric(&[9999, 9999, 9999, 9999], -1, 0x4000, 16),
        numeric(&[9999, 9999, 9999, 9990], 0, 0x4000, 15),
    ];
    let decimals = Way::Decimals { differences: false };
    let many: Vec<_> = numbers.iter().cycle().take(1000).cloned().map(Some).collect();
    assert!(
        !round_trip(&many).contains(&decimals),
        "one in seven has no mantissa of 64 bits"
    );
    for number in &numbers {
        round_trip(&[Some(number)]);
    }
    let mut mostly: Vec<Option<Vec<u8>>> = all((0..2000).map(|n| numeric(&[n % 7 + 1, 2500], 0, 0, 2)));
    assert!(round_trip(&mostly).contains(&decimals));
    let odd = [
        vec![],
        b"1234567".to_vec(),
        numeric(&[1, 0], 0, 0, 4),
        numeric(&[0, 1], 0, 0, 4),
        numeric(&[10000], 0, 0, 0),
    ];
    let odd = odd.into_iter().chain([
        numeric(&[1], 32_000, 0, 0),
        numeric(&[1], 0, 0, 17),
        numeric(&[12, 3456], 0, 0, 2),
        numeric(&[], 1, 0, 0),
        numeric(&[], 0, 0x4000, 0),
        numeric(&[1, 2, 3, 4, 5, 6, 7], 2, 0, 16),
    ]);
    for (at, value) in special.into_iter().chain(odd).enumerate() {
        mostly[at * 150] = Some(value);
    }
    mostly.insert(77, None);
    assert!(
        round_trip(&mostly).contains(&decimals),
        "a few others are no reason to give up"
    );
}

#[test]
fn columns_of_few_rows_or_none_or_only_nulls() {
    let mut space = Space::default();
    let encoded = encode(&[], 0, None, &mut space).unwrap();
    assert_eq!((encoded.encoding, encoded.bytes()), (Encoding::Fields, &[][..]));
    assert_eq!(decode(encoded.encoding, encoded.bytes(), 0, 0, &mut Vec::new()), Ok(()));
    for rows in [1, 2, 8, 9, 5000] {
        round_trip(&vec![None::<Vec<u8>>; rows]);
        round_trip(&vec![Some(b""); rows]);
        round_trip(&vec![Some(b"the same in every row"); rows]);
    }
    let nulls = fields(vec![None::<Vec<u8>>; 5000]);
    let encoded = encode(&nulls, 5000, None, &mut space).unwrap();
    assert_eq!((encoded.encoding, encoded.bytes().len()), (Encoding::Constant, 4));
    assert_eq!(encoded.chosen, None, "the next chunk may hold values");
}

#[test]
fn what_was_chosen_gives_way_to_a_chunk_that_it_does_not_fit() {
    let mut space = Space::default();
    let few = fields((0..4000).map(|n| Some(["click", "view", "purchase"][n * n % 7 % 3])));
    let first = encode(&few, 4000, None, &mut space).unwrap();
    assert_eq!(first.encoding, Encoding::Dictionary);
    let chosen = first.chosen;
    let other = fields((0..4000_u64).map(|n| Some(format!("{}", n * n * 7919))));
    let second = encode(&other, 4000, chosen, &mut space).unwrap();
    assert_eq!(second.encoding, Encoding::Plain);
    assert_decodes(second.encoding, second.bytes(), 4000, &other);
}

#[test]
fn noise_is_not_compressed() {
    let mut state = 1_u64;
    let mut noise = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) ^ (state << 32)
    };
    let uuids = fields((0..20_000).map(&mut noise).map(|n| {
        Some(
            u128::from(n)
                .wrapping_mul(0x1234_5678_9ABC_DEF0_1357_9BDF_0246_8ACF)
                .to_be_bytes(),
        )
    }));
    let mut space = Space::default();
    let encoded = encode(&uuids, 20_000, None, &mut space).unwrap();
    assert!(encoded.bytes().len() <= 16 * 20_000 + 20);
    let keys = fields((0..20_000).map(&mut noise).map(|n| Some(n.to_be_bytes())));
    let encoded = encode(&keys, 20_000, None, &mut space).unwrap();
    assert_eq!((encoded.encoding, encoded.compress), (Encoding::Integers, false));
    let chosen = encoded.chosen;
    let regular = fields((0..20_000_u64).map(|n| Some((n * n).to_be_bytes())));
    let encoded = encode(&regular, 20_000, chosen, &mut space).unwrap();
    assert!(encoded.compress, "what became regular is compressed again");
}

#[test]
fn parts_are_compressed_by_themselves_and_read_as_one() {
    let values = fields((0..30_000_u64).map(|n| Some((n * n % 1_000_003).to_be_bytes())));
    let mut space = Space::default();
    let encoded = encode(&values, 30_000, None, &mut space).unwrap();
    let mut stored = Vec::new();
    assert_eq!(
        encoded.store(Compression::Zstd(1), &mut stored),
        Ok(CompressionId::Zstd)
    );
    assert!(
        memchr::memmem::find_iter(&stored, b"\x28\xb5\x2f\xfd").count() > 1,
        "several frames"
    );
    assert_eq!(
        decompress(&stored, encoded.bytes().len() as u64).unwrap(),
        encoded.bytes()
    );
    assert!(decompress(&stored, encoded.bytes().len() as u64 - 1).is_err());
    stored.clear();
    assert_eq!(encoded.store(Compression::None, &mut stored), Ok(CompressionId::None));
    assert_eq!(stored, encoded.bytes());
}

#[test]
fn short_decimal_floats_come_back_with_the_odd_ones_among_them() {
    let mut prices: Vec<Option<Vec<u8>>> =
        all((0..3000).map(|n| f64::to_be_bytes(f64::from(n * 37 % 999) / 100.0).to_vec()));
    for (at, odd) in [
        -0.0,
        f64::NAN,
        f64::INFINITY,
        0.1 + 0.2,
        1e300,
        -1e-300,
        9_007_199_254_740_993.0,
    ]
    .into_iter()
    .enumerate()
    {
        prices[at * 400 + 3] = Some(odd.to_be_bytes().to_vec());
    }
    prices[1500] = None;
    assert!(encodings(&round_trip(&prices)).contains(&Encoding::Floats));
    let singles = all((0..3000).map(|n| (n as f32 / 10.0).to_be_bytes()));
    assert!(encodings(&round_trip(&singles)).contains(&Encoding::Floats));
}

#[test]
fn fields_that_are_none_are_refused() {
    for (bytes, rows) in [
        (&b"\0\0\0"[..], 1),
        (b"\0\0\0\x01", 1),
        (b"\xFF\xFF\xFF\xFE", 1),
        (b"\0\0\0\0", 0),
        (b"\0\0\0\0\0", 1),
        (b"", 1),
    ] {
        assert!(encode(bytes, rows, None, &mut Space::default()).is_err(), "{bytes:?}");
        assert!(
            check_fields(bytes, rows as u64, bytes.len() as u64).is_err(),
            "{bytes:?}"
        );
    }
    assert!(check_fields(b"", u64::MAX, 0).is_err());
}

#[test]
fn large_columns_are_left_as_they_are() {
    let limit = MAX_ENCODED_COLUMN_RAW_BYTES;
    for encoding in ENCODINGS {
        assert!(decode(encoding, &[0; 30], 1 << 20, limit + 1, &mut Vec::new()).is_err());
        assert!(decode(encoding, &[0; 30], u64::MAX, u64::MAX, &mut Vec::new()).is_err());
    }
    let large = vec![0xFF; limit as usize + 4];
    let mut space = Space::default();
    let encoded = encode(&large, large.len() / 4, None, &mut space).unwrap();
    assert_eq!(encoded.encoding, Encoding::Fields);
    assert_eq!(encoded.bytes().as_ptr(), large.as_ptr());
}

fn nullable(value: BoxedStrategy<Vec<u8>>) -> BoxedStrategy<Vec<Option<Vec<u8>>>> {
    let sizes = 0..60_usize;
    prop_oneof![
        vec(value.clone().prop_map(Some), sizes.clone()),
        vec(proptest::option::of(value.clone()), sizes),
        vec(value.prop_map(Some), 1000..2200),
    ]
    .boxed()
}

fn any_numeric() -> BoxedStrategy<Vec<u8>> {
    let odd = (
        vec(0..10_000_u16, 0..7),
        -6..6_i16,
        prop_oneof![Just(0), Just(0x4000), any::<u16>()],
        0..20_u16,
    );
    prop_oneof![
        odd.prop_map(|(digits, weight, sign, scale)| numeric(&digits, weight, sign, scale)),
        (1..10_000_u16, 0..100_u16, any::<bool>()).prop_map(|(whole, cents, minus)| numeric(
            &[whole, cents * 100 + 100],
            0,
            u16::from(minus) << 14,
            2
        )),
    ]
    .boxed()
}

fn any_column() -> BoxedStrategy<Vec<Option<Vec<u8>>>> {
    let width = prop_oneof![Just(1_usize), Just(2), Just(4), Just(8), Just(16), 1..70_usize];
    let kinds = prop_oneof![
        Just(vec(any::<u8>(), 0..40).boxed()),
        width.prop_map(|width| vec(any::<u8>(), width).boxed()),
        Just((0..3_u8).prop_map(|kind| vec![kind; usize::from(kind) * 20]).boxed()),
        Just((0..5000_u32).prop_map(|n| (n * 1000).to_be_bytes().to_vec()).boxed()),
        Just((0..5000_u32).prop_map(|n| format!("no. {n:05}").into_bytes()).boxed()),
        Just(any_numeric()),
    ];
    kinds.prop_flat_map(nullable).boxed()
}

/// Drawn once by [`any_fields_come_back`].
#[test]
fn a_bitmap_of_one_more_byte_may_read_as_another_column() {
    let zero = Some([0, 0, 0, 0]);
    let values = [None, Some([0, 1, 52, 152]), None, zero, None, zero, zero, zero];
    let (ways, others) = every_way(&values);
    assert!(encodings(&ways).contains(&Encoding::Plain));
    assert_eq!(others, [(9, 52)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_fields_come_back(values in any_column()) {
        let (ways, _) = every_way(&values);
        let ways = encodings(&ways);
        prop_assert!(ways.contains(&Encoding::Plain));
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..200), rows in 0..3000_u64, raw_bytes in 0..40_000_u64) {
        for encoding in ENCODINGS {
            let mut out = Vec::new();
            for encoded in [&bytes[..], &[&[0, 1, 0, 0], &bytes[..]].concat()] {
                if decode(encoding, encoded, rows, raw_bytes, &mut out).is_ok() {
                    prop_assert!(check_fields(&out, rows, raw_bytes).is_ok());
                }
                prop_assert!(out.capacity() as u64 <= 2 * raw_bytes + 64);
            }
        }
    }

    #[test]
    fn damaged_bytes_never_panic(values in any_column(), damage in vec((any::<u16>(), any::<u8>()), 1..4), cut: u16) {
        let fields = fields(values.iter().map(Option::as_ref));
        let (rows, raw_bytes) = (values.len() as u64, fields.len() as u64);
        let column = Column::read(&fields, values.len()).unwrap();
        let (mut scratch, mut encoded, mut out) = (Vec::new(), Output::default(), Vec::new());
        for way in WAYS {
            if choose::encode_as(way, &column, &mut scratch, &mut encoded).is_none() {
                continue;
            }
            let encoded = &mut encoded.bytes;
            prop_assert!(decode(way.encoding(), &encoded[..usize::from(cut) % encoded.len()], rows, raw_bytes, &mut out).is_err());
            for (at, byte) in &damage {
                let at = usize::from(*at) % encoded.len();
                encoded[at] ^= byte;
            }
            if decode(way.encoding(), encoded, rows, raw_bytes, &mut out).is_ok() {
                prop_assert!(check_fields(&out, rows, raw_bytes).is_ok());
            }
        }
    }
}
