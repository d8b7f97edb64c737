//! The content of an archive's catalog: entries with finished SQL, relations, sequences.
//!
//! These values are the CBOR maps of the `catalog` and `sequence state` records
//! (`format-spec/README.md`); readers skip unknown keys, so a field may be added, never renamed.

use serde::{Deserialize, Serialize};

use super::ident::{self, quote_ident};
use super::kind::{Kind, Pass, Section};
use super::mentions::RoleMention;
use super::value_type::{self, ValueType};
use crate::model::needs_version::Limit;

/// 1-based position in [`Catalog::entries`]; an entry depends only on smaller ids.
pub type EntryId = u32;
/// 1-based position in [`Catalog::relations`]; 0 in a record header means "no relation".
pub type RelationId = u32;

/// One object to restore, with the SQL that a live server's catalogs gave at dump time.
/// Every string in the statement lists is exactly one SQL statement without its semicolon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Its position in its list, from 1.
    pub id: EntryId,
    /// What it makes, or what it says about something that another entry makes.
    pub kind: Kind,
    /// Unquoted; absent for what lives in no schema.
    pub schema: Option<String>,
    /// The object's own name, unquoted; for a part of a table the part's name.
    pub name: String,
    /// Quoted, schema-qualified and unique within the kind, e.g. `public.f(integer)`,
    /// `public.t.t_pkey`. Equal objects of two databases have equal kind and identity.
    pub identity: String,
    /// The part of the archive that it is listed in.
    pub section: Section,
    /// When a restore executes its definition.
    pub pass: Pass,
    /// The statements that make the object, executed in one transaction, in order.
    pub create: Vec<String>,
    /// Absent for what no statement of its own removes.
    pub drop: Option<Drop>,
    /// The owner's role name, unquoted, and the statement that sets it.
    pub owner: Option<Owner>,
    /// GRANT and REVOKE in the order that rebuilds grant chains, column privileges last.
    pub privileges: Vec<Privilege>,
    /// `COMMENT ON` statements for the object and what it is made of.
    pub comments: Vec<String>,
    /// `SECURITY LABEL` statements for the object and what it is made of.
    pub security_labels: Vec<String>,
    /// The oids that an entry of kind `LARGE OBJECTS` makes, ascending.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub large_objects: Vec<u32>,
    /// Ids of entries that must be restored before this one; all smaller than `id`.
    pub depends_on: Vec<EntryId>,
    /// The table, view or type that this entry is a part of, if it is in the archive.
    pub parent: Option<EntryId>,
    /// Roles, extensions and tablespaces that must exist on the target, beyond the owner.
    pub requires: Vec<Requirement>,
    /// Whether an unqualified pattern matches it, by the `search_path` at the source.
    pub visible: bool,
    /// Whether `create` holds secrets (passwords, connection strings). Only an explicit request for SQL shows such
    /// statements, and no server message about them is passed on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Objects that it needs and the archive does not hold. If the target lacks one of them, a restore leaves the entry
    /// out and says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<Reference>,
    /// Positions in `create` of statements without which the object is still useful; comments and labels are always
    /// such statements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<u32>,
    /// The parts that not every server can execute.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
    /// The places where the entry's statements name roles, in order, without overlap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleMention>,
}

impl Entry {
    /// Whether there is nothing to restore.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty()
            && self.owner.is_none()
            && self.privileges.is_empty()
            && self.comments.is_empty()
            && self.security_labels.is_empty()
    }

    /// Kind and identity, the entry's name in messages; it must be sanitised before it is printed.
    pub fn label(&self) -> String {
        format!("{} {}", self.kind, self.identity)
    }
}

/// An object by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The kind that an entry for it would have.
    pub kind: Kind,
    /// Absent for objects that live in no schema; unquoted, as the name.
    pub schema: Option<String>,
    /// Unquoted.
    pub name: String,
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{} {}", self.kind, ident::qualified(schema, &self.name)),
            None => write!(f, "{} {}", self.kind, quote_ident(&self.name)),
        }
    }
}

