//! The parts that a dump or a restore leaves out on request: `--no-comments` and similar options. Pure.

use crate::model::entry::Requirement;
use crate::model::needs_version::On;
use crate::model::storage::{ACCESS_METHOD, TABLESPACE, alter_access_method};
use crate::model::{Definition, Entry, Kind, Object};

/// The parts to leave out; by default none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Without {
    /// Owners of objects.
    pub owners: bool,
    /// Privileges, default privileges and privileges on parameters.
    pub privileges: bool,
    /// Comments on objects and their parts.
    pub comments: bool,
    /// Security labels on objects and their parts.
    pub security_labels: bool,
    /// Policies, and the statement that enforces them.
    pub policies: bool,
    /// Publications, with what says which tables and schemas they have.
    pub publications: bool,
    /// Subscriptions, also where they are only listed as not carried.
    pub subscriptions: bool,
    /// Tablespaces, and what places objects in them.
    pub tablespaces: bool,
    /// What chooses a table's access method.
    pub access_methods: bool,
    /// Compression of columns. Only a dump has this option and the next one.
    pub toast_compression: bool,
    /// Rows of unlogged tables, not their definitions.
    pub unlogged_rows: bool,
}

impl Without {
    /// Whether entries of this kind are left out.
    pub fn kind(&self, kind: Kind) -> bool {
        match kind {
            Kind::Publication | Kind::PublicationTable | Kind::PublicationSchema => self.publications,
            Kind::Subscription => self.subscriptions,
            Kind::Policy | Kind::RowSecurity => self.policies,
            Kind::DefaultPrivileges | Kind::ParameterPrivileges => self.privileges,
            Kind::Tablespace => self.tablespaces,
            _ => false,
        }
    }

    /// Whether objects that are not carried are left out too, by the kind under which they are listed.
    pub fn uncarried(&self, kind: &str) -> bool {
        kind == Kind::Subscription.label() && self.subscriptions
    }

    /// Removes the unwanted parts of an entry, and the requirements of only these parts.
    pub fn strip(&self, entry: &mut Entry) {
        let altered = alter_access_method(&entry.identity);
        let unwanted = |entry: &Entry, on: On| match on {
            On::Entry => false,
            On::Owner => self.owners,
            On::Privilege(_) => self.privileges,
            On::Comment(_) => self.comments,
            On::Create(at) => entry.create.get(at as usize).is_some_and(|sql| {
                self.tablespaces && sql.starts_with(TABLESPACE)
                    || self.access_methods && (sql.starts_with(ACCESS_METHOD) || sql.starts_with(&altered))
            }),
            On::Requirement(at) => {
                self.tablespaces && matches!(entry.requires.get(at as usize), Some(Requirement::Tablespace(_)))
            }
        };
        entry.retain(|entry, on| !unwanted(entry, on));
        if self.security_labels {
            entry.clear_security_labels();
        }
    }

    /// The entry without the unwanted parts, if anything is left.
    pub fn rest(&self, mut entry: Entry) -> Option<Entry> {
        self.strip(&mut entry);
        (!entry.is_empty()).then_some(entry)
    }

    /// Removes the details of objects that their entries no longer show.
    pub fn simplify(&self, objects: &mut [Object]) {
        if !self.toast_compression {
            return;
        }
        for object in objects {
            let columns = match &mut object.definition {
                Definition::Table(table) => &mut table.columns,
                Definition::MaterializedView(view) => &mut view.columns,
                _ => continue,
            };
            columns.iter_mut().for_each(|column| column.compression = None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::{Owner, Privilege};

    fn table() -> Entry {
        Entry {
            kind: Kind::Table,
            identity: "public.t".to_owned(),
            create: vec![
                format!("{TABLESPACE}fast"),
                format!("{ACCESS_METHOD}columnar"),
                "CREATE TABLE public.t (a integer DEFAULT 'SET LOCAL default_tablespace = ')".to_owned(),
                format!("{ACCESS_METHOD}heap"),
                format!("{TABLESPACE}''"),
                "ALTER TABLE public.t SET ACCESS METHOD heap2".to_owned(),
            ],
            owner: Some(Owner {
                role: "o".to_owned(),
                also: Vec::new(),
                statement: "ALTER TABLE public.t OWNER TO o".to_owned(),
            }),
            privileges: vec![Privilege {
                statement: "GRANT SELECT ON TABLE public.t TO r".to_owned(),
                grantor: None,
                grantee: Some("r".to_owned()),
            }],
            comments: vec!["COMMENT ON TABLE public.t IS 'x'".to_owned()],
            security_labels: vec!["SECURITY LABEL ..".to_owned()],
            requires: vec![
                Requirement::Tablespace("fast".to_owned()),
                Requirement::Extension("e".to_owned()),
            ],
            ..Entry::default()
        }
    }

    #[test]
    fn nothing_goes_unless_asked_for() {
        assert_eq!(Without::default().rest(table()), Some(table()));
        assert!(Kind::ALL.iter().all(|kind| !Without::default().kind(*kind)));
    }

    #[test]
    fn each_part_goes_alone() {
        let whole = table();
        let stripped = |without: Without| without.rest(table()).expect("something is left");
        let owners = stripped(Without {
            owners: true,
            ..Without::default()
        });
        assert_eq!((owners.owner, &owners.create), (None, &whole.create));
        let comments = stripped(Without {
            comments: true,
            ..Without::default()
        });
        assert!(comments.comments.is_empty() && comments.security_labels == whole.security_labels);
        let tablespaces = stripped(Without {
            tablespaces: true,
            ..Without::default()
        });
        assert_eq!(tablespaces.create.len(), 4);
        assert_eq!(tablespaces.requires, [Requirement::Extension("e".to_owned())]);
        let methods = stripped(Without {
            access_methods: true,
            ..Without::default()
        });
        assert_eq!(methods.create, [0, 2, 4].map(|at| whole.create[at].clone()));
    }

    #[test]
    fn what_has_nothing_left_is_gone() {
        let member = Entry {
            privileges: table().privileges,
            ..Entry::default()
        };
        let without = Without {
            privileges: true,
            ..Without::default()
        };
        assert_eq!(without.rest(member), None);
    }
}
