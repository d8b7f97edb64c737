//! Model to SQL text, at dump time, beside the server that deparsed the parts.
//!
//! Pure: values in, statements out. Every statement is one statement without its semicolon, all
//! names are schema-qualified and quoted, and nothing depends on the target's settings.

pub mod access_method;
pub mod aggregate;
pub mod cast;
pub mod collation;
pub mod column;
pub mod constraint;
pub mod conversion;
pub mod database;
pub mod default;
pub mod domain;
pub mod drops;
pub mod entry;
pub mod event_trigger;
pub mod extension;
pub mod extras;
pub mod foreign;
pub mod globals;
pub mod index;
pub mod language;
pub mod large_objects;
pub mod limits;
pub mod matview;
mod object_name;
pub mod operator;
pub mod operator_class;
pub mod options;
pub mod partition;
pub mod planner_statistics;
pub mod policy;
pub mod privileges;
pub mod publication;
pub mod role_marks;
pub mod routine;
pub mod rule;
mod scan;
pub mod schema;
pub mod sequence;
pub mod set_clause;
pub mod settings;
pub mod statistics;
pub mod subscription;
pub mod table;
pub mod text_search;
pub mod transform;
pub mod trigger;
pub mod types;
pub mod view;

#[cfg(test)]
mod fixture;
#[cfg(test)]
pub mod testing;

use crate::model::entry::Requirement;
use crate::model::{Address, Drop, Object};

/// How `COMMENT ON`, `ALTER .. OWNER TO`, `GRANT .. ON` and `SECURITY LABEL ON` name an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// e.g. `TABLE`, `FUNCTION`, `MATERIALIZED VIEW`, `CONSTRAINT`.
    pub keyword: &'static str,
    /// e.g. `public.t`, `public.f(integer)`, `t_pkey ON public.t`; quoted SQL.
    pub sql: String,
    /// The keyword that GRANT wants where it differs, e.g. `TABLE` for views, `TYPE` for domains.
    pub grant_keyword: &'static str,
}

/// The statements that are particular to a kind; owner, comments, labels and privileges are made
/// the same way for all kinds from [`Target`].
#[derive(Clone, Debug, Default)]
pub struct Statements {
    pub create: Vec<String>,
    pub drop: Option<Drop>,
    /// Has an `ALTER <keyword> <sql> OWNER TO` form and an owner of its own.
    pub has_owner: bool,
    pub requires: Vec<Requirement>,
    /// The statements of `create` hold secrets.
    pub secret: bool,
}

/// What rendering one object may look up about others.
pub struct Context<'a> {
    /// `server_version_num` of the source.
    pub version: u32,
    /// The object at an address, whether it is dumped or not.
    pub object: &'a dyn Fn(Address) -> Option<&'a Object>,
    /// The objects whose `parent` is this address, in catalog order.
    pub parts: &'a dyn Fn(Address) -> Vec<&'a Object>,
}
