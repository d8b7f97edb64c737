//! What the target's version cannot hold, or holds in another form.

use std::collections::BTreeMap;

use crate::model::{Catalog, EntryId};
use crate::plan::restore::fit::{Fitted, Misfit};
use crate::restore::failure::{Cause, Skipped, Subject, name};
use crate::version::Version;

/// How the result differs because of the target's version, named for the reader.
#[derive(Clone, Debug, Default)]
pub struct Misfits {
    /// The target's major.
    pub major: u32,
    /// Not restored: (what, features that the target lacks).
    pub unheld: Vec<(String, String)>,
    /// Restored without a feature, or in another form: (what, features that the target lacks).
    pub changed: Vec<(String, String)>,
    /// Not restored, because they need something of `unheld`.
    pub dependants: Vec<Skipped>,
}

impl Misfits {
    pub(in crate::restore) fn new(
        of_globals: Vec<Misfit>,
        fitted: &Fitted,
        catalog: &Catalog,
        version: Version,
    ) -> Self {
        let major = version.major();
        let told = |list: &BTreeMap<EntryId, Vec<String>>| -> Vec<(String, String)> {
            let features = |(id, features): (&EntryId, &Vec<String>)| (name(catalog, *id), features.join(", "));
            list.iter().map(features).collect()
        };
        let because = |id: EntryId| Cause::Lacking(format!("PostgreSQL {major} cannot hold {}", name(catalog, id)));
        let entries = fitted.dependants.iter().filter_map(|(id, needs)| {
            let entry = catalog.entry(*id)?;
            Some(Skipped {
                what: Subject::entry(entry),
                because: because(*needs),
            })
        });
        let rows = fitted.rows.iter().filter_map(|(id, needs)| {
            let relation = catalog.relation(*id)?;
            Some(Skipped {
                what: Subject::rows(relation),
                because: because(*needs),
            })
        });
        let (mut changed, mut unheld) = (Vec::new(), Vec::new());
        for misfit in of_globals {
            let list = if misfit.held { &mut changed } else { &mut unheld };
            list.push((misfit.label, misfit.features.join(", ")));
        }
        unheld.extend(told(&fitted.unheld));
        changed.extend(told(&fitted.changed));
        Self {
            major,
            unheld,
            changed,
            dependants: entries.chain(rows).collect(),
        }
    }

    /// Whether the target's version holds everything that was chosen, in the form that it had.
    pub fn is_empty(&self) -> bool {
        self.unheld.is_empty() && self.changed.is_empty() && self.dependants.is_empty()
    }
}
