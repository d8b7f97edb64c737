//! The types whose binary values pgark decodes and prints exactly as a server does.
//!
//! The list is closed: a relation is read in COPY's binary format only if every column's type is in it. Not in it are:
//! types of extensions and composite types (only they know their bytes), `money` (printed by a locale), `"char"`
//! (printed differently by different majors), `xml` (its bytes carry an encoding declaration), `tsquery`, names by oid
//! (`regclass` and the like), ranges of text (the server's locale decides which bounds are quoted), and arrays of a
//! type that a user made (their bytes carry an oid, which another database does not share).

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// The layout of a column's binary values, as PostgreSQL's send functions write them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One byte, 0 or 1.
    Bool,
    /// Two bytes with sign.
    Int2,
    /// Four bytes with sign.
    Int4,
    /// Eight bytes with sign.
    Int8,
    /// `oid`, `xid`, `cid`: four bytes without sign.
    Oid,
    /// `xid8`: eight bytes without sign.
    Xid8,
    /// IEEE 754, four bytes.
    Float4,
    /// IEEE 754, eight bytes.
    Float8,
    /// Digits to base 10000 after a head of eight bytes: their number, weight, sign and display scale.
    Numeric,
    /// `text`, `varchar`, `bpchar`, `name`, `json`, `refcursor` and labels of enums: bytes in the session's encoding.
    Text,
    /// Bytes as they are.
    Bytea,
    /// 16 bytes.
    Uuid,
    /// Days since 2000-01-01, four bytes with sign.
    Date,
    /// Microseconds since midnight, eight bytes.
    Time,
    /// Microseconds since midnight, then the zone in seconds west of UTC.
    TimeTz,
    /// Microseconds since 2000-01-01, eight bytes with sign.
    Timestamp,
    /// Microseconds since 2000-01-01 UTC, eight bytes with sign.
    TimestampTz,
    /// Microseconds, days and months: eight, four and four bytes with sign.
    Interval,
    /// `jsonb` and `jsonpath`: a version and text.
    Jsonb,
    /// `bit` and `varbit`.
    Bits,
    /// Family, netmask bits, whether it is a `cidr`, length, address.
    Inet,
    /// As `inet`.
    Cidr,
    /// Six bytes.
    MacAddr,
    /// Eight bytes.
    MacAddr8,
    /// A WAL position: eight bytes without sign.
    PgLsn,
    /// Block, four bytes, and offset in it, two bytes.
    Tid,
    /// x and y as `float8`.
    Point,
    /// A, B and C of `Ax + By + C = 0` as `float8`.
    Line,
    /// Two points.
    LineSegment,
    /// Two corners, the upper right one first.
    Box,
    /// Whether it is closed, the number of points, the points.
    Path,
    /// The number of points, the points.
    Polygon,
    /// Centre and radius, three `float8`.
    Circle,
    /// The number of lexemes; for each its text, a zero byte, and its positions with weights.
    TsVector,
    /// An array of what it holds, in any number of dimensions.
    Array(Box<ValueType>),
    /// A range of its subtype.
    Range(Box<ValueType>),
    /// A multirange; it holds the subtype of its ranges.
    Multirange(Box<ValueType>),
}

/// The kind of a type that is not built in, with the type that it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserType {
    /// Its values are labels.
    Enum,
    /// The type below the domain.
    Domain(u32),
    /// The subtype.
    Range(u32),
    /// The range type.
    Multirange(u32),
}

/// Domains over domains and ranges of ranges are followed this far.
const MAX_DEPTH: u32 = 64;
/// Greatest nesting of arrays, ranges and multiranges: more than `array multirange range array` needs, and few enough
/// that escapes of escapes stay short.
const MAX_NESTING: u32 = 5;

impl ValueType {
    /// The type with this oid: built in, or made of a built-in one as `users` says; `None` for all others.
    pub fn resolve(oid: u32, users: &HashMap<u32, UserType>) -> Option<Self> {
        Self::resolve_below(oid, users, MAX_DEPTH).filter(|resolved| resolved.nesting() <= MAX_NESTING)
    }

    /// Whether it is `what`, or made of it.
    pub fn contains(&self, what: &Self) -> bool {
        match self {
            Self::Array(of) | Self::Range(of) | Self::Multirange(of) => of.contains(what),
            scalar => scalar == what,
        }
    }

    /// Whether its values hold text in an encoding.
    pub fn has_text(&self) -> bool {
        match self {
            Self::Text | Self::Jsonb | Self::TsVector => true,
            Self::Array(of) | Self::Range(of) | Self::Multirange(of) => of.has_text(),
            _ => false,
        }
    }

