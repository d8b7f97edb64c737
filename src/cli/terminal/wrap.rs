//! Breaking text into lines.

/// Lines of at most `width` characters, broken after `mark` where that is possible, else after a space, else anywhere.
pub(crate) fn wrapped(text: &str, mark: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut rest = text;
    while rest.chars().count() > width {
        let end = |chars: usize| rest.char_indices().nth(chars).map_or(rest.len(), |(at, _)| at);
        // A space just behind the width may end a line, because it is trimmed.
        let fitting = &rest[..end(width + 1)];
        let after_mark = fitting.rfind(mark).map(|at| at + mark.len());
        let after_space = || fitting.rfind(' ').map(|at| at + 1);
        let at = after_mark.or_else(after_space).unwrap_or_else(|| end(width));
        let (line, after) = rest.split_at(at);
        lines.push(line.trim_end().to_owned());
        rest = after;
    }
    lines.push(rest.to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_they_should() {
        assert_eq!(wrapped("aa; bb; cc", "; ", 6), ["aa;", "bb; cc"]);
        assert_eq!(wrapped("aa; bb; cc", "; ", 7), ["aa; bb;", "cc"]);
        assert_eq!(wrapped("aaaa bbb; c", "; ", 5), ["aaaa", "bbb;", "c"]);
        assert_eq!(wrapped("aaaaaaaa", "; ", 3), ["aaa", "aaa", "aa"]);
        assert_eq!(wrapped("üüü", "; ", 3), ["üüü"]);
        assert_eq!(wrapped("", "; ", 3), [""]);
        assert_eq!(wrapped("a b", "; ", 0), ["a", "b"]);
    }
}
