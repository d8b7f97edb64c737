//! Fits what a restore has selected to the version of its target.
//!
//! Pure. The input are entries with their limits. The output are the entries as that server takes them, and the entries
//! that it cannot hold, with everything that needs them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::needs_version::{Limit, On, Otherwise};
use crate::model::{Catalog, Entry, EntryId, RelationId};
use crate::plan::restore::select::Selection;
use crate::version::Version;

/// The result of fitting a selection.
#[derive(Clone, Debug, Default)]
pub struct Fitted {
    /// Entries that the target cannot hold, each with the features that it lacks.
    pub unheld: BTreeMap<EntryId, Vec<String>>,
    /// Entries that need one of those, each with the one that it needs.
    pub dependants: BTreeMap<EntryId, EntryId>,
    /// Rows of tables that will not be there, each with the entry that the target cannot hold.
    pub rows: BTreeMap<RelationId, EntryId>,
    /// Entries that are restored in another form, each with the features that the target lacks.
    pub changed: BTreeMap<EntryId, Vec<String>>,
    /// The entries of `changed` as the target takes them.
    entries: BTreeMap<EntryId, Entry>,
}

impl Fitted {
    /// The entry as the target takes it.
    pub fn entry<'a>(&'a self, catalog: &'a Catalog, id: EntryId) -> Option<&'a Entry> {
        self.entries.get(&id).or_else(|| catalog.entry(id))
    }

    /// Puts the changed entries into the catalog.
    pub fn apply(&mut self, catalog: &mut Catalog) {
        for (id, entry) in std::mem::take(&mut self.entries) {
            if let Some(old) = catalog.entries.get_mut((id as usize).wrapping_sub(1)) {
                *old = entry;
            }
        }
    }

    /// Every entry that the target cannot have, with the entry to name as the reason.
    pub fn lost(&self) -> impl Iterator<Item = (EntryId, EntryId)> {
        let own = self.unheld.keys().map(|id| (*id, *id));
        own.chain(self.dependants.iter().map(|(id, because)| (*id, *because)))
    }
}

/// Removes from `selection` the entries that a server of this version cannot hold.
pub fn fit(catalog: &Catalog, selection: &mut Selection, version: Version) -> Fitted {
    let mut fitted = Fitted::default();
    // Entries depend only on smaller ids, so one pass finds every lost entry.
    for entry in selection.entries.keys().filter_map(|id| catalog.entry(*id)) {
        let fit = Fit::new(entry, version);
        let mut needed = entry.depends_on.iter().chain(&entry.parent);
        let lost = needed.find_map(|id| match fitted.dependants.get(id) {
            Some(because) => Some(*because),
            None => fitted.unheld.contains_key(id).then_some(*id),
        });
        match (fit, lost) {
            (Fit::Refused(features), _) => _ = fitted.unheld.insert(entry.id, features),
            (_, Some(because)) => _ = fitted.dependants.insert(entry.id, because),
            (Fit::Changed(changed, features), None) => {
                if !features.is_empty() {
                    fitted.changed.insert(entry.id, features);
                }
                fitted.entries.insert(entry.id, *changed);
            }
            (Fit::Whole, None) => {}
        }
    }
    let lost: BTreeMap<EntryId, EntryId> = fitted.lost().collect();
    selection.entries.retain(|id, _| !lost.contains_key(id));
    selection.sequences.retain(|id| !lost.contains_key(id));
    selection.relations.retain(|id| {
        let table = catalog.relation(*id).and_then(|relation| relation.entry);
        let because = table.and_then(|table| lost.get(&table));
        if let Some(because) = because {
            fitted.rows.insert(*id, *because);
        }
        because.is_none()
    });
    fitted
}

/// An entry that is not restored as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub label: String,
    /// What the target lacks.
    pub features: Vec<String>,
    /// Whether the entry is restored in another form; if not, it is not restored at all.
    pub held: bool,
}

