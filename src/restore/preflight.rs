//! Holds what would be restored against the target, before anything is changed.

use std::collections::HashMap;

use crate::connect::Control;
use crate::model::entry::{EntryId, Requirement};
use crate::model::ident;
use crate::model::kind::Kind;
use crate::model::{Catalog, Entry, RelationId};
use crate::plan::filter::Parts;
use crate::plan::limits::{self, Fitted};
use crate::plan::restore::{LeftOut, Reason, Selection, select};
use crate::restore::error::RestoreError;
use crate::restore::input::Input;
use crate::restore::target::{Target, existing};
use crate::restore::{RestoreOptions, doing};

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
    /// What the target's version cannot hold, and the entries as it takes them.
    pub fitted: Fitted,
}

/// Reads the target's names and compares. Roles and tablespaces that `globals` will make count as there.
pub fn check(
    control: &Control,
    input: &Input,
    catalog: &Catalog,
    options: &RestoreOptions,
    globals: &[Entry],
) -> Result<Prepared, RestoreError> {
    let mut selection = select(catalog, &options.filter)?;
    if !options.statistics || options.analyze || options.filter.parts == Parts::Schema {
        let statistics = |id: &EntryId| catalog.entry(*id).is_some_and(|e| e.kind == Kind::StatisticsData);
        selection.entries.retain(|id, _| !statistics(id));
    }
    let mut target = Target::read(control).map_err(doing("cannot read the target's catalogs"))?;
    target.expect(globals);
    leave_out_members_of_nothing(catalog, &target, &mut selection);
    let there = existing(&target, selection.entries.keys().filter_map(|id| catalog.entry(*id)));
    let mut conflicts = Vec::new();
    for id in there {
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
    let missing_tables = if selection.rows_alone() {
        selection
            .relations
            .iter()
            .filter_map(|id| catalog.relation(*id))
            .filter(|r| !r.large_objects && !target.has_relation(&r.schema, &r.name))
            .map(|r| ident::qualified(&r.schema, &r.name))
            .collect()
    } else {
        Vec::new()
    };
    Ok(Prepared {
        weights: input.weights(catalog),
        selection,
        conflicts,
        missing,
        missing_tables,
        fitted,
    })
}

/// Entries that name something that neither the archive nor the target has.
fn leave_out_members_of_nothing(catalog: &Catalog, target: &Target, selection: &mut Selection) {
    let lacking = |id: &EntryId| {
        let absent = &catalog.entry(*id)?.absent;
        absent.iter().find(|reference| !target.has_reference(reference))
    };
    let found: Vec<LeftOut> = selection
        .entries
        .keys()
        .filter_map(|id| {
            let missing = lacking(id)?.to_string();
            Some(LeftOut { entry: *id, missing })
        })
        .collect();
    for left_out in found {
        selection.entries.remove(&left_out.entry);
        selection.left_out.push(left_out);
    }
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
        refuse_missing("table", &self.missing_tables)
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
