//! Lines that a restore or its plan prints besides the numbers.

use std::collections::{BTreeMap, HashMap};

use crate::cli::terminal::output::{bytes, count};
use crate::plan::restore::missing::Spared;
use crate::restore::forecast::Dropped;

/// What the target cannot have: one line for each object, and one for all owners or privileges of a role.
pub(crate) fn spared_lines(spared: &[Spared]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>, &str)> = Vec::new();
    let mut of_part: HashMap<(&str, &str), usize> = HashMap::new();
    for Spared {
        kind,
        identity,
        because,
    } in spared
    {
        let Some((part, of)) = kind.split_once(" OF ") else {
            lines.push((String::new(), vec![format!("{kind} {identity}")], because));
            continue;
        };
        let at = *of_part.entry((part, because)).or_insert(lines.len());
        if at == lines.len() {
            lines.push((format!("{} of ", part.to_lowercase()), Vec::new(), because));
        }
        lines[at].1.push(format!("{of} {identity}"));
    }
    let line = |(part, names, because): (String, Vec<String>, &str)| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("skipped: {part}{}, because {because}", shown(&names))
    };
    lines.into_iter().map(line).collect()
}

pub(crate) fn spared_json(spared: &[Spared]) -> serde_json::Value {
    let one = |s: &Spared| serde_json::json!({ "kind": s.kind, "identity": s.identity, "because": s.because });
    spared.iter().map(one).collect()
}

/// How many names a line shows.
const SHOWN: usize = 10;

fn shown(names: &[&str]) -> String {
    match names.len().saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..SHOWN].join(", ")),
    }
}

/// Something that would be dropped, with its size and its sessions.
pub(crate) fn drop_line(dropped: &Dropped) -> String {
    let size = dropped.bytes.map(bytes);
    let sessions = dropped.sessions.map(|sessions| match sessions {
        1 => "1 session".to_owned(),
        sessions => format!("{} sessions", count(sessions)),
    });
    let facts: Vec<String> = size.into_iter().chain(sessions).collect();
    match facts.is_empty() {
        true => dropped.what.clone(),
        false => format!("{} ({})", dropped.what, facts.join(", ")),
    }
}

/// What needed another search_path, one line for each path.
pub(crate) fn path_lines(search_paths: &[(String, String)]) -> Vec<String> {
    let mut by_path: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (what, path) in search_paths {
        by_path.entry(path).or_default().push(what);
    }
    let line = |(path, what): (&str, Vec<&str>)| {
        format!(
            "note: a function needs a search_path, so {path} was used for {}",
            shown(&what)
        )
    };
    by_path.into_iter().map(line).collect()
}

pub(crate) fn paths_json(search_paths: &[(String, String)]) -> serde_json::Value {
    let one = |(what, path): &(String, String)| serde_json::json!({ "what": what, "search_path": path });
    search_paths.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_of_a_missing_role_are_one_line() {
        let spared = |kind: &str, identity: &str, role: &str| Spared {
            kind: kind.to_owned(),
            identity: identity.to_owned(),
            because: format!("no {role}"),
        };
        let mut list = vec![spared("POLICY", "p", "a"), spared("SEQUENCE OWNED BY", "s", "a")];
        list.extend((0..12).map(|number| spared("OWNER OF TABLE", &format!("t{number}"), "a")));
        list.push(spared("OWNER OF VIEW", "v", "b"));
        let lines = spared_lines(&list);
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert_eq!(lines[0], "skipped: POLICY p, because no a");
        assert!(
            lines[2].starts_with("skipped: owner of TABLE t0, TABLE t1,"),
            "{lines:?}"
        );
        assert!(lines[2].ends_with("TABLE t9 and 2 more, because no a"), "{lines:?}");
        assert_eq!(lines[3], "skipped: owner of VIEW v, because no b");
    }
}
