//! `--skip-missing`: leaves out of a restore what its target cannot have.
//!
//! Pure. The input are a selection and the names that the target lacks. The output are the entries as they can be made,
//! and a list of everything that is not made, with everything that needs it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::entry::Requirement;
use crate::model::ident::{quote_ident, unquote_ident};
use crate::model::mentions::StatementList;
use crate::model::needs_version::On;
use crate::model::storage::TABLESPACE;
use crate::model::{Catalog, Entry, EntryId, Kind, Relation, RelationId};
use crate::plan::restore::select::Selection;

/// What a restore may leave out because the target lacks something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipMissing {
    /// The restore is refused.
    #[default]
    Nothing,
    /// Only missing roles, which matter for nothing but who may do what.
    Roles,
    /// Everything that the target lacks, and what needs it.
    All,
}

impl SkipMissing {
    /// Whether what needs this may be left out where the target lacks it.
    pub fn takes(self, requirement: &Requirement) -> bool {
        match self {
            Self::Nothing => false,
            Self::Roles => matches!(requirement, Requirement::Role(_)),
            Self::All => true,
        }
    }
}

/// The things that the target lacks.
#[derive(Debug, Default)]
pub(crate) struct Lacks {
    pub requirements: BTreeSet<Requirement>,
    /// Entries that need another missing thing, each with its name.
    pub needs: BTreeMap<EntryId, String>,
    /// Relations whose table the target does not have.
    pub tables: BTreeSet<RelationId>,
}

/// Something that is not restored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spared {
    /// e.g. `TABLE`, `TABLE DATA`, `OWNER OF TABLE`.
    pub kind: String,
    /// Quoted and qualified.
    pub identity: String,
    /// What the target lacks, as a clause: `the target has no role x`.
    pub because: String,
}

/// The result of leaving things out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rest {
    pub spared: Vec<Spared>,
    /// Entries that are not restored, with the reason to give for the entries that depend on them.
    pub lost: BTreeMap<EntryId, String>,
    /// Entries that are restored without a part.
    entries: BTreeMap<EntryId, Entry>,
}

impl Rest {
    /// Puts the changed entries into the catalog.
    pub(crate) fn apply(&mut self, catalog: &mut Catalog) {
        for (id, entry) in std::mem::take(&mut self.entries) {
            if let Some(old) = catalog.entries.get_mut((id as usize).wrapping_sub(1)) {
                *old = entry;
            }
        }
    }

    /// The same, only for the entries of the database itself. Gives the parts of these that are not restored.
    pub(crate) fn of_database(&mut self, catalog: &mut Catalog) -> Vec<Spared> {
        let is_of_database = |kind: Kind| matches!(kind, Kind::Database | Kind::DatabaseSettings);
        self.entries.retain(|_, entry| is_of_database(entry.kind));
        self.apply(catalog);
        self.spared.retain(|spared| {
            let of = spared.kind.rsplit(" OF ").next();
            [Kind::Database, Kind::DatabaseSettings]
                .iter()
                .any(|kind| of == Some(kind.label()))
        });
        std::mem::take(&mut self.spared)
    }

    fn spare(&mut self, kind: String, identity: &str, because: &str) {
        self.spared.push(Spared {
            kind,
            identity: identity.to_owned(),
            because: because.to_owned(),
        });
    }

    fn lose(&mut self, entry: &Entry, because: String) {
        self.spare(entry.kind.label().to_owned(), &entry.identity, &because);
        self.lost.insert(entry.id, because);
    }
}

