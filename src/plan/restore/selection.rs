//! The part of an archive that a restore takes, by ids.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::kind::{Kind, Pass, Section};
use crate::model::{Catalog, Entry, EntryId, RelationId, SequenceState};
use crate::plan::restore::filter::RestoreFilter;

/// Why an entry is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It matched, or is part of something that matched.
    Chosen,
    /// A chosen entry depends on it. It is not created again if the target has it.
    Needed,
}

/// An entry that matched but cannot be restored without something that did not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub entry: EntryId,
    /// Kind and name of the missing object.
    pub missing: String,
}

/// The entries, rows and positions that a restore takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The entries to restore, in the order of the archive.
    pub entries: BTreeMap<EntryId, Reason>,
    /// The relations whose rows are loaded.
    pub relations: BTreeSet<RelationId>,
    /// Sequences whose position is set.
    pub sequences: BTreeSet<EntryId>,
    /// The entries among `entries` that make large objects, which are data.
    pub large_objects: BTreeSet<EntryId>,
    /// Entries that chosen ones need and the target must have, because they were not chosen.
    pub expected: BTreeSet<EntryId>,
    /// Entries that matched and are not in `entries`.
    pub left_out: Vec<LeftOut>,
}

impl Selection {
    /// Whether the position of a sequence is set. The sequence has no entry in an archive without definitions, or when
    /// it comes with an extension.
    pub fn sets(&self, state: &SequenceState, filter: &RestoreFilter) -> bool {
        match state.entry {
            0 => filter.takes_rows_of(&state.schema, &state.name),
            entry => self.sequences.contains(&entry),
        }
    }

    /// Whether no table is created, so that the rows go into tables that the target has.
    pub fn rows_alone(&self, catalog: &Catalog) -> bool {
        let creates = |e: &Entry| e.section == Section::PreData && e.pass == Pass::Main && !is_large_objects(e);
        !self.entries.keys().filter_map(|id| catalog.entry(*id)).any(creates)
    }
}

pub(in crate::plan) fn is_large_objects(entry: &Entry) -> bool {
    entry.kind == Kind::LargeObjects
}
