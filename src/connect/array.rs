//! The text form of one-dimensional PostgreSQL arrays.
//!
//! <https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>

/// The elements, NULL as `None`; `None` when the text is not a one-dimensional array.
///
/// `delimiter` is `,` for every built-in type but `box`, which has `;`.
pub fn parse_array(text: &str, delimiter: char) -> Option<Vec<Option<String>>> {
    let body = strip_bounds(text)?.strip_prefix('{')?;
    let mut rest = body.trim_start_matches(is_blank);
    let mut elements = Vec::new();
    if let Some(tail) = rest.strip_prefix('}') {
        return tail.chars().all(is_blank).then_some(elements);
    }
    loop {
        let (element, tail) = match rest.strip_prefix('"') {
            Some(quote) => quoted(quote)?,
            None => plain(rest, delimiter)?,
        };
        elements.push(element);
        rest = tail.trim_start_matches(is_blank);
        if let Some(tail) = rest.strip_prefix(delimiter) {
            rest = tail.trim_start_matches(is_blank);
        } else {
            let tail = rest.strip_prefix('}')?;
            return tail.chars().all(is_blank).then_some(elements);
        }
    }
}

/// The blanks that the server skips around elements. It does not quote an element that begins with any other Unicode
/// space.
fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// Removes the `[0:3]=` that an array prints when its first index is not 1.
fn strip_bounds(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(is_blank);
    let Some(bounds) = text.strip_prefix('[') else {
        return Some(text);
    };
    let (bounds, body) = bounds.split_once("]=")?;
    let (low, high) = bounds.split_once(':')?;
    low.parse::<i64>().ok()?;
    high.parse::<i64>().ok()?;
    Some(body)
}

/// Reads up to the closing quote; `rest` begins after the opening one.
fn quoted(rest: &str) -> Option<(Option<String>, &str)> {
    let mut value = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, found)) = chars.next() {
        match found {
            '"' => return Some((Some(value), &rest[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            other => value.push(other),
        }
    }
    None
}

fn plain(rest: &str, delimiter: char) -> Option<(Option<String>, &str)> {
    let mut value = String::new();
    // Blanks at the end do not count, unless escaped.
    let mut kept = 0;
    let mut escaped = false;
    let mut chars = rest.char_indices();
    while let Some((at, found)) = chars.next() {
        match found {
            '}' => return finish_plain(value, kept, escaped, &rest[at..]),
            _ if found == delimiter => return finish_plain(value, kept, escaped, &rest[at..]),
            '{' | '"' => return None,
            '\\' => {
                value.push(chars.next()?.1);
                escaped = true;
                kept = value.len();
            }
            other => {
                value.push(other);
                if !is_blank(other) {
                    kept = value.len();
                }
            }
        }
    }
    None
}

fn finish_plain(mut value: String, kept: usize, escaped: bool, rest: &str) -> Option<(Option<String>, &str)> {
    value.truncate(kept);
    if value.is_empty() {
        return None;
    }
    if !escaped && value.eq_ignore_ascii_case("null") {
        return Some((None, rest));
    }
    Some((Some(value), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn some(items: &[&str]) -> Option<Vec<Option<String>>> {
        Some(items.iter().map(|item| Some((*item).to_owned())).collect())
    }

    #[test]
    fn arrays_as_the_server_prints_them() {
        assert_eq!(parse_array("{}", ','), some(&[]));
        assert_eq!(parse_array("{a,b}", ','), some(&["a", "b"]));
        assert_eq!(
            parse_array(r#"{"a,b","c\"d","e\\f",""}"#, ','),
            some(&["a,b", "c\"d", "e\\f", ""])
        );
        assert_eq!(
            parse_array(r#"{=r/joe,"\"a b\"=U/joe"}"#, ','),
            some(&["=r/joe", "\"a b\"=U/joe"])
        );
        assert_eq!(
            parse_array(r#"{NULL,"NULL"}"#, ','),
            Some(vec![None, Some("NULL".to_owned())])
        );
        assert_eq!(parse_array("[0:1]={1,2}", ','), some(&["1", "2"]));
        assert_eq!(parse_array("[-1:1]={1,2,3}", ','), some(&["1", "2", "3"]));
        assert_eq!(
            parse_array("{(1,1),(0,0);(2,2),(1,1)}", ';'),
            some(&["(1,1),(0,0)", "(2,2),(1,1)"])
        );
        assert_eq!(parse_array("{ a , \"b\" }", ','), some(&["a", "b"]));
        assert_eq!(
            parse_array("{\u{a0}a\u{a0},\u{2003},\u{85}}", ','),
            some(&["\u{a0}a\u{a0}", "\u{2003}", "\u{85}"])
        );
    }

    #[test]
    fn broken_arrays_are_refused() {
        for text in [
            "",
            "{",
            "}",
            "{a",
            "{a,}",
            "{,a}",
            "{a}b",
            "{\"a}",
            "{\"a\\",
            "{a\\",
            "{{a},{b}}",
            "[0:1]{a}",
            "[0:x]={a}",
            "a",
            "{a\"b\"}",
            "{\"a\"b}",
        ] {
            assert_eq!(parse_array(text, ','), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused_without_panic(text in "\\PC*", brace in "[{}\\[\\]=:,\"\\\\a N\u{e9}]*") {
            parse_array(&text, ',');
            parse_array(&brace, ',');
            parse_array(&format!("{{{brace}}}"), ',');
        }

        #[test]
        fn quoted_elements_come_back(items in proptest::collection::vec(proptest::option::of(any::<String>()), 0..8)) {
            let quoted: Vec<String> = items.iter().map(|item| match item {
                Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
                None => "NULL".to_owned(),
            }).collect();
            prop_assert_eq!(parse_array(&format!("{{{}}}", quoted.join(",")), ','), Some(items));
        }
    }
}
