//! What the files of the kinds give and get: names for statements about an object, the statements that make it, and what
//! they may ask about others.

use crate::model::entry::Requirement;
use crate::model::{Address, Drop, Object};
use crate::version::Version;

/// How `COMMENT ON`, `ALTER .. OWNER TO`, `GRANT .. ON` and `SECURITY LABEL ON` name an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// e.g. `TABLE`, `FUNCTION`, `MATERIALIZED VIEW`, `CONSTRAINT`.
    pub keyword: &'static str,
    /// e.g. `public.t`, `public.f(integer)`, `t_pkey ON public.t`; quoted SQL.
    pub sql: String,
    /// The keyword that GRANT wants where it differs, e.g. `TABLE` for views, `TYPE` for domains.
    pub grant_keyword: &'static str,
}

/// The statements that are particular to a kind; owner, comments, labels and privileges are made
/// the same way for all kinds from [`Naming`].
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
    /// Of the source.
    pub version: Version,
    /// The object at an address, whether it is dumped or not.
    pub object: &'a dyn Fn(Address) -> Option<&'a Object>,
    /// The objects whose `parent` is this address, in catalog order.
    pub parts: &'a dyn Fn(Address) -> Vec<&'a Object>,
}