    fn resolve_below(oid: u32, users: &HashMap<u32, UserType>, depth: u32) -> Option<Self> {
        if let Some(built_in) = Self::built_in(oid) {
            return Some(built_in);
        }
        let depth = depth.checked_sub(1)?;
        match *users.get(&oid)? {
            UserType::Enum => Some(Self::Text),
            UserType::Domain(base) => Self::resolve_below(base, users, depth),
            UserType::Range(subtype) => {
                let subtype = Self::resolve_below(subtype, users, depth)?;
                // A server's locale decides which bytes of a bound are spaces.
                (!subtype.has_text()).then(|| Self::Range(Box::new(subtype)))
            }
            UserType::Multirange(range) => match Self::resolve_below(range, users, depth)? {
                Self::Range(subtype) => Some(Self::Multirange(subtype)),
                _ => None,
            },
        }
    }

    /// Whether it is not made of another type.
    pub fn is_scalar(&self) -> bool {
        self.nesting() == 0
    }

    fn nesting(&self) -> u32 {
        match self {
            Self::Array(of) | Self::Range(of) | Self::Multirange(of) => 1 + of.nesting(),
            _ => 0,
        }
    }

    /// The type with a fixed oid of `pg_type.dat`.
    fn built_in(oid: u32) -> Option<Self> {
        if let Some(scalar) = Self::scalar(oid) {
            return Some(scalar);
        }
        let array = |element: Self| Some(Self::Array(Box::new(element)));
        if let Some(&(_, element)) = ARRAYS.iter().find(|(array, _)| *array == oid) {
            return array(Self::scalar(element)?);
        }
        let range = RANGES
            .iter()
            .find(|r| [r.range, r.range_array, r.multirange, r.multirange_array].contains(&oid))?;
        let subtype = Box::new(Self::scalar(range.subtype)?);
        match oid {
            o if o == range.range => Some(Self::Range(subtype)),
            o if o == range.range_array => array(Self::Range(subtype)),
            o if o == range.multirange => Some(Self::Multirange(subtype)),
            _ => array(Self::Multirange(subtype)),
        }
    }

    fn scalar(oid: u32) -> Option<Self> {
        Some(match oid {
            16 => Self::Bool,
            17 => Self::Bytea,
            20 => Self::Int8,
            21 => Self::Int2,
            23 => Self::Int4,
            26 | 28 | 29 => Self::Oid,
            700 => Self::Float4,
            701 => Self::Float8,
            1700 => Self::Numeric,
            // name, text, json, bpchar, varchar, refcursor
            19 | 25 | 114 | 1042 | 1043 | 1790 => Self::Text,
            2950 => Self::Uuid,
            1082 => Self::Date,
            1083 => Self::Time,
            1266 => Self::TimeTz,
            1114 => Self::Timestamp,
            1184 => Self::TimestampTz,
            1186 => Self::Interval,
            3802 | 4072 => Self::Jsonb,
            1560 | 1562 => Self::Bits,
            869 => Self::Inet,
            650 => Self::Cidr,
            829 => Self::MacAddr,
            774 => Self::MacAddr8,
            3220 => Self::PgLsn,
            5069 => Self::Xid8,
            27 => Self::Tid,
            600 => Self::Point,
            628 => Self::Line,
            601 => Self::LineSegment,
            603 => Self::Box,
            602 => Self::Path,
            604 => Self::Polygon,
            718 => Self::Circle,
            3614 => Self::TsVector,
            _ => return None,
        })
    }
}

/// Array types and their elements.
const ARRAYS: [(u32, u32); 43] = [
    (1000, 16),
    (1001, 17),
    (1016, 20),
    (1005, 21),
    (1007, 23),
    (1028, 26),
    (1011, 28),
    (1012, 29),
    (1021, 700),
    (1022, 701),
    (1231, 1700),
    (1003, 19),
    (1009, 25),
    (199, 114),
    (1014, 1042),
    (1015, 1043),
    (2951, 2950),
    (1182, 1082),
    (1183, 1083),
    (1270, 1266),
    (1115, 1114),
    (1185, 1184),
    (1187, 1186),
    (3807, 3802),
    (1561, 1560),
    (1563, 1562),
    (1041, 869),
    (651, 650),
    (1040, 829),
    (775, 774),
    (3221, 3220),
    (271, 5069),
    (2201, 1790),
    (4073, 4072),
    (1010, 27),
    (1017, 600),
    (629, 628),
    (1018, 601),
    (1020, 603),
    (1019, 602),
    (1027, 604),
    (719, 718),
    (3643, 3614),
];

struct RangeOids {
    subtype: u32,
    range: u32,
    range_array: u32,
    multirange: u32,
    multirange_array: u32,
}

const fn range_oids(subtype: u32, oids: [u32; 4]) -> RangeOids {
    let [range, range_array, multirange, multirange_array] = oids;
    RangeOids {
        subtype,
        range,
        range_array,
        multirange,
        multirange_array,
    }
}

const RANGES: [RangeOids; 6] = [
    range_oids(23, [3904, 3905, 4451, 6150]),
    range_oids(1700, [3906, 3907, 4532, 6151]),
    range_oids(1114, [3908, 3909, 4533, 6152]),
    range_oids(1184, [3910, 3911, 4534, 6153]),
    range_oids(1082, [3912, 3913, 4535, 6155]),
    range_oids(20, [3926, 3927, 4536, 6157]),
];

