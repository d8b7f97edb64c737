//! Compares what would be restored with the target, before anything is changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::connect::Control;
use crate::model::entry::{EntryId, Requirement};
use crate::model::ident;
use crate::model::kind::Kind;
use crate::model::{Catalog, Entry, Relation, RelationId};
use crate::plan::restore::fit;
use crate::plan::restore::fit::Fitted;
use crate::plan::restore::missing;
use crate::plan::restore::missing::{Lacks, Rest, RoleUses, SkipMissing};
use crate::plan::restore::select::{Reason, Selection, select};
use crate::restore::check::needs::{self, Need};
use crate::restore::check::target::{TargetDatabase, existing};
use crate::restore::check::triggers;
use crate::restore::error::{RestoreError, doing};
use crate::restore::load::input::Input;
use crate::restore::options::RestoreOptions;
use crate::restore::record::journal::Done;

const ROLE: &str = "role";
/// How many names a message shows.
const SHOWN: usize = 5;

/// What will be restored, and what stands in the way.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub selection: Selection,
    pub weights: HashMap<RelationId, u64>,
    /// Every selected entry that the target has already.
    pub there: BTreeSet<EntryId>,
    /// Chosen entries that the target has already.
    pub conflicts: Vec<EntryId>,
    /// Roles, extensions and tablespaces that the target lacks.
    pub missing: Vec<Requirement>,
    /// Tables that a data-only restore needs and the target lacks.
    pub missing_tables: Vec<String>,
    /// What else the chosen entries need and the target lacks.
    pub needs: Vec<Need>,
    /// What the target's version cannot hold, and the other entries in the form that it takes.
    pub fitted: Fitted,
    /// What the restore leaves out because the user allowed it.
    pub rest: Rest,
    /// What needs the roles that are among `missing`.
    pub role_uses: RoleUses,
}

/// Reads the target's names and compares. Roles and tablespaces that `globals` will make count as present. What an
/// earlier run has `done` is no conflict, but must still be there.
pub(crate) fn check(
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
    let mut target = TargetDatabase::read(control).map_err(doing("cannot read the target's catalogs"))?;
    target.expect(globals);
    needs::leave_out_links(catalog, &target, &mut selection);
    let there = existing(&target, selection.entries.keys().filter_map(|id| catalog.entry(*id)));
    let made = selection.entries.keys().filter(|id| done.entry(**id).is_some());
    let mut made = made.filter_map(|id| catalog.entry(*id));
    if let Some(gone) = made.find(|entry| !target.may_have(entry)) {
        return Err(RestoreError::Gone { what: gone.label() });
    }
    let mut conflicts = Vec::new();
    for &id in &there {
        if done.entry(id).is_some() {
            continue;
        }
        let is_extension = catalog.entry(id).is_some_and(|e| e.kind == Kind::Extension);
        match selection.entries.get(&id) {
            // Selected only because something else needs it: the object that the target has serves.
            Some(Reason::Needed) => {
                selection.entries.remove(&id);
            }
            Some(Reason::Chosen) if !is_extension => conflicts.push(id),
            _ => {}
        }
    }
    let fitted = fit::fit(catalog, &mut selection, control.server_version());
    conflicts.retain(|id| selection.entries.contains_key(id));
    let of_database = catalog.entries.iter();
    let of_database =
        of_database.filter(|e| options.create && matches!(e.kind, Kind::Database | Kind::DatabaseSettings));
    let of_database: Vec<EntryId> = of_database.map(|e| e.id).collect();
    let required = |selection: &Selection| -> Vec<&Entry> {
        let ids = selection.entries.keys().chain(&of_database);
        ids.filter_map(|id| fitted.entry(catalog, *id)).collect()
    };
    let lacking = |target: &TargetDatabase, selection: &Selection| {
        let mut missing = target.missing(required(selection).into_iter());
        let replacements = options.role_map.replacements().filter(|name| !target.has_role(name));
        missing.extend(replacements.cloned().map(Requirement::Role));
        missing
    };
    target
        .look_for(control, &lacking(&target, &selection))
        .map_err(doing("cannot look for extensions"))?;
    let missing = lacking(&target, &selection);
    let role_uses = RoleUses::of(required(&selection).into_iter(), &missing);
    let rows_alone = selection.rows_alone(catalog);
    if options.disable_triggers {
        if !rows_alone {
            return Err(RestoreError::NotRowsAlone);
        }
        triggers::refuse_firing(control, catalog, &selection)?;
    }
    let lacks_table = |selection: &Selection, r: &Relation| {
        let made = r.entry.is_none_or(|entry| selection.entries.contains_key(&entry));
        !r.large_objects && (rows_alone || !made) && !target.has_relation(&r.schema, &r.name)
    };
    let without_table = |selection: &Selection| -> Vec<RelationId> {
        let relations = selection.relations.iter().filter_map(|id| catalog.relation(*id));
        relations.filter(|r| lacks_table(selection, r)).map(|r| r.id).collect()
    };
    let unmet = |selection: &Selection| needs::unmet(catalog, &target, options.filter.parts, selection);
    let skip = options.skip_missing;
    let lacks = Lacks {
        requirements: missing.iter().filter(|r| skip.takes(r)).cloned().collect(),
        needs: match skip {
            SkipMissing::All => unmet(&selection)
                .into_iter()
                .map(|need| (need.entry, need.reason()))
                .collect(),
            _ => BTreeMap::new(),
        },
        tables: match skip {
            SkipMissing::All => without_table(&selection).into_iter().collect(),
            _ => BTreeSet::new(),
        },
    };
    let fitted_entry = |id| fitted.entry(catalog, id);
    let rest = missing::leave_out(catalog, &mut selection, fitted_entry, &of_database, &lacks);
    conflicts.retain(|id| selection.entries.contains_key(id));
    let missing_tables = without_table(&selection);
    let missing_tables = missing_tables.iter().filter_map(|id| catalog.relation(*id));
    Ok(Prepared {
        needs: unmet(&selection),
        weights: input.weights(catalog),
        missing_tables: missing_tables.map(|r| ident::qualified(&r.schema, &r.name)).collect(),
        missing: missing.into_iter().filter(|r| !skip.takes(r)).collect(),
        selection,
        there,
        conflicts,
        fitted,
        rest,
        role_uses,
    })
}

