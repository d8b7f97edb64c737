//! Finds keywords in SQL that pgark or a server has made. It looks outside of quotes, where every upper-case word is a
//! keyword, because names with upper-case letters are quoted.

/// `sql` with everything between quotes, dollar quotes included, blanked out byte by byte.
pub(crate) fn unquoted(sql: &str) -> String {
    let bytes = sql.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let length = quoted_length(&sql[at..]);
        if length > 0 {
            out.resize(at + length, b' ');
            at += length;
            continue;
        }
        // A name or number is skipped as a whole, because a `$` inside it begins no quote.
        let word = sql[at..].find(|c: char| !is_word(c)).unwrap_or(bytes.len() - at);
        let length = word.max(sql[at..].chars().next().map_or(1, char::len_utf8));
        out.extend_from_slice(&bytes[at..at + length]);
        at += length;
    }
    // Only whole characters were kept or replaced by spaces, so this cannot fail.
    String::from_utf8(out).unwrap_or_default()
}

/// Whether `keywords`, upper-case and separated by single spaces, stand in `sql` outside of quotes.
pub(crate) fn says(sql: &str, keywords: &str) -> bool {
    let words = unquoted(sql);
    words.match_indices(keywords).any(|(at, _)| {
        let before = words[..at].chars().next_back();
        let after = words[at + keywords.len()..].chars().next();
        !(before.is_some_and(is_word) || keywords.ends_with(is_word) && after.is_some_and(is_word))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// Bytes of the quoted text at the beginning of `rest`; 0 if there is none.
fn quoted_length(rest: &str) -> usize {
    match rest.as_bytes().first() {
        Some(quote @ (b'\'' | b'"')) => {
            let close = rest[1..].find(char::from(*quote));
            close.map_or(rest.len(), |close| close + 2)
        }
        Some(b'$') => {
            let Some(end) = rest[1..].find('$') else { return 0 };
            let tag = &rest[..end + 2];
            if tag[1..tag.len() - 1].chars().any(|c| !is_word(c)) || tag[1..].starts_with(|c: char| c.is_ascii_digit())
            {
                return 0;
            }
            let close = rest[tag.len()..].find(tag);
            close.map_or(rest.len(), |close| close + 2 * tag.len())
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_in_quotes_are_no_keywords() {
        assert!(says("UNIQUE NULLS NOT DISTINCT (a)", "NULLS NOT DISTINCT"));
        assert!(!says("UNIQUE (\"NULLS NOT DISTINCT\")", "NULLS NOT DISTINCT"));
        assert!(!says("CHECK (a <> 'x NOT ENFORCED''')", "NOT ENFORCED"));
        assert!(!says("AS $b$ OUT $b$", "OUT"));
        assert!(says("OUT a integer", "OUT"));
        assert!(!says("INOUT a integer", "OUT"));
        assert!(says("ON DELETE SET NULL (a)", "SET NULL ("));
    }

    #[test]
    fn blanks_keep_every_position() {
        let sql = "GRANT a ON \"Grün \"\" ON\" $1 a$b $tag$ 'x$ta $tag$ END";
        let blank = unquoted(sql);
        assert_eq!(blank.len(), sql.len());
        assert_eq!(blank.find("END"), sql.find("END"));
        assert_eq!(blank.matches("ON").count(), 1);
        assert!(blank.contains("$1 a$b"));
        assert_eq!(unquoted("'open"), "     ");
    }
}
