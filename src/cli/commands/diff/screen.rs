//! A diff for a terminal of 100 columns. Pure; everything from outside is sanitised.

use similar::{ChangeTag, TextDiff};

use super::changes::{Aspect, Changed, Changes, Counts, KindChanges, Lone, SequenceChange};
use super::sides::Sides;
use crate::cli::terminal::output::{bytes, count, table};
use crate::compare::{CompareReport, ComparedTable, Content};
use crate::model::Entry;
use crate::model::ident::sanitize;

pub(super) const WIDTH: usize = 100;
/// How many unchanged lines are shown around changed ones.
const CONTEXT: usize = 2;
/// The most lines of one object; further ones are only counted.
const MAX_LINES: usize = 400;
/// The most characters of a name in the table of rows.
const MAX_NAME: usize = 34;

pub(super) fn render(sides: &Sides, report: &CompareReport, changes: &Changes, sql: bool, summary: bool) -> String {
    let mut lines = heading(sides);
    if summary {
        lines.extend(counted(changes));
    } else {
        changes.kinds.iter().for_each(|kind| objects(kind, sql, &mut lines));
        lines.extend(tables(&changes.tables));
        lines.extend(sequences(&changes.sequences));
    }
    lines.push(conclusion(report, changes));
    lines.join("\n")
}

/// One line for each side.
pub(super) fn heading(sides: &Sides) -> Vec<String> {
    let line = |name: &str, text: String| shorten(&format!("{name}  {}", sanitize(&text)), WIDTH);
    vec![line("A", sides.a.line()), line("B", sides.b.line()), String::new()]
}

fn objects(kind: &KindChanges, sql: bool, lines: &mut Vec<String>) {
    lines.push(sanitize(kind.kind));
    for (sign, list) in [('-', &kind.removed), ('+', &kind.added)] {
        for lone in list {
            match lone.entry {
                Some(entry) if sql => {
                    lines.push(shorten(&format!("  {sign} {}", sanitize(lone.identity)), WIDTH));
                    let statements = statements(entry).join("\n");
                    lines.extend(statements.lines().flat_map(|line| wrapped(sign, line)));
                }
                _ => lines.push(in_one_line(sign, lone)),
            }
        }
    }
    for changed in &kind.changed {
        lines.push(shorten(&format!("  ~ {}", sanitize(changed.identity)), WIDTH));
        lines.extend(difference(changed));
    }
    lines.push(String::new());
}

/// Name and SQL of an object that only one side has, cut to the width.
fn in_one_line(sign: char, lone: &Lone) -> String {
    let mut line = format!("  {sign} {}", sanitize(lone.identity));
    if let Some(first) = lone.entry.and_then(|entry| entry.create.first()) {
        let words: Vec<&str> = first.split_whitespace().collect();
        line.push_str(&format!("  {}", sanitize(&words.join(" "))));
    }
    shorten(&line, WIDTH)
}

/// All statements that make up the object, each with its semicolon.
pub(super) fn statements(entry: &Entry) -> Vec<String> {
    let owner = entry.owner.iter().flat_map(|owner| owner.statements());
    let privileges = entry.privileges.iter().map(|privilege| &privilege.statement);
    let all = entry.create.iter().chain(owner).chain(&entry.comments);
    let all = all.chain(&entry.security_labels).chain(privileges);
    all.map(|statement| format!("{statement};")).collect()
}

fn difference(changed: &Changed) -> Vec<String> {
    let mut lines: Vec<String> = changed.aspects.iter().flat_map(|aspect| aspect_lines(aspect)).collect();
    if lines.len() > MAX_LINES {
        let more = lines.len() - MAX_LINES;
        lines.truncate(MAX_LINES);
        lines.push(format!("      ({} more lines; --json has all)", count(more as u64)));
    }
    lines
}