/// Fits entries that nothing depends on, and removes those that the server cannot hold.
pub fn fit_each(entries: &mut Vec<Entry>, version: Version) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    let mut misfit = |entry: &Entry, features: Vec<String>, held| {
        if !features.is_empty() {
            let label = entry.label();
            misfits.push(Misfit { label, features, held });
        }
        held
    };
    entries.retain_mut(|entry| match Fit::new(entry, version) {
        Fit::Whole => true,
        Fit::Refused(features) => misfit(entry, features, false),
        Fit::Changed(changed, features) => {
            *entry = *changed;
            misfit(entry, features, true)
        }
    });
    misfits
}

/// The form in which a server takes one entry, with the features that the server lacks.
enum Fit {
    Whole,
    Changed(Box<Entry>, Vec<String>),
    Refused(Vec<String>),
}

impl Fit {
    fn new(entry: &Entry, version: Version) -> Self {
        let violated: Vec<&Limit> = entry.limits.iter().filter(|limit| !limit.allows(version)).collect();
        let features = |limits: &[&Limit]| {
            let told = limits.iter().filter(|limit| !limit.feature.is_empty());
            told.map(|limit| limit.reason(version)).collect()
        };
        let refused = violated.iter().copied();
        let refused: Vec<&Limit> = refused.filter(|limit| limit.otherwise == Otherwise::Refuse).collect();
        if !refused.is_empty() {
            return Self::Refused(features(&refused));
        }
        if violated.is_empty() {
            return Self::Whole;
        }
        let applied = first_of_each(&violated);
        Self::Changed(Box::new(changed(entry, &applied)), features(&applied))
    }
}

/// The first limit of each part, which decides what is done. Limits of one part are ordered.
fn first_of_each<'a>(limits: &[&'a Limit]) -> Vec<&'a Limit> {
    let mut seen = BTreeSet::new();
    // A part that must be left out is left out, whatever other limits allow.
    let leaving = limits.iter().filter(|limit| limit.otherwise == Otherwise::LeaveOut);
    let others = limits.iter().filter(|limit| limit.otherwise != Otherwise::LeaveOut);
    leaving
        .chain(others)
        .copied()
        .filter(|limit| seen.insert(limit.on))
        .collect()
}