/// Removes from `selection` what cannot be restored. `fitted` gives entries as the target's version takes them.
/// `of_database` are entries that are restored although they are not selected.
pub(crate) fn leave_out<'a>(
    catalog: &'a Catalog,
    selection: &mut Selection,
    fitted: impl Fn(EntryId) -> Option<&'a Entry>,
    of_database: &[EntryId],
    lacks: &Lacks,
) -> Rest {
    let mut rest = Rest::default();
    // Entries depend only on smaller ids, so one pass finds every lost entry.
    let all: BTreeSet<EntryId> = selection.entries.keys().chain(of_database).copied().collect();
    for entry in all.into_iter().filter_map(fitted) {
        let mut needed = entry.depends_on.iter().chain(&entry.parent);
        let because = needed.find_map(|id| rest.lost.get(id)).or(lacks.needs.get(&entry.id));
        match because.cloned() {
            Some(because) => rest.lose(entry, because),
            None => without(entry, lacks, &mut rest),
        }
    }
    let lost = &rest.lost;
    selection.entries.retain(|id, _| !lost.contains_key(id));
    selection.large_objects.retain(|id| !lost.contains_key(id));
    selection
        .sequences
        .retain(|id| !lost.contains_key(id) && !lacks.needs.contains_key(id));
    let reason = |relation: &Relation| match lacks.tables.contains(&relation.id) {
        true => Some("the target has no such table".to_owned()),
        false => lost.get(&relation.entry?).cloned(),
    };
    let without_table = selection.relations.iter().filter_map(|id| {
        let relation = catalog.relation(*id)?;
        Some((relation.id, relation.label(), reason(relation)?))
    });
    let without_table: Vec<(RelationId, String, String)> = without_table.collect();
    for (id, label, because) in without_table {
        selection.relations.remove(&id);
        rest.spare("TABLE DATA".to_owned(), &label, &because);
    }
    rest
}

/// Leaves out the entry, or only those of its parts that name something missing.
fn without(entry: &Entry, lacks: &Lacks, rest: &mut Rest) {
    let missing: BTreeSet<&Requirement> = entry
        .requires
        .iter()
        .filter(|requirement| lacks.requirements.contains(requirement))
        .collect();
    let lacks_role = |role: &String| lacks.requirements.contains(&Requirement::Role(role.clone()));
    let parts = Parts {
        create: (0..)
            .zip(&entry.create)
            .filter_map(|(at, sql)| Some((at, named_in(entry, at, sql, lacks)?)))
            .collect(),
        owner: entry
            .owner
            .as_ref()
            .map(|owner| &owner.role)
            .filter(|role| lacks_role(role)),
        privileges: (0..)
            .zip(&entry.privileges)
            .filter_map(|(at, privilege)| {
                let mut roles = privilege.grantor.iter().chain(&privilege.grantee);
                Some((at, roles.find(|role| lacks_role(role))?))
            })
            .collect(),
    };
    // A requirement that no removable part names is one of the whole entry. A database is then made in another
    // tablespace.
    let is_elsewhere = |r: &Requirement| entry.kind == Kind::Database && matches!(r, Requirement::Tablespace(_));
    let whole = missing
        .iter()
        .find(|requirement| !is_elsewhere(requirement) && !parts.create.values().any(|named| named == **requirement));
    let makes_nothing = !entry.create.is_empty() && parts.create.len() == entry.create.len();
    let of_part = makes_nothing.then(|| parts.create.values().next()).flatten();
    if let Some(requirement) = whole.copied().or(of_part) {
        if matches!(entry.kind, Kind::Database | Kind::DatabaseSettings) {
            let (id, kind) = (entry.id, entry.kind);
            rest.entries.insert(
                id,
                Entry {
                    id,
                    kind,
                    ..Entry::default()
                },
            );
        }
        return rest.lose(entry, no(requirement));
    }
    if parts.is_empty() && missing.is_empty() {
        return;
    }
    let label = entry.kind.label();
    for requirement in missing.iter().filter(|requirement| is_elsewhere(requirement)) {
        rest.spare(format!("TABLESPACE OF {label}"), &entry.identity, &no(requirement));
    }
    for requirement in parts.create.values().collect::<BTreeSet<_>>() {
        let what = match requirement {
            Requirement::Tablespace(_) => "TABLESPACE",
            _ => "SETTING",
        };
        rest.spare(format!("{what} OF {label}"), &entry.identity, &no(requirement));
    }
    if let Some(role) = parts.owner {
        rest.spare(format!("OWNER OF {label}"), &entry.identity, &no_role(role));
    }
    for role in parts.privileges.values().collect::<BTreeSet<_>>() {
        rest.spare(format!("PRIVILEGES OF {label}"), &entry.identity, &no_role(role));
    }
    let mut left = entry.clone();
    left.retain(|entry, on| match on {
        On::Entry | On::Comment(_) => true,
        On::Owner => parts.owner.is_none(),
        On::Create(at) => !parts.create.contains_key(&at),
        On::Privilege(at) => !parts.privileges.contains_key(&at),
        On::Requirement(at) => {
            let requirement = entry.requires.get(at as usize);
            !requirement.is_some_and(|requirement| missing.contains(requirement))
        }
    });
    rest.entries.insert(entry.id, left);
}

