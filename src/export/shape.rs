//! The form of a column's values in outputs with special forms for numbers, truth values and JSON.

use std::collections::HashMap;

use crate::model::ValueType;
use crate::model::entry::CopyColumn;

const JSON: u32 = 114;
const JSONB: u32 = 3802;

/// The kind of a column's values, as far as outputs treat it specially.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Bool,
    /// Integers and `numeric`, which their digits describe completely.
    Decimal,
    Float,
    /// `json` and `jsonb`. A domain over them is text, because it could be one over `jsonpath`.
    Json,
    Other,
}

impl Shape {
    pub(super) fn of(column: &CopyColumn) -> Self {
        let built_in = || ValueType::resolve(column.type_oid, &HashMap::new());
        match (column.type_oid, column.value_type.clone().or_else(built_in)) {
            (JSON | JSONB, _) => Self::Json,
            (_, Some(ValueType::Bool)) => Self::Bool,
            (_, Some(ValueType::Int2 | ValueType::Int4 | ValueType::Int8 | ValueType::Numeric)) => Self::Decimal,
            (_, Some(ValueType::Float4 | ValueType::Float8)) => Self::Float,
            _ => Self::Other,
        }
    }
}

/// `true` or `false`, as a server casts the value to text.
pub(super) fn truth(value: &[u8]) -> Option<&'static [u8]> {
    match value {
        b"t" => Some(b"true"),
        b"f" => Some(b"false"),
        _ => None,
    }
}

/// Whether the value is a number in JSON and in SQL: not `NaN` or `Infinity`.
pub(super) fn is_number(value: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let unsigned = value.strip_prefix(b"-").unwrap_or(value);
    let whole = digits(unsigned);
    if whole == 0 || whole > 1 && unsigned[0] == b'0' {
        return false;
    }
    let mut rest = &unsigned[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    let Some((b'e' | b'E', exponent)) = rest.split_first() else {
        return rest.is_empty();
    };
    let exponent = match exponent.split_first() {
        Some((b'+' | b'-', digits)) => digits,
        _ => exponent,
    };
    !exponent.is_empty() && digits(exponent) == exponent.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shapes_are_those_of_the_types() {
        let shape = |type_oid, value_type| {
            Shape::of(&CopyColumn {
                type_oid,
                value_type,
                ..CopyColumn::default()
            })
        };
        assert_eq!(shape(114, Some(ValueType::Text)), Shape::Json);
        assert_eq!(shape(3802, Some(ValueType::Jsonb)), Shape::Json);
        assert_eq!(shape(4072, Some(ValueType::Jsonb)), Shape::Other);
        assert_eq!(shape(23, None), Shape::Decimal);
        assert_eq!(shape(20_000, Some(ValueType::Int8)), Shape::Decimal);
        assert_eq!(shape(26, Some(ValueType::Oid)), Shape::Other);
        assert_eq!(shape(142, None), Shape::Other);
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_json(text in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?[ .]?") {
            let text = text.trim_end_matches(' ');
            let json = serde_json::from_str::<serde_json::Number>(text).is_ok();
            // Only digits past every float make a difference, and they are few here.
            prop_assert_eq!(is_number(text.as_bytes()), json, "{}", text);
        }
    }
}
