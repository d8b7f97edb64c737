//! Privileges as the catalogs hold them.

/// One item of an `aclitem[]`, from `aclexplode` grouped by grantee and grantor, in array order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AclItem {
    /// Absent for PUBLIC.
    pub grantee: Option<String>,
    pub grantor: String,
    /// (privilege keyword such as `SELECT`, with grant option), in the server's order.
    pub privileges: Vec<(String, bool)>,
}

/// Privileges on one object. If `actual` is absent, nobody ever changed them, and there is nothing to emit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl {
    pub actual: Option<Vec<AclItem>>,
    /// The privileges of a new object of this kind and owner: `pg_init_privs` if present, else `acldefault`.
    pub base: Vec<AclItem>,
    /// Whether `base` holds `pg_init_privs`, so that an absent `actual` means the built-in default.
    pub base_is_initial: bool,
    /// (column name, its own privileges); the base of a column is empty or its initial privileges.
    pub columns: Vec<(String, Acl)>,
}

/// One row of `pg_default_acl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultPrivileges {
    pub role: String,
    pub in_schema: Option<String>,
    /// `TABLES`, `SEQUENCES`, `FUNCTIONS`, `TYPES`, `SCHEMAS`, `LARGE OBJECTS`.
    pub objects: String,
    pub acl: Acl,
}
