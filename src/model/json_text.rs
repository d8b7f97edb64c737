//! JSON that is safe to print on a terminal, because people read it too.

use super::ident::is_invisible;

/// A value on one line. JSON allows some characters that a terminal obeys or hides. They occur only in strings, and are
/// written as `\uXXXX`.
pub fn json_text(value: &serde_json::Value) -> String {
    let json = value.to_string();
    if !json.chars().any(is_unfit) {
        return json;
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match is_unfit(c) {
            true => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| text.push_str(&format!("\\u{unit:04x}"))),
            false => text.push(c),
        }
    }
    text
}

fn is_unfit(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_nothing_for_a_terminal() {
        let value = serde_json::json!({ "a": "\u{1b}[31m \u{9b}31m \u{7f} \u{202e} \u{2028} \u{e0001} \n ü" });
        let text = json_text(&value);
        assert!(text.chars().all(|c| !is_unfit(c)) && text.contains('ü'), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
