//! Chooses the sequences whose positions are wanted, and reads these positions.

use std::collections::HashMap;
use std::time::Duration;

use crate::catalog::relations::sequence_state;
use crate::connect::Control;
use crate::live::error::{ReadError, doing};
use crate::live::open::snapshot::SharedSnapshot;
use crate::model::entry::{EntryId, SequenceState};
use crate::model::{Address, Class, Section};
use crate::version::Version;

/// How long to wait for a sequence that somebody holds. All rows have been read by then, so a wait is better than a
/// failure.
const SEQUENCE_PATIENCE: Duration = Duration::from_secs(300);

/// A sequence whose position is wanted.
pub(super) struct WantedSequence {
    oid: u32,
    /// 0 if the sequence has no entry.
    entry: EntryId,
    schema: String,
    name: String,
}

pub(super) fn wanted(
    snapshot: &SharedSnapshot,
    ids: &HashMap<Address, EntryId>,
    configured: &HashMap<u32, String>,
) -> Vec<WantedSequence> {
    if !snapshot.chosen.parts.rows() {
        return Vec::new();
    }
    let with_entries = snapshot.chosen.parts.definitions(Section::PreData);
    snapshot
        .chosen_relations()
        .filter(|r| r.kind == 'S' && (r.member_of.is_none() || configured.contains_key(&r.oid)))
        // The sequence of an identity column has no entry if its table was not chosen. A sequence of an extension needs
        // none, because the extension creates it.
        .filter(|r| !with_entries || r.member_of.is_some() || ids.contains_key(&Address::new(Class::Relation, r.oid)))
        .filter(|r| !snapshot.chosen.without_rows.contains(&r.oid))
        .map(|r| WantedSequence {
            oid: r.oid,
            entry: ids.get(&Address::new(Class::Relation, r.oid)).copied().unwrap_or(0),
            schema: r.schema.clone(),
            name: r.name.clone(),
        })
        .collect()
}

/// The current positions, in the order of `wanted`.
pub(super) fn positions(
    control: &Control,
    version: Version,
    wanted: &[WantedSequence],
) -> Result<Vec<SequenceState>, ReadError> {
    let asked: Vec<(u32, String, String)> = wanted
        .iter()
        .map(|sequence| (sequence.oid, sequence.schema.clone(), sequence.name.clone()))
        .collect();
    control
        .execute(&format!("SET lock_timeout = {}", SEQUENCE_PATIENCE.as_millis()))
        .map_err(doing("cannot set the lock timeout"))?;
    let states = sequence_state::read(control, version, &asked)?;
    Ok(states
        .into_iter()
        .zip(wanted)
        .map(|((_, last_value, is_called), sequence)| SequenceState {
            entry: sequence.entry,
            schema: sequence.schema.clone(),
            name: sequence.name.clone(),
            last_value,
            is_called,
        })
        .collect())
}