/// The parts of an entry that name something that is missing.
struct Parts<'a> {
    create: BTreeMap<u32, Requirement>,
    owner: Option<&'a String>,
    privileges: BTreeMap<u32, &'a String>,
}

impl Parts<'_> {
    fn is_empty(&self) -> bool {
        self.create.is_empty() && self.owner.is_none() && self.privileges.is_empty()
    }
}

/// The missing thing that a statement names, if the object can do without the statement.
fn named_in(entry: &Entry, at: u32, sql: &str, lacks: &Lacks) -> Option<Requirement> {
    let named = |requirement: &&Requirement| match requirement {
        Requirement::Role(role) => entry.roles.iter().any(|mention| {
            (mention.list, mention.statement) == (StatementList::Create, at)
                && entry.mentioned(mention).and_then(unquote_ident).as_ref() == Some(role)
        }),
        Requirement::Extension(name) => {
            entry.extras.contains(&at) && sql.ends_with(&format!(" DEPENDS ON EXTENSION {}", quote_ident(name)))
        }
        Requirement::Tablespace(name) => {
            let quoted = quote_ident(name);
            sql.strip_prefix(TABLESPACE) == Some(&quoted) || sql.ends_with(&format!(" TABLESPACE {quoted}"))
        }
    };
    entry
        .requires
        .iter()
        .filter(|requirement| lacks.requirements.contains(requirement))
        .find(named)
        .cloned()
}

fn no(requirement: &Requirement) -> String {
    match requirement {
        Requirement::Role(name) => no_role(name),
        Requirement::Extension(name) => format!("the target has no extension {}", quote_ident(name)),
        Requirement::Tablespace(name) => format!("the target has no tablespace {}", quote_ident(name)),
    }
}

fn no_role(name: &str) -> String {
    format!("the target has no role {}", quote_ident(name))
}

/// The uses of the missing roles: in owners and privileges, in policies, or elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoleUses {
    pub rights: bool,
    pub policies: bool,
    pub others: bool,
}