/// The changed lines of one aspect, with lines around them.
fn aspect_lines(aspect: &Aspect) -> Vec<String> {
    let diff = TextDiff::from_lines(&aspect.a, &aspect.b);
    let mut lines = Vec::new();
    for (number, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if number > 0 {
            lines.push("      ..".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            lines.extend(wrapped(sign, change.value().trim_end_matches(['\r', '\n'])));
        }
    }
    if lines.is_empty() {
        // The texts differ, but no line does: the line ends differ.
        lines.extend(wrapped(' ', &format!("({} differs in its line ends)", aspect.name)));
    }
    lines
}

/// A whole line of SQL after its sign, on as many lines as it needs.
fn wrapped(sign: char, line: &str) -> Vec<String> {
    const INDENT: usize = 8;
    let letters: Vec<char> = sanitize(line).chars().collect();
    if letters.is_empty() {
        return vec![format!("      {sign}").trim_end().to_owned()];
    }
    let pieces = letters.chunks(WIDTH - INDENT).enumerate();
    let piece = |(number, piece): (usize, &[char])| {
        let text: String = piece.iter().collect();
        let mark = if number == 0 { ' ' } else { '|' };
        format!("      {sign}{mark}{text}").trim_end().to_owned()
    };
    pieces.map(piece).collect()
}

/// The tables whose rows changed.
fn tables(changed: &[&ComparedTable]) -> Vec<String> {
    if changed.is_empty() {
        return Vec::new();
    }
    let head = ["", "table", "rows A", "rows B", "change", "size B", "change", "content"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for table in changed {
        let of =
            |content: &Option<Content>, show: fn(&Content) -> String| content.as_ref().map(show).unwrap_or_default();
        let both = table.a.as_ref().zip(table.b.as_ref());
        let change = |of: fn(&Content) -> u64, show: fn(u64) -> String| {
            both.map_or_else(String::new, |(a, b)| signed(of(a), of(b), show))
        };
        let (sign, content) = match (&table.a, &table.b) {
            (Some(_), None) => ("-", "removed"),
            (None, _) => ("+", "added"),
            _ if table.comparable => ("~", "changed"),
            _ => ("~", "other columns"),
        };
        rows.push(vec![
            format!("  {sign}"),
            shorten(&sanitize(&table.relation), MAX_NAME),
            of(&table.a, |content| count(content.digest.rows)),
            of(&table.b, |content| count(content.digest.rows)),
            change(|content| content.digest.rows, count),
            of(&table.b, |content| bytes(content.bytes)),
            change(|content| content.bytes, bytes),
            content.to_owned(),
        ]);
    }
    let right = [false, false, true, true, true, true, true, false];
    let mut lines = vec!["ROWS".to_owned()];
    lines.extend(self::table(&rows, &right).lines().map(|line| shorten(line, WIDTH)));
    lines.push(String::new());
    lines
}

/// `+3`, `-3` or `0`.
fn signed(a: u64, b: u64, show: fn(u64) -> String) -> String {
    match b.cmp(&a) {
        std::cmp::Ordering::Equal => "0".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", show(b - a)),
        std::cmp::Ordering::Less => format!("-{}", show(a - b)),
    }
}

fn sequences(changed: &[SequenceChange]) -> Vec<String> {
    if changed.is_empty() {
        return Vec::new();
    }
    let position = |at: (i64, bool)| format!("{}{}", at.0, if at.1 { "" } else { " (unused)" });
    let line = |sequence: &SequenceChange| {
        let name = sanitize(sequence.name);
        let text = match (sequence.a, sequence.b) {
            (Some(a), Some(b)) => format!("  ~ {name}  {} -> {}", position(a), position(b)),
            (Some(a), None) => format!("  - {name}  {}", position(a)),
            (None, Some(b)) => format!("  + {name}  {}", position(b)),
            (None, None) => name,
        };
        shorten(&text, WIDTH)
    };
    let mut lines = vec!["POSITIONS OF SEQUENCES".to_owned()];
    lines.extend(changed.iter().map(line));
    lines.push(String::new());
    lines
}

/// How many objects of each kind changed.
fn counted(changes: &Changes) -> Vec<String> {
    let mut rows = vec![["", "removed", "added", "changed"].map(str::to_owned).to_vec()];
    let mut add = |name: &str, counts: Counts| {
        let Counts {
            added,
            removed,
            changed,
        } = counts;
        if added + removed + changed > 0 {
            let numbers = [removed, added, changed].map(|number| count(number as u64));
            rows.push([&[sanitize(name)], &numbers[..]].concat());
        }
    };
    for kind in &changes.kinds {
        add(
            kind.kind,
            Counts {
                added: kind.added.len(),
                removed: kind.removed.len(),
                changed: kind.changed.len(),
            },
        );
    }
    add(
        "rows of tables",
        sides_of(changes.tables.iter().map(|t| (t.a.is_some(), t.b.is_some()))),
    );
    add(
        "positions of sequences",
        sides_of(changes.sequences.iter().map(|s| (s.a.is_some(), s.b.is_some()))),
    );
    if rows.len() == 1 {
        return Vec::new();
    }
    let mut lines: Vec<String> = table(&rows, &[false, true, true, true])
        .lines()
        .map(str::to_owned)
        .collect();
    lines.push(String::new());
    lines
}

fn sides_of(things: impl Iterator<Item = (bool, bool)>) -> Counts {
    things.fold(Counts::default(), |mut counts, thing| {
        match thing {
            (true, false) => counts.removed += 1,
            (false, true) => counts.added += 1,
            _ => counts.changed += 1,
        }
        counts
    })
}

fn conclusion(report: &CompareReport, changes: &Changes) -> String {
    let Counts {
        added,
        removed,
        changed,
    } = changes.objects();
    let number = |n: usize| count(n as u64);
    if report.differences.is_empty() {
        let verdict = match report.is_whole() {
            true => "equal",
            false => "equal as far as it could be compared",
        };
        return format!(
            "{verdict}: {}, {}, {}, {}",
            several(report.objects, "object"),
            several(report.relations, "table"),
            several(report.rows, "row"),
            several(report.sequences, "sequence")
        );
    }
    let mut text = format!(
        "different: {} removed, {} added, {} changed",
        number(removed),
        number(added),
        number(changed)
    );
    if !report.tables.is_empty() {
        let (some, all) = (changes.tables.len(), report.tables.len());
        text.push_str(&format!("; rows of {} of {} tables", number(some), number(all)));
    }
    if !changes.sequences.is_empty() {
        text.push_str(&format!("; {}", several(changes.sequences.len() as u64, "sequence")));
    }
    text
}

/// `1 table`, `2 tables`.
fn several(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// The text cut to a number of columns, with a mark if it was cut.
pub(super) fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width - 1).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_differ_are_shown_with_what_is_around_them() {
        let list = |text: &str| text.split(' ').collect::<Vec<_>>().join("\n");
        let aspect = Aspect {
            name: "definition",
            a: list("a b c d e f g h i j k"),
            b: list("a b c X e f g h i j Y k"),
        };
        let expected = [
            "       b", "       c", "      -d", "      +X", "       e", "       f", "      ..", "       i", "       j",
            "      +Y", "       k",
        ];
        let expected = expected
            .map(|line| format!("{} {}", &line[..7], &line[7..]))
            .map(|line| line.replace(".. ", ".."));
        let found = aspect_lines(&aspect);
        let normal = |line: &String| line.replace(' ', "");
        assert_eq!(
            found.iter().map(normal).collect::<Vec<_>>(),
            expected.iter().map(normal).collect::<Vec<_>>()
        );
    }

    #[test]
    fn long_lines_are_wrapped_whole_and_names_are_cut() {
        let line = "x".repeat(250);
        let lines = wrapped('+', &line);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(lines.iter().map(|line| line.matches('x').count()).sum::<usize>(), 250);
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(shorten("abcd", 4), "abcd");
    }

    #[test]
    fn a_terminal_gets_nothing_to_obey() {
        let lines = wrapped('-', "a\u{1b}[31mb\u{202e}");
        assert!(!lines[0].contains('\u{1b}') && !lines[0].contains('\u{202e}'));
    }
}
