//! Everything that was read of one database, and of a whole server.

use crate::model::entry::Missing;
use crate::model::objects::address::Address;
use crate::model::objects::globals::Membership;
use crate::model::objects::object::Object;
use crate::version::Version;

/// One row of `pg_depend`, or an edge that only pgark knows about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    pub dependent: Address,
    pub referenced: Address,
}

/// Everything that was read of one database.
#[derive(Clone, Debug, Default)]
pub struct Database {
    /// Of the server.
    pub server_version_num: Version,
    pub objects: Vec<Object>,
    pub dependencies: Vec<Dependency>,
    /// Objects that exist here and are not carried.
    pub not_covered: Vec<Uncarried>,
    /// Rows of catalogs that name what does not exist.
    pub dangling: Vec<Dangling>,
    /// What a reader of the archive should know.
    pub warnings: Vec<String>,
}

/// An object of a kind that this version does not carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncarried {
    /// e.g. `PUBLICATION`.
    pub kind: String,
    /// Absent for objects that live in no schema.
    pub schema: Option<String>,
    /// Unquoted.
    pub name: String,
}

/// A row of a catalog that names what does not exist, or lacks another row that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling {
    /// What is not in an archive because of that.
    pub missing: Missing,
    /// The schema that it lives in, where there is one.
    pub schema: Option<String>,
    /// oid of the relation that it is, or is a part of.
    pub relation: Option<u32>,
    /// The object that the row describes by itself.
    pub address: Option<Address>,
    /// All but its owner is known.
    pub only_owner: bool,
}

/// Everything that was read of a server, in the order of the kinds.
#[derive(Clone, Debug, Default)]
pub struct Globals {
    /// The role that initdb made, with oid 10.
    pub bootstrap_superuser: String,
    pub roles: Vec<Object>,
    /// By role, then member, then grantor.
    pub memberships: Vec<Membership>,
    pub settings: Vec<Object>,
    pub tablespaces: Vec<Object>,
    pub parameters: Vec<Object>,
    pub not_covered: Vec<Uncarried>,
    pub warnings: Vec<String>,
}