impl RoleUses {
    pub fn of<'a>(entries: impl Iterator<Item = &'a Entry>, missing: &BTreeSet<Requirement>) -> Self {
        let lacks = |role: &String| missing.contains(&Requirement::Role(role.clone()));
        let mut uses = Self::default();
        for entry in entries {
            let owner = entry.owner.iter().map(|owner| &owner.role);
            let privileges = entry.privileges.iter();
            let granted = privileges.flat_map(|privilege| privilege.grantor.iter().chain(&privilege.grantee));
            uses.rights |= owner.chain(granted).any(lacks);
            let is_role = |r: &Requirement| matches!(r, Requirement::Role(_)) && missing.contains(r);
            if entry.requires.iter().any(is_role) {
                match entry.kind {
                    Kind::Policy => uses.policies = true,
                    Kind::DefaultPrivileges => uses.rights = true,
                    _ => uses.others = true,
                }
            }
        }
        uses
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::{Owner, Privilege};
    use crate::model::mentions::RoleMention;
    use crate::plan::restore::select::{RestoreFilter, select};

    fn entry(id: EntryId, kind: Kind, depends_on: &[EntryId]) -> Entry {
        Entry {
            id,
            kind,
            section: kind.section(),
            pass: kind.pass(),
            identity: format!("e{id}"),
            create: vec![format!("CREATE {id}")],
            depends_on: depends_on.to_vec(),
            ..Entry::default()
        }
    }

    fn role(name: &str) -> Requirement {
        Requirement::Role(name.to_owned())
    }

    fn catalog() -> Catalog {
        let extension = Requirement::Extension("gone".to_owned());
        let policy = Entry {
            requires: vec![role("ro")],
            parent: Some(3),
            ..entry(6, Kind::Policy, &[3])
        };
        let owned = Entry {
            owner: Some(Owner {
                role: "ro".to_owned(),
                statement: "ALTER TABLE e3 OWNER TO ro".to_owned(),
                also: Vec::new(),
            }),
            privileges: ["ro", "rw"].map(grant).into(),
            create: vec![
                format!("{TABLESPACE}fast"),
                "CREATE 3".to_owned(),
                format!("{TABLESPACE}''"),
            ],
            requires: vec![Requirement::Tablespace("fast".to_owned())],
            ..entry(3, Kind::Table, &[])
        };
        let settings = Entry {
            create: vec![
                "ALTER DATABASE d SET a TO b".to_owned(),
                "ALTER ROLE ro SET a TO b".to_owned(),
            ],
            requires: vec![role("ro")],
            roles: vec![RoleMention {
                list: StatementList::Create,
                statement: 1,
                offset: 11,
                length: 2,
            }],
            ..entry(7, Kind::DatabaseSettings, &[])
        };
        Catalog {
            entries: vec![
                Entry {
                    requires: vec![extension],
                    ..entry(1, Kind::Extension, &[])
                },
                entry(2, Kind::Table, &[1]),
                owned,
                entry(4, Kind::View, &[2]),
                entry(5, Kind::View, &[3]),
                policy,
                settings,
            ],
            relations: vec![Relation {
                id: 1,
                entry: Some(2),
                schema: "s".to_owned(),
                name: "t".to_owned(),
                ..Relation::default()
            }],
            ..Catalog::default()
        }
    }

    fn grant(to: &str) -> Privilege {
        Privilege {
            statement: format!("GRANT SELECT ON e3 TO {to}"),
            grantor: None,
            grantee: Some(to.to_owned()),
        }
    }

    fn left(requirements: &[Requirement]) -> (Vec<EntryId>, Vec<String>, Catalog) {
        let mut catalog = catalog();
        let mut selection = select(&catalog, &RestoreFilter::default()).expect("no pattern");
        let lacks = Lacks {
            requirements: requirements.iter().cloned().collect(),
            ..Lacks::default()
        };
        let mut rest = leave_out(&catalog, &mut selection, |id| catalog.entry(id), &[7], &lacks);
        rest.apply(&mut catalog);
        let spared = rest.spared.iter().map(|s| format!("{} {}", s.kind, s.identity));
        (selection.entries.keys().copied().collect(), spared.collect(), catalog)
    }

    #[test]
    fn a_missing_extension_takes_along_what_needs_it() {
        let (entries, spared, _) = left(&[Requirement::Extension("gone".to_owned())]);
        assert_eq!(entries, [3, 5, 6]);
        assert_eq!(spared, ["EXTENSION e1", "TABLE e2", "VIEW e4", "TABLE DATA s.t"]);
    }

    #[test]
    fn a_missing_role_takes_along_rights_and_policies_alone() {
        let (entries, spared, catalog) = left(&[role("ro")]);
        assert_eq!(entries, [1, 2, 3, 4, 5]);
        let expected = [
            "OWNER OF TABLE e3",
            "PRIVILEGES OF TABLE e3",
            "POLICY e6",
            "SETTING OF DATABASE SETTINGS e7",
        ];
        assert_eq!(spared, expected);
        let table = &catalog.entries[2];
        assert_eq!((&table.owner, &table.privileges[..]), (&None, &[grant("rw")][..]));
        assert_eq!(catalog.entries[6].create, ["ALTER DATABASE d SET a TO b"]);
    }

    #[test]
    fn what_was_in_a_missing_tablespace_is_in_the_default_one() {
        let (entries, spared, catalog) = left(&[Requirement::Tablespace("fast".to_owned())]);
        assert_eq!((entries.len(), spared), (6, vec!["TABLESPACE OF TABLE e3".to_owned()]));
        assert_eq!(catalog.entries[2].create[0], "CREATE 3");
    }
}