/// The owner of an object, and how it is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Unquoted.
    pub role: String,
    /// `ALTER .. OWNER TO ..`.
    pub statement: String,
    /// Further statements, if one cannot name everything that the entry makes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

impl Owner {
    /// All statements that set the owner, in the order to execute them.
    pub fn statements(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.statement).chain(&self.also)
    }
}

/// One statement of an object's privileges and the role that must issue it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privilege {
    /// One GRANT or REVOKE.
    pub statement: String,
    /// Set when the grantor is not the owner: `SET ROLE` around the statement.
    pub grantor: Option<String>,
    /// The role that gains or loses the privilege; absent for PUBLIC.
    pub grantee: Option<String>,
}

/// Something of the server, or an extension, that an entry needs and does not make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Requirement {
    /// Name of a role, unquoted.
    Role(String),
    /// Name of an extension, unquoted.
    Extension(String),
    /// Name of a tablespace, unquoted.
    Tablespace(String),
}

/// How to remove an object, in the two forms that `--clean` needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drop {
    /// The form that fails when the object does not exist.
    pub statement: String,
    /// The form that does nothing when the object, or the table it belongs to, does not exist.
    pub if_exists: String,
}

/// A column as data, for COPY lists, diff and export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CopyColumn {
    /// Unquoted.
    pub name: String,
    /// `format_type` text.
    pub type_name: String,
    /// `pg_type.oid` at the source; of a type that is not built in it says nothing about another database.
    pub type_oid: u32,
    /// Quoted and schema-qualified; absent if it is that of the type.
    pub collation: Option<String>,
    /// Whether the column is declared `NOT NULL`.
    pub not_null: bool,
    /// Generated columns are never in the COPY list.
    pub generated: bool,
    /// A generated column without stored values.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_virtual: bool,
    /// The layout of its binary values; absent for types that pgark does not decode.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "value_type::known")]
    pub value_type: Option<ValueType>,
}

/// A table whose rows the archive holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Relation {
    /// Its position in [`Catalog::relations`], from 1; record headers of its chunks repeat it.
    pub id: RelationId,
    /// The table's entry; absent when only its rows are in the archive.
    pub entry: Option<EntryId>,
    /// Unquoted.
    pub schema: String,
    /// Unquoted.
    pub name: String,
    /// In the order of the table, generated columns included.
    pub columns: Vec<CopyColumn>,
    /// The ancestor into which the rows are loaded, because they may belong to another partition on the target:
    /// (schema, name).
    pub load_via_root: Option<(String, String)>,
    /// `WHERE ..` of an extension's configuration table; empty if all rows are wanted, but a query must read them.
    pub filter: Option<String>,
    /// Rows were left out on purpose (`--exclude-table-data`, `--schema-only`).
    pub data_excluded: bool,
    /// Heap and TOAST pages when the dump was planned; an estimate, for scheduling only.
    pub pages: u64,
    /// Relations this one references by foreign key: their rows are loaded first when
    /// constraints already exist.
    pub references: Vec<RelationId>,
    /// `pg_class.oid` at the source.
    pub oid: u32,
    /// The server of a foreign table, from which its rows came and to which a restore sends them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign_server: Option<String>,
    /// Whether the chunks hold COPY data in binary format, otherwise in text format.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub binary: bool,
    /// Whether the rows are pieces of large objects (`format-spec/README.md`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub large_objects: bool,
}

impl Relation {
    /// The columns in the order of the archive's data.
    pub fn copy_columns(&self) -> impl Iterator<Item = &CopyColumn> {
        self.columns.iter().filter(|c| !c.generated)
    }

    /// The table with its stored generated columns, whose values are read by query and as text. Absent if it has no
    /// such columns, or if its rows are not this database's.
    pub fn with_generated(&self) -> Option<Self> {
        let elsewhere = self.data_excluded || self.large_objects || self.foreign_server.is_some();
        if elsewhere || self.generated_names().is_empty() {
            return None;
        }
        let stored = self.columns.iter().filter(|c| !c.is_virtual);
        let columns = stored.map(|c| CopyColumn {
            generated: false,
            ..c.clone()
        });
        Some(Self {
            columns: columns.collect(),
            filter: Some(self.filter.clone().unwrap_or_default()),
            binary: false,
            ..self.clone()
        })
    }

