//! What users write to choose objects: patterns, filter files, lists of items, pairs of roles.

use pgark::internals::plan::choose::filter_file;
use pgark::internals::plan::restore::list;
use pgark::internals::plan::restore::role_map::RoleMap;
use pgark::internals::plan::restore::select::RestoreFilter;
use pgark::model::{Catalog, Entry, Kind, Relation};
use pgark::select::pattern::{NamePattern, RelationPattern, RoutinePattern};

use super::input::Input;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "pattern",
    run,
    // An expression compiles to 10 MiB at most, and is compiled a few times over.
    memory: |data| 128 * MIB + 256 * data.len(),
};

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let length = usize::from(input.u8());
    let name = String::from_utf8_lossy(input.bytes(length)).into_owned();
    let text = String::from_utf8_lossy(input.rest()).into_owned();

    matched(&text, &name);
    if let Ok(rules) = filter_file::parse(&text) {
        assert!(rules.len() <= text.lines().count());
        for rule in rules {
            assert!(!rule.what.keyword().is_empty() && rule.line > 0);
            let _ = RelationPattern::parse(&rule.pattern, "db");
        }
    }
    listed(&text, &name);
    if let Ok(map) = RoleMap::parse(std::slice::from_ref(&text)) {
        assert!(!map.is_empty() && map.replacements().all(|name| !name.is_empty()));
    }
    let pair = format!("\"{}\"=x", name.replace('"', "\"\""));
    if !name.is_empty() {
        assert_eq!(RoleMap::parse(&[pair]).expect("it is quoted").get(&name), Some("x"));
    }
}

fn matched(text: &str, name: &str) {
    if let Ok(pattern) = NamePattern::parse(text, "db") {
        assert_eq!(pattern.text(), text);
        pattern.matches(name);
    }
    if let Ok(pattern) = RelationPattern::parse(text, "db") {
        let visible = pattern.matches(name, "t1", true);
        assert!(visible || !pattern.matches(name, "t1", false));
        pattern.matches("public", name, true);
    }
    if let Ok(pattern) = RoutinePattern::parse(text, "db") {
        pattern.matches("public", name, &format!("public.{name}"));
        pattern.matches("public", "f", text);
    }
    // In double quotes every name means itself alone.
    let literal = format!("\"{}\"", name.replace('"', "\"\""));
    let pattern = NamePattern::parse(&literal, "db").expect("it is quoted");
    assert!(pattern.matches(name) && !pattern.matches(&format!("{name}x")));
    let pattern = RelationPattern::parse(&format!("{literal}.{literal}"), "db").expect("it is quoted");
    assert!(pattern.matches(name, name, false));
}

/// A list for an archive of one table.
fn listed(list: &str, name: &str) {
    let catalog = Catalog {
        entries: vec![Entry {
            id: 1,
            kind: Kind::Table,
            name: name.to_owned(),
            identity: name.to_owned(),
            ..Entry::default()
        }],
        relations: vec![Relation {
            id: 1,
            entry: Some(1),
            name: name.to_owned(),
            ..Relation::default()
        }],
        ..Catalog::default()
    };
    let filter = RestoreFilter::default();
    if let Ok(selection) = list::select(&catalog, &filter, list) {
        assert!(selection.entries.len() <= 1 && selection.relations.len() <= 1);
    }
    let own: String = (list::lines(&catalog).iter())
        .map(|line| format!("{} {} ; a comment\n", line.id, line.text))
        .collect();
    let selection = list::select(&catalog, &filter, &own).expect("the list is the archive's own");
    assert_eq!((selection.entries.len(), selection.relations.len()), (1, 1));
}