impl Prepared {
    /// The first thing that stands in the way, as an error; `replace` allows existing objects.
    pub(crate) fn refuse(&self, catalog: &Catalog, replace: bool) -> Result<(), RestoreError> {
        self.refusals(catalog, replace).into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that stands in the way.
    pub(crate) fn refusals(&self, catalog: &Catalog, replace: bool) -> Vec<RestoreError> {
        let mut refusals = Vec::new();
        if !replace && !self.conflicts.is_empty() {
            let names = self.conflicts.iter().filter_map(|id| catalog.entry(*id));
            let examples: Vec<String> = names
                .take(SHOWN)
                .map(|e| format!("{} {}", e.kind.label().to_lowercase(), e.identity))
                .collect();
            refusals.push(RestoreError::Exists {
                count: self.conflicts.len(),
                examples: examples.join(", "),
            });
        }
        let named = |wanted: &'static str| {
            let named = self.missing.iter().filter_map(|requirement| {
                let (what, name) = match requirement {
                    Requirement::Role(name) => (ROLE, name),
                    Requirement::Extension(name) => ("extension", name),
                    Requirement::Tablespace(name) => ("tablespace", name),
                };
                (what == wanted).then(|| name.clone())
            });
            named.collect::<Vec<String>>()
        };
        for what in [ROLE, "extension", "tablespace"] {
            refusals.extend(self.lacking(what, &named(what)));
        }
        refusals.extend(self.lacking("table", &self.missing_tables));
        if !self.needs.is_empty() {
            let shown: Vec<String> = self.needs.iter().take(SHOWN).map(ToString::to_string).collect();
            refusals.push(RestoreError::Needs {
                count: self.needs.len(),
                examples: shown.join("; "),
            });
        }
        refusals
    }

    fn lacking(&self, what: &'static str, names: &[String]) -> Option<RestoreError> {
        if names.is_empty() {
            return None;
        }
        let shown: Vec<String> = names.iter().take(SHOWN).map(|n| format!("`{n}`")).collect();
        let mut shown = shown.join(", ");
        if names.len() > SHOWN {
            shown.push_str(&format!(" and {} more", names.len() - SHOWN));
        }
        let uses = self.role_uses;
        Some(RestoreError::Missing {
            what,
            names: shown,
            uses,
        })
    }
}