    /// Names of the stored generated columns.
    pub fn generated_names(&self) -> Vec<&str> {
        let stored = self.columns.iter().filter(|c| c.generated && !c.is_virtual);
        stored.map(|c| c.name.as_str()).collect()
    }

    /// The layouts of its rows' binary values; absent if one of them is not known.
    pub fn value_types(&self) -> Option<Vec<&ValueType>> {
        self.copy_columns().map(|c| c.value_type.as_ref()).collect()
    }

    /// Whether every value of its rows is of a type that pgark decodes. Rows without columns are text.
    pub fn is_decodable(&self) -> bool {
        self.value_types().is_some_and(|types| !types.is_empty())
    }

    /// Its name in messages and listings: its quoted name, or a description of its rows.
    pub fn label(&self) -> String {
        if self.large_objects {
            "large objects".to_owned()
        } else {
            ident::qualified(&self.schema, &self.name)
        }
    }
}

/// A sequence's position, read when its record was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SequenceState {
    /// The sequence's entry; 0 when the archive has none for it.
    pub entry: EntryId,
    /// Unquoted.
    pub schema: String,
    /// Unquoted.
    pub name: String,
    /// As the sequence relation stores it.
    pub last_value: i64,
    /// Whether `last_value` has been given out; otherwise it is the next value.
    pub is_called: bool,
}

/// Objects of a kind that this version does not carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotCovered {
    /// e.g. `PUBLICATION`.
    pub kind: String,
    /// With schema and a point before them where they have one; not quoted.
    pub names: Vec<String>,
}

/// Something that belongs in the archive and is missing there, completely or in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Missing {
    /// e.g. `TABLE`, `SEQUENCE`.
    pub kind: String,
    /// Quoted and schema-qualified.
    pub name: String,
    /// `rows`, `some rows`, `position`, `content`, `definition`, or `owner and privileges`.
    pub what: String,
    /// Why it could not be read, in words.
    pub reason: String,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            kind,
            name,
            what,
            reason,
        } = self;
        write!(f, "{what} of {kind} {name}: {reason}")
    }
}

/// Everything in an archive besides rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Catalog {
    /// Objects that belong to the server, executed in order before everything else. They have numbers of their own and
    /// no dependencies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub globals: Vec<Entry>,
    /// The role with oid 10 at the source. It grants what no other role may and, before 15, owns the schema `public`.
    /// Present together with `globals`, and for a source before 15.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_superuser: Option<String>,
    /// The database's objects in an order in which they can be made.
    pub entries: Vec<Entry>,
    /// Tables with rows in the archive, and those whose rows were left out on purpose.
    pub relations: Vec<Relation>,
    /// Objects of the database that the archive lacks because of their kind; one element for each kind.
    pub not_covered: Vec<NotCovered>,
    /// Objects that could not be read and were skipped; not empty in a partial archive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partial: Vec<Missing>,
    /// Notes for the reader of the archive, e.g. about a loop that was broken arbitrarily.
    pub warnings: Vec<String>,
}

impl Catalog {
    /// The entry with this id. Absent for 0 and for ids past the last.
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get((id as usize).checked_sub(1)?)
    }

    /// The relation with this id. Absent for 0 and for ids past the last.
    pub fn relation(&self, id: RelationId) -> Option<&Relation> {
        self.relations.get((id as usize).checked_sub(1)?)
    }

    /// The entry that makes the relation. A relation that an extension makes has at most an entry for its privileges.
    pub fn made_by(&self, relation: &Relation) -> Option<EntryId> {
        relation
            .entry
            .filter(|id| self.entry(*id).is_some_and(|entry| !entry.create.is_empty()))
    }

    /// How many large objects the entries make.
    pub fn large_objects(&self) -> u64 {
        self.entries.iter().map(|e| e.large_objects.len() as u64).sum()
    }
}
