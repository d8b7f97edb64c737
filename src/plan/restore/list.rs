//! The lines of `show --list`, one for each thing that a restore can take by itself, and the reading of a shortened
//! list for `restore --use-list`. Pure.
//!
//! A line is an id of the archive, and the kind and name that must match it. `;` begins a comment.

use std::collections::{BTreeSet, HashMap};

use crate::model::ident::sanitize;
use crate::model::kind::{Kind, Section};
use crate::model::{Catalog, Entry, EntryId, RelationId};
use crate::plan::restore::filter::RestoreFilter;
use crate::plan::restore::selection::{Reason, Selection};
use crate::select::pattern::PatternError;

/// The thing that a line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Entry(EntryId),
    Rows(RelationId),
    /// The position of the sequence of this entry.
    Position(EntryId),
    /// All large objects, because one stream of data holds their content.
    LargeObjects,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: String,
    /// Kind and name, fit to be printed.
    pub text: String,
    pub item: Item,
}

/// All lines of an archive: entries before the rows, the rows, entries after the rows.
pub fn lines(catalog: &Catalog) -> Vec<Line> {
    let listed = |e: &&Entry| !matches!(e.kind, Kind::Database | Kind::DatabaseSettings | Kind::LargeObjects);
    let definitions = |section: Section| {
        let entries = catalog.entries.iter().filter(listed);
        let entries = entries.filter(move |e| e.section == section);
        entries.map(|e| Line {
            id: e.id.to_string(),
            text: sanitize(&e.label()),
            item: Item::Entry(e.id),
        })
    };
    let with_rows = catalog.relations.iter();
    let with_rows = with_rows.filter(|r| !r.data_excluded && !r.large_objects);
    let rows = with_rows.map(|r| Line {
        id: format!("r{}", r.id),
        text: sanitize(&format!("TABLE DATA {}", r.label())),
        item: Item::Rows(r.id),
    });
    let sequences = catalog.entries.iter().filter(|e| e.kind == Kind::Sequence);
    let positions = sequences.map(|e| Line {
        id: format!("s{}", e.id),
        text: sanitize(&format!("SEQUENCE SET {}", e.identity)),
        item: Item::Position(e.id),
    });
    let large_objects = (catalog.large_objects() > 0).then(|| Line {
        id: "b".to_owned(),
        text: format!("{} ({})", Kind::LargeObjects, catalog.large_objects()),
        item: Item::LargeObjects,
    });
    definitions(Section::PreData)
        .chain(large_objects)
        .chain(rows)
        .chain(positions)
        .chain(definitions(Section::PostData))
        .collect()
}

/// The items in a list, each line checked against the archive.
fn parse(catalog: &Catalog, text: &str) -> Result<Vec<Item>, PatternError> {
    let known = lines(catalog);
    let known: HashMap<&str, &Line> = known.iter().map(|line| (line.id.as_str(), line)).collect();
    let mut items = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        let wrong = |problem: String| PatternError::List { line: number, problem };
        let (id, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let Some(found) = known.get(id) else {
            return Err(wrong(format!("the archive has no item `{id}`")));
        };
        let rest = rest.trim_start().strip_prefix(&found.text).map(str::trim_start);
        if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(';')) {
            return Err(wrong(format!("item {id} of this archive is {}", found.text)));
        }
        items.push(found.item);
    }
    Ok(items)
}