fn changed(entry: &Entry, limits: &[&Limit]) -> Entry {
    let on: BTreeMap<On, &Otherwise> = limits.iter().map(|limit| (limit.on, &limit.otherwise)).collect();
    let mut fitted = entry.clone();
    fitted.limits.clear();
    // By now roles have their final names.
    fitted.roles.clear();
    fitted.create.clear();
    fitted.extras.clear();
    for (position, sql) in (0..).zip(&entry.create) {
        let extra = entry.extras.contains(&position);
        let statements = match on.get(&On::Create(position)) {
            None => std::slice::from_ref(sql),
            Some(Otherwise::Use(statements)) => statements,
            Some(_) => &[],
        };
        if extra {
            let first = fitted.create.len() as u32;
            fitted.extras.extend(first..first + statements.len() as u32);
        }
        fitted.create.extend_from_slice(statements);
    }
    fitted.privileges.clear();
    for (position, privilege) in (0..).zip(&entry.privileges) {
        match on.get(&On::Privilege(position)) {
            None => fitted.privileges.push(privilege.clone()),
            Some(Otherwise::Use(statements)) => {
                let with = |statement: &String| {
                    let statement = statement.clone();
                    crate::model::entry::Privilege {
                        statement,
                        ..privilege.clone()
                    }
                };
                fitted.privileges.extend(statements.iter().map(with));
            }
            Some(_) => {}
        }
    }
    fn kept<T: Clone>(list: &[T], on: impl Fn(u32) -> bool) -> Vec<T> {
        let numbered = (0..).zip(list).filter(|(position, _)| !on(*position));
        numbered.map(|(_, item)| item.clone()).collect()
    }
    fitted.comments = kept(&entry.comments, |position| on.contains_key(&On::Comment(position)));
    fitted.requires = kept(&entry.requires, |position| on.contains_key(&On::Requirement(position)));
    if on.contains_key(&On::Owner) {
        fitted.owner = None;
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Relation};
    use crate::plan::restore::select::{RestoreFilter, select};

    fn entry(id: EntryId, kind: Kind, depends_on: &[EntryId], limits: Vec<Limit>) -> Entry {
        Entry {
            id,
            kind,
            section: kind.section(),
            pass: kind.pass(),
            name: format!("e{id}"),
            depends_on: depends_on.to_vec(),
            create: vec![format!("CREATE {id}"), format!("ALTER {id}")],
            extras: vec![1],
            limits,
            ..Entry::default()
        }
    }

    fn catalog() -> Catalog {
        let virtual_column = Limit::since(
            Version::first_of(18),
            On::Entry,
            "virtual generated column v",
            Otherwise::Refuse,
        );
        let relation = |id, entry| Relation {
            id,
            entry: Some(entry),
            ..Relation::default()
        };
        let compression = Limit::since(Version::first_of(14), On::Create(1), "compression", Otherwise::LeaveOut);
        let body = |version, text: &str| {
            Limit::since(
                version,
                On::Create(0),
                "body",
                Otherwise::Use(vec![text.to_owned(), "MORE".to_owned()]),
            )
        };
        Catalog {
            entries: vec![
                entry(1, Kind::Table, &[], vec![virtual_column]),
                entry(2, Kind::Table, &[], vec![compression]),
                entry(3, Kind::View, &[1], vec![]),
                entry(4, Kind::View, &[2, 3], vec![]),
                entry(
                    5,
                    Kind::Index,
                    &[2],
                    vec![
                        body(Version::first_of(14), "OLDEST"),
                        body(Version::first_of(16), "OLDER"),
                    ],
                ),
            ],
            relations: vec![relation(1, 1), relation(2, 2)],
            ..Catalog::default()
        }
    }

    fn fitted(version: Version) -> (Selection, Fitted, Catalog) {
        let mut catalog = catalog();
        let mut selection = select(&catalog, &RestoreFilter::default()).expect("no pattern");
        let mut fitted = fit(&catalog, &mut selection, version);
        fitted.apply(&mut catalog);
        (selection, fitted, catalog)
    }

    #[test]
    fn what_cannot_be_held_takes_along_only_what_needs_it() {
        let (selection, fitted, catalog) = fitted(Version::first_of(13));
        assert_eq!(fitted.unheld[&1], ["virtual generated column v (needs 18)"]);
        assert_eq!(fitted.dependants, BTreeMap::from([(3, 1), (4, 1)]));
        assert_eq!(fitted.rows, BTreeMap::from([(1, 1)]));
        assert_eq!(selection.entries.keys().copied().collect::<Vec<_>>(), [2, 5]);
        assert_eq!(selection.relations, BTreeSet::from([2]));
        assert_eq!(catalog.entries[1].create, ["CREATE 2"]);
        assert!(catalog.entries[1].extras.is_empty());
        assert_eq!(fitted.changed[&2], ["compression (needs 14)"]);
    }

    #[test]
    fn the_first_limit_of_a_part_says_what_is_used() {
        assert_eq!(
            fitted(Version::first_of(13)).2.entries[4].create,
            ["OLDEST", "MORE", "ALTER 5"]
        );
        let (_, _, catalog) = fitted(Version::first_of(15));
        assert_eq!(catalog.entries[4].create, ["OLDER", "MORE", "ALTER 5"]);
        assert_eq!(catalog.entries[4].extras, [2]);
    }

    #[test]
    fn nothing_changes_where_everything_is_known() {
        let (selection, fitted, catalog) = fitted(Version::first_of(18));
        assert!(fitted.unheld.is_empty() && fitted.changed.is_empty() && fitted.rows.is_empty());
        assert_eq!(selection.entries.len(), 5);
        assert_eq!(catalog, self::catalog());
    }
}
