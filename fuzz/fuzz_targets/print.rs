//! Binary values: any bytes of any type are printed or refused, the same with COPY's escapes as without.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgark::codec::print::{print, print_copy};
use pgark::model::ValueType;

fuzz_target!(|input: (&str, &[u8])| {
    let (name, value) = input;
    let Ok(value_type) = name.parse::<ValueType>() else { return };
    let mut text = Vec::new();
    let result = print(&value_type, value, &mut text);
    let mut copied = Vec::new();
    assert_eq!(print_copy(&value_type, value, &mut copied), result);
    if result.is_ok() {
        let mut escaped = Vec::new();
        assert_eq!(print_copy(&ValueType::Text, &text, &mut escaped), Ok(()));
        assert_eq!(copied, escaped);
    } else {
        assert!(text.is_empty() && copied.is_empty());
    }
});