/// Takes exactly the items of the list, as far as they are in the wanted sections. The target must have everything that
/// they need. The order of the lines has no meaning.
pub fn select(catalog: &Catalog, filter: &RestoreFilter, list: &str) -> Result<Selection, PatternError> {
    let mut selection = Selection::default();
    for item in parse(catalog, list)? {
        match item {
            Item::Entry(id) => {
                let entry = catalog.entry(id).filter(|entry| filter.parts.take(entry));
                if entry.is_some_and(|entry| !filter.without.kind(entry.kind)) {
                    selection.entries.insert(id, Reason::Chosen);
                }
            }
            Item::Rows(id) if filter.parts.rows() => drop(selection.relations.insert(id)),
            Item::Position(id) if filter.parts.rows() => drop(selection.sequences.insert(id)),
            Item::LargeObjects if filter.parts.rows() => {
                let entries = catalog.entries.iter().filter(|e| e.kind == Kind::LargeObjects);
                selection.large_objects = entries.map(|e| e.id).collect();
                let content = catalog.relations.iter().filter(|r| r.large_objects);
                selection.relations.extend(content.map(|r| r.id));
            }
            _ => {}
        }
    }
    let large_objects = selection.large_objects.iter().map(|id| (*id, Reason::Chosen));
    selection.entries.extend(large_objects);
    let entries = selection.entries.keys().filter_map(|id| catalog.entry(*id));
    let needs = entries.flat_map(|e| e.depends_on.iter().chain(&e.parent).copied());
    let needs: BTreeSet<EntryId> = needs.filter(|id| !selection.entries.contains_key(id)).collect();
    selection.expected = needs;
    Ok(selection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Relation;
    use crate::plan::choose::parts::Parts;

    fn catalog() -> Catalog {
        let entry = |id, kind: Kind, identity: &str, depends_on: &[EntryId], large_objects: &[u32]| Entry {
            id,
            kind,
            section: kind.section(),
            identity: identity.to_owned(),
            depends_on: depends_on.to_vec(),
            large_objects: large_objects.to_vec(),
            ..Entry::default()
        };
        Catalog {
            entries: vec![
                entry(1, Kind::Sequence, "s.\"a;b\"", &[], &[]),
                entry(2, Kind::Table, "s.t", &[1], &[]),
                entry(3, Kind::LargeObjects, "5..6", &[], &[5, 6]),
                entry(4, Kind::Index, "s.i", &[2], &[]),
            ],
            relations: vec![
                Relation {
                    id: 1,
                    entry: Some(2),
                    schema: "s".to_owned(),
                    name: "t".to_owned(),
                    ..Relation::default()
                },
                Relation {
                    id: 2,
                    ..crate::model::objects::large_objects::relation()
                },
            ],
            ..Catalog::default()
        }
    }

    #[test]
    fn every_item_has_a_line_and_its_line_selects_it() {
        let catalog = catalog();
        let printed: Vec<String> = lines(&catalog).iter().map(|l| format!("{} {}", l.id, l.text)).collect();
        assert_eq!(
            printed,
            [
                "1 SEQUENCE s.\"a;b\"",
                "2 TABLE s.t",
                "b LARGE OBJECTS (2)",
                "r1 TABLE DATA s.t",
                "s1 SEQUENCE SET s.\"a;b\"",
                "4 INDEX s.i"
            ]
        );
        let all = select(&catalog, &RestoreFilter::default(), &printed.join("\n")).expect("all fit");
        assert_eq!(all.entries.len(), 4);
        assert_eq!((all.relations.len(), all.sequences.len()), (2, 1));
        assert!(all.expected.is_empty());
    }

    #[test]
    fn what_is_left_is_taken_and_nothing_with_it() {
        let filter = RestoreFilter::default();
        let list = "; a comment\n\n  4   INDEX s.i ; kept\r\n;2 TABLE s.t\ns1 SEQUENCE SET s.\"a;b\";";
        let selection = select(&catalog(), &filter, list).expect("all fit");
        assert_eq!(selection.entries.into_keys().collect::<Vec<_>>(), [4]);
        assert_eq!(selection.sequences, BTreeSet::from([1]));
        assert_eq!(selection.expected, BTreeSet::from([2]));
        let filter = RestoreFilter {
            parts: Parts::PreData,
            ..filter
        };
        let selection = select(&catalog(), &filter, list).expect("all fit");
        assert!(selection.entries.is_empty() && selection.sequences.is_empty());
    }

    #[test]
    fn lines_of_another_archive_are_errors() {
        for (list, line) in [
            ("9 TABLE s.t", 1),
            (";\n2 TABLE s.u", 2),
            ("2 TABLE s.t2", 1),
            ("2", 1),
            ("x", 1),
        ] {
            let error = select(&catalog(), &RestoreFilter::default(), list).expect_err(list);
            assert!(
                matches!(error, PatternError::List { line: found, .. } if found == line),
                "{list}"
            );
        }
    }
}
