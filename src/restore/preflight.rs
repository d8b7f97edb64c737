//! Holds what would be restored against the target, before anything is changed.

use std::collections::HashMap;

use crate::connect::Control;
use crate::model::entry::{EntryId, Requirement};
use crate::model::ident;
use crate::model::kind::Kind;
use crate::model::{Catalog, Entry, Relation, RelationId};
use crate::plan::limits::{self, Fitted};
use crate::plan::restore::{Reason, Selection, select};
use crate::restore::error::RestoreError;
use crate::restore::input::Input;
use crate::restore::journal::Done;
use crate::restore::needs::{self, Need};
use crate::restore::target::{Target, existing};
use crate::restore::{RestoreOptions, doing, triggers};

/// How many names a message shows.
const SHOWN: usize = 5;

/// What will be restored, and what stands in the way.
#[derive(Debug)]
pub struct Prepared {
    pub selection: Selection,
    pub weights: HashMap<RelationId, u64>,
    /// Chosen entries that the target has already.
    pub conflicts: Vec<EntryId>,
    /// Roles, extensions and tablespaces that the target lacks.
    pub missing: Vec<Requirement>,
    /// Tables that a data-only restore needs and the target lacks.
    pub missing_tables: Vec<String>,
    /// What else the chosen entries need and the target lacks.
    pub needs: Vec<Need>,
    /// What the target's version cannot hold, and the entries as it takes them.
    pub fitted: Fitted,
}

/// Reads the target's names and compares. Roles and tablespaces that `globals` will make count as there; what an
/// earlier run has `done` stands in nobody's way, and must still be there.
pub fn check(
    control: &Control,
    input: &Input,
    catalog: &Catalog,
    options: &RestoreOptions,
    globals: &[Entry],
    done: &Done,
) -> Result<Prepared, RestoreError> {
    let mut selection = select(catalog, &options.filter)?;
    if !options.statistics || options.analyze {
        let statistics = |id: &EntryId| catalog.entry(*id).is_some_and(|e| e.kind == Kind::StatisticsData);
        selection.entries.retain(|id, _| !statistics(id));
    }
    let mut target = Target::read(control).map_err(doing("cannot read the target's catalogs"))?;
    target.expect(globals);
    needs::leave_out_links(catalog, &target, &mut selection);
    let there = existing(&target, selection.entries.keys().filter_map(|id| catalog.entry(*id)));
    let made = selection.entries.keys().filter(|id| done.entry(**id).is_some());
    let mut made = made.filter_map(|id| catalog.entry(*id));
    if let Some(gone) = made.find(|entry| !target.may_have(entry)) {
        return Err(RestoreError::Gone { what: gone.label() });
    }
    let mut conflicts = Vec::new();
    for id in there {
        if done.entry(id).is_some() {
            continue;
        }
        let is_extension = catalog.entry(id).is_some_and(|e| e.kind == Kind::Extension);
        match selection.entries.get(&id) {
            // Brought along for something else: what the target has serves.
            Some(Reason::Needed) => {
                selection.entries.remove(&id);
            }
            Some(Reason::Chosen) if !is_extension => conflicts.push(id),
            _ => {}
        }
    }
    let fitted = limits::fit(catalog, &mut selection, control.server_version());
    conflicts.retain(|id| selection.entries.contains_key(id));
    let chosen = selection.entries.keys().filter_map(|id| fitted.entry(catalog, *id));
    let of_database = catalog
        .entries
        .iter()
        .filter(|e| options.create && matches!(e.kind, Kind::Database | Kind::DatabaseSettings));
    let mut missing = target.missing(chosen.chain(of_database));
    let replacements = options.role_map.replacements();
    missing.extend(
        replacements
            .filter(|name| !target.has_role(name))
            .cloned()
            .map(Requirement::Role),
    );
    let missing = missing.into_iter().collect();
    let rows_alone = selection.rows_alone(catalog);
    if options.disable_triggers {
        if !rows_alone {
            return Err(RestoreError::NotRowsAlone);
        }
        triggers::refuse_firing(control, catalog, &selection)?;
    }
    let made = |r: &Relation| r.entry.is_none_or(|entry| selection.entries.contains_key(&entry));
    let missing_tables = selection
        .relations
        .iter()
        .filter_map(|id| catalog.relation(*id))
        .filter(|r| !r.large_objects && (rows_alone || !made(r)) && !target.has_relation(&r.schema, &r.name))
        .map(|r| ident::qualified(&r.schema, &r.name))
        .collect();
    Ok(Prepared {
        needs: needs::unmet(catalog, &target, options.filter.parts, &selection),
        weights: input.weights(catalog),
        selection,
        conflicts,
        missing,
        missing_tables,
        fitted,
    })
}

impl Prepared {
    /// An error for the first thing that stands in the way; `replace` allows existing objects.
    pub fn refuse(&self, catalog: &Catalog, replace: bool) -> Result<(), RestoreError> {
        if !replace && !self.conflicts.is_empty() {
            let names = self.conflicts.iter().filter_map(|id| catalog.entry(*id));
            let examples: Vec<String> = names
                .take(SHOWN)
                .map(|e| format!("{} {}", e.kind.label().to_lowercase(), e.identity))
                .collect();
            return Err(RestoreError::Exists {
                count: self.conflicts.len(),
                examples: examples.join(", "),
            });
        }
        let named = |pick: fn(&Requirement) -> Option<&String>| {
            self.missing.iter().filter_map(pick).cloned().collect::<Vec<String>>()
        };
        refuse_missing(
            "role",
            &named(|r| {
                if let Requirement::Role(name) = r {
                    Some(name)
                } else {
                    None
                }
            }),
        )?;
        refuse_missing(
            "extension",
            &named(|r| {
                if let Requirement::Extension(name) = r {
                    Some(name)
                } else {
                    None
                }
            }),
        )?;
        refuse_missing(
            "tablespace",
            &named(|r| {
                if let Requirement::Tablespace(name) = r {
                    Some(name)
                } else {
                    None
                }
            }),
        )?;
        refuse_missing("table", &self.missing_tables)?;
        if self.needs.is_empty() {
            return Ok(());
        }
        let shown: Vec<String> = self.needs.iter().take(SHOWN).map(ToString::to_string).collect();
        Err(RestoreError::Needs {
            count: self.needs.len(),
            examples: shown.join("; "),
        })
    }
}

fn refuse_missing(what: &'static str, names: &[String]) -> Result<(), RestoreError> {
    if names.is_empty() {
        return Ok(());
    }
    let mut shown = names
        .iter()
        .take(SHOWN)
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        shown.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    Err(RestoreError::Missing { what, names: shown })
}