const NAMES: [(&str, ValueType); 34] = [
    ("bool", ValueType::Bool),
    ("int2", ValueType::Int2),
    ("int4", ValueType::Int4),
    ("int8", ValueType::Int8),
    ("oid", ValueType::Oid),
    ("xid8", ValueType::Xid8),
    ("float4", ValueType::Float4),
    ("float8", ValueType::Float8),
    ("numeric", ValueType::Numeric),
    ("text", ValueType::Text),
    ("bytea", ValueType::Bytea),
    ("uuid", ValueType::Uuid),
    ("date", ValueType::Date),
    ("time", ValueType::Time),
    ("timetz", ValueType::TimeTz),
    ("timestamp", ValueType::Timestamp),
    ("timestamptz", ValueType::TimestampTz),
    ("interval", ValueType::Interval),
    ("jsonb", ValueType::Jsonb),
    ("bits", ValueType::Bits),
    ("inet", ValueType::Inet),
    ("cidr", ValueType::Cidr),
    ("macaddr", ValueType::MacAddr),
    ("macaddr8", ValueType::MacAddr8),
    ("pg_lsn", ValueType::PgLsn),
    ("tid", ValueType::Tid),
    ("point", ValueType::Point),
    ("line", ValueType::Line),
    ("lseg", ValueType::LineSegment),
    ("box", ValueType::Box),
    ("path", ValueType::Path),
    ("polygon", ValueType::Polygon),
    ("circle", ValueType::Circle),
    ("tsvector", ValueType::TsVector),
];

/// The form that archives store: a name, or `array `, `range ` or `multirange ` and the type it is made of.
impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(of) => write!(f, "array {of}"),
            Self::Range(of) => write!(f, "range {of}"),
            Self::Multirange(of) => write!(f, "multirange {of}"),
            scalar => {
                let name = NAMES.iter().find(|(_, named)| named == scalar);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

/// The text names no type that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a type that this version can decode")]
pub struct UnknownType;

impl FromStr for ValueType {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        let mut parts = text.split(' ').rev();
        let scalar = parts.next().unwrap_or_default();
        let (_, scalar) = NAMES.iter().find(|(name, _)| *name == scalar).ok_or(UnknownType)?;
        let mut built = scalar.clone();
        for (depth, part) in parts.enumerate() {
            if depth as u32 >= MAX_NESTING {
                return Err(UnknownType);
            }
            let of = Box::new(built);
            built = match part {
                "array" => Self::Array(of),
                "range" => Self::Range(of),
                "multirange" => Self::Multirange(of),
                _ => return Err(UnknownType),
            };
        }
        Ok(built)
    }
}

impl serde::Serialize for ValueType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads a type from an archive; absent if only a later version knows it.
pub(super) fn known<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<ValueType>, D::Error> {
    let text: Option<String> = serde::Deserialize::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for (_, scalar) in &NAMES {
            for made in [
                scalar.clone(),
                ValueType::Array(Box::new(ValueType::Multirange(Box::new(scalar.clone())))),
                ValueType::Range(Box::new(scalar.clone())),
            ] {
                assert_eq!(made.to_string().parse(), Ok(made));
            }
        }
        for wrong in ["", "array", "array ", "int4 array", "xml"] {
            assert_eq!(wrong.parse::<ValueType>(), Err(UnknownType), "{wrong}");
        }
        for deep in [6, 1000] {
            let deep = "array ".repeat(deep) + "int4";
            assert_eq!(deep.parse::<ValueType>(), Err(UnknownType));
        }
    }

    #[test]
    fn user_types_are_what_they_are_made_of() {
        let users = HashMap::from([
            (20_000, UserType::Enum),
            (20_001, UserType::Domain(20_000)),
            (20_002, UserType::Domain(1007)),
            (20_003, UserType::Range(20_002)),
            (20_004, UserType::Multirange(20_003)),
            (20_005, UserType::Domain(20_005)),
            (20_006, UserType::Domain(142)),
            (20_008, UserType::Range(20_001)),
            (20_009, UserType::Multirange(20_008)),
            (20_010, UserType::Range(20_003)),
            (20_011, UserType::Range(20_010)),
            (20_012, UserType::Range(20_011)),
            (20_013, UserType::Range(20_012)),
        ]);
        let shown = |oid| ValueType::resolve(oid, &users).map(|t| t.to_string());
        assert_eq!(shown(20_001).as_deref(), Some("text"));
        assert_eq!(shown(20_002).as_deref(), Some("array int4"));
        assert_eq!(shown(20_003).as_deref(), Some("range array int4"));
        assert_eq!(shown(20_004).as_deref(), Some("multirange array int4"));
        assert_eq!(shown(20_012).as_deref(), Some("range range range range array int4"));
        assert_eq!(shown(6155).as_deref(), Some("array multirange date"));
        for none in [0, 142, 20_005, 20_006, 20_007, 20_008, 20_009, 20_013] {
            assert_eq!(shown(none), None, "{none}");
        }
    }
}
