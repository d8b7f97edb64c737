//! Objects that belong to a whole server (roles, tablespaces, privileges on parameters), and properties of a database
//! itself.

use crate::model::kind::Kind;

/// One global object's definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Global {
    Role(Role),
    Membership(Membership),
    /// `name=value` of one role in all databases, or of all roles if the object has no name.
    RoleSettings(Vec<String>),
    Tablespace(Tablespace),
    /// A parameter, which has nothing but privileges.
    Parameter,
}

impl Global {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Role(_) => Kind::Role,
            Self::Membership(_) => Kind::RoleMembership,
            Self::RoleSettings(_) => Kind::RoleSettings,
            Self::Tablespace(_) => Kind::Tablespace,
            Self::Parameter => Kind::ParameterPrivileges,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    pub superuser: bool,
    pub inherit: bool,
    pub create_role: bool,
    pub create_database: bool,
    pub login: bool,
    pub replication: bool,
    pub bypass_rls: bool,
    /// -1: none.
    pub connection_limit: i64,
    /// As the server prints it, with its offset from UTC.
    pub valid_until: Option<String>,
    pub password: Option<Verifier>,
}

/// The form in which a server stores a password. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(pub String);

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier(..)")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    pub role: String,
    pub member: String,
    pub admin: bool,
    /// Since 16.
    pub options: Option<MembershipOptions>,
}

/// The options of a membership besides ADMIN, since 16.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembershipOptions {
    pub inherit: bool,
    pub set: bool,
    /// Absent if that role is gone.
    pub grantor: Option<String>,
    /// The value of INHERIT for this member, if memberships do not state it.
    pub member_inherits: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tablespace {
    /// Empty for a tablespace in the data directory.
    pub location: String,
    pub options: Vec<String>,
}

/// The properties that `ALTER DATABASE` sets besides settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseProperties {
    /// -1: none.
    pub connection_limit: i64,
    pub is_template: bool,
    /// Absent for the server's default.
    pub tablespace: Option<String>,
}

/// A setting of one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseSetting {
    /// For sessions of this role only.
    pub role: Option<String>,
    /// `name=value`
    pub setting: String,
}
