//! The inputs and results of the files of the kinds: names for statements about an object, the statements that make it,
//! and look-ups of other objects.

use crate::model::entry::Requirement;
use crate::model::{Address, Drop, Object};
use crate::version::Version;

/// The name of an object in `COMMENT ON`, `ALTER .. OWNER TO`, `GRANT .. ON` and `SECURITY LABEL ON`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Naming {
    /// e.g. `TABLE`, `FUNCTION`, `MATERIALIZED VIEW`, `CONSTRAINT`.
    pub keyword: &'static str,
    /// e.g. `public.t`, `public.f(integer)`, `t_pkey ON public.t`; quoted SQL.
    pub sql: String,
    /// The keyword that GRANT needs, which may differ, e.g. `TABLE` for views, `TYPE` for domains.
    pub grant_keyword: &'static str,
}

/// The statements that are particular to a kind. Those for owner, comments, labels and privileges are made the same way
/// for all kinds from [`Naming`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Statements {
    pub create: Vec<String>,
    pub drop: Option<Drop>,
    /// Whether it has an `ALTER <keyword> <sql> OWNER TO` form and an owner of its own.
    pub has_owner: bool,
    pub requires: Vec<Requirement>,
    /// Whether the statements of `create` hold secrets.
    pub secret: bool,
}

/// Look-ups of other objects while one is rendered.
pub(crate) struct Context<'a> {
    /// The version of the source.
    pub version: Version,
    /// The object at an address, whether it is dumped or not.
    pub object: &'a dyn Fn(Address) -> Option<&'a Object>,
    /// The objects whose `parent` is this address, in catalog order.
    pub parts: &'a dyn Fn(Address) -> Vec<&'a Object>,
}
