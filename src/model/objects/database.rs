//! The objects read from one database, and from a whole server.

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

/// The objects read from one database.
#[derive(Clone, Debug, Default)]
pub struct Database {
    /// The server's version.
    pub server_version_num: Version,
    pub objects: Vec<Object>,
    pub dependencies: Vec<Dependency>,
    /// Objects that exist here and are not carried.
    pub not_covered: Vec<Uncarried>,
    /// Rows of catalogs that name objects which do not exist.
    pub dangling: Vec<Dangling>,
    /// Notes for the reader of the archive.
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

/// A row of a catalog that names an object which does not exist, or that lacks another row belonging to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling {
    /// The part that an archive lacks because of this.
    pub missing: Missing,
    /// The schema of the object, if it has one.
    pub schema: Option<String>,
    /// The oid of the relation that the object is, or is a part of.
    pub relation: Option<u32>,
    /// The object that the row describes by itself.
    pub address: Option<Address>,
    /// Whether everything except its owner is known.
    pub only_owner: bool,
}

/// The objects read from a server, in the order of the kinds.
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
