//! What the entries of a restore need that the target must already have, because the restore does not make it.
//! Found before anything is changed.

use crate::model::{Catalog, Entry, EntryId, Kind};
use crate::plan::choose::filter::Parts;
use crate::plan::restore::select::{LeftOut, Selection};
use crate::restore::check::target::TargetDatabase;

/// Something that the target lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Kind and name.
    pub what: String,
    /// Kind and name of the entry that cannot exist without it.
    pub by: String,
    pub entry: EntryId,
}

impl Need {
    /// The reason that is given for entries which need it.
    pub(crate) fn reason(&self) -> String {
        format!("the target has no {}", self.what)
    }
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, needed by {}", self.what, self.by)
    }
}

/// Leaves links out of the selection whose other end neither the archive nor the target has: the linked object is
/// worth having without its link.
pub(crate) fn leave_out_links(catalog: &Catalog, target: &TargetDatabase, selection: &mut Selection) {
    let found: Vec<LeftOut> = selection
        .entries
        .keys()
        .filter_map(|id| {
            let entry = catalog.entry(*id).filter(|entry| is_link(entry.kind))?;
            let missing = entry.absent.iter().find(|what| !target.has_reference(what))?;
            let missing = missing.to_string();
            Some(LeftOut { entry: *id, missing })
        })
        .collect();
    for left_out in found {
        selection.entries.remove(&left_out.entry);
        selection.left_out.push(left_out);
    }
}

/// What the selected entries need that the target lacks: from outside the archive, or from sections not restored.
pub(crate) fn unmet(catalog: &Catalog, target: &TargetDatabase, parts: Parts, selection: &Selection) -> Vec<Need> {
    let mut needs = Vec::new();
    for id in selection.entries.keys() {
        let Some(entry) = catalog.entry(*id) else { continue };
        let absent = entry.absent.iter().filter(|_| !is_link(entry.kind));
        let absent = absent.filter(|what| !target.has_reference(what));
        let elsewhere = entry.depends_on.iter().chain(&entry.parent);
        let elsewhere = elsewhere.filter(|id| !selection.entries.contains_key(*id));
        let elsewhere = elsewhere.filter_map(|id| {
            let other = catalog.entry(*id)?;
            (selection.expected.contains(id) || !parts.take(other)).then_some(other)
        });
        let elsewhere = elsewhere.filter(|other| !target.may_have(other));
        let mut names: Vec<String> = absent.map(ToString::to_string).collect();
        names.extend(elsewhere.map(Entry::label));
        names.sort();
        names.dedup();
        let by = || entry.label();
        let entry = entry.id;
        needs.extend(names.into_iter().map(|what| Need { what, by: by(), entry }));
    }
    let positions = selection.sequences.iter();
    let positions = positions.filter(|id| !selection.entries.contains_key(*id));
    let positions = positions.filter_map(|id| catalog.entry(*id));
    needs.extend(positions.filter(|entry| !target.may_have(entry)).map(|entry| Need {
        what: entry.label(),
        by: "its position".to_owned(),
        entry: entry.id,
    }));
    needs
}

fn is_link(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::PublicationTable | Kind::PublicationSchema | Kind::ForeignKey
    )
}
